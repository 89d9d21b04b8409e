package id

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
)

// Person identifies one engaged person: 128 random bits.
type Person [16]byte

// Partitions is how many ordered parts all people are divided into, for ever.
const Partitions = 256

// Partition is the part of the log and store that keeps this person's order.
func (p Person) Partition() uint8 { return p[0] }

// Row is the person's key in tables whose rows are kept in key order: 63 bits of the id. The
// directory gives out no two ids with the same row.
func (p Person) Row() int64 { return int64(binary.BigEndian.Uint64(p[:8]) >> 1) }

// IsZero tells the id of nobody.
func (p Person) IsZero() bool { return p == Person{} }

//nolint:gochecknoglobals // it never changes
var encoding = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// String writes the id as "p" and 26 characters.
func (p Person) String() string { return "p" + encoding.EncodeToString(p[:]) }

// MarshalText writes the id as String does.
func (p Person) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads what String wrote.
func (p *Person) UnmarshalText(b []byte) (err error) {
	*p, err = ParsePerson(string(b))
	return err
}

// ParsePerson reads what String wrote.
func ParsePerson(s string) (Person, error) {
	var p Person
	if len(s) != 27 || s[0] != 'p' {
		return p, fmt.Errorf("%q is not a person id: it is \"p\" and 26 characters", s)
	}
	b, err := encoding.DecodeString(s[1:])
	if err != nil || len(b) != 16 {
		return p, fmt.Errorf("%q is not a person id: it is \"p\" and 26 of 0-9 a-z without i, l, o, u", s)
	}
	copy(p[:], b)
	if p.String() != s {
		return Person{}, fmt.Errorf("%q is not a person id as Attune writes it", s)
	}
	return p, nil
}

// Key names a touch, an attempt, an enrollment or a decision: 128 bits derived from its cause.
type Key [16]byte

// String writes the key as 32 hexadecimal digits.
func (k Key) String() string { return hex.EncodeToString(k[:]) }

// IsZero tells the key of nothing.
func (k Key) IsZero() bool { return k == Key{} }

// ParseKey reads what String wrote.
func ParseKey(s string) (Key, error) {
	var k Key
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != len(k) {
		return k, fmt.Errorf("%q is not an id: it is 32 hexadecimal digits", s)
	}
	copy(k[:], b)
	return k, nil
}

// Short is the first 64 bits of the key as a number, for lists where 64 bits are enough.
func (k Key) Short() uint64 { return binary.BigEndian.Uint64(k[:8]) }

// Seed is the secret from which everything about one person is derived and drawn.
type Seed [16]byte

// SeedOf derives a person's seed from the project's key, so that draws cannot be guessed from ids.
func SeedOf(projectKey []byte, p Person) Seed {
	m := hmac.New(sha256.New, projectKey)
	m.Write(p[:])
	var s Seed
	copy(s[:], m.Sum(nil))
	return s
}

// Derive names the thing of this kind that the given parts caused.
func Derive(seed Seed, kind string, parts ...uint64) Key {
	var buf [128]byte
	b := append(buf[:0], seed[:]...)
	b = append(b, byte(len(kind)))
	b = append(b, kind...)
	for _, p := range parts {
		b = binary.BigEndian.AppendUint64(b, p)
	}
	sum := sha256.Sum256(b)
	var k Key
	copy(k[:], sum[:])
	return k
}

// Draw gives a number in [0, 1) that depends on the seed, the kind and the parts alone: keyed
// randomness, so that looking again, or later, gives the same draw.
func Draw(seed Seed, kind string, parts ...uint64) float64 {
	k := Derive(seed, kind, parts...)
	return math.Ldexp(float64(k.Short()>>11), -53)
}

// Hash folds text into 64 bits for use as a part of Derive (FNV-1a).
func Hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := 0; i < len(s); i++ {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
