package history

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/seal"
	"attune/internal/store"
)

// Keys opens and seals what belongs to a person.
type Keys interface {
	Seal(p id.Person, kind seal.Kind, name, plain []byte) ([]byte, error)
	Open(p id.Person, kind seal.Kind, name, sealed []byte) ([]byte, error)
}

// History is the frames, what was made of them, and the keys that open both. It is safe for concurrent
// use; there is one that compacts.
type History struct {
	store.History
	chunks store.Chunks
	keys   Keys

	// Bounds of one run of the compactor: entries, and bytes of their sealed bodies.
	runEntries, runBytes int
}

// A run takes so much that most people in it have several entries, since what it costs is mostly by
// person; and little enough to be held in memory.
const (
	runEntries = 128 << 10
	runBytes   = 48 << 20
)

// New puts a history together. Without chunks (nil) everything is looked for in the frames.
func New(frames store.History, chunks store.Chunks, keys Keys) *History {
	return &History{History: frames, chunks: chunks, keys: keys, runEntries: runEntries, runBytes: runBytes}
}

// Of calls f with what is recorded of this person, oldest first, opened. The record is f's to keep. It
// sees all that was appended before the call, and may be called by the appender itself. An error of f
// ends it and is returned. It returns store.ErrCorrupt when something cannot be read as it was written
// or is missing, and seal.ErrNoKey when there is something and the person's key was erased.
func (h *History) Of(ctx context.Context, p id.Person, f func(frame int64, at instant.Time, record []byte) error) error {
	after, err := h.chunked(ctx, p, f)
	if err != nil {
		return err
	}
	return h.Tail(ctx, p, after, func(frame int64, at instant.Time, sealed []byte) error {
		record, err := h.keys.Open(p, seal.Frame, seal.FrameName(frame), sealed)
		if err != nil {
			return fmt.Errorf("read history of %s in frame %d: %w", p, frame, err)
		}
		return f(frame, at, record)
	})
}

// chunked calls f with what is in somebody's chunks, and returns up to which frame that is all.
func (h *History) chunked(ctx context.Context, p id.Person, f func(frame int64, at instant.Time, record []byte) error) (after int64, err error) {
	if h.chunks == nil {
		return 0, nil
	}
	chunks, mark, err := h.chunks.Of(ctx, p)
	if err != nil {
		return 0, fmt.Errorf("read history of %s: %w", p, err)
	}
	for i := range chunks {
		entries, err := h.open(&chunks[i])
		if err != nil {
			return 0, fmt.Errorf("read history of %s: %w", p, err)
		}
		for _, e := range entries {
			if err := f(e.frame, e.at, e.record); err != nil {
				return 0, err
			}
		}
	}
	return mark.Frame, nil
}

// Matches tells whether the chunks are of these frames. They are not when both were restored from
// different backups, or when a power cut took frames that were not synced.
func (h *History) Matches(ctx context.Context) (bool, error) {
	mark, err := h.chunks.Mark(ctx)
	if err != nil || mark.Frame == 0 {
		return err == nil, err
	}
	var found store.ChunkMark
	err = h.Frames(ctx, mark.Frame-1, func(f store.Frame) error {
		found = markOf(&f)
		return errEnough
	})
	if err != nil && !errors.Is(err, errEnough) {
		return false, fmt.Errorf("look whether chunks and frames belong together: %w", err)
	}
	return found == mark, nil
}

// Reset forgets all chunks, to be made anew.
func (h *History) Reset(ctx context.Context) error { return h.chunks.Reset(ctx) }

// errEnough ends an enumeration that has found what it wanted.
var errEnough = errors.New("enough")

// markOf is the mark of chunks that end with this frame.
func markOf(f *store.Frame) store.ChunkMark {
	digest := sha256.New()
	number := func(n int64) { digest.Write(binary.BigEndian.AppendUint64(nil, uint64(n))) }
	number(f.Number)
	number(f.Log)
	number(int64(f.At))
	for _, e := range f.Entries {
		digest.Write(e.Person[:])
		number(int64(len(e.Body)))
		digest.Write(e.Body)
	}
	return store.ChunkMark{Mark: store.Mark{Frame: f.Number, Log: f.Log}, Digest: [32]byte(digest.Sum(nil))}
}

// Forget removes somebody's chunks, whose key is gone. Their entries in the frames stay, which nobody can read.
func (h *History) Forget(ctx context.Context, p id.Person) error {
	if h.chunks == nil {
		return nil
	}
	return h.chunks.Forget(ctx, p)
}
