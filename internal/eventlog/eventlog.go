package eventlog

import (
	"context"
	"errors"
	"fmt"

	"attune/core/id"
	"attune/core/instant"
)

// What can go wrong besides the context's end. Errors of a log wrap one of these.
var (
	// ErrBroken means that a write failed and that the log takes no more until it is opened again.
	// Whether the entries of the failed write are kept shows then.
	ErrBroken = errors.New("log is broken")
	// ErrCorrupt means that what was read is not what was written.
	ErrCorrupt = errors.New("log is corrupt")
	// ErrTrimmed means that entries after the asked position are forgotten: going on would skip them.
	ErrTrimmed = errors.New("log is trimmed past this position")
	// ErrClosed means that Close was called.
	ErrClosed = errors.New("log is closed")
)

// Position counts entries: the first entry appended is 1; 0 is before all.
type Position int64

// Entry is one thing that was accepted.
type Entry struct {
	// Person is whose order the entry belongs to.
	Person id.Person
	// At is when the log took it. An At below the newest one is raised to it.
	At instant.Time
	// Body is sealed and opaque here.
	Body []byte
}

// Record is an entry and its place.
type Record struct {
	Entry
	Position Position
}

// Log is an append-only list of entries. It is safe for concurrent use.
type Log interface {
	// Append makes the entries durable together, next to each other and in order, or none of them,
	// and returns the position of the last; without entries it returns Last. It keeps neither the
	// slice nor the bodies. When ctx ends while the entries are waiting, none is appended and the
	// context's error is returned; once they are being written the outcome is awaited. It returns
	// ErrBroken after a failed write, and an error for an entry without a person or at instant.Never.
	Append(ctx context.Context, entries []Entry) (Position, error)
	// Read returns up to max records after the position, in order, and none when there is nothing
	// newer. It may return fewer than there are, but at least one if there is one. The bodies belong
	// to the caller. It returns ErrTrimmed when the entry right after the position is forgotten
	// (First()-1 is the earliest position to read after), and ErrCorrupt, naming a position, for
	// entries that cannot be read as they were written; records before them are returned first.
	Read(ctx context.Context, after Position, max int) ([]Record, error)
	// Last is the position of the newest durable entry, 0 for a log that never had one.
	Last() Position
	// First is the position of the oldest entry kept; Last()+1 when none is.
	First() Position
	// Wait returns nil when there is something after the position, the context's error when ctx ends
	// before, and ErrClosed when the log is closed.
	Wait(ctx context.Context, after Position) error
	// Trim forgets entries up to and including the position, at most all there are. Positions go on
	// as if they were still there. Trimming what is trimmed is harmless.
	Trim(ctx context.Context, upTo Position) error
	// Close ends the log; waiting Appends and Waits return ErrClosed. Closing twice is harmless.
	Close() error
}

// Check returns an error for entries that no log takes: without a person, or at instant.Never,
// after which time could not go on.
func Check(entries []Entry) error {
	for i, e := range entries {
		switch {
		case e.Person.IsZero():
			return fmt.Errorf("append entry %d of %d: it has no person", i+1, len(entries))
		case e.At == instant.Never:
			return fmt.Errorf("append entry %d of %d: its time is never", i+1, len(entries))
		}
	}
	return nil
}
