package intake

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"slices"
	"strings"

	"attune/core/consent"
	"attune/internal/intake/identity"
)

// Source is a system that sends events.
type Source struct {
	// Name begins the ids of its events: "app".
	Name string
	// System is what its identifiers of known people belong to: "mrn". Two sources with one system
	// speak of the same people. Empty means the source's name.
	System string
	// Origins are the web origins whose pages may send, such as "https://app.example"; "*" is all. None
	// means that no browser may.
	Origins []string
	// Events are those that it may send, by name; none means all.
	Events []string
	// For are the kinds of purposes that its events may be for; none means all.
	For []consent.Kind
}

// Sends tells whether the source may send an event of this name.
func (s Source) Sends(name string) bool { return len(s.Events) == 0 || slices.Contains(s.Events, name) }

// AnyOrigin stands for all origins.
const AnyOrigin = "*"

// Admits tells whether pages of that origin may send.
func (s Source) Admits(origin string) bool {
	return slices.Contains(s.Origins, origin) || slices.Contains(s.Origins, AnyOrigin)
}

// KnownSystem is the system of the source's identifiers of known people.
func (s Source) KnownSystem() string {
	if s.System != "" {
		return s.System
	}
	return s.Name
}

// AnonymousSystem is the system of identifiers that mean a person only to this source.
func (s Source) AnonymousSystem() string { return s.Name + identity.Anonymous }

// WriteKeyHash is what is kept of a write key. Write keys are 160 random bits, so a plain SHA-256
// cannot be searched.
type WriteKeyHash [sha256.Size]byte

// HashWriteKey returns what is kept of the key.
func HashWriteKey(key string) WriteKeyHash { return sha256.Sum256([]byte(key)) }

// NewWriteKey draws a write key: "wk_" and 32 characters.
func NewWriteKey() (string, WriteKeyHash) {
	var b [20]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	key := "wk_" + strings.ToLower(base32.StdEncoding.EncodeToString(b[:]))
	return key, HashWriteKey(key)
}

// WriteKey lets its holder send as a source.
type WriteKey struct {
	Hash   WriteKeyHash
	Source Source
}

// WriteKeys are the keys there are. A source may have several, so that a key can be replaced
// without a gap.
type WriteKeys []WriteKey

// ByWriteKey returns the source of a key. It looks at every key and compares hashes in constant
// time, so that its duration says nothing about any of them.
func (k WriteKeys) ByWriteKey(key string) (Source, bool) {
	hash := HashWriteKey(key)
	found := -1
	for i := range k {
		found = subtle.ConstantTimeSelect(subtle.ConstantTimeCompare(hash[:], k[i].Hash[:]), i, found)
	}
	if found < 0 {
		return Source{}, false
	}
	return k[found].Source, true
}

// Admits tells whether pages of that origin may send with any of the keys.
func (k WriteKeys) Admits(origin string) bool {
	return slices.ContainsFunc(k, func(w WriteKey) bool { return w.Source.Admits(origin) })
}
