package engine

import (
	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
)

// maxAttempts bounds how often a carrier is asked to take one touch, each time that it is replayed anew.
const maxAttempts = 5

// settle records what became of an attempt. A word about an attempt that is not awaited changes
// nothing: it was recorded before.
func (s *step) settle(w Settled, at instant.Time) {
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		if (t.State == person.InFlight || t.State == person.Uncertain) && t.Lead.IsZero() && t.Attempt() == w.Attempt {
			s.p.Now = at
			for _, k := range s.party(i) {
				s.settleOne(k, w, at)
			}
			s.effective(at)
			s.conclude(at)
			return
		}
	}
	s.add(effect.Ignore{At: at, Why: "settled before"})
}

func (s *step) settleOne(i int, w Settled, at instant.Time) {
	s.ownTouches()
	t := &s.p.Touches[i]
	attempt := w.Attempt // of a bundle it is that of the touch that leads
	lead := t.Lead
	record := func(why policy.Reason, retry instant.Time) {
		s.add(effect.Settle{At: at, Touch: t.ID, Lead: lead, Attempt: attempt, Channel: t.Channel, State: t.State, Why: why, Retry: retry})
	}
	switch w.Outcome {
	case Accepted:
		// Stamped with the carrier's word, not the attempt: caps count what was really handed over.
		t.State, t.Settled, t.Why = person.HandedOver, at, ""
		s.tried(t, at)
		record("", 0)
		s.concluded(t, at)
	case Rejected:
		t.State, t.Settled, t.Why = person.Ended, at, string(policy.Refused)
		record(policy.Refused, 0)
		s.concluded(t, at)
	case Unknown:
		if t.State == person.InFlight {
			t.State, t.Settled = person.Uncertain, at
			s.wake(touchEnds(t))
			record("", 0)
		}
	case Postponed, NotTaken:
		if w.Outcome == Postponed && t.State == person.Uncertain {
			return // a later refusal says nothing about the attempt nobody knows of
		}
		if t.Attempts >= maxAttempts*(1+t.Replays) {
			t.State, t.Settled, t.Why = person.Ended, at, string(policy.Undelivered)
			record(policy.Undelivered, 0)
			s.concluded(t, at)
			return
		}
		retry := at.Add(max(w.RetryAfter, s.backoff(t.Attempts, w.Attempt)))
		if w.Outcome == NotTaken {
			retry = at
		}
		t.State, t.Lead = person.Pending, id.Key{}
		if t.Expires <= at {
			record(policy.NeverTaken, 0)
			s.end(i, at, expired(t), "")
			return
		}
		record(policy.NeverTaken, retry)
		s.postpone(t, retry, policy.NeverTaken, at)
	}
}

// backoff doubles from one minute, and is drawn for each attempt between the half and the whole of that,
// so that those whom a carrier refused together do not come back together; what went out in one message
// does.
func (s *step) backoff(attempts uint32, attempt id.Key) instant.Duration {
	most := instant.Minute << min(attempts-1, 10)
	seconds := id.Draw(s.seed, "backoff", attempt.Short()) * float64(most/2/instant.Second)
	return most/2 + instant.Duration(seconds)*instant.Second
}
