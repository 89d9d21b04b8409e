package engine

import (
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/person"
	"attune/core/release"
)

// fired redirects the passages of a journey whose goal or interrupt became true.
func (s *step) fired(r *release.Rule, at instant.Time) {
	pr := s.rel.Programs[r.Program]
	j := &pr.Journeys[r.Index]
	for i := range s.p.Enrollments { // walking adds and takes away none
		if e := &s.p.Enrollments[i]; e.Left != 0 || e.Program != pr.ID || e.Journey != j.ID || !s.speaksOf(e, j) {
			continue
		}
		if r.Target == release.Goal {
			s.dropWork(i, at, "goal "+j.Goals[r.Part].ID)
			s.note(&s.p.Enrollments[i], at, "goal", j.Goals[r.Part].ID)
			s.leave(i, at, "reached "+j.Goals[r.Part].ID)
			continue
		}
		s.interrupt(i, j, &j.Interrupts[r.Part], at)
	}
}

func (s *step) interrupt(i int, j *journey.Journey, by *journey.Interrupt, at instant.Time) {
	switch by.Then {
	case journey.ThenExit:
		s.dropWork(i, at, "interrupt "+by.ID)
		s.leave(i, at, by.ID)
	case journey.ThenRestart:
		s.restart(i, at, by.ID)
	default:
		s.dropWork(i, at, "interrupt "+by.ID)
		s.note(&s.p.Enrollments[i], at, "interrupted", by.ID)
		k, found := j.Find(by.Then)
		if !found {
			s.fail(i, at, stepIsGone)
			return
		}
		if s.arrive(i, j, k, at) {
			s.walk(i, at)
		}
	}
}

// speaksOf tells whether the event in hand is about a passage: in a keyed journey, one that has the
// field with which it was entered speaks of the passage with the same value only.
func (s *step) speaksOf(e *person.Enrollment, j *journey.Journey) bool {
	if e.Key == "" || s.heard == nil {
		return true
	}
	v := s.heard.Field(j.Key)
	return v.Type == expr.Missing || v.String() == e.Key
}

// awaited is a passage that waits for the event in hand, at a step, and where the event leads.
type awaited struct {
	enrollment  id.Key
	step, onto  string
	outcome     string
	answersWork bool
}

// awaiting lists the passages that wait for this event. It is asked before anything follows from the
// event, so that one event does not carry a passage to a wait and through it.
func (s *step) awaiting(e *event.Event, at instant.Time) []awaited {
	if e.Historical || at.Sub(e.OccurredAt) > expr.DefaultMaxAge || !s.rel.Heard(e.Name) {
		return nil
	}
	var out []awaited
	for i := range s.p.Enrollments {
		en := &s.p.Enrollments[i]
		if en.Left != 0 || en.Parked {
			continue
		}
		if !en.Request.IsZero() {
			if a, ok := s.answered(en, e); ok {
				out = append(out, a)
			}
			continue
		}
		compiled := s.rel.Step(en.Program, en.Journey, en.Step)
		if en.Due == instant.Never || compiled == nil || compiled.Await == nil || compiled.Await.On != e.Name || !compiled.Await.Where.Match(e) {
			continue
		}
		if j, _ := s.place(en); j != nil && s.speaksOf(en, j) {
			out = append(out, awaited{enrollment: en.ID, step: en.Step})
		}
	}
	return out
}

// journeysHear walks the passages that waited for an event and are still where they waited; then those
// that wait for a date the event moved, and those that wait for a state it made so.
func (s *step) journeysHear(waited []awaited, at instant.Time) {
	for _, a := range waited {
		i := s.passage(a.enrollment)
		if i < 0 || s.p.Enrollments[i].Step != a.step || s.p.Enrollments[i].Parked {
			continue
		}
		if a.answersWork {
			s.close(i, at, "answered", a.outcome)
		}
		s.passed(i, a.onto, at)
	}
	s.redate(at)
	s.journeysDue(at)
}

// concluded lets the passage that waited for a touch go on.
func (s *step) concluded(t *person.Touch, at instant.Time) {
	i := s.passage(t.Enrollment)
	if i < 0 || s.p.Enrollments[i].Touch != t.ID {
		return
	}
	if !s.p.Enrollments[i].Request.IsZero() {
		return // an invitation came to its end; the answer is still waited for
	}
	s.passed(i, "", at)
}
