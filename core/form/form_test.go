package form_test

import (
	"encoding/json"
	"slices"
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
		want := text != "" && json.Valid([]byte(text))
		if got := len(check(node("number", text))) == 0; got != want {
			t.Fatalf("%q is a number: %v, and in JSON: %v", text, got, want)
		}
	})
}
