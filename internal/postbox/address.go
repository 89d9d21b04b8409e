package postbox

import (
	"strings"

	"attune/internal/ticket"
)

// Addresses are those of a domain whose mail comes here.
type Addresses struct {
	Domain  string
	Tickets ticket.Tickets
}

// The local parts. A ticket has 58 characters and a local part may have 64, so these are short.
const (
	bouncePart      = "b+"
	unsubscribePart = "u+"
	complaintsPart  = "complaints"
	abusePart       = "abuse"
)

// Bounces is the return address of the letter that carries this ticket.
func (a Addresses) Bounces(ticket string) string { return bouncePart + ticket + "@" + a.Domain }

// Unsubscribe takes mail that asks for no more of what carried this ticket.
func (a Addresses) Unsubscribe(ticket string) string {
	return unsubscribePart + ticket + "@" + a.Domain
}

// Complaints takes the complaints about all letters.
func (a Addresses) Complaints() string { return complaintsPart + "@" + a.Domain }

// box is what an address stands for: a ticket of one kind, or with kind 0 the complaints.
type box struct {
	kind ticket.Kind
	of   ticket.Ticket
}

// find tells what an address stands for; false for one that is not ours.
func (a Addresses) find(address string) (b box, ours bool) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 || !strings.EqualFold(strings.TrimSuffix(address[at+1:], "."), a.Domain) {
		return b, false
	}
	local := strings.ToLower(address[:at])
	if local == complaintsPart || local == abusePart {
		return b, true
	}
	b.kind = ticket.Bounce
	text, ours := strings.CutPrefix(local, bouncePart)
	if !ours {
		b.kind = ticket.Unsubscribe
		if text, ours = strings.CutPrefix(local, unsubscribePart); !ours {
			return b, false
		}
	}
	var err error
	b.of, err = a.Tickets.Read(b.kind, text)
	return b, err == nil
}

// named finds the ticket of ours among texts that look like tickets. A letter's link tells which letter
// it is as well as its return address does.
func (a Addresses) named(texts []string) (ticket.Ticket, bool) {
	for _, text := range texts {
		for _, k := range []ticket.Kind{ticket.Bounce, ticket.Unsubscribe} {
			if t, err := a.Tickets.Read(k, text); err == nil {
				t.Kind = ticket.Bounce
				return t, true
			}
		}
	}
	return ticket.Ticket{}, false
}
