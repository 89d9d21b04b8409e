package outcomes

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"attune/internal/chart"
	"attune/internal/disclose"
	"attune/internal/estimate"
)

// draft is a report before it is known what may be told: its cells, and all counts with what everybody knows of their sums.
type draft struct {
	all      bool // nothing is hidden
	table    disclose.Table
	has      map[string]bool
	sections []Section
	cells    map[*Cell]*rests
}

// rests are the counts that a cell's number rests on: they have to be told, and parts told as shares of wholes.
type rests struct {
	counts []string
	shares [][2]string
}

func newDraft(all bool) *draft {
	return &draft{all: all, has: map[string]bool{}, cells: map[*Cell]*rests{}}
}

// count notes a count of people by a name.
func (d *draft) count(name string, n int) string {
	if !d.has[name] {
		d.has[name] = true
		d.table.Cells = append(d.table.Cells, disclose.Cell{Name: name, N: n})
	}
	return name
}

// keep says of counts that they are missed more than others.
func (d *draft) keep(names ...string) {
	for i := range d.table.Cells {
		if slices.Contains(names, d.table.Cells[i].Name) {
			d.table.Cells[i].Keep = missed
		}
	}
}

// missed is more than it costs to hide any other count.
const missed = 1 << 13

// impossible notes a zero by definition, which tells nothing of anybody.
func (d *draft) impossible(name string) {
	d.has[name] = true
	d.table.Cells = append(d.table.Cells, disclose.Cell{Name: name, Impossible: true})
}

// things notes a count of things that happened to so many people: it is told where those are enough.
func (d *draft) things(name string, n, people int) string {
	if !d.has[name] {
		d.has[name] = true
		d.table.Cells = append(d.table.Cells, disclose.Cell{Name: name, N: n, Hidden: people < disclose.DefaultLeast})
	}
	return name
}

// part notes a count that is a part of another, and with it what is left of that.
func (d *draft) part(name string, n int, whole string, of int) string {
	if !d.has[name] {
		d.count(name, n)
		d.sum(whole, name, d.count(name+" not", of-n))
	}
	return name
}

func (d *draft) sum(whole string, parts ...string) {
	d.table.Equations = append(d.table.Equations, disclose.Sum(whole, parts...))
}

// remainder notes what is left of a whole beside its parts. Nothing left is so by definition.
func (d *draft) remainder(name string, n int, whole string, parts ...string) {
	if d.has[name] {
		return
	}
	if n == 0 {
		d.impossible(name)
	} else {
		d.count(name, n)
	}
	d.sum(whole, append(parts, name)...)
}

// addUp says that counts of parts sum to those of the whole, by whatever they are called behind the parts' own names.
func (d *draft) addUp(whole string, parts []string) {
	of := map[string][]string{}
	var order []string
	for _, p := range parts {
		for i := range d.table.Cells {
			n, is := strings.CutPrefix(d.table.Cells[i].Name, p)
			if !is || !d.has[whole+n] || strings.HasSuffix(n, " not") {
				continue
			}
			if of[n] == nil {
				order = append(order, n)
			}
			of[n] = append(of[n], p+n)
		}
	}
	for _, n := range order {
		d.sum(whole+n, of[n]...)
	}
}

// pending is a cell with what it rests on.
type pending struct {
	Cell
	rests
}

func text(s string) pending { return pending{Cell: Cell{Says: s}} }

// concealed is a number that is not told, whatever else is.
func concealed() pending { return pending{Cell: Cell{Says: hiddenSays, Hidden: true}} }

// none is a number that there is not.
func none() pending { return text("–") }

// number is a cell of a count that was noted.
func number(n int, name string) pending {
	v := float64(n)
	return pending{Cell{Says: chart.Grouped(int64(n)), Value: &v}, rests{counts: []string{name}}}
}

// quantity is a number with its interval, which rests on counts.
func quantity(x estimate.Share, kind string, counts ...string) pending {
	if math.IsNaN(x.Value) || math.IsInf(x.Value, 0) {
		return pending{none().Cell, rests{counts: counts}} // that there is nobody is told where it may be
	}
	c := Cell{Value: &x.Value, Says: written(x.Value, kind)}
	if !math.IsNaN(x.Lo) && !math.IsNaN(x.Hi) && !math.IsInf(x.Lo, 0) && !math.IsInf(x.Hi, 0) {
		c.Low, c.High = &x.Lo, &x.Hi
		c.Says += " (" + strings.TrimSuffix(written(x.Lo, kind), " %") + " to " + strings.TrimSuffix(written(x.Hi, kind), " %") + ")"
	}
	return pending{c, rests{counts: counts}}
}

// alone is a number without an interval.
func alone(x float64) estimate.Share { return estimate.Share{Value: x, Lo: math.NaN(), Hi: math.NaN()} }

// share is a part of a whole; both were noted.
func share(n, of int, part, whole string) pending {
	if of == 0 {
		return none()
	}
	p := quantity(estimate.Wilson(float64(n), float64(of), .95), kindShare)
	p.shares = append(p.shares, [2]string{part, whole})
	return p
}

// written writes a number for people.
func written(v float64, kind string) string {
	switch kind {
	case kindShare:
		return strconv.FormatFloat(100*v, 'f', 1, 64) + " %"
	case kindMoney:
		if math.Abs(v) >= 1000 {
			return chart.Grouped(int64(math.Round(v)))
		}
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	a := math.Abs(v)
	switch {
	case a >= 1000:
		return chart.Grouped(int64(math.Round(v)))
	case a >= 100 || v == math.Trunc(v):
		return strconv.FormatFloat(v, 'f', 0, 64)
	case a >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// section begins a section.
func (d *draft) section(id, name, says string) {
	d.sections = append(d.sections, Section{ID: id, Name: name, Says: says, Tables: []Table{}, Figures: []Figure{}})
}

// rows is a table being written.
type rows struct {
	columns []Column
	rows    [][]pending
}

func (r *rows) add(cells ...pending) { r.rows = append(r.rows, cells) }

// put ends a table: one without rows is left out.
func (d *draft) put(id, name string, r *rows, figures ...Figure) {
	if len(r.rows) == 0 {
		return
	}
	t := Table{ID: id, Name: name, Columns: r.columns, Rows: make([][]Cell, len(r.rows))}
	for i, row := range r.rows {
		if len(row) != len(r.columns) {
			panic(fmt.Sprintf("outcomes: the table %s has %d columns and a row of %d", id, len(r.columns), len(row)))
		}
		t.Rows[i] = make([]Cell, len(row))
		for k := range row {
			t.Rows[i][k] = row[k].Cell
			at := row[k].rests
			d.cells[&t.Rows[i][k]] = &at
		}
	}
	s := &d.sections[len(d.sections)-1]
	s.Tables = append(s.Tables, t)
	for _, f := range figures {
		f.Table = id
		s.Figures = append(s.Figures, f)
	}
}

// untold tells that nothing of a row may be told: it is left out, so that a row that is not there says as little as one that is hidden.
func (t *Table) untold(row []Cell) bool {
	hidden := false
	for k, c := range row {
		if t.Columns[k].Kind != kindText && c.Value != nil {
			return false
		}
		hidden = hidden || c.Hidden
	}
	return hidden
}

// finish hides what may not be told, unless all may be.
func (d *draft) finish() ([]Section, error) {
	if !d.all {
		shown, err := disclose.Rule{}.Protect(d.table)
		if err != nil {
			return nil, err
		}
		for c, on := range d.cells {
			for _, name := range on.counts {
				if _, is := shown.Number(name); !is {
					*c = Cell{Says: hiddenSays, Hidden: true}
				}
			}
			for _, of := range on.shares {
				if _, is := shown.Rate(of[0], of[1]); !is {
					*c = Cell{Says: hiddenSays, Hidden: true}
				}
			}
		}
	}
	out := d.sections[:0]
	for _, s := range d.sections {
		for i := range s.Tables {
			t := &s.Tables[i]
			t.Rows = slices.DeleteFunc(t.Rows, t.untold)
		}
		s.Tables = slices.DeleteFunc(s.Tables, func(t Table) bool { return len(t.Rows) == 0 })
		s.Figures = slices.DeleteFunc(s.Figures, func(f Figure) bool { return s.Table(f.Table) == nil })
		if len(s.Tables) > 0 || s.Says != "" {
			out = append(out, s)
		}
	}
	return out, nil
}
