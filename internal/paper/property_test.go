package paper_test

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"attune/internal/paper"
	"attune/internal/paper/papertest"
)

// Whatever somebody writes, each letter of it is on the sheets in its place, or a sign stands there for it.
func TestNoLetterIsLostOnPaper(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.String().Draw(r, "text")
		names := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune(`aZ ñ()\{}%<>"Łẽжλ`+"\u00a0\t")), 1, 60, -1), 1, 4).Draw(r, "names")
		b := sheets(t, func(s *paper.Sheets) {
			s.Words(paper.Body, text)
			s.Facts([]paper.Fact{{Name: names[0], Says: text}})
			s.Quoted(text, text)
			s.Table(&paper.Table{Columns: make([]paper.Column, len(names)), Rows: [][]string{names}})
		})
		said := bare(strings.Join(papertest.Read(t, b), ""))
		want := bare(text)
		rest := said
		for _, letter := range want {
			if next, found := strings.CutPrefix(rest, string(letter)); found {
				rest = next
			} else if next, found = strings.CutPrefix(rest, "¤"); found {
				rest = next
			} else {
				r.Fatalf("%q is not told of %q, but %.60q", letter, text, rest)
			}
		}
	})
}

// bare is a text without what is not seen on paper.
func bare(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.In(r, unicode.Cc, unicode.Cf, unicode.Co, unicode.Cs, unicode.Variation_Selector) {
			return -1
		}
		return r
	}, norm.NFC.String(strings.ToValidUTF8(s, "\ufffd")))
}
