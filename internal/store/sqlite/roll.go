package sqlite

import (
	"encoding/binary"
	"math"
	"slices"
	"sync"

	"attune/core/id"
)

// roll is who is in a frame, 16 bytes for each entry.
type roll struct {
	number int64
	people []byte
}

func (r roll) has(p id.Person) bool {
	const size = len(p)
	head := binary.LittleEndian.Uint64(p[:])
	for b := r.people; len(b) >= size; b = b[size:] {
		if binary.LittleEndian.Uint64(b) == head && id.Person(b[:size]) == p {
			return true
		}
	}
	return false
}

// rolls remembers the newest frames' rolls, so that looking for someone in frames that are not in
// chunks yet reads only those that have them. It holds a few times what waits for the compactor.
type rolls struct {
	mu     sync.Mutex
	kept   []roll // without gaps; never changed in place, since readers have parts of it
	people int    // bytes
}

// rollBytes bounds what is remembered: half a million entries.
const rollBytes = 8 << 20

// after returns what is remembered right after the number; where nothing is, how many frames to read
// until something is.
func (s *rolls) after(number int64) (known []roll, missing int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.kept) == 0 {
		return nil, math.MaxInt64
	}
	switch first := s.kept[0].number; {
	case number+1 < first:
		return nil, first - number - 1
	case number-first+1 < int64(len(s.kept)):
		return s.kept[number-first+1 : len(s.kept) : len(s.kept)], 0
	}
	return nil, math.MaxInt64
}

// keep remembers rolls, given without gaps, that stand right before or after what is remembered. The
// newest count most.
func (s *rolls) keep(page []roll) {
	s.mu.Lock()
	defer s.mu.Unlock()
	size := 0
	for _, r := range page {
		size += len(r.people)
	}
	switch n := len(s.kept); {
	case len(page) == 0:
		return
	case n == 0 || page[0].number == s.kept[n-1].number+1:
		s.kept = append(s.kept, page...)
	case page[len(page)-1].number == s.kept[0].number-1 && s.people+size <= rollBytes:
		s.kept = slices.Concat(page, s.kept)
	default:
		return
	}
	s.people += size
	for s.people > rollBytes && len(s.kept) > 1 {
		s.people -= len(s.kept[0].people)
		s.kept = s.kept[1:]
	}
}

// newest remembers the newest frames whole, sealed as they are, for whoever asks about somebody right
// after they were appended.
type newest struct {
	mu     sync.Mutex
	frames []packed // without gaps
	bytes  int
}

// newestBytes bounds what is remembered: about what waits for the compactor under full load.
const newestBytes = 32 << 20

func (s *newest) keep(p packed) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.frames); n > 0 && p.number != s.frames[n-1].number+1 {
		return // it was appended again
	}
	s.frames = append(s.frames, p)
	s.bytes += len(p.body)
	for s.bytes > newestBytes {
		s.bytes -= len(s.frames[0].body)
		s.frames[0] = packed{}
		s.frames = s.frames[1:]
	}
}

func (s *newest) get(number int64) (packed, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.frames) == 0 || number < s.frames[0].number || number-s.frames[0].number >= int64(len(s.frames)) {
		return packed{}, false
	}
	return s.frames[number-s.frames[0].number], true
}
