package paper

import (
	"slices"
	"strings"
)

// Table is rows below a head.
type Table struct {
	Name    string
	Columns []Column
	Rows    [][]string
}

// Column is the head of a column. Right sets numbers below one another.
type Column struct {
	Name  string
	Right bool
}

// Table sets a table in columns as wide as what stands in them needs, with its head again on each sheet.
func (s *Sheets) Table(t *Table) {
	const gap = 3.0
	need := s.columns(t, gap)
	row := func(style Style, cells []string) {
		lines := make([][]string, len(need))
		deep := 1
		for k := range need {
			lines[k] = s.lines(style, cells[k], need[k]+.6)
			deep = max(deep, len(lines[k]))
		}
		for n := range deep {
			x := s.left()
			for k := range need {
				if n < len(lines[k]) {
					at := x
					if t.Columns[k].Right {
						at = x + need[k] - s.width(style, lines[k][n])
					}
					s.at(style, at, s.y+style.high()*(float64(n)+.75), lines[k][n])
				}
				x += need[k] + gap
			}
		}
		s.y += style.high()*float64(deep) + .8
	}
	var names []string
	for _, c := range t.Columns {
		names = append(names, c.Name)
	}
	head := func() {
		if t.Name != "" {
			s.Words(Strong, t.Name)
		}
		row(Head, names)
		s.line(s.left(), s.y, s.wide-s.marginX, s.y, 0xb9b09c, .25)
		s.y += .8
	}
	s.y += 2
	s.Need(28)
	head()
	for _, cells := range t.Rows {
		if s.y+3*Cell.high() > s.bottom() {
			s.page()
			head()
		}
		row(Cell, cells)
		s.line(s.left(), s.y-.4, s.wide-s.marginX, s.y-.4, 0xece7db, .15)
	}
	s.y += 2
}

// columns are how wide the columns are.
func (s *Sheets) columns(t *Table, gap float64) []float64 {
	need := make([]float64, len(t.Columns))
	all := 0.0
	for k, c := range t.Columns {
		for _, row := range t.Rows {
			need[k] = max(need[k], s.width(Cell, s.clean(Cell, row[k])))
		}
		for word := range strings.FieldsSeq(c.Name) {
			need[k] = max(need[k], s.width(Head, s.clean(Head, word))+1)
		}
		all += need[k] + gap
	}
	// What does not fit is broken into lines; the widest give first.
	for all > s.inside() {
		widest := slices.Index(need, slices.Max(need))
		cut := min(all-s.inside(), need[widest]*.1)
		need[widest] -= cut
		all -= cut
		if cut < .01 {
			break
		}
	}
	return need
}
