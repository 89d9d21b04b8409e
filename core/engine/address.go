package engine

import (
	"cmp"
	"slices"

	"attune/core/channel"
	"attune/core/event"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
)

// pointHears takes in what somebody says about an address: that it may not be used, or again, whose it is, and who
// else is reached there. Each is the newest of its kind, whatever the order of arrival.
func (s *step) pointHears(e *event.Event, at instant.Time) {
	name, address := e.Field("channel").Text, e.Field("address").Text
	kind := channel.Point(name)
	if kind == "" || address == "" || e.Source != event.Own && (e.Name == "contact.shared" || e.Name == "contact.unshared") {
		return
	}
	p, since, why := s.ownPoint(kind, address), max(e.OccurredAt, 1), e.Field("why").Text
	switch {
	case e.Name == "contact.released":
		p.Released = max(p.Released, since)
	case e.Name == "contact.verified":
		p.Verified = max(p.Verified, since)
	case e.Name == "contact.shared":
		p.Shared = max(p.Shared, since)
	case e.Name == "contact.unshared":
		p.Alone = max(p.Alone, since)
	case since > p.Stopped, since == p.Stopped && why < p.Why:
		p.Stopped, p.Why = since, why
	}
	s.dropUnaddressed(at)
}

// ownPoint finds what was said of an address, or makes room for it.
func (s *step) ownPoint(kind, address string) *person.Point {
	i, found := slices.BinarySearchFunc(s.p.Points, person.Point{Kind: kind, Address: address}, func(a, b person.Point) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Address, b.Address))
	})
	s.p.Points = slices.Clone(s.p.Points)
	if !found {
		s.p.Points = slices.Insert(s.p.Points, i, person.Point{Kind: kind, Address: address})
	}
	return &s.p.Points[i]
}

// dropUnaddressed ends what waits to go to an address that may not be used for it any more.
func (s *step) dropUnaddressed(at instant.Time) {
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		if t.State != person.Pending {
			continue
		}
		pr, en := s.engagement(t.Program, t.Engagement)
		c := contact{pr: pr, en: en, channel: t.Channel, at: at}
		reason, detail := s.mayUseAddress(&c)
		if reason == "" && en != nil {
			reason, detail = s.theirsAlone(&c)
		}
		if reason != "" {
			s.end(i, at, reason, detail)
		}
	}
}

// mayUseAddress keeps out addresses that somebody who shares them asked not to be used, or that do not
// work. Nothing goes round it, whatever its class. A stop is an answer to messages that machines send:
// it does not keep a nurse from calling.
func (s *step) mayUseAddress(c *contact) (policy.Reason, string) {
	p := s.p.Point(channel.Point(c.channel), s.address(c.channel))
	if p == nil || p.Stopped <= p.Released || channel.Human(c.channel) && (p.Why == "stop" || p.Why == "complaint") {
		return "", ""
	}
	return policy.Suppressed, p.Why
}

// theirsAlone lets what is clinical go only to an address that is known to be the person's own, and that nobody else
// is reached at. Whoever else reads an address cannot be seen from here, so it has to be made sure once, and again after two
// records became one and after it was not to be used. A letter is sealed and names whom it
// is for, the portal asks who comes, and people ask whom they speak to.
func (s *step) theirsAlone(c *contact) (policy.Reason, string) {
	if !policy.Secret(c.en.Sensitivity) || !channel.Open(c.channel) {
		return "", ""
	}
	p := s.p.Point(channel.Point(c.channel), s.address(c.channel))
	switch {
	case p != nil && p.IsShared():
		return policy.TooTelling, "others are reached at this address too"
	case p == nil || p.Verified == 0:
		return policy.TooTelling, "nobody made sure that this address is theirs"
	case p.Stopped >= p.Verified: // for whatever reason: only the newest is kept, and a stop after somebody else's word must not hide that
		return policy.TooTelling, "this address was not to be used since it was made sure that it is theirs"
	}
	for _, m := range s.p.Merged {
		if m.At >= p.Verified {
			return policy.TooTelling, "nobody made sure that this address is theirs since two records became one"
		}
	}
	return "", ""
}
