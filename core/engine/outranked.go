package engine

import (
	"slices"

	"attune/core/effect"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
)

// outranked notes on touches that others took the places of their team's day. They stay due since when
// they are, so that among equals whoever waits longest goes first.
func (s *step) outranked(w Outranked, at instant.Time) {
	s.p.Now = at
	noted := false
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		if !slices.Contains(w.Touches, t.ID) || t.State != person.Pending || t.Due > at || t.Why == string(policy.NotTaken) {
			continue
		}
		s.ownTouches()
		s.postpone(&s.p.Touches[i], t.Due, policy.NotTaken, at)
		noted = true
	}
	if !noted {
		s.add(effect.Ignore{At: at, Why: "not waiting for a place"})
	}
}

// expired is why a pending touch ends when its time is over.
func expired(t *person.Touch) policy.Reason {
	if t.Why == string(policy.NotTaken) {
		return policy.NotTaken
	}
	return policy.Expired
}
