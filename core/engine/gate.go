package engine

import (
	"cmp"
	"slices"

	"attune/core/channel"
	"attune/core/effect"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
)

// gate tries every touch that is due and meant, in the order in which they fell due, the
// most urgent and valuable first of those that did together. It is the one place from
// which a touch can go out: everything is asked again, at this very instant, and what passes is in
// flight once this step is committed. Nothing may call a carrier before that.
func (s *step) gate(w Gate, at instant.Time) {
	s.p.Now = at
	var due []int
	for i := range s.p.Touches {
		if t := &s.p.Touches[i]; t.State == person.Pending && t.Due <= at && w.means(t.ID) {
			due = append(due, i)
		}
	}
	slices.SortFunc(due, func(a, b int) int {
		x, y := &s.p.Touches[a], &s.p.Touches[b]
		return cmp.Or(cmp.Compare(x.Due, y.Due), slices.Index(channel.Classes(), x.Class)-slices.Index(channel.Classes(), y.Class), cmp.Compare(y.Value, x.Value), slices.Compare(x.ID[:], y.ID[:]))
	})
	if len(due) > 0 {
		s.ownTouches()
	}
	for _, i := range due {
		s.gateOne(w, i, at)
	}
	s.conclude(at)
}

func (s *step) gateOne(w Gate, i int, at instant.Time) {
	t := &s.p.Touches[i]
	if t.State != person.Pending { // an earlier one took it along, or a refusal ended it
		return
	}
	pr, en := s.engagement(t.Program, t.Engagement)
	if en == nil {
		s.end(i, at, policy.NoContent, "the engagement is not in the program any more")
		return
	}
	c := contact{pr: pr, en: en, channel: t.Channel, at: at, self: t.ID, about: t.About, proposed: t.Cause.At}
	reason, detail := s.may(&c)
	template := pr.TemplateByHash(t.Content)
	switch {
	case reason == policy.Held:
		s.postpone(t, s.heldUntil(t.Class, at), reason, at)
		return
	case reason == "" && template == nil:
		reason, detail = policy.NoContent, "its text is not in the program any more"
	}
	if reason == "" {
		reason, detail = s.approved(pr, t.Content, t.Channel, t.Language, at)
	}
	if reason != "" {
		s.end(i, at, reason, detail)
		return
	}
	if due, why := s.due(pr, en, t.Channel, at, t.ID, false); due > at {
		s.postpone(t, due, why, at)
		return
	}
	frame, riders := s.bundle(w, i, &c)
	t.State, t.Started, t.Why, t.Lead = person.InFlight, at, "", id.Key{}
	t.Attempts++
	s.wake(touchEnds(t))
	granted, law, says := s.basis(&c)
	name, first, last := Called(&s.p)
	send := effect.Send{
		At: at, Touch: t.ID, Attempt: t.Attempt(), Program: t.Program, Engagement: t.Engagement, Variant: t.Variant,
		Channel: t.Channel, Language: t.Language, Template: template.Name, Content: t.Content,
		Purpose: t.Purpose, Class: t.Class, Value: t.Value, Expires: t.Expires, Granted: granted, Law: law, Consent: says,
		To: s.address(t.Channel), Name: name, FirstName: first, LastName: last,
		About: t.About, AboutName: t.AboutName,
	}
	if frame != nil {
		send.Frame, send.Parts = frame.Hash, s.ride(i, riders, at)
	}
	s.add(send)
}

// means tells whether the gate is asked for a touch.
func (w Gate) means(touch id.Key) bool {
	return len(w.Touches) == 0 || slices.Contains(w.Touches, touch)
}

// postpone keeps a touch pending until another try; it may expire before.
func (s *step) postpone(t *person.Touch, until instant.Time, why policy.Reason, at instant.Time) {
	t.State, t.Due, t.Why, t.Lead = person.Pending, until, string(why), id.Key{}
	s.wake(t.Expires)
	s.add(effect.Schedule{Touch: t.ID, Due: until, Why: why, At: at})
}

// Called are the names by which messages call somebody: what they like to be called, and their first and last name; empty where unknown.
func Called(p *person.Person) (name, first, last string) {
	text := func(trait string) string {
		if v := p.Trait(trait); v.Type == expr.Text {
			return v.Text
		}
		return ""
	}
	first = text("first_name")
	if name = text("preferred_name"); name == "" {
		name = first
	}
	return name, first, text("last_name")
}
