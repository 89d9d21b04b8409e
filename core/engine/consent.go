package engine

import (
	"slices"

	"attune/core/consent"
	"attune/core/effect"
	"attune/core/event"
	"attune/core/instant"
	"attune/core/person"
)

// consent takes a word in and lets go of pending touches it no longer covers. A word that takes consent
// back is effective once nothing that it covers is in flight.
func (s *step) consent(e *event.Event, answer consent.Answer, at instant.Time) {
	word := consent.Record{
		Purpose: e.Field("purpose").Text, Channel: e.Field("channel").Text, Topic: e.Field("topic").Text, Actor: e.Field("actor").Text,
		From: instant.Time(e.Field("effective").Num), Until: instant.Time(e.Field("until").Num),
		Answer: answer, At: e.OccurredAt, Order: e.Order(), Event: e.ID,
	}
	if word.Purpose == "" {
		return
	}
	s.p.Consents = consent.Add(s.p.Consents, word)
	s.wake(consent.Turns(s.p.Consents, at))
	s.answerConsents(at)
	s.dropUncovered(at)
	if answer != consent.Granted && !s.quiet {
		s.p.Withdrawals = append(slices.Clone(s.p.Withdrawals), person.Withdrawal{Event: e.ID, At: at, Purpose: word.Purpose, Channel: word.Channel, Topic: word.Topic, Actor: word.Actor})
		s.effective(at)
	}
}

// dropUncovered ends what waits for its hour and has no consent any more.
func (s *step) dropUncovered(at instant.Time) {
	for i := range s.p.Touches {
		t := &s.p.Touches[i]
		if t.State != person.Pending {
			continue
		}
		if pr, en := s.engagement(t.Program, t.Engagement); en != nil {
			if reason, detail := s.consentCovers(&contact{pr: pr, en: en, channel: t.Channel, at: at, about: t.About, proposed: t.Cause.At}); reason != "" {
				s.end(i, at, reason, detail)
			}
		}
	}
}

// effective tells of words that took consent back and now cover nothing that is in flight. What became
// uncertain has left us: the carrier's time is over.
func (s *step) effective(at instant.Time) {
	flies := func(w person.Withdrawal) bool {
		word := consent.Record{Purpose: w.Purpose, Channel: w.Channel, Topic: w.Topic, Actor: w.Actor}
		return slices.ContainsFunc(s.p.Touches, func(t person.Touch) bool {
			if t.State != person.InFlight || t.Started > w.At {
				return false
			}
			pr, en := s.engagement(t.Program, t.Engagement)
			return en == nil || word.Covers(consent.Contact{Purpose: t.Purpose, Channel: t.Channel, Topic: en.Topic, Actor: pr.Policy.Actor})
		})
	}
	s.recallsEffective(at)
	if len(s.p.Withdrawals) == 0 {
		return
	}
	var waits []person.Withdrawal
	for _, w := range s.p.Withdrawals {
		if flies(w) {
			waits = append(waits, w)
			continue
		}
		s.add(effect.Effective{At: at, Event: w.Event, Said: w.At, Purpose: w.Purpose, Channel: w.Channel, Topic: w.Topic})
	}
	s.p.Withdrawals = waits
}

// answerConsents answers the questions about consent that rules ask, before the rules are asked.
func (s *step) answerConsents(at instant.Time) {
	for _, q := range s.rel.Consents {
		pr := s.rel.Programs[q.Program]
		allowed := s.words(pr, consent.Contact{Purpose: q.Purpose, Channel: q.Channel, Topic: q.Topic, Actor: pr.Policy.Actor}, false, at).Allowed
		if s.p.Facts.Signals[q.Index] != allowed {
			s.ownAnswers()
			s.p.Facts.Signals[q.Index] = allowed
		}
	}
}

// consentsTurn lets words begin and cease to hold at their instants.
func (s *step) consentsTurn(at instant.Time) {
	if consent.Turns(s.p.Consents, at-1) == at {
		s.answerConsents(at)
		s.dropUncovered(at)
	}
}

// basis says what a contact rests on: the event that carried the person's word, or the law whose default
// allows it; and the same in words.
func (s *step) basis(c *contact) (granted, law, says string) {
	v := s.verdict(c)
	if v.Record != nil {
		return v.Record.Event, "", c.en.Purpose + " granted in " + v.Record.Event
	}
	return "", v.Jurisdiction, c.en.Purpose + " allowed by the default for " + v.Jurisdiction
}
