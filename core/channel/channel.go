// Package channel knows the ways of reaching a person: their names in programs, where each finds its
// address, whether people or machines carry it, and how contacts rank where they compete for one.
//
// It decides nothing about a person and knows no carrier. Start at [Names].
package channel

import "slices"

// The channels, as programs name them.
const (
	Email  = "email"
	SMS    = "sms"
	Push   = "push"
	Letter = "letter"
	Portal = "portal"
	Call   = "call"
	Visit  = "visit"
)

// Names are all channels.
func Names() []string { return []string{Email, SMS, Push, Letter, Portal, Call, Visit} }

// Human tells whether people carry it: their hours are few, so contacts are ranked for them.
func Human(name string) bool { return name == Call || name == Visit }

// Open tells whether whoever holds the address reads what comes there: an inbox, a telephone's texts and notices. Letters are
// sealed, a portal asks who comes, and people ask whom they speak to.
func Open(name string) bool { return name == Email || name == SMS || name == Push }

// Addresses are the traits that can hold the channel's address, the one that counts first. A trait of
// the channel's own name always comes first; none means that the channel needs no address.
func Addresses(name string) []string {
	switch name {
	case SMS:
		return []string{SMS, "mobile", "phone"}
	case Call:
		return []string{Call, "phone", "mobile"}
	case Letter:
		return []string{Letter, "street"}
	case Visit:
		return nil
	}
	return []string{name}
}

// Point names the kind of contact point behind a channel, so that one telephone number is one point
// whether it is written to or called.
func Point(name string) string {
	if name == Call || name == SMS {
		return "phone"
	}
	return name
}

// Class ranks contacts where they compete for what carries them: a recall does not wait behind a
// newsletter.
type Class uint8

// The classes; [Classes] has their order. The zero class is Service.
const (
	Service Class = iota
	Promotional
	Clinical
	Safety
)

// Classes are all classes, the most urgent first.
func Classes() []Class { return []Class{Safety, Clinical, Service, Promotional} }

// Before tells whether c goes before another class.
func (c Class) Before(other Class) bool {
	return slices.Index(Classes(), c) < slices.Index(Classes(), other)
}

// String names the class as people do.
func (c Class) String() string {
	switch c {
	case Service:
		return "service"
	case Promotional:
		return "promotional"
	case Clinical:
		return "clinical"
	case Safety:
		return "safety"
	}
	return "unknown"
}
