package csvmap

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"unicode/utf8"
)

// maxRow is how many bytes a row may have. It bounds what a quote that nobody closes can swallow.
const maxRow = 1 << 20

// splitter parts a file into rows and rows into cells, as RFC 4180 says: cells may be quoted, and then hold
// delimiters, quotes written twice, and ends of lines. Lines end in LF or CRLF.
type splitter struct {
	in        *bufio.Reader
	delimiter byte
	line      int    // of the file, counted from 1
	row       []byte // the current line as it stands
	text      []byte // the current row's cells, one after the other
	ends      []int  // where each of them ends in text
}

func newSplitter(in io.Reader, delimiter byte) *splitter {
	s := &splitter{in: bufio.NewReaderSize(in, 64<<10), delimiter: delimiter}
	if head, _ := s.in.Peek(3); bytes.Equal(head, []byte("\xef\xbb\xbf")) {
		_, _ = s.in.Discard(3) // it was there just now
	}
	return s
}

var (
	errLong  = errors.New("the row is too long")
	errUTF8  = errors.New("the text is not UTF-8")
	errQuote = errors.New("a quote stands where none may")
	errOpen  = errors.New("a quoted text does not end")
)

// next returns the cells of the next row and the line that it begins on; cell is the number of the one that is at
// fault. After an error other than io.EOF or one of reading, the next row can be read.
func (s *splitter) next() (cells []string, line, cell int, err error) {
	for {
		if err := s.readLine(); err != nil {
			if errors.Is(err, errLong) {
				return nil, s.line, 0, errLong
			}
			return nil, s.line, 0, err
		}
		if len(bytes.TrimSpace(s.row)) > 0 {
			break
		}
	}
	line = s.line
	s.text, s.ends = s.text[:0], s.ends[:0]
	if cell, err = s.split(); err != nil {
		return nil, line, cell, err
	}
	if !utf8.Valid(s.text) {
		return nil, line, s.broken(), errUTF8
	}
	all := string(s.text)
	cells = make([]string, len(s.ends))
	from := 0
	for i, to := range s.ends {
		cells[i], from = all[from:to], to
	}
	return cells, line, 0, nil
}

// broken is the first cell that is not UTF-8.
func (s *splitter) broken() int {
	from := 0
	for i, to := range s.ends {
		if !utf8.Valid(s.text[from:to]) {
			return i
		}
		from = to
	}
	return 0
}

// readLine reads a line without its end. One that is too long is passed over.
func (s *splitter) readLine() error {
	s.row = s.row[:0]
	s.line++
	long := false
	for {
		part, err := s.in.ReadSlice('\n')
		if long = long || len(s.row)+len(part) > maxRow; !long {
			s.row = append(s.row, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return err
		case err != nil && len(s.row) == 0 && !long:
			s.line--
			return io.EOF
		}
		break
	}
	if long {
		return errLong
	}
	s.row = bytes.TrimSuffix(bytes.TrimSuffix(s.row, []byte("\n")), []byte("\r"))
	return nil
}

// split parts the current line, and those after it that a quoted cell goes on in.
func (s *splitter) split() (cell int, err error) {
	rest := s.row
	for {
		if len(rest) > 0 && rest[0] == '"' {
			if rest, err = s.quoted(rest[1:]); err != nil {
				return len(s.ends), err
			}
			if len(rest) > 0 && rest[0] != s.delimiter {
				return len(s.ends), errQuote
			}
		} else {
			n := bytes.IndexByte(rest, s.delimiter)
			if n < 0 {
				n = len(rest)
			}
			if bytes.IndexByte(rest[:n], '"') >= 0 {
				return len(s.ends), errQuote
			}
			s.text = append(s.text, rest[:n]...)
			rest = rest[n:]
		}
		s.ends = append(s.ends, len(s.text))
		if len(rest) == 0 {
			return 0, nil
		}
		rest = rest[1:] // the delimiter
	}
}

// quoted reads to the quote that ends the cell and returns what follows it.
func (s *splitter) quoted(rest []byte) ([]byte, error) {
	for {
		n := bytes.IndexByte(rest, '"')
		switch {
		case n < 0:
			s.text = append(append(s.text, rest...), '\n')
			if len(s.text) > maxRow {
				return nil, errOpen
			}
			switch err := s.readLine(); {
			case errors.Is(err, io.EOF), errors.Is(err, errLong):
				return nil, errOpen
			case err != nil:
				return nil, err
			}
			rest = s.row
		case n+1 < len(rest) && rest[n+1] == '"':
			s.text = append(s.text, rest[:n+1]...)
			rest = rest[n+2:]
		default:
			s.text = append(s.text, rest[:n]...)
			return rest[n+1:], nil
		}
	}
}
