package source_test

import (
	"testing"

	"attune/core/source"
)

func TestSuggest(t *testing.T) {
	t.Parallel()
	events := []string{"appointment.booked", "appointment.cancelled", "medication.dispensed", "portal.visited"}
	for _, c := range []struct {
		it, wrong string
		known     []string
		want      string
	}{
		{"sees a letter too much", "portal.visitted", events, `did you mean "portal.visited"?`},
		{"sees a letter missing", "portal.visted", events, `did you mean "portal.visited"?`},
		{"sees letters swapped", "wiat", []string{"send", "wait"}, `did you mean "wait"?`},
		{"names all where none is near", "zebra", []string{"send", "wait"}, "known are send, wait"},
		{"takes the first of two as near", "bat", []string{"cat", "rat"}, `did you mean "cat"?`},
		{"does not guess at a short word", "x", []string{"send", "wait"}, "known are send, wait"},
		{"is silent where there is nothing to name", "x", nil, ""},
		{"names no long lists", "zebra", []string{"aaaaaaaa", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m"}, ""},
		{"says nothing of what was not written", "", []string{"a1", "b2"}, "known are a1, b2"},
	} {
		if got := source.Suggest(c.wrong, c.known); got != c.want {
			t.Errorf("it %s: %q gives %q", c.it, c.wrong, got)
		}
	}
}

func TestProblemsStandInTheOrderOfTheText(t *testing.T) {
	t.Parallel()
	var p source.Problems
	if !p.Empty() {
		t.Error("there is a problem in nothing")
	}
	p.Add(source.Pos{File: "b.yaml", Line: 1, Column: 1}, "", "fourth")
	p.Add(source.Pos{File: "a.yaml", Line: 10, Column: 2}, "do that", "third of %d", 4)
	p.Add(source.Pos{File: "a.yaml", Line: 9, Column: 7}, "", "second")
	p.Add(source.Pos{File: "a.yaml"}, "", "first")
	want := []string{"a.yaml: first", "a.yaml:9:7: second", "a.yaml:10:2: third of 4; do that", "b.yaml:1:1: fourth"}
	for i, got := range p.List() {
		if got.String() != want[i] {
			t.Errorf("%q stands where %q should", got, want[i])
		}
	}
}

func TestGet(t *testing.T) {
	t.Parallel()
	n := &source.Node{Kind: source.Map, Fields: []source.Field{{Name: "a", Value: &source.Node{Text: "1"}}}}
	if n.Get("a").Text != "1" || n.Get("b") != nil || n.Get("b").Get("c") != nil {
		t.Error("fields are not found by their names")
	}
}
