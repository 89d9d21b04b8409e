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

	"github.com/santhosh-tekuri/jsonschema/v6"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/internal/eventlog"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/intake/segment"
)

const (
	document = "../../docs/reference/events.md"
	schema   = "../../docs/reference/events.schema.json"
)

var update = flag.Bool("update", false, "write the documents as the catalogue has it now")

func TestTheCommittedDocumentsAreCurrent(t *testing.T) {
	if *update {
		if err := generate(document, schema); err != nil {
			t.Fatal(err)
		}
	}
	dir := t.TempDir()
	if err := generate(filepath.Join(dir, filepath.Base(document)), filepath.Join(dir, filepath.Base(schema))); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{document, schema} {
		got, err := os.ReadFile(filepath.Join(dir, filepath.Base(name)))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the catalogue says: run make docs", name)
		}
	}
}

// checked returns what compiles the committed schema: the whole, or one event's properties.
func checked(t *testing.T) func(part string) *jsonschema.Schema {
	t.Helper()
	file, err := os.Open(schema)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	doc, err := jsonschema.UnmarshalJSON(file)
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource("events.schema.json", doc); err != nil {
		t.Fatal(err)
	}
	return func(part string) *jsonschema.Schema {
		s, err := c.Compile("events.schema.json" + part)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func parsed(t *testing.T, text string) any {
	t.Helper()
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEveryExampleIsValid(t *testing.T) {
	of := checked(t)
	whole := of("")
	for _, d := range event.Standard().All() {
		t.Run(d.Name, func(t *testing.T) {
			x, err := exampleOf(d)
			if err != nil {
				t.Fatal(err)
			}
			if x.Path == "/v1/track" {
				if err := whole.Validate(parsed(t, x.Body)); err != nil {
					t.Error(err)
				}
			}
			properties := members{}
			for _, f := range d.Fields {
				properties = append(properties, member{f.Name, []byte(f.Example)})
			}
			if err := of("#/$defs/" + d.Name).Validate(parsed(t, string(properties.json()))); err != nil {
				t.Error(err)
			}
		})
	}
}

// A value of the wrong type is wrong by the schema just when intake does not take it. One field of
// each type is enough.
func TestTheSchemaAndIntakeRefuseTheSame(t *testing.T) {
	whole := checked(t)("")
	tried := map[string]bool{}
	for _, d := range event.Standard().All() {
		for _, f := range d.Fields {
			if tried[typeOf(f)] {
				continue
			}
			tried[typeOf(f)] = true
			for _, value := range []string{`{"a":1}`, `true`, `-1.5`, `12`, `"one, two"`, `"2027-03-05"`, `"2027-03-05T09:30:00+01:00"`, `["a"]`} {
				body := string(members{{"userId", text("user-17")}, {"event", text(d.Name)}, {"properties", members{{f.Name, []byte(value)}}.json()}}.json())
				err := whole.Validate(parsed(t, body))
				if _, problem := sent(t, example{"/v1/track", body}); (problem == nil) != (err == nil) {
					t.Errorf("%s: intake says %v and the schema %v", body, problem, err)
				}
			}
		}
	}
	if len(tried) < 6 {
		t.Errorf("only these types were tried: %v", tried)
	}
}

func TestTheSchemaLeavesOtherEventsAlone(t *testing.T) {
	whole := checked(t)("")
	for body, valid := range map[string]bool{
		`{"event":"Order Completed","properties":{"days_supply":"x"}}`:    true,
		`{"event":"medication.dispensed","properties":{"colour":"blue"}}`: true,
		`{"event":"medication.dispensed"}`:                                true,
		`{"event":"story.told","properties":{"fact":"hobby"}}`:            false,
		`{"properties":{}}`: false,
	} {
		if err := whole.Validate(parsed(t, body)); (err == nil) != valid {
			t.Errorf("%s: %v", body, err)
		}
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

func (strangers) Unknown(context.Context, id.Person) (bool, error) { return false, nil }

func (strangers) Claim(_ context.Context, groups [][]identity.Key, _ func([]id.Person) error) ([]identity.Claimed, error) {
	return make([]identity.Claimed, len(groups)), nil
}

func (strangers) Resolve(_ context.Context, keys []identity.Key, _ func([]id.Person) error) (people, created []id.Person, err error) {
	return make([]id.Person, len(keys)), nil, nil
}

// send takes an example in and returns the event it became.
func send(t *testing.T, x example) event.Event {
	t.Helper()
	e, problem := sent(t, x)
	if problem != nil {
		t.Fatalf("it is in quarantine: %s", problem)
	}
	return e
}

// sent returns the event that a request became, or why it is in quarantine.
func sent(t *testing.T, x example) (event.Event, *intake.Problem) {
	t.Helper()
	q, err := intake.OpenQuarantine(t.Context(), intake.QuarantineConfig{Path: filepath.Join(t.TempDir(), "quarantine.db"), Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	now := func() time.Time { return time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC) }
	var kept log
	in := &intake.Intake{Log: &kept, Keys: open{}, Directory: strangers{}, Catalogue: event.Standard, Quarantine: q, Now: now}
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
		if err != nil || len(why) != 1 {
			t.Fatalf("it is nowhere: %+v %v", why, err)
		}
		return event.Event{}, &why[0].Problem
	}
	e, err := event.Decode(kept.bodies[0])
	if err != nil {
		t.Fatal(err)
	}
	return e, nil
}
