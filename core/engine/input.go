package engine

import (
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
)

// Input is one thing that a person's step is given.
type Input struct {
	// At is when it is taken: never before the person's last, which Step enforces.
	At instant.Time
	// Seed is the person's own, from id.SeedOf. Ids and draws derive from it.
	Seed id.Seed
	What What
}

// What is one of Heard, Tick, Gate and Settled. All but ticks are recorded.
//
//sumtype:decl
type What interface{ what() }

// Heard is an event of this person.
type Heard struct{ Event event.Event }

// Tick carries no news: it only lets what is due happen. Any pattern of ticks gives the same state.
type Tick struct{}

// Gate asks whether the touches that are due may be handed over now.
type Gate struct{}

// Settled is the carrier's word on one attempt.
type Settled struct {
	Attempt id.Key
	Outcome Outcome
	// RetryAfter is how long the carrier asks to wait, for Postponed.
	RetryAfter instant.Duration
	// Reference is the carrier's own name for the message.
	Reference string
	// To, Subject and Body are what was sent, word for word, kept in the history.
	To, Subject, Body string
}

// Outcome is what became of an attempt.
type Outcome uint8

// The outcomes.
const (
	// Accepted: the carrier took responsibility for it.
	Accepted Outcome = iota + 1
	// Rejected: the carrier refused it and would again.
	Rejected
	// Postponed: the carrier did not take it and may later.
	Postponed
	// Unknown: nobody knows. It is never sent again blindly.
	Unknown
	// NotTaken: it was found out afterwards that the carrier never took it.
	NotTaken
)

// String names the outcome for people.
func (o Outcome) String() string {
	switch o {
	case Accepted:
		return "accepted"
	case Rejected:
		return "rejected"
	case Postponed:
		return "postponed"
	case Unknown:
		return "unknown"
	case NotTaken:
		return "not taken"
	}
	return "invalid"
}

func (Heard) what()   {}
func (Tick) what()    {}
func (Gate) what()    {}
func (Settled) what() {}
