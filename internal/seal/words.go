package seal

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"github.com/tink-crypto/tink-go/v2/daead/subtle"
)

// Words hides single words that others chose, and that may say anything about anybody, where they
// must serve as keys: the same word is always hidden the same way. It may be used by many at once.
type Words struct{ siv *subtle.AESSIV }

// hiddenMark begins every hidden word; base64url has no such letter.
const hiddenMark = "~"

// NewWords makes Words from a secret of the organisation.
func NewWords(secret []byte) *Words {
	key, err := hkdf.Key(sha256.New, secret, nil, "attune words v1", subtle.AESSIVKeySize)
	if err != nil {
		panic(err) // only for more than 8,160 bytes
	}
	siv, err := subtle.NewAESSIV(key)
	if err != nil {
		panic(err) // only for a key of another length
	}
	return &Words{siv}
}

// Hide returns the word in a form that says nothing but how long it is, without slashes.
func (w *Words) Hide(word string) string {
	sealed, err := w.siv.EncryptDeterministically([]byte(word), nil)
	if err != nil {
		return hiddenMark // only for words of gigabytes
	}
	return hiddenMark + base64.RawURLEncoding.EncodeToString(sealed)
}

// Reveal returns what was hidden; anything else comes back as it is.
func (w *Words) Reveal(s string) string {
	hidden, ok := strings.CutPrefix(s, hiddenMark)
	if !ok {
		return s
	}
	sealed, err := base64.RawURLEncoding.DecodeString(hidden)
	if err != nil {
		return s
	}
	word, err := w.siv.DecryptDeterministically(sealed, nil)
	if err != nil {
		return s
	}
	return string(word)
}
