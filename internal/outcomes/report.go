package outcomes

import "slices"

// Report is what became of people, and what it was worth: the same in every form in which it is written.
type Report struct {
	// Title is what it is about: a program, those of a standard, or all.
	Title    string    `json:"title"`
	Basis    Basis     `json:"basis"`
	Sections []Section `json:"sections"`
}

// Basis is what a report's numbers rest on.
type Basis struct {
	// Release is the version of the definitions.
	Release string `json:"release"`
	// From and Until bound the happenings that are counted; From is empty for all there are.
	From   string `json:"from"`
	Until  string `json:"until"`
	Filter string `json:"filter"`
	// Smallest is below how many people nothing is told; 0 where everything is.
	Smallest int `json:"smallest"`
}

// Section is a part of a report, with what its numbers mean and what they do not.
type Section struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Says    string   `json:"says"`
	Tables  []Table  `json:"tables"`
	Figures []Figure `json:"figures"`
}

// Table is rows of cells.
type Table struct {
	ID      string   `json:"id"`
	Name    string   `json:"name"`
	Columns []Column `json:"columns"`
	Rows    [][]Cell `json:"rows"`
}

// Column is what the cells below it are.
type Column struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Kind is text, count, share (of 1), number, days or money.
	Kind string `json:"kind"`
	// Unit is what a number is counted in; empty without.
	Unit string `json:"unit"`
	// Interval tells that its numbers have 95 % intervals.
	Interval bool `json:"interval"`
}

// The kinds of columns.
const (
	kindText   = "text"
	kindCount  = "count"
	kindShare  = "share"
	kindNumber = "number"
	kindMoney  = "money"
)

// Cell is what stands in a table: in words, and, of a number that may be told, as one.
type Cell struct {
	Says  string   `json:"says"`
	Value *float64 `json:"value"`
	Low   *float64 `json:"low"`
	High  *float64 `json:"high"`
	// Hidden tells that there is a number that is not told, since it is of few people.
	Hidden bool `json:"hidden"`
}

// Figure is a drawing of a table's numbers. What is hidden in the table is not in it.
type Figure struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Kind is intervals (a dot with its interval for each row), curve (values by the first label's numbers), columns (a count for each row) or
	// parts (what each row consists of).
	Kind  string `json:"kind"`
	Table string `json:"table"`
	// Labels and Values are columns of the table.
	Labels []string `json:"labels"`
	Values []string `json:"values"`
}

// The kinds of figures.
const (
	drawsIntervals = "intervals"
	drawsCurve     = "curve"
	drawsColumns   = "columns"
	drawsParts     = "parts"
)

// Table finds a table; nil where the section has none of that id.
func (s *Section) Table(id string) *Table {
	for i := range s.Tables {
		if s.Tables[i].ID == id {
			return &s.Tables[i]
		}
	}
	return nil
}

// legible is the table without columns of which nothing may be told, or of which there is nothing: for who reads it. Files keep them, so that
// the same table has the same columns every time.
func (t *Table) legible() *Table {
	out := &Table{ID: t.ID, Name: t.Name, Rows: make([][]Cell, len(t.Rows))}
	for k, c := range t.Columns {
		if c.Kind != kindText && !slices.ContainsFunc(t.Rows, func(row []Cell) bool { return row[k].Value != nil }) {
			continue
		}
		out.Columns = append(out.Columns, c)
		for i := range t.Rows {
			out.Rows[i] = append(out.Rows[i], t.Rows[i][k])
		}
	}
	return out
}

// Column is the place of a column; -1 where there is none of that id.
func (t *Table) Column(id string) int {
	return slices.IndexFunc(t.Columns, func(c Column) bool { return c.ID == id })
}

// Tables are all of a report.
func (r *Report) Tables() (out []*Table) {
	for i := range r.Sections {
		for k := range r.Sections[i].Tables {
			out = append(out, &r.Sections[i].Tables[k])
		}
	}
	return out
}

// hiddenSays is what stands for a number that is not told. All look alike.
const hiddenSays = "hidden"
