package person_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
	"pgregory.net/rapid"

	"attune/core/channel"
	"attune/core/consent"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/stage"
	"attune/core/supply"
)

var update = flag.Bool("update", false, "write people into the corpus who are not in it yet; what is in it stays")

var who = id.Person{0xa, 0x17, 0xa}

// values draws every kind of value that facts and traits hold.
func values() *rapid.Generator[expr.Value] {
	return rapid.OneOf(
		rapid.Just(expr.Value{}),
		rapid.Map(rapid.String(), expr.TextOf),
		rapid.Map(rapid.Float64(), func(f float64) expr.Value { return expr.NumberOf(f + 0) }), // the wire has no negative zero
		rapid.Map(rapid.Int64Range(-1<<53, 1<<53), expr.IntegerOf),
		rapid.Map(rapid.Bool(), expr.FlagOf),
		rapid.Map(rapid.SliceOfN(rapid.String(), 1, 4), func(s []string) expr.Value { return expr.ListOf(s...) }),
		rapid.Map(rapid.Int64Range(0, 1<<42), func(n int64) expr.Value { return expr.MomentOf(instant.Time(n)) }),
	)
}

// people draws any person that can be; an instant that may be Never is no other instant near it.
func people(t *rapid.T) person.Person {
	p := rapid.Make[person.Person]().Draw(t, "person")
	p.ID = who
	values := values()
	ever := rapid.OneOf(rapid.Just(instant.Never), rapid.Map(rapid.Int64Range(0, 1<<62), func(n int64) instant.Time { return instant.Time(n) }))
	p.Wake = ever.Draw(t, "wake")
	for i := range p.Traits {
		p.Traits[i].Value = values.Draw(t, "value")
	}
	for i := range p.Facts.Counters {
		p.Facts.Counters[i].Last = values.Draw(t, "last")
		if len(p.Facts.Counters[i].Times) == 0 {
			p.Facts.Counters[i].Times = nil
		}
	}
	for i := range p.Facts.Anchors {
		p.Facts.Anchors[i].Deadline = ever.Draw(t, "deadline")
	}
	for i := range p.Beliefs {
		for k := range p.Beliefs[i].P {
			p.Beliefs[i].P[k] = rapid.Float64Range(0, 1).Draw(t, "probability")
		}
		for k := range p.Beliefs[i].Pieces {
			p.Beliefs[i].Pieces[k].Score = rapid.Float64Range(0, 100).Draw(t, "score")
		}
	}
	for i := range p.Facts.Traits {
		p.Facts.Traits[i].Value = values.Draw(t, "fact")
	}
	for i := range p.Facts.Keyed {
		for k := range p.Facts.Keyed[i].Newest {
			p.Facts.Keyed[i].Newest[k].Deadline = ever.Draw(t, "deadline")
		}
	}
	p.Facts.Zone = nil // follows from the traits
	for i := range p.Corrections {
		p.Corrections[i].Is.Value, p.Corrections[i].Said.Value = values.Draw(t, "corrected"), values.Draw(t, "said")
	}
	for i := range p.Holds {
		p.Holds[i].Until = ever.Draw(t, "until")
	}
	for i := range p.Touches {
		p.Touches[i].Value += 0 // the wire has no negative zero
	}
	for i := range p.Enrollments {
		p.Enrollments[i].Due = ever.Draw(t, "due")
		for k := range p.Enrollments[i].Entry {
			p.Enrollments[i].Entry[k].Value = values.Draw(t, "entry")
		}
	}
	return p
}

// A person that was written down is the same when read back, field for field.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p := people(rt)
		b, err := p.Encode()
		if err != nil {
			rt.Fatal(err)
		}
		q, err := person.Decode(who, b)
		if err != nil {
			rt.Fatal(err)
		}
		if a, b := readable(rt, p), readable(rt, q); a != b {
			rt.Fatalf("written\n%s\nread\n%s", a, b)
		}
		again, err := q.Encode()
		if err != nil {
			rt.Fatal(err)
		}
		if !bytes.Equal(b, again) {
			rt.Fatalf("written again it has other bytes")
		}
		if r, _ := person.Decode(who, again); !reflect.DeepEqual(q, r) {
			rt.Fatalf("read again it is another person")
		}
	})
}

// Bits keep their number, also where it fills a byte.
func TestBitsKeepTheirNumber(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, 2, 7, 8, 9, 15, 16, 17, 64, 200} {
		p := person.New(who)
		if n > 0 {
			p.Rules = make([]bool, n)
			p.Facts.Signals = make([]bool, n)
			p.Rules[n-1] = true
		}
		b, err := p.Encode()
		if err != nil {
			t.Fatal(err)
		}
		q, err := person.Decode(who, b)
		if err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(p, q) {
			t.Errorf("%d bits became %v and %v", n, q.Rules, q.Facts.Signals)
		}
	}
}

// What could not be read back is not written.
func TestEncodeRefusesWhatDecodeWould(t *testing.T) {
	t.Parallel()
	p := person.New(who)
	p.Traits = []person.Trait{{Name: "essay", Value: expr.TextOf(strings.Repeat("a", 17<<20))}}
	if _, err := p.Encode(); err == nil {
		t.Error("a person was written down who cannot be read back")
	}
}

// What cannot be a person is refused, and never a panic.
func TestDecodeRefuses(t *testing.T) {
	t.Parallel()
	for name, b := range map[string]string{
		"nothing":           "",
		"another version":   "\x02\x00",
		"no data":           "\x01",
		"a huge length":     "\x01\xff\xff\xff\xff\x0f",
		"damaged data":      "\x01\x05garbage",
		"damaged in a part": "\x01\x04\x0c\xff\xff\xff\xff",
	} {
		if _, err := person.Decode(who, []byte(b)); err == nil {
			t.Errorf("%s was taken for a person", name)
		} else if strings.Contains(err.Error(), "garbage") {
			t.Errorf("%s: the error shows what was in the data: %v", name, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, p := range corpus() {
		b, err := p.Encode()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > 0 {
			if n, err := s2.DecodedLen(b[1:]); err == nil && n > 1<<16 {
				t.Skip("large states are only slow")
			}
		}
		p, err := person.Decode(who, b)
		if err != nil {
			return
		}
		written, err := p.Encode()
		if err != nil {
			t.Fatal(err)
		}
		q, err := person.Decode(who, written)
		if err != nil {
			t.Fatal(err)
		}
		again, err := q.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(written, again) {
			t.Fatalf("what was decoded does not encode to itself")
		}
	})
}

// corpus is the people whose wire forms are kept for ever.
func corpus() map[string]person.Person {
	at := func(s string) instant.Time {
		t, err := instant.Parse(s)
		if err != nil {
			panic(err)
		}
		return t
	}
	order := expr.Order{Version: 3, ID: 0xfeedface}
	cause := person.Cause{Rule: "engagement hello", What: "signal refill_late", Event: "app/17", At: at("2027-03-01T09:00:00Z")}
	ana := person.Person{
		ID: who, Kind: person.Caregiver, Release: 0xabad1dea, Now: at("2027-03-01T09:00:00.5Z"), Wake: at("2027-03-03T09:00:00Z"),
		Traits: []person.Trait{
			{Name: "born", Value: expr.MomentOf(at("1961-05-04T00:00:00Z")), At: at("2027-01-01T00:00:00Z")},
			{Name: "email", Value: expr.TextOf("ana@example.org"), At: at("2027-01-01T00:00:00Z"), Order: order},
			{Name: "groups", Value: expr.ListOf("walkers", "readers")},
			{Name: "phone"},
			{Name: "portal", Value: expr.FlagOf(true)},
			{Name: "weight", Value: expr.NumberOf(71.25)},
			{Name: "visits", Value: expr.IntegerOf(12)},
		},
		Seen: []person.Seen{{Key: 1, At: at("2027-03-01T08:00:00Z")}, {Key: 1 << 63, At: at("2027-03-01T09:00:00Z")}},
		Facts: expr.Facts{
			Counters: []expr.Counter{{}, {Last: expr.TextOf("once")}, {Last: expr.ListOf("a", "b")}, {Times: []instant.Time{at("1961-05-04T00:00:00Z"), at("2027-03-01T09:00:00Z")}, Last: expr.NumberOf(7.1), Newest: order}},
			Anchors:  []expr.Anchor{{Deadline: 0}, {Set: true, At: at("2027-02-01T09:00:00Z"), Deadline: instant.Never, Newest: order}},
			Signals:  []bool{true, false, true, false, false, false, false, true},
			Choices:  []uint8{0, 6, 255},
			Series: []expr.Series{{}, {Readings: []expr.Reading{
				{At: at("1961-05-04T00:00:00Z"), Value: -0.5}, {At: at("2027-03-01T09:00:00Z"), Order: order, Value: 71.25}}}},
			Traits: []expr.Trait{{}, {Set: true, Value: expr.NumberOf(71.25)}, {Set: true, Value: expr.ListOf("walking")}, {Set: true, Value: expr.TextOf("1961-05-04"), At: at("2027-02-01T09:00:00Z"), Newest: order}},
			Keyed: []expr.Keyed{{}, {Newest: []expr.KeyedAnchor{
				{Key: 7, At: at("2027-02-01T09:00:00Z")}, {Key: 1 << 63, Waits: true, At: at("2027-02-01T09:00:00Z"), Deadline: instant.Never, Newest: order}}}},
		},
		Rules: []bool{false, true, false, false, false, false, false, false, true},
		Memberships: []person.Membership{
			{Program: "asthma", Left: at("2026-01-01T00:00:00Z")},
			{Program: "diabetes", Enrolled: at("2027-01-01T00:00:00Z"), Phase: "treatment", Since: at("2027-02-01T00:00:00Z"), Exit: "left", Exited: at("2027-02-02T00:00:00Z"), Been: []string{"diagnosis", "treatment"}, Overdue: true,
				Entered: "treatment", EnteredAt: at("2027-02-01T00:00:00Z"), Ends: []person.PhaseEnd{{Phase: "diagnosis", At: at("2027-01-20T00:00:00Z")}}},
		},
		Beliefs: []person.Belief{{}, {Program: "diabetes", Behavior: "adherence", Belief: stage.Belief{
			Pieces: []stage.Piece{{At: at("2027-02-01T00:00:00Z"), Order: order, Evidence: 1, Score: 7.5}},
			P:      stage.Distribution{.1, .1, .2, .3, .2, .1}, At: at("2027-02-01T00:00:00Z"), Mode: stage.Action, Since: at("2027-02-02T00:00:00Z"),
		}}},
		Moments:  []person.Moment{{Program: "diabetes", Moment: "first_visit", Key: "r-1", At: at("2027-02-01T00:00:00Z"), Count: 2, Late: true}},
		Groups:   []person.Group{{Program: "diabetes", Audience: "new", Since: at("2027-02-01T00:00:00Z"), What: "signal refill_late", Event: "app/17"}},
		Consents: []consent.Record{{Purpose: "treatment_support", Channel: "email", Topic: "refills", Answer: consent.Withdrawn, At: at("2027-02-01T00:00:00Z"), Order: order, Event: "app/3", Actor: "green_lane", From: at("2027-01-01T00:00:00Z"), Until: at("2028-01-01T00:00:00Z")}},
		Holds:    []person.Hold{{ID: "crisis", Set: at("2027-02-01T00:00:00Z"), Until: instant.Never, Lifted: at("2027-01-01T00:00:00Z"), Event: "app/4"}},
		Limits:   []person.Limit{{ID: person.Profiling, Set: at("2027-02-01T00:00:00Z"), Lifted: at("2027-01-01T00:00:00Z"), Event: "app/6"}},
		Marks:    0xfeed1e55c0ffee,
		Corrections: []person.Correction{{
			Is: person.Trait{Name: "city", Value: expr.TextOf("London"), At: at("2027-02-01T00:00:00Z"), Order: order}, Event: "attune/7", Refused: []string{"Leeds"},
			Said: person.Trait{Name: "city", Value: expr.TextOf("Paris"), At: at("2027-02-02T00:00:00Z"), Order: order}, By: "app/8", Disputed: at("2027-01-02T00:00:00Z"), Settled: at("2027-01-03T00:00:00Z"), Dispute: "attune/9",
		}, {
			Is: person.Trait{Name: "groups", Value: expr.ListOf("walkers"), At: at("2027-02-01T00:00:00Z")}, Said: person.Trait{Name: "groups", Value: expr.ListOf("readers")},
		}, {
			Is: person.Trait{Name: "visits", Value: expr.IntegerOf(2), At: at("2027-02-01T00:00:00Z")}, Said: person.Trait{Name: "visits", Value: expr.IntegerOf(3)},
		}},
		Points:      []person.Point{{Kind: "phone", Address: "+15550100", Stopped: at("2027-02-01T00:00:00Z"), Released: at("2027-01-01T00:00:00Z"), Why: "stop", Verified: at("2027-01-15T00:00:00Z"), Shared: at("2027-01-16T00:00:00Z"), Alone: at("2027-01-17T00:00:00Z")}},
		Withdrawals: []person.Withdrawal{{Event: "app/5", At: at("2027-02-01T00:00:00Z"), Purpose: "care", Channel: "sms", Topic: "feet", Actor: "green_lane"}},
		Enrollments: []person.Enrollment{
			{ID: id.Key{1, 2, 3}, Program: "diabetes", Journey: "start", Step: "send-1", Entered: at("2027-03-01T09:00:00Z"), Due: instant.Never, Touch: id.Key{9}, Cause: cause,
				Key: "a-7", Entry: []event.Prop{{Name: "start", Value: expr.MomentOf(at("2027-03-05T09:00:00Z"))}, {Name: "type", Value: expr.TextOf("check-up")}, {Name: "with", Value: expr.ListOf("nurse")}}, Request: id.Key{7}, Rounds: 2, Parked: true},
			{ID: id.Key{4, 5, 6}, Program: "diabetes", Journey: "other", Step: "wait-2", Entered: at("2027-02-01T09:00:00Z"), Due: at("2027-03-03T09:00:00Z"), Left: at("2027-02-03T09:00:00Z"), Why: "finished"},
		},
		Touches: []person.Touch{{
			ID: id.Key{9}, Program: "diabetes", Engagement: "hello", Variant: "plain", Channel: "email", Language: "en", Content: "c0ffee", Purpose: "care", Lead: id.Key{12}, Theme: "feet", Class: channel.Clinical, Value: 2.5,
			State: person.Uncertain, Why: "never_taken", Decided: at("2027-03-01T09:00:00Z"), Due: at("2027-03-01T09:00:01Z"), Expires: at("2027-03-03T09:00:00Z"),
			Started: at("2027-03-01T09:00:02Z"), Settled: at("2027-03-01T09:00:03Z"), Attempts: 2, Replays: 1, Cause: cause, Enrollment: id.Key{1, 2, 3},
			About: id.Person{8}, AboutName: "Anita", Origin: 1 << 63, Answered: at("2027-03-01T09:00:04Z"),
		}},
		KindAt: at("2026-05-01T00:00:00Z"), KindOrder: order,
		Shares:  []person.Share{{With: "mrn:2", Purpose: "care", Relation: "daughter", Name: true, Granted: at("2027-01-01T00:00:00Z"), Until: at("2028-01-01T00:00:00Z"), Withdrawn: at("2026-01-01T00:00:00Z"), Order: order, Ended: at("2026-01-01T00:00:01Z"), EndedFor: at("2026-01-01T00:00:00Z")}},
		Told:    []person.Told{{With: "mrn:2", At: at("2027-02-01T00:00:00Z")}},
		Recalls: []person.Recall{{About: id.Person{8}, Purpose: "care", ID: id.Key{6}, With: "mrn:3", At: at("2027-02-01T00:00:00Z"), Heard: at("2027-02-01T00:00:01Z"), Waits: true}},
		Arms:    []person.Arm{{Program: "diabetes", Journey: "start", Step: "split-1", Arm: "warm"}},
		Trials:  []person.Trial{{Program: "diabetes", Layer: "program", Arm: "control", At: at("2027-02-01T00:00:00Z")}},
		Habits:  []person.Habit{{Of: "email", Tries: 7, Answers: 3}},
		Tellings: []person.Telling{
			{Fact: "barrier", Kind: "opportunity", Over: true, At: at("2027-02-01T00:00:00Z"), Order: order},
			{Fact: "barrier", Name: "no_way_there", At: at("2027-02-02T00:00:00Z"), Order: order},
		},
		Supplies: []supply.Course{{Code: "860975", Stopped: at("2027-01-01T00:00:00Z"), Fills: []supply.Fill{
			{At: at("2027-01-05T00:00:00Z"), Days: 30, Estimated: true, Prescribed: true, Key: 7}, {At: at("2027-02-03T00:00:00Z"), Days: 28, Key: 9},
		}}},
		Reckoned: []person.Reckoned{{Code: "860975", Until: at("2027-03-03T00:00:00Z"), Steps: 2, Noted: 3, Covered: 96}},
		Into:     id.Person{3, 4}, Merged: []person.Merged{{Person: id.Person{1, 9}, At: at("2027-03-01T00:00:00Z")}},
		Revoked: []uint64{7, 1 << 63},
		Died:    at("2027-03-01T09:00:00.5Z"),
	}
	return map[string]person.Person{"v1-new": person.New(who), "v1-full": ana}
}

// What was ever written is read for ever, and to the same. Files are added to the corpus and never
// changed; beside each stands what it says.
func TestCorpus(t *testing.T) {
	t.Parallel()
	if *update {
		for name, p := range corpus() {
			b, err := p.Encode()
			if err != nil {
				t.Fatal(err)
			}
			path := filepath.Join("testdata", "corpus", name)
			if _, err := os.Stat(path + ".bin"); err == nil {
				continue
			}
			if err := os.WriteFile(path+".bin", b, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path+".json", []byte(readable(t, p)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	paths, err := filepath.Glob("testdata/corpus/*.bin")
	if err != nil || len(paths) < len(corpus()) {
		t.Fatalf("the corpus has %d files: %v", len(paths), err)
	}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(strings.TrimSuffix(path, ".bin") + ".json")
		if err != nil {
			t.Fatal(err)
		}
		p, err := person.Decode(who, b)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if got := readable(t, p); got != string(want) {
			t.Errorf("%s is read as\n%s\nand was\n%s", path, got, want)
		}
	}
}

// Every field of a person has something in the corpus, so that a new one cannot be forgotten.
func TestCorpusIsFull(t *testing.T) {
	t.Parallel()
	var look func(path string, of []reflect.Value)
	look = func(path string, of []reflect.Value) {
		if path == "person.Facts.Zone" {
			return // it follows from the traits and is not kept
		}
		if len(of) == 0 || !slices.ContainsFunc(of, func(v reflect.Value) bool { return !v.IsZero() }) {
			t.Errorf("nothing in the corpus has %s", path)
			return
		}
		switch of[0].Kind() {
		case reflect.Struct:
			for i := range of[0].NumField() {
				var fields []reflect.Value
				for _, v := range of {
					fields = append(fields, v.Field(i))
				}
				look(path+"."+of[0].Type().Field(i).Name, fields)
			}
		case reflect.Slice:
			var items []reflect.Value
			for _, v := range of {
				for i := range v.Len() {
					items = append(items, v.Index(i))
				}
			}
			look(path+"[]", items)
		}
	}
	look("person", []reflect.Value{reflect.ValueOf(corpus()["v1-full"])})
}

// readable is a person as people read it: JSON with ids in hexadecimal and instants as timestamps.
func readable(t interface {
	Helper()
	Fatal(...any)
}, p person.Person) string {
	t.Helper()
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetIndent("", "  ")
	if err := e.Encode(plain(reflect.ValueOf(p))); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func plain(v reflect.Value) any {
	switch x := v.Interface().(type) {
	case instant.Time:
		return x.String()
	case id.Key:
		return x.String()
	case id.Person:
		return x.String()
	case expr.Value:
		return []any{x.Type.String(), x.Text, jsonNumber(x.Num), x.List}
	case string:
		// JSON cannot tell broken text apart.
		if strings.ToValidUTF8(x, "?") != x {
			return hex.EncodeToString([]byte(x))
		}
	}
	switch v.Kind() {
	case reflect.Struct:
		m := map[string]any{}
		for i := range v.NumField() {
			m[v.Type().Field(i).Name] = plain(v.Field(i))
		}
		return m
	case reflect.Slice:
		list := []any{}
		for i := range v.Len() {
			list = append(list, plain(v.Index(i)))
		}
		return list
	}
	return v.Interface()
}

// jsonNumber keeps numbers that JSON has none of.
func jsonNumber(f float64) any {
	if b, err := json.Marshal(f); err == nil {
		return json.RawMessage(b)
	}
	return "not a number"
}

// What deciding remembers of a person stays small: parts of trials, and habits of the channels and parts of the day
// that a person is commonly written to in.
func TestDecisionStateIsSmall(t *testing.T) {
	t.Parallel()
	p := person.New(who)
	without, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	p.Trials = []person.Trial{{Layer: "all", Arm: "usual", At: 1_800_000_000_000}, {Program: "living_well", Layer: "program", Arm: "control", At: 1_800_000_000_000}}
	for _, of := range []string{"afternoon", "call", "email", "evening", "letter", "morning", "push", "sms"} {
		p.Habits = append(p.Habits, person.Habit{Of: of, Tries: 31, Answers: 30})
	}
	with, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if n := len(with) - len(without); n > 200 {
		t.Errorf("deciding remembers %d bytes of a person", n)
	}
}
