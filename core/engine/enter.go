package engine

import (
	"slices"

	"attune/core/id"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/person"
	"attune/core/release"
)

// enterJourney starts a passage, unless the journey's rules of entry are against it.
func (s *step) enterJourney(r *release.Rule, cause person.Cause, at instant.Time) {
	pr := s.rel.Programs[r.Program]
	j := &pr.Journeys[r.Index]
	key := ""
	if j.Key != "" {
		if s.heard == nil {
			return
		}
		if key = s.heard.Field(j.Key).String(); key == "" {
			return // without its key nobody could tell the passages apart
		}
	}
	if s.reached(r, at) {
		return
	}
	for i := range s.p.Enrollments {
		e := &s.p.Enrollments[i]
		if e.Program != pr.ID || e.Journey != j.ID || e.Key != key {
			continue
		}
		if e.Left == 0 {
			if j.Busy == journey.Restart {
				s.ownPassages()
				s.p.Enrollments[i].Cause = cause
				if s.heard != nil {
					s.p.Enrollments[i].Entry = s.rel.EntryOf(pr.ID, j.ID, s.heard)
				}
				s.restart(i, at, cause.What)
			}
			return
		}
		if !j.Again.Always && (j.Again.After == 0 || at < e.Entered.Add(j.Again.After)) {
			return
		}
	}
	s.ownPassages()
	// Of passages that are over only the newest with the key is remembered.
	s.p.Enrollments = slices.DeleteFunc(s.p.Enrollments, func(e person.Enrollment) bool {
		return e.Program == pr.ID && e.Journey == j.ID && e.Key == key
	})
	s.boundPassages(pr.ID, j.ID, at)
	e := person.Enrollment{
		ID:      id.Derive(s.seed, "enrollment", id.Hash(pr.ID), id.Hash(j.ID), uint64(at), id.Hash(cause.Event), id.Hash(key)),
		Program: pr.ID, Journey: j.ID, Step: j.Steps[0].Label(), Entered: at, Due: instant.Never, Cause: cause, Key: key,
	}
	if s.heard != nil {
		e.Entry = s.rel.EntryOf(pr.ID, j.ID, s.heard)
	}
	s.p.Enrollments = append(s.p.Enrollments, e)
	s.note(&e, at, "entered", cause.What)
	s.walk(len(s.p.Enrollments)-1, at)
}

// maxPassages bounds how many passages of one keyed journey a person has, so that a state stays small.
const maxPassages = 32

// boundPassages makes room for one more passage of a journey: the oldest that is over is forgotten,
// and if all are under way the oldest of them leaves.
func (s *step) boundPassages(program, j string, at instant.Time) {
	oldest, over, count := -1, -1, 0
	for i := range s.p.Enrollments {
		e := &s.p.Enrollments[i]
		if e.Program != program || e.Journey != j {
			continue
		}
		count++
		if oldest < 0 {
			oldest = i
		}
		if e.Left != 0 && over < 0 {
			over = i
		}
	}
	if count < maxPassages {
		return
	}
	if over < 0 {
		s.leave(oldest, at, "too many at once")
		over = oldest
	}
	s.p.Enrollments = slices.Delete(s.p.Enrollments, over, over+1)
}

// reached tells whether a goal of the journey that a rule enters is so already.
func (s *step) reached(enter *release.Rule, at instant.Time) bool {
	for i := range s.rel.Rules {
		r := &s.rel.Rules[i]
		if r.Target == release.Goal && r.Program == enter.Program && r.Index == enter.Index && !r.Trigger.Pulse() && s.ask(r, at, nil) {
			return true
		}
	}
	return false
}

// restart takes a passage back to its first step.
func (s *step) restart(i int, at instant.Time, why string) {
	s.dropWork(i, at, "restarted")
	e := &s.p.Enrollments[i]
	j, _ := s.place(e)
	if j == nil {
		s.fail(i, at, stepIsGone)
		return
	}
	s.note(e, at, "interrupted", "restarted: "+why)
	e.Rounds, e.Due, e.Step = 0, instant.Never, j.Steps[0].Label()
	s.note(e, at, "reached", "")
	s.walk(i, at)
}
