package history

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/klauspost/compress/s2"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/seal"
	"attune/internal/store"
)

// entry is a record of one person, and where it stands.
type entry struct {
	frame  int64
	at     instant.Time
	record []byte
}

// A chunk's body is, packed with s2 and sealed, its entries one after the other:
//
//	frames since the entry before (uvarint) · milliseconds since (varint) · length (uvarint) · record
//
// The first counts from 0. Before it stands a byte that says which form this is.
const chunkForm = 1

// chunkBytes bounds the entries of a chunk before they are packed, so that what does not pack at all
// still makes no more than 32 KB. An entry that is larger has a chunk of its own.
const chunkBytes = 32_000

// mostBytes is more than any chunk unpacks to: an event's size is bounded far below.
const mostBytes = 256 << 20

// size is at least what the entry takes in a chunk.
func (e *entry) size() int { return 3*binary.MaxVarintLen32 + len(e.record) }

func sizeOf(entries []entry) (n int) {
	for i := range entries {
		n += entries[i].size()
	}
	return n
}

// seal makes a chunk of the entries, the first of which is the person's nth.
func (h *History) seal(p id.Person, nth int64, entries []entry) (store.Chunk, error) {
	first, last := &entries[0], &entries[len(entries)-1]
	c := store.Chunk{
		Person: p, Nth: nth, Count: int64(len(entries)), First: first.frame, Last: last.frame,
		From: first.at, To: last.at, Size: int64(sizeOf(entries)),
	}
	body, err := h.keys.Seal(p, seal.Chunk, nameOf(&c), pack(entries))
	if err != nil {
		return c, err
	}
	c.Body = body
	return c, nil
}

func nameOf(c *store.Chunk) []byte { return seal.ChunkName(c.Nth, c.First, c.Last) }

// open returns a chunk's entries; the records are parts of one piece of memory.
func (h *History) open(c *store.Chunk) ([]entry, error) {
	packed, err := h.keys.Open(c.Person, seal.Chunk, nameOf(c), c.Body)
	if err != nil {
		return nil, fmt.Errorf("chunk of frames %d to %d: %w", c.First, c.Last, err)
	}
	entries, err := unpack(packed)
	if n := len(entries); err != nil || int64(n) != c.Count || entries[0].frame != c.First || entries[n-1].frame != c.Last {
		return nil, fmt.Errorf("chunk of frames %d to %d: %w", c.First, c.Last, store.ErrCorrupt)
	}
	return entries, nil
}

func pack(entries []entry) []byte {
	raw := make([]byte, 0, sizeOf(entries))
	var before entry
	for _, e := range entries {
		raw = binary.AppendUvarint(raw, uint64(e.frame-before.frame))
		raw = binary.AppendVarint(raw, int64(e.at-before.at))
		raw = binary.AppendUvarint(raw, uint64(len(e.record)))
		raw = append(raw, e.record...)
		before = e
	}
	out := make([]byte, 1+s2.MaxEncodedLen(len(raw)))
	out[0] = chunkForm
	return out[:1+len(s2.Encode(out[1:], raw))]
}

func unpack(b []byte) (entries []entry, err error) {
	if len(b) == 0 || b[0] != chunkForm {
		return nil, store.ErrCorrupt
	}
	if n, err := s2.DecodedLen(b[1:]); err != nil || n > mostBytes {
		return nil, store.ErrCorrupt
	}
	raw, err := s2.Decode(nil, b[1:])
	if err != nil {
		return nil, store.ErrCorrupt
	}
	var e entry
	for len(raw) > 0 {
		frames, n := binary.Uvarint(raw)
		if n <= 0 || frames > uint64(math.MaxInt64-e.frame) {
			return nil, store.ErrCorrupt
		}
		raw = raw[n:]
		later, n := binary.Varint(raw)
		if n <= 0 {
			return nil, store.ErrCorrupt
		}
		raw = raw[n:]
		length, n := binary.Uvarint(raw)
		if n <= 0 || length > uint64(len(raw)-n) {
			return nil, store.ErrCorrupt
		}
		end := n + int(length)
		e = entry{e.frame + int64(frames), e.at + instant.Time(later), raw[n:end:end]}
		entries, raw = append(entries, e), raw[end:]
	}
	if len(entries) == 0 {
		return nil, store.ErrCorrupt
	}
	return entries, nil
}
