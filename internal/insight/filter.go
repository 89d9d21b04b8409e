package insight

import (
	"fmt"
	"slices"

	"attune/core/instant"
	"attune/core/journeymap"
)

// Filter says whose passages are asked for. The zero Filter is everybody's.
type Filter struct {
	// AsOf is until when facts are taken: those that happened, and were known, by then.
	AsOf instant.Time
	// From and To bound when a passage began, From inclusive; zero is no bound.
	From, To instant.Time
	// Is are levels of attributes, of which the person had one by AsOf, by the attribute's id.
	Is map[string][]string
	// Saw is a moment that the person saw by AsOf, and Not one that they did not; empty without.
	Saw, Not string
}

// sieve is a filter made ready for columns.
type sieve struct {
	f        *Filter
	saw, not int // places among whats; -1 without
	is       []isOne
	nobody   bool
}

type isOne struct {
	what   int
	levels []bool
}

// NoSuch says that a filter asks for what the map does not have.
type NoSuch struct{ What, Name string }

func (e *NoSuch) Error() string { return fmt.Sprintf("the map has no %s %q", e.What, e.Name) }

func newSieve(c *columns, m *journeymap.Map, f *Filter) (*sieve, error) {
	s := &sieve{f: f, saw: -1, not: -1}
	find := func(k Kind, name string) int {
		return slices.Index(c.whats.all, what{k, name})
	}
	for _, moment := range []string{f.Saw, f.Not} {
		if moment != "" && m.Moment(moment) < 0 {
			return nil, &NoSuch{"moment", moment}
		}
	}
	if f.Saw != "" {
		if s.saw = find(Seen, f.Saw); s.saw < 0 {
			s.nobody = true
		}
	}
	if f.Not != "" {
		s.not = find(Seen, f.Not)
	}
	for _, a := range m.Attributes {
		levels, asked := f.Is[a.ID]
		if !asked {
			continue
		}
		at := find(Is, a.ID)
		if at < 0 {
			s.nobody = true
			continue
		}
		one := isOne{what: at, levels: make([]bool, len(c.levels.all))}
		for i, l := range c.levels.all {
			one.levels[i] = slices.Contains(levels, l.level)
		}
		s.is = append(s.is, one)
	}
	for id := range f.Is {
		if m.Attribute(id) < 0 {
			return nil, &NoSuch{"attribute", id}
		}
	}
	return s, nil
}

// lets tells whether somebody is asked for.
func (s *sieve) lets(rows []row) bool {
	if s.nobody {
		return false
	}
	if s.saw < 0 && s.not < 0 && len(s.is) == 0 {
		return true
	}
	known := seconds(s.f.AsOf)
	saw := s.saw < 0
	var is [maxIs]int32
	for i := range s.is {
		is[i] = -1
	}
	for i := range rows {
		r := &rows[i]
		if r.at > s.f.AsOf {
			break
		}
		if r.known > known {
			continue
		}
		switch w := int(r.what); {
		case w == s.saw:
			saw = true
		case w == s.not:
			return false
		default:
			for k := range s.is {
				if s.is[k].what == w {
					is[k] = int32(r.level)
				}
			}
		}
	}
	for k := range s.is {
		if is[k] < 0 || int(is[k]) >= len(s.is[k].levels) || !s.is[k].levels[is[k]] {
			return false
		}
	}
	return saw
}

// maxIs is how many attributes a map has at most.
const maxIs = 24

// within tells whether a passage began when it is asked for.
func (f *Filter) within(at instant.Time) bool {
	return (f.From == 0 || at >= f.From) && (f.To == 0 || at < f.To)
}
