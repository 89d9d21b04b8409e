package fhir

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// document is one JSON document of a file.
type document struct {
	data    []byte
	line    int
	problem *Problem
}

// splitter finds the documents of a file: one on each line, or one over many lines. It only counts brackets; what
// stands between them is for the parser. A document that was broken off at the end of its line costs itself, and not
// what follows.
type splitter struct {
	in     *bufio.Reader
	most   int
	buffer []byte
	// line is the one that is being read, counted from 1.
	line int
	// lines tells that each line is a document, since the first was.
	lines bool
}

func newSplitter(r io.Reader, most int) splitter {
	return splitter{in: bufio.NewReaderSize(r, 1<<20), most: most, line: 1}
}

// next returns the next document, or io.EOF. Its bytes hold until the call after.
func (s *splitter) next() (document, error) {
	d := document{line: s.line}
	var n nesting
	s.buffer = s.buffer[:0]
	begun, large := false, false
	for {
		chunk, err := s.in.ReadSlice('\n')
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			return d, err
		}
		if !begun {
			chunk = bytes.TrimLeft(chunk, " \t\r\n")
		}
		begun = begun || len(chunk) > 0
		if !s.lines { // else a document ends where its line does
			n.count(chunk)
		}
		if large = large || len(s.buffer)+len(chunk) > s.most; !large {
			s.buffer = append(s.buffer, chunk...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if !begun {
			if err != nil {
				return d, io.EOF
			}
			s.line++
			d.line = s.line
			continue
		}
		s.line++
		whole := n.depth <= 0 && !n.quoted
		s.lines = s.lines || whole && d.line == s.line-1
		if whole || s.lines || err != nil || s.broken(&n, large) {
			d.data = bytes.TrimRight(s.buffer, " \t\r\n")
			if large {
				d.problem = &Problem{Reason: fmt.Sprintf("the document has more than %d MB", s.most>>20), Remedy: "send smaller Bundles, or one resource a line (NDJSON)"}
			}
			return d, nil
		}
	}
}

// broken tells whether the document was broken off by the end of its line: the next begins an object where JSON
// could not.
func (s *splitter) broken(n *nesting, large bool) bool {
	next, err := s.in.Peek(1)
	if err != nil || next[0] != '{' {
		return false
	}
	if n.quoted {
		return true // no text goes over the end of a line
	}
	before := bytes.TrimRight(s.buffer, " \t\r\n")
	if large || len(before) == 0 {
		return false
	}
	last := before[len(before)-1]
	return last != '[' && last != ',' && last != ':'
}

// nesting follows brackets and quotes.
type nesting struct {
	depth           int
	quoted, escaped bool
}

func (n *nesting) count(b []byte) {
	for i := 0; i < len(b); i++ {
		switch c := b[i]; {
		case n.escaped:
			n.escaped = false
		case n.quoted:
			end := bytes.IndexByte(b[i:], '"')
			if end < 0 {
				end = len(b) - i
			}
			if back := bytes.IndexByte(b[i:i+end], '\\'); back >= 0 {
				i, n.escaped = i+back, true
				continue
			}
			i += end
			n.quoted = i == len(b)
		case c == '"':
			n.quoted = true
		case c == '{' || c == '[':
			n.depth++
		case c == '}' || c == ']':
			n.depth--
		}
	}
}
