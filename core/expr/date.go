package expr

import (
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"

	"attune/core/instant"
)

// Date gives an instant out of what is known of a person; false where it is not known.
type Date func(*Facts) (instant.Time, bool)

// Date compiles an expression for an instant, and tells the events that may change it.
//
//	last("appointment.booked.start")
func (c *Compiler) Date(src string) (date Date, events []string, problems []Problem) {
	u := c.unit(src, scope{person: true})
	u.compile(c.states, types.TimestampType, func(root ast.Expr) {
		at := u.number(root)
		date = func(f *Facts) (instant.Time, bool) {
			ms, ok := at(input{facts: f})
			return instant.Time(ms), ok
		}
	})
	if len(u.problems) > 0 {
		return nil, nil, inOrder(u.problems)
	}
	return date, u.mentions, nil
}

// EntryField tells whether a source names a field of the event that began something, "entry.start",
// and which.
func EntryField(src string) (field string, ok bool) {
	return strings.CutPrefix(strings.TrimSpace(src), "entry.")
}
