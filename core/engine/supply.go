package engine

import (
	"math"
	"slices"
	"strings"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/supply"
)

// What follows from supplies of medicines is said by the engine itself, as events: when a refill is due, when a supply
// was used up some time ago, and when the share of days covered changed. They are notes: what was known at that instant.
// A hand-over that is reported late takes back what it shows to be untrue.

const (
	// mostCourses bounds the medicines whose supply is followed.
	mostCourses = 32
	// toldBy is by how many points the share of days covered must have changed to be told.
	toldBy = 5
)

// supplied takes in what an event says of the supply of a medicine.
func (s *step) supplied(e *event.Event) {
	if !s.rel.Supplies {
		return
	}
	fill := supply.Fill{At: e.OccurredAt, Key: e.Key(), Estimated: e.Field("estimated").Num != 0}
	stopped := instant.Time(0)
	switch e.Name {
	case "medication.dispensed":
		fill.Days = daysOf(e)
	case "medication.prescribed":
		fill.Days, fill.Prescribed = daysOf(e), true
	case "medication.stopped":
		stopped = e.OccurredAt
	default:
		return
	}
	code := e.Field("code").Text
	if code == "" || fill.Days == 0 && stopped == 0 {
		return
	}
	s.p.Supplies = slices.Clone(s.p.Supplies)
	n, known := slices.BinarySearchFunc(s.p.Supplies, code, func(c supply.Course, code string) int { return strings.Compare(c.Code, code) })
	if !known {
		s.p.Supplies = slices.Insert(s.p.Supplies, n, supply.Course{Code: code})
	}
	c := &s.p.Supplies[n]
	c.Stopped = max(c.Stopped, stopped)
	*c = c.With(fill)
	if len(s.p.Supplies) > mostCourses {
		s.forgetCourse()
	}
}

// daysOf is for how many days a hand-over or prescription lasts; zero where it does not say.
func daysOf(e *event.Event) uint32 {
	days := e.Field("days_supply").Num
	if !(days >= 1) {
		return 0
	}
	return uint32(min(days, 1000))
}

// forgetCourse drops the medicine of which nothing was heard for longest.
func (s *step) forgetCourse() {
	last := func(c supply.Course) instant.Time {
		at := c.Stopped
		for _, f := range c.Fills {
			at = max(at, f.At)
		}
		return at
	}
	oldest := 0
	for i := range s.p.Supplies {
		if last(s.p.Supplies[i]) < last(s.p.Supplies[oldest]) {
			oldest = i
		}
	}
	s.p.Supplies = slices.Delete(s.p.Supplies, oldest, oldest+1)
}

// reckoned is what was said of a medicine's supply, to be changed.
func (s *step) reckoned(code string) *person.Reckoned {
	s.p.Reckoned = slices.Clone(s.p.Reckoned)
	n, known := slices.BinarySearchFunc(s.p.Reckoned, code, func(r person.Reckoned, code string) int { return strings.Compare(r.Code, code) })
	if !known {
		s.p.Reckoned = slices.Insert(s.p.Reckoned, n, person.Reckoned{Code: code, Covered: person.NeverCovered})
	}
	return &s.p.Reckoned[n]
}

// settleSupplies goes on from how supplies stand now, after they changed: the steps of a new supply that are over
// already are nobody's news.
func (s *step) settleSupplies(at instant.Time) {
	if s.quiet || !s.rel.Supplies {
		return
	}
	for i := range s.p.Supplies {
		c := &s.p.Supplies[i]
		is, has := c.At(at)
		if r := s.reckoned(c.Code); has && r.Until != is.Until {
			r.Until, r.Steps, r.Noted = is.Until, 0, 0
			for _, due := range is.Steps() {
				if due <= at {
					r.Steps++
				}
			}
		}
	}
	s.p.Reckoned = slices.DeleteFunc(slices.Clone(s.p.Reckoned), func(r person.Reckoned) bool {
		return !slices.ContainsFunc(s.p.Supplies, func(c supply.Course) bool { return c.Code == r.Code })
	})
	s.wakeSupplies(at)
}

// wakeSupplies wakes the person for the next step of each supply.
func (s *step) wakeSupplies(at instant.Time) {
	if s.quiet {
		return
	}
	for i := range s.p.Supplies {
		c := &s.p.Supplies[i]
		r := s.said(c.Code)
		if is, has := c.At(at); has && r != nil && r.Until == is.Until {
			if steps := is.Steps(); int(r.Steps) < len(steps) {
				s.wake(steps[r.Steps])
			}
		}
	}
}

// said is what was said of a medicine's supply, to be looked at; nil where nothing was.
func (s *step) said(code string) *person.Reckoned {
	n, known := slices.BinarySearchFunc(s.p.Reckoned, code, func(r person.Reckoned, code string) int { return strings.Compare(r.Code, code) })
	if !known {
		return nil
	}
	return &s.p.Reckoned[n]
}

// suppliesDue says what is due to be said of supplies.
func (s *step) suppliesDue(at instant.Time) {
	if s.quiet || !s.rel.Supplies {
		return
	}
	for i := range s.p.Supplies {
		c := s.p.Supplies[i]
		is, has := c.At(at)
		if r := s.said(c.Code); !has || r == nil || r.Until != is.Until {
			continue
		}
		steps := is.Steps()
		for n := int(s.said(c.Code).Steps); n < len(steps) && steps[n] <= at; n++ {
			r := s.reckoned(c.Code)
			r.Steps, r.Noted = uint8(n+1), r.Noted|1<<n
			e := event.Event{Name: "medication.refill_due"}.With("due", expr.MomentOf(is.Until))
			if n > 0 {
				e = event.Event{Name: "medication.refill_gap"}.With("gap_days", expr.IntegerOf(int64(supply.Gaps()[n-1]/instant.Day)))
			}
			e = e.With("code", expr.TextOf(c.Code)).With("last_dispensed", expr.MomentOf(is.Fetched)).With("estimated", expr.FlagOf(is.Estimated))
			s.reckon(e, s.noteOf(c.Code, is.Until, n), at)
			if n > 0 {
				s.coveredNow(&c, at)
			}
		}
	}
}

// noteOf is the id of what was said at a step of a supply.
func (s *step) noteOf(code string, until instant.Time, n int) string {
	return event.Own + "/" + id.Derive(s.seed, "supply", id.Hash(code), uint64(until), uint64(n)).String()
}

// reckon takes in an event of the engine's own about a supply.
func (s *step) reckon(e event.Event, name string, at instant.Time) {
	e.ID, e.Source, e.OccurredAt, e.ReceivedAt = name, event.Own, at, at
	s.add(effect.Note{At: at, Event: e})
	s.takeIn(&e)
	s.noted = append(s.noted, e)
}

// coveredNow tells how much of the time somebody had a medicine, where that changed.
func (s *step) coveredNow(c *supply.Course, at instant.Time) {
	share, known := c.Covered(at)
	if !known {
		return
	}
	r := s.reckoned(c.Code)
	is, was := int8(math.Round(100*share)), r.Covered
	if was != person.NeverCovered && max(is, was)-min(is, was) < toldBy {
		return
	}
	r.Covered = is
	if was == person.NeverCovered || s.historical {
		return // there is nothing to compare it with
	}
	s.reckon(event.Event{Name: "medication.adherence_changed"}.With("code", expr.TextOf(c.Code)).With("covered", expr.NumberOf(float64(is))).With("was", expr.NumberOf(float64(was))),
		event.Own+"/"+id.Derive(s.seed, "covered", id.Hash(c.Code), uint64(at)).String(), at)
}

// untold lists what was said of a supply after a hand-over that is only reported now: it was not so.
func untold(p *person.Person, e *event.Event) (code string, steps []int) {
	if e.Name != "medication.dispensed" || daysOf(e) == 0 {
		return "", nil
	}
	code = e.Field("code").Text
	i := slices.IndexFunc(p.Reckoned, func(r person.Reckoned) bool { return r.Code == code })
	n := slices.IndexFunc(p.Supplies, func(c supply.Course) bool { return c.Code == code })
	if i < 0 || n < 0 {
		return "", nil
	}
	r, c := &p.Reckoned[i], p.Supplies[n]
	was, has := c.At(max(r.Until, p.Now))
	if !has || was.Until != r.Until {
		return "", nil
	}
	for k, due := range was.Steps() {
		if r.Noted&(1<<k) == 0 || due <= e.OccurredAt {
			continue
		}
		after := c.With(supply.Fill{At: e.OccurredAt, Days: daysOf(e), Key: e.Key()})
		if is, _ := after.At(due); is.Until != was.Until {
			steps = append(steps, k)
		}
	}
	return code, steps
}

// unsay takes back what a hand-over shows to have been untrue when it was said.
func (s *step) unsay(e *event.Event, history []Fact, at instant.Time) {
	if !s.rel.Supplies {
		return
	}
	code, steps := untold(&s.p, e)
	for _, n := range steps {
		said := s.noteOf(code, s.said(code).Until, n)
		back := event.Event{ID: said + "/back", Name: "record.retracted", Source: event.Own, OccurredAt: at, ReceivedAt: at}.With("revokes", expr.TextOf(said))
		s.add(effect.Note{At: at, Event: back})
		s.retract(&back, history, at)
	}
}

// changesSupply tells whether an event changes what is known of supplies.
func changesSupply(e *event.Event) bool {
	switch e.Name {
	case "medication.dispensed", "medication.prescribed", "medication.stopped":
		return true
	}
	return false
}

// resupplied lets follow what a change of a supply means.
func (s *step) resupplied(e *event.Event, at instant.Time) {
	if !s.rel.Supplies || !changesSupply(e) {
		return
	}
	s.settleSupplies(at)
	code := e.Field("code").Text
	if i := slices.IndexFunc(s.p.Supplies, func(c supply.Course) bool { return c.Code == code }); i >= 0 {
		c := s.p.Supplies[i]
		s.coveredNow(&c, at)
	}
}
