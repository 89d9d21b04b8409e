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
		if on == was {
			continue
		}
		s.ownAnswers()
		if !r.Trigger.Pulse() {
			s.p.Rules[i] = on
		}
		since, what := s.since(r, on, at, cause)
		late := s.historical || at.Sub(since) > r.MaxAge
		if r.Target == release.Signal {
			s.p.Facts.Signals[r.Index] = on
			s.sensed = append(s.sensed, sensed{r.Index, since})
			s.add(effect.Sense{At: at, Program: s.rel.Programs[r.Program].ID, Signal: s.signalName(r), On: on, Late: on && late})
		} else if on {
			s.fire(r, person.Cause{Rule: r.Name, What: what, Event: eventID(cause), At: since}, at, late)
		}
	}
	if cause != nil {
		s.endPulses(at, rules)
	}
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

// since is the instant at which the rule became what it is, and what made it so: the deadline of an
// absence that began, the newest of the signals it asks for, the event, or time alone, which goes by
// the rule's own words.
func (s *step) since(r *release.Rule, on bool, at instant.Time, cause *event.Event) (since instant.Time, what string) {
	if !r.Trigger.Pulse() {
		what = r.Trigger.Rule.Source
		if deadline, ok := r.Trigger.Rule.Deadline(&s.p.Facts, at); ok && on {
			return deadline, what
		}
		found := false
		for _, x := range s.sensed {
			if slices.Contains(r.Trigger.Rule.Signals, x.signal) && (!found || x.since > since) {
				since, what, found = x.since, "signal "+s.rel.SignalName(x.signal), true
			}
		}
		if found {
			return since, what
		}
	}
	if cause != nil {
		return cause.OccurredAt, cause.Name
	}
	return at, what
}

// endPulses lowers the signals that were true only while the event was taken in, and gives all that
// depends on them the answer of a moment without news. It is remembered, and nothing follows from it.
func (s *step) endPulses(at instant.Time, rules []int) {
	for _, i := range rules {
		r := &s.rel.Rules[i]
		if !r.Fleeting {
			continue
		}
		s.ownAnswers()
		if r.Trigger.Pulse() {
			if r.Target == release.Signal {
				s.p.Facts.Signals[r.Index] = false
			}
			continue
		}
		on := s.ask(r, at, nil)
		if on != s.p.Rules[i] && r.Target == release.Signal {
			s.p.Facts.Signals[r.Index] = on
			s.add(effect.Sense{At: at, Program: s.rel.Programs[r.Program].ID, Signal: s.signalName(r), On: on, Late: on})
		}
		s.p.Rules[i] = on
	}
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
	// In a membership zero says never, so what happened in 1969 or before happened at its first instant.
	since := max(cause.At, 1)
	switch r.Target {
	case release.Signal:
	case release.Enroll:
		s.join(pr.ID, since, at)
	case release.Leave:
		s.quit(pr.ID, since, at)
	case release.Phase:
		s.enterPhase(r, since, at)
	case release.Exit:
		s.exitMap(r, since, at)
	case release.Enter:
		if !late && s.engaged(pr.ID) {
			s.enterJourney(r, cause, at)
		}
	case release.Engagement:
		if !late && s.engaged(pr.ID) {
			s.propose(candidate{program: r.Program, engagement: r.Index, cause: cause})
		}
	}
}

// engaged tells whether anything may start for this person in the program.
func (s *step) engaged(program string) bool {
	m := s.p.Membership(program)
	return m != nil && m.Active() && s.p.Died == 0
}

func (s *step) membership(program string) *person.Membership {
	s.ownMemberships()
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
// phases entered at one instant the one further right stands. It brings back who left the map before.
func (s *step) enterPhase(r *release.Rule, since, at instant.Time) {
	pr := s.rel.Programs[r.Program]
	m := s.membership(pr.ID)
	if since < m.Since || since == m.Since && pr.Map.Index(m.Phase) > r.Index {
		return
	}
	before, from := m.Active(), m.Phase
	to := pr.Map.Phases[r.Index].ID
	m.Phase, m.Since = to, since
	if s.p.Died == 0 && since > m.Exited {
		m.Exit = ""
	}
	if from != to || before != m.Active() {
		s.add(effect.Move{At: at, Program: pr.ID, From: from, To: to, CountedBefore: before, CountedAfter: m.Active()})
	}
}

// exitMap takes the person off the map, unless they entered a phase later than that, which nobody
// does who died: of exits the newest stands, and of those at one instant the first on the map.
func (s *step) exitMap(r *release.Rule, since, at instant.Time) {
	pr := s.rel.Programs[r.Program]
	m := s.membership(pr.ID)
	if since < m.Exited || since == m.Exited && (m.Exit == "" || r.Index >= pr.Map.Exit(m.Exit)) {
		return
	}
	m.Exited = since
	if since < m.Since && s.p.Died == 0 {
		return
	}
	before, was := m.Active(), m.Exit
	m.Exit = pr.Map.Exits[r.Index].ID
	if m.Exit != was {
		s.add(effect.Move{At: at, Program: pr.ID, From: m.Phase, Exit: m.Exit, CountedBefore: before})
	}
	if was == "" {
		s.stop(pr.ID, at)
	}
}
