package csvmap

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"attune/core/instant"
	"attune/internal/intake"
)

// FuzzRead asks of any text: it is a map, or there is something to say of it. What is a map reads any rows.
func FuzzRead(f *testing.F) {
	zones, err := instant.LoadZones()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(clinic, "Nr;KIS;Art;Wert;Am\n17;;LZ;7,4;01.07.2027 10:00\n")
	for _, name := range ShippedNames() {
		text, err := shipped.ReadFile("maps/" + name + ".yaml")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "START,STOP,PATIENT,ENCOUNTER,CODE,DESCRIPTION\n2027-03-01,,a,b,c,d\n")
	}
	f.Fuzz(func(t *testing.T, text, rows string) {
		m, problems := Read("map.yaml", []byte(text), zones)
		if (m == nil) != (len(problems) > 0) {
			t.Fatalf("a map: %v, problems: %v", m != nil, problems)
		}
		for _, p := range problems {
			if p.What == "" || p.Pos.File != "map.yaml" {
				t.Fatalf("a problem of no use: %+v", p)
			}
		}
		if m == nil {
			return
		}
		for _, table := range m.tables {
			r, err := NewReader(strings.NewReader(rows), strings.ReplaceAll(table.file, "*", "x"), m, Options{Source: intake.Source{Name: "ehr"}, Now: 1_800_000_000_000})
			if err != nil {
				continue
			}
			for {
				item, err := r.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				checkItem(t, &item)
			}
		}
	})
}

func checkItem(t *testing.T, item *Item) {
	if p := item.Problem; p != nil {
		if p.Reason == "" || p.Remedy == "" || len(item.Entries)+len(item.Arrivals) > 0 {
			t.Fatalf("a problem of no use: %+v", p)
		}
		return
	}
	for _, e := range item.Entries {
		if e.ID == "" && e.Alike == "" || e.Subject.ID == "" && e.Subject.Identifier.Value == "" {
			t.Fatalf("an entry of no use: %+v", e)
		}
	}
	for _, a := range item.Arrivals {
		if a.Who.Value == "" || a.Event.Name == "" || a.Event.OccurredAt == 0 || !a.Event.Historical {
			t.Fatalf("an event of no use: %+v", a)
		}
	}
}

// FuzzSplit holds the splitter against the standard library: what both read is the same.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"a,b\nc,d\n", "a,\"b\nc\"\r\n\"d\"\"\",\n", "\xef\xbb\xbfa\n\n b ,\n", "\"", "a\"b\n", "\"a\"b\n", ",\n,,\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		s := newSplitter(strings.NewReader(in), ',')
		theirs := csv.NewReader(strings.NewReader(strings.TrimPrefix(in, "\xef\xbb\xbf")))
		theirs.FieldsPerRecord = -1
		for n := 0; ; n++ {
			got, line, _, err := s.next()
			if errors.Is(err, io.EOF) {
				return
			}
			want, no := theirs.Read()
			for no == nil && len(want) == 1 && strings.TrimSpace(want[0]) == "" && (err != nil || !slices.Equal(got, want)) {
				want, no = theirs.Read() // lines of blanks are rows to it
			}
			if err != nil {
				if no == nil && utf8.ValidString(strings.Join(want, "")) {
					t.Fatalf("row %d, line %d: %v; the standard library reads %q", n, line, err, want)
				}
				return // after a mistake both go on in their own ways
			}
			if no != nil || !slices.Equal(got, want) {
				t.Fatalf("row %d, line %d: %q, the standard library reads %q, %v", n, line, got, want, no)
			}
		}
	})
}
