package store

import (
	"context"
	"fmt"
	"iter"

	"attune/core/id"
	"attune/core/instant"
)

// Chunk is what happened to one person in a span of frames, sealed as one piece.
type Chunk struct {
	Person id.Person
	// Nth is the place of its first entry among all of this person's, from 0; Count is how many it has.
	Nth, Count int64
	// First and Last are the frames of its first and last entry, From and To those frames' times.
	First, Last int64
	From, To    instant.Time
	// Size is how many bytes its entries take before they are packed and sealed.
	Size int64
	// Body is sealed and opaque here.
	Body []byte
}

// ChunkMark says how far the chunks have come.
type ChunkMark struct {
	// Mark is that of the newest frame that the chunks contain.
	Mark
	// Digest is of that frame, so that chunks of another history are recognised.
	Digest [32]byte
}

// Chunks keeps the history by person. It can be made anew from the frames at any time. It is safe for
// concurrent use; there is one that adds.
type Chunks interface {
	// Mark returns how far the chunks have come; the zero one before the first Add.
	Mark(ctx context.Context) (ChunkMark, error)
	// Of returns the person's chunks, oldest first, and how far the chunks have come, both of one
	// moment. The bodies belong to the caller. It returns ErrCorrupt when a chunk cannot be read as it
	// was written, or one before another is missing.
	Of(ctx context.Context, p id.Person) ([]Chunk, Mark, error)
	// Newest returns the place of the person's next entry and, oldest first, their newest chunks: from
	// the newest back for as long as take says yes to a size. It may stop asking after a dozen.
	Newest(ctx context.Context, p id.Person, take func(size int64) bool) (next int64, chunks []Chunk, err error)
	// Add stores the chunks and moves the mark, all of it or nothing. A chunk takes the place of all of
	// its person's from its Nth on, those added before it in the same call excepted: a person's come one
	// after the other, in order. It returns ErrConflict when the stored mark is not from, an error for a
	// chunk that Check refuses, and any error that comes with a chunk. chunks may ask the store, which
	// answers as it was before. ctx is looked at before each chunk.
	Add(ctx context.Context, from, to ChunkMark, chunks iter.Seq2[Chunk, error]) error
	// Forget removes this person's chunks; the mark stays.
	Forget(ctx context.Context, p id.Person) error
	// Reset forgets all chunks, and the mark.
	Reset(ctx context.Context) error
	// Close ends the store. Closing twice is harmless.
	Close() error
}

// Check returns an error for a chunk that no store takes.
func (c *Chunk) Check() error {
	switch {
	case c.Person.IsZero():
		return fmt.Errorf("chunk of frames %d to %d has no person", c.First, c.Last)
	case c.Nth < 0 || c.Count <= 0 || c.First <= 0 || c.Last < c.First || c.Size < 0 || c.Body == nil:
		return fmt.Errorf("chunk of %s is of nothing: entries %d and %d more, frames %d to %d", c.Person, c.Nth, c.Count, c.First, c.Last)
	}
	return nil
}
