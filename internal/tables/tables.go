// Package tables writes tables of numbers as CSV and as Parquet, for spreadsheets and for whoever goes on reckoning. [Of] makes tables of
// any result that is written as JSON: a table for each list in it. It knows nothing of what the numbers mean, and leaves none out.
package tables

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/parquet-go/parquet-go"

	"attune/internal/spreadsheet"
)

// Table is a table of texts and numbers.
type Table struct {
	// ID is what its files are called.
	ID      string
	Columns []Column
	// Rows have a cell for each column.
	Rows [][]Cell
}

// Column is one column: of texts, or of numbers.
type Column struct {
	Name string
	Text bool
}

// Cell is a text, or a number; nil where there is none.
type Cell struct {
	Text   string
	Number *float64
}

// WriteCSV writes numbers with all their digits. A number that is not there is empty.
func (t *Table) WriteCSV(w io.Writer) error {
	out := spreadsheet.NewWriter(w)
	line := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		line[i] = c.Name
	}
	out.Write(line...)
	for _, row := range t.Rows {
		for i := range row {
			line[i] = row[i].Text
			if v := row[i].Number; v != nil {
				line[i] = strconv.FormatFloat(*v, 'g', -1, 64)
			}
		}
		out.Write(line...)
	}
	return out.Flush()
}

// WriteParquet writes the same as a Parquet file: texts, and numbers that may be null.
func (t *Table) WriteParquet(w io.Writer) error {
	group := parquet.Group{}
	for _, c := range t.Columns {
		if c.Text {
			group[c.Name] = parquet.String()
		} else {
			group[c.Name] = parquet.Optional(parquet.Leaf(parquet.DoubleType))
		}
	}
	schema := parquet.NewSchema(t.ID, group)
	out := parquet.NewWriter(w, schema)
	place := map[string]int{} // a group's columns stand by name
	for i, path := range schema.Columns() {
		place[path[0]] = i
	}
	for _, row := range t.Rows {
		line := make(parquet.Row, len(t.Columns))
		for i, c := range t.Columns {
			at := place[c.Name]
			switch {
			case c.Text:
				line[at] = parquet.ValueOf(row[i].Text).Level(0, 0, at)
			case row[i].Number == nil:
				line[at] = parquet.NullValue().Level(0, 0, at)
			default:
				line[at] = parquet.ValueOf(*row[i].Number).Level(0, 1, at)
			}
		}
		if _, err := out.WriteRows([]parquet.Row{line}); err != nil {
			return fmt.Errorf("write the table %s: %w", t.ID, err)
		}
	}
	return out.Close()
}

// File is a file, by its name.
type File struct {
	Name  string
	Write func(io.Writer) error
}

// Files are the table as CSV and as Parquet.
func (t *Table) Files() []File {
	return []File{{t.ID + ".csv", t.WriteCSV}, {t.ID + ".parquet", t.WriteParquet}}
}

// Zip writes files into one.
func Zip(w io.Writer, files []File) error {
	z := zip.NewWriter(w)
	for _, f := range files {
		out, err := z.Create(f.Name)
		if err == nil {
			err = f.Write(out)
		}
		if err != nil {
			return errors.Join(err, z.Close())
		}
	}
	return z.Close()
}

// ZipResult writes a result that is written as JSON: every table of it as CSV and Parquet, and the result itself.
func ZipResult(w io.Writer, result []byte) error {
	all, err := Of(result)
	if err != nil {
		return err
	}
	var files []File
	for _, t := range all {
		files = append(files, t.Files()...)
	}
	return Zip(w, append(files, File{"result.json", func(w io.Writer) error {
		_, err := w.Write(result)
		return err
	}}))
}
