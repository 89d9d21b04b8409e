package engine

import (
	"slices"
	"strings"

	"attune/core/channel"
	"attune/core/consent"
	"attune/core/effect"
	"attune/core/event"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/program"
)

// What people have a right to keep from being done: docs/rights.md. Limits follow from the facts. Who objects to profiling has nothing
// inferred of them, so that what is derived is made anew when they do, and when they take it back; nothing is an edge then.

// limitOf is which limit an event speaks of, and whether it asks for it.
func limitOf(e *event.Event) (limit string, on, is bool) {
	switch e.Name {
	case "profiling.objected", "profiling.allowed":
		return person.Profiling, e.Name == "profiling.objected", true
	case "marketing.objected", "marketing.allowed":
		return person.Marketing, e.Name == "marketing.objected", true
	case "processing.restricted":
		return person.Processing, true, true
	case "processing.resumed":
		// The law wants the person told before it ends, so only who says when they were is heard.
		return person.Processing, false, e.Source == event.Own && e.Field("told").Num != 0
	}
	return "", false, false
}

// limited takes a word on a limit in: of each the newest stands, whatever the order of arrival, and of one instant the stricter.
func limited(limits []person.Limit, e *event.Event) []person.Limit {
	name, on, is := limitOf(e)
	if !is {
		return limits
	}
	i, found := slices.BinarySearchFunc(limits, name, func(l person.Limit, n string) int { return strings.Compare(l.ID, n) })
	limits = slices.Clone(limits)
	if !found {
		limits = slices.Insert(limits, i, person.Limit{ID: name})
	}
	l, since := &limits[i], max(e.OccurredAt, 1)
	switch {
	case !on:
		l.Lifted = max(l.Lifted, since)
	case since > l.Set || since == l.Set && e.ID < l.Event:
		l.Set, l.Event = since, e.ID
	}
	return limits
}

// limitHears takes in what is said about limits.
func (s *step) limitHears(e *event.Event, history []Fact, at instant.Time) {
	name, _, is := limitOf(e)
	if !is {
		return
	}
	was := s.p.Limited(name)
	s.p.Limits = limited(s.p.Limits, e)
	if s.quiet || was == s.p.Limited(name) {
		return
	}
	switch name {
	case person.Profiling:
		before := s.p.Rules
		s.derive(s.fold(history, at), at, e.Name)
		s.p.Limits = limited(s.p.Limits, e)
		s.settleSupplies(at)
		if !was {
			s.p.Habits = nil
			s.dropProfiled(before, at)
		}
	case person.Processing:
		if !was {
			s.restrict(at)
		}
	}
	s.dropObjected(at)
}

// restrict ends what is going on with somebody of whom nothing may be used; what is for safety stays. It does not go on by itself
// afterwards.
func (s *step) restrict(at instant.Time) {
	for i := range s.p.Enrollments {
		if s.p.Enrollments[i].Left == 0 {
			s.ownPassages()
			s.leave(i, at, string(policy.Restricted))
		}
	}
	s.recallLately(effect.Recall{Why: string(policy.Restricted)}, at)
}

// dropProfiled ends what was decided by what was learned or inferred, and has not gone out.
func (s *step) dropProfiled(before []bool, at instant.Time) {
	s.endAll(at, policy.Objected, func(t *person.Touch) bool {
		pr, en := s.engagement(t.Program, t.Engagement)
		if en == nil || en.Coordination == program.MustSend {
			return false
		}
		return s.learns(pr, en) || slices.ContainsFunc(s.rel.All(), func(i int) bool {
			r := &s.rel.Rules[i]
			return s.rel.Programs[r.Program] == pr && r.Name == t.Cause.Rule && !r.Trigger.Pulse() && before[i] && !s.p.Rules[i]
		})
	})
}

// dropObjected ends what waits for its hour and may not be said any more.
func (s *step) dropObjected(at instant.Time) {
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		pr, en := s.engagement(t.Program, t.Engagement)
		if t.State != person.Pending || en == nil {
			continue
		}
		c := &contact{pr: pr, en: en, channel: t.Channel, at: at, about: t.About}
		if reason, detail := s.wanted(c); reason != "" {
			s.end(i, at, reason, detail)
		}
	}
}

// wanted asks what people have a right to keep from being done.
func (s *step) wanted(c *contact) (policy.Reason, string) {
	if reason, detail := s.unrestricted(c); reason != "" {
		return reason, detail
	}
	return s.notObjected(c)
}

// restricted tells that nothing may be done with what is known of the person.
func (s *step) restricted() bool { return s.p.Limited(person.Processing) }

// unrestricted keeps everything back but what is for safety: that protects somebody's life.
func (s *step) unrestricted(c *contact) (policy.Reason, string) {
	if s.restricted() && s.classOf(c.pr, c.en) != channel.Safety {
		return policy.Restricted, ""
	}
	return "", ""
}

// unprofiled tells that nothing may be inferred of the person. While what is derived is made anew, it goes by the last word there is,
// and not by what stood at each instant.
func (s *step) unprofiled() bool {
	if s.quiet {
		return s.infersNothing
	}
	return s.p.Limited(person.Profiling)
}

// notObjected keeps back what the person objects to: what advertises, and what is chosen by what is inferred of them. A plain message,
// which is the same for all, and what must be said are no profiling.
func (s *step) notObjected(c *contact) (policy.Reason, string) {
	if kind, _ := c.pr.Policy.Kind(c.en.Purpose); kind == consent.Marketing && s.p.Limited(person.Marketing) {
		return policy.Objected, "to what advertises"
	}
	if s.unprofiled() && !c.mustSend() && !plain(c) {
		return policy.Objected, "to profiling"
	}
	return "", ""
}

// plain tells whether an engagement says the same to all who fit its rule: it works on no behavior, and fits and eases nothing that
// is inferred.
func plain(c *contact) bool {
	en := c.en
	if kind, _ := c.pr.Policy.Kind(en.Purpose); kind == consent.Marketing {
		return false
	}
	return en.Behavior == "" && en.Process == "" && len(en.Fits) == 0 && len(en.Eases) == 0 &&
		!slices.ContainsFunc(en.Variants, func(v program.Variant) bool { return len(v.Eases) > 0 })
}

// fixedRule is what a decision says of somebody who objects to profiling.
const fixedRule = "by a fixed rule: they object to profiling"
