package seal

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"attune/core/id"
)

// The keys file is a header and then one slot per person, all of 128 bytes, in the order in which
// the people came. Slot 0 is the header.
//
//	header   0:16 magic · 16:32 fingerprint of the organisation · 32 length · 33:124 wrapped secret · 124:128 crc
//	slot     0:16 person · 16 state · 17 length · 18:20 zero · 20:24 first · 24:124 wrapped key · 124:128 crc
//
// The crc (CRC-32C, big endian like every number here) covers the slot's number and all before it,
// so that a slot copied elsewhere is found out. First is the number of the first slot of the write
// this slot belongs to. A crash may leave any part of the last write missing, whatever the order
// in which the disk took its pages; first tells such a gap from damage to keys that were in use.
const (
	slotSize   = 128
	crcAt      = slotSize - 4
	wrappedAt  = 24
	maxWrapped = crcAt - wrappedAt
	secretAt   = 33
	maxSecret  = crcAt - secretAt
	magic      = "attune keys v1\n\x00"
)

// What a slot holds.
const (
	slotLive   = 1 // a person's wrapped key
	slotVoid   = 2 // nothing: a write that a crash cut short
	slotErased = 3 // a person whose key was destroyed and who gets no other
)

type slot [slotSize]byte

func newSlot(number int, state byte, p id.Person, wrapped []byte, first int) (slot, error) {
	var s slot
	if len(wrapped) > maxWrapped {
		return s, fmt.Errorf("wrapped key has %d bytes, a slot takes %d", len(wrapped), maxWrapped)
	}
	copy(s[:16], p[:])
	s[16] = state
	s[17] = byte(len(wrapped))
	binary.BigEndian.PutUint32(s[20:], uint32(first))
	copy(s[wrappedAt:crcAt], wrapped)
	s.sign(number)
	return s, nil
}

func newHeader(org string, wrapped []byte) (slot, error) {
	var s slot
	if len(wrapped) > maxSecret {
		return s, fmt.Errorf("wrapped secret has %d bytes, the header takes %d", len(wrapped), maxSecret)
	}
	copy(s[:16], magic)
	f := fingerprint(org)
	copy(s[16:32], f[:])
	s[32] = byte(len(wrapped))
	copy(s[secretAt:crcAt], wrapped)
	s.sign(0)
	return s, nil
}

func (s *slot) sign(number int) { binary.BigEndian.PutUint32(s[crcAt:], slotSum(number, s[:])) }

func slotSum(number int, s []byte) uint32 {
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(number))
	table := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Update(0, table, n[:]), table, s[:crcAt])
}

// slotValid tells whether the slot is one that was written whole at this place.
func slotValid(number int, s []byte) bool {
	if binary.BigEndian.Uint32(s[crcAt:]) != slotSum(number, s) {
		return false
	}
	first := slotFirst(s)
	return s[16] >= slotLive && s[16] <= slotErased && int(s[17]) <= maxWrapped && first >= 1 && first <= number
}

func slotPerson(s []byte) (p id.Person) { copy(p[:], s); return p }
func slotState(s []byte) byte           { return s[16] }
func slotWrapped(s []byte) []byte       { return s[wrappedAt : wrappedAt+int(s[17])] }
func slotFirst(s []byte) int            { return int(binary.BigEndian.Uint32(s[20:])) }
func headerSecret(s []byte) []byte      { return s[secretAt : secretAt+int(s[32])] }
func headerFingerprint(s []byte) []byte { return s[16:32] }
func headerValid(s []byte) bool {
	return binary.BigEndian.Uint32(s[crcAt:]) == slotSum(0, s) && string(s[:16]) == magic && int(s[32]) <= maxSecret
}

// fingerprint recognises an organisation, so that the folder of another one is refused by name
// and not as damage.
func fingerprint(org string) (f [16]byte) {
	sum := sha256.Sum256([]byte("attune organisation\x00" + org))
	copy(f[:], sum[:])
	return f
}

// slab holds slots in memory without ever moving them: a million are 128 MB, which nobody wants to
// copy when one more is added.
type slab struct {
	chunks [][]byte
	n      int
}

const slabChunk = 4096

func (b *slab) at(i int) []byte {
	return b.chunks[i/slabChunk][i%slabChunk*slotSize:][:slotSize:slotSize]
}

func (b *slab) add(s []byte) {
	if b.n == len(b.chunks)*slabChunk {
		b.chunks = append(b.chunks, make([]byte, slabChunk*slotSize))
	}
	b.n++
	copy(b.at(b.n-1), s)
}

func (b *slab) cut(n int) { b.n = n }

// readSlab takes whole slots from r until it ends; rest counts the bytes of a last, incomplete one.
func readSlab(r io.Reader) (b *slab, rest int, err error) {
	b = &slab{}
	for {
		chunk := make([]byte, slabChunk*slotSize)
		n, err := io.ReadFull(r, chunk)
		if n >= slotSize {
			b.chunks = append(b.chunks, chunk)
			b.n += n / slotSize
		}
		switch {
		case err == nil:
			continue
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return b, n % slotSize, nil
		default:
			return nil, 0, err
		}
	}
}

// keyFile is a keys file as read: its slots without what an unfinished write left at the end, an
// index of the people, and the gaps which that write left between good slots.
type keyFile struct {
	slots  *slab
	byRow  map[int64]uint32
	live   int
	gaps   []int
	broken int // slots dropped at the end
}

// parseKeyFile checks every slot. It returns [ErrDamaged] when a slot that had been in use cannot
// be read, naming its number.
func parseKeyFile(b *slab) (*keyFile, error) {
	if b.n == 0 || !headerValid(b.at(0)) {
		return nil, fmt.Errorf("header: %w", ErrDamaged)
	}
	f := &keyFile{slots: b, byRow: make(map[int64]uint32, b.n)}
	last := b.n - 1
	for last > 0 && !slotValid(last, b.at(last)) {
		last--
	}
	f.broken = b.n - 1 - last
	b.cut(last + 1)
	for i := 1; i <= last; i++ {
		s := b.at(i)
		if !slotValid(i, s) {
			if i < slotFirst(b.at(last)) {
				return nil, fmt.Errorf("slot %d: %w", i, ErrDamaged)
			}
			f.gaps = append(f.gaps, i)
			continue
		}
		if err := f.index(i); err != nil {
			return nil, err
		}
	}
	return f, nil
}

func (f *keyFile) index(i int) error {
	s := f.slots.at(i)
	if slotState(s) == slotVoid {
		return nil
	}
	row := slotPerson(s).Row()
	if other, taken := f.byRow[row]; taken {
		return fmt.Errorf("slots %d and %d hold the same row: %w", other, i, ErrDamaged)
	}
	f.byRow[row] = uint32(i)
	if slotState(s) == slotLive {
		f.live++
	}
	return nil
}

// find returns the person's slot number.
func (f *keyFile) find(p id.Person) (number int, ok bool) {
	i, ok := f.byRow[p.Row()]
	if !ok || !bytes.Equal(f.slots.at(int(i))[:16], p[:]) {
		return 0, false
	}
	return int(i), true
}
