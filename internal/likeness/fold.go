package likeness

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// most bounds the words of one name, and longest the bytes of a word; what is more is not looked at.
const (
	most    = 12
	longest = 64
)

// Words are those of a name in the one way in which they are compared: small letters without accents, apostrophes
// dropped, hyphens and other signs between words. Digits at a word's end are no part of it: no name has any, but people
// made up for tests do ("Wesley123").
func Words(name string) (words []string) {
	name = strings.Map(func(r rune) rune {
		if apostrophe(r) { // some of them are something else when taken apart
			return -1
		}
		return r
	}, name)
	var b strings.Builder
	for _, r := range norm.NFKD.String(name) {
		if !mark(r) && !apostrophe(r) {
			b.WriteString(plain(unicode.ToLower(r)))
		}
	}
	for _, w := range strings.FieldsFunc(b.String(), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) }) {
		if bare := strings.TrimRight(w, "0123456789"); bare != "" {
			w = bare
		}
		if len(w) > longest {
			cut := longest
			for !utf8.RuneStart(w[cut]) {
				cut--
			}
			w = w[:cut]
		}
		if words = append(words, w); len(words) == most {
			break
		}
	}
	return words
}

func apostrophe(r rune) bool { return strings.ContainsRune("'’‘ʼʻʹ`´", r) }

// mark tells the accents that people leave out: those of Latin, Greek and Cyrillic letters, and the points of Hebrew
// and Arabic. The vowel signs of other scripts are letters to those who write them.
func mark(r rune) bool {
	return r >= 0x0300 && r <= 0x036f || r >= 0x0591 && r <= 0x05c7 || r >= 0x064b && r <= 0x065f
}

// plain writes a letter that is no other one with an accent as people do who do not have it.
func plain(r rune) string {
	switch r {
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'ø':
		return "o"
	case 'ł':
		return "l"
	case 'đ', 'ð':
		return "d"
	case 'þ':
		return "th"
	case 'ı':
		return "i"
	case 'ς':
		return "σ"
	}
	return string(r)
}

// Asked are the words of a name that is looked for, as [Facts.Names] has them.
func Asked(name string) []string {
	words, after := generation(Words(name))
	return join(join(nil, words...), after)
}

// suffix is a word that tells generations of one name apart, the one way.
func suffix(word string) string {
	switch word {
	case "jr", "junior", "hijo":
		return "jr"
	case "sr", "senior", "padre":
		return "sr"
	case "ii", "iii", "iv":
		return word
	}
	return ""
}

// generation takes the word out of a name that tells generations apart.
func generation(words []string) (rest []string, is string) {
	if len(words) < 2 {
		return words, ""
	}
	if is = suffix(words[len(words)-1]); is != "" {
		return words[:len(words)-1], is
	}
	return words, ""
}

// digits are those of a text, in their order.
func digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// join adds what is not there yet, in order.
func join(to []string, more ...string) []string {
	for _, w := range more {
		if w != "" && !slices.Contains(to, w) {
			to = append(to, w)
		}
	}
	return to
}
