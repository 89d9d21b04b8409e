package contact

import (
	"crypto/hmac"
	"crypto/sha256"
	"slices"
	"strings"

	"attune/core/channel"
	"attune/core/expr"
	"attune/core/person"
)

// Address is where somebody is reached, by a channel.
type Address struct{ Channel, Address string }

// Of are the addresses that a person's traits hold.
func Of(traits []person.Trait) (out []Address) {
	for _, name := range channel.Names() {
		for _, trait := range channel.Addresses(name) {
			i := slices.IndexFunc(traits, func(t person.Trait) bool { return t.Name == trait })
			if i >= 0 && traits[i].Value.Type == expr.Text && traits[i].Value.Text != "" {
				out = append(out, Address{name, traits[i].Value.Text})
			}
		}
	}
	return out
}

// Normaliser brings the ways of writing one address into one.
type Normaliser struct {
	// Name tells what it does, such as "phone numbers of US": when it changes, the book is made anew.
	Name string
	// Normalise writes an address of a point of this kind, as core/channel.Point names it, the one way.
	Normalise func(point, address string) string
}

// Normal writes an address the one way as far as that can be done by looking at it alone: an e-mail
// address in small letters, a number as its digits with the plus it began with, anything else in small
// letters with single spaces.
func Normal(point, address string) string {
	address = strings.TrimSpace(address)
	if point != channel.Point(channel.SMS) {
		return strings.Join(strings.Fields(strings.ToLower(address)), " ")
	}
	var b strings.Builder
	for _, r := range address {
		if r >= '0' && r <= '9' || r == '+' && b.Len() == 0 {
			b.WriteRune(r)
		}
	}
	number := b.String()
	if rest, abroad := strings.CutPrefix(number, "00"); abroad {
		number = "+" + rest
	}
	return number
}

// token is all that the book keeps of a point.
type token [16]byte

// points are the tokens of an address: as it is kept, and as it would be kept without a normaliser of
// its own, by which what was suppressed before there was one is still found.
func (b *Book) points(of Address) (kept, plain token) {
	kind := channel.Point(of.Channel)
	plain = b.token(kind, Normal(kind, of.Address))
	if b.cfg.Normaliser.Normalise == nil {
		return plain, plain
	}
	return b.token(kind, b.cfg.Normaliser.Normalise(kind, of.Address)), plain
}

func (b *Book) token(kind, normal string) (t token) {
	m := hmac.New(sha256.New, b.cfg.Secret)
	m.Write([]byte(kind))
	m.Write([]byte{0})
	m.Write([]byte(normal))
	copy(t[:], m.Sum(nil))
	return t
}
