package returns

import (
	"time"

	"attune/internal/ticket"
)

// Report is a carrier's word about one attempt.
type Report struct {
	// Ticket is what the message carried, or what was kept with the attempt.
	Ticket ticket.Ticket
	// ID is the carrier's own name for this report: the same one again is the same report. Empty where
	// the carrier has none; then the attempt has one report of each kind.
	ID string
	// At is when it happened, by the carrier's clock; zero is now.
	At   time.Time
	What What
	// Permanent tells of a failure that would be the same again; Code is the carrier's, or an enhanced
	// status code of mail such as "5.1.1".
	Permanent bool
	Code      string
	// Reference is the carrier's own name for the message.
	Reference string
}

// What is what a carrier reports.
type What uint8

// The reports.
const (
	// Accepted and NeverTaken answer for an attempt of which nobody knew whether the carrier took it.
	Accepted What = iota + 1
	NeverTaken
	// Delivered: it reached the person's device or box.
	Delivered
	// Failed: it did not and will not.
	Failed
	// Complained: the person called it unwanted.
	Complained
	Opened
	// Unsubscribed: the person asked for no more of its purpose on its channel.
	Unsubscribed
)

// String names the report for people.
func (w What) String() string {
	switch w {
	case Accepted:
		return "accepted"
	case NeverTaken:
		return "never taken"
	case Delivered:
		return "delivered"
	case Failed:
		return "failed"
	case Complained:
		return "complained"
	case Opened:
		return "opened"
	case Unsubscribed:
		return "unsubscribed"
	}
	return "invalid"
}

// Word is what somebody wrote to an address of ours.
type Word struct {
	Channel string
	// From is the writer's address, To ours.
	From, To string
	Text     string
	// ID is the carrier's own name for this message: the same one again is the same word.
	ID string
	// At is when it was written, by the carrier's clock; zero is now.
	At      time.Time
	Verdict Verdict
}

// Verdict is what the words were found to mean, by whoever reads them.
type Verdict uint8

// The verdicts.
const (
	// None: it is for the team to read.
	None Verdict = iota
	// Stop and Start are about every message to this address; Help asks who writes.
	Stop
	Start
	Help
	// Unsure: it may have meant stop.
	Unsure
	// Crisis: the writer may be in danger.
	Crisis
)

// String names the verdict for people.
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

// Answer is what to tell the writer at once, on the same channel; no text is nothing.
type Answer struct{ Text string }
