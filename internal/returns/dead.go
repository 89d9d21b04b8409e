package returns

import (
	"regexp"
	"slices"

	"attune/internal/contact"
)

// NoSuchAddress is the code for adapters whose carriers name a dead address in a way of their own.
const NoSuchAddress = "no_such_address"

// deadly tells whether a report means that its address must not be used any more, and why.
func deadly(r *Report) (contact.Why, bool) {
	switch {
	case r.What == Complained:
		return contact.Complaint, true
	case r.What == Failed && r.Code == optedOut:
		return contact.Stop, true
	case r.What == Failed && r.Permanent && dead(r.Code):
		return contact.Bounce, true
	}
	return "", false
}

// optedOut is how Twilio names a number whose owner said stop to it and not to us.
const optedOut = "21610"

// dead tells whether a code means that the address itself is dead. A refusal for any other reason (a full
// mailbox, a policy, the text) says nothing about the address.
func dead(code string) bool {
	if m := regexp.MustCompile(`\b5\.\d{1,3}\.\d{1,3}\b`).FindString(code); m != "" {
		return slices.Contains([]string{
			"5.1.1",  // no such mailbox
			"5.1.2",  // no such system
			"5.1.3",  // not an address
			"5.1.6",  // the mailbox moved, nobody knows whereto
			"5.1.10", // the domain takes no mail
			"5.2.1",  // the mailbox is closed
		}, m)
	}
	return slices.Contains([]string{
		NoSuchAddress,
		"550", "551", "553", // SMTP without an enhanced code: no such mailbox, not here, not an address
		"21211", "21614", // Twilio: not a number, not a mobile
		"30005", "30006", // Twilio: unknown, a landline
	}, code)
}
