package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"attune/core/id"
	"attune/core/instant"
)

// What can go wrong besides the context's end. Errors of a store wrap one of these, or come from
// the database.
var (
	// ErrConflict means that the store is not where the caller believes it to be: drop what was
	// computed and read again. Nothing was changed.
	ErrConflict = errors.New("store has moved")
	// ErrCorrupt means that what was read is not what was written.
	ErrCorrupt = errors.New("store is corrupt")
	// ErrRowTaken means that two people's ids have the same id.Person.Row.
	ErrRowTaken = errors.New("row is taken by another person")
	// ErrReadOnly means that the store was opened for reading.
	ErrReadOnly = errors.New("store is open for reading only")
	// ErrClosed means that Close was called.
	ErrClosed = errors.New("store is closed")
)

// Row is one person's state as stored.
type Row struct {
	Person id.Person
	// Version counts the person's states; 0 is a person not stored yet.
	Version uint64
	// Wake is when the person must next be stepped though nothing happens; instant.Never for never.
	Wake instant.Time
	// Due is when delivery must next look at this person; instant.Never for never.
	Due instant.Time
	// Notable tells that a human may have something to do about this person. Notable finds such rows; Load, Page and Each leave it false.
	Notable bool
	// Blob is the state, sealed and opaque here.
	Blob []byte
}

// Tally is a live counter kept in the commit.
type Tally struct {
	// Key names what is counted, such as "events/app/medication.dispensed".
	Key string
	// Add is what a batch adds; what a store returns is the sum.
	Add int64
}

// Touch says whose a touch is.
type Touch struct {
	ID     id.Key
	Person id.Person
}

// Start is the beginning of the touch's id, which is what is kept of it.
func (t Touch) Start() uint64 { return binary.BigEndian.Uint64(t.ID[:]) }

// Forward says whose record somebody's became part of.
type Forward struct {
	// To is zero for one that stands for itself again.
	From, To id.Person
}

// Mark says how far the state has come.
type Mark struct {
	// Frame is the newest history frame that the state contains.
	Frame int64
	// Log is the log position that frame ended at.
	Log int64
}

// Batch is what one commit changes.
type Batch struct {
	// From is the mark the batch was computed from; To is where it leads, at least a frame further.
	From, To Mark
	// Rows are the people who changed, in any order, each once.
	Rows []Row
	// Tallies are added to the counters, in any order; a key may occur more than once.
	Tallies []Tally
	// Touches are those that came about, in any order; one that is there already changes nothing.
	Touches []Touch
	// Forwards are what changed of whose record is part of whose, in order.
	Forwards []Forward
}

// People keeps the present state of everyone. It is safe for concurrent use; there is one committer.
type People interface {
	// Load returns the rows of these people, in the order asked; a person without a row comes back
	// with Version 0, nil Blob and never waking or due. The blobs belong to the caller. What a Commit
	// did is seen by every Load that begins after it returned; a Load beside a Commit may see some of
	// its rows and not others.
	Load(ctx context.Context, people []id.Person) ([]Row, error)
	// Commit stores all of the batch or nothing. It returns ErrConflict when the stored mark is not
	// batch.From; ErrRowTaken when a row belongs to another person; and an error for a batch that
	// Check refuses. Committing the batch that was last committed again is harmless and reports no
	// error; another batch between the same marks is a conflict. ctx is looked at before the start; a
	// commit begun is finished. After a failure of the database the batch may be stored or not:
	// committing it again tells.
	Commit(ctx context.Context, batch Batch) error
	// Mark returns how far the state has come; the zero Mark before the first commit.
	Mark(ctx context.Context) (Mark, error)
	// Waking calls f for every person with a wake or a due, at the start of a server, in no
	// particular order and from one goroutine at a time. An error of f ends it and is returned.
	Waking(ctx context.Context, f func(p id.Person, wake, due instant.Time) error) error
	// Each calls f for every row in the order of id.Person.Row. It is not a snapshot: a row is as it
	// was when it was reached. The blob is f's to keep. An error of f ends it and is returned.
	Each(ctx context.Context, f func(Row) error) error
	// Page returns up to max rows after a row number, in the order of id.Person.Row, each as it is now;
	// fewer when there are no more. The blobs belong to the caller.
	Page(ctx context.Context, after int64, max int) ([]Row, error)
	// Notable returns up to max rows after a row number that are notable, in the order of id.Person.Row, each as it is now. A row that was stored
	// before there were such marks counts as one until it is stored again.
	Notable(ctx context.Context, after int64, max int) ([]Row, error)
	// Touched returns whose the touches are whose starts lie between two, both included, up to so many.
	Touched(ctx context.Context, from, to uint64, most int) ([]id.Person, error)
	// Forwards returns whose record is part of whose, in the order of id.Person.Row.
	Forwards(ctx context.Context) ([]Forward, error)
	// Forget removes these people's rows, which touches were theirs, and whose record is part of whose where one of them is
	// in it, and adds to the counters; the mark stays. Who has no row is passed over, and then counters that take them out
	// must not be given.
	Forget(ctx context.Context, people []id.Person, tallies []Tally) error
	// Tallies returns the counters whose keys begin with the prefix, sorted by key.
	Tallies(ctx context.Context, prefix string) ([]Tally, error)
	// Close ends the store. Closing twice is harmless.
	Close() error
}

// Check returns an error for a batch that no store takes: one that leads nowhere, or a row without
// a person, version or blob. A person twice in a batch is an error too, found by the store.
func (b Batch) Check() error {
	if b.To.Frame <= b.From.Frame || b.To.Log < b.From.Log {
		return fmt.Errorf("batch leads from %s to %s", b.From, b.To)
	}
	for i, r := range b.Rows {
		switch {
		case r.Person.IsZero():
			return fmt.Errorf("row %d of %d has no person", i+1, len(b.Rows))
		case r.Version == 0 || r.Blob == nil:
			return fmt.Errorf("row of %s has no state", r.Person)
		}
	}
	return nil
}

// String writes the mark as "frame 12, log 3456".
func (m Mark) String() string { return fmt.Sprintf("frame %d, log %d", m.Frame, m.Log) }

// Frame is what one commit did, written before it: the command log from which state can be rebuilt.
type Frame struct {
	// Number is 1 for the first frame and one more for each after it.
	Number int64
	// Log is the log position that the frame ends at.
	Log int64
	// At is when it was made.
	At instant.Time
	// Entries are in the order in which they were done.
	Entries []FrameEntry
}

// FrameEntry is what happened to one person: inputs, decisions, facts.
type FrameEntry struct {
	Person id.Person
	// Body is sealed and opaque here.
	Body []byte
}

// History keeps the frames. It is safe for concurrent use; there is one appender.
type History interface {
	// Append makes the frame durable. It returns ErrConflict when Number is not the last one's plus
	// one; appending the identical newest frame again is harmless. ctx is looked at before the start;
	// an append begun is finished. After a failure of the database the frame may be stored or not:
	// appending it again tells.
	Append(ctx context.Context, frame Frame) error
	// Last returns the newest frame's number and log position; the zero Mark before the first.
	Last(ctx context.Context) (Mark, error)
	// Frames calls f for the frames after the number, in order, up to the newest at the time it gets
	// there. The bodies are f's to keep. An error of f ends it and is returned. It returns ErrCorrupt,
	// naming the frame, when one cannot be read as it was written or is missing.
	Frames(ctx context.Context, after int64, f func(Frame) error) error
	// Tail calls f with this person's entries in the frames after the number, in order, without reading
	// others' bodies where possible. The body is f's to keep. Otherwise it is like Frames, and what was
	// appended before the call is seen.
	Tail(ctx context.Context, p id.Person, after int64, f func(frame int64, at instant.Time, body []byte) error) error
	// Close ends the history. Closing twice is harmless.
	Close() error
}
