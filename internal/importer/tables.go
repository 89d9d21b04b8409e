package importer

import (
	"fmt"
	"io"
	"os"

	"attune/core/instant"
	"attune/core/source"
	"attune/internal/csvmap"
	"attune/internal/intake/segment"
)

// Tables says how CSV files are read: by the map that comes along under that name, or else by the one in the file of
// that name.
func Tables(name string, zones *instant.Zones) (*csvmap.Map, error) {
	if m, ok := csvmap.Shipped(name, zones); ok {
		return m, nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("there is no map %s: name one that comes along (%v), or a file: %w", name, csvmap.ShippedNames(), without(err))
	}
	m, problems := csvmap.Read(name, text, zones)
	if len(problems) > 0 {
		return nil, WrongMap(problems)
	}
	return m, nil
}

// WrongMap is all that is wrong with a map.
type WrongMap []source.Problem

func (w WrongMap) Error() string {
	s := "the map cannot be used"
	for _, p := range w {
		s += "\n" + p.String()
	}
	return s
}

// Suggest proposes a map for the CSV files among those at the paths.
func Suggest(paths []string) ([]byte, error) {
	files, err := Files(paths)
	if err != nil {
		return nil, err
	}
	var samples []csvmap.Sample
	for _, f := range files {
		if f.Format != CSV {
			continue
		}
		s, err := look(f)
		if err != nil {
			return nil, err
		}
		samples = append(samples, s)
	}
	return csvmap.Suggest(samples...)
}

func look(f File) (csvmap.Sample, error) {
	content, err := Open(f.Path, nil, nil)
	if err != nil {
		return csvmap.Sample{}, err
	}
	defer content.Close()
	return csvmap.Look(f.Name, content)
}

// table reads the rows of a table.
type table struct {
	in   *csvmap.Reader
	last string
}

// Next implements Reader.
func (t *table) Next() (Item, error) {
	is, err := t.in.Next()
	if err != nil {
		return Item{}, err
	}
	item := Item{Type: t.last, Entries: is.Entries, Arrivals: is.Arrivals}
	switch {
	case len(is.Entries) > 0:
		item.Type = string(is.Entries[0].Kind)
	case len(is.Arrivals) > 0:
		item.Type = "event"
	}
	t.last = item.Type
	if p := is.Problem; p != nil {
		item.Problem = &Problem{Place: fmt.Sprintf("line %d", p.Line), Field: p.Column, Reason: p.Reason, Remedy: p.Remedy}
	}
	item.Skipped = item.Problem == nil && len(is.Entries)+len(is.Arrivals) == 0
	return item, nil
}

// calls reads calls of the Segment protocol.
type calls struct{ in *segment.Lines }

// Next implements Reader.
func (c *calls) Next() (Item, error) {
	is, err := c.in.Next()
	if err != nil {
		return Item{}, err
	}
	item := Item{Type: "call"}
	if p := is.Problem; p != nil {
		item.Problem = &Problem{Place: fmt.Sprintf("line %d", is.Number), Field: p.Field, Reason: p.Reason, Remedy: p.Remedy}
		return item, nil
	}
	item.Arrivals = append(item.Arrivals, is.Arrival)
	return item, nil
}

// open reads a file as what it is.
func (j *Job) open(f File, content io.Reader) (Reader, error) {
	now := instant.Of(j.Now())
	switch f.Format {
	case FHIR:
		return j.Resources.Open(content), nil
	case Calls:
		return &calls{segment.NewLines(content, j.Source.Source, now)}, nil
	case CSV:
	}
	if j.Tables == nil {
		return nil, fmt.Errorf("import %s: nothing says what its rows are: add --map synthea, or --map and a file; attune import --suggest proposes one", f.Name)
	}
	in, err := csvmap.NewReader(content, f.Name, j.Tables, csvmap.Options{Source: j.Source.Source, Now: now})
	if err != nil {
		return nil, fmt.Errorf("import %w", err)
	}
	return &table{in: in}, nil
}
