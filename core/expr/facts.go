package expr

import (
	"slices"

	"attune/core/instant"
)

// Tri is an answer in three-valued logic: a rule over what never happened is neither true nor false.
type Tri uint8

// The three answers. At the top of a rule only True fires.
const (
	False Tri = iota
	True
	Unknown
)

// Facts is what is remembered of a person's history, and all that rules read. It holds one entry
// for each thing that the Plan it was folded under remembers, by the plan's index, so it means
// nothing without that plan. It is always equal to a fold over the set of the person's events.
type Facts struct {
	Counters []Counter
	Anchors  []Anchor
	Series   []Series
	Keyed    []Keyed
	Traits   []Trait
	// Signals holds the current answer of each signal, audience and consent question, by the index
	// under which it was declared. The engine keeps it.
	Signals []bool
	// Choices holds where the person stands in each list of words that was declared, a map's phases or
	// a behavior's stages: 0 where that is not known, k for the k-th word. The engine keeps it.
	Choices []uint8
	// Zone is the person's own clock, nil where it is not known. It follows from the traits and is set
	// by whoever asks; it is not kept.
	Zone *instant.Zone
}

// Own returns the facts with entries of their own, for Fold to write to. What the engine keeps is
// still shared.
func (f Facts) Own() Facts {
	f.Counters, f.Anchors = slices.Clone(f.Counters), slices.Clone(f.Anchors)
	f.Series, f.Keyed, f.Traits = slices.Clone(f.Series), slices.Clone(f.Keyed), slices.Clone(f.Traits)
	return f
}

// Fits tells whether the facts have an entry wherever g has one.
func (f *Facts) Fits(g *Facts) bool {
	return len(f.Counters) == len(g.Counters) && len(f.Anchors) == len(g.Anchors) && len(f.Series) == len(g.Series) &&
		len(f.Keyed) == len(g.Keyed) && len(f.Traits) == len(g.Traits) &&
		len(f.Signals) == len(g.Signals) && len(f.Choices) == len(g.Choices)
}

// Counter remembers the newest occurrences of one kind of event.
type Counter struct {
	// Times are the newest instants, oldest first; at most as many as any rule asks for.
	Times []instant.Time
	// Last is the newest event's value of the field that `last` reads, Missing where none is read.
	Last Value
	// Newest orders the event that Last came from among events of the same instant.
	Newest Order
}

// Anchor remembers the newest event that an absence counts from.
type Anchor struct {
	// Set tells that there was one.
	Set bool
	// At is when it happened; Deadline is when the absence becomes true.
	At, Deadline instant.Time
	// Newest orders the anchor among events of the same instant.
	Newest Order
}

// Order ranks events that happened at the same instant: by their source's version, then by event id,
// never by arrival, so that facts are a function of the set of events.
type Order struct {
	Version int64
	ID      uint64
}

// Less tells whether o comes before p among events of one instant.
func (o Order) Less(p Order) bool {
	return o.Version < p.Version || o.Version == p.Version && o.ID < p.ID
}
