package engine

import (
	"slices"

	"attune/core/effect"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
)

// Dead is whether a touch came to its end because of its carrier.
type Dead uint8

// A touch is no dead letter, was not delivered, or may have been.
const (
	Alive Dead = iota
	NotDelivered
	MaybeDelivered
)

// DeadLetter tells whether the touch came to its end because of its carrier.
func DeadLetter(t *person.Touch) Dead {
	switch {
	case t.State == person.Ended && (t.Why == string(policy.Undelivered) || t.Why == string(policy.Refused)):
		return NotDelivered
	case t.State == person.Uncertain, t.State == person.HandedOver && t.Why == string(policy.Unconfirmed):
		return MaybeDelivered
	}
	return Alive
}

// Notable tells whether a human may have something to do about somebody: a touch that came to its end because of its carrier, a passage that cannot
// go on by itself, or a fact that was corrected or is disputed.
func Notable(p *person.Person) bool {
	return slices.ContainsFunc(p.Touches, func(t person.Touch) bool { return DeadLetter(&t) != Alive }) ||
		slices.ContainsFunc(p.Enrollments, func(e person.Enrollment) bool { return e.Parked && e.Left == 0 }) ||
		len(p.Corrections) > 0
}

// replay lets a touch that ended because of its carrier wait for the gate again, as long as it would
// have if it had been decided now. Everything is asked again there, and the next attempt has an id of its own.
func (s *step) replay(w Replay, at instant.Time) {
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		if t.ID != w.Touch {
			continue
		}
		_, en := s.engagement(t.Program, t.Engagement)
		switch dead := DeadLetter(t); {
		case dead == Alive:
			s.add(effect.Ignore{At: at, Why: "no dead letter"})
		case dead == MaybeDelivered && !w.NotDelivered:
			s.add(effect.Ignore{At: at, Why: "may have been delivered"})
		case en == nil:
			s.add(effect.Ignore{At: at, Why: "no such engagement"})
		default:
			s.p.Now = at
			s.ownTouches()
			t = &s.p.Touches[i]
			t.Replays++
			t.Settled, t.Expires = 0, at.Add(en.Expires)
			s.postpone(t, at, "", at)
			s.conclude(at)
		}
		return
	}
	s.add(effect.Ignore{At: at, Why: "no such touch"})
}
