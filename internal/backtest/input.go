package backtest

import (
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/request"
)

// doings are what the programs that were live did to somebody in the window. What came of it did not
// happen in a version that did something else.
type doings struct {
	from instant.Time
	// names are the touches decided and the requests made, as events write them.
	names map[string]bool
	// answers are the ids of the events that answer those requests.
	answers map[string]bool
}

func newDoings(from instant.Time) *doings {
	return &doings{from: from, names: map[string]bool{}, answers: map[string]bool{}}
}

// note takes in what was decided.
func (d *doings) note(effects []effect.Effect) {
	for _, e := range effects {
		switch x := e.(type) { //nolint:gochecksumtype // nothing else asks anybody for anything
		case effect.Decide:
			for _, c := range x.Candidates {
				if x.At >= d.from && !c.Touch.IsZero() {
					d.names[c.Touch.String()] = true
				}
			}
		case effect.Request:
			if x.At >= d.from {
				d.names[x.ID.String()] = true
				d.answers[request.EventID(x.ID)] = true
			}
		}
	}
}

// caused tells whether an event is there because of what was done in the window: a receipt of a touch, how
// a contact went that somebody made, an answer to a request, or what another person's step proposed. What
// somebody said about consent, or about an address, holds whatever made them say it.
func (d *doings) caused(e *event.Event) bool {
	switch e.Name {
	case "consent.granted", "consent.denied", "consent.withdrawn", "contact.suppressed", "contact.released", "contact.verified", "contact.shared", "contact.unshared":
		return false
	case "engagement.proposed", "engagement.undelivered":
		return e.Source == event.Own && e.OccurredAt >= d.from
	}
	if d.answers[e.ID] {
		return true
	}
	for _, field := range [...]string{"touch", "task", "referral", "call"} {
		if d.names[e.Field(field).Text] {
			return true
		}
	}
	return false
}

// ofBefore tells whether an input other than an event is about what was under way when the window began,
// and so is true under every version: a carrier's word on an attempt that was out, and what a member of
// the team did about a passage or a touch. Gates, places in a team's day and publications are not.
func ofBefore(what engine.What, was *person.Person) bool {
	switch w := what.(type) {
	case engine.Settled:
		for i := range was.Touches {
			t := &was.Touches[i]
			if (t.State == person.InFlight || t.State == person.Uncertain) && t.Attempt() == w.Attempt {
				return true
			}
		}
	case engine.Resume:
		for i := range was.Enrollments {
			if was.Enrollments[i].ID == w.Enrollment {
				return true
			}
		}
	case engine.Replay:
		return touchOf(was, w.Touch) != nil
	case engine.Heard, engine.Tick, engine.Gate, engine.Switch, engine.Outranked, engine.Yield, engine.Absorb, engine.Part, engine.Restore:
	}
	return false
}

func touchOf(p *person.Person, touch id.Key) *person.Touch {
	for i := range p.Touches {
		if p.Touches[i].ID == touch {
			return &p.Touches[i]
		}
	}
	return nil
}
