package runner

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/internal/seal"
	"attune/internal/store"
)

// The bounds of what is kept about undeclared events: names of each source, and properties of each
// name. What goes beyond is counted together.
const (
	maxArrivals     = 200
	maxArrivedProps = 64
	maxArrivedProp  = 128 // bytes of a property's name

	furtherNames = "(further names)"
	furtherProps = "(further properties)"
)

// arrivals is what is kept about events that nobody declared, as live counters, so that it is
// committed and rebuilt with the state. Names that a client chose are hidden, and no value is kept:
//
//	arrival/SOURCE/NAME/first, …/last    when the first and the newest were received, in milliseconds
//	arrival/SOURCE/NAME/PROPERTY/TYPE    how often the property had a value of that type
type arrivals struct {
	sums map[string]int64
	// kinds counts the names of a source, and the properties of a name, by their prefix in the keys.
	kinds map[string]int
}

const arrivalPrefix = "arrival/"

func newArrivals(tallies []store.Tally) *arrivals {
	a := &arrivals{sums: map[string]int64{}, kinds: map[string]int{}}
	a.add(tallies)
	return a
}

// add takes in what was committed.
func (a *arrivals) add(tallies []store.Tally) {
	for _, t := range tallies {
		if !strings.HasPrefix(t.Key, arrivalPrefix) {
			continue
		}
		if _, known := a.sums[t.Key]; !known {
			if kind, ok := kindOf(t.Key); ok {
				a.kinds[kind]++
			}
		}
		a.sums[t.Key] += t.Add
	}
}

// kindOf returns what a key adds one more to, when it is new: a name to its source (told by its first
// instant), or a property to its name (told by each of its types, so that a property which changes its
// type counts again).
func kindOf(key string) (kind string, ok bool) {
	parts := strings.Split(key, "/")
	switch {
	case len(parts) == 4 && parts[3] == "first" && parts[2] != furtherNames:
		return strings.Join(parts[:2], "/"), true
	case len(parts) == 5 && parts[3] != furtherProps:
		return strings.Join(parts[:3], "/"), true
	}
	return "", false
}

// has tells whether a key is counted already, in the state or in this batch.
func (b *batch) has(key string) bool {
	_, committed := b.arrivals.sums[key]
	_, now := b.counts[key]
	return committed || now
}

// put moves a counter to a value.
func (b *batch) put(key string, value int64) {
	b.tally(key, value-b.arrivals.sums[key]-b.counts[key])
}

// room tells whether one more of a kind is kept, and counts it.
func (b *batch) room(key string, most int) bool {
	kind, _ := kindOf(key)
	if b.arrivals.kinds[kind]+b.kinds[kind] >= most {
		return false
	}
	b.kinds[kind]++
	return true
}

// arrive counts an undeclared event and returns the name it is counted under.
func (b *batch) arrive(e *event.Event, at instant.Time) string {
	name := b.words.Hide(e.Name)
	prefix := arrivalPrefix + e.Source + "/" + name + "/"
	if !b.has(prefix+"first") && !b.room(prefix+"first", maxArrivals) {
		name = furtherNames
		prefix = arrivalPrefix + e.Source + "/" + name + "/"
	}
	if !b.has(prefix + "first") {
		b.put(prefix+"first", int64(at))
	}
	b.put(prefix+"last", max(int64(at), b.arrivals.sums[prefix+"last"]+b.counts[prefix+"last"]))
	if name == furtherNames {
		return name // properties of many events together say nothing
	}
	for i := range e.Props {
		p := &e.Props[i]
		key := prefix + b.words.Hide(p.Name) + "/" + typeSeen(p.Value)
		if len(p.Name) > maxArrivedProp || !b.has(key) && !b.room(key, maxArrivedProps) {
			key = prefix + furtherProps + "/" + typeSeen(p.Value)
		}
		b.tally(key, 1)
	}
	return name
}

// typeSeen is the type that a value could be declared as: a text that is a timestamp is a time.
func typeSeen(v expr.Value) string {
	if v.Type == expr.Text {
		if _, err := instant.Parse(v.Text); err == nil {
			return expr.Moment.String()
		}
	}
	return v.Type.String()
}

// Arrival is what is known about an undeclared event from one source.
type Arrival struct {
	Source string `json:"source"`
	Name   string `json:"name"`
	Times  int64  `json:"times"`
	// First and Last are when the first and the newest were received.
	First instant.Time  `json:"first"`
	Last  instant.Time  `json:"last"`
	Props []ArrivedProp `json:"properties"`
}

// ArrivedProp is a property of an undeclared event, and how often it had which type.
type ArrivedProp struct {
	Name  string           `json:"name"`
	Types map[string]int64 `json:"types"`
}

// ReadArrivals returns the undeclared events that have arrived, by source, the most frequent first.
func ReadArrivals(ctx context.Context, people store.People, words *seal.Words) ([]Arrival, error) {
	tallies, err := people.Tallies(ctx, arrivalPrefix)
	if err != nil {
		return nil, fmt.Errorf("read arrivals: %w", err)
	}
	taken, err := people.Tallies(ctx, "events/")
	if err != nil {
		return nil, fmt.Errorf("read arrivals: %w", err)
	}
	found := map[string]*Arrival{}
	for _, t := range tallies {
		parts := strings.Split(t.Key, "/")
		if len(parts) < 4 {
			continue
		}
		key := parts[1] + "/" + parts[2]
		a := found[key]
		if a == nil {
			a = &Arrival{Source: parts[1], Name: words.Reveal(parts[2]), Props: []ArrivedProp{}}
			found[key] = a
		}
		switch {
		case len(parts) == 5:
			a.seen(words.Reveal(parts[3]), parts[4], t.Add)
		case parts[3] == "first":
			a.First = instant.Time(t.Add)
		case parts[3] == "last":
			a.Last = instant.Time(t.Add)
		}
	}
	for _, t := range taken {
		if a := found[strings.TrimPrefix(t.Key, "events/")]; a != nil {
			a.Times = t.Add
		}
	}
	out := make([]Arrival, 0, len(found))
	for _, key := range slices.Sorted(maps.Keys(found)) {
		a := found[key]
		slices.SortFunc(a.Props, func(x, y ArrivedProp) int { return strings.Compare(x.Name, y.Name) })
		out = append(out, *a)
	}
	slices.SortStableFunc(out, func(x, y Arrival) int {
		return cmp.Or(strings.Compare(x.Source, y.Source), cmp.Compare(y.Times, x.Times), strings.Compare(x.Name, y.Name))
	})
	return out, nil
}

func (a *Arrival) seen(prop, as string, n int64) {
	i := slices.IndexFunc(a.Props, func(p ArrivedProp) bool { return p.Name == prop })
	if i < 0 {
		i = len(a.Props)
		a.Props = append(a.Props, ArrivedProp{prop, map[string]int64{}})
	}
	a.Props[i].Types[as] += n
}
