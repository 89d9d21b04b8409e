package engine

import (
	"cmp"
	"slices"
	"strings"

	"attune/core/channel"
	"attune/core/consent"
	"attune/core/content"
	"attune/core/effect"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/program"
)

// candidate is one proposal: by an engagement's own rule, or by a passage's send step.
type candidate struct {
	program, engagement int
	cause               person.Cause
	// enrollment is the proposing passage; zero where the engagement's own rule proposes. It is an id,
	// since passages that are over may be forgotten, and others move up, before the decision.
	enrollment id.Key
}

func (s *step) propose(c candidate) { s.candidates = append(s.candidates, c) }

// proposeFor proposes what a passage's send step names.
func (s *step) proposeFor(i int, engagement string) {
	e := &s.p.Enrollments[i]
	for n, pr := range s.rel.Programs {
		for k := range pr.Engagements {
			if pr.ID == e.Program && pr.Engagements[k].ID == engagement {
				s.propose(candidate{program: n, engagement: k, cause: person.Cause{Rule: "journey " + e.Journey + " step " + e.Step, What: "journey " + e.Journey, Event: e.Cause.Event, At: s.p.Now}, enrollment: e.ID})
				return
			}
		}
	}
}

// decide settles what was proposed at this instant: by value, each under the caps that those before
// it have already reserved. A passage whose proposal is refused goes on, and may propose again.
func (s *step) decide(at instant.Time) {
	for round := 0; len(s.candidates) > 0; round++ {
		proposed := s.candidates
		s.candidates = nil
		if round == maxMoves {
			for _, c := range proposed {
				if i := s.passage(c.enrollment); i >= 0 {
					s.fail(i, at, tooManySteps)
				}
			}
			return
		}
		slices.SortStableFunc(proposed, func(a, b candidate) int {
			return cmp.Or(cmp.Compare(mustSend(s.engagementOf(b)), mustSend(s.engagementOf(a))), cmp.Compare(s.engagementOf(b).Value, s.engagementOf(a).Value), cmp.Compare(a.program, b.program), cmp.Compare(a.engagement, b.engagement))
		})
		first := &proposed[0]
		record := effect.Decide{ID: id.Derive(s.seed, "decision", uint64(at), id.Hash(s.rel.Programs[first.program].ID), id.Hash(s.engagementOf(*first).ID), id.Hash(first.cause.Event), id.Hash(first.cause.Rule)), At: at}
		record.Candidates = make([]effect.Candidate, 0, len(proposed))
		var refused []id.Key
		at0 := len(s.fx)
		s.add(record)
		for _, c := range proposed {
			chosen := s.consider(c, at)
			record.Candidates = append(record.Candidates, chosen)
			if chosen.Touch.IsZero() && !c.enrollment.IsZero() {
				refused = append(refused, c.enrollment)
			}
		}
		s.fx[at0] = record
		for _, passage := range refused {
			if i := s.passage(passage); i >= 0 && s.unanswered(i) {
				s.passed(i, "", at)
			}
		}
	}
}

// mustSend ranks what must be said before all else.
func mustSend(en *program.Engagement) int {
	if en.Coordination == program.MustSend {
		return 1
	}
	return 0
}

// class ranks what an engagement says where contacts compete for what carries them.
func class(en *program.Engagement) channel.Class {
	if en.Coordination == program.MustSend {
		return channel.Safety
	}
	return channel.Service
}

// unanswered tells that nothing came of what a passage proposed, so that it goes on. One that asks
// something goes on waiting for the answer all the same.
func (s *step) unanswered(i int) bool {
	e := &s.p.Enrollments[i]
	return e.Touch.IsZero() && e.Request.IsZero()
}

func (s *step) engagementOf(c candidate) *program.Engagement {
	return &s.rel.Programs[c.program].Engagements[c.engagement]
}

// consider turns a candidate into a pending touch, or says why not.
func (s *step) consider(c candidate, at instant.Time) effect.Candidate {
	pr, en := s.rel.Programs[c.program], s.engagementOf(c)
	out := effect.Candidate{Program: pr.ID, Engagement: en.ID, Value: en.Value, Cause: c.cause}
	due := pr.Policy.Hours.NextOpen(s.zone(pr), at)
	var w wording
	if i := s.passage(c.enrollment); i >= 0 && !s.p.Enrollments[i].Touch.IsZero() {
		out.Reason = policy.NotChosen // the step says one thing only
	} else if out.Reason, out.Detail = s.mayEngage(pr, en, due, id.Key{}, true); out.Reason == "" {
		w, out.Propensity, out.Reason, out.Detail = s.word(pr, en, c, at)
	}
	expires := at.Add(en.Expires)
	if out.Reason == "" && due >= expires {
		out.Reason, out.Detail = policy.QuietHours, "it would be out of date when contact hours begin"
	}
	if out.Reason != "" {
		out.Propensity = 0
		return out
	}
	t := person.Touch{
		ID:      id.Derive(s.seed, "touch", uint64(at), id.Hash(pr.ID), id.Hash(en.ID), id.Hash(c.cause.Event), id.Hash(c.cause.Rule)),
		Program: pr.ID, Engagement: en.ID, Variant: w.variant, Channel: w.channel, Language: w.template.Language, Content: w.template.Hash,
		Purpose: en.Purpose, Class: class(en), Value: en.Value,
		State: person.Pending, Decided: at, Due: due, Expires: expires, Cause: c.cause,
	}
	if due > at {
		t.Why = string(policy.QuietHours)
	}
	if i := s.passage(c.enrollment); i >= 0 {
		s.ownPassages()
		t.Enrollment, s.p.Enrollments[i].Touch = c.enrollment, t.ID
	}
	s.ownTouches()
	s.p.Touches = append(s.p.Touches, t)
	s.wake(expires)
	s.add(effect.Schedule{Touch: t.ID, Due: due, Why: policy.Reason(t.Why), At: at})
	out.Touch, out.Variant, out.Channel = t.ID, w.variant, w.channel
	return out
}

// mayEngage asks everything that does not depend on the channel. The gate asks the same, without
// counting what is only pending.
func (s *step) mayEngage(pr *program.Program, en *program.Engagement, at instant.Time, self id.Key, deciding bool) (policy.Reason, string) {
	m := s.p.Membership(pr.ID)
	switch {
	case s.p.Died != 0:
		return policy.Deceased, ""
	case m == nil || !m.Active():
		return policy.NotEnrolled, ""
	case en.Audience != s.p.Kind.String():
		return policy.WrongKind, "it is for a " + en.Audience
	}
	all, same := s.counts(pr.ID, en.ID, self)
	if en.Coordination == program.MustSend {
		all, same = nil, nil // no limit of how often holds for it
	}
	if deciding {
		for i := range s.p.Touches {
			t := &s.p.Touches[i]
			if t.Program == pr.ID && t.Engagement == en.ID && (t.State == person.Pending || t.State == person.InFlight) {
				return policy.AgainTooSoon, "it is already on its way"
			}
		}
	}
	if en.AgainAfter > 0 {
		if _, full := (policy.Caps{{Count: 1, Within: en.AgainAfter}}).Full(same, at, deciding); full {
			return policy.AgainTooSoon, "not again within " + en.AgainAfter.String()
		}
	}
	if en.AtMost.Count > 0 {
		if limit, full := (policy.Caps{en.AtMost}).Full(same, at, deciding); full {
			return policy.OftenEnough, limit.String()
		}
	}
	if limit, full := pr.Policy.Caps.Full(all, at, deciding); full {
		return policy.CapReached, limit.String()
	}
	return "", ""
}

// counts lists the person's touches as caps see them: all, and those of one engagement.
func (s *step) counts(program, engagement string, self id.Key) (all, same []policy.Count) {
	all, same = s.all[:0], s.same[:0]
	defer func() { s.all, s.same = all, same }()
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		var c policy.Count
		switch t.State {
		case person.Pending:
			c.Reserved = true
		case person.InFlight, person.Uncertain:
			c.Live = true
		case person.HandedOver:
			c.Stamp = t.Settled
		case person.Ended:
			continue
		}
		if t.ID == self {
			continue
		}
		all = append(all, c)
		if t.Program == program && t.Engagement == engagement {
			same = append(same, c)
		}
	}
	return all, same
}

// wording is one way of saying something over one channel.
type wording struct {
	variant, channel string
	template         *content.Template
}

// word draws evenly among the variants that can reach the person, each over the first channel that
// consent, address and language leave open.
func (s *step) word(pr *program.Program, en *program.Engagement, c candidate, at instant.Time) (wording, float64, policy.Reason, string) {
	var open []wording
	reason, detail := policy.NoContent, ""
	for v := range en.Variants {
		variant := &en.Variants[v]
		for k, text := range variant.Texts {
			why, what := s.reachable(pr, en, text.Channel)
			template := pr.Template(text.Template, text.Channel, s.languages(pr)...)
			if why == "" && template == nil {
				why, what = policy.NoContent, "no text for "+text.Channel
			}
			if why == "" {
				why, what = s.approved(pr, template.Hash, template.Channel, template.Language, at)
			}
			if why == "" {
				open = append(open, wording{variant.ID, text.Channel, template})
				break
			}
			if v == 0 && k == 0 {
				reason, detail = why, what
			}
		}
	}
	if len(open) == 0 {
		return wording{}, 0, reason, detail
	}
	draw := id.Draw(s.seed, "variant", uint64(at), id.Hash(pr.ID), id.Hash(en.ID), id.Hash(c.cause.Event))
	return open[int(draw*float64(len(open)))], 1 / float64(len(open)), "", ""
}

// reachable asks what depends on the channel: consent and an address.
func (s *step) reachable(pr *program.Program, en *program.Engagement, channel string) (policy.Reason, string) {
	if reason, detail := s.consented(pr, en, channel); reason != "" {
		return reason, detail
	}
	if s.address(channel) == "" {
		return policy.NoAddress, channel
	}
	return "", ""
}

func (s *step) consented(pr *program.Program, en *program.Engagement, channel string) (policy.Reason, string) {
	v := consent.Resolve(s.p.Consents, pr.Policy.Consent, en.Purpose, channel, en.Topic)
	switch {
	case v.Allowed:
		return "", ""
	case v.Record != nil:
		return policy.ConsentNo, en.Purpose + " was " + v.Record.Answer.String()
	}
	return policy.ConsentNone, "nothing is on record for " + en.Purpose + " by " + channel
}

// basis says what a contact rests on: the event that carried the person's word, or the jurisdiction
// whose default allows it.
func (s *step) basis(pr *program.Program, en *program.Engagement, channel string) string {
	v := consent.Resolve(s.p.Consents, pr.Policy.Consent, en.Purpose, channel, en.Topic)
	if v.Record != nil {
		return "granted in " + v.Record.Event
	}
	return "allowed by the default for " + v.Jurisdiction
}

// address is where a channel reaches the person.
func (s *step) address(channel string) string {
	if v := s.p.Trait(channel); v.Type == expr.Text {
		return v.Text
	}
	return ""
}

// languages are those a text may be in: the person's own, then the program's first.
func (s *step) languages(pr *program.Program) []string {
	own, _, _ := strings.Cut(s.p.Trait("language").Text, "-")
	if own != "" && slices.Contains(pr.Languages, own) {
		return []string{own, pr.Languages[0]}
	}
	return pr.Languages[:1]
}

// zone is the person's clock: their own where it is known, else the organisation's.
func (s *step) zone(pr *program.Program) *instant.Zone {
	if z, ok := s.rel.Zones.Find(s.p.Trait("timezone").Text); ok {
		return z
	}
	z, _ := s.rel.Zones.Find(pr.Policy.Zone)
	return z
}

func (s *step) engagement(program, id string) (*program.Program, *program.Engagement) {
	pr := s.rel.Program(program)
	if pr == nil {
		return nil, nil
	}
	return pr, pr.Engagement(id)
}

// end closes a pending touch and lets the passage that waited for it go on.
func (s *step) end(i int, at instant.Time, reason policy.Reason, detail string) {
	s.ownTouches()
	t := &s.p.Touches[i]
	t.State, t.Why, t.Settled = person.Ended, string(reason), at
	s.add(effect.End{At: at, Touch: t.ID, Program: t.Program, Engagement: t.Engagement, Channel: t.Channel, Reason: reason, Detail: detail})
	s.concluded(t, at)
}

// endAll closes every pending touch that fits.
func (s *step) endAll(at instant.Time, reason policy.Reason, fits func(*person.Touch) bool) {
	for i := range s.p.Touches {
		if t := &s.p.Touches[i]; t.State == person.Pending && fits(t) {
			s.end(i, at, reason, "")
		}
	}
}
