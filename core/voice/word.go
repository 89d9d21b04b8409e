package voice

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// word is a word of a text, in small letters, and where it begins and ends.
type word struct {
	text       string
	begin, end int
}

// split finds the words of a text: letters and digits, also with an apostrophe or hyphen between them.
func split(text string) []word {
	var out []word
	begin := -1
	close := func(end int) {
		if begin >= 0 {
			out = append(out, word{strings.ToLower(strings.ReplaceAll(text[begin:end], "’", "'")), begin, end})
		}
		begin = -1
	}
	for i, r := range text {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			if begin < 0 {
				begin = i
			}
		case (r == '\'' || r == '’' || r == '-') && begin >= 0 && letterAt(text, i+utf8.RuneLen(r)):
		default:
			close(i)
		}
	}
	close(len(text))
	return out
}

func letterAt(text string, i int) bool {
	r, _ := utf8.DecodeRuneInString(text[min(i, len(text)):])
	return unicode.IsLetter(r)
}

// find lists where the words of a phrase stand one after the other.
func find(words []word, phrase string) []word {
	parts := split(phrase)
	var out []word
	for i := 0; len(parts) > 0 && i+len(parts) <= len(words); i++ {
		hit := true
		for k := range parts {
			hit = hit && words[i+k].text == parts[k].text
		}
		if hit {
			out = append(out, word{phrase, words[i].begin, words[i+len(parts)-1].end})
		}
	}
	return out
}

// hasLetters tells a word from a number.
func (w word) hasLetters() bool { return strings.ContainsFunc(w.text, unicode.IsLetter) }
