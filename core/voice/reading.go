package voice

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Formula tells how hard a text of a language is to read.
type Formula struct {
	Language, Name string
	// Ease tells that more is easier; otherwise less is.
	Ease bool
	// easy and plain are up to where, or for an ease from where, a text is called so.
	easy, plain float64
	measure     func(words, syllables, sentences float64) float64
	// syllables counts those of a word in small letters.
	syllables func(word string) int
}

// Formulas are those that are known; texts in other languages are not measured.
//
// English: the grade of Kincaid, Fishburne, Rogers and Chissom, "Derivation of New Readability Formulas
// for Navy Enlisted Personnel", 1975. Spanish: the perspicuity of Szigriszt Pazos, 1993, whose values
// the scale INFLESZ explains (Barrio-Cantalejo and others, An Sist Sanit Navar 2008;31:135-152): from 55
// a text is of normal difficulty, from 65 quite easy, and from 80 very easy. What patients read should be of grade 6 to 8 (Weiss, "Health
// literacy and patient safety", American Medical Association, 2007).
func Formulas() []Formula {
	return []Formula{
		{Language: "en", Name: "Flesch-Kincaid grade", easy: 6, plain: 8, syllables: englishSyllables, measure: func(words, syllables, sentences float64) float64 {
			return float64(0.39*(words/sentences)) + float64(11.8*(syllables/words)) - 15.59
		}},
		{Language: "es", Name: "INFLESZ ease", Ease: true, easy: 65, plain: 55, syllables: spanishSyllables, measure: func(words, syllables, sentences float64) float64 {
			return 206.835 - float64(62.3*(syllables/words)) - words/sentences
		}},
	}
}

// fewest is how many words a text needs to be measured: the formulas were made for samples of a hundred
// words, and say nothing about a line.
const fewest = 20

// measured is how hard a text is, and what makes it so.
type measured struct {
	value float64
	// longest begins the sentence with the most words, which has length, and hardest are the words with
	// the most syllables.
	longest, length int
	hardest         []string
}

// Measure says how hard a text is to read; false where it is too short.
func (f Formula) Measure(text string) (float64, bool) {
	m, ok := f.measureText(text)
	return m.value, ok
}

// The levels of reading, over languages.
const (
	Easy  = "easy"
	Plain = "plain"
	Hard  = "hard"
)

// Level is how hard a text of a language is to read; empty where it cannot be measured.
func Level(language, text string) string {
	i := slices.IndexFunc(Formulas(), func(f Formula) bool { return f.Language == language })
	if i < 0 {
		return ""
	}
	f := Formulas()[i]
	value, enough := f.Measure(text)
	harder := func(than float64) bool { return f.Ease && value < than || !f.Ease && value > than }
	switch {
	case !enough:
		return ""
	case harder(f.plain):
		return Hard
	case harder(f.easy):
		return Plain
	}
	return Easy
}

func (f Formula) measureText(text string) (measured, bool) {
	var m measured
	words, syllables, sentences, most := 0, 0, 0, 0
	for _, s := range sentencesOf(text) {
		n := 0
		for _, w := range split(text[s[0]:s[1]]) {
			if !w.hasLetters() {
				continue
			}
			n++
			k := 0
			for part := range strings.SplitSeq(w.text, "-") {
				k += f.syllables(part)
			}
			syllables += k
			if k > most {
				most, m.hardest = k, nil
			}
			if k == most && len(m.hardest) < 3 {
				m.hardest = append(m.hardest, w.text)
			}
		}
		if n > m.length {
			m.longest, m.length = s[0], n
		}
		if words += n; n > 0 {
			sentences++
		}
	}
	if words < fewest {
		return m, false
	}
	m.value = f.measure(float64(words), float64(syllables), float64(sentences))
	return m, true
}

// sentencesOf finds where sentences begin and end: at . ! ? … before a space, and at empty lines, so
// that greetings and signatures are sentences of their own. A stop before a small letter ends none.
func sentencesOf(text string) [][2]int {
	var out [][2]int
	begin := 0
	end := func(i int) {
		if from := begin + len(text[begin:i]) - len(strings.TrimLeftFunc(text[begin:i], unicode.IsSpace)); from < i {
			out = append(out, [2]int{from, i})
		}
		begin = i
	}
	for i, r := range text {
		after := text[i+utf8.RuneLen(r):]
		switch r {
		case '.', '!', '?', '…':
			next, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(after, unicode.IsSpace))
			if after == "" || after[0] == ' ' && !unicode.IsLower(next) || after[0] == '\n' {
				end(len(text) - len(after))
			}
		case '\n':
			if strings.HasPrefix(after, "\n") {
				end(i)
			}
		}
	}
	end(len(text))
	return out
}

// englishSyllables counts groups of vowels, without an e that is not heard at the end. Spelling does not
// tell more; about nine words of ten come out right.
func englishSyllables(word string) int {
	word, _, _ = strings.Cut(word, "'")
	n, before := 0, false
	for _, r := range word {
		vowel := strings.ContainsRune("aeiouyáéíóúàèêëïöü", r)
		if vowel && !before {
			n++
		}
		before = vowel
	}
	ends := func(endings ...string) bool {
		for _, e := range endings {
			if strings.HasSuffix(word, e) {
				return true
			}
		}
		return false
	}
	switch {
	case n < 2:
	case ends("le") && !ends("ale", "ele", "ile", "ole", "ule", "yle"), ends("ee", "ye", "oe", "ue"):
		// table, coffee: heard, or one group with the vowel before
	case ends("e"):
		n--
	case ends("ed") && !ends("ted", "ded", "eed", "ied"):
		n--
	case ends("es") && !ends("ses", "xes", "zes", "ches", "shes", "ges", "ces", "ees", "ies", "les", "betes"):
		n--
	}
	for _, two := range []string{"ia", "io", "iu", "eo", "ua", "uou"} { // two syllables, as in diary, video, actual
		if !strings.Contains(word, two) {
			continue
		}
		if !strings.Contains(word, "tion") && !strings.Contains(word, "sion") && !strings.Contains(word, "cial") && !strings.Contains(word, "tial") &&
			!strings.Contains(word, "qua") && !strings.Contains(word, "gua") && !strings.Contains(word, "cious") && !strings.Contains(word, "peo") {
			n++
			break
		}
	}
	return max(n, 1)
}

// spanishSyllables counts what is heard as the heart of a syllable: a, e, o and accented vowels each are
// one, and i and u are one only where none of these stands beside them. The u of que, qui, gue and gui
// is silent, and y is a vowel at the end of a word.
func spanishSyllables(word string) int {
	for _, silent := range [][2]string{{"qu", "q"}, {"gue", "ge"}, {"gui", "gi"}, {"gué", "gé"}, {"guí", "gí"}} {
		word = strings.ReplaceAll(word, silent[0], silent[1])
	}
	if stem, found := strings.CutSuffix(word, "y"); found {
		word = stem + "i"
	}
	n, inside, strong := 0, false, false
	for _, r := range word + " " {
		switch {
		case strings.ContainsRune("aeoáéóíú", r):
			n, inside, strong = n+1, true, true
		case strings.ContainsRune("iuü", r):
			inside = true
		default:
			if inside && !strong {
				n++
			}
			inside, strong = false, false
		}
	}
	return max(n, 1)
}
