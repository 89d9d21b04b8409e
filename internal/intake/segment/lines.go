package segment

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"attune/core/instant"
	"attune/internal/intake"
	"attune/internal/strictjson"
)

// Lines reads calls that somebody kept: a file with one JSON call on each line, as exports and backups have them, or a
// batch. All of it is of the past. The same messageId is the same event, whichever way it comes.
type Lines struct {
	in     *bufio.Reader
	source intake.Source
	now    instant.Time
	line   int
	text   []byte
	queue  []Line
}

// Line is one call of a file.
type Line struct {
	// Number is the line's, counted from 1.
	Number int
	// Arrival is the call as it is to be taken in.
	Arrival intake.Arrival
	// Problem is why it cannot be; then there is no arrival.
	Problem *intake.Problem
}

// NewLines reads the calls of a source; now is when they are read. Who gives it a packed file unpacks it.
func NewLines(r io.Reader, source intake.Source, now instant.Time) *Lines {
	l := &Lines{in: bufio.NewReaderSize(r, 64<<10), source: source, now: now}
	if head, _ := l.in.Peek(3); bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		_, _ = l.in.Discard(3) // it was there just now
	}
	return l
}

// Next returns the next call; after the last it returns io.EOF. What is wrong with one does not cost the others.
func (l *Lines) Next() (Line, error) {
	for len(l.queue) == 0 {
		whole, err := l.read()
		if err != nil {
			return Line{}, err
		}
		switch {
		case !whole:
			l.refuse(&intake.Problem{Reason: "the line is too long", Remedy: fmt.Sprintf("write lines of at most %d bytes, one call on each", MaxBatch)})
		case len(l.text) > 0:
			l.calls()
		}
	}
	is := l.queue[0]
	l.queue = l.queue[1:]
	return is, nil
}

func (l *Lines) refuse(p *intake.Problem) {
	l.queue = append(l.queue, Line{Number: l.line, Problem: p})
}

// read reads a line; it is not whole where it is too long, and then passed over.
func (l *Lines) read() (whole bool, err error) {
	l.text, whole = nil, true // arrivals keep what they came as
	l.line++
	for {
		part, err := l.in.ReadSlice('\n')
		if whole = whole && len(l.text)+len(part) <= MaxBatch+1; whole {
			l.text = append(l.text, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && (!errors.Is(err, io.EOF) || whole && len(l.text) == 0):
			return false, err
		}
		l.text = bytes.TrimSpace(l.text)
		return whole, nil
	}
}

// calls reads the calls of the line.
func (l *Lines) calls() {
	doc, err := strictjson.Parse(l.text)
	if err != nil {
		no := unreadable(err)
		l.refuse(&intake.Problem{Reason: no.Reason, Remedy: no.Remedy})
		return
	}
	var arrivals []intake.Arrival
	if doc.Root.Kind == strictjson.Object && doc.Root.Get("batch").Given() {
		var no *refusal
		if arrivals, no = read(history, l.source, l.now, l.text, doc); no != nil {
			l.refuse(&intake.Problem{Field: no.Field, Reason: no.Reason, Remedy: no.Remedy})
			return
		}
	} else {
		r := reader{source: l.source, received: l.now, body: l.text, doc: doc, past: true}
		arrivals = []intake.Arrival{r.arrival("", &doc.Root)}
	}
	for _, a := range arrivals {
		if a.Problem != nil {
			l.refuse(a.Problem)
			continue
		}
		l.queue = append(l.queue, Line{Number: l.line, Arrival: a})
	}
}
