package main

import (
	"bytes"
	"encoding/json"
	"io"

	"attune/internal/chart"
	"attune/internal/tables"
)

// runFiles are the files that the report of a run is written into.
type runFiles struct {
	JSON   string `help:"Write all numbers as JSON into a file; - is the terminal, instead of the report." placeholder:"FILE"`
	HTML   string `help:"Write the report as a page that needs nothing else." type:"path" placeholder:"FILE"`
	PDF    string `name:"pdf" help:"Write the report as a document." type:"path" placeholder:"FILE"`
	Tables string `help:"Write every table as CSV and as Parquet into a zip file." type:"path" placeholder:"FILE"`
}

// writable is what came of a simulation or a backtest, as it can be written.
type writable interface {
	WriteText(io.Writer, chart.Look) error
	WriteHTML(io.Writer) error
	WritePDF(io.Writer) error
}

// write puts what came of a run where it was asked for, and says it at the terminal.
func (f *runFiles) write(s streams, r writable) error {
	var b bytes.Buffer
	if err := intoJSON(&b, r); err != nil {
		return err
	}
	asJSON := func(w io.Writer) error {
		_, err := w.Write(b.Bytes())
		return err
	}
	for _, x := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{f.HTML, r.WriteHTML}, {f.PDF, r.WritePDF}, {f.Tables, func(w io.Writer) error { return tables.ZipResult(w, b.Bytes()) }}, {f.JSON, asJSON},
	} {
		if x.name == "" || x.name == "-" {
			continue
		}
		if err := toFile(x.name, x.write); err != nil {
			return err
		}
	}
	if f.JSON == "-" {
		return asJSON(s.out)
	}
	return r.WriteText(s.out, look())
}

func intoJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}
