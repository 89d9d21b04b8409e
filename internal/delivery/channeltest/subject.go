package channeltest

import (
	"fmt"

	"attune/core/id"
	"attune/internal/delivery"
)

// Subject is a channel under test, with its carrier.
type Subject struct {
	Channel delivery.Channel
	// Address writes the n-th address as this channel writes addresses; nil means by email.
	Address func(n int) string
	// Reads tells what the reader sees of a message where the carrier cannot show all of it, and whether
	// the carrier can carry it at all; where it cannot, the channel refuses it for good. Nil means that
	// everything arrives unchanged.
	Reads func(m delivery.Message) (seen delivery.Message, ok bool)
	// Delivered lists what the carrier has taken responsibility for so far, in any order, as its
	// reader would see it: decoded, with lines ending in "\n". A carrier of lines may end the last one.
	Delivered func() ([]Delivered, error)
	// Make holds, for each fault that the carrier can be made to have, how it starts. One fault is
	// asked for at a time.
	Make map[Fault]func()
	// Heal ends the fault. It is needed where Make has entries.
	Heal func()
	// Cannot gives the reason for each fault that Make does not have.
	Cannot map[Fault]string
}

// Delivered is one message at the carrier.
type Delivered struct {
	Attempt           id.Key
	To, Subject, Body string
}

// Fault is a way for a carrier to fail.
type Fault string

const (
	// RefuseForGood: the carrier answers that it will never take such a message.
	RefuseForGood Fault = "refuse for good"
	// RefuseForNow: the carrier answers that it cannot take the message now.
	RefuseForNow Fault = "refuse for now"
	// RefuseToConnect: the carrier cannot be reached at all.
	RefuseToConnect Fault = "refuse to connect"
	// DieBeforeTaking: the carrier goes away before it saw the message's text.
	DieBeforeTaking Fault = "die before taking"
	// DieAfterTaking: the carrier takes the whole message and goes away before it answers.
	DieAfterTaking Fault = "die after taking"
	// Stall: the carrier is there, takes nothing, and does not answer until it is healed.
	Stall Fault = "stall"
)

func faults() []Fault {
	return []Fault{RefuseForGood, RefuseForNow, RefuseToConnect, DieBeforeTaking, DieAfterTaking, Stall}
}

// declared tells whether every fault is either arranged or explained, and not both.
func (s Subject) declared() error {
	for _, f := range faults() {
		switch {
		case s.Make[f] == nil && s.Cannot[f] == "":
			return fmt.Errorf("the carrier is neither made to %s nor is it said in Cannot why it cannot be", f)
		case s.Make[f] != nil && s.Cannot[f] != "":
			return fmt.Errorf("the carrier can be made to %s, yet Cannot says that it cannot", f)
		}
	}
	if len(s.Make) > 0 && s.Heal == nil {
		return fmt.Errorf("a carrier that can be made to fail needs Heal")
	}
	if s.Channel == nil || s.Delivered == nil {
		return fmt.Errorf("a subject needs its Channel and Delivered")
	}
	can := s.Channel.Can()
	if can.Name == "" {
		return fmt.Errorf("the channel has no name")
	}
	if _, ok := s.Channel.(delivery.Finder); can.Finds && !ok {
		return fmt.Errorf("%s claims to find attempts and is no Finder", can.Name)
	}
	return nil
}

func (s Subject) address(n int) string {
	if s.Address != nil {
		return s.Address(n)
	}
	return fmt.Sprintf("reader%d@example.org", n)
}

// seen is what the reader sees of a message, and whether it can arrive.
func (s Subject) seen(m delivery.Message) (delivery.Message, bool) {
	if s.Reads == nil {
		return m, true
	}
	return s.Reads(m)
}

// at counts the deliveries of one attempt and returns one of them.
func (s Subject) at(attempt id.Key) (d Delivered, n int, err error) {
	all, err := s.Delivered()
	if err != nil {
		return d, 0, fmt.Errorf("ask the carrier what it has: %w", err)
	}
	for _, x := range all {
		if x.Attempt == attempt {
			d, n = x, n+1
		}
	}
	return d, n, nil
}
