package chart

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Printer writes a report for a terminal, line by line. What goes wrong it keeps, and writes nothing after.
type Printer struct {
	Look Look
	w    io.Writer
	err  error
}

// To prints to a writer.
func (l Look) To(w io.Writer) Printer { return Printer{Look: l, w: w} }

// Err is what went wrong first.
func (p *Printer) Err() error { return p.err }

// Line writes one line, without spaces at its end.
func (p *Printer) Line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintln(p.w, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
}

// Title writes a title, after an empty line.
func (p *Printer) Title(s string) {
	p.Line("")
	p.Line("%s", s)
}

// Wrap writes a text in lines that fit, each with an indent before it.
func (p *Printer) Wrap(indent, s string) {
	row := ""
	for word := range strings.FieldsSeq(s) {
		if row != "" && len(indent)+utf8.RuneCountInString(row)+1+utf8.RuneCountInString(word) > p.Look.Columns() {
			p.Line("%s%s", indent, row)
			row = ""
		}
		row = strings.TrimPrefix(row+" "+word, " ")
	}
	p.Line("%s%s", indent, row)
}
