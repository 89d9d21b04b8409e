package delivery

import (
	"context"
	"errors"
	"time"

	"attune/core/channel"
	"attune/core/id"
)

// Channel hands messages to whatever carries them: a mail server, a provider's API, the capture box.
// One call is one attempt. Implementations keep no order and decide nothing: whether the message may
// go was settled by the gate before the call.
type Channel interface {
	// Can tells what this channel promises; the shared suite holds it to that.
	Can() Capabilities
	// Send hands one message over. A nil error means the carrier has taken responsibility for it.
	// Otherwise the error is one of [Permanent], [RetryAfter] or [Uncertain]; any other error is
	// treated as Uncertain, since nothing is known. Send obeys ctx and returns within its deadline.
	Send(ctx context.Context, m Message) (Receipt, error)
}

// Capabilities is what a channel promises.
type Capabilities struct {
	// Name is the channel's name in programs, such as "email".
	Name string
	// Idempotent: sending the same attempt twice hands it over once.
	Idempotent bool
	// Finds: the channel can be asked what became of an attempt; it then implements [Finder].
	Finds bool
}

// Finder is asked about attempts whose outcome was lost, for example in a crash.
type Finder interface {
	// Find tells whether the attempt was taken. found=false means that it never was and never will be.
	Find(ctx context.Context, attempt id.Key) (r Receipt, found bool, err error)
}

// Message is one touch made ready for its carrier.
type Message struct {
	Person  id.Person
	Touch   id.Key
	Attempt id.Key
	Channel string
	// To is the address, as the channel writes addresses.
	To string
	// Language is a BCP 47 tag.
	Language string
	// Subject and Body are rendered, final text.
	Subject, Body string
	// At is when the gate let it pass.
	At time.Time
	// Number is the attempt's number among those of its touch, from 1; tickets name an attempt by it.
	Number uint8
	// Ticket is what a report about this attempt has to carry. It is empty where nobody reads reports.
	Ticket string
	// Purpose is what its reader consented to, and Class what it is beside other contacts.
	Purpose string
	Class   channel.Class
	// Program and Engagement say what it is, Value what it is worth within its class, and Expires until
	// when it is of use, to those who do not pass it on at once.
	Program, Engagement string
	Value               float64
	Expires             time.Time
	// Unsubscribe is the https address at which its reader takes back consent to its purpose on its
	// channel. It is empty where nobody can: what must be said, what is about safety, and where no public
	// address is known.
	Unsubscribe string
}

// Receipt is the carrier's word.
type Receipt struct {
	// Reference is the carrier's own name for the message, if it gave one.
	Reference string
}

// Permanent says that the carrier refused the message and would refuse it again.
func Permanent(err error) error { return &outcome{err: err, kind: permanent} }

// PermanentFor is Permanent with the carrier's own code for why, for those who know what it says of the
// address; see [Config.Refused].
func PermanentFor(err error, code string) error {
	return &outcome{err: err, kind: permanent, code: code}
}

// RetryAfter says that the carrier did not take the message and may take it later.
func RetryAfter(err error, wait time.Duration) error {
	return &outcome{err: err, kind: retry, wait: wait}
}

// Uncertain says that nobody knows whether the carrier took the message. It is never sent again
// blindly.
func Uncertain(err error) error { return &outcome{err: err, kind: uncertain} }

type kind uint8

const (
	uncertain kind = iota
	permanent
	retry
)

type outcome struct {
	err  error
	kind kind
	wait time.Duration
	code string
}

func (o *outcome) Error() string { return o.err.Error() }
func (o *outcome) Unwrap() error { return o.err }

// IsPermanent tells an error made by Permanent.
func IsPermanent(err error) bool { return kindOf(err) == permanent }

// RefusedFor is the carrier's own code for why it refused; empty where it gave none.
func RefusedFor(err error) string {
	var o *outcome
	if errors.As(err, &o) {
		return o.code
	}
	return ""
}

// IsRetry tells an error made by RetryAfter, and how long to wait.
func IsRetry(err error) (time.Duration, bool) {
	var o *outcome
	if errors.As(err, &o) && o.kind == retry {
		return o.wait, true
	}
	return 0, false
}

func kindOf(err error) kind {
	var o *outcome
	if errors.As(err, &o) {
		return o.kind
	}
	return uncertain
}
