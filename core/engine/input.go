package engine

import (
	"attune/core/decision"
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
	// Common is the same for everybody of an installation, from id.SeedOf of nobody: what people do together
	// derives from it.
	Common id.Seed
	What   What
	// Model is what was learned of what is best to say; nil for what is expected before anything is. It is
	// recorded by its name with the input.
	Model *decision.Model
	// Stale tells that the model is too old to go by: what was to be learned is the fallback instead. It is
	// recorded by the policy of the decision.
	Stale bool
	// History is everything that was ever heard of this person, what the engine itself noted included,
	// in any order. It is given, and Recalled says so, only when Step asked for it by effect.NeedHistory.
	History  []Fact
	Recalled bool
}

// Fact is an event of the person's history, and when it was taken.
type Fact struct {
	At    instant.Time
	Event event.Event
}

// What is one of Heard, Tick, Gate, Settled, Resume, Switch, Replay, Outranked, and of what makes two
// records one and two again: Yield, Absorb, Part and Restore. All but ticks are recorded.
//
//sumtype:decl
type What interface{ what() }

// Heard is an event of this person.
type Heard struct{ Event event.Event }

// Tick carries no news: it only lets what is due happen. Any pattern of ticks gives the same state.
type Tick struct {
	// Slept tells that nobody gave the person a tick for so long after one was due that the system must have slept. Then
	// journeys go on from now instead of making up for what they missed.
	Slept bool
}

// Gate asks whether the touches that are due may be handed over now.
type Gate struct {
	// Touches are those meant; none means all. The others are held back by whatever carries them.
	Touches []id.Key
}

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

// Resume lets a passage that needs attention go on: at the step where it stands, or at another.
type Resume struct {
	Enrollment id.Key
	// To is the step at which to go on; empty for where the passage stands.
	To string
}

// Switch moves the person to another release, the one that Step is called with. What is derived is
// folded anew from the history.
type Switch struct {
	// To is the release's short id.
	To uint64
	// IncludeExisting lets what is true already count as an edge.
	IncludeExisting bool
}

// Replay puts a touch that ended because of its carrier back: it waits for the gate, as if it had been
// decided now.
type Replay struct {
	Touch id.Key
	// NotDelivered is somebody's word that it was not delivered. Without it no touch is replayed that may
	// have been taken.
	NotDelivered bool
}

// Outranked says that touches were ranked among all that wait for their teams, and that others took the
// places of that day. They stay due, and are ranked again.
type Outranked struct{ Touches []id.Key }

// Yield ends a record's own life: it is one of somebody who has another, and part of that one from now on.
type Yield struct {
	To id.Person
	// Order is the id of the event that says so.
	Order string
}

// Absorb takes in another record of the same person.
type Absorb struct {
	Of id.Person
	// State is that of the record as it was before it yielded, and Was that of the person who takes it in; both as
	// person.Person writes them. By them the merge can be undone.
	State, Was []byte
	// Facts are all that was ever heard under the other record.
	Facts []Fact
	// Order is the event that says so.
	Order event.Event
}

// Part gives a record back that was taken in by mistake. State and Was are those of its Absorb. The history that it is
// given is without what the other record brought.
type Part struct {
	Of         id.Person
	State, Was []byte
	Order      event.Event
}

// Restore makes a record that was part of another one of its own again.
type Restore struct {
	From id.Person
	// State is what it goes on from: see Handed.
	State []byte
	Order string
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

func (Heard) what()     {}
func (Tick) what()      {}
func (Gate) what()      {}
func (Settled) what()   {}
func (Resume) what()    {}
func (Switch) what()    {}
func (Replay) what()    {}
func (Outranked) what() {}
func (Yield) what()     {}
func (Absorb) what()    {}
func (Part) what()      {}
func (Restore) what()   {}
