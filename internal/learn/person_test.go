package learn

import (
	"math"
	"testing"

	"attune/core/decision"
	"attune/core/id"
	"attune/core/release"
)

// reminded is evidence of saying the refill reminder or nothing, half of the time each, to people in a drawn
// situation; the world says what the message then adds.
func reminded(rel *release.Release, rows int, situation func(n uint64) []decision.Term, adds func([]decision.Term) float64) *decision.Model {
	space, seed := rel.Learning.Space, id.Seed{5}
	e := decision.NewEvidence(space)
	for n := range uint64(rows) {
		terms := append([]decision.Term{term("engage", 1), term("engagement=diabetes/refill_reminder", 1)}, situation(n)...)
		drawn, p := -1, .3
		if id.Draw(seed, "said", n) < .5 {
			drawn, p = 0, p+adds(terms)
		}
		var reward [2]float64
		if id.Draw(seed, "reward", n) < p {
			reward[0] = 1
		}
		e.Add(space, []decision.Term{term("base", 1)}, []decision.Arm{{Terms: terms, Probability: .5}}, drawn, reward, 1)
	}
	m, err := decision.Fit(space, e, Tune(space, e, decision.Standard()), id.Seed{})
	if err != nil {
		panic(err)
	}
	return m
}

// says is the chance that something is said in a situation, and what it is expected to add.
func says(m *decision.Model, terms ...decision.Term) (chance, adds float64) {
	o := decision.Option{Value: 10, Fit: 1, Context: 1, Lever: 1, Cost: .2}
	o.Terms = append([]decision.Term{term("engage", 1), term("engagement=diabetes/refill_reminder", 1)}, terms...)
	var s decision.Scales
	weights, _ := s.Weigh(m, 0, []decision.Option{o}, decision.Manner{Policy: decision.Learned, Explore: .1, Least: .1, Most: .9})
	return 1 - s.Nothing(), weights[0].Effect
}

// dosed is somebody in a stage after so many messages, as the engine has it.
func dosed(in string, dose float32) []decision.Term {
	return []decision.Term{term("stage="+in, .8), term("dose", dose), term("dose="+in, .8*dose)}
}

func valueOf(terms []decision.Term, name string) float64 {
	for _, t := range terms {
		if t.Feature == decision.FeatureOf(name) {
			return float64(t.Value)
		}
	}
	return 0
}

// Where people in maintenance tire of messages sooner, they are written to less, once that was learned: as much
// as others while they are fresh, and less the more they had.
func TestWhoTiresSoonerIsWrittenToLess(t *testing.T) {
	t.Parallel()
	rel := live(t)
	seed := id.Seed{6}
	m := reminded(rel, 60_000, func(n uint64) []decision.Term {
		in := "action"
		if id.Draw(seed, "stage", n) < .5 {
			in = "maintenance"
		}
		return dosed(in, float32(5*id.Draw(seed, "dose", n)))
	}, func(x []decision.Term) float64 {
		return .1 - .005*valueOf(x, "dose") - .025*valueOf(x, "dose=maintenance")
	})
	fresh, _ := says(m, dosed("maintenance", 0)...)
	keeps, keepsAdds := says(m, dosed("action", 4)...)
	tired, tiredAdds := says(m, dosed("maintenance", 4)...)
	if fresh < .85 || keeps < .85 || tired > .5 {
		t.Errorf("something is said with %.2f in maintenance when fresh, with %.2f in action and %.2f in maintenance after four messages", fresh, keeps, tired)
	}
	if gap := keepsAdds - tiredAdds; math.Abs(gap-.08) > .03 {
		t.Errorf("after four messages it is expected to add %.3f less in maintenance, which is .08 in truth", gap)
	}
	if before, _ := says(rel.Learning.Prior, dosed("maintenance", 4)...); before >= .9 {
		t.Errorf("before anything was learned something is said with %.2f to somebody in maintenance who had four messages", before)
	}
}

// That a message answers what keeps somebody from it is expected to help. Where it does more, that is learned, of
// a part of COM-B for every barrier of it; where it does harm, it is unlearned.
func TestWhatEasesIsLearnedAndUnlearned(t *testing.T) {
	t.Parallel()
	rel := live(t)
	seed := id.Seed{7}
	way := []decision.Term{term("barrier=eased", 1), term("eases=physical_opportunity", 1), term("eases=diabetes/no_way_there", 1)}
	world := func(adds float64) *decision.Model {
		return reminded(rel, 40_000, func(n uint64) []decision.Term {
			switch x := id.Draw(seed, "barrier", n); {
			case x < .3:
				return way
			case x < .5:
				return []decision.Term{term("barrier=unmet", 1)}
			}
			return nil
		}, func(x []decision.Term) float64 { return .03 + adds*valueOf(x, "barrier=eased") })
	}
	more := func(m *decision.Model, terms []decision.Term) float64 {
		_, with := says(m, terms...)
		_, without := says(m)
		return with - without
	}
	if x := more(rel.Learning.Prior, way); math.Abs(x-.02) > 1e-6 {
		t.Errorf("before anything was learned it is expected to add %v", x)
	}
	other := []decision.Term{term("barrier=eased", 1), term("eases=physical_opportunity", 1)} // said in other words
	for _, truth := range []float64{.08, -.08} {
		m := world(truth)
		if x := more(m, way); math.Abs(x-truth) > .025 {
			t.Errorf("where it adds %v it is learned to add %v", truth, x)
		}
		if x := more(m, other); x*truth <= 0 {
			t.Errorf("where it adds %v to one barrier, it is learned to add %v to another of its kind", truth, x)
		}
	}
}
