package intake

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/core/consent"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/eventlog"
	"attune/internal/intake/identity"
)

// world is an intake whose log, keys and directory write down what they were asked to do, and fail
// on demand.
type world struct {
	*Intake
	did    []string
	fail   string
	log    []eventlog.Entry
	keys   map[id.Person]bool
	people map[identity.Key]id.Person
}

var errDisk = errors.New("no disk")

func newWorld(t *testing.T) *world {
	q, err := OpenQuarantine(t.Context(), QuarantineConfig{Path: filepath.Join(t.TempDir(), "quarantine.db"), Secret: bytes.Repeat([]byte{7}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { q.Close() })
	w := &world{keys: map[id.Person]bool{}, people: map[identity.Key]id.Person{}}
	w.Intake = &Intake{Log: (*worldLog)(w), Keys: (*worldKeys)(w), Directory: (*worldDirectory)(w), Catalogue: event.Standard, Quarantine: q,
		Now: func() time.Time { return time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC) }}
	return w
}

func (w *world) do(what string) error {
	w.did = append(w.did, what)
	if w.fail == what {
		return errDisk
	}
	return nil
}

type worldLog world

func (w *worldLog) Append(_ context.Context, e []eventlog.Entry) (eventlog.Position, error) {
	if err := (*world)(w).do("log"); err != nil {
		return 0, err
	}
	w.log = append(w.log, e...)
	return eventlog.Position(len(w.log)), nil
}

type worldKeys world

func (w *worldKeys) Ensure(people ...id.Person) error {
	for _, p := range people {
		w.keys[p] = true
	}
	return (*world)(w).do("keys")
}

func (w *worldKeys) Seal(p id.Person, kind string, name, plain []byte) ([]byte, error) {
	if !w.keys[p] {
		return nil, errors.New("no key")
	}
	return append([]byte(kind+"|"), plain...), nil
}

type worldDirectory world

func (w *worldDirectory) Resolve(_ context.Context, keys []identity.Key, prepare func([]id.Person) error) (people, created []id.Person, err error) {
	fresh := map[identity.Key]id.Person{}
	for _, k := range keys {
		p, known := w.people[k]
		if !known {
			p, known = fresh[k]
		}
		if !known {
			p = id.Person{byte(len(w.people) + len(fresh) + 1)}
			fresh[k] = p
			created = append(created, p)
		}
		people = append(people, p)
	}
	if len(created) > 0 {
		if err := prepare(created); err != nil {
			return nil, nil, err
		}
		if err := (*world)(w).do("directory"); err != nil {
			return nil, nil, err
		}
	}
	for k, p := range fresh {
		w.people[k] = p
	}
	return people, created, nil
}

func (w *worldDirectory) Claim(context.Context, [][]identity.Key, func([]id.Person) error) ([]identity.Claimed, error) {
	return nil, errors.New("nothing is linked in this world")
}

func (w *worldDirectory) Unknown(context.Context, id.Person) (bool, error) {
	return false, errors.New("nothing is linked in this world")
}

func arrival(who, name string, props ...event.Prop) Arrival {
	return Arrival{Who: identity.Key{System: "mrn", Value: who}, Event: event.Event{ID: "app/" + who + name, Name: name, Props: props}, Raw: []byte("raw of " + who)}
}

var app = Source{Name: "app", System: "mrn"}

func (w *world) logged(t *testing.T) []event.Event {
	var list []event.Event
	for _, e := range w.log {
		body, sealed := bytes.CutPrefix(e.Body, []byte("event|"))
		ev, err := event.Decode(body)
		if !sealed || err != nil {
			t.Fatal(sealed, err)
		}
		list = append(list, ev)
	}
	return list
}

func TestTakeWritesWhatCanBeUsedAndKeepsTheRest(t *testing.T) {
	w := newWorld(t)
	err := w.Take(t.Context(), app, []Arrival{
		arrival("ana", "medication.dispensed", event.Prop{Name: "days_supply", Value: expr.NumberOf(30)}),
		arrival("ben", "medication.dispensed", event.Prop{Name: "days_supply", Value: expr.TextOf("thirty")}),
		arrival("ana", "Clicked the big button"),
		{Raw: []byte("raw of nobody"), Problem: &Problem{"userId", "nobody", "send one"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	list := w.logged(t)
	if len(list) != 2 || list[0].Name != "medication.dispensed" || list[1].Name != "Clicked the big button" {
		t.Fatalf("logged %+v", list)
	}
	e := list[0]
	now := instant.Of(w.Now())
	if e.Source != "app" || e.OccurredAt != now || e.ReceivedAt != now || w.log[0].At != now || !e.Field("days_supply").Equal(expr.IntegerOf(30)) {
		t.Errorf("logged %+v", e)
	}
	if w.log[0].Person != w.log[1].Person {
		t.Error("Ana is two people")
	}
	if got := w.Counts(); got != (Counts{Taken: 2, Undeclared: 1, Quarantined: 2}) {
		t.Errorf("counts %+v", got)
	}
	kept, err := w.Quarantine.List(t.Context(), 10)
	if err != nil || len(kept) != 2 {
		t.Fatal(kept, err)
	}
	if got, want := kept[1].Problem.String(), "days_supply: found text where integer is declared; send it as in this example: 30"; got != want {
		t.Errorf("the reason is %q, want %q", got, want)
	}
	if raw, err := w.Quarantine.Raw(t.Context(), kept[0].ID); string(raw) != "raw of nobody" || err != nil {
		t.Errorf("kept %q, %v", raw, err)
	}
}

// The order is argued at Take: whatever is cut off, nothing is acknowledged and a second try works.
func TestNewPeopleGetTheirKeysBeforeTheirPlaceAndThatBeforeTheirEvents(t *testing.T) {
	w := newWorld(t)
	if err := w.Take(t.Context(), app, []Arrival{arrival("ana", "portal.visited")}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"keys", "directory", "log"}; !slices.Equal(w.did, want) {
		t.Fatalf("did %v, want %v", w.did, want)
	}
	for _, step := range []string{"keys", "directory", "log"} {
		w := newWorld(t)
		w.fail = step
		batch := []Arrival{arrival("ana", "page.viewed", event.Prop{Name: "category", Value: expr.TextOf("x")}, event.Prop{Name: "name", Value: expr.TextOf("y")})}
		if err := w.Take(t.Context(), app, batch); !errors.Is(err, errDisk) || len(w.log) != 0 {
			t.Fatalf("%s fails: %v, %d logged", step, err, len(w.log))
		}
		if got := w.Counts(); got != (Counts{}) {
			t.Errorf("%s fails: counted %+v", step, got)
		}
		w.fail = ""
		if err := w.Take(t.Context(), app, batch); err != nil || len(w.log) != 1 {
			t.Fatalf("again after %s: %v, %d logged", step, err, len(w.log))
		}
		if e := w.logged(t)[0]; e.Field("name").Text != "y" || len(e.Props) != 1 {
			t.Errorf("again after %s: %+v", step, e)
		}
	}
}

func TestTakeRefusesAtTheBound(t *testing.T) {
	w := newWorld(t)
	waiting := 9
	w.Backlog, w.MaxBacklog, w.RetryAfter = func() int { return waiting }, 10, 3*time.Second
	batch := []Arrival{arrival("ana", "portal.visited"), {Problem: &Problem{Reason: "bad"}}}
	if err := w.Take(t.Context(), app, batch); err != nil {
		t.Fatal(err)
	}
	waiting = 10
	err := w.Take(t.Context(), app, batch)
	if e := (*BusyError)(nil); !errors.As(err, &e) || e.RetryAfter != 3*time.Second {
		t.Fatal(err)
	}
	if n, _ := w.Quarantine.Count(t.Context()); n != 1 || len(w.log) != 1 {
		t.Fatal("something was taken")
	}
}

func TestNothingIsTakenWhenTheQuarantineFails(t *testing.T) {
	w := newWorld(t)
	w.Quarantine.Close()
	if err := w.Take(t.Context(), app, []Arrival{arrival("ana", "portal.visited"), {Problem: &Problem{Reason: "bad"}}}); err == nil || len(w.log) != 0 {
		t.Fatal(err, len(w.log))
	}
}

func TestCheck(t *testing.T) {
	text := func(n, s string) event.Prop { return event.Prop{Name: n, Value: expr.TextOf(s)} }
	many := make([]event.Prop, MaxProps+1)
	for name, c := range map[string]struct {
		event string
		prop  []event.Prop
		want  string // "" when it is fine
	}{
		"takes a declared field of its type":            {"medication.dispensed", []event.Prop{text("code", "860975")}, ""},
		"keeps fields that are not declared":            {"medication.dispensed", []event.Prop{text("colour", "blue")}, ""},
		"takes anything of a name that is not declared": {"Order Completed", []event.Prop{text("days_supply", "x")}, ""},
		"takes a timestamp for a time":                  {"appointment.booked", []event.Prop{text("start", "2027-03-05T09:30:00+01:00")}, ""},
		"takes a whole number for a number":             {"observation.recorded", []event.Prop{{Name: "value", Value: expr.IntegerOf(7)}}, ""},
		"does not take a number for text":               {"medication.dispensed", []event.Prop{{Name: "code", Value: expr.IntegerOf(1)}}, `code: found integer where text is declared; send it as in this example: "860975"`},
		"does not take text for a number":               {"observation.recorded", []event.Prop{text("value", "7.1")}, `value: found text where number is declared; send it as in this example: 7.1`},
		"does not take a fraction for a whole number":   {"medication.dispensed", []event.Prop{{Name: "days_supply", Value: expr.NumberOf(1.5)}}, `days_supply: found a number with a fraction where integer is declared; send it as in this example: 30`},
		"does not take a day for a time":                {"appointment.booked", []event.Prop{text("start", "2027-03-05")}, `start: found text that is not a timestamp where time is declared; send it as in this example: "2027-03-05T09:30:00Z"`},
		"does not take text for a list":                 {"clinical.condition_recorded", []event.Prop{text("codes", "44054006")}, `codes: found text where list is declared; send it as in this example: ["44054006"]`},
		"does not take an object for a list":            {"clinical.condition_recorded", []event.Prop{text("codes.0.code", "1")}, `codes: found an object where list is declared; send it as in this example: ["44054006"]`},
		"takes it that there is no value any more":      {"patient.updated", []event.Prop{{Name: "phone"}}, ""},
		"takes one of the texts declared":               {"story.told", []event.Prop{text("fact", "goal")}, ""},
		"does not take another text than those":         {"story.told", []event.Prop{text("fact", "gaol")}, "fact: found a text that is none of those declared; send one of reason, goal, barrier, motivation, support"},
		"does not take more than 64 properties":         {"traits.updated", many, "the event has 65 properties; send at most 64, counting each field of a nested object"},
		"does not take more than 8 KB":                  {"traits.updated", []event.Prop{text("x", strings.Repeat("x", 9000))}, "the event's properties take 9009 bytes; send at most 8192"},
		"does not take an event without a name":         {"", nil, "name: the event's name is missing, too long or has control characters; send one of at most 128 bytes, such as appointment.booked"},
	} {
		t.Run(name, func(t *testing.T) {
			e := event.Event{ID: "app/1", Name: c.event, Props: c.prop}
			got := ""
			if p := check(event.Standard(), &e); p != nil {
				got = p.String()
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

func TestScrub(t *testing.T) {
	for in, want := range map[string]string{
		"https://h.example/a/b?token=1#x":                 "https://h.example/a/b",
		"see https://h.example/a?q=asthma, or http://b#c": "see https://h.example/a or http://b",
		"/search?q=asthma":                                "/search",
		"/a#b":                                            "/a",
		"are you well? #1":                                "are you well? #1",
		"1.2.3.4":                                         "[address]",
		"from 192.168.0.1:8080.":                          "from [address].",
		"2001:db8::1":                                     "[address]",
		"[fe80::1ff:fe23:4567:890a]":                      "[[address]]",
		"::ffff:10.0.0.1, 10.0.0.2":                       "[address], [address]",
		"std::fade and a::b":                              "std::fade and a::b",
		"at 12:30:15 on 1.2.2027":                         "at 12:30:15 on 1.2.2027",
		"1.3.6.1.4.1":                                     "1.3.6.1.4.1",
		"v1.2.3":                                          "v1.2.3",
	} {
		e := event.Event{Name: "x", Props: []event.Prop{{Name: "a", Value: expr.TextOf(in)}, {Name: "b", Value: expr.ListOf("ok", in)}}}
		scrub(&e)
		if got := e.Field("a").Text; got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
		if got := e.Field("b").List[1]; got != want {
			t.Errorf("in a list %q became %q, want %q", in, got, want)
		}
	}
	e := event.Event{Name: "page.viewed"}
	for _, n := range []string{"Client-IP", "a.ipAddress", "category", "ip", "name", "search", "trip"} {
		e.Props = append(e.Props, event.Prop{Name: n, Value: expr.TextOf("v")})
	}
	scrub(&e)
	if len(e.Props) != 2 || e.Props[0].Name != "name" || e.Props[1].Name != "trip" {
		t.Errorf("left %+v", e.Props)
	}
}

func TestQuarantineKeepsEachEventOnceSealedAndWithinBounds(t *testing.T) {
	ctx := t.Context()
	dir := t.TempDir()
	c := QuarantineConfig{Path: filepath.Join(dir, "quarantine.db"), Secret: bytes.Repeat([]byte{1}, 32), Keep: 4500}
	q, err := OpenQuarantine(ctx, c)
	if err != nil {
		t.Fatal(err)
	}
	one := Quarantined{At: 1, Source: "app", Problem: Problem{"f", "r", "m"}, Raw: []byte("canary-4711")}
	for range 3 {
		if err := q.Put(ctx, []Quarantined{one, one}); err != nil {
			t.Fatal(err)
		}
	}
	beside, err := OpenQuarantine(ctx, QuarantineConfig{Path: c.Path, Secret: c.Secret, ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer beside.Close()
	if n, err := beside.Count(ctx); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	list, err := beside.List(ctx, 5)
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	if raw, err := beside.Raw(ctx, list[0].ID); string(raw) != "canary-4711" || err != nil {
		t.Fatal(string(raw), err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, f := range files {
		if b, _ := os.ReadFile(f); bytes.Contains(b, []byte("canary")) {
			t.Errorf("%s holds the event readably", filepath.Base(f))
		}
	}
	for i := range 10 {
		if err := q.Put(ctx, []Quarantined{{Source: "app", Raw: bytes.Repeat([]byte{byte(i)}, 1000)}}); err != nil {
			t.Fatal(err)
		}
	}
	if list, _ := q.List(ctx, 100); len(list) != 4 {
		t.Errorf("keeps %d, want the 4 that fit", len(list))
	}
	if n, _ := q.Count(ctx); n != 11 {
		t.Errorf("counts %d, want all 11", n)
	}
	if _, err := q.Raw(ctx, list[0].ID); !errors.Is(err, ErrNotQuarantined) {
		t.Error("the oldest is still there:", err)
	}
	q.Close()
	other, err := OpenQuarantine(ctx, QuarantineConfig{Path: c.Path, Secret: bytes.Repeat([]byte{2}, 32)})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	list, _ = other.List(ctx, 1)
	if _, err := other.Raw(ctx, list[0].ID); err == nil {
		t.Error("another secret opens it")
	}
}

func TestWriteKeys(t *testing.T) {
	a, hashA := NewWriteKey()
	b, hashB := NewWriteKey()
	keys := WriteKeys{{hashA, Source{Name: "a"}}, {hashB, Source{Name: "b"}}}
	for key, want := range map[string]string{a: "a", b: "b", "": "", a + " ": "", a[:10]: ""} {
		s, ok := keys.ByWriteKey(key)
		if s.Name != want || ok != (want != "") {
			t.Errorf("%.6q is of %q, want %q", key, s.Name, want)
		}
	}
	if _, ok := WriteKeys(nil).ByWriteKey(""); ok {
		t.Error("no key is a key")
	}
	if !strings.HasPrefix(a, "wk_") || len(a) != 35 {
		t.Error("a write key looks like", a)
	}
}

// An answer to what was asked about somebody comes with the person's own id, among events of others.
func TestWhoIsKnownAlreadyIsNotLookedUp(t *testing.T) {
	w := newWorld(t)
	known := id.Person{7}
	w.keys[known] = true
	all := []Arrival{
		{Who: identity.Key{System: "app", Value: "ana"}, Event: event.Event{ID: "app/1", Name: "portal.visited"}},
		{Person: known, Event: event.Event{ID: "app/2", Name: "portal.visited"}},
		{Who: identity.Key{System: "app", Value: "ben"}, Event: event.Event{ID: "app/3", Name: "portal.visited"}},
	}
	if err := w.Take(t.Context(), Source{Name: "app"}, all); err != nil {
		t.Fatal(err)
	}
	if len(w.log) != 3 || w.log[1].Person != known || len(w.people) != 2 || w.log[0].Person != w.people[all[0].Who] || w.log[2].Person != w.people[all[2].Who] {
		t.Errorf("the log has %v and the directory %v", w.log, w.people)
	}
}

// Somebody who was anonymous turns out to be known. Each row is what arrives in one request, in order, and whose each event is:
// the same letter is the same person.
func TestAnotherIdentifierBecomesTheirsIfNobodyHasIt(t *testing.T) {
	known, anonymous := func(v string) identity.Key { return identity.Key{System: "mrn", Value: v} }, func(v string) identity.Key { return identity.Key{System: "app:anonymous", Value: v} }
	ana, ben, visitor := known("ana"), known("ben"), anonymous("visitor")
	type link struct{ who, same identity.Key }
	for name, c := range map[string]struct {
		before, batch []link
		people        string // of each of the batch
		linked        string // of each link of the batch
	}{
		"somebody known":                      {[]link{{who: ana}}, []link{{ana, visitor}, {who: visitor}, {who: ana}}, "aaa", "yes"},
		"somebody new":                        {nil, []link{{ana, visitor}, {who: visitor}}, "aa", "yes"},
		"told twice":                          {[]link{{ana, visitor}}, []link{{ana, visitor}, {who: visitor}}, "aa", "yes"},
		"used before":                         {[]link{{who: visitor}}, []link{{ana, visitor}, {who: visitor}}, "ab", "no"},
		"used just before":                    {nil, []link{{who: visitor}, {ana, visitor}, {who: visitor}}, "aba", "no"},
		"somebody else's, on a shared device": {[]link{{ana, visitor}}, []link{{ben, visitor}, {who: visitor}, {who: ana}}, "abb", "no"},
		"two at once":                         {nil, []link{{ana, visitor}, {ben, visitor}, {who: visitor}}, "aba", "yes no"},
		"their own":                           {nil, []link{{visitor, visitor}, {who: visitor}}, "aa", "yes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			d, err := identity.Open(t.Context(), identity.Config{Path: filepath.Join(t.TempDir(), "directory.db"), Secret: bytes.Repeat([]byte{5}, 32)})
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			w.Directory = d
			take := func(list []link) {
				var batch []Arrival
				for i, l := range list {
					a := Arrival{Who: l.who, Same: l.same, Event: event.Event{ID: fmt.Sprintf("app/%d", i), Name: "portal.visited"}}
					if l.same != (identity.Key{}) {
						a.Event.Name, a.Event.Props = "identity.linked", []event.Prop{{Name: "previous", Value: expr.TextOf(l.same.Value)}}
					}
					batch = append(batch, a)
				}
				if len(batch) == 0 {
					return
				}
				if err := w.Take(t.Context(), app, batch); err != nil {
					t.Fatal(err)
				}
			}
			take(c.before)
			w.log = nil
			take(c.batch)
			letters, people, linked := map[id.Person]byte{}, "", []string{}
			for i, e := range w.logged(t) {
				p := w.log[i].Person
				if letters[p] == 0 {
					letters[p] = byte('a' + len(letters))
				}
				people += string(letters[p])
				if e.Has(Linked) {
					linked = append(linked, e.Field(Linked).String())
				}
			}
			want := strings.NewReplacer("yes", "true", "no", "false").Replace(c.linked)
			if people != c.people || strings.Join(linked, " ") != want {
				t.Errorf("the events are of %s and say %v, want %s and %s", people, linked, c.people, want)
			}
		})
	}
}

// A key that may send some events puts others into quarantine, and says which it may.
func TestANarrowSourceSendsWhatItMay(t *testing.T) {
	w := newWorld(t)
	narrow := app
	narrow.Events = []string{"medication.dispensed"}
	err := w.Take(t.Context(), narrow, []Arrival{
		arrival("ana", "medication.dispensed", event.Prop{Name: "days_supply", Value: expr.NumberOf(30)}),
		arrival("ana", "person.died"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if list := w.logged(t); len(list) != 1 || list[0].Name != "medication.dispensed" {
		t.Errorf("logged %+v", list)
	}
	kept, err := w.Quarantine.List(t.Context(), 10)
	if err != nil || len(kept) != 1 || kept[0].Field != "name" || !strings.Contains(kept[0].Remedy, "send one of medication.dispensed") {
		t.Errorf("kept %+v, %v", kept, err)
	}
}

// A key that is bound to kinds of purposes sends nothing of health without treatment, and no yes to another kind; a no is taken from every key.
func TestASourceSendsForItsPurposes(t *testing.T) {
	w := newWorld(t)
	w.Kinds = func(purpose string) []consent.Kind {
		return map[string][]consent.Kind{"newsletter": {consent.Marketing}, "coaching": {consent.Treatment}, "both": {consent.Marketing, consent.Treatment}}[purpose]
	}
	to := func(name, purpose string) Arrival {
		return arrival("ana", name, event.Prop{Name: "purpose", Value: expr.TextOf(purpose)})
	}
	for _, x := range []struct {
		it    string
		kinds []consent.Kind
		sends Arrival
		field string // of the problem; empty where there is none
	}{
		{"a yes to its own kind", []consent.Kind{consent.Marketing}, to("consent.granted", "newsletter"), ""},
		{"a yes to another", []consent.Kind{consent.Marketing}, to("consent.granted", "coaching"), "purpose"},
		{"a yes to what is of two kinds", []consent.Kind{consent.Marketing}, to("consent.granted", "both"), "purpose"},
		{"a yes to what is of both its kinds", []consent.Kind{consent.Treatment, consent.Marketing}, to("consent.granted", "both"), ""},
		{"a yes to what nobody knows", []consent.Kind{consent.Treatment}, to("sharing.granted", "whatever"), "purpose"},
		{"a no to another", []consent.Kind{consent.Marketing}, to("consent.withdrawn", "coaching"), ""},
		{"a no to what nobody knows", []consent.Kind{consent.Marketing}, to("consent.denied", "whatever"), ""},
		{"what tells of health", []consent.Kind{consent.Marketing, consent.Service}, arrival("ana", "message.received"), "name"},
		{"what tells of health, for treatment", []consent.Kind{consent.Treatment}, arrival("ana", "message.received"), ""},
		{"what nobody declared", []consent.Kind{consent.Service}, arrival("ana", "who.knows"), "name"},
		{"what tells of nothing", []consent.Kind{consent.Service}, arrival("ana", "portal.visited"), ""},
		{"anything, where nothing is bound", nil, to("consent.granted", "whatever"), ""},
	} {
		from := app
		from.For = x.kinds
		p := w.ready(from, &x.sends)
		if p == nil && x.field != "" || p != nil && (p.Field != x.field || p.Remedy == "") {
			t.Errorf("%s: %+v", x.it, p)
		}
	}
}
