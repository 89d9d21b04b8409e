package outcomes

import (
	"encoding/json"
	"io"

	"attune/internal/tables"
)

// field is a column of a file: of a number its value, and of one with an interval also where that begins and ends.
type field struct {
	name string
	text bool
	of   func(c *Cell) *float64
	col  int
}

func (t *Table) fields() (out []field) {
	for k, c := range t.Columns {
		f := field{name: c.ID, text: c.Kind == kindText, of: func(c *Cell) *float64 { return c.Value }, col: k}
		out = append(out, f)
		if c.Interval {
			out = append(out, field{name: c.ID + "_low", of: func(c *Cell) *float64 { return c.Low }, col: k}, field{name: c.ID + "_high", of: func(c *Cell) *float64 { return c.High }, col: k})
		}
	}
	return out
}

// table is what its files have.
func (t *Table) table() *tables.Table {
	out := &tables.Table{ID: t.ID}
	fields := t.fields()
	for _, f := range fields {
		out.Columns = append(out.Columns, tables.Column{Name: f.name, Text: f.text})
	}
	for _, row := range t.Rows {
		line := make([]tables.Cell, len(fields))
		for i, f := range fields {
			if c := &row[f.col]; f.text {
				line[i].Text = c.Says
			} else {
				line[i].Number = f.of(c)
			}
		}
		out.Rows = append(out.Rows, line)
	}
	return out
}

// WriteJSON writes the report as the API gives it.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// Files are all tables, each as CSV and as Parquet. What is hidden, or is not there, is empty.
func (r *Report) Files() (out []tables.File) {
	for _, t := range r.Tables() {
		out = append(out, t.table().Files()...)
	}
	return out
}
