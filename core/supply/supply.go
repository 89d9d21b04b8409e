// Package supply reckons how long what somebody was given of a medicine lasts, and for how much of the time they had it.
//
// It is arithmetic on hand-overs and knows no person, clock or rule. It must not decide anything.
//
// The share of days covered follows the Pharmacy Quality Alliance's PDC: what is fetched before the rest is used up
// begins when it is, so that no day counts twice (PQA, Proportion of Days Covered, measure specification 2018).
package supply

import (
	"cmp"
	"slices"

	"attune/core/instant"
)

// Fill is one hand-over of a medicine, or a prescription that stands for one.
type Fill struct {
	At   instant.Time
	Days uint32
	// Prescribed tells that it is a prescription, and Estimated that nobody saw the hand-over.
	Prescribed, Estimated bool
	// Key is the event's, so that one that comes twice counts once.
	Key uint64
}

// Most is how many fills of a course are remembered, the newest: two years of monthly ones.
const Most = 24

// Course is what is known of somebody's supply of one medicine.
type Course struct {
	Code string
	// Fills are sorted by time.
	Fills []Fill
	// Stopped is the newest instant at which the medicine was stopped.
	Stopped instant.Time
}

// With is the course with one more fill.
func (c Course) With(f Fill) Course {
	if f.Days == 0 || slices.ContainsFunc(c.Fills, func(o Fill) bool { return o.Key == f.Key }) {
		return c
	}
	n, _ := slices.BinarySearchFunc(c.Fills, f, func(a, b Fill) int { return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.Key, b.Key)) })
	c.Fills = slices.Insert(slices.Clone(c.Fills), n, f)
	if len(c.Fills) > Most {
		c.Fills = c.Fills[len(c.Fills)-Most:]
	}
	return c
}

// span is a time in which there is a supply, half open.
type span struct{ from, to instant.Time }

// spans are the times covered by the fills up to an instant, in order. Prescriptions count only where no hand-over was
// ever seen.
func (c *Course) spans(at instant.Time) (out []span, newest Fill) {
	prescribed := !slices.ContainsFunc(c.Fills, func(f Fill) bool { return !f.Prescribed })
	for _, f := range c.Fills {
		if f.At > at || f.Prescribed != prescribed {
			continue
		}
		newest = f
		from := f.At
		if n := len(out); n > 0 {
			from = max(from, out[n-1].to)
		}
		out = append(out, span{from, from.Add(instant.Duration(f.Days) * instant.Day)})
	}
	return out, newest
}

// State is how a supply stands.
type State struct {
	// Fetched is the newest fill, and Until when all that was fetched is used up.
	Fetched, Until instant.Time
	// Estimated tells that nobody saw that fill.
	Estimated bool
}

// At tells how the supply stands, by what happened up to an instant; false where nothing was fetched, or the medicine
// was stopped since.
func (c *Course) At(at instant.Time) (State, bool) {
	spans, newest := c.spans(at)
	if len(spans) == 0 {
		return State{}, false
	}
	s := State{Until: spans[len(spans)-1].to, Fetched: newest.At, Estimated: newest.Estimated || newest.Prescribed}
	return s, c.Stopped < s.Fetched || c.Stopped > at
}

// Window is over how long the share of days covered is reckoned.
const Window = 180 * instant.Day

// Covered is the share of the days up to an instant, since the first fill of the window, on which there was a supply;
// false where there is no fill, or less than a day has passed.
func (c *Course) Covered(at instant.Time) (share float64, ok bool) {
	spans, _ := c.spans(at)
	begin := at.Add(-Window)
	i := slices.IndexFunc(spans, func(s span) bool { return s.to > begin })
	if i < 0 {
		if len(spans) == 0 {
			return 0, false
		}
		return 0, true // nothing was fetched for as long as the window
	}
	from := max(spans[i].from, begin)
	whole := at.Sub(from)
	if whole < instant.Day {
		return 0, false
	}
	var had instant.Duration
	for _, s := range spans[i:] {
		if to, since := min(s.to, at), max(s.from, from); to > since {
			had += to.Sub(since)
		}
	}
	return float64(had) / float64(whole), true
}

// Lead is how long before a supply is used up a refill is due.
const Lead = 7 * instant.Day

// Gaps are how long after it is used up it is said that there is none.
func Gaps() []instant.Duration {
	return []instant.Duration{7 * instant.Day, 14 * instant.Day, 30 * instant.Day}
}

// Steps are the instants at which something is to be said of a supply that stands so: first that a refill is due,
// then each gap. A supply for less than twice the lead is due when half of it is used up.
func (s *State) Steps() []instant.Time {
	lead := min(Lead, s.Until.Sub(s.Fetched)/2)
	out := []instant.Time{s.Until.Add(-lead)}
	for _, g := range Gaps() {
		out = append(out, s.Until.Add(g))
	}
	return out
}
