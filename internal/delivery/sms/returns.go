package sms

import (
	"context"
	"time"

	"attune/internal/ticket"
)

// Returns is what stands behind the channel for everything that comes back. What it took is durable when
// it returns nil; on an error the carrier is asked to say it again. Both may be told the same thing again,
// under the same ID, and in any order.
type Returns interface {
	// Take takes what the carrier reports of one attempt.
	Take(ctx context.Context, r Report) error
	// Receive takes what somebody wrote, and says what to answer at once. The confirmation of a stop is
	// its to write, and to leave out where one was given lately.
	Receive(ctx context.Context, w Word) (Answer, error)
}

// Report is the carrier's word about one attempt.
type Report struct {
	Ticket ticket.Ticket
	// ID is the same for the same report: the message's id and its status.
	ID string
	// At is when it was heard; the carrier does not say when it happened.
	At   time.Time
	What What
	// Permanent tells of a number that no text will reach; Code is the carrier's.
	Permanent bool
	Code      string
	// Reference is the carrier's id of the message.
	Reference string
}

// What is what the carrier reports.
type What uint8

// The reports: the carrier has the message; the person's telephone has it; it has not and will not;
// the person opened it.
const (
	Accepted What = iota + 1
	Delivered
	Failed
	Opened
)

// Word is what somebody wrote.
type Word struct {
	// From is the writer's number, To ours.
	From, To, Text string
	// ID is the carrier's id of this message.
	ID      string
	At      time.Time
	Verdict Verdict
}

// Verdict is what the words were found to mean.
type Verdict uint8

// The verdicts. Unsure may have meant stop: messages are held until a person has read it.
const (
	None Verdict = iota
	Stop
	Start
	Help
	Unsure
	Crisis
)

// String names the verdict.
func (v Verdict) String() string {
	switch v {
	case None:
		return "none"
	case Stop:
		return "stop"
	case Start:
		return "start"
	case Help:
		return "help"
	case Unsure:
		return "unsure"
	case Crisis:
		return "crisis"
	}
	return "invalid"
}

// Answer is what to tell the writer at once; no text is nothing.
type Answer struct{ Text string }
