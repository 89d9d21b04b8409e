package history

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/seal"
	"attune/internal/store"
)

// Everybody reads many people's histories, each once and about in the order of their ids. [History.Of]
// looks through the frames that are not in chunks yet for each person anew; here they are read in order,
// once for as many people as fit into memory together. It is safe for concurrent use.
type Everybody struct {
	h *History
	// people are sorted. Those between two bounds are read together.
	people []id.Person
	bounds []int
	// The frames after after, up to last, are looked through.
	after, last int64

	mu sync.Mutex
	// read are the groups read last, the newer one first: whoever is slow still finds theirs.
	read [2]group
}

// group is what was found in frames of some people, sealed.
type group struct {
	number int
	of     map[id.Person][]entry
}

// groupBytes bounds the sealed entries that are held at a time, twice.
const groupBytes = 48 << 20

// Everybody prepares to read the histories of people up to a frame.
func (h *History) Everybody(ctx context.Context, people []id.Person, last int64) (*Everybody, error) {
	return h.everybody(ctx, people, last, groupBytes)
}

func (h *History) everybody(ctx context.Context, people []id.Person, last int64, most int) (*Everybody, error) {
	e := &Everybody{h: h, people: slices.Clone(people), last: last}
	slices.SortFunc(e.people, func(a, b id.Person) int { return bytes.Compare(a[:], b[:]) })
	if h.chunks != nil {
		mark, err := h.chunks.Mark(ctx)
		if err != nil {
			return nil, fmt.Errorf("read everybody's history: %w", err)
		}
		e.after = mark.Frame
	}
	sizes := map[id.Person]int{}
	if err := e.frames(ctx, func(_ store.Frame, x store.FrameEntry) { sizes[x.Person] += len(x.Body) }); err != nil {
		return nil, err
	}
	size := 0
	for i, p := range e.people {
		if size += sizes[p]; i == 0 || size > most {
			e.bounds, size = append(e.bounds, i), sizes[p]
		}
	}
	e.read = [2]group{{number: -1}, {number: -1}}
	return e, nil
}

// frames calls f with every entry of the frames that are not in chunks.
func (e *Everybody) frames(ctx context.Context, f func(store.Frame, store.FrameEntry)) error {
	err := e.h.Frames(ctx, e.after, func(frame store.Frame) error {
		if frame.Number > e.last {
			return errEnough
		}
		for _, x := range frame.Entries {
			f(frame, x)
		}
		return ctx.Err()
	})
	if err != nil && !errors.Is(err, errEnough) {
		return fmt.Errorf("read everybody's history: %w", err)
	}
	return nil
}

// Of is like [History.Of] for one of the people, up to the frame that Everybody was asked for.
func (e *Everybody) Of(ctx context.Context, p id.Person, f func(frame int64, at instant.Time, record []byte) error) error {
	// The tail first: what the compactor takes meanwhile is then in both, and passed over once.
	tail, err := e.tail(ctx, p)
	if err != nil {
		return err
	}
	after, err := e.h.chunked(ctx, p, func(frame int64, at instant.Time, record []byte) error {
		if frame > e.last {
			return nil
		}
		return f(frame, at, record)
	})
	if err != nil {
		return err
	}
	for _, x := range tail {
		if x.frame <= after {
			continue
		}
		record, err := e.h.keys.Open(p, seal.Frame, seal.FrameName(x.frame), x.record)
		if err != nil {
			return fmt.Errorf("read history of %s in frame %d: %w", p, x.frame, err)
		}
		if err := f(x.frame, x.at, record); err != nil {
			return err
		}
	}
	return nil
}

// tail returns somebody's entries in frames, reading those of their group if nobody did.
func (e *Everybody) tail(ctx context.Context, p id.Person) ([]entry, error) {
	i, known := slices.BinarySearchFunc(e.people, p, func(a, b id.Person) int { return bytes.Compare(a[:], b[:]) })
	if !known {
		return nil, fmt.Errorf("read history of %s: they are not among those it was prepared for", p)
	}
	number, _ := slices.BinarySearch(e.bounds, i+1)
	number--
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, g := range e.read {
		if g.number == number {
			return g.of[p], nil
		}
	}
	first, end := e.people[e.bounds[number]], len(e.people)
	if number+1 < len(e.bounds) {
		end = e.bounds[number+1]
	}
	last := e.people[end-1]
	g := group{number, map[id.Person][]entry{}}
	e.read[1] = group{number: -1}
	err := e.frames(ctx, func(frame store.Frame, x store.FrameEntry) {
		if bytes.Compare(x.Person[:], first[:]) >= 0 && bytes.Compare(x.Person[:], last[:]) <= 0 {
			g.of[x.Person] = append(g.of[x.Person], entry{frame.Number, frame.At, bytes.Clone(x.Body)})
		}
	})
	if err != nil {
		return nil, err
	}
	e.read = [2]group{g, e.read[0]}
	return g.of[p], nil
}
