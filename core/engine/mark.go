package engine

import (
	"math"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/journeymap"
	"attune/core/person"
	"attune/core/release"
)

// Marks are what numbers about a program are made of (effect.Mark, and effect.See for moments). Each is told when it comes about. Where
// what is derived is made anew, and the marks are others than before, all of them are told again. The person keeps their sum, which does
// not depend on the order in which they came.

// mark tells of one thing that happened at since.
func (s *step) mark(program int, kind effect.MarkKind, name string, since, at instant.Time) {
	s.add(effect.Mark{At: at, Since: since, Program: s.rel.Programs[program].ID, Kind: kind, Name: name})
}

// measure tells of a number.
func (s *step) measure(r *release.Rule, since, at instant.Time) {
	if s.heard == nil {
		return
	}
	m := &s.rel.Programs[r.Program].Measures[r.Index]
	v := expr.Value{Type: expr.Integer, Num: 1} // it happened once
	if m.Value != "" {
		v = s.heard.Field(m.Value)
	}
	if v.Type != expr.Number && v.Type != expr.Integer || math.IsNaN(v.Num) || math.IsInf(v.Num, 0) {
		return
	}
	x := effect.Mark{At: at, Since: since, Program: s.rel.Programs[r.Program].ID, Kind: effect.Measured, Name: m.ID, Value: v.Num}
	if m.Moment != "" {
		x.Level = short(s.heard.Field(m.Moment).Text)
	}
	if m.Code != "" {
		x.Code = short(s.heard.Field(m.Code).Text)
	}
	s.add(x)
}

// attributes tells of what an event says of the map's attributes, unless it was known.
func (s *step) attributes(e *event.Event) {
	for _, prop := range e.Props {
		for _, a := range s.rel.Attributes(prop.Name) {
			pr := s.rel.Programs[a.Program]
			attribute := &pr.Map.Attributes[a.Index]
			level := levelOf(attribute, prop.Value, e.OccurredAt)
			if was, at := s.p.TraitAt(prop.Name); was.Type != expr.Missing && at <= e.OccurredAt && levelOf(attribute, was, at) == level {
				continue
			}
			s.add(effect.Mark{At: max(s.p.Now, e.OccurredAt), Since: max(e.OccurredAt, 1), Program: pr.ID, Kind: effect.Is, Name: attribute.ID, Level: level})
		}
	}
}

// levelOf is the level of an attribute that a trait's value means; empty where that is not known.
func levelOf(a *journeymap.Attribute, v expr.Value, at instant.Time) string {
	if len(a.Bands) == 0 {
		return short(v.String())
	}
	n := v.Num
	if v.Type == expr.Text {
		born, is := instant.ParseDate(v.Text)
		if !is {
			return ""
		}
		n = float64(born.Years(at))
	} else if v.Type != expr.Number && v.Type != expr.Integer {
		return ""
	}
	return a.Band(n)
}

// maxLevel bounds a level: what groups people is said in few letters.
const maxLevel = 60

func short(text string) string {
	if len(text) > maxLevel {
		return "(long)"
	}
	return text
}

// anew tells all marks again where they are others than before.
func (s *step) anew(is *person.Person, at instant.Time) {
	was := s.p.Marks
	s.p.Marks = is.Marks
	if was != is.Marks {
		s.fx = append(s.fx, effect.Anew{At: at, Of: s.marks})
	}
}

// markSum is a mark's part of the sum, by what it is of and when that was, whenever it was heard; zero for what is none. It is FNV-1a.
func markSum(e effect.Effect) uint64 {
	h := fnv(14695981039346656037)
	if x, is := e.(effect.Mark); is {
		return uint64(h.text(x.Program).text(x.Name).text(x.Level).text(x.Code).number(uint64(x.Kind)).number(uint64(x.Since)).number(math.Float64bits(x.Value)))
	}
	if x, is := e.(effect.See); is {
		return uint64(h.text(x.Program).text(x.Moment).number(uint64(x.Since)).number(x.Of))
	}
	return 0
}

// keyOf hides the key by which promises are told apart.
func keyOf(key string) uint64 {
	if key == "" {
		return 0
	}
	return uint64(fnv(14695981039346656037).text(key))
}

type fnv uint64

func (h fnv) text(s string) fnv {
	for i := range len(s) {
		h = (h ^ fnv(s[i])) * 1099511628211
	}
	return (h ^ 0xff) * 1099511628211
}

func (h fnv) number(n uint64) fnv {
	for range 8 {
		h = (h ^ fnv(n&0xff)) * 1099511628211
		n >>= 8
	}
	return h
}
