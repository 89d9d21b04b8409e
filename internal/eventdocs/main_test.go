package main

import (
	"bytes"
	"context"
	"flag"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/internal/eventlog"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/intake/segment"
)

const document = "../../docs/reference/events.md"

var update = flag.Bool("update", false, "write the document as the catalogue has it now")

func TestTheCommittedDocumentIsCurrent(t *testing.T) {
	got, err := render(event.Standard())
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(document, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is not what the catalogue says: run make docs", document)
	}
}

// Every example goes through the real API and intake, and comes out as the event it is an example of,
// with every declared field in its declared type.
func TestEveryExampleDecodes(t *testing.T) {
	for _, d := range event.Standard().All() {
		t.Run(d.Name, func(t *testing.T) {
			x, err := exampleOf(d)
			if err != nil {
				t.Fatal(err)
			}
			taken := send(t, x)
			if taken.Name != d.Name {
				t.Errorf("it became %s", taken.Name)
			}
			if got := taken.OccurredAt.String(); !strings.HasPrefix(got, "2027-03-01T09:00:00") {
				t.Errorf("it happened at %s", got)
			}
			for _, f := range d.Fields {
				if got := taken.Field(f.Name).Type; got != f.Type {
					t.Errorf("%s came in as %s, not as %s", f.Name, got, f.Type)
				}
			}
			if d.Name == "traits.updated" && !taken.Field("language").Equal(expr.TextOf("es")) {
				t.Error("its traits are lost")
			}
		})
	}
}

// log keeps what intake would have made durable.
type log struct{ bodies [][]byte }

func (l *log) Append(_ context.Context, entries []eventlog.Entry) (eventlog.Position, error) {
	for _, e := range entries {
		l.bodies = append(l.bodies, e.Body)
	}
	return eventlog.Position(len(l.bodies)), nil
}

// open seals nothing.
type open struct{}

func (open) Ensure(...id.Person) error { return nil }

func (open) Seal(_ id.Person, _ string, _, plain []byte) ([]byte, error) { return plain, nil }

// strangers knows nobody and gives everybody the same id.
type strangers struct{}

func (strangers) Resolve(_ context.Context, keys []identity.Key, _ func([]id.Person) error) (people, created []id.Person, err error) {
	return make([]id.Person, len(keys)), nil, nil
}

func send(t *testing.T, x example) event.Event {
	t.Helper()
	q, err := intake.OpenQuarantine(t.Context(), intake.QuarantineConfig{Path: filepath.Join(t.TempDir(), "quarantine.db"), Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	now := func() time.Time { return time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC) }
	var kept log
	in := &intake.Intake{Log: &kept, Keys: open{}, Directory: strangers{}, Catalogue: event.Standard(), Quarantine: q, Now: now}
	api := &segment.Handler{Intake: in, Sources: intake.WriteKeys{{Hash: intake.HashWriteKey("wk"), Source: intake.Source{Name: "app", System: "mrn"}}}, Now: now}

	r := httptest.NewRequest(http.MethodPost, x.Path, strings.NewReader(x.Body))
	r.SetBasicAuth("wk", "")
	w := httptest.NewRecorder()
	api.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if len(kept.bodies) != 1 {
		why, err := q.List(t.Context(), 1)
		t.Fatalf("it is in quarantine: %+v %v", why, err)
	}
	e, err := event.Decode(kept.bodies[0])
	if err != nil {
		t.Fatal(err)
	}
	return e
}
