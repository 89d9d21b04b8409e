package words

import (
	"strings"
	"unicode"
)

// plain brings a text into the form in which words are compared, and counts for each word in which part
// of a sentence it stands. A letter that stands three times or more in a row stands there once, so that
// "stooop" is "stop".
func plain(text string) (words []string, parts []int) {
	var b strings.Builder
	part := 0
	end := func() {
		if b.Len() > 0 {
			words, parts = append(words, short(b.String())), append(parts, part)
			b.Reset()
		}
	}
	for _, r := range text {
		switch r = bare(unicode.ToLower(r)); {
		case r == '\'' || r == '’' || r == '‘' || r == '`' || r == '´' || r == 'ـ' || unicode.Is(unicode.Mn, r):
			// An apostrophe is left out, so that "don’t" and "dont" are one word, and so is an accent
			// or vowel that was written as a character of its own, and what stretches an Arabic word.
		case r == 'ß':
			b.WriteString("ss")
		case r == 'æ':
			b.WriteString("ae")
		case r == 'œ':
			b.WriteString("oe")
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		default:
			end()
			if strings.ContainsRune(".,;:!?\n،؛؟", r) {
				part++
			}
		}
	}
	end()
	return words, parts
}

// short writes once what is a letter three times or more in a row.
func short(word string) string {
	letters := []rune(word)
	out := make([]rune, 0, len(letters))
	for i := 0; i < len(letters); {
		n := 1
		for i+n < len(letters) && letters[i+n] == letters[i] {
			n++
		}
		if n < 3 || unicode.IsDigit(letters[i]) {
			out = append(out, letters[i:i+n]...)
		} else {
			out = append(out, letters[i])
		}
		i += n
	}
	return string(out)
}

// bare takes the accent off a small letter of Latin-1 or Latin Extended-A, the letters of the languages
// of Europe and the Americas, and brings the forms of an Arabic letter together.
func bare(r rune) rune {
	switch r {
	case 'à', 'á', 'â', 'ã', 'ä', 'å', 'ā', 'ă', 'ą':
		return 'a'
	case 'ç', 'ć', 'ĉ', 'ċ', 'č':
		return 'c'
	case 'ď', 'đ', 'ð':
		return 'd'
	case 'è', 'é', 'ê', 'ë', 'ē', 'ĕ', 'ė', 'ę', 'ě':
		return 'e'
	case 'ĝ', 'ğ', 'ġ', 'ģ':
		return 'g'
	case 'ĥ', 'ħ':
		return 'h'
	case 'ì', 'í', 'î', 'ï', 'ĩ', 'ī', 'ĭ', 'į', 'ı':
		return 'i'
	case 'ĵ':
		return 'j'
	case 'ķ':
		return 'k'
	case 'ĺ', 'ļ', 'ľ', 'ŀ', 'ł':
		return 'l'
	case 'ñ', 'ń', 'ņ', 'ň':
		return 'n'
	case 'ò', 'ó', 'ô', 'õ', 'ö', 'ø', 'ō', 'ŏ', 'ő':
		return 'o'
	case 'ŕ', 'ŗ', 'ř':
		return 'r'
	case 'ś', 'ŝ', 'ş', 'š', 'ș':
		return 's'
	case 'ţ', 'ť', 'ŧ', 'ț':
		return 't'
	case 'ù', 'ú', 'û', 'ü', 'ũ', 'ū', 'ŭ', 'ů', 'ű', 'ų':
		return 'u'
	case 'ŵ':
		return 'w'
	case 'ý', 'ÿ', 'ŷ':
		return 'y'
	case 'ź', 'ż', 'ž':
		return 'z'
	case 'أ', 'إ', 'آ', 'ٱ':
		return 'ا'
	case 'ى':
		return 'ي'
	case 'ة':
		return 'ه'
	}
	return r
}
