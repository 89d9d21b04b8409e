package decision_test

import (
	"testing"

	"attune/core/decision"
	"attune/core/id"
)

func TestFading(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ dose, want float64 }{{0, 1}, {6, .5}, {18, .25}, {-3, 1}} {
		if got := decision.Fresh(c.dose); got != c.want {
			t.Errorf("of a dose of %v is left %v instead of %v", c.dose, got, c.want)
		}
	}
	terms := []decision.Term{{Feature: 1, Value: 1}, {Feature: 2, Value: -.5}}
	decision.Fade(terms, 6)
	if terms[0].Value != .5 || terms[1].Value != -.25 {
		t.Errorf("faded to %+v", terms)
	}
}

// What does nothing is not thought to harm where others fade: effects that fade by a share are found, and those
// of nothing stay nothing, whatever the dose.
func TestWhatFadesIsNotTakenOffWhatDoesNothing(t *testing.T) {
	t.Parallel()
	space, err := decision.NewSpace([]decision.Known{
		decision.Baseline.Feature("base"), decision.Whether.Feature("engage"),
		decision.Intervention.Feature("intervention", "good"), decision.Intervention.Feature("intervention", "idle"), decision.Dose.Feature("dose"),
	})
	if err != nil {
		t.Fatal(err)
	}
	terms := func(which string, dose float64) []decision.Term {
		said := []decision.Term{{Feature: decision.FeatureOf(decision.Name("intervention", which)), Value: 1}}
		decision.Fade(said, dose)
		return append(said, decision.Term{Feature: decision.FeatureOf("engage"), Value: 1}, decision.Term{Feature: decision.FeatureOf("dose"), Value: float32(dose)})
	}
	e := decision.NewEvidence(space)
	base := []decision.Term{{Feature: decision.FeatureOf("base"), Value: 1}}
	for _, dose := range []float64{0, 2, 4, 6} {
		arms := []decision.Arm{{Terms: terms("good", dose), Probability: .6}, {Terms: terms("idle", dose), Probability: .1}}
		for drawn, chance := range map[int]float64{-1: .3, 0: .6, 1: .1} {
			reward := .3
			if drawn == 0 {
				reward += .1 * decision.Fresh(dose)
			}
			e.Add(space, base, arms, drawn, [2]float64{reward}, 20000*chance)
		}
	}
	m, err := decision.Fit(space, e, decision.Standard(), id.Seed{1})
	if err != nil {
		t.Fatal(err)
	}
	var s decision.Scales
	for _, dose := range []float64{0, 3, 6} {
		for which, want := range map[string]float64{"good": .1 * decision.Fresh(dose), "idle": 0} {
			w, _ := s.Weigh(m, 0, []decision.Option{{Terms: terms(which, dose), Value: 1, Fit: 1, Context: 1, Lever: 1}}, decision.Careful())
			if off := w[0].Effect - want; off > .004 || off < -.004 {
				t.Errorf("at a dose of %v the %s message is thought to add %.4f, and adds %.4f", dose, which, w[0].Effect, want)
			}
		}
	}
}
