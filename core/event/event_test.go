package event_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/program"
)

func dispensed() event.Event {
	return event.Event{
		ID: "app/m-17", Name: "medication.dispensed", Source: "app", Version: 2, Historical: true,
		OccurredAt: 1_800_000_000_000, ReceivedAt: 1_800_000_002_000, SentAt: 1_800_000_001_000, OriginalAt: -5,
	}.With("days_supply", expr.IntegerOf(30)).With("code", expr.TextOf("860975")).With("codes", expr.ListOf("a", "b")).With("urgent", expr.FlagOf(false))
}

func TestEventsKeepTheirPropertiesInOrder(t *testing.T) {
	t.Parallel()
	e := dispensed()
	if !slices.IsSortedFunc(e.Props, func(a, b event.Prop) int { return strings.Compare(a.Name, b.Name) }) {
		t.Errorf("properties are not sorted: %v", e.Props)
	}
	f := e.With("code", expr.TextOf("other"))
	if e.Field("code").Text != "860975" || f.Field("code").Text != "other" || len(f.Props) != len(e.Props) {
		t.Errorf("With changed the event it was called on, or added a name twice: %v, %v", e.Props, f.Props)
	}
	if v := e.Field("nothing"); v.Type != expr.Missing {
		t.Errorf("a property that an event does not have is %v", v)
	}
}

func TestEventsAreReadAsTheyWereWritten(t *testing.T) {
	t.Parallel()
	e := dispensed()
	b, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	back, err := event.Decode(b)
	if err != nil || !reflect.DeepEqual(e, back) {
		t.Errorf("written %+v\nread %+v\n%v", e, back, err)
	}
	rapid.Check(t, func(rt *rapid.T) {
		e := rapid.Make[event.Event]().Draw(rt, "event")
		b, err := e.Encode()
		if err != nil {
			rt.Fatal(err)
		}
		f, err := event.Decode(b)
		if err != nil {
			rt.Fatal(err)
		}
		again, err := f.Encode()
		if err != nil {
			rt.Fatal(err)
		}
		g, err := event.Decode(again)
		if err != nil || !bytes.Equal(again, mustEncode(rt, g)) || f.ID != e.ID || f.OccurredAt != e.OccurredAt || len(f.Props) != len(e.Props) {
			rt.Fatalf("%+v became %+v", e, f)
		}
	})
}

func mustEncode(t *rapid.T, e event.Event) []byte {
	b, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func FuzzDecode(f *testing.F) {
	e := dispensed()
	b, err := e.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte("\x0a\x05garbage"))
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := event.Decode(b)
		if err != nil {
			return
		}
		written, err := e.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := event.Decode(written)
		if err != nil {
			t.Fatal(err)
		}
		again, err := back.Encode()
		if err != nil || !bytes.Equal(written, again) {
			t.Fatalf("what was decoded does not encode to itself: %v", err)
		}
	})
}

// The catalogue is the vocabulary: names of the right shape, no field twice, an example and a rank
// for every field, and events that the engine gives a meaning to are in it.
func TestTheStandardCatalogue(t *testing.T) {
	t.Parallel()
	c := event.Standard()
	if !slices.IsSorted(c.Names()) || len(slices.Compact(c.Names())) != len(c.All()) {
		t.Errorf("names are not sorted or not unique: %v", c.Names())
	}
	for _, d := range c.All() {
		if subject, done, ok := strings.Cut(d.Name, "."); !ok || subject == "" || done == "" || strings.ToLower(d.Name) != d.Name {
			t.Errorf("%q is not the name of an event", d.Name)
		}
		if !strings.HasSuffix(d.Says, ".") {
			t.Errorf("%s says %q, which is no sentence", d.Name, d.Says)
		}
		seen := map[string]bool{}
		for _, f := range d.Fields {
			if seen[f.Name] || f.Example == "" || f.Type == expr.Missing || f.Sensitivity.String() == "unknown" {
				t.Errorf("%s has a field that is written twice or half: %+v", d.Name, f)
			}
			if counts := f.Type == expr.Number || f.Type == expr.Integer; counts != (f.Unit != "") {
				t.Errorf("%s counts %q in %s", d.Name, f.Unit, f.Name)
			}
			if !program.CanNameField(f.Name) {
				t.Errorf("no rule can write %s.%s", d.Name, f.Name)
			}
			seen[f.Name] = true
		}
		if d.Retracts != seen["revokes"] {
			t.Errorf("%s takes an event back (%v) and names it (%v)", d.Name, d.Retracts, seen["revokes"])
		}
		if !program.CanNameEvent(d.Name) {
			t.Errorf("no program could declare %s", d.Name)
		}
		if fields, known := c.Fields(d.Name); !known || len(fields) != len(d.Fields) {
			t.Errorf("%s has fields %v", d.Name, fields)
		}
	}
	for _, name := range []string{"patient.created", "patient.updated", "traits.updated", "person.registered", "sharing.granted", "sharing.withdrawn", "patient.deceased", "consent.granted", "consent.denied", "consent.withdrawn"} {
		if _, known := c.Find(name); !known {
			t.Errorf("the engine knows %s and the catalogue does not", name)
		}
	}
	if _, known := c.Find("portal.visitted"); known {
		t.Error("the catalogue has an event that nobody declared")
	}
}

func TestALaterDefinitionWins(t *testing.T) {
	t.Parallel()
	c := event.NewCatalogue(event.Definition{Name: "b.done", Says: "First."}, event.Definition{Name: "a.done"}, event.Definition{Name: "b.done", Says: "Second."})
	if d, _ := c.Find("b.done"); d.Says != "Second." || len(c.All()) != 2 || c.All()[0].Name != "a.done" {
		t.Errorf("the catalogue is %v", c.All())
	}
}

// The order of events of one instant is the source's version, then the id, never the arrival.
func TestOrder(t *testing.T) {
	t.Parallel()
	a, b := event.Event{ID: "app/1", Version: 1}, event.Event{ID: "app/1", Version: 2}
	if !a.Order().Less(b.Order()) || b.Order().Less(a.Order()) || a.Order().Less(a.Order()) {
		t.Error("versions do not order events")
	}
	if a.Key() != b.Key() {
		t.Error("two states of one thing have two keys")
	}
}
