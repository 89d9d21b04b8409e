package identity

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"strings"
)

// Key is an identifier: a value, and the system in which that value means one person. A value
// without its system means nobody; "12345" is somebody else in every hospital.
type Key struct{ System, Value string }

// Anonymous ends the name of a system whose identifiers mean somebody of whom a source does not know who they are, such
// as a browser.
const Anonymous = ":anonymous"

// Anonymous tells that the key means somebody of whom nobody knows who they are.
func (k Key) Anonymous() bool { return strings.HasSuffix(k.System, Anonymous) }

// Check tells what makes the key unusable, without repeating it.
func (k Key) Check() error {
	switch {
	case k.System == "":
		return errors.New("the identifier has no system")
	case strings.ContainsRune(k.System, 0):
		return errors.New("the identifier's system contains a NUL")
	case k.Value == "":
		return errors.New("the identifier is empty")
	case len(k.Value) > MaxValue:
		return errors.New("the identifier is longer than 512 bytes")
	}
	return nil
}

// MaxValue is the length of the longest value in bytes.
const MaxValue = 512

// Candidates reads what people type at a command line, SYSTEM:VALUE. Both may contain colons, so
// there is a candidate for each of them, the longest system first.
func Candidates(s string) []Key {
	var keys []Key
	for i := strings.LastIndexByte(s, ':'); i > 0; i = strings.LastIndexByte(s[:i], ':') {
		if k := (Key{s[:i], s[i+1:]}); k.Check() == nil {
			keys = append(keys, k)
		}
	}
	return keys
}

// token is all that the directory keeps of an identifier.
type token [16]byte

func (d *Directory) token(k Key) token {
	m := hmac.New(sha256.New, d.secret)
	m.Write([]byte(k.System))
	m.Write([]byte{0})
	m.Write([]byte(k.Value))
	var t token
	copy(t[:], m.Sum(nil))
	return t
}
