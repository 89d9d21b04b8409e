package sms

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"attune/core/id"
	"attune/internal/delivery"
	"attune/internal/outbound"
)

// outcome is how far one attempt came.
type outcome struct {
	// waited tells that the time was over before a connection was free.
	waited bool
	// began tells that some of the text was given to a connection.
	began bool
	// status is the carrier's, or 0 without an answer; code is Twilio's own, and sid the message's id.
	status, code int
	sid          string
	retryAfter   string
	// err is for judging only. It may hold the address, so it is not shown or unwrapped.
	err error
}

func (o outcome) taken() bool {
	return o.status == http.StatusCreated || o.status >= 200 && o.status < 300 && o.sid != ""
}

func (o outcome) receipt() delivery.Receipt {
	if !o.taken() {
		return delivery.Receipt{}
	}
	return delivery.Receipt{Reference: o.sid}
}

// How long to wait where the carrier does not say.
const (
	shortWait = 10 * time.Second
	wait      = time.Minute
	// repairWait is for what somebody has to repair in the set-up.
	repairWait = 5 * time.Minute
	longest    = time.Hour
)

// judge turns where an attempt ended into what should happen next.
//
//	no answer, and nothing of the text was sent          RetryAfter
//	no answer, and some of it was                        Uncertain
//	201, or 2xx with a message's id                      taken
//	another 2xx, 1xx, 5xx                                Uncertain
//	3xx, 401, 403, 404, 405, 407                         RetryAfter: the set-up is wrong, not the message
//	408, 425, 429                                        RetryAfter, as the carrier asks
//	another 4xx with a code of the set-up or for later   RetryAfter
//	another 4xx                                          Permanent
func (o outcome) judge(attempt id.Key) error {
	if o.taken() {
		return nil
	}
	said := fmt.Errorf("sms attempt %s: %s", attempt, o.reason())
	if cause := o.interruption(); cause != nil {
		said = fmt.Errorf("%w (%w)", said, cause)
	}
	switch {
	case o.waited:
		return delivery.RetryAfter(said, shortWait)
	case o.status == 0 && !o.began:
		return delivery.RetryAfter(said, wait)
	case o.status == 0, o.status < 300, o.status >= 500:
		return delivery.Uncertain(said)
	case o.status == http.StatusTooManyRequests, o.status == http.StatusRequestTimeout, o.status == http.StatusTooEarly:
		return delivery.RetryAfter(said, o.asked(shortWait))
	}
	switch codes()[o.code] {
	case forNow:
		return delivery.RetryAfter(said, o.asked(wait))
	case setUp:
		return delivery.RetryAfter(said, repairWait)
	case forGood, thisText:
		return delivery.PermanentFor(said, strconv.Itoa(o.code))
	}
	switch o.status {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusProxyAuthRequired:
		return delivery.RetryAfter(said, repairWait)
	}
	if o.status < 400 {
		return delivery.RetryAfter(said, repairWait)
	}
	return delivery.Permanent(said)
}

// meaning is what a code of the carrier's says about trying again.
type meaning uint8

const (
	// forGood: this number gets no text.
	forGood meaning = iota + 1
	// thisText: this number does not get this text, or not from this sender; another one it may.
	thisText
	// forNow: it may later.
	forNow
	// setUp: nobody will get anything until somebody repairs the account or the configuration.
	setUp
)

// codes are Twilio's error codes that say more than their status, both in answers and in status
// callbacks (twilio.com/docs/api/errors). Those of the 30000s are about delivery.
func codes() map[int]meaning {
	return map[int]meaning{
		20003: setUp,    // the login is wrong
		20005: setUp,    // the account is not active
		20008: setUp,    // a login for tests
		20404: setUp,    // no such account
		20429: forNow,   // too many requests
		21211: forGood,  // no such number
		21212: setUp,    // no such sender
		21214: forGood,  // the number cannot be reached
		21217: forGood,  // the number is not well-formed
		21265: forGood,  // a short code cannot be written to
		21408: thisText, // not allowed to write to that country
		21602: thisText, // there is no text
		21603: setUp,    // there is no sender
		21604: thisText, // there is no number
		21606: setUp,    // the sender is not ours
		21608: setUp,    // a trial account writes to verified numbers only
		21609: setUp,    // the callback's address is wrong
		21610: forGood,  // the recipient has opted out at the carrier
		21611: forNow,   // the sender's queue is full
		21612: forGood,  // there is no way from this sender to this number
		21614: forGood,  // not a mobile number
		21617: thisText, // too long
		21619: thisText, // there is no text
		21635: forGood,  // a landline
		21654: setUp,    // the sender is not known
		21659: setUp,    // the sender is not ours
		21660: setUp,    // the sender is another account's
		21661: setUp,    // the sender cannot send texts
		21701: setUp,    // there is no such messaging service
		21703: setUp,    // the messaging service has no sender
		21704: setUp,    // the messaging service is not ready
		21705: setUp,    // the messaging service's id is wrong
		21710: forNow,   // the messaging service is being changed
		30001: forNow,   // the queue was full or the text stood in it too long
		30002: setUp,    // the account is suspended
		30003: forNow,   // the telephone is off or out of reach
		30004: forGood,  // the recipient blocks texts
		30005: forGood,  // no such number any more
		30006: forGood,  // a landline, or a carrier that cannot be reached
		30007: thisText, // filtered as unwanted
		30008: forNow,   // unknown error
		30009: forNow,   // a segment is missing
		30010: thisText, // above the highest price
		30011: thisText, // no pictures in that network
		30017: forNow,   // the network is congested
		30018: thisText, // the network wants a registered sender
		30019: thisText, // too large for the telephone
		30022: forNow,   // too many at once for the registered campaign
		30023: forNow,   // too many today for the registered brand
		30024: setUp,    // the number is not provisioned
		30027: forNow,   // too many today for the network
		30032: setUp,    // the toll-free number is not verified
		30033: setUp,    // the registered campaign is suspended
		30034: setUp,    // the number has no registered campaign
		30035: setUp,    // the sender was registered for another service
		30036: forNow,   // it was not passed on within its time
		30037: setUp,    // outgoing messages are switched off
		30038: thisText, // a one-time code to an unwanted destination
		30039: forNow,   // a loop was broken
		30040: setUp,    // the sender's name is not registered in that country
		30041: setUp,    // the sender's name is not the registered one
		30044: thisText, // a trial account's text is too long
		30410: forNow,   // the provider took too long
		30450: forGood,  // the telephone's owner blocked the sender
	}
}

// asked is how long the carrier asks to wait, or a time of ours where it does not say. It writes seconds.
func (o outcome) asked(otherwise time.Duration) time.Duration {
	seconds, err := strconv.ParseUint(strings.TrimSpace(o.retryAfter), 10, 31)
	if err != nil || seconds == 0 {
		return otherwise
	}
	return min(time.Duration(seconds)*time.Second, longest)
}

// interruption is the end of the context or of the time, which callers may look for.
func (o outcome) interruption() error {
	for _, e := range []error{context.Canceled, context.DeadlineExceeded, os.ErrDeadlineExceeded} {
		if errors.Is(o.err, e) {
			return e
		}
	}
	return nil
}

// reason says what happened without any words of the carrier's and without an address.
func (o outcome) reason() string {
	switch {
	case o.status != 0 && o.code != 0:
		return fmt.Sprintf("the carrier answered %d with code %d", o.status, o.code)
	case o.status != 0:
		return fmt.Sprintf("the carrier answered %d", o.status)
	case o.waited:
		return "no connection became free in time"
	}
	err := o.err
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if refused, ok := errors.AsType[*outbound.Refused](err); ok {
		return refused.Error()
	}
	if errors.Is(err, context.Canceled) {
		return "cancelled"
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() || errors.Is(err, context.DeadlineExceeded) {
		return "the carrier did not answer in time"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the carrier's certificate is not valid"
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "the carrier's name is not known"
	}
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		return "the carrier cannot be reached"
	}
	return "the connection to the carrier broke off"
}
