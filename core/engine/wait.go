package engine

import (
	"slices"

	"attune/core/expr"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/person"
)

// wait lets a span pass, until a time of day, or until a date in the data.
func (s *step) wait(i int, j *journey.Journey, k int, st journey.Wait, at instant.Time) (next int, goes bool) {
	e := &s.p.Enrollments[i]
	if e.Due == instant.Never {
		until, ok := s.waitsUntil(e, st, at)
		switch {
		case !ok && st.Else == "":
			s.fail(i, at, "there is no date to wait for")
			return 0, false
		case !ok:
			return s.onward(j, k, st.Else), true
		}
		e.Due = until
		s.wake(until)
	}
	if e.Due > at {
		return 0, false
	}
	e.Due = instant.Never
	return s.onward(j, k, ""), true
}

// waitsUntil is when a wait that begins at an instant ends; false where the date it counts from is not
// known.
func (s *step) waitsUntil(e *person.Enrollment, st journey.Wait, at instant.Time) (instant.Time, bool) {
	until := at.Add(st.For)
	if st.Date != "" {
		date, known := s.date(e, st)
		if !known {
			return 0, false
		}
		until = date.Add(st.Shift)
	}
	if st.At {
		until = s.zone(s.rel.Program(e.Program)).NextAt(max(until, at), st.Until, st.Days)
	}
	return until, true
}

// overslept lets the passages whose time came while the system slept go on from now, so that what lies days apart for a
// person does not come at once, or is said to nobody since it is over. What waits for a date in the data is not moved: it would be said
// too late. What is derived is caught up with as ever, each at its own instant, and what is out of date expires.
func (s *step) overslept(at instant.Time) {
	for i := range s.p.Enrollments {
		if e := &s.p.Enrollments[i]; e.Left != 0 || e.Due >= at {
			continue
		}
		j, k := s.place(&s.p.Enrollments[i])
		if j == nil {
			continue
		}
		st, waits := j.Steps[k].(journey.Wait)
		if st.Date != "" {
			continue
		}
		s.ownPassages()
		e := &s.p.Enrollments[i]
		e.Due = at
		if waits && st.At {
			e.Due = s.zone(s.rel.Program(e.Program)).NextAt(at, st.Until, st.Days)
		}
		s.note(e, at, "resumed", Overslept)
	}
}

// Overslept is why a passage goes on later than it should have.
const Overslept = "the system had slept"

func (s *step) date(e *person.Enrollment, st journey.Wait) (instant.Time, bool) {
	if field, ok := expr.EntryField(st.Date); ok {
		for _, p := range e.Entry {
			if p.Name == field && p.Value.Type == expr.Moment {
				return instant.Time(p.Value.Num), true
			}
		}
		return 0, false
	}
	compiled := s.rel.Step(e.Program, e.Journey, e.Step)
	if compiled == nil || compiled.Date == nil {
		return 0, false
	}
	return compiled.Date(&s.p.Facts)
}

// waited starts a step's time and tells whether it is over.
func (s *step) waited(e *person.Enrollment, d instant.Duration, at instant.Time) bool {
	if e.Due == instant.Never {
		e.Due = at.Add(d)
		s.wake(e.Due)
	}
	if e.Due > at {
		return false
	}
	e.Due = instant.Never
	return true
}

// isSo asks a state that a passage waits for or branches by. Where it is not so, the person wakes when
// it may be.
func (s *step) isSo(c *expr.Compiled, at instant.Time) bool {
	if c == nil || c.Pulse() {
		return false
	}
	answer, until := c.Rule.Ask(&s.p.Facts, at)
	if answer != expr.True {
		s.wake(until)
	}
	return answer == expr.True
}

// awaitsState tells whether a passage stands where it waits for a state, and the state is so. Where it
// is not, the person wakes when it may be.
func (s *step) awaitsState(e *person.Enrollment, at instant.Time) bool {
	compiled := s.rel.Step(e.Program, e.Journey, e.Step)
	return compiled != nil && compiled.Await != nil && s.isSo(compiled.Await, at)
}

// redate moves the passages that wait for a date which the event in hand may have changed.
func (s *step) redate(at instant.Time) {
	if s.heard == nil {
		return
	}
	for i := range s.p.Enrollments {
		e := &s.p.Enrollments[i]
		if e.Left != 0 || e.Due == instant.Never {
			continue
		}
		compiled := s.rel.Step(e.Program, e.Journey, e.Step)
		if compiled == nil || compiled.Date == nil || !slices.Contains(compiled.Dated, s.heard.Name) {
			continue
		}
		j, k := s.place(e)
		if j == nil {
			continue
		}
		st, isWait := j.Steps[k].(journey.Wait)
		if until, known := s.waitsUntil(e, st, at); isWait && known && until != e.Due {
			s.ownPassages()
			s.p.Enrollments[i].Due = until
			s.wake(until)
		}
	}
}
