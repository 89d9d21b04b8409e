package insight

import (
	"testing"

	"attune/core/instant"
	"attune/core/journey"
	"attune/core/program"
)

// Of each step everybody is counted once, as their newest coming to it went on; whoever stands there with any passage is there. What is over
// because of a goal or an interrupt was left; what ended at an exit, or past the last step, was passed.
func TestEverybodyOnAStepIsCountedOnce(t *testing.T) {
	t.Parallel()
	base := func(id string) journey.Base { return journey.Base{ID: id} }
	pr := &program.Program{ID: "small", Journeys: []journey.Journey{{ID: "way", Steps: []journey.Step{journey.Wait{Base: base("wait")}, journey.Send{Base: base("say")}, journey.Exit{Base: base("end")}}}}}
	c := NewColumns()
	type did struct {
		passage    uint64
		what, step string
		on         int
	}
	day := func(n int) instant.Time { return instant.Time(instant.Duration(1000+n) * instant.Day) }
	people := [][]did{
		{{1, "entered", "wait", 1}},
		{{1, "entered", "wait", 1}, {1, "reached", "say", 3}, {1, "failed", "say", 3}},
		{{1, "entered", "wait", 1}, {1, "reached", "say", 3}, {1, "reached", "end", 3}, {1, "left", "end", 3}},
		{{1, "entered", "wait", 1}, {1, "left", "wait", 2}},
		{{1, "entered", "wait", 1}, {1, "left", "wait", 2}, {2, "entered", "wait", 5}, {2, "reached", "say", 6}, {2, "done", "say", 7}},
		{{1, "entered", "wait", 1}, {2, "entered", "wait", 2}, {2, "reached", "say", 3}}, // two at once
		{{1, "entered", "wait", 1}, {1, "failed", "gone", 2}, {1, "resumed", "say", 4}},  // a step that there is no more
		{{1, "entered", "wait", 1}, {1, "reached", "say", 3}, {1, "reached", "wait", 4}}, // round again
		{{1, "entered", "wait", 1}, {1, "reached", "say", 200}},                          // not yet
	}
	for i, did := range people {
		who := Pseudonym{byte(i + 1)}
		var facts []Fact
		for _, d := range did {
			facts = append(facts, Fact{Who: who, Program: "small", Kind: Walked, Name: "way", Level: d.step, Code: d.what, Touch: d.passage, At: day(d.on), Known: day(d.on)})
		}
		c.Add(Part{Who: who, Facts: facts})
	}
	forgotten := Pseudonym{99}
	c.Add(Part{Who: forgotten, Facts: []Fact{{Who: forgotten, Program: "small", Kind: Walked, Name: "way", Level: "wait", Code: "entered", Touch: 1, At: day(1), Known: day(1)}}})
	c.Forget(forgotten)
	got := c.Journeys(pr, day(100))[0]
	want := JourneyCount{Count: Count{Entered: 9, Here: 6, Passed: 2, Left: 1, Stuck: 1}}
	if got.Count != want.Count {
		t.Errorf("of the journey %+v, not %+v", got.Count, want.Count)
	}
	for k, want := range []Count{{9, 4, 4, 1, 0}, {6, 3, 3, 0, 1}, {1, 0, 1, 0, 0}} {
		if s := got.Steps[k]; s.Count != want {
			t.Errorf("of %s %+v, not %+v", s.Step, s.Count, want)
		}
	}
	for step, want := range map[int]Count{-1: got.Count, 0: got.Steps[0].Count, 1: got.Steps[1].Count, 2: got.Steps[2].Count} {
		var listed Count
		c.EachTraveller(pr, day(100), 0, step, func(x *Traveller) {
			listed.add(&newest{end: map[string]ending{"here": endHere, "passed": endPassed, "left": endLeft}[x.End], stuck: x.Stuck})
			if (x.Until == 0) != (x.End == "here") || x.End != "here" && x.Until < x.Since {
				t.Errorf("of step %d is told %+v", step, x)
			}
		})
		if listed != want {
			t.Errorf("behind %+v of step %d are %+v", want, step, listed)
		}
	}
	if s := got.Steps[0].Stay; s.Events != 6 || s.Others != 2 || s.Open != 4 {
		t.Errorf("the wait was %+v", s)
	}
}
