package engine

import (
	"slices"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/person"
	"attune/core/release"
)

// enterJourney starts a passage, unless one is under way or the journey is entered only once.
func (s *step) enterJourney(r *release.Rule, cause person.Cause, at instant.Time) {
	pr := s.rel.Programs[r.Program]
	j := &pr.Journeys[r.Index]
	for i := range s.p.Enrollments {
		if e := &s.p.Enrollments[i]; e.Program == pr.ID && e.Journey == j.ID && (e.Left == 0 || !j.Again.Always) {
			return
		}
	}
	s.ownPassages()
	// Of passages that are over only the newest is remembered.
	s.p.Enrollments = slices.DeleteFunc(s.p.Enrollments, func(e person.Enrollment) bool {
		return e.Program == pr.ID && e.Journey == j.ID
	})
	e := person.Enrollment{
		ID:      id.Derive(s.seed, "enrollment", id.Hash(pr.ID), id.Hash(j.ID), uint64(at), id.Hash(cause.Event)),
		Program: pr.ID, Journey: j.ID, Step: j.Steps[0].Label(), Entered: at, Due: instant.Never, Cause: cause,
	}
	s.p.Enrollments = append(s.p.Enrollments, e)
	s.note(&e, at, "entered", cause.What)
	s.walk(len(s.p.Enrollments)-1, at)
}

// walk takes a passage as far as it goes at this instant.
func (s *step) walk(i int, at instant.Time) {
	s.ownPassages()
	for range maxMoves {
		e := &s.p.Enrollments[i]
		j, k := s.place(e)
		if j == nil {
			s.fail(i, at, "its step is not in the program any more")
			return
		}
		switch st := j.Steps[k].(type) {
		case journey.Send:
			e.Due = instant.Never // only its touch's end is waited for
			if e.Touch.IsZero() {
				s.proposeFor(i, st.Engagement)
			}
			return
		case journey.Wait:
			if !s.waited(e, st.For, at) {
				return
			}
			if !s.advance(i, j, k+1, at) {
				return
			}
		case journey.Await:
			if !s.waited(e, st.Within, at) {
				return
			}
			next, _ := j.Find(st.Else)
			if !s.advance(i, j, next, at) {
				return
			}
		case journey.Exit:
			s.leave(i, at, st.Why)
			return
		default:
			s.fail(i, at, "its step is of a kind that is not walked")
			return
		}
	}
	s.fail(i, at, tooManySteps)
}

const tooManySteps = "it passed too many steps at one instant"

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

// passage is the index of a passage that is under way, or -1.
func (s *step) passage(enrollment id.Key) int {
	return slices.IndexFunc(s.p.Enrollments, func(e person.Enrollment) bool { return e.ID == enrollment && e.Left == 0 })
}

// place finds the journey and step where a passage stands.
func (s *step) place(e *person.Enrollment) (*journey.Journey, int) {
	for _, pr := range s.rel.Programs {
		if pr.ID != e.Program {
			continue
		}
		if j := pr.Journey(e.Journey); j != nil {
			if k, ok := j.Find(e.Step); ok {
				return j, k
			}
		}
	}
	return nil, 0
}

// advance moves a passage to step k, or out past the last one; it tells whether there is more to walk.
func (s *step) advance(i int, j *journey.Journey, k int, at instant.Time) bool {
	s.ownPassages()
	e := &s.p.Enrollments[i]
	e.Touch, e.Due = id.Key{}, instant.Never
	if k >= len(j.Steps) {
		s.leave(i, at, "finished")
		return false
	}
	e.Step = j.Steps[k].Label()
	s.note(e, at, "reached", "")
	return true
}

// passed moves a passage beyond the step at which it stands.
func (s *step) passed(i int, at instant.Time) {
	j, k := s.place(&s.p.Enrollments[i])
	if j == nil {
		s.fail(i, at, "its step is not in the program any more")
		return
	}
	if s.advance(i, j, k+1, at) {
		s.walk(i, at)
	}
}

func (s *step) leave(i int, at instant.Time, why string) {
	s.ownPassages()
	e := &s.p.Enrollments[i]
	e.Left, e.Why, e.Due, e.Touch = at, why, instant.Never, id.Key{}
	s.note(e, at, "left", why)
}

// fail parks a passage where people can see it; nothing else stops.
func (s *step) fail(i int, at instant.Time, why string) {
	s.ownPassages()
	e := &s.p.Enrollments[i]
	e.Due, e.Why = instant.Never, "needs attention: "+why
	s.note(e, at, "failed", why)
}

func (s *step) note(e *person.Enrollment, at instant.Time, what, why string) {
	s.add(effect.Walk{At: at, Enrollment: e.ID, Program: e.Program, Journey: e.Journey, What: what, Step: e.Step, Why: why})
}

// journeysDue walks the passages whose time has come.
func (s *step) journeysDue(at instant.Time) {
	for i := range s.p.Enrollments {
		if e := &s.p.Enrollments[i]; e.Left == 0 && e.Due <= at {
			s.walk(i, at)
		}
	}
}

// awaiting lists the passages that wait for this event. It is asked before anything follows from the
// event, so that one event does not carry a passage to a wait and through it.
func (s *step) awaiting(e *event.Event, at instant.Time) []id.Key {
	if e.Historical || at.Sub(e.OccurredAt) > expr.DefaultMaxAge {
		return nil
	}
	var out []id.Key
	for i := range s.p.Enrollments {
		en := &s.p.Enrollments[i]
		if en.Left != 0 || en.Due == instant.Never {
			continue
		}
		if trigger := s.rel.Await(en.Program, en.Journey, en.Step); trigger != nil && trigger.On == e.Name && trigger.Where.Match(e) {
			out = append(out, en.ID)
		}
	}
	return out
}

// journeysHear walks the passages that waited for an event and are still under way.
func (s *step) journeysHear(awaiting []id.Key, at instant.Time) {
	for _, enrollment := range awaiting {
		if i := s.passage(enrollment); i >= 0 {
			s.passed(i, at)
		}
	}
}

// concluded lets the passage that waited for a touch go on.
func (s *step) concluded(t *person.Touch, at instant.Time) {
	if i := s.passage(t.Enrollment); i >= 0 && s.p.Enrollments[i].Touch == t.ID {
		s.passed(i, at)
	}
}
