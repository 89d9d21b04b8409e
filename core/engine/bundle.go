package engine

import (
	"cmp"
	"slices"

	"attune/core/content"
	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/program"
)

// A bundle is one message that holds several touches: approved texts in an approved frame. It is made at
// the gate, of what is due at that moment and may go, so nothing waits for it. The first touch leads: the
// message is its attempt, and what becomes of that becomes of all. Caps count the message once. What is
// about somebody else goes alone: a message is about one person.

// rider is a touch that may go out in the message of another.
type rider struct {
	index    int
	contact  contact
	template *content.Template
}

// bundle finds what else may go out in the message of a touch that is about to, and the frame that holds
// them together; nil where it goes alone.
func (s *step) bundle(w Gate, lead int, c *contact) (*content.Template, []rider) {
	t := &s.p.Touches[lead]
	b, bundles := c.pr.Policy.Bundle(t.Channel)
	if !bundles || c.mustSend() || !t.About.IsZero() { // what is about somebody else stands by itself
		return nil, nil
	}
	frame := c.pr.Template(b.Frame, t.Channel, t.Language)
	if frame == nil {
		return nil, nil
	}
	if reason, _ := s.approved(c.pr, frame.Hash, t.Channel, t.Language, c.at); reason != "" {
		return nil, nil
	}
	var others []int
	for i := range s.p.Touches {
		o := &s.p.Touches[i]
		if i != lead && o.State == person.Pending && o.About.IsZero() && o.Due <= c.at && w.means(o.ID) && o.Program == t.Program && o.Channel == t.Channel && o.Language == t.Language {
			others = append(others, i)
		}
	}
	slices.SortFunc(others, func(a, b int) int {
		x, y := &s.p.Touches[a], &s.p.Touches[b]
		return cmp.Or(cmp.Compare(y.Value, x.Value), cmp.Compare(x.Due, y.Due), slices.Compare(x.ID[:], y.ID[:]))
	})
	with := []id.Key{t.ID}
	var out []rider
	for _, i := range others {
		if len(out) == b.Most-1 {
			break
		}
		if r, may := s.rides(i, c, with); may {
			out = append(out, r)
			with = append(with, s.p.Touches[i].ID)
		}
	}
	if len(out) == 0 {
		return nil, nil
	}
	return frame, out
}

// rides asks everything that the gate asks of a touch, for one that would go in the message of others.
func (s *step) rides(i int, lead *contact, with []id.Key) (rider, bool) {
	o := &s.p.Touches[i]
	pr, en := s.engagement(o.Program, o.Engagement)
	if en == nil || en.Coordination == program.MustSend {
		return rider{}, false
	}
	r := rider{index: i, template: pr.TemplateByHash(o.Content), contact: contact{pr: pr, en: en, channel: o.Channel, at: lead.at, self: o.ID, with: with}}
	if r.template == nil {
		return rider{}, false
	}
	if reason, _ := s.may(&r.contact); reason != "" {
		return rider{}, false
	}
	reason, _ := s.approved(pr, o.Content, o.Channel, o.Language, lead.at)
	return r, reason == ""
}

// ride puts touches into the message of the one that leads.
func (s *step) ride(lead int, riders []rider, at instant.Time) []effect.Part {
	var parts []effect.Part
	for k := range riders {
		r := &riders[k]
		granted, law, says := s.basis(&r.contact)
		o := &s.p.Touches[r.index]
		o.State, o.Started, o.Why, o.Lead = person.InFlight, at, "", s.p.Touches[lead].ID
		o.Attempts++
		s.wake(touchEnds(o))
		parts = append(parts, effect.Part{
			Touch: o.ID, Engagement: o.Engagement, Variant: o.Variant, Template: r.template.Name, Content: o.Content,
			Purpose: o.Purpose, Consent: says, Granted: granted, Law: law,
		})
	}
	return parts
}

// party is the touch that leads and those that ride with it and wait for the same word.
func (s *step) party(lead int) []int {
	out := []int{lead}
	for i := range s.p.Touches {
		if t := &s.p.Touches[i]; t.Lead == s.p.Touches[lead].ID && (t.State == person.InFlight || t.State == person.Uncertain) {
			out = append(out, i)
		}
	}
	return out
}

// joins tells whether a touch that waits would go out together with one of an engagement, so that no
// time has to lie between them.
func joins(t *person.Touch, pr *program.Program, en *program.Engagement, name string) bool {
	_, bundles := pr.Policy.Bundle(name)
	return bundles && t.About.IsZero() && t.State == person.Pending && t.Program == pr.ID && t.Channel == name && en.Coordination != program.MustSend
}

// company are the touches that wait and in whose message one of an engagement would go, as far as can be
// told when it is decided; none where they fill a message already.
func (s *step) company(pr *program.Program, en *program.Engagement, about id.Person, name string) []id.Key {
	b, bundles := pr.Policy.Bundle(name)
	if !bundles || !about.IsZero() {
		return nil
	}
	var out []id.Key
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		if _, other := s.engagement(t.Program, t.Engagement); other != nil && other.Coordination != program.MustSend && joins(t, pr, en, name) {
			out = append(out, t.ID)
		}
	}
	if len(out) >= b.Most {
		return nil
	}
	return out
}

// alongside is how a touch counts that goes out in the same message as the one that is asked about.
func alongside(t *person.Touch) policy.Count {
	return policy.Count{Sort: policy.Sort{Channel: t.Channel, Purpose: t.Purpose, Theme: t.Theme}, Live: true, Rides: true}
}
