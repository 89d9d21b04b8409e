package csvmap

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"attune/core/expr"
)

// Sample is what is known of a file from its first rows.
type Sample struct {
	file      string
	delimiter string
	columns   []column
	rows      int
}

// column is one of a sample.
type column struct {
	name   string
	filled int
	// alone tells that no two rows say the same.
	alone bool
	// whole and number tell that all rows have such; comma, that their fraction stands after one.
	whole, number, comma bool
	// format is how all rows write days or times: "iso", or a layout; also is another that fits as well.
	format, also string
	// words are what stands there, in small letters, where that is little.
	words map[string]bool
}

// sampled is how many rows are looked at.
const sampled = 200

// Look reads the names of a file's columns and up to 200 rows.
func Look(file string, r io.Reader) (Sample, error) {
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return Sample{}, err
	}
	head = head[:n]
	s := Sample{file: strings.TrimSuffix(path.Base(file), ".gz")}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	most := 0
	mark := byte(',')
	for i, c := range []byte{',', ';', '\t', '|'} {
		if n := bytes.Count(line, []byte{c}); n > most {
			most, mark, s.delimiter = n, c, delimiters()[i]
		}
	}
	in := newSplitter(io.MultiReader(bytes.NewReader(head), r), mark)
	names, _, _, err := in.next()
	if err != nil {
		return Sample{}, fmt.Errorf("%s: the names of the columns cannot be read: %w", s.file, err)
	}
	for i := range names {
		names[i] = strings.TrimSpace(names[i])
		if _, day := formatOf([]string{names[i]}); day != "" || isNumber(names[i]) {
			return Sample{}, fmt.Errorf("%s: the first row does not look like names of columns: put a row with their names before it", s.file)
		}
	}
	cells := make([][]string, len(names))
	for s.rows < sampled {
		row, _, _, err := in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || len(row) != len(names) {
			if errors.Is(err, errLong) || errors.Is(err, errUTF8) || errors.Is(err, errQuote) || errors.Is(err, errOpen) || err == nil {
				continue // when the file is read, that is told
			}
			return Sample{}, err
		}
		s.rows++
		for i, c := range row {
			if c = strings.TrimSpace(c); c != "" {
				cells[i] = append(cells[i], c)
			}
		}
	}
	for i, name := range names {
		s.columns = append(s.columns, columnOf(name, cells[i]))
	}
	return s, nil
}

func isNumber(s string) bool {
	_, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	return err == nil && s != ""
}

// columnOf finds out what is written in a column.
func columnOf(name string, cells []string) column {
	c := column{name: name, filled: len(cells), alone: true, whole: len(cells) > 0, number: len(cells) > 0, words: map[string]bool{}}
	seen := map[string]bool{}
	points := value{as: expr.Number}
	commas := value{as: expr.Number, comma: true}
	for _, s := range cells {
		c.alone = c.alone && !seen[s]
		seen[s] = true
		if len(c.words) <= 8 {
			c.words[strings.ToLower(s)] = true
		}
		_, no := points.number(s)
		_, worse := commas.number(s)
		c.comma = c.comma || no != nil && worse == nil
		c.number = c.number && (no == nil || worse == nil)
		c.whole = c.whole && no == nil && strings.Trim(s, "0123456789") == ""
	}
	// A digit with a zero before it is no number that anybody counts.
	for s := range seen {
		if len(s) > 1 && s[0] == '0' && !strings.ContainsAny(s, ".,") {
			c.whole, c.number = false, false
		}
	}
	c.also, c.format = formatOf(cells)
	return c
}

// layouts are the forms of days that are tried, each also with a time.
func layouts() []string {
	return []string{"DD.MM.YYYY", "MM/DD/YYYY", "DD/MM/YYYY", "YYYY/MM/DD", "DD-MM-YYYY", "MM-DD-YYYY", "YYYYMMDD"}
}

// formatOf is how all of the cells write days or times; also is another way in which they can be read. Both are empty
// where there is none.
func formatOf(cells []string) (also, format string) {
	all := func(is func(string) bool) bool {
		for _, s := range cells {
			if !is(s) {
				return false
			}
		}
		return len(cells) > 0
	}
	if all(func(s string) bool { _, ok := iso(s, nil); return ok }) {
		return "", "iso"
	}
	for _, day := range layouts() {
		for _, time := range []string{"", " HH:mm", " HH:mm:ss"} {
			l := layout{day + time}
			if !all(func(s string) bool { _, ok := l.read(s, nil); return ok }) {
				continue
			}
			if format != "" {
				return l.text, format
			}
			format = l.text
		}
	}
	return "", format
}
