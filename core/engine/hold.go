package engine

import (
	"slices"
	"strings"

	"attune/core/channel"
	"attune/core/effect"
	"attune/core/event"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/release"
)

// A hold leaves the person alone: whatever waits for its hour waits on, journeys stop before their next
// word to the person, and what is newly proposed is refused. Holds are of the person, so those of one
// program hold for all. They follow from the facts, as phases do.

// hold is what the person is left alone for at an instant by contacts of a class; nil if nothing.
func (s *step) hold(class channel.Class, at instant.Time) *person.Hold {
	for i := range s.p.Holds {
		if h := &s.p.Holds[i]; h.On(at) && !s.exempt(h.ID, class) {
			return h
		}
	}
	return nil
}

// exempt tells whether contacts of a class go on during a hold. One that no program has a rule for was
// set by a member of the team, and lets what is for safety through.
func (s *step) exempt(hold string, class channel.Class) bool {
	known := false
	for _, pr := range s.rel.Programs {
		for i := range pr.Policy.Holds {
			if h := &pr.Policy.Holds[i]; h.ID == hold {
				known = true
				if !slices.Contains(h.But, class) {
					return false
				}
			}
		}
	}
	return known || class == channel.Safety
}

// heldUntil is the latest end of the holds that keep a class back; Never where one has to be lifted.
func (s *step) heldUntil(class channel.Class, at instant.Time) instant.Time {
	until := at
	for i := range s.p.Holds {
		if h := &s.p.Holds[i]; h.On(at) && !s.exempt(h.ID, class) {
			until = max(until, h.Until)
		}
	}
	return until
}

// setHold takes note that a hold began. Of two beginnings the newest stands, whatever the order of
// arrival.
func (s *step) setHold(name string, since, until instant.Time, what, event string, at instant.Time) {
	h := s.holdNamed(name)
	was := h.On(at)
	switch {
	case since > h.Set:
		h.Set, h.Until, h.Event = since, until, event
	case since == h.Set:
		if until > h.Until || until == h.Until && event < h.Event {
			h.Until, h.Event = until, event
		}
	}
	if h.On(at) {
		s.wake(h.Until)
	}
	switch is := h.On(at); {
	case !was && is:
		s.add(effect.Hold{At: at, Hold: name, On: true, Until: h.Until, What: what, Event: event})
	case was && !is: // the newest word says that it is over already
		s.add(effect.Hold{At: at, Hold: name, What: what, Event: event})
		s.unhold(at)
	}
}

// holdNamed is the place of a word on a hold, made if there is none.
func (s *step) holdNamed(name string) *person.Hold {
	i, found := slices.BinarySearchFunc(s.p.Holds, name, func(h person.Hold, n string) int { return strings.Compare(h.ID, n) })
	s.p.Holds = slices.Clone(s.p.Holds)
	if !found {
		s.p.Holds = slices.Insert(s.p.Holds, i, person.Hold{ID: name})
	}
	return &s.p.Holds[i]
}

// heldBy begins a hold by a rule of the policy.
func (s *step) heldBy(r *release.Rule, cause person.Cause, since, at instant.Time) {
	if s.heard != nil && s.heard.Historical {
		return // what was imported as history is over
	}
	h := &s.rel.Programs[r.Program].Policy.Holds[r.Index]
	until := instant.Never
	if h.For > 0 {
		until = since.Add(h.For)
	}
	s.setHold(h.ID, since, until, cause.What, cause.Event, at)
}

// holdHears takes in what a member of the team says about holds.
func (s *step) holdHears(e *event.Event, at instant.Time) {
	name := e.Field("hold").Text
	if name == "" {
		return
	}
	since := max(e.OccurredAt, 1)
	if e.Name == "hold.set" {
		until := instant.Never
		if v := e.Field("until"); v.Num != 0 {
			until = instant.Time(v.Num)
		}
		s.setHold(name, since, until, e.Name, e.ID, at)
		return
	}
	h := s.holdNamed(name)
	was := h.On(at)
	h.Lifted = max(h.Lifted, since)
	if was && !h.On(at) {
		s.add(effect.Hold{At: at, Hold: name, What: e.Name, Event: e.ID})
		s.unhold(at)
	}
}

// unhold lets what waited for the end of a hold be tried again. Where another hold is still on, it waits
// for that.
func (s *step) unhold(at instant.Time) {
	for i := range s.p.Touches {
		if t := &s.p.Touches[i]; t.State == person.Pending && t.Why == string(policy.Held) && t.Due > at {
			s.ownTouches()
			s.postpone(&s.p.Touches[i], at, "", at)
		}
	}
	for i := range s.p.Enrollments {
		if e := &s.p.Enrollments[i]; e.Left == 0 && !e.Parked && e.Due > at && s.stopsForHolds(e) {
			s.ownPassages()
			s.p.Enrollments[i].Due = at // it walks on before this instant ends
		}
	}
}

// stopsForHolds tells whether a passage stands before a word to the person that is not said yet.
func (s *step) stopsForHolds(e *person.Enrollment) bool {
	if !e.Touch.IsZero() || !e.Request.IsZero() {
		return false
	}
	j, k := s.place(e)
	if j == nil {
		return false
	}
	switch j.Steps[k].(type) {
	case journey.Send, journey.Decide, journey.Ask:
		return true
	case journey.Wait, journey.Await, journey.Branch, journey.Split, journey.Task, journey.Refer, journey.Call, journey.Update, journey.Reached, journey.Exit:
	}
	return false
}

// stopped lets a passage wait where it stands while the person is left alone, or until its program begins for
// them, and tells whether it does.
func (s *step) stopped(e *person.Enrollment, class channel.Class, at instant.Time) bool {
	until := s.heldUntil(class, at)
	if class != channel.Safety {
		until = max(until, s.waitsToBegin(e, at))
	}
	if until <= at {
		return false
	}
	e.Due = until
	s.wake(e.Due)
	return true
}

// holdsEnd ends the holds that end by themselves at an instant. What waits for one may have been told a
// later one, or none, before it was made shorter.
func (s *step) holdsEnd(at instant.Time) {
	for i := range s.p.Holds {
		if h := &s.p.Holds[i]; h.Until == at && h.Set > h.Lifted {
			s.add(effect.Hold{At: at, Hold: h.ID, What: "its time was over"})
			s.unhold(at)
		}
	}
}

// mostUrgent is the class that goes first of what some engagements of a program say.
func (s *step) mostUrgent(program string, engagements ...string) channel.Class {
	class := channel.Promotional
	for _, name := range engagements {
		if pr, en := s.engagement(program, name); en != nil {
			if c := s.classOf(pr, en); c.Before(class) {
				class = c
			}
		}
	}
	return class
}
