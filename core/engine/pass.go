package engine

import (
	"slices"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/release"
)

// sensed is a signal that changed in this pass, and since when it is so.
type sensed struct {
	signal int
	since  instant.Time
}

// pass asks the given rules, in their order, and lets those that became true fire.
func (s *step) pass(at instant.Time, cause *event.Event, rules []int) {
	s.sensed = s.sensed[:0]
	for _, i := range rules {
		r := &s.rel.Rules[i]
		was := s.p.Rules[i]
		on := s.ask(r, at, cause)
		if !r.Trigger.Pulse() {
			s.p.Rules[i] = on
		}
		if on == was {
			continue
		}
		since := s.since(r, at, cause)
		late := s.historical || at.Sub(since) > r.MaxAge
		if r.Target == release.Signal {
			s.p.Facts.Signals[r.Index] = on
			s.sensed = append(s.sensed, sensed{r.Index, since})
			s.add(effect.Sense{At: at, Program: s.rel.Programs[r.Program].ID, Signal: s.signalName(r), On: on, Late: on && late})
		} else if on {
			s.fire(r, person.Cause{Rule: r.Name, Event: eventID(cause), At: since}, at, late)
		}
	}
	s.endPulses(rules)
}

// ask returns a rule's answer now and wakes the person when it can next change.
func (s *step) ask(r *release.Rule, at instant.Time, cause *event.Event) bool {
	if r.Trigger.Pulse() {
		return cause != nil && cause.Name == r.Trigger.On && r.Trigger.Where.Match(cause)
	}
	answer, until := r.Trigger.Rule.Ask(&s.p.Facts, at)
	s.wake(until)
	return answer == expr.True
}

// since is the instant at which the rule became what it is: an absence's deadline, the instant of
// the signals it asks for, the event's occurrence, or the timer that went off.
func (s *step) since(r *release.Rule, at instant.Time, cause *event.Event) instant.Time {
	if !r.Trigger.Pulse() {
		if deadline, ok := r.Trigger.Rule.Deadline(&s.p.Facts); ok && deadline <= at {
			return deadline
		}
		newest, found := instant.Time(0), false
		for _, x := range s.sensed {
			if slices.Contains(r.Trigger.Rule.Signals, x.signal) {
				newest, found = max(newest, x.since), true
			}
		}
		if found {
			return newest
		}
	}
	if cause != nil {
		return cause.OccurredAt
	}
	return at
}

// endPulses lowers signals that were true only while the event was taken in.
func (s *step) endPulses(rules []int) {
	for _, i := range rules {
		if r := &s.rel.Rules[i]; r.Target == release.Signal && r.Trigger.Pulse() {
			s.p.Facts.Signals[r.Index] = false
		}
	}
	// What asked for a pulse is false again too, without anything following from it.
	for _, i := range rules {
		r := &s.rel.Rules[i]
		if r.Trigger.Pulse() || !s.asksPulse(r) || !s.p.Rules[i] {
			continue
		}
		answer, until := r.Trigger.Rule.Ask(&s.p.Facts, s.p.Now)
		s.wake(until)
		s.p.Rules[i] = answer == expr.True
		if r.Target == release.Signal {
			s.p.Facts.Signals[r.Index] = s.p.Rules[i]
		}
	}
}

func (s *step) asksPulse(r *release.Rule) bool {
	return slices.ContainsFunc(r.Trigger.Rule.Signals, func(signal int) bool { return s.rel.Pulsing(signal) })
}

func (s *step) signalName(r *release.Rule) string { return s.rel.Signals[r.Index] }

func eventID(e *event.Event) string {
	if e == nil {
		return ""
	}
	return e.ID
}

// fire lets a rule that became true have its consequence. What came late, or from an import, sets
// memory (membership, phase) and starts nothing.
func (s *step) fire(r *release.Rule, cause person.Cause, at instant.Time, late bool) {
	pr := s.rel.Programs[r.Program]
	switch r.Target {
	case release.Signal:
	case release.Enroll:
		s.join(pr.ID, cause.At, at)
	case release.Leave:
		s.quit(pr.ID, cause.At, at)
	case release.Phase:
		s.enterPhase(r, cause.At, at)
	case release.Exit:
		s.exitMap(r, cause.At, at)
	case release.Enter:
		if !late && s.engaged(pr.ID) {
			s.enterJourney(r, cause, at)
		}
	case release.Engagement:
		if !late && s.engaged(pr.ID) {
			s.propose(candidate{program: r.Program, engagement: r.Index, cause: cause, enrollment: -1})
		}
	}
}

// engaged tells whether anything may start for this person in the program.
func (s *step) engaged(program string) bool {
	m := s.p.Membership(program)
	return m != nil && m.Active() && s.p.Died == 0
}

func (s *step) membership(program string) *person.Membership {
	if m := s.p.Membership(program); m != nil {
		return m
	}
	i := 0
	for i < len(s.p.Memberships) && s.p.Memberships[i].Program < program {
		i++
	}
	s.p.Memberships = slices.Insert(s.p.Memberships, i, person.Membership{Program: program})
	return &s.p.Memberships[i]
}

func (s *step) join(program string, since, at instant.Time) {
	m := s.membership(program)
	was := m.Active()
	m.Enrolled = max(m.Enrolled, since)
	if !was && m.Active() {
		s.add(effect.Join{At: at, Program: program, In: true, Phase: m.Phase})
	}
}

func (s *step) quit(program string, since, at instant.Time) {
	m := s.membership(program)
	was := m.Active()
	m.Left = max(m.Left, since)
	if was && !m.Active() {
		s.add(effect.Join{At: at, Program: program, In: false, Phase: m.Phase})
		s.stop(program, at)
	}
}

// stop ends what was going on in a program the person is no longer in.
func (s *step) stop(program string, at instant.Time) {
	for i := range s.p.Enrollments {
		if e := &s.p.Enrollments[i]; e.Left == 0 && e.Program == program {
			s.leave(i, at, string(policy.NotEnrolled))
		}
	}
	s.endAll(at, policy.NotEnrolled, func(t *person.Touch) bool { return t.Program == program })
}

// enterPhase moves the person on the map, unless they already entered a phase later than that: of
// phases entered at one instant the one further right stands.
func (s *step) enterPhase(r *release.Rule, since, at instant.Time) {
	pr := s.rel.Programs[r.Program]
	m := s.membership(pr.ID)
	if since < m.Since || since == m.Since && pr.Map.Index(m.Phase) > r.Index {
		return
	}
	before, from := m.Active(), m.Phase
	to := pr.Map.Phases[r.Index].ID
	m.Phase, m.Since = to, since
	if s.p.Died == 0 {
		m.Exit = ""
	}
	if from != to || before != m.Active() {
		s.add(effect.Move{At: at, Program: pr.ID, From: from, To: to, CountedBefore: before, CountedAfter: m.Active()})
	}
}

func (s *step) exitMap(r *release.Rule, since, at instant.Time) {
	pr := s.rel.Programs[r.Program]
	m := s.membership(pr.ID)
	if since < m.Since || m.Exit != "" {
		return
	}
	before := m.Active()
	m.Exit = pr.Map.Exits[r.Index].ID
	s.add(effect.Move{At: at, Program: pr.ID, From: m.Phase, Exit: m.Exit, CountedBefore: before})
	s.stop(pr.ID, at)
}
