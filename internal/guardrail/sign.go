package guardrail

import (
	"attune/core/effect"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/policy"
)

// Loss is a way in which somebody is lost.
type Loss uint8

// The losses.
const (
	OptOut Loss = iota
	Complaint
	Crisis
	losses
)

// Losses are all of them.
func Losses() []Loss { return []Loss{OptOut, Complaint, Crisis} }

// String names the loss for people.
func (l Loss) String() string {
	return [...]string{"opt-outs", "complaints", "crises"}[l]
}

// Bound is what a team accepts of it; 0 is any.
func (l Loss) Bound(h policy.Halt) float64 {
	return [...]float64{h.OptOuts, h.Complaints, h.Crises}[l]
}

// Part is what one commit says of one person.
type Part struct {
	Person id.Person
	// At is when the commit was made.
	At      instant.Time
	Heard   []*event.Event
	Effects []effect.Effect
}

// lost is a loss as it was told.
type lost struct {
	loss Loss
	// at is when it happened, and touch and purpose what it is about; empty where it does not say.
	at      instant.Time
	touch   uint64
	purpose string
	// address is where several people are reached, hashed with when it was stopped, so that one word of one of
	// them is not taken for several; zero for what is the person's own.
	address uint64
}

// lostBy is what an event says; false where it is none of it. What was imported is not news.
func lostBy(e *event.Event) (lost, bool) {
	l := lost{at: e.OccurredAt}
	if e.Historical {
		return l, false
	}
	switch e.Name {
	case "consent.withdrawn":
		l.loss, l.purpose = OptOut, e.Field("purpose").Text
	case "contact.suppressed":
		if e.Field("why").Text != "stop" {
			return l, false // a complaint is told by itself, to the one who complained
		}
		l.loss, l.address = OptOut, id.Hash(e.Field("channel").Text+"\x00"+e.Field("address").Text+"\x00"+e.OccurredAt.String())
	case "message.complained":
		l.loss = Complaint
		if touch, err := id.ParseKey(e.Field("touch").Text); err == nil {
			l.touch = touch.Short()
		}
	default:
		return l, false
	}
	return l, true
}
