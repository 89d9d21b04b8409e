package engine

import (
	"cmp"
	"slices"
	"strings"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/release"
)

// sensed is a signal that changed in this pass, and since when it is so.
type sensed struct {
	signal int
	since  instant.Time
}

// pass asks the given rules, in their order, and lets those that became true fire.
func (s *step) pass(at instant.Time, cause *event.Event, rules []int) {
	s.sensed, s.ended = s.sensed[:0], s.ended[:0]
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
		why := person.Cause{Rule: r.Name, What: what, Event: eventID(cause), At: since}
		switch {
		case r.Bit():
			s.p.Facts.Signals[r.Index] = on
			s.sensed = append(s.sensed, sensed{r.Index, since})
			s.tellBit(r, on, on && late, why, at)
		case on:
			s.fire(r, why, at, late)
		case cause != nil:
			s.ended = append(s.ended, i)
		}
	}
	if cause != nil {
		s.endPulses(at, rules)
		s.unneeded(cause, at)
	}
}

// ask returns a rule's answer now and wakes the person when it can next change.
func (s *step) ask(r *release.Rule, at instant.Time, cause *event.Event) bool {
	if r.Trigger.Pulse() {
		return cause != nil && cause.Name == r.Trigger.On && r.Trigger.Where.Match(cause)
	}
	if r.Target == release.Audience && s.unprofiled() {
		return false // nobody is in a group who objects to being put into one
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
				since, what, found = x.since, s.rel.SignalWords(x.signal), true
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
			if r.Bit() {
				s.p.Facts.Signals[r.Index] = false
			}
			continue
		}
		on := s.ask(r, at, nil)
		if on != s.p.Rules[i] && r.Bit() {
			s.p.Facts.Signals[r.Index] = on
			s.tellBit(r, on, on, person.Cause{What: r.Trigger.Rule.Source, At: at}, at)
		}
		s.p.Rules[i] = on
	}
}

// tellBit records that a signal or an audience changed, and keeps why somebody is in an audience.
func (s *step) tellBit(r *release.Rule, on, late bool, why person.Cause, at instant.Time) {
	pr := s.rel.Programs[r.Program]
	if r.Target == release.Signal {
		s.add(effect.Sense{At: at, Program: pr.ID, Signal: s.rel.Signals[r.Index], On: on, Late: late})
		return
	}
	name := pr.Audiences[r.Part].ID
	s.p.Groups = slices.DeleteFunc(slices.Clone(s.p.Groups), func(g person.Group) bool { return g.Program == pr.ID && g.Audience == name })
	if on {
		i, _ := slices.BinarySearchFunc(s.p.Groups, person.Group{Program: pr.ID, Audience: name}, byPlace)
		s.p.Groups = slices.Insert(s.p.Groups, i, person.Group{Program: pr.ID, Audience: name, Since: why.At, What: why.What, Event: why.Event})
	}
	s.add(effect.Group{At: at, Program: pr.ID, Audience: name, In: on, What: why.What, Event: why.Event})
}

func byPlace(a, b person.Group) int {
	return cmp.Or(strings.Compare(a.Program, b.Program), strings.Compare(a.Audience, b.Audience))
}

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
	if r.Target == release.Outcome {
		s.mark(r.Program, effect.Reached, pr.Outcomes[r.Index].ID, since, at)
	}
	if s.quiet && !derives(r.Target) {
		return
	}
	switch r.Target {
	case release.Signal, release.Audience: // told where they change
	case release.Enroll:
		s.join(r.Program, since, at)
	case release.Leave:
		s.mark(r.Program, effect.Quit, "", since, at)
		s.quit(pr.ID, since, at)
	case release.Phase:
		s.enterPhase(r, since, at)
	case release.PhaseLeft:
		s.leavePhase(r, since, at)
	case release.Exit:
		s.exitMap(r, since, at)
	case release.Moment:
		s.see(r, cause, at, late)
	case release.Hold:
		s.heldBy(r, cause, since, at)
	case release.Outcome:
		if !s.restricted() {
			s.succeed(r, cause, at)
		}
	case release.Measure:
		s.measure(r, since, at)
	case release.Goal, release.Interrupt:
		if !late {
			s.fired(r, at)
		}
	case release.Enter:
		if !late && s.engaged(pr.ID) && !s.restricted() {
			s.enterJourney(r, cause, at)
		}
	case release.Engagement:
		if !late && s.engaged(pr.ID) {
			s.propose(candidate{program: r.Program, engagement: r.Index, cause: cause})
		}
	}
}

// derives tells whether what a rule leads to is derived from the facts, and not something set going.
func derives(t release.Target) bool {
	switch t {
	case release.Signal, release.Audience, release.Enroll, release.Leave, release.Phase, release.PhaseLeft, release.Exit, release.Moment, release.Hold, release.Measure:
		return true
	case release.Enter, release.Engagement, release.Outcome, release.Goal, release.Interrupt:
	}
	return false
}

// engaged tells whether anything may start for this person in the program.
func (s *step) engaged(program string) bool {
	m := s.p.Membership(program)
	return m != nil && m.Active() && s.p.Died == 0
}
