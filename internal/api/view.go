package api

import (
	"context"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/audit"
	"attune/internal/story"
)

// Signs is told who came in and who left. What it does not take is not answered.
type Signs interface {
	Signed(ctx context.Context, what audit.What, outcome audit.Outcome) error
}

// View is what the page asks for. Every number is computed from the stores at the time of asking.
// It records who looked, as [audit.Of] tells, before it answers.
type View interface {
	// Overview tells how things stand.
	// Without people it tells numbers only, and nothing of anybody.
	Overview(ctx context.Context, people bool) (Overview, error)
	// Story tells one person's history, oldest first; ok is false for somebody unknown.
	Story(ctx context.Context, who id.Person) (p Portrait, ok bool, err error)
}

// Overview is the state of everything, in numbers.
type Overview struct {
	// Now is the clock by which people live; Pace how many times faster than the wall's it runs.
	Now  instant.Time
	Pace float64
	// Demo tells that nobody in it exists.
	Demo   bool
	People int64
	// Hidden tells that a number of people may not be told to who asks; it is 0 then.
	Hidden   bool
	Programs []Program
	// Events counts what came in, by name; Total their sum. Arrivals have a name that is not
	// declared. Quarantined could not be used.
	Total       int64
	Events      []Count
	Arrivals    []Count
	Quarantined int64
	Quarantine  []Quarantined
	// Behind counts events accepted and not yet applied.
	Behind   int64
	Channels []Channel
	// Paused is what somebody paused, and Above what waits above the ceiling of its engagement.
	Paused, Above []Held
	// Refused counts refusals by reason.
	Refused []Count
	// Refusals are the newest, as far as they stand in the newest Searched commits of the history.
	Refusals []Refusal
	Searched int64
	Messages []Message
	// Waiting counts the open requests by kind; Requests are the most pressing.
	Waiting  []Count
	Requests []Request
	// Person is somebody worth looking at: whoever was written to last.
	Person id.Person
}

// Held is something that does not go out, and the command that lets it.
type Held struct{ Says, Command string }

// Request is something that a program asked for and nobody answered yet.
type Request struct {
	// ID is enough of the request's id to answer it by.
	ID     string
	Person id.Person
	// Says is what is asked, of whom.
	Says       string
	Since, Due instant.Time
}

// Quarantined is one event that could not be used.
type Quarantined struct {
	At                            instant.Time
	Source, Field, Reason, Remedy string
}

// Count is a name and a number.
type Count struct {
	Name string
	N    int64
}

// Program is one program and its map.
type Program struct {
	ID, Name string
	Members  int64
	Hidden   bool
	Phases   []Phase
	Exits    []Count
}

// Phase is one phase and how many members are in it now. Share is of the program's members, in
// percent.
type Phase struct {
	ID, Name, Says string
	N              int64
	Share          int
	Hidden         bool
}

// Channel counts what became of touches on one channel.
type Channel struct {
	Name                                              string
	Attempts, HandedOver, Uncertain, Postponed, Ended int64
}

// Refusal is one proposal or touch that was refused.
type Refusal struct {
	At         instant.Time
	Person     id.Person
	Engagement string
	Reason     string
	// AtGate tells that it was refused at hand-over, not when it was decided.
	AtGate bool
}

// Message is one message exactly as it was sent.
type Message struct {
	At                         instant.Time
	Person                     id.Person
	Channel, To, Subject, Body string
	Language                   string
}

// Portrait is one person: who they are and what happened.
type Portrait struct {
	ID    id.Person
	Name  string
	Facts []Fact
	// Requests are open, the most pressing first.
	Requests []Request
	Lines    []story.Line
}

// Fact is one thing known about a person.
type Fact struct{ Name, Value string }
