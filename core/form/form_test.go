package form_test

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/core/form"
	"attune/core/instant"
	"attune/core/source"
)

// thing has a field of each type that is written as one word.
var thing = form.Form{Name: "thing", Title: "a thing", Fields: []form.Field{
	{Name: "number", Type: form.Number{}, Example: "1"},
	{Name: "share", Type: form.Number{Most: 1}, Example: "0.5"},
	{Name: "count", Type: form.Count{}, Example: "1"},
	{Name: "duration", Type: form.Duration{Least: instant.Minute}, Example: "1d"},
	{Name: "clock", Type: form.Clock{}, Example: "08:00"},
	{Name: "instant", Type: form.Instant{}, Example: "2026-11-22T10:00:00Z"},
	{Name: "language", Type: form.Language{}, Example: "en"},
	{Name: "name", Type: form.Name{Of: "a thing"}, Example: "a"},
	{Name: "event", Type: form.EventName{}, Example: "a.b"},
	{Name: "field", Type: form.EventField{}, Example: "event.a"},
	{Name: "word", Type: form.Word{Of: []string{"one", "two"}}, Example: "one"},
}}

func node(field, text string) *source.Node {
	return &source.Node{Kind: source.Map, Fields: []source.Field{{Name: field, Value: &source.Node{Kind: source.Scalar, Text: text}}}}
}

func check(n *source.Node) []source.Problem {
	var problems source.Problems
	thing.Check(n, &problems)
	return problems.List()
}

func TestValues(t *testing.T) {
	t.Parallel()
	for field, texts := range map[string][2]string{ // those that are taken, and those that are not
		"number":   {"0 -1 12 0.25 1e3 1E-3 1.5e+3", "x 01 +1 .5 1. 1_000 0x10 NaN .inf 1e 1e+ -- - 1e99 1e3x"},
		"share":    {"0 1 0.25", "-0.1 1.1"},
		"count":    {"1 10000", "0 -1 1.0 10001 1e3 01 +1 99999999999999999999"},
		"duration": {"1m 60s 7d 2w 36h", "59s 0m 7 d 7days -1d +1d 1.5h 999999999w"},
		"clock":    {"00:00 08:00 23:59 24:00", "8:00 24:01 08:60 0800 08:00:00 a8:00"},
		"instant":  {"2026-11-22T10:00:00Z 0001-01-01T00:00:00Z 2028-02-29T23:59:59Z", "2026-11-22 2026-11-22T10:00:00 2026-11-22T10:00:00z 2026-11-22T10:00:00+01:00 2026-11-22T10:00:00.5Z 2026-11-22T10:00Z 2026-02-29T10:00:00Z 2026-11-22T24:00:00Z never"},
		"language": {"en es pt-BR zh-Hant", "e EN english en_GB en- 12"},
		"name":     {"a a-b a_b2", "A 2a -a a.b true false null é"},
		"event":    {"a.b appointment.booked a.b.c", "a A.b a. .b a..b a.B 2a.b"},
		"field":    {"event.a event.daysSupply event.a_2", "a event. event.2 event.a.b Event.a"},
		"word":     {"one two", "three One"},
	} {
		for text := range strings.FieldsSeq(texts[0]) {
			if problems := check(node(field, text)); len(problems) > 0 {
				t.Errorf("%s: %s is refused: %v", field, text, problems)
			}
		}
		for text := range strings.FieldsSeq(texts[1]) {
			problems := check(node(field, text))
			if len(problems) != 1 {
				t.Errorf("%s: %s has %d problems", field, text, len(problems))
			}
			for _, p := range problems {
				if p.What == "" || p.Hint == "" {
					t.Errorf("%s: %s is told as %q", field, text, p)
				}
			}
		}
	}
}

func TestValuesAreReadAsTheyWereChecked(t *testing.T) {
	t.Parallel()
	if got := form.ClockOf(node("clock", "08:30").Get("clock")); got != 8*instant.Hour+30*instant.Minute {
		t.Errorf("08:30 is %v", got)
	}
	if got := form.NumberOf(&source.Node{Kind: source.Scalar, Text: "12", Quoted: true}); got != 0 {
		t.Errorf("a quoted number reads as %v", got)
	}
	if got := form.TextsOf(&source.Node{Kind: source.Scalar, Text: "one"}); !slices.Equal(got, []string{"one"}) {
		t.Errorf("a text alone reads as %v", got)
	}
	// What is missing or of another shape reads as nothing.
	for _, n := range []*source.Node{nil, {Kind: source.Map}, {Kind: source.List}, {Kind: source.Null}} {
		if form.TextOf(n) != "" || form.NumberOf(n) != 0 || form.CountOf(n) != 0 || form.DurationOf(n) != 0 || form.ClockOf(n) != 0 ||
			form.FieldOf(n) != "" || form.TextsOf(n) != nil || len(form.ItemsOf(n)) > 0 {
			t.Errorf("%v reads as something", n)
		}
	}
}

// A number is what JSON takes for one, within bounds.
func TestNumbersAreThoseOfJSON(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`-?[0-9]{0,4}[.]?[0-9]{0,3}([eE][+-]?[0-9]{0,1})?`).Draw(t, "text")
		var size float64
		want := text != "" && json.Unmarshal([]byte(text), &size) == nil && math.Abs(size) <= 1e12
		if got := len(check(node("number", text))) == 0; got != want {
			t.Fatalf("%q is a number: %v, and in JSON: %v", text, got, want)
		}
	})
}

// limits has a field of each rule by which levels tighten.
var limits = form.Form{Name: "limits", Title: "limits", Fields: []form.Field{
	{Name: "hours", Tighten: form.Inside, Type: form.Form{}},
	{Name: "caps", Tighten: form.Together, Type: form.List{}},
	{Name: "allowed", Tighten: form.Fewer, Type: form.Map{}},
	{Name: "avoided", Tighten: form.More, Type: form.List{}},
	{Name: "most", Tighten: form.Lower, Type: form.Number{}},
	{Name: "least", Tighten: form.Higher, Type: form.Map{}},
	{Name: "asked", Tighten: form.Also, Type: form.Map{}},
	{Name: "need", Tighten: form.Kept, Type: form.Flag{}},
	{Name: "people", Tighten: form.Chosen, Type: form.Map{}},
}}

func word(s string) *source.Node { return &source.Node{Kind: source.Scalar, Text: s} }

func fieldsOf(pairs ...any) *source.Node {
	n := &source.Node{Kind: source.Map}
	for i := 0; i < len(pairs); i += 2 {
		n.Fields = append(n.Fields, source.Field{Name: pairs[i].(string), Value: pairs[i+1].(*source.Node)})
	}
	return n
}

// drawLevel writes a level at random: each field, or none.
func drawLevel(t *rapid.T) *source.Node {
	n := fieldsOf()
	add := func(name string, value *source.Node) {
		if rapid.IntRange(0, 3).Draw(t, name) > 0 {
			n.Fields = append(n.Fields, source.Field{Name: name, Value: value})
		}
	}
	subset := func(label string) *source.Node {
		list := &source.Node{Kind: source.List}
		for _, w := range []string{"a", "b", "c"} {
			if rapid.Bool().Draw(t, label+w) {
				list.Items = append(list.Items, word(w))
			}
		}
		return list
	}
	named := func(label string, value func(string) *source.Node) *source.Node {
		m := fieldsOf()
		for _, name := range []string{"x", "y"} {
			if rapid.Bool().Draw(t, label+name) {
				m.Fields = append(m.Fields, source.Field{Name: name, Value: value(label + name)})
			}
		}
		return m
	}
	small := func(label string) *source.Node { return word(strconv.Itoa(rapid.IntRange(1, 4).Draw(t, label))) }
	from := rapid.IntRange(6, 10).Draw(t, "from")
	to := rapid.IntRange(16, 20).Draw(t, "to")
	add("hours", fieldsOf("from", word(fmt.Sprintf("%02d:00", from)), "to", word(fmt.Sprintf("%d:00", to))))
	caps := &source.Node{Kind: source.List}
	for range rapid.IntRange(0, 2).Draw(t, "caps") {
		caps.Items = append(caps.Items, fieldsOf("count", small("count"), "within", word(small("within").Text+"d")))
	}
	add("caps", caps)
	add("allowed", named("allowed", subset))
	add("avoided", subset("avoided"))
	add("most", small("most"))
	add("least", named("least", small))
	add("asked", named("asked", subset))
	add("need", word(strconv.FormatBool(rapid.Bool().Draw(t, "need"))))
	add("people", named("people", func(label string) *source.Node {
		return fieldsOf("key", word(rapid.SampledFrom([]string{"a", "a", "a", "b"}).Draw(t, label)))
	}))
	return n
}

// allows tells whether a level lets something happen; a field that is not there allows all.
func allows(level *source.Node, what map[string]int) bool {
	at := func(n *source.Node, field string) int { return int(form.ClockOf(n.Get(field)) / instant.Hour) }
	if h := level.Get("hours"); h != nil && (what["hour"] < at(h, "from") || what["hour"] >= at(h, "to")) {
		return false
	}
	for _, c := range form.ItemsOf(level.Get("caps")) {
		// What is sent: so many at once, every so many days.
		within, every := int(form.DurationOf(c.Get("within"))/instant.Day), what["every"]
		if (within+every-1)/every*what["burst"] > form.CountOf(c.Get("count")) {
			return false
		}
	}
	name, letter := []string{"x", "y"}[what["name"]], []string{"a", "b", "c"}[what["letter"]]
	if m := level.Get("allowed"); m != nil && !slices.Contains(form.TextsOf(m.Get(name)), letter) {
		return false
	}
	if slices.Contains(form.TextsOf(level.Get("avoided")), letter) {
		return false
	}
	if m := level.Get("most"); m != nil && float64(what["number"]) > form.NumberOf(m) {
		return false
	}
	if m := level.Get("least").Get(name); m != nil && float64(what["number"]) < form.NumberOf(m) {
		return false
	}
	if form.FlagOf(level.Get("need")) && what["signed"] == 0 {
		return false
	}
	if m := level.Get("people"); m != nil && form.TextOf(m.Get(name).Get("key")) != letter {
		return false
	}
	if m := level.Get("asked").Get(name); m != nil && !slices.Contains(form.TextsOf(m), letter) {
		return false
	}
	return true
}

// What holds of several levels lets nothing happen that one of them forbids, unless there is a problem;
// and where a level forbids all that those above it forbid, there is none.
func TestLevelsOnlyTighten(t *testing.T) {
	t.Parallel()
	clean, looser := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		var layers []form.Layer
		for _, name := range []string{"house", "eu", "care"}[:rapid.IntRange(1, 3).Draw(t, "levels")] {
			layers = append(layers, form.Layer{Name: name, Node: drawLevel(t)})
		}
		var problems source.Problems
		holds, stands := limits.Fold(layers, &problems)
		if !problems.Empty() {
			looser++
			return
		}
		clean++
		for range 50 {
			what := map[string]int{}
			for key, most := range map[string]int{"hour": 23, "burst": 4, "name": 1, "letter": 2, "number": 5, "signed": 1} {
				what[key] = rapid.IntRange(0, most).Draw(t, key)
			}
			what["every"] = rapid.IntRange(1, 5).Draw(t, "every")
			if !allows(holds, what) {
				continue
			}
			for _, l := range layers {
				if !allows(l.Node, what) {
					t.Fatalf("%v is allowed by %s and not by %s: %s", what, form.Flow(holds), l.Name, form.Flow(l.Node))
				}
			}
		}
		again := append(layers, form.Layer{Name: "again", Node: holds})
		if twice, _ := limits.Fold(again, &problems); !problems.Empty() || form.Flow(twice) != form.Flow(holds) {
			t.Fatalf("what holds is looser than itself: %v", problems.List())
		}
		for _, s := range stands {
			if len(s.From()) == 0 || s.By[0] != s.Said[0].Name || s.Tighter(s.By[0]) {
				t.Fatalf("%s comes from %q", s.Field, s.By)
			}
		}
	})
	if clean == 0 || looser == 0 {
		t.Errorf("%d levels only tightened and %d did not: both are needed", clean, looser)
	}
}
