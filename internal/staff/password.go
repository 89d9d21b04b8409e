package staff

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
)

// The cost of a password's hash: what OWASP recommends for Argon2id, 19 MiB, two rounds, one lane. It is written into each hash, so that
// it can be raised; what was hashed more cheaply is hashed anew at its owner's next sign-in.
const (
	hashMemory = 19 << 10 // in KiB
	hashRounds = 2
	hashLanes  = 1
	hashBytes  = 32
)

// The bounds of a password, in characters. The upper one only bounds what has to be read.
const (
	MinPassword = 12
	MaxPassword = 256
)

// BusyError tells that as many passwords are being hashed as may be. Nothing was tried.
type BusyError struct{ After time.Duration }

func (e *BusyError) Error() string { return "many people sign in just now: try again in a moment" }

// take waits for its turn to hash, a bounded time. Whoever takes gives back.
func (b *Book) take(ctx context.Context) error {
	wait := time.NewTimer(b.hashWait)
	defer wait.Stop()
	select {
	case b.slots <- struct{}{}:
		return nil
	case <-wait.C:
		return &BusyError{After: b.hashWait}
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (b *Book) give() { <-b.slots }

// hash is what is kept of a password.
func (b *Book) hash(ctx context.Context, password string) (string, error) {
	if err := b.take(ctx); err != nil {
		return "", err
	}
	defer b.give()
	var salt [16]byte
	_, _ = rand.Read(salt[:]) // never fails: it ends the program instead
	sum := argon2.IDKey([]byte(password), salt[:], hashRounds, hashMemory, hashLanes, hashBytes)
	return encodeHash(hashMemory, hashRounds, hashLanes, salt[:], sum), nil
}

func encodeHash(memory, rounds uint32, lanes uint8, salt, sum []byte) string {
	raw := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, memory, rounds, lanes, raw.EncodeToString(salt), raw.EncodeToString(sum))
}

// decoy is a hash that no password has: of the same cost, so that who is unknown costs what a wrong password costs.
func decoy() string {
	return encodeHash(hashMemory, hashRounds, hashLanes, make([]byte, 16), make([]byte, hashBytes))
}

// verify tells whether a password is the hash's, and whether it should be hashed anew. Every hash costs the same.
func verify(hash, password string) (ok, outdated bool, err error) {
	var version int
	var memory, rounds uint32
	var lanes uint8
	parts := strings.Split(hash, "$")
	bad := errors.New("a password's hash cannot be read")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, false, bad
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &rounds, &lanes); err != nil || version != argon2.Version {
		return false, false, bad
	}
	if memory < 8 || memory > 1<<20 || rounds < 1 || rounds > 16 || lanes < 1 {
		return false, false, bad
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	sum, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	if err := errors.Join(err1, err2); err != nil || len(sum) != hashBytes {
		return false, false, bad
	}
	got := argon2.IDKey([]byte(password), salt, rounds, memory, lanes, hashBytes)
	return subtle.ConstantTimeCompare(got, sum) == 1, memory < hashMemory || rounds < hashRounds, nil
}

// PasswordError says why a password is refused.
type PasswordError struct{ Says string }

func (e *PasswordError) Error() string { return e.Says }

// different is how many different characters have to remain of a password when all is taken away that others would guess.
const different = 6

// checkPassword refuses what is guessed first. There are no rules on kinds of characters: length is what helps.
func checkPassword(password, name, email string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case !utf8.ValidString(password):
		return &PasswordError{"The password has bytes that are no text."}
	case n < MinPassword:
		return &PasswordError{fmt.Sprintf("The password is too short: it needs %d characters or more. Several words in a row are good.", MinPassword)}
	case n > MaxPassword:
		return &PasswordError{fmt.Sprintf("The password is too long: %d characters at most.", MaxPassword)}
	}
	rest := strings.ToLower(password)
	for _, w := range append(ownWords(name, email), commonWords()...) {
		rest = strings.ReplaceAll(rest, w, "")
	}
	plain := strings.NewReplacer("0", "o", "1", "l", "3", "e", "4", "a", "5", "s", "7", "t", "@", "a", "$", "s", "!", "i").Replace(strings.ToLower(password))
	for _, w := range append(ownWords(name, email), commonWords()...) {
		plain = strings.ReplaceAll(plain, w, "")
	}
	if variety(rest) < different || variety(plain) < different {
		return &PasswordError{"The password is easily guessed: take away common words, years in a row and your own name, and too little remains. Choose other words."}
	}
	return nil
}

// variety is how many different characters a text has.
func variety(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}

// ownWords are the words of an account that others know.
func ownWords(name, email string) (out []string) {
	for _, w := range strings.FieldsFunc(strings.ToLower(name+" "+email), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		if utf8.RuneCountInString(w) >= 3 {
			out = append(out, w)
		}
	}
	return out
}

// commonWords are what passwords that are guessed first are made of, longer ones before those that are parts of them.
func commonWords() []string {
	return []string{
		"qwertyuiop", "1234567890", "administrator", "contraseña", "contrasena", "asdfghjkl", "123456789", "987654321", "letmein", "passwort", "password", "iloveyou",
		"changeme", "sunshine", "princess", "football", "baseball", "superman", "starwars", "whatever", "trustno1", "computer", "internet", "qwertz", "azerty", "azertyuiop", "zxcvbnm",
		"welcome", "hospital", "klinikum", "charlie", "michael", "jessica", "jordan", "freedom", "shadow", "master", "monkey", "dragon", "killer", "secret", "access", "qwerty", "asdfgh",
		"abcdefgh", "abcdef", "abc123", "12345678", "1234567", "123456", "12345", "1234", "654321", "111111", "000000", "123123", "1q2w3e4r", "1q2w3e", "q1w2e3",
		"attune", "clinic", "doctor", "nurse", "patient", "health", "medical", "engage", "company", "default", "testing", "login", "admin", "guest", "hello", "pass", "love", "test", "user",
		"january", "february", "september", "october", "november", "december", "summer", "winter", "spring", "autumn", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday",
		"verano", "invierno", "hola", "amor", "usuario",
	}
}
