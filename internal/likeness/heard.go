package likeness

import (
	"slices"
	"strings"
)

// Heard are the forms of a folded word as it is heard: who speaks English and who speaks Spanish may hear two words
// alike that are written otherwise. Words are heard alike that share a form. A word in letters that neither writes is
// heard as it is written.
//
// The English form follows Lawrence Philips, "Hanging on the Metaphone", Computer Language 7(12), 1990: consonants by
// their sound, vowels only at the beginning. The Spanish one follows the letters that the Real Academia's Ortografía
// (2010) says are one sound, in Spain or in America: b and v; c, s and z; g and j; ll and y; h is silent. It keeps
// the vowels.
func Heard(word string) []string {
	if word == "" || strings.IndexFunc(word, func(r rune) bool { return r < 'a' || r > 'z' }) >= 0 {
		return []string{word}
	}
	return slices.Compact([]string{"en:" + english(word), "es:" + spanish(word)})
}

func vowel(c byte) bool { return strings.IndexByte("aeiou", c) >= 0 }

// soft tells the letters before which c and g are soft.
func soft(c byte) bool { return c == 'e' || c == 'i' || c == 'y' }

// letters walks over a word.
type letters struct {
	word string
	at   int
}

// look is the letter so many places on; 0 beyond the ends.
func (l *letters) look(by int) byte {
	if i := l.at + by; i >= 0 && i < len(l.word) {
		return l.word[i]
	}
	return 0
}

// next tells whether the word goes on with these letters after the present one.
func (l *letters) next(s string) bool { return strings.HasPrefix(l.word[l.at+1:], s) }

// english writes a word by its consonants: 0 is th, x is sh and ch, a is any vowel at the beginning.
func english(word string) string {
	for _, silent := range []string{"kn", "gn", "pn", "wr", "ps"} {
		if strings.HasPrefix(word, silent) {
			word = word[1:]
		}
	}
	if strings.HasPrefix(word, "wh") {
		word = "w" + word[2:]
	}
	var b strings.Builder
	l := letters{word: word}
	for ; l.at < len(word); l.at++ {
		c := word[l.at]
		if l.at > 0 && c == l.look(-1) && c != 'c' {
			continue
		}
		if vowel(c) || c == 'y' && !vowel(l.look(1)) {
			if l.at == 0 {
				b.WriteByte('a')
			}
			continue
		}
		sound, skip := l.english(c)
		b.WriteString(sound)
		l.at += skip
	}
	return b.String()
}

// english is how a consonant sounds, and how many letters after it are part of that.
func (l *letters) english(c byte) (sound string, skip int) {
	switch c {
	case 'b':
		if l.look(-1) == 'm' && l.look(1) == 0 {
			return "", 0
		}
	case 'c':
		switch {
		case l.next("h"):
			return "x", 1
		case l.next("k"), l.next("q"):
			return "k", 1
		case l.next("ia"):
			return "x", 0
		case soft(l.look(1)):
			return "s", 0
		}
		return "k", 0
	case 'd':
		if l.next("ge") || l.next("gi") || l.next("gy") {
			return "j", 1
		}
		return "t", 0
	case 'g':
		return l.englishG()
	case 'h':
		if vowel(l.look(-1)) && !vowel(l.look(1)) {
			return "", 0
		}
	case 'p':
		if l.next("h") {
			return "f", 1
		}
	case 'q':
		return "k", 0
	case 's':
		switch {
		case l.next("ch"):
			return "x", 2
		case l.next("h"):
			return "x", 1
		case l.next("io"), l.next("ia"):
			return "x", 0
		case l.look(1) == 'c' && soft(l.look(2)):
			return "s", 1
		}
	case 't':
		switch {
		case l.next("h"):
			return "0", 1
		case l.next("ch"):
			return "x", 2
		case l.next("io"), l.next("ia"):
			return "x", 0
		}
	case 'v':
		return "f", 0
	case 'w', 'y':
		if !vowel(l.look(1)) {
			return "", 0
		}
	case 'x':
		if l.at == 0 {
			return "s", 0
		}
		return "ks", 0
	case 'z':
		return "s", 0
	}
	return string(c), 0
}

func (l *letters) englishG() (sound string, skip int) {
	switch {
	case l.next("h"):
		if l.at > 0 && !vowel(l.look(2)) {
			return "", 1 // Wright, Leigh
		}
		return "k", 1
	case l.look(1) == 'n' && (l.look(2) == 0 || l.word[l.at+1:] == "ned"):
		return "", 0
	case soft(l.look(1)) && l.look(-1) != 'g':
		return "j", 0
	}
	return "k", 0
}

// spanish writes a word by its sounds: b for b and v, k for c, k and qu, s for c, s and z, j for g, j and x, i for i, y
// and ll, u for u and w, x for ch.
func spanish(word string) string {
	var b []byte
	l := letters{word: word}
	for ; l.at < len(word); l.at++ {
		sound, skip := l.spanish(word[l.at])
		l.at += skip
		if sound != 0 && (len(b) == 0 || b[len(b)-1] != sound) {
			b = append(b, sound)
		}
	}
	return string(b)
}

func (l *letters) spanish(c byte) (sound byte, skip int) {
	switch c {
	case 'h':
		return 0, 0
	case 'v':
		return 'b', 0
	case 'w':
		return 'u', 0
	case 'y':
		return 'i', 0
	case 'z':
		return 's', 0
	case 'c':
		switch {
		case l.next("h"):
			return 'x', 1
		case soft(l.look(1)):
			return 's', 0
		}
		return 'k', 0
	case 'q':
		if l.next("u") {
			return 'k', 1
		}
		return 'k', 0
	case 'g':
		switch {
		case l.look(1) == 'u' && soft(l.look(2)):
			return 'g', 1
		case soft(l.look(1)):
			return 'j', 0
		}
	case 'l':
		if l.next("l") && vowel(l.look(2)) {
			return 'i', 1
		}
	case 'p':
		if l.next("h") {
			return 'f', 1
		}
	case 'x':
		if l.at == 0 {
			return 'j', 0
		}
		return 's', 0
	}
	return c, 0
}
