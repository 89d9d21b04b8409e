// Package eventlog is the durable order of what was taken in, one order per person.
package eventlog

import (
	"context"

	"attune/core/id"
	"attune/core/instant"
)

// Position is a place in the log; the first entry has 1.
type Position int64

// Entry is one sealed event of one person.
type Entry struct {
	Person id.Person
	At     instant.Time
	Body   []byte
}

// Log appends entries durably.
type Log interface {
	// Append stores the entries together, in this order, or nothing. They are durable when it
	// returns; the position is that of the last.
	Append(ctx context.Context, entries []Entry) (Position, error)
}
