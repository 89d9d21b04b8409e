package ticket_test

import (
	"strings"
	"testing"

	"attune/core/id"
	"attune/internal/ticket"
)

// Nothing but what was written is a ticket, and what is one is written as it was read.
func FuzzRead(f *testing.F) {
	ours := ticket.New([]byte("our secret"))
	of := ticket.For(ticket.Bounce, id.Person{7, 7}, id.Key{1, 2, 3}, 3)
	f.Add(ours.Write(of))
	f.Add(strings.ToUpper(ours.Write(of)))
	f.Add("../../etc/passwd")
	f.Fuzz(func(t *testing.T, text string) {
		for _, k := range []ticket.Kind{ticket.Bounce, ticket.Unsubscribe} {
			got, err := ours.Read(k, text)
			if err == nil && (k != ticket.Bounce || got != of) {
				t.Errorf("%q is a ticket %v", text, got)
			}
		}
	})
}
