package outcomes

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"attune/internal/spreadsheet"
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

// WriteCSV writes a table's numbers with all their digits. What is hidden, or is not there, is empty.
func (t *Table) WriteCSV(w io.Writer) error {
	out := spreadsheet.NewWriter(w)
	fields := t.fields()
	line := make([]string, len(fields))
	for i, f := range fields {
		line[i] = f.name
	}
	out.Write(line...)
	for _, row := range t.Rows {
		for i, f := range fields {
			line[i] = ""
			if c := &row[f.col]; f.text {
				line[i] = c.Says
			} else if v := f.of(c); v != nil {
				line[i] = strconv.FormatFloat(*v, 'g', -1, 64)
			}
		}
		out.Write(line...)
	}
	return out.Flush()
}

// WriteParquet writes the same as a Parquet file: texts, and numbers that may be null.
func (t *Table) WriteParquet(w io.Writer) error {
	fields := t.fields()
	group := parquet.Group{}
	for _, f := range fields {
		if f.text {
			group[f.name] = parquet.String()
		} else {
			group[f.name] = parquet.Optional(parquet.Leaf(parquet.DoubleType))
		}
	}
	schema := parquet.NewSchema(t.ID, group)
	out := parquet.NewWriter(w, schema)
	place := map[string]int{} // a group's columns stand by name
	for i, path := range schema.Columns() {
		place[path[0]] = i
	}
	for _, row := range t.Rows {
		line := make(parquet.Row, len(fields))
		for _, f := range fields {
			at := place[f.name]
			switch c := &row[f.col]; {
			case f.text:
				line[at] = parquet.ValueOf(c.Says).Level(0, 0, at)
			case f.of(c) == nil:
				line[at] = parquet.NullValue().Level(0, 0, at)
			default:
				line[at] = parquet.ValueOf(*f.of(c)).Level(0, 1, at)
			}
		}
		if _, err := out.WriteRows([]parquet.Row{line}); err != nil {
			return fmt.Errorf("write the table %s: %w", t.ID, err)
		}
	}
	return out.Close()
}

// WriteJSON writes the report as the API gives it.
func (r *Report) WriteJSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// File is one table as a file, by its name.
type File struct {
	Name  string
	Write func(io.Writer) error
}

// Files are all tables, each as CSV and as Parquet.
func (r *Report) Files() (out []File) {
	for _, t := range r.Tables() {
		out = append(out, File{t.ID + ".csv", t.WriteCSV}, File{t.ID + ".parquet", t.WriteParquet})
	}
	return out
}
