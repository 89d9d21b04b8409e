// Package spreadsheet writes CSV that people open in a spreadsheet. A spreadsheet takes a cell that begins with =, +, - or @
// for a formula, and a formula can send what stands beside it elsewhere, or start a program. What a cell says may come from
// anybody, so [Cell] puts an apostrophe before it, which spreadsheets take for "this is text". Numbers stay numbers.
//
// [Plain] takes the apostrophe away again: Plain(Cell(s)) is s for every s. The linter lets nobody else make a CSV writer.
package spreadsheet

import (
	"encoding/csv"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// apostrophe says to a spreadsheet that what follows is text.
const apostrophe = '\''

// number is what may begin with a minus. A plus makes no number: telephone numbers are none.
var number = regexp.MustCompile(`^-(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// formula are the signs with which a formula begins, the wide ones of East Asian keyboards too: some spreadsheets make the
// narrow ones of them.
const formula = "=+-@＝＋－＠﹢﹣﹦﹫−"

// separators end a cell in spreadsheets that are set to another separator than the comma, whatever quotes say. A comma needs
// nothing: what has one is quoted.
const separators = ";\t\r\n|"

// Cell is what stands in a cell so that no spreadsheet takes it, or a part of it, for a formula.
func Cell(s string) string {
	return each(s, func(part string) string { return string(apostrophe) + part })
}

// Plain is what Cell was given.
func Plain(cell string) string {
	return each(cell, func(part string) string { return strings.TrimPrefix(part, string(apostrophe)) })
}

// each changes every part that is a formula, or would be one without the apostrophes before it.
func each(s string, change func(string) string) string {
	if !strings.ContainsAny(s, formula+separators) {
		return s
	}
	var out strings.Builder
	for at := 0; ; {
		end := len(s)
		if i := strings.IndexAny(s[at:], separators); i >= 0 {
			end = at + i
		}
		part := s[at:end]
		bare := strings.TrimLeft(part, string(apostrophe))
		// A separator at the very beginning is itself what is warned of, and is kept with what it would be taken from.
		if dangerous(bare) || at == 0 && bare == "" && end < len(s) && strings.ContainsRune("\t\r\n", rune(s[end])) {
			part = change(part)
		}
		out.WriteString(part)
		if end == len(s) {
			return out.String()
		}
		out.WriteByte(s[end])
		at = end + 1
	}
}

// dangerous tells whether a spreadsheet may take this for a formula. What is not seen before it does not count: spaces, marks
// of direction and of order, NUL, signs that no font has.
func dangerous(s string) bool {
	if number.MatchString(s) {
		return false
	}
	s = strings.TrimLeftFunc(s, func(r rune) bool {
		return unicode.IsSpace(r) || !unicode.IsGraphic(r) || r == utf8.RuneError || r == '"'
	})
	first, _ := utf8.DecodeRuneInString(s)
	return s != "" && strings.ContainsRune(formula, first)
}

// Writer writes rows.
type Writer struct{ csv *csv.Writer }

// NewWriter writes to w.
func NewWriter(w io.Writer) *Writer { return &Writer{csv.NewWriter(w)} }

// Write writes one row. Errors of writing are told by Flush.
func (w *Writer) Write(cells ...string) {
	row := make([]string, len(cells))
	for i, c := range cells {
		row[i] = Cell(c)
	}
	_ = w.csv.Write(row) // csv.Writer keeps the error
}

// Flush writes what is still held, and returns the first error.
func (w *Writer) Flush() error {
	w.csv.Flush()
	return w.csv.Error()
}
