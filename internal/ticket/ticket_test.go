package ticket_test

import (
	"errors"
	"strings"
	"testing"

	"attune/core/id"
	"attune/internal/ticket"
)

func TestTickets(t *testing.T) {
	t.Parallel()
	ours, theirs := ticket.New([]byte("our secret")), ticket.New([]byte("their secret"))
	touch := id.Key{1, 2, 3, 4, 5, 6, 7, 8, 9}
	of := ticket.For(ticket.Bounce, id.Person{7, 7}, touch, 3)
	text := ours.Write(of)
	if len(text) > 60 || text != strings.ToLower(text) {
		t.Errorf("%q does not fit into an address of mail", text)
	}
	for _, read := range []string{text, strings.ToUpper(text)} {
		if got, err := ours.Read(ticket.Bounce, read); err != nil || got != of || !got.Of(touch) || got.Of(id.Key{1}) {
			t.Errorf("%q reads as %v, %v", read, got, err)
		}
	}
	for why, try := range map[string]func() (ticket.Ticket, error){
		"another kind":     func() (ticket.Ticket, error) { return ours.Read(ticket.Unsubscribe, text) },
		"another's":        func() (ticket.Ticket, error) { return theirs.Read(ticket.Bounce, text) },
		"nothing":          func() (ticket.Ticket, error) { return ours.Read(ticket.Bounce, "") },
		"no base 32":       func() (ticket.Ticket, error) { return ours.Read(ticket.Bounce, text[:len(text)-1]+"!") },
		"a longer one":     func() (ticket.Ticket, error) { return ours.Read(ticket.Bounce, text+"aaaaaaaa") },
		"half of a ticket": func() (ticket.Ticket, error) { return ours.Read(ticket.Bounce, text[:32]) },
	} {
		if _, err := try(); !errors.Is(err, ticket.ErrForged) {
			t.Errorf("%s is taken for a ticket", why)
		}
	}
	for i := range len(text) - 1 { // the last letter holds unused bits
		b := []byte(text)
		b[i] = "ab"[map[bool]int{true: 1, false: 0}[b[i] == 'a']]
		if got, err := ours.Read(ticket.Bounce, string(b)); err == nil {
			t.Errorf("letter %d was changed and it reads as %v", i, got)
		}
	}
}
