package seal

import (
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/tink-crypto/tink-go/v2/daead/subtle"

	"attune/core/id"
)

// Kind says what sealed bytes are; bytes of one kind do not open as another.
type Kind string

// The kinds there are.
const (
	Event Kind = "event"
	State Kind = "state"
	Frame Kind = "frame"
	Chunk Kind = "chunk"
	// Contact is an address as a person's record writes it, Notice an event that waits to be taken in,
	// Inbound what a person wrote to us.
	Contact Kind = "contact"
	Notice  Kind = "notice"
	Inbound Kind = "inbound"
	// Entry is what a source's record says about one thing.
	Entry Kind = "entry"
	// Word is what somebody said of whether two records are of one person.
	Word Kind = "word"
	// Audit is what somebody gave as their reason, in the audit log; sealed from nothing it is the person's pseudonym there.
	Audit Kind = "audit"
)

// FrameName binds a sealed record to its frame.
func FrameName(n int64) []byte { return binary.BigEndian.AppendUint64(nil, uint64(n)) }

// ChunkName binds a sealed chunk to the place of its first entry among its person's, and to the frames
// of its first and last.
func ChunkName(nth, first, last int64) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 24), uint64(nth))
	b = binary.BigEndian.AppendUint64(b, uint64(first))
	return binary.BigEndian.AppendUint64(b, uint64(last))
}

// schema is the version of how sealed bytes and their AAD are made. It is part of the AAD, not of
// the bytes. When it changes, Open tries the versions it knows, newest first: opening with the
// wrong one fails for certain.
const schema = 1

// Seal encrypts and authenticates plain for this person, kind and name; the same four give the same
// bytes, 16 longer than plain. It returns [ErrNoKey] for someone without a key.
func (k *Keys) Seal(p id.Person, kind Kind, name, plain []byte) ([]byte, error) {
	a, err := k.aead(p)
	if err != nil {
		return nil, fmt.Errorf("seal %s of %s: %w", kind, p, err)
	}
	var buf [160]byte
	sealed, err := a.EncryptDeterministically(plain, k.aad(buf[:0], p, kind, name))
	if err != nil {
		return nil, fmt.Errorf("seal %s of %s: %d bytes: %w", kind, p, len(plain), err)
	}
	return sealed, nil
}

// Open returns what was sealed under this person, kind and name. It returns [ErrNoKey] for someone
// without a key (any more) and [ErrTampered] for anything else than the bytes that Seal gave.
func (k *Keys) Open(p id.Person, kind Kind, name, sealed []byte) ([]byte, error) {
	a, err := k.aead(p)
	if err != nil {
		return nil, fmt.Errorf("open %s of %s: %w", kind, p, err)
	}
	var buf [160]byte
	plain, err := a.DecryptDeterministically(sealed, k.aad(buf[:0], p, kind, name))
	if err != nil {
		return nil, fmt.Errorf("open %s of %s: %w", kind, p, ErrTampered)
	}
	return plain, nil
}

// aad says where sealed bytes belong: organisation | person | kind | name | schema version.
func (k *Keys) aad(b []byte, p id.Person, kind Kind, name []byte) []byte {
	b = append(b, k.prefix...)
	b = append(b, p[:]...)
	b = appendPart(b, string(kind))
	b = appendPart(b, name)
	return append(b, schema)
}

func (k *Keys) aead(p id.Person) (*subtle.AESSIV, error) {
	if a := k.opened.get(p); a != nil {
		return a, nil
	}
	w, err := k.wrapped(p)
	if err != nil {
		return nil, err
	}
	key, err := k.wrap.Decrypt(w, k.keyAAD(p))
	if err != nil {
		return nil, fmt.Errorf("wrapped key does not open: %w", ErrDamaged)
	}
	a, err := subtle.NewAESSIV(key)
	if err != nil {
		return nil, fmt.Errorf("wrapped key is no key: %w", ErrDamaged)
	}
	// Under the lock that Erase and Close need to make a key unavailable, so that neither can come
	// between the look and the cache.
	k.mu.RLock()
	defer k.mu.RUnlock()
	if i, ok := k.table.find(p); !k.closed && ok && slotState(k.table.slots.at(i)) == slotLive {
		k.opened.put(p, a)
	}
	return a, nil
}

// aeads remembers the keys unwrapped most recently, about 1 KB each, in two generations: when the
// young one is full it becomes the old one, and what nobody asked for meanwhile is forgotten. It is
// as large as a hundred thousand active people need: unwrapping costs as much as sealing, and an event
// is sealed or opened five times on its way.
type aeads struct {
	mu         sync.Mutex
	young, old map[id.Person]*subtle.AESSIV
}

const aeadsPerGeneration = 1 << 16

func (c *aeads) get(p id.Person) *subtle.AESSIV {
	c.mu.Lock()
	defer c.mu.Unlock()
	if a := c.young[p]; a != nil {
		return a
	}
	a := c.old[p]
	if a != nil {
		c.keep(p, a)
	}
	return a
}

func (c *aeads) put(p id.Person, a *subtle.AESSIV) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.keep(p, a)
}

func (c *aeads) keep(p id.Person, a *subtle.AESSIV) {
	if len(c.young) >= aeadsPerGeneration || c.young == nil {
		c.old, c.young = c.young, make(map[id.Person]*subtle.AESSIV)
	}
	c.young[p] = a
}

func (c *aeads) drop(p id.Person) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.young, p)
	delete(c.old, p)
}

func (c *aeads) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.young, c.old = nil, nil
}
