package evaluate

import (
	"bufio"
	"compress/gzip"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"attune/core/source"
	"attune/internal/spreadsheet"
)

// mostProblems is after how many a file is not read any further.
const mostProblems = 20

// sheet is a CSV file being read, a row at a time.
type sheet struct {
	r      *run
	file   string // as it is called in errors
	csv    *csv.Reader
	closes []io.Closer
	header []string
	used   []bool
	row    []string
	rows   int
	found  int // problems
	err    error
}

// open opens NAME.csv, or NAME.csv.gz, and reads its header.
func (r *run) open(name string) (*sheet, error) {
	plain, packed := name+".csv", name+".csv.gz"
	f, err := os.Open(filepath.Join(r.Dir, plain))
	file := plain
	if errors.Is(err, os.ErrNotExist) {
		f, err = os.Open(filepath.Join(r.Dir, packed))
		file = packed
	} else if r.there(packed) && err == nil {
		_ = f.Close()
		return nil, r.wrong(packed, "take one of them away", "there is a %s, too", plain)
	}
	if errors.Is(err, os.ErrNotExist) {
		return nil, r.wrong(plain, "put it there, or "+packed, "there is no such file")
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	s := &sheet{r: r, file: file, closes: []io.Closer{f}}
	var from io.Reader = f
	if file == packed {
		z, err := gzip.NewReader(f)
		if err != nil {
			s.close()
			return nil, r.wrong(packed, "pack it with gzip, or put the file there unpacked", "it is not packed with gzip")
		}
		s.closes, from = append(s.closes, z), z
	}
	if err := s.begin(from); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// there tells whether a file is in the folder.
func (r *run) there(file string) bool {
	_, err := os.Stat(filepath.Join(r.Dir, file))
	return err == nil
}

func (s *sheet) close() {
	for _, c := range s.closes {
		_ = c.Close()
	}
}

// begin reads the header.
func (s *sheet) begin(from io.Reader) error {
	buffered := bufio.NewReaderSize(from, 1<<20)
	if mark, err := buffered.Peek(3); err == nil && string(mark) == "\ufeff" {
		_, _ = buffered.Discard(3)
	}
	s.csv = csv.NewReader(buffered)
	s.csv.ReuseRecord = true
	header, err := s.csv.Read()
	if errors.Is(err, io.EOF) {
		return s.r.wrong(s.file, "begin with a row of column names", "the file is empty")
	}
	if err != nil {
		s.broken(err)
		return s.end()
	}
	for c, name := range header {
		name = spreadsheet.Plain(strings.TrimSpace(name)) // target.csv names actions, whatever they are called
		if slices.Contains(s.header, name) {
			s.problem(c, "leave one out", "there are two columns %q", name)
		}
		s.header = append(s.header, strings.Clone(name))
	}
	s.used = make([]bool, len(s.header))
	if s.found > 0 {
		return errWrong
	}
	return nil
}

// need finds a column; -1 is noted, with what the column is for.
func (s *sheet) need(name, what string) int {
	c := s.find(name)
	if c < 0 {
		s.found++
		hint := "add it: " + what
		if near := source.Nearest(name, s.header); near != "" {
			hint = fmt.Sprintf("is it %q? It has %s", near, what)
		}
		s.r.problems.Add(source.Pos{File: s.r.name(s.file), Line: 1, Column: 1}, hint, "there is no column %q", name)
	}
	return c
}

// find finds a column, or returns -1.
func (s *sheet) find(name string) int {
	c := slices.Index(s.header, name)
	if c >= 0 {
		s.used[c] = true
	}
	return c
}

// each calls do for every row until the end of the file or of patience.
func (s *sheet) each(do func()) error {
	defer s.close()
	if s.found > 0 {
		return errWrong
	}
	for s.found < mostProblems && s.next() {
		do()
		if s.rows++; s.rows%65536 == 0 {
			if err := s.r.ctx.Err(); err != nil {
				return err
			}
			if s.r.Progress != nil {
				s.r.Progress(s.file, s.rows)
			}
		}
	}
	if s.rows == 0 && s.found == 0 && s.err == nil {
		return s.r.wrong(s.file, "", "there are no rows after the header")
	}
	return s.end()
}

func (s *sheet) next() bool {
	row, err := s.csv.Read()
	if errors.Is(err, io.EOF) {
		return false
	}
	if err != nil {
		s.broken(err)
		return false
	}
	s.row = row
	return true
}

// broken notes what is no CSV.
func (s *sheet) broken(err error) {
	parse, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		if errors.Is(err, gzip.ErrChecksum) || errors.Is(err, gzip.ErrHeader) || errors.Is(err, io.ErrUnexpectedEOF) {
			s.found++
			_ = s.r.wrong(s.file, "pack or copy it again", "the file is damaged or cut short")
			return
		}
		s.err = fmt.Errorf("read %s: %w", s.file, err)
		return
	}
	hint, what := `a field with commas, quotes or line breaks stands in quotes, and a quote in it is written twice`, "the quotes are wrong"
	if errors.Is(parse.Err, csv.ErrFieldCount) {
		hint, what = fmt.Sprintf("every row has a field for each of the %d columns of the header", len(s.header)), "the row has another number of fields than the header"
	}
	s.found++
	s.r.problems.Add(source.Pos{File: s.r.name(s.file), Line: parse.Line, Column: parse.Column}, hint, "%s", what)
}

func (s *sheet) end() error {
	if s.err != nil {
		return s.err
	}
	if s.found > 0 {
		return errWrong
	}
	return nil
}

// problem notes one in a field of the row.
func (s *sheet) problem(c int, hint, format string, args ...any) {
	s.found++
	line, column := s.csv.FieldPos(c)
	s.r.problems.Add(source.Pos{File: s.r.name(s.file), Line: line, Column: column}, hint, format, args...)
}

// number reads a finite number; NaN where there is none.
func (s *sheet) number(c int) float64 {
	text := strings.TrimSpace(s.row[c])
	v, err := strconv.ParseFloat(text, 64)
	if err == nil && !math.IsInf(v, 0) && !math.IsNaN(v) && !strings.ContainsAny(text, "xX_") {
		return v
	}
	switch what := strings.ToLower(strings.Trim(text, "+-.")); {
	case text == "":
		s.problem(c, "fill it in, or leave the row out", "%s is empty", s.header[c])
	case what == "na" || what == "nan" || what == "n/a" || what == "null":
		s.problem(c, "fill it in, or leave the row out", "%s is missing (%s)", s.header[c], text)
	case math.IsInf(v, 0) || strings.HasPrefix(what, "inf"):
		s.problem(c, "write a number below 1.8e308", "%s is infinite or too large", s.header[c])
	default:
		s.problem(c, "write it as 0.25 or 1.5e-3", "%s is no number", s.header[c])
	}
	return math.NaN()
}

// probability reads a number in (0, 1], or in (0, 1) where nothing may be certain.
func (s *sheet) probability(c int, certain bool, why string) float64 {
	v := s.number(c)
	if math.IsNaN(v) || v > 0 && (v < 1 || certain && v == 1) {
		return v
	}
	bounds := "above 0 and below 1"
	if certain {
		bounds = "above 0 and at most 1"
	}
	s.problem(c, fmt.Sprintf("it is %s: %s", bounds, why), "%s cannot be %s", s.header[c], strings.TrimSpace(s.row[c]))
	return math.NaN()
}

// bit reads 0 or 1.
func (s *sheet) bit(c int) bool {
	v := s.number(c)
	if !math.IsNaN(v) && v != 0 && v != 1 {
		s.problem(c, "write 0 or 1", "%s cannot be %s", s.header[c], strings.TrimSpace(s.row[c]))
	}
	return v == 1
}

// context finds the columns x_*.
func (s *sheet) context() (at []int) {
	for c, name := range s.header {
		if strings.HasPrefix(name, "x_") {
			s.used[c] = true
			at = append(at, c)
		}
	}
	return at
}

// unused tells which columns mean nothing here, so that a misspelt one is not silently left out.
func (s *sheet) unused(known ...string) {
	var names []string
	for c, name := range s.header {
		if !s.used[c] && !slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	if len(names) > 0 {
		s.r.Note(fmt.Sprintf("%s: not used: %s", s.r.name(s.file), strings.Join(names, ", ")))
	}
}

// names gives words numbers, in the order in which they are first met.
type names struct {
	at   map[string]int32
	list []string
}

func (n *names) of(word string) int32 {
	if at, ok := n.at[word]; ok {
		return at
	}
	if n.at == nil {
		n.at = map[string]int32{}
	}
	word = strings.Clone(word)
	at := int32(len(n.list))
	n.at[word] = at
	n.list = append(n.list, word)
	return at
}
