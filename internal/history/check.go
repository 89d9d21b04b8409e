package history

import (
	"context"
	"errors"
	"fmt"

	"attune/core/id"
	"attune/internal/seal"
	"attune/internal/store"
)

// Checked is what a look at every chunk found.
type Checked struct {
	// Frame is how far the chunks have come, Waiting how many frames come after it.
	Frame   int64 `json:"frame"`
	Waiting int64 `json:"waiting"`
	// Chunks are of this many People and take Bytes, sealed.
	Chunks int64 `json:"chunks"`
	People int64 `json:"people"`
	Bytes  int64 `json:"bytes"`
	// Damaged counts people whose chunks cannot be read, or do not have all that the frames have.
	Damaged int64 `json:"damaged"`
	// Erased counts people whose chunks nobody can open any more.
	Erased int64 `json:"erased"`
}

// String says it in a sentence.
func (c Checked) String() string {
	s := fmt.Sprintf("%d chunks of %d people, %.1f MB, hold the first %d commits; %d wait", c.Chunks, c.People, float64(c.Bytes)/1e6, c.Frame, c.Waiting)
	if c.Erased > 0 {
		s += fmt.Sprintf("; %d people were erased", c.Erased)
	}
	if c.Damaged > 0 {
		s += fmt.Sprintf("; those of %d people are damaged: stop the server, remove chunks.db, and they are made anew", c.Damaged)
	}
	return s
}

// Check opens every chunk and counts whether all that the frames have is there. It may run beside the
// compactor.
func (h *History) Check(ctx context.Context) (c Checked, err error) {
	var mark store.ChunkMark
	if h.chunks != nil {
		if mark, err = h.chunks.Mark(ctx); err != nil {
			return c, err
		}
	}
	last, err := h.Last(ctx)
	if err != nil {
		return c, err
	}
	c.Frame, c.Waiting = mark.Frame, last.Frame-mark.Frame
	if c.Frame == 0 {
		return c, nil
	}
	entries := map[id.Person]int64{}
	err = h.Frames(ctx, 0, func(f store.Frame) error {
		for _, e := range f.Entries {
			entries[e.Person]++
		}
		if f.Number == mark.Frame {
			return errEnough
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return c, err
	}
	for p, want := range entries {
		switch found, err := h.count(ctx, &c, p, mark.Frame); {
		case errors.Is(err, seal.ErrNoKey):
			c.Erased++
		case errors.Is(err, seal.ErrTampered) || errors.Is(err, store.ErrCorrupt):
			c.Damaged++
		case err != nil:
			return c, err
		case found != want && h.erased(p):
			c.Erased++
		case found != want:
			c.Damaged++
		}
	}
	return c, nil
}

// count opens a person's chunks and counts their entries up to the frame.
func (h *History) count(ctx context.Context, c *Checked, p id.Person, upTo int64) (n int64, err error) {
	chunks, _, err := h.chunks.Of(ctx, p)
	if err != nil {
		return 0, err
	}
	if len(chunks) > 0 {
		c.People++
	}
	for i := range chunks {
		c.Chunks++
		c.Bytes += int64(len(chunks[i].Body))
		entries, err := h.open(&chunks[i])
		if err != nil {
			return 0, err
		}
		for _, e := range entries {
			if e.frame <= upTo {
				n++
			}
		}
	}
	return n, nil
}

// erased tells whether nothing can be sealed for the person any more: then the compactor passed over
// their entries.
func (h *History) erased(p id.Person) bool {
	_, err := h.keys.Seal(p, seal.Chunk, nil, nil)
	return errors.Is(err, seal.ErrNoKey)
}
