package wall

import (
	"strings"
	"unicode"

	"golang.org/x/image/font/sfnt"
	"golang.org/x/text/unicode/norm"

	"attune/internal/fonts"
)

// Face is a font. The first four are chosen; the others stand in for letters that those do not have.
type Face string

// The faces that are chosen. Serif is for what patients said, and for nothing else.
const (
	Regular Face = "regular"
	Bold    Face = "bold"
	Italic  Face = "italic"
	Serif   Face = "serif"
)

// family is what the face is called, where it is not embedded.
func (f Face) family() (name string, bold, italic bool) {
	switch f {
	case Regular:
		return "Atkinson Hyperlegible Next", false, false
	case Bold:
		return "Atkinson Hyperlegible Next", true, false
	case Italic:
		return "Atkinson Hyperlegible Next", false, true
	case Serif:
		return "Source Serif 4", false, true
	default:
		return "Noto Sans", strings.HasSuffix(string(f), "-bold"), false
	}
}

// instead are the faces that are asked in turn for a letter.
func (f Face) instead() (out []Face) {
	for _, name := range fonts.Instead(string(f)) {
		out = append(out, Face(name))
	}
	return out
}

// noGlyph stands for a letter that no face has.
const noGlyph = '¤'

// What a line of text takes above and below its baseline, in ems. All faces stay within.
const (
	ascent  = 0.80
	descent = 0.24
)

// longest is how many bytes of a text are looked at.
const longest = 2000

// typesetter measures texts.
type typesetter struct {
	letters *fonts.Case
	missing map[rune]int
	// wrapped are texts that were broken into lines: each is measured several times before it is laid.
	wrapped map[wrapKey][]string
	buf     sfnt.Buffer
}

type wrapKey struct {
	s     string
	face  Face
	room  float64
	lines int
}

// glyphAt is which face has a letter, and how wide it is there, in ems.
type glyphAt struct {
	face  Face
	width float64
	ok    bool
}

// run is a piece of a line that one face has.
type run struct {
	face  Face
	text  string
	width float64 // ems
}

func newTypesetter() *typesetter {
	return &typesetter{letters: fonts.NewCase(), missing: map[rune]int{}, wrapped: map[wrapKey][]string{}}
}

// fontFile is the bytes of a face.
func fontFile(f Face) []byte { return fonts.File(string(f)) }

func (t *typesetter) font(f Face) *sfnt.Font { return t.letters.Font(string(f)) }

// glyph is where a letter is drawn from.
func (t *typesetter) glyph(f Face, r rune) glyphAt {
	at := t.letters.Find(string(f), r)
	return glyphAt{Face(at.Font), at.Width, at.OK}
}

// clean makes of a text from outside one line that can be drawn: composed letters, single spaces, no controls, and a sign
// for each letter that no face has.
func (t *typesetter) clean(s string, f Face) string {
	return strings.Map(func(r rune) rune {
		if !t.glyph(f, r).ok {
			t.missing[r]++
			return noGlyph
		}
		return r
	}, spoken(s))
}

// spoken makes of a text from outside one line without controls, whatever letters it has.
func spoken(s string) string {
	var b strings.Builder
	space := false
	if len(s) > longest { // nothing longer has room anywhere, and measuring it would take long
		s = strings.ToValidUTF8(s[:longest], "") + "…"
	}
	for _, r := range norm.NFC.String(strings.ToValidUTF8(s, "\ufffd")) {
		switch {
		case unicode.IsSpace(r):
			space = b.Len() > 0
			continue
		case !fonts.Plain(r):
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(r)
	}
	return b.String()
}

// width is how wide a clean text is, in ems.
func (t *typesetter) width(s string, f Face) float64 { return t.letters.Width(string(f), s) }

// runs takes a clean line apart by faces.
func (t *typesetter) runs(s string, f Face) (out []run) {
	for _, r := range t.letters.Runs(string(f), s) {
		out = append(out, run{Face(r.Font), r.Text, r.Width})
	}
	return out
}

// cut is as much of a clean line as fits, with "…" where something is missing.
func (t *typesetter) cut(s string, f Face, room float64) string {
	if t.width(s, f) <= room {
		return s
	}
	sum := t.glyph(f, '…').width
	var b strings.Builder
	for _, r := range s {
		w := t.glyph(f, r).width
		if sum+w > room {
			break
		}
		sum += w
		b.WriteRune(r)
	}
	if t.glyph(f, '…').width > room {
		return ""
	}
	// Half a number is another number.
	head, tail := b.String(), s[b.Len():]
	if tail != "" && unicode.IsDigit([]rune(tail)[0]) || strings.HasPrefix(tail, ",") {
		head = strings.TrimRight(head, "0123456789.,")
	}
	return strings.TrimRight(head, " ,;:.-–(") + "…"
}

// wrap breaks a text into at most so many lines of that room, in ems. A word that is longer than a line is broken
// where the line ends, and what does not fit at all is cut.
func (t *typesetter) wrap(s string, f Face, room float64, lines int) []string {
	key := wrapKey{s, f, room, lines}
	out, ok := t.wrapped[key]
	if !ok {
		out = t.balanced(s, f, room, lines)
		t.wrapped[key] = out
	}
	return out
}

// balanced breaks into lines of much the same length, where they are few, so that no word is left alone.
func (t *typesetter) balanced(s string, f Face, room float64, lines int) []string {
	out := t.broken(s, f, room, lines)
	n := len(out)
	if n < 2 || n > 3 || strings.HasSuffix(out[n-1], "…") {
		return out
	}
	for narrow := room * 0.95; narrow > room*0.5; narrow -= room * 0.05 {
		next := t.broken(s, f, narrow, lines+1)
		// What is one line more, or breaks a word, is too narrow.
		if len(next) > n || strings.Join(next, " ") != strings.Join(out, " ") {
			break
		}
		out = next
	}
	return out
}

func (t *typesetter) broken(s string, f Face, room float64, lines int) []string {
	s = t.clean(s, f)
	if s == "" || lines < 1 {
		return nil
	}
	var out []string
	words := strings.Split(s, " ")
	for len(words) > 0 {
		if len(out) == lines-1 {
			return append(out, t.cut(strings.Join(words, " "), f, room))
		}
		line := words[0]
		n := 1
		for n < len(words) && t.width(line+" "+words[n], f) <= room {
			line += " " + words[n]
			n++
		}
		if n > 1 || t.width(line, f) <= room {
			out, words = append(out, line), words[n:]
			continue
		}
		head, sum := 0, 0.0
		for i, r := range line {
			w := t.glyph(f, r).width
			if sum+w > room && i > 0 {
				break
			}
			sum += w
			head = i + len(string(r))
		}
		out = append(out, line[:head])
		if words[0] = line[head:]; words[0] == "" {
			words = words[1:]
		}
	}
	return out
}
