package insight

import (
	"testing"

	"attune/core/instant"
	"attune/core/journeymap"
	"attune/core/program"
	"attune/internal/leverage"
)

// Of a trial somebody is of the part that was drawn first, if that was before they came into the phase; of what was drawn later, or not at all,
// they are of none. What was drawn for all programs counts in each.
func TestPartsOfTrialsAreAsDrawnBeforeSomebodyCame(t *testing.T) {
	t.Parallel()
	pr := &program.Program{ID: "small", Map: journeymap.Map{Phases: []journeymap.Phase{{ID: "asked", Name: "Asked"}, {ID: "seen", Name: "Seen"}}}}
	c := NewColumns()
	day := func(n int) instant.Time { return instant.Time(instant.Duration(1000+n) * instant.Day) }
	type drawn struct {
		program, layer, arm string
		on                  int
	}
	people := [][]drawn{
		{{"small", "program", "usual", 5}},
		{{"small", "program", "control", 5}},
		{{"small", "program", "control", 15}},                                  // after they came
		{{"small", "program", "control", 3}, {"small", "program", "usual", 5}}, // drawn twice
		{},
		{{"", "all", "usual", 5}, {"small", "program", "usual", 5}},
		{{"", "all", "holdout", 4}, {"", "all", "usual", 6}},
	}
	for i, draws := range people {
		who := Pseudonym{byte(i + 1)}
		facts := []Fact{{Who: who, Program: "small", Kind: Enrolled, At: day(1), Known: day(1)}}
		for _, d := range draws {
			facts = append(facts, Fact{Who: who, Program: d.program, Kind: Arm, Name: d.layer, Level: d.arm, At: day(d.on), Known: day(d.on)})
		}
		facts = append(facts, Fact{Who: who, Program: "small", Kind: Entered, Name: "asked", At: day(10), Known: day(10)})
		c.Add(Part{Who: who, Facts: facts})
	}
	q, err := c.Question(pr, Filter{AsOf: day(100)}, leverage.Options{})
	if err != nil {
		t.Fatal(err)
	}
	part := func(layer string, person int) string {
		for l, x := range q.Layers {
			if x.Name == layer {
				return x.Parts[q.Cases[0].Cohort.Part[l][person]]
			}
		}
		t.Fatalf("there is no trial %s in %+v", layer, q.Layers)
		return ""
	}
	const usual, without = "who are treated as usual", "who are told nothing but what must be said"
	for person, want := range []map[string]string{
		{"program": usual, "all": ""}, {"program": without, "all": ""}, {"program": ""}, {"program": without}, {"program": "", "all": ""},
		{"program": usual, "all": usual}, {"program": "", "all": without},
	} {
		for layer, w := range want {
			if got := part(layer, person); got != w {
				t.Errorf("person %d, %s: %q, want %q", person, layer, got, w)
			}
		}
	}
	if _, err := leverage.Find(q); err != nil {
		t.Error(err)
	}
}
