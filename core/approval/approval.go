// Package approval is what somebody signs who approves a text, and what such a signature is worth: who may
// approve, the words that are signed, and which roles have approved at an instant.
//
// It reads no files, holds no private keys and knows no templates: a text is the hash of all that changes
// what is sent. Start at [Line.Signed] and [Rules.Lacks].
package approval

import (
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"attune/core/instant"
	"attune/core/source"
)

// Rules are what a program's policy says of approvals.
type Rules struct {
	// Require tells that only approved texts are sent.
	Require bool
	// Approvers are those whose signatures count, and Roles the roles of which each text needs an approval;
	// without any, one approval of any role is enough.
	Approvers []Approver
	Roles     []string
}

// Approver is somebody who may approve texts.
type Approver struct {
	// ID is what lines name the approver by, and Name the name for people.
	ID, Name string
	Roles    []string
	Key      ed25519.PublicKey
	// Demo tells that the private key is known to everybody, so that the signature proves nothing.
	Demo bool
}

// Called is how people are told of the approver. Who signs with a demonstration's key is never named
// without that.
func (a *Approver) Called() string {
	if a.Demo {
		return a.Name + " (signed with the demonstration's key)"
	}
	return a.Name
}

// Approver returns the approver of that id, or nil.
func (r *Rules) Approver(id string) *Approver {
	for i := range r.Approvers {
		if r.Approvers[i].ID == id {
			return &r.Approvers[i]
		}
	}
	return nil
}

// With lists the approvers of a role; all of them where the role is empty.
func (r *Rules) With(role string) []*Approver {
	var out []*Approver
	for i := range r.Approvers {
		if role == "" || slices.Contains(r.Approvers[i].Roles, role) {
			out = append(out, &r.Approvers[i])
		}
	}
	return out
}

// Line is one approval, each field as it is written.
type Line struct {
	// Content names the text, and Hash is that of all that changes what is sent.
	Content, Hash string
	// By is the approver's id and Role the one in which they approve.
	By, Role string
	// When it was given, the last day on which it holds, or nothing, and what it means.
	When, Expires, Meaning string
	// Signature is that of Signed, in base64.
	Signature string
}

// Signed is what the signature covers: every other field and the program, each with its length, so that
// no two approvals have the same words and a signature fits no other line, program or purpose.
func (l Line) Signed(program string) []byte {
	var b strings.Builder
	b.WriteString("attune approval of content, version 1\n")
	for _, field := range []struct{ name, says string }{
		{"program", program}, {"content", l.Content}, {"hash", l.Hash}, {"by", l.By}, {"role", l.Role},
		{"when", l.When}, {"expires", l.Expires}, {"meaning", l.Meaning},
	} {
		fmt.Fprintf(&b, "%s %d\n%s\n", field.name, len(field.says), field.says)
	}
	return []byte(b.String())
}

// Genuine tells whether the line's signature was made for exactly this line of this program, by the
// owner of the key.
func (l Line) Genuine(program string, key ed25519.PublicKey) bool {
	signature, ok := decode(l.Signature, ed25519.SignatureSize)
	return ok && len(key) == ed25519.PublicKeySize && ed25519.Verify(key, l.Signed(program), signature)
}

// Sign returns the line with the signature of the key's owner.
func (l Line) Sign(program string, key ed25519.PrivateKey) Line {
	l.Signature = base64.StdEncoding.EncodeToString(ed25519.Sign(key, l.Signed(program)))
	return l
}

const keyPrefix = "ed25519:"

// ParseKey reads a public key as policies write it: "ed25519:" and 32 bytes in base64.
func ParseKey(s string) (ed25519.PublicKey, bool) {
	text, is := strings.CutPrefix(s, keyPrefix)
	key, ok := decode(text, ed25519.PublicKeySize)
	return key, is && ok
}

// KeyText writes a public key as ParseKey reads it.
func KeyText(key ed25519.PublicKey) string {
	return keyPrefix + base64.StdEncoding.EncodeToString(key)
}

// decode reads so many bytes of base64, in the one way in which they are written: a signature with other
// letters is another signature.
func decode(text string, size int) ([]byte, bool) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) != size || base64.StdEncoding.EncodeToString(b) != text {
		return nil, false
	}
	return b, true
}

// Given is an approval that was found to be genuine and for the text as it is now.
type Given struct {
	Line
	Approver *Approver
	Pos      source.Pos
	// Until is the first instant at which it does not hold any more, or Never.
	Until instant.Time
}

// Until is the end of an approval's last day on the clock of a zone: the first instant at which the clock
// shows a later day. Without a last day it is Never.
func Until(lastDay instant.Date, zone *instant.Zone) instant.Time {
	if lastDay == (instant.Date{}) {
		return instant.Never
	}
	return zone.Begins(lastDay.Days() + 1)
}

// Lacks lists the roles whose approval a text needs and does not have at an instant, nil where it has
// all. Where no roles are named and nobody approved, that is one empty role.
func (r *Rules) Lacks(given []Given, at instant.Time) []string {
	roles := r.Roles
	if len(roles) == 0 {
		roles = []string{""}
	}
	var out []string
	for _, role := range roles {
		if !slices.ContainsFunc(given, func(g Given) bool { return (role == "" || g.Role == role) && at < g.Until }) {
			out = append(out, role)
		}
	}
	return out
}
