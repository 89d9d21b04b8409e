package mine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"github.com/klauspost/compress/gzip"

	"attune/core/source"
)

// defaultPiece is how much of a file a worker takes at a time. A row may be as long.
const defaultPiece = 4 << 20

// piece is a part of a file that begins and ends with rows.
type piece struct {
	ordinal int
	line    int // of its first byte
	bytes   []byte
}

// told is what became of a piece.
type told struct {
	ordinal int
	batch   *batch
	wrong   []placedWrong
}

type placedWrong struct {
	line int
	wrong
}

// readCSV reads rows of text: RFC 4180, with commas, semicolons or tabs between fields, whichever the
// header has most of. One goroutine cuts the file into pieces at ends of rows; others read these.
func readCSV(ctx context.Context, f io.Reader, file string, packed bool, how *Reading, problems *source.Problems) (*Log, error) {
	at := func(line int) source.Pos { return source.Pos{File: file, Line: line, Column: 1} }
	from := f
	if packed {
		z, err := gzip.NewReader(f)
		if err != nil {
			problems.Add(at(1), "pack it with gzip again", "it is not packed with gzip")
			return nil, nil
		}
		from = z
	}
	c := &cutter{from: from, size: how.piece, free: make(chan []byte, 32)}
	first, err := c.row()
	if err != nil {
		return nil, c.problem(err, file, problems)
	}
	first = bytes.TrimPrefix(first, []byte("\ufeff"))
	if len(bytes.TrimSpace(first)) == 0 {
		problems.Add(at(1), "begin with a row of column names", "the file is empty")
		return nil, nil
	}
	comma := separator(first)
	header, ok := fields(first, comma)
	if !ok {
		problems.Add(at(1), quotesHint, "the quotes are wrong")
		return nil, nil
	}
	col := how.find(file, header, problems)
	if !problems.Empty() {
		return nil, nil
	}

	count := max(1, min(runtime.GOMAXPROCS(0), 16))
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	pieces, results := make(chan piece, count), make(chan told, count)
	var cut error
	go func() {
		defer close(pieces)
		for i := 0; ; i++ {
			b, line, err := c.piece()
			if len(b) > 0 {
				select {
				case pieces <- piece{i, line, b}:
				case <-ctx.Done():
					return
				}
			}
			if err != nil {
				if !errors.Is(err, io.EOF) {
					cut = err
				}
				return
			}
		}
	}()
	workers := make([]*worker, count)
	var wg sync.WaitGroup
	for i := range workers {
		w := newWorker(how)
		workers[i] = w
		r := &rows{worker: w, index: i, how: how, col: &col, comma: comma, header: header, clock: clock{zone: how.Zone}}
		wg.Go(func() {
			for p := range pieces {
				t := r.read(p)
				c.give(p.bytes)
				select {
				case results <- t:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	go func() { wg.Wait(); close(results) }()

	var batches []*batch
	var wrongs []placedWrong
	read := 0
	for t := range results {
		for len(batches) <= t.ordinal {
			batches = append(batches, nil)
		}
		batches[t.ordinal] = t.batch
		wrongs = append(wrongs, t.wrong...)
		if read += len(t.batch.cases); how.Progress != nil {
			how.Progress(read)
		}
		if len(wrongs) >= mostProblems {
			stop()
			break
		}
	}
	wg.Wait()
	slices.SortFunc(wrongs, func(a, b placedWrong) int { return a.line - b.line })
	for _, x := range wrongs[:min(len(wrongs), mostProblems)] {
		what := x.what
		if x.column >= 0 {
			what = called(header, x.column) + ": " + what
		}
		problems.Add(source.Pos{File: file, Line: x.line, Column: max(0, x.column) + 1}, x.hint, "%s", what)
	}
	if len(wrongs) > 0 {
		return nil, nil
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if cut != nil {
		return nil, c.problem(cut, file, problems)
	}
	return assemble(workers, slices.DeleteFunc(batches, func(b *batch) bool { return b == nil }), how), nil
}

const quotesHint = "a field with separators, quotes or line breaks stands in quotes, and a quote in it is written twice"

var (
	errEndless = errors.New("a row has no end")
	errQuotes  = errors.New("a quote is not closed")
)

// cutter cuts a file into pieces.
type cutter struct {
	from io.Reader
	rest []byte // read, and not given out
	line int    // lines before rest
	done error  // what the reader ended with
	free chan []byte
	size int // of a piece
}

// problem tells why a file could not be cut.
func (c *cutter) problem(err error, file string, problems *source.Problems) error {
	at := source.Pos{File: file, Line: c.line + 1, Column: 1}
	switch {
	case errors.Is(err, errEndless):
		problems.Add(at, quotesHint, "a row is longer than %d bytes", c.size)
	case errors.Is(err, errQuotes):
		problems.Add(at, quotesHint, "a quote is opened and not closed")
	case errors.Is(err, gzip.ErrChecksum), errors.Is(err, gzip.ErrHeader), errors.Is(err, io.ErrUnexpectedEOF):
		problems.Add(source.Pos{File: file, Line: 1, Column: 1}, "pack or copy it again", "the file is damaged or cut short")
	default:
		return fmt.Errorf("read the log: %w", err)
	}
	return nil
}

// row gives out the first row, without its end.
func (c *cutter) row() ([]byte, error) {
	for {
		if end := rowEnd(c.rest); end >= 0 {
			row := slices.Clone(bytes.TrimRight(c.rest[:end], "\r\n"))
			c.line += bytes.Count(c.rest[:end], []byte("\n"))
			c.rest = slices.Clone(c.rest[end:])
			return row, nil
		}
		if len(c.rest) >= c.size {
			return nil, errEndless
		}
		if c.done != nil {
			if !errors.Is(c.done, io.EOF) {
				return nil, c.done
			}
			row := c.rest
			c.rest = nil
			return bytes.TrimRight(row, "\r\n"), nil
		}
		c.fill(min(c.size, 64<<10))
	}
}

// rowEnd is where the first row ends, its line break included; -1 means not in these bytes.
func rowEnd(b []byte) int {
	quoted := false
	for i, x := range b {
		switch {
		case x == '"':
			quoted = !quoted
		case x == '\n' && !quoted:
			return i + 1
		}
	}
	return -1
}

// fill reads n bytes more.
func (c *cutter) fill(n int) {
	was := len(c.rest)
	c.rest = slices.Grow(c.rest, n)[:was+n]
	got, err := io.ReadFull(c.from, c.rest[was:])
	c.rest = c.rest[:was+got]
	if errors.Is(err, io.ErrUnexpectedEOF) && got < n {
		// Either the file's end, or a packed file's that is cut short: the next read tells.
		var one [1]byte
		if m, again := c.from.Read(one[:]); m == 0 && again != nil {
			err = again
		}
	}
	c.done = err
}

// piece gives out whole rows, and the line on which they begin. The end of the file comes with the last.
func (c *cutter) piece() ([]byte, int, error) {
	var buf []byte
	select {
	case buf = <-c.free:
	default:
	}
	buf = append(buf[:0], c.rest...)
	c.rest = nil
	if c.done == nil {
		c.rest = buf
		c.fill(max(c.size-len(buf), c.size/2))
		buf, c.rest = c.rest, nil
	}
	line := c.line
	if c.done != nil {
		c.line += bytes.Count(buf, []byte("\n"))
		if !errors.Is(c.done, io.EOF) {
			return nil, line, c.done
		}
		if bytes.Count(buf, []byte(`"`))%2 == 1 {
			c.line = line
			return nil, line, errQuotes
		}
		return buf, line, io.EOF
	}
	end := lastEnd(buf)
	if end == 0 {
		return nil, line, errEndless
	}
	c.rest = slices.Clone(buf[end:])
	c.line += bytes.Count(buf[:end], []byte("\n"))
	return buf[:end], line, nil
}

// give takes a piece's memory back.
func (c *cutter) give(b []byte) {
	select {
	case c.free <- b[:0]:
	default:
	}
}

// lastEnd is where the last whole row ends. A line break is a row's end where an even number of quotes
// stands before it.
func lastEnd(b []byte) int {
	odd := bytes.Count(b, []byte(`"`))%2 == 1
	for end := len(b); ; {
		i := bytes.LastIndexByte(b[:end], '\n')
		if i < 0 {
			return 0
		}
		if bytes.Count(b[i:end], []byte(`"`))%2 == 1 {
			odd = !odd
		}
		if !odd {
			return i + 1
		}
		end = i
	}
}

// separator is what stands between the header's fields.
func separator(header []byte) byte {
	best, most := byte(','), 0
	for _, s := range []byte{',', ';', '\t'} {
		n, quoted := 0, false
		for _, x := range header {
			if x == '"' {
				quoted = !quoted
			} else if x == s && !quoted {
				n++
			}
		}
		if n > most {
			best, most = s, n
		}
	}
	return best
}

// fields takes a row apart.
func fields(row []byte, comma byte) ([]string, bool) {
	r := rows{comma: comma}
	end, ok := r.split(row)
	var all []string
	for _, f := range r.at {
		all = append(all, string(bytes.TrimSpace(f)))
	}
	return all, ok && end == len(row)
}

// rows reads the rows of pieces.
type rows struct {
	*worker
	index  int
	how    *Reading
	col    *roles
	comma  byte
	header []string
	clock  clock
	at     [][]byte // the fields of a row
	spare  []byte   // for fields with doubled quotes
}

func (r *rows) read(p piece) told {
	guess := len(p.bytes)/48 + 1
	b := &batch{worker: r.index, cases: make([]uint32, 0, guess), act: make([]uint16, 0, guess), at: make([]int64, 0, guess)}
	if r.col.who >= 0 {
		b.who = make([]uint32, 0, guess)
	}
	if r.col.by >= 0 {
		b.is = make([]uint32, 0, guess)
	}
	t := told{ordinal: p.ordinal, batch: b}
	rest, line := p.bytes, p.line
	field := func(i int) []byte {
		if i < 0 {
			return nil
		}
		return r.at[i]
	}
	for len(rest) > 0 && len(t.wrong) < mostProblems {
		end, ok := r.split(rest)
		text := rest[:end]
		rest = rest[end:]
		here := line + 1
		line += bytes.Count(text, []byte("\n"))
		switch {
		case !ok:
			t.wrong = append(t.wrong, placedWrong{here, wrong{-1, "the quotes are wrong", quotesHint}})
			continue
		case len(r.at) == 1 && len(r.at[0]) == 0:
			continue // an empty line
		case len(r.at) != len(r.header):
			t.wrong = append(t.wrong, placedWrong{here, wrong{-1, fmt.Sprintf("the row has %d fields, the header %d", len(r.at), len(r.header)), quotesHint}})
			continue
		}
		w := r.take(b, &row{field(r.col.kase), field(r.col.activity), field(r.col.timestamp), field(r.col.who), field(r.col.lifecycle), field(r.col.order), field(r.col.by)}, r.col, r.how, &r.clock)
		if w != nil {
			t.wrong = append(t.wrong, placedWrong{here, *w})
		}
	}
	return t
}

// split finds the fields of the first row, and where it ends.
func (r *rows) split(b []byte) (end int, ok bool) {
	r.at = r.at[:0]
	r.spare = r.spare[:0]
	for i := 0; ; {
		if i < len(b) && b[i] == '"' {
			field, next, ok := r.unquote(b, i+1)
			if !ok {
				return endOr(b), false
			}
			r.at = append(r.at, field)
			i = next
		} else {
			from := i
			for i < len(b) && b[i] != r.comma && b[i] != '\n' {
				if b[i] == '"' {
					return endOr(b), false
				}
				i++
			}
			field := b[from:i]
			if i == len(b) || b[i] == '\n' {
				field = bytes.TrimSuffix(field, []byte("\r"))
			}
			r.at = append(r.at, field)
		}
		switch {
		case i >= len(b):
			return len(b), true
		case b[i] == '\n':
			return i + 1, true
		}
		i++
	}
}

// endOr is where the first row ends, or all of it.
func endOr(b []byte) int {
	if end := rowEnd(b); end >= 0 {
		return end
	}
	return len(b)
}

// unquote reads a field in quotes from behind the first one. Next is the separator or line break after it.
func (r *rows) unquote(b []byte, from int) (field []byte, next int, ok bool) {
	start, doubled := len(r.spare), false
	for {
		n := bytes.IndexByte(b[from:], '"')
		if n < 0 {
			return nil, 0, false
		}
		i := from + n
		if i+1 < len(b) && b[i+1] == '"' {
			r.spare = append(r.spare, b[from:i+1]...)
			from, doubled = i+2, true
			continue
		}
		field, next = b[from:i], i+1
		if doubled {
			r.spare = append(r.spare, field...)
			field = r.spare[start:]
		}
		break
	}
	if next < len(b) && b[next] == '\r' && (next+1 == len(b) || b[next+1] == '\n') {
		next++
	}
	return field, next, next == len(b) || b[next] == r.comma || b[next] == '\n'
}

// number reads an order; an empty one comes after all others.
func number(b []byte) (float64, bool) {
	if len(b) == 0 {
		return math.Inf(1), true
	}
	if len(b) <= 15 {
		if n := digits(b); n >= 0 {
			return float64(n), true
		}
	}
	f, err := strconv.ParseFloat(string(b), 64)
	return f, err == nil && !math.IsNaN(f)
}
