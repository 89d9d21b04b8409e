package engine

import (
	"attune/core/channel"
	"attune/core/effect"
	"attune/core/event"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/release"
)

// unneeded withdraws what was decided because a state was so, when news ends that state before it is out: nobody is
// reminded in the morning of what they fetched in the night. What time alone ended stays, up to its `expires`: an hour
// that began something may well be over when contact hours come.
func (s *step) unneeded(news *event.Event, at instant.Time) {
	for _, i := range s.ended {
		r := &s.rel.Rules[i]
		if again := s.p.Rules[i]; again || s.quiet || r.Trigger.Pulse() || r.Target != release.Engagement && r.Target != release.Moment {
			continue
		}
		s.withdrawBecause(r, news, at)
	}
}

func (s *step) withdrawBecause(r *release.Rule, news *event.Event, at instant.Time) {
	pr := s.rel.Programs[r.Program]
	because := func(t *person.Touch) bool { return t.Program == pr.ID && t.Cause.Rule == r.Name }
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		switch {
		case !because(t):
		case t.State == person.Pending:
			s.end(i, at, policy.NotNeeded, news.Name)
		case byPeople(t): // it is theirs already, and their list asks before they call
			s.ownTouches()
			s.p.Touches[i].Why = string(policy.NotNeeded)
		}
	}
	if r.Target == release.Engagement && s.isForOthers(&pr.Engagements[r.Index]) {
		s.recallLately(effect.Recall{Program: pr.ID, Engagement: pr.Engagements[r.Index].ID, Why: string(policy.NotNeeded)}, at)
	}
}

// byPeople tells whether a touch was handed over to people who make the contact.
func byPeople(t *person.Touch) bool { return t.State == person.HandedOver && channel.Human(t.Channel) }

// stillNeeded asks what became known since a contact was handed over to people.
func (s *step) stillNeeded(c *contact) (policy.Reason, string) {
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		if why := policy.Reason(t.Why); t.ID == c.self && (why == policy.NotNeeded || why == policy.Retracted) {
			return why, ""
		}
	}
	return "", ""
}
