package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"

	"attune/core/id"
	"attune/internal/seal"
	"attune/internal/store"
)

// Progress is what one run of the compactor did.
type Progress struct {
	// To is how far the chunks have come: what they contain the event log need not keep.
	To store.Mark
	// Frames and Entries count what was taken, Chunks what was written.
	Frames, Entries, Chunks int
	// More tells that frames are waiting that would fill another run.
	More bool
}

// Waiting counts the frames that are not in chunks yet.
func (h *History) Waiting(ctx context.Context) (int64, error) {
	mark, err := h.chunks.Mark(ctx)
	if err != nil {
		return 0, err
	}
	last, err := h.Last(ctx)
	return last.Frame - mark.Frame, err
}

// Compact sorts the frames after the chunks' mark into chunks, as many as one run takes. What it wrote
// and how far it came is stored together, so that it may be stopped at any moment and goes on from
// where it was. Entries of people whose key was erased are passed over: nobody can read them any more.
func (h *History) Compact(ctx context.Context) (Progress, error) {
	from, err := h.chunks.Mark(ctx)
	if err != nil {
		return Progress{}, err
	}
	r, err := h.collect(ctx, from)
	if err != nil || r.frames == 0 {
		return Progress{To: from.Mark}, err
	}
	done := Progress{To: r.to.Mark, Frames: r.frames, Entries: r.entries, More: r.full}
	err = h.chunks.Add(ctx, from, r.to, func(yield func(store.Chunk, error) bool) {
		for c, err := range h.chunksOf(ctx, r) {
			if done.Chunks++; !yield(c, err) {
				return
			}
		}
	})
	if err != nil {
		return Progress{To: from.Mark}, err
	}
	return done, nil
}

// run is what one run takes: entries, still sealed, by person.
type run struct {
	to              store.ChunkMark
	frames, entries int
	of              map[id.Person][]entry
	full            bool
}

func (h *History) collect(ctx context.Context, from store.ChunkMark) (*run, error) {
	r := &run{to: from, of: map[id.Person][]entry{}}
	var last store.Frame
	size := 0
	err := h.Frames(ctx, from.Frame, func(f store.Frame) error {
		for _, e := range f.Entries {
			r.of[e.Person] = append(r.of[e.Person], entry{f.Number, f.At, e.Body})
			size += len(e.Body)
		}
		r.frames++
		r.entries += len(f.Entries)
		last = f
		if r.full = r.entries >= h.runEntries || size >= h.runBytes; r.full {
			return errEnough
		}
		return ctx.Err()
	})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, fmt.Errorf("collect what to compact: %w", err)
	}
	if r.frames > 0 {
		r.to = markOf(&last)
	}
	return r, nil
}

// chunksOf makes everybody's chunks, person by person.
func (h *History) chunksOf(ctx context.Context, r *run) iter.Seq2[store.Chunk, error] {
	people := make([]id.Person, 0, len(r.of))
	for p := range r.of {
		people = append(people, p)
	}
	slices.SortFunc(people, func(a, b id.Person) int { return bytes.Compare(a[:], b[:]) })
	return func(yield func(store.Chunk, error) bool) {
		for _, p := range people {
			chunks, err := h.extend(ctx, p, r.of[p])
			if errors.Is(err, seal.ErrNoKey) {
				continue
			}
			if err != nil {
				yield(store.Chunk{}, fmt.Errorf("compact the history of %s: %w", p, err))
				return
			}
			for _, c := range chunks {
				if !yield(c, nil) {
					return
				}
			}
		}
	}
}

// extend opens the person's new entries and makes chunks of them, together with those newest chunks that
// are no larger than what follows them. So the sizes of somebody's chunks at least double towards the
// older ones until they are full: there are few, and none is written more often than there are doublings.
func (h *History) extend(ctx context.Context, p id.Person, sealed []entry) ([]store.Chunk, error) {
	fresh := make([]entry, len(sealed))
	for i, e := range sealed {
		record, err := h.keys.Open(p, seal.Frame, seal.FrameName(e.frame), e.record)
		if err != nil {
			return nil, fmt.Errorf("frame %d: %w", e.frame, err)
		}
		fresh[i] = entry{e.frame, e.at, record}
	}
	size := int64(sizeOf(fresh))
	nth, old, err := h.chunks.Newest(ctx, p, func(older int64) bool {
		if older > size || older+size > chunkBytes {
			return false
		}
		size += older
		return true
	})
	if err != nil {
		return nil, err
	}
	var entries []entry
	for i := range old {
		if i == 0 {
			nth = old[i].Nth
		}
		had, err := h.open(&old[i])
		if err != nil {
			return nil, err
		}
		entries = append(entries, had...)
	}
	return h.cut(p, nth, append(entries, fresh...))
}

// cut makes chunks that are as large as they may be.
func (h *History) cut(p id.Person, nth int64, entries []entry) (chunks []store.Chunk, err error) {
	for len(entries) > 0 {
		n, size := 1, entries[0].size()
		for n < len(entries) && size+entries[n].size() <= chunkBytes {
			size += entries[n].size()
			n++
		}
		c, err := h.seal(p, nth, entries[:n])
		if err != nil {
			return nil, err
		}
		chunks = append(chunks, c)
		entries, nth = entries[n:], nth+int64(n)
	}
	return chunks, nil
}
