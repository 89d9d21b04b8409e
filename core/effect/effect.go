// Package effect is what a step decided: closed set of things to do and to remember, in the order in
// which they came about. The runner commits them with the person's new state; delivery does what is
// to be done; the history keeps all of it, which is how anybody can be told why.
//
// Effects carry no behaviour. Their ids derive from their cause, so a redelivered input repeats the
// same ids and does nothing twice.
package effect

import (
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
)

// Effect is one of the types of this package.
//
//sumtype:decl
type Effect interface{ effect() }

// Decide records one decision: what could have been said, and what was chosen or why not.
//
//	{"effect":"decide","at":"2027-03-01T09:00:00Z","candidates":[{"engagement":"refill_reminder","value":12}],"touch":"5f0c…"}
type Decide struct {
	ID id.Key
	At instant.Time
	// Candidates are all that was proposed, best first.
	Candidates []Candidate
}

// Candidate is one proposal and its fate: a touch, or a reason against it.
type Candidate struct {
	Program, Engagement string
	Value               float64
	Cause               person.Cause
	// Touch is the touch it became; zero when refused.
	Touch id.Key
	// Variant and Channel were drawn with the given probability among those that fit.
	Variant, Channel string
	Propensity       float64
	// Reason and Detail say why it was refused.
	Reason policy.Reason
	Detail string
}

// Schedule asks that the gate be tried for this person's touch at Due.
type Schedule struct {
	Touch id.Key
	Due   instant.Time
	// Why says what the touch waits for where it does not go at once.
	Why policy.Reason
	At  instant.Time
}

// Send asks delivery to hand a message over. The attempt is committed before this is acted upon.
type Send struct {
	At             instant.Time
	Touch, Attempt id.Key
	Program        string
	Engagement     string
	Variant        string
	Channel        string
	Language       string
	Template       string
	// Content is the hash of the template that must be used.
	Content string
	// To is the address; Name and the others fill the template.
	To, Name, FirstName, LastName string
}

// Settle records what became of an attempt.
type Settle struct {
	At             instant.Time
	Touch, Attempt id.Key
	Channel        string
	State          person.TouchState
	// Why says how it ended, where it did; Retry when it is tried again.
	Why   policy.Reason
	Retry instant.Time
}

// End records that a touch will not happen, and why.
type End struct {
	At         instant.Time
	Touch      id.Key
	Program    string
	Engagement string
	Channel    string
	Reason     policy.Reason
	Detail     string
}

// Move records that a person entered a phase of a map or left by an exit.
type Move struct {
	At      instant.Time
	Program string
	// From and To are phases; To is empty when the person left through Exit.
	From, To, Exit string
	// Counted tells whether the person was in the program, and so on its map, before and after.
	CountedBefore, CountedAfter bool
}

// Join records that a person came into a program or left it.
type Join struct {
	At      instant.Time
	Program string
	In      bool
	Phase   string
}

// Walk records a passage through a journey: entered, at another step, left or in need of attention.
type Walk struct {
	At         instant.Time
	Enrollment id.Key
	Program    string
	Journey    string
	// What is "entered", "reached", "left" or "failed".
	What string
	Step string
	Why  string
}

// Sense records that a signal became true or ceased to be.
type Sense struct {
	At      instant.Time
	Program string
	Signal  string
	On      bool
	// Late tells that it was too old to start anything.
	Late bool
}

// Ignore records an input that changed nothing, and why: an event already taken.
type Ignore struct {
	At  instant.Time
	Why string
}

// Again says that the step's budget ended while catching up: commit, and give the same input again.
type Again struct{}

func (Decide) effect()   {}
func (Schedule) effect() {}
func (Send) effect()     {}
func (Settle) effect()   {}
func (End) effect()      {}
func (Move) effect()     {}
func (Join) effect()     {}
func (Walk) effect()     {}
func (Sense) effect()    {}
func (Ignore) effect()   {}
func (Again) effect()    {}
