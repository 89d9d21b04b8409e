package engine

import (
	"cmp"
	"slices"
	"strings"

	"attune/core/channel"
	"attune/core/content"
	"attune/core/effect"
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
	// proposal is what it has where another person's step proposed it.
	proposal proposal
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
		s.candidates, s.passedBy = nil, nil
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
		record.Candidates = make([]effect.Candidate, len(proposed))
		at0 := len(s.fx)
		s.add(record)
		var open []choosable
		for i, c := range proposed {
			record.Candidates[i] = s.proposal(c)
			s.enterTrials(s.rel.Programs[c.program], at)
			if s.competes(c) {
				open = append(open, choosable{c, i})
				continue
			}
			s.consider(&record.Candidates[i], c, at)
			if record.Candidates[i].Reason == policy.PassedOn {
				s.passedOn(c.enrollment, record.Candidates[i].Detail, at)
			}
		}
		s.choose(&record, open, at)
		var refused []id.Key
		for i, c := range proposed {
			if record.Candidates[i].Touch.IsZero() && !c.enrollment.IsZero() && !slices.Contains(refused, c.enrollment) {
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

// passedOn notes that what a passage proposed is up to others now.
func (s *step) passedOn(passage id.Key, whom string, at instant.Time) {
	if i := s.passage(passage); i >= 0 {
		s.passedBy = append(s.passedBy, passage)
		s.note(&s.p.Enrollments[i], at, "proposed", whom)
	}
}

// mustSend ranks what must be said before all else.
func mustSend(en *program.Engagement) int {
	if en.Coordination == program.MustSend {
		return 1
	}
	return 0
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

// proposal is a candidate before anything is known of its fate.
func (s *step) proposal(c candidate) effect.Candidate {
	pr, en := s.rel.Programs[c.program], s.engagementOf(c)
	out := effect.Candidate{Program: pr.ID, Engagement: en.ID, Value: en.Value, Cause: c.cause}
	for i := range pr.Outcomes {
		if o := &pr.Outcomes[i]; o.ID == en.Outcome && en.Outcome != "" {
			out.Outcome, out.Within = pr.ID+"/"+o.ID, o.Within
		}
	}
	return out
}

// consider turns a candidate that does not compete into a pending touch, or says why not.
func (s *step) consider(out *effect.Candidate, c candidate, at instant.Time) {
	pr, en := s.rel.Programs[c.program], s.engagementOf(c)
	if slices.Contains(s.passedBy, c.enrollment) {
		out.Reason = policy.NotChosen // the step says one thing only
	} else if out.Reason, out.Detail = c.outdated(en.Expires, at); out.Reason != "" {
		return
	} else if s.isForOthers(en) && c.proposal.about.IsZero() {
		out.Reason, out.Detail = s.passOn(c, at)
	} else if i := s.passage(c.enrollment); i >= 0 && !s.p.Enrollments[i].Touch.IsZero() {
		out.Reason = policy.NotChosen // the step says one thing only
	} else {
		var w wording
		w, out.Propensity, out.Reason, out.Detail = s.word(pr, en, c, at)
		if out.Reason == "" {
			s.say(out, c, w, at)
			if s.unprofiled() {
				out.Detail = fixedRule
			}
		}
	}
}

// say makes a pending touch of a candidate.
func (s *step) say(out *effect.Candidate, c candidate, w wording, at instant.Time) {
	pr, en := s.rel.Programs[c.program], s.engagementOf(c)
	t := person.Touch{
		ID:      id.Derive(s.seed, "touch", uint64(at), id.Hash(pr.ID), id.Hash(en.ID), id.Hash(c.cause.Event), id.Hash(c.cause.Rule)),
		Program: pr.ID, Engagement: en.ID, Variant: w.variant, Channel: w.channel, Language: w.template.Language, Content: w.template.Hash,
		Purpose: en.Purpose, Theme: en.Theme, Class: s.classOf(pr, en), Value: en.Value,
		About: c.proposal.about, AboutName: c.proposal.name, Origin: c.proposal.origin,
		State: person.Pending, Why: string(w.why), Decided: at, Due: w.due, Expires: at.Add(en.Expires), Cause: c.cause,
	}
	if i := s.passage(c.enrollment); i >= 0 {
		s.ownPassages()
		t.Enrollment, s.p.Enrollments[i].Touch = c.enrollment, t.ID
	}
	s.ownTouches()
	s.p.Touches = append(s.p.Touches, t)
	s.wake(t.Expires)
	s.add(effect.Schedule{Touch: t.ID, Due: t.Due, Why: w.why, At: at})
	out.Touch, out.Variant, out.Channel = t.ID, w.variant, w.channel
}

// wording is one way of saying something over one channel, when, and what that waits for.
type wording struct {
	variant, channel string
	template         *content.Template
	due              instant.Time
	why              policy.Reason
}

// word draws evenly among the variants that may reach the person, each over the first channel that
// nothing stands against. Where none may, the reason is that of the first variant's first channel.
func (s *step) word(pr *program.Program, en *program.Engagement, c candidate, at instant.Time) (wording, float64, policy.Reason, string) {
	var open []wording
	reason, detail := policy.NoContent, ""
	for v := range en.Variants {
		variant := &en.Variants[v]
		for k, text := range s.preferred(pr, variant.Texts) {
			w, why, what := s.wordBy(pr, en, c, variant, text, at)
			if why == "" {
				open = append(open, w)
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
	if s.unprofiled() {
		return open[0], 1, "", "" // nothing is tried out on them
	}
	draw := id.Draw(s.seed, "variant", uint64(at), id.Hash(pr.ID), id.Hash(en.ID), id.Hash(c.cause.Event))
	return open[int(draw*float64(len(open)))], 1 / float64(len(open)), "", ""
}

// wordBy asks whether one text may reach the person, when it would as soon as it may go.
func (s *step) wordBy(pr *program.Program, en *program.Engagement, c candidate, v *program.Variant, text program.Text, at instant.Time) (wording, policy.Reason, string) {
	due, why := s.due(pr, en, text.Channel, at, id.Key{}, true)
	return s.wordAt(pr, en, c, v, text, at, due, why)
}

// wordAt asks whether one text may reach the person at an instant, for which it waits for the reason why.
func (s *step) wordAt(pr *program.Program, en *program.Engagement, c candidate, v *program.Variant, text program.Text, at, due instant.Time, why policy.Reason) (wording, policy.Reason, string) {
	w := wording{variant: v.ID, channel: text.Channel, due: due, why: why}
	if reason, detail := s.may(&contact{
		pr: pr, en: en, channel: text.Channel, at: w.due, deciding: true, with: s.company(pr, en, c.proposal.about, text.Channel), about: c.proposal.about, proposed: c.cause.At,
	}); reason != "" {
		return w, reason, detail
	}
	switch {
	case w.due == instant.Never:
		return w, policy.QuietHours, "no hour suits both the policy and the person"
	case w.due >= at.Add(en.Expires):
		return w, w.why, "it would be out of date when its time comes"
	}
	if reason, detail := s.sameWords(pr, en, v, w.due); reason != "" {
		return w, reason, detail
	}
	var reason policy.Reason
	var detail string
	w.template, reason, detail = s.template(pr, text, w.due)
	return w, reason, detail
}

// template finds the text in the person's language, or says why there is none that may be used.
func (s *step) template(pr *program.Program, text program.Text, at instant.Time) (*content.Template, policy.Reason, string) {
	t := pr.Template(text.Template, text.Channel, s.languages(pr)...)
	if t == nil {
		return nil, policy.NoContent, "no text for " + text.Channel
	}
	reason, detail := s.approved(pr, t.Hash, t.Channel, t.Language, at)
	return t, reason, detail
}

// languages are those a text may be in: the person's own, then the program's first.
func (s *step) languages(pr *program.Program) []string {
	own, _, _ := strings.Cut(s.p.Trait("language").Text, "-")
	if own != "" && slices.Contains(pr.Languages, own) {
		return []string{own, pr.Languages[0]}
	}
	return pr.Languages[:1]
}

// zone is the person's clock for all that needs one: the first of those it may be, the organisation's before others.
func (s *step) zone(pr *program.Program) *instant.Zone {
	zones, _ := s.zones(pr)
	if len(zones) > 1 {
		if z, _ := s.rel.Zones.Find(pr.Policy.Zone); slices.Contains(zones, z) {
			return z
		}
	}
	return zones[0]
}

// zones are the clocks that may be the person's, and how that is known: their own; else those of the area of their
// telephone number; else the organisation's.
func (s *step) zones(pr *program.Program) (zones []*instant.Zone, known string) {
	if z, ok := s.rel.Zones.Find(s.p.Trait("timezone").Text); ok {
		s.clock[0] = z
		return s.clock[:], "timezone"
	}
	for _, name := range [...]string{channel.SMS, channel.Call} {
		if zones := s.rel.Zones.OfPhone(s.address(name)); len(zones) > 0 {
			return zones, "telephone number"
		}
	}
	s.clock[0], _ = s.rel.Zones.Find(pr.Policy.Zone)
	return s.clock[:], "organisation"
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
