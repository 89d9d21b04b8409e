// Package ticket writes what a message carries so that whatever comes back because of it (a delivery
// report, a bounce, an unsubscription) is known to be about this touch of this person, and to be true.
//
// A ticket is short enough for the local part of an address, survives a change of case, and holds
// opaque ids only. Whoever has one can do what its kind is for and nothing else; nobody can make one
// without the organisation's secret. It keeps no list and opens nothing: see [Tickets.Read].
package ticket

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"slices"
	"strings"

	"attune/core/id"
)

// Kind tells what a ticket is for.
type Kind byte

// The kinds. Their numbers are part of tickets that were sent: they never change.
const (
	// Unsubscribe takes back consent to the touch's purpose on its channel.
	Unsubscribe Kind = 1
	// Callback reports what became of one attempt.
	Callback Kind = 2
	// Bounce is the return path of an email.
	Bounce Kind = 3
)

// Ticket names one attempt at one touch of a person.
type Ticket struct {
	Kind   Kind
	Person id.Person
	// Touch is the beginning of the touch's id: enough to know it among one person's touches.
	Touch [8]byte
	// Attempt is the attempt's number, from 1.
	Attempt uint8
}

// For makes the ticket of a touch.
func For(k Kind, p id.Person, touch id.Key, attempt uint8) Ticket {
	return Ticket{Kind: k, Person: p, Touch: [8]byte(touch[:8]), Attempt: attempt}
}

// Of tells whether the ticket is about this touch.
func (t Ticket) Of(touch id.Key) bool { return t.Touch == [8]byte(touch[:8]) }

// Tickets writes and reads the tickets of one organisation.
type Tickets struct{ secret []byte }

// New takes the organisation's secret for tickets.
func New(secret []byte) Tickets { return Tickets{secret: slices.Clone(secret)} }

const (
	bodyLen = 1 + len(id.Person{}) + 8 + 1
	macLen  = 10 // of HMAC-SHA-256: 80 bits, with no way to try many at once
)

// Write makes the ticket's text: 58 small letters and digits.
func (t Tickets) Write(of Ticket) string {
	b := make([]byte, 0, bodyLen+sha256.Size)
	b = append(b, byte(of.Kind))
	b = append(b, of.Person[:]...)
	b = append(b, of.Touch[:]...)
	b = append(b, of.Attempt)
	return strings.ToLower(encoding().EncodeToString(append(b, t.mac(b)...)))
}

// ErrForged means that the text is no ticket of this organisation, or one of another kind.
var ErrForged = errors.New("it is not a ticket of ours")

// Read checks a ticket's text. It returns ErrForged for everything that Write did not make for this
// kind.
func (t Tickets) Read(k Kind, text string) (Ticket, error) {
	b, err := encoding().DecodeString(strings.ToUpper(text))
	if err != nil || len(b) != bodyLen+macLen || !hmac.Equal(b[bodyLen:], t.mac(b[:bodyLen])) || Kind(b[0]) != k {
		return Ticket{}, ErrForged
	}
	of := Ticket{Kind: k, Attempt: b[bodyLen-1]}
	copy(of.Person[:], b[1:])
	copy(of.Touch[:], b[1+len(of.Person):])
	return of, nil
}

func (t Tickets) mac(b []byte) []byte {
	h := hmac.New(sha256.New, t.secret)
	h.Write(b)
	return h.Sum(nil)[:macLen]
}

func encoding() *base32.Encoding { return base32.StdEncoding.WithPadding(base32.NoPadding) }
