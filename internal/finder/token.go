package finder

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
	"slices"

	"attune/internal/likeness"
)

// token is all that the file holds of a name, a date or a number: 48 bits of a keyed hash. A few of many millions may
// be one by chance; whoever is found by one is looked at.
type token int64

const tokenSize = 6

// What tokens are of.
const (
	ofName  = "name"  // a word of a name as written
	ofHeard = "heard" // a word of a name as heard
	ofBoth  = "both"  // two words of one person's names as heard
	ofBorn  = "born"  // a birth date
	ofYear  = "year"  // its year
	ofTail  = "tail"  // the last four and the last six digits of a telephone number
	ofTwice = "twice" // a first name as heard with the birth date: the same for who is born on 4 November and on 11 April
)

// Tails are how many digits of a telephone number are enough to find somebody.
const (
	shortTail = 4
	longTail  = 6
)

// hasher makes tokens.
type hasher struct {
	mac hash.Hash
	sum [sha256.Size]byte
}

func (b *Book) hasher() *hasher { return &hasher{mac: hmac.New(sha256.New, b.cfg.Secret)} }

func (h *hasher) token(kind, value string) token {
	h.mac.Reset()
	h.mac.Write([]byte(kind))
	h.mac.Write([]byte{0})
	h.mac.Write([]byte(value))
	return token(binary.BigEndian.Uint64(h.mac.Sum(h.sum[:0])) >> 16)
}

// of are all tokens of somebody, in order.
func (h *hasher) of(f *likeness.Facts) []token {
	var out []token
	names := f.Names()
	var heard [][]string
	for _, w := range names {
		out = append(out, h.token(ofName, w))
		heard = append(heard, likeness.Heard(w))
		for _, k := range heard[len(heard)-1] {
			out = append(out, h.token(ofHeard, k))
		}
	}
	for i := range min(len(heard), paired) {
		for j := range i {
			out = append(out, h.both(heard[i], heard[j])...)
		}
	}
	for _, w := range f.Joined {
		out = append(out, h.token(ofName, w))
	}
	if f.Born != "" {
		out = append(out, h.token(ofBorn, f.Born), h.token(ofYear, f.Born[:4]))
	}
	for _, number := range f.Phones {
		for _, n := range []int{shortTail, longTail} {
			if len(number) >= n {
				out = append(out, h.token(ofTail, number[len(number)-n:]))
			}
		}
	}
	for _, t := range h.alike(f) {
		if t.kind == ofTwice {
			out = append(out, t.token)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// paired is of how many words of somebody's names any two have a token of their own.
const paired = 6

// both are the tokens of two words: as English is heard, and as Spanish is. Many are called María and many García, and
// to go through either would take long.
func (h *hasher) both(a, b []string) []token {
	one := func(x, y string) token { return h.token(ofBoth, min(x, y)+"\x00"+max(x, y)) }
	return []token{one(a[0], b[0]), one(a[len(a)-1], b[len(b)-1])}
}

// shared is a token by which others are found who may be the same person: of those, who has one of with, too, if there
// are any.
type shared struct {
	kind string
	token
	with []token
}

func (h *hasher) alike(f *likeness.Facts) (out []shared) {
	for _, number := range f.Phones {
		if len(number) >= longTail {
			out = append(out, shared{kind: ofTail, token: h.token(ofTail, number[len(number)-longTail:])})
		}
	}
	if f.Born == "" {
		return out
	}
	born := f.Born
	if other := likeness.Swapped(born); other != "" {
		born = min(born, other)
	}
	first := slices.Concat(f.Given, f.Called)
	if len(first) == 0 {
		first = f.Family // a whole name in one field
	}
	var last []token
	for _, w := range f.Family {
		for _, k := range likeness.Heard(w) {
			last = append(last, h.token(ofHeard, k))
		}
	}
	for _, w := range first {
		for _, k := range likeness.Heard(w) {
			t := h.token(ofTwice, k+"\x00"+born)
			if !slices.ContainsFunc(out, func(o shared) bool { return o.token == t }) {
				out = append(out, shared{ofTwice, t, last})
			}
		}
	}
	return out
}

// pack writes tokens that are in order.
func pack(tokens []token) []byte {
	out := make([]byte, 0, len(tokens)*tokenSize)
	for _, t := range tokens {
		out = append(out, byte(t>>40), byte(t>>32), byte(t>>24), byte(t>>16), byte(t>>8), byte(t))
	}
	return out
}

// unpack reads what pack wrote.
func unpack(b []byte) []token {
	out := make([]token, 0, len(b)/tokenSize)
	for ; len(b) >= tokenSize; b = b[tokenSize:] {
		out = append(out, token(b[0])<<40|token(b[1])<<32|token(b[2])<<24|token(b[3])<<16|token(b[4])<<8|token(b[5]))
	}
	return out
}
