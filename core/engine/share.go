package engine

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/program"
	"attune/core/release"
)

// What somebody else is told about a person goes by that person's grants. Their step says nothing to
// anybody else: it proposes, and the step of whom it is for decides (proposed.go).

// register takes in which kind of person somebody is. The newest word stands, whatever the order of
// arrival. Whom the law's defaults are about hangs on it.
func (s *step) register(e *event.Event, at instant.Time) {
	i := slices.IndexFunc(person.Kinds(), func(k person.Kind) bool { return k.String() == e.Field("kind").Text })
	since := max(e.OccurredAt, 1)
	if i < 0 || since < s.p.KindAt || since == s.p.KindAt && !s.p.KindOrder.Less(e.Order()) {
		return
	}
	s.p.Kind, s.p.KindAt, s.p.KindOrder = person.Kinds()[i], since, e.Order()
	s.answerConsents(at)
	s.dropUncovered(at)
}

// shareHears takes in a word on what somebody else may be told. Of grants the newest stands, and none
// that a newer word took back, whatever the order of arrival.
func (s *step) shareHears(e *event.Event, at instant.Time) {
	with, purpose := e.Field("with").Text, e.Field("purpose").Text
	if with == "" || purpose == "" && e.Name == "sharing.granted" || e.Name == "sharing.ended" && e.Source != event.Own {
		return
	}
	before, since := s.p.Shares, max(e.OccurredAt, 1)
	x := s.share(with, purpose)
	switch e.Name {
	case "sharing.granted":
		if since > x.Granted || since == x.Granted && x.Order.Less(e.Order()) {
			x.Granted, x.Order, x.Until = since, e.Order(), instant.Time(e.Field("until").Num)
			x.Relation, x.Name = e.Field("relation").Text, e.Field("name").Num != 0
		}
		if s.p.SharedWith(with, purpose, at) != nil && x.Until != 0 {
			s.wake(x.Until)
		}
	case "sharing.withdrawn":
		x.Withdrawn = max(x.Withdrawn, since)
	case "sharing.ended":
		if said := instant.Time(e.Field("said").Num); said > x.EndedFor || said == x.EndedFor && since > x.Ended {
			x.EndedFor, x.Ended = said, since
		}
	}
	s.unshared(before, at, e.Name)
}

// share is the place of a word, made if there is none.
func (s *step) share(with, purpose string) *person.Share {
	i, found := slices.BinarySearchFunc(s.p.Shares, person.Share{With: with, Purpose: purpose}, func(a, b person.Share) int {
		return cmp.Or(strings.Compare(a.With, b.With), strings.Compare(a.Purpose, b.Purpose))
	})
	s.p.Shares = slices.Clone(s.p.Shares)
	if !found {
		s.p.Shares = slices.Insert(s.p.Shares, i, person.Share{With: with, Purpose: purpose})
	}
	return &s.p.Shares[i]
}

// unshared tells those who may be told something no longer.
func (s *step) unshared(before []person.Share, at instant.Time, why string) {
	was := person.Person{Shares: before}
	for i := range before {
		x := &before[i]
		if was.SharedWith(x.With, x.Purpose, at) != nil && s.p.SharedWith(x.With, x.Purpose, at) == nil {
			s.recall(effect.Recall{To: x.With, Purpose: x.Purpose, Ends: true, Why: why}, at)
		}
	}
}

// sharesEnd ends the grants that end by themselves at an instant.
func (s *step) sharesEnd(at instant.Time) {
	for i := range s.p.Shares {
		if x := &s.p.Shares[i]; x.Until == at && s.p.SharedWith(x.With, x.Purpose, at-1) != nil {
			s.recall(effect.Recall{To: x.With, Purpose: x.Purpose, Ends: true, Why: "its time was over"}, at)
		}
	}
}

// unshareAll ends what everybody is told, when the person has died.
func (s *step) unshareAll(at instant.Time) {
	for i := range s.p.Shares {
		if x := &s.p.Shares[i]; s.p.SharedWith(x.With, x.Purpose, at) != nil {
			s.recall(effect.Recall{To: x.With, Purpose: x.Purpose, Ends: true, Why: string(policy.Deceased)}, at)
		}
	}
}

// recall asks that what was proposed to somebody be let go.
func (s *step) recall(r effect.Recall, at instant.Time) {
	r.At = at
	r.ID = id.Derive(s.seed, "recall", uint64(at), id.Hash(r.To), id.Hash(r.Purpose), id.Hash(r.Program), id.Hash(r.Engagement), r.Origin)
	s.add(r)
}

// recallLately asks it of everybody to whom something was proposed that can still be waiting.
func (s *step) recallLately(r effect.Recall, at instant.Time) {
	if s.p.Died != 0 {
		return // every grant has ended with it
	}
	for _, x := range s.p.Told {
		if x.At.Add(proposedFor) > at {
			r.To = x.With
			s.recall(r, at)
		}
	}
}

// recallUntrue asks it for what an event that is taken back had set going, or a rule that is true no longer.
func (s *step) recallUntrue(target string, before []bool, at instant.Time) {
	if len(s.p.Told) == 0 {
		return
	}
	s.recallLately(effect.Recall{Origin: id.Hash(target), Why: string(policy.Retracted)}, at)
	for i := range s.rel.Rules {
		r := &s.rel.Rules[i]
		if r.Target != release.Engagement || r.Trigger.Pulse() || !before[i] || s.p.Rules[i] {
			continue
		}
		if pr := s.rel.Programs[r.Program]; s.isForOthers(&pr.Engagements[r.Index]) {
			s.recallLately(effect.Recall{Program: pr.ID, Engagement: pr.Engagements[r.Index].ID, Why: string(policy.Retracted)}, at)
		}
	}
}

// isForOthers tells whether an engagement that is proposed for this person speaks to those around them.
func (s *step) isForOthers(en *program.Engagement) bool {
	return s.p.Kind == person.Patient && en.Audience != person.Patient.String()
}

// passOn proposes to everybody with whom the person shares what the purpose says about them.
func (s *step) passOn(c candidate, at instant.Time) (reason policy.Reason, detail string) {
	pr, en := s.rel.Programs[c.program], s.engagementOf(c)
	about := contact{pr: pr, en: en, at: at}
	if reason, detail = s.alive(&about); reason == "" {
		reason, detail = s.wanted(&about)
	}
	if reason == "" {
		reason, detail = s.isEnrolled(&about)
	}
	if reason != "" {
		return reason, detail
	}
	n := 0
	for i := range s.p.Shares {
		x := &s.p.Shares[i]
		if x.Purpose != en.Purpose || s.p.SharedWith(x.With, x.Purpose, at) == nil {
			continue
		}
		n++
		p := effect.Propose{
			At: at, ID: id.Derive(s.seed, "proposal", uint64(at), id.Hash(pr.ID), id.Hash(en.ID), id.Hash(c.cause.Event), id.Hash(c.cause.Rule), id.Hash(x.With)),
			To: x.With, Relation: x.Relation, Program: pr.ID, Engagement: en.ID, Purpose: en.Purpose, Release: s.rel.Short, Hops: 1,
		}
		if x.Name {
			p.Name, _, _ = Called(&s.p)
		}
		if c.cause.Event != "" {
			p.Origin = id.Hash(c.cause.Event)
		}
		s.add(p)
		s.told(x.With, at)
	}
	if n == 0 {
		return policy.NotShared, "no grant for " + en.Purpose
	}
	return policy.PassedOn, "to " + strconv.Itoa(n)
}

// told remembers when something was last proposed to somebody.
func (s *step) told(with string, at instant.Time) {
	i, found := slices.BinarySearchFunc(s.p.Told, with, func(t person.Told, w string) int { return strings.Compare(t.With, w) })
	s.p.Told = slices.Clone(s.p.Told)
	if !found {
		s.p.Told = slices.Insert(s.p.Told, i, person.Told{With: with})
	}
	s.p.Told[i].At = at
}
