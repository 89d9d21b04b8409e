package engine

import (
	"slices"

	"attune/core/channel"
	"attune/core/effect"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/person"
	"attune/core/policy"
)

// walk takes a passage as far as it goes at this instant.
func (s *step) walk(i int, at instant.Time) {
	s.ownPassages()
	for range maxMoves {
		e := &s.p.Enrollments[i]
		j, k := s.place(e)
		if j == nil {
			s.fail(i, at, stepIsGone)
			return
		}
		next, goes := s.pace(i, j, k, at)
		if !goes || s.p.Enrollments[i].Left != 0 || !s.arrive(i, j, next, at) {
			return
		}
	}
	s.fail(i, at, tooManySteps)
}

const (
	tooManySteps = "it passed too many steps at one instant"
	stepIsGone   = "its step is not in the program any more"
)

// pace does what one step does, and tells the step to go on to; goes is false while the passage stays.
func (s *step) pace(i int, j *journey.Journey, k int, at instant.Time) (next int, goes bool) {
	e := &s.p.Enrollments[i]
	switch st := j.Steps[k].(type) {
	case journey.Send:
		e.Due = instant.Never // only its touch's end is waited for
		if e.Touch.IsZero() && !s.stopped(e, s.mostUrgent(e.Program, st.Engagement), at) {
			s.proposeFor(i, st.Engagement)
		}
		return 0, false
	case journey.Decide:
		e.Due = instant.Never
		if e.Touch.IsZero() && !s.stopped(e, s.mostUrgent(e.Program, st.Among...), at) {
			for _, engagement := range st.Among {
				s.proposeFor(i, engagement)
			}
		}
		return 0, false
	case journey.Wait:
		return s.wait(i, j, k, st, at)
	case journey.Await:
		if compiled := s.rel.Step(e.Program, e.Journey, e.Step); compiled != nil && s.isSo(compiled.Await, at) {
			return s.onward(j, k, ""), true
		}
		if !s.waited(e, st.Within, at) {
			return 0, false
		}
		return s.onward(j, k, st.Else), true
	case journey.Branch:
		return s.branch(e, j, k, st, at), true
	case journey.Split:
		return s.split(e, j, k, st, at), true
	case journey.Ask:
		if e.Request.IsZero() && s.stopped(e, channel.Service, at) {
			return 0, false
		}
		return s.request(i, j, k, asked{kind: effect.Ask, what: st.Questionnaire, within: st.Within, or: st.Else, by: st.By}, at)
	case journey.Task:
		return s.request(i, j, k, asked{kind: effect.Task, what: st.Do, who: st.For, priority: st.Priority, within: st.Within, or: st.Else}, at)
	case journey.Refer:
		return s.request(i, j, k, asked{kind: effect.Refer, what: st.To, reason: st.Reason, urgency: st.Priority, within: st.Within, or: st.Else}, at)
	case journey.Call:
		return s.request(i, j, k, asked{kind: effect.Call, what: st.Service, within: st.Within, or: st.Else, send: st.Send}, at)
	case journey.Update:
		s.write(e, st, at)
		return s.onward(j, k, ""), true
	case journey.Reached:
		s.note(e, at, "goal", st.Goal)
		return s.onward(j, k, ""), true
	case journey.Exit:
		s.leave(i, at, st.Why)
	}
	return 0, false
}

// onward is the step that follows: the one named, else the step's own next, else the one after it.
func (s *step) onward(j *journey.Journey, k int, named string) int {
	if named == "" {
		named = j.Steps[k].Follows()
	}
	if n, found := j.Find(named); found {
		return n
	}
	return k + 1
}

// branch finds the first case that is so. It only asks, and so sets no timer.
func (s *step) branch(e *person.Enrollment, j *journey.Journey, k int, st journey.Branch, at instant.Time) int {
	if compiled := s.rel.Step(e.Program, e.Journey, e.Step); compiled != nil {
		for n := range compiled.Cases {
			if answer, _ := compiled.Cases[n].Rule.Ask(&s.p.Facts, at); answer == expr.True {
				return s.onward(j, k, st.Cases[n].Then)
			}
		}
	}
	return s.onward(j, k, st.Else)
}

// split draws an arm, once for this person and for ever: the draw is keyed by the split alone, and what
// was drawn is kept, so that it outlives a change of the weights.
func (s *step) split(e *person.Enrollment, j *journey.Journey, k int, st journey.Split, at instant.Time) int {
	if s.unprofiled() {
		return s.onward(j, k, st.Arms[0].Then) // nothing is tried out on them
	}
	drawn := s.p.Arm(e.Program, e.Journey, e.Step)
	n := slices.IndexFunc(st.Arms, func(a journey.Arm) bool { return a.ID == drawn })
	if n < 0 {
		n = drawArm(st.Arms, id.Draw(s.seed, "split", id.Hash(e.Program), id.Hash(e.Journey), id.Hash(e.Step)))
		s.p.Arms = slices.DeleteFunc(slices.Clone(s.p.Arms), func(a person.Arm) bool {
			return a.Program == e.Program && a.Journey == e.Journey && a.Step == e.Step
		})
		s.p.Arms = append(s.p.Arms, person.Arm{Program: e.Program, Journey: e.Journey, Step: e.Step, Arm: st.Arms[n].ID})
		s.note(e, at, "drew", st.Arms[n].ID)
	}
	return s.onward(j, k, st.Arms[n].Then)
}

// drawArm finds the arm at a place in [0, 1) of the weights' sum.
func drawArm(arms []journey.Arm, place float64) int {
	sum := 0.0
	for _, a := range arms {
		sum += a.Weight
	}
	rest := float64(place * sum)
	for n, a := range arms {
		if rest -= a.Weight; rest < 0 {
			return n
		}
	}
	return len(arms) - 1
}

// passage is the index of a passage that is under way, or -1.
func (s *step) passage(enrollment id.Key) int {
	return slices.IndexFunc(s.p.Enrollments, func(e person.Enrollment) bool { return e.ID == enrollment && e.Left == 0 })
}

// journeyOf is the journey of a passage; nil where the release has it no longer.
func (s *step) journeyOf(e *person.Enrollment) *journey.Journey {
	if pr := s.rel.Program(e.Program); pr != nil {
		return pr.Journey(e.Journey)
	}
	return nil
}

// place finds the journey and step where a passage stands.
func (s *step) place(e *person.Enrollment) (*journey.Journey, int) {
	if j := s.journeyOf(e); j != nil {
		if k, ok := j.Find(e.Step); ok {
			return j, k
		}
	}
	return nil, 0
}

// arrive moves a passage to step k, or out past the last one; it tells whether there is more to walk.
func (s *step) arrive(i int, j *journey.Journey, k int, at instant.Time) bool {
	s.ownPassages()
	e := &s.p.Enrollments[i]
	e.Touch, e.Request, e.Due = id.Key{}, id.Key{}, instant.Never
	if k >= len(j.Steps) {
		s.leave(i, at, "finished")
		return false
	}
	if from, found := j.Find(e.Step); found && k <= from {
		if e.Rounds++; j.Rounds > 0 && int(e.Rounds) > j.Rounds {
			s.leave(i, at, "went round often enough")
			return false
		}
	}
	e.Step = j.Steps[k].Label()
	s.note(e, at, "reached", "")
	return true
}

// passed moves a passage beyond the step at which it stands: to the step named, or on.
func (s *step) passed(i int, named string, at instant.Time) {
	j, k := s.place(&s.p.Enrollments[i])
	if j == nil {
		s.fail(i, at, stepIsGone)
		return
	}
	if s.arrive(i, j, s.onward(j, k, named), at) {
		s.walk(i, at)
	}
}

func (s *step) leave(i int, at instant.Time, why string) {
	s.dropRequest(i, at, why)
	e := &s.p.Enrollments[i]
	e.Left, e.Why, e.Due, e.Touch, e.Parked = at, why, instant.Never, id.Key{}, false
	s.note(e, at, "left", why)
}

// dropWork withdraws what a passage has under way, when it goes another way than it was going.
func (s *step) dropWork(i int, at instant.Time, why string) {
	s.dropRequest(i, at, why)
	e := &s.p.Enrollments[i]
	touch := e.Touch
	e.Touch, e.Due, e.Parked = id.Key{}, instant.Never, false
	if touch.IsZero() {
		return
	}
	s.endAll(at, policy.NotNeeded, func(t *person.Touch) bool { return t.ID == touch })
}

// fail parks a passage where people can see it; nothing else stops.
func (s *step) fail(i int, at instant.Time, why string) {
	s.ownPassages()
	e := &s.p.Enrollments[i]
	e.Due, e.Why, e.Parked = instant.Never, why, true
	s.note(e, at, "failed", why)
}

// resume lets a parked passage go on, at the step where it stands or at another.
func (s *step) resume(w Resume, at instant.Time) {
	i := s.passage(w.Enrollment)
	if i < 0 || !s.p.Enrollments[i].Parked {
		s.add(effect.Ignore{At: at, Why: "not parked"})
		return
	}
	s.p.Now = at
	s.ownPassages()
	e := &s.p.Enrollments[i]
	j := s.journeyOf(e)
	to := w.To
	if to == "" {
		to = e.Step
	}
	k, found := 0, false
	if j != nil {
		k, found = j.Find(to)
	}
	if !found {
		s.add(effect.Ignore{At: at, Why: "no such step"})
		return
	}
	e.Parked, e.Why, e.Touch, e.Due, e.Step = false, "", id.Key{}, instant.Never, j.Steps[k].Label()
	s.note(e, at, "resumed", "")
	s.walk(i, at)
	s.conclude(at)
}

func (s *step) note(e *person.Enrollment, at instant.Time, what, why string) {
	s.add(effect.Walk{At: at, Enrollment: e.ID, Program: e.Program, Journey: e.Journey, What: what, Step: e.Step, Why: why})
}

// journeysDue walks the passages whose time has come, and those that wait for a state that is now so.
func (s *step) journeysDue(at instant.Time) {
	for i := range s.p.Enrollments { // walking adds and takes away none
		if e := &s.p.Enrollments[i]; e.Left != 0 || e.Parked {
			continue
		}
		if s.p.Enrollments[i].Due <= at || s.awaitsState(&s.p.Enrollments[i], at) {
			s.walk(i, at)
		}
	}
}
