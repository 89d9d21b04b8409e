package importer

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"text/tabwriter"

	"attune/internal/records"
)

// Report is what became of an import.
type Report struct {
	Source string `json:"source"`
	Files  int    `json:"files"`
	// Bytes are those of the files, unpacked.
	Bytes int64 `json:"bytes"`
	// Items are the pieces that were read: resources, rows, calls.
	Items   int     `json:"items"`
	Seconds float64 `json:"seconds"`
	records.Counts
	// Doubts is how many pairs of people share an identifier by which people are recognised.
	Doubts int `json:"doubts"`
	// Types are the pieces by what they are, and Events those that were told, by name; both sorted.
	Types  []TypeCount `json:"types"`
	Events []Count     `json:"events"`
	// Problems are the first of those that could not be read, and Wrong is how many there were.
	Problems []Problem `json:"problems,omitempty"`
	Wrong    int       `json:"wrong"`
	// Codes are those that nobody knows, the most frequent first; MoreCodes is how many are left out.
	Codes     []Code `json:"codes,omitempty"`
	MoreCodes int    `json:"more_codes,omitempty"`
	// Notes are what records left out that could have been told, and how often.
	Notes []Count `json:"notes,omitempty"`

	types  map[string]*TypeCount
	events map[string]int
	doubts map[records.Doubt]bool
}

// TypeCount is how many pieces of a type there were; of these, nothing is told of Skipped, and Wrong could not be read.
type TypeCount struct {
	Type    string `json:"type"`
	Read    int    `json:"read"`
	Skipped int    `json:"skipped,omitempty"`
	Wrong   int    `json:"wrong,omitempty"`
}

// Count is how often something was.
type Count struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

// Code is a code that nobody knows how to read.
type Code struct {
	// Type is the piece that has it, and System what it belongs to; empty where that is not said.
	Type   string `json:"type"`
	System string `json:"system"`
	Code   string `json:"code"`
	Count  int    `json:"count"`
}

// mostProblems is how many problems are told one by one.
const mostProblems = 100

func newReport(source string) *Report {
	return &Report{Source: source, types: map[string]*TypeCount{}, events: map[string]int{}, doubts: map[records.Doubt]bool{}}
}

func (r *Report) item(file string, i *Item) {
	r.Items++
	t := r.types[i.Type]
	if t == nil {
		t = &TypeCount{Type: i.Type}
		r.types[i.Type] = t
		at, _ := slices.BinarySearchFunc(r.Types, *t, byType)
		r.Types = slices.Insert(r.Types, at, *t)
	}
	t.Read++
	switch {
	case i.Problem != nil:
		t.Wrong++
		r.Wrong++
		if len(r.Problems) < mostProblems {
			i.Problem.File = file
			r.Problems = append(r.Problems, *i.Problem)
		}
	case i.Skipped:
		t.Skipped++
	}
	at, _ := slices.BinarySearchFunc(r.Types, *t, byType)
	r.Types[at] = *t
}

func byType(a, b TypeCount) int { return cmp.Compare(a.Type, b.Type) }

func (r *Report) took(t *records.Took) {
	r.Counts.Add(t.Counts)
	for name, n := range t.Events {
		r.events[name] += n
	}
	for _, d := range t.Doubts {
		r.doubts[d] = true
	}
	r.Doubts = len(r.doubts)
	r.count()
}

func (r *Report) count() {
	r.Events = r.Events[:0]
	for _, name := range slices.Sorted(maps.Keys(r.events)) {
		r.Events = append(r.Events, Count{name, r.events[name]})
	}
}

// WriteText writes the report for people.
func (r *Report) WriteText(w io.Writer) error {
	fmt.Fprintf(w, "Read %d %s of %s from %s (%.1f MB in %.1f s).\n", r.Items, plural(r.Items, "record", "records"), r.Source, count(r.Files, "file", "files"), float64(r.Bytes)/1e6, r.Seconds)
	fmt.Fprintf(w, "%s about people: %d new, %d changed, %d known before. %s nobody knew.\n", count(r.Entries, "entry", "entries"), r.Entries-r.Known-r.Changed, r.Changed, r.Known, count(r.People, "person", "people"))
	fmt.Fprintf(w, "%s told, %d taken back.\n", count(r.Told, "event", "events"), r.TakenBack)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	if len(r.Events) > 0 {
		fmt.Fprintln(t, "\nevent\ttold")
		for _, e := range r.Events {
			fmt.Fprintf(t, "%s\t%d\n", e.Name, e.Count)
		}
	}
	if len(r.Types) > 0 {
		fmt.Fprintln(t, "\nrecord\tread\tnothing is told of\tcould not be read")
		for _, x := range r.Types {
			fmt.Fprintf(t, "%s\t%d\t%d\t%d\n", cmp.Or(x.Type, "?"), x.Read, x.Skipped, x.Wrong)
		}
	}
	if len(r.Codes) > 0 {
		fmt.Fprintln(t, "\nunknown code of\tsystem\tcode\ttimes")
		for _, c := range r.Codes {
			fmt.Fprintf(t, "%s\t%s\t%s\t%d\n", c.Type, cmp.Or(c.System, "none"), c.Code, c.Count)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if r.MoreCodes > 0 {
		fmt.Fprintf(w, "and %s.\n", count(r.MoreCodes, "more code", "more codes"))
	}
	for i, n := range r.Notes {
		if i == 0 {
			fmt.Fprintln(w)
		}
		fmt.Fprintf(w, "%d times: %s\n", n.Count, n.Name)
	}
	if r.Wrong > 0 {
		fmt.Fprintf(w, "\n%d could not be read:\n", r.Wrong)
		for _, p := range r.Problems {
			fmt.Fprintln(w, " ", p.String())
		}
	}
	if r.Doubts > 0 {
		_, err := fmt.Fprintf(w, "\n%s may be one person each: they share an identifier. attune people duplicates lists them.\n", count(r.Doubts, "pair of people", "pairs of people"))
		return err
	}
	return nil
}

// String writes the problem as one line for people.
func (p *Problem) String() string {
	s := p.File + ", " + p.Place + ": "
	if p.Field != "" {
		s += p.Field + ": "
	}
	return s + p.Reason + "; " + p.Remedy
}

func count(n int, one, many string) string { return fmt.Sprintf("%d %s", n, plural(n, one, many)) }

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}
