package sqlitelog

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"attune/core/instant"
	"attune/internal/eventlog"
)

// A frame's body is the entries one after the other:
//
//	person 16 bytes · milliseconds since the entry before (uvarint) · length (uvarint) · body
//
// The first entry counts from the frame's base, 8 bytes big endian at the very front.

// Frames are kept small enough that a reader who takes a few entries does not read many for nothing.
const (
	frameEntries = 512
	frameBytes   = 256 << 10
)

// appendFrame encodes as many entries as one frame takes, at least one, and counts them. Times are
// raised to newest where below.
func appendFrame(b []byte, entries []eventlog.Entry, newest instant.Time) ([]byte, int, instant.Time) {
	newest = max(newest, entries[0].At)
	b = binary.BigEndian.AppendUint64(b, uint64(newest))
	for i, e := range entries {
		if i > 0 && (i == frameEntries || len(b)+len(e.Body) > frameBytes) {
			return b, i, newest
		}
		at := max(newest, e.At)
		b = append(b, e.Person[:]...)
		b = binary.AppendUvarint(b, uint64(at-newest))
		b = binary.AppendUvarint(b, uint64(len(e.Body)))
		b = append(b, e.Body...)
		newest = at
	}
	return b, len(entries), newest
}

// decodeFrame calls f with every entry. The bodies are parts of b.
func decodeFrame(b []byte, count int64, f func(i int64, e eventlog.Entry)) error {
	if len(b) < 8 {
		return fmt.Errorf("frame has %d bytes: %w", len(b), eventlog.ErrCorrupt)
	}
	at := instant.Time(binary.BigEndian.Uint64(b))
	b = b[8:]
	for i := range count {
		var e eventlog.Entry
		if len(b) < len(e.Person) {
			return fmt.Errorf("entry %d of %d: %w", i+1, count, eventlog.ErrCorrupt)
		}
		b = b[copy(e.Person[:], b):]
		later, n := binary.Uvarint(b)
		if n <= 0 {
			return fmt.Errorf("entry %d of %d: %w", i+1, count, eventlog.ErrCorrupt)
		}
		b = b[n:]
		length, n := binary.Uvarint(b)
		if n <= 0 || length > uint64(len(b)-n) {
			return fmt.Errorf("entry %d of %d: %w", i+1, count, eventlog.ErrCorrupt)
		}
		b = b[n:]
		at += instant.Time(later)
		e.At, e.Body = at, b[:length:length]
		b = b[length:]
		f(i, e)
	}
	if len(b) != 0 {
		return fmt.Errorf("%d bytes follow the last entry: %w", len(b), eventlog.ErrCorrupt)
	}
	return nil
}

func frameSum(first eventlog.Position, count int64, body []byte) uint32 {
	var place [16]byte
	binary.BigEndian.PutUint64(place[:8], uint64(first))
	binary.BigEndian.PutUint64(place[8:], uint64(count))
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Update(0, table, place[:]), table, body)
}
