package learn_test

import (
	"fmt"
	"math"
	"testing"

	"attune/core/decision"
	"attune/core/id"
	"attune/internal/learn"
)

const stages, kinds = 6, 6

// space is that of a matrix in which each kind is made for one stage, and other features up to d.
func space(t testing.TB, d int) *decision.Space {
	t.Helper()
	known := []decision.Known{decision.Whether.Feature("engage"), decision.Baseline.Feature("base")}
	for i := range kinds {
		known = append(known, decision.Intervention.Feature("kind", fmt.Sprint(i)))
		for s := range stages {
			k := decision.Match.Feature("stage", fmt.Sprint(s), "kind", fmt.Sprint(i))
			k.Effect, k.Loss = decision.MatchOf(s == i)
			known = append(known, k)
		}
	}
	for n := len(known); n < d; n++ {
		known = append(known, decision.Variant.Feature("variant", fmt.Sprint(n)))
	}
	s, err := decision.NewSpace(known)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// lived is evidence of drawing evenly among all kinds, half of the time, in a world in which a message in a
// stage changes the chance by effect.
func lived(s *decision.Space, rows int, effect func(stage, kind int) float64) *decision.Evidence {
	e := decision.NewEvidence(s)
	seed := id.Seed{3}
	arms := make([]decision.Arm, kinds)
	for n := range rows {
		at := uint64(n)
		stage := int(stages * id.Draw(seed, "stage", at))
		for i := range arms {
			arms[i] = decision.Arm{Probability: .5 / kinds, Terms: []decision.Term{
				{Feature: decision.FeatureOf("engage"), Value: 1},
				{Feature: decision.FeatureOf(fmt.Sprintf("kind=%d", i)), Value: 1},
				{Feature: decision.FeatureOf(fmt.Sprintf("stage=%d|kind=%d", stage, i)), Value: 1},
			}}
		}
		drawn, p := int(2*kinds*id.Draw(seed, "kind", at)), .3
		if drawn >= kinds {
			drawn = -1
		} else {
			p += effect(stage, drawn)
		}
		var reward [2]float64
		if id.Draw(seed, "reward", at) < p {
			reward[0] = 1
		}
		e.Add(s, []decision.Term{{Feature: decision.FeatureOf("base"), Value: 1}}, arms, drawn, reward, 1)
	}
	return e
}

func made(stage, kind int) float64 {
	if stage == kind {
		return decision.Matched
	}
	return decision.Mismatched
}

func TestTuneFindsHowMuchOfTheMatrixHolds(t *testing.T) {
	t.Parallel()
	s := space(t, 0)
	for _, c := range []struct {
		name        string
		effect      func(stage, kind int) float64
		least, most float64
	}{
		{"it is near 1 where the matrix holds as written", made, .8, 1.25},
		{"it is about a half where half of it holds", func(s, k int) float64 { return made(s, k) / 2 }, .3, .7},
		{"it is near 0 where another stage answers", func(s, k int) float64 { return made(s, (k+2)%kinds) }, 0, .15},
		{"it is near 0 where the stage does not matter", func(_, k int) float64 { return made(2, k) }, 0, .15},
		{"it is near 0 where nothing has an effect", func(int, int) float64 { return 0 }, 0, .2},
		{"it stays within its bounds where more holds than was written", func(s, k int) float64 { return 3 * made(s, k) }, 1.2, 1.5},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			e := lived(s, 40000, c.effect)
			h := learn.Tune(s, e, decision.Standard())
			if h.Match < c.least || h.Match > c.most {
				t.Errorf("%.3f of the matrix holds, which is from %v to %v", h.Match, c.least, c.most)
			}
			if math.Abs(h.Noise[decision.Effect]-.46) > .03 {
				t.Errorf("rewards of about 3 in 10 have a noise of %.3f", h.Noise[decision.Effect])
			}
			if again := learn.Tune(s, e, decision.Standard()); again != h {
				t.Error("the same evidence gives another answer")
			}
			before, _ := e.Posterior(s, decision.Effect, decision.Standard())
			after, err := e.Posterior(s, decision.Effect, h)
			if err != nil || after.LogEvidence < before.LogEvidence {
				t.Errorf("what was seen became less probable: %v", err)
			}
		})
	}
}

func TestTuneWithoutEvidenceChangesNothing(t *testing.T) {
	t.Parallel()
	s := space(t, 0)
	if h := learn.Tune(s, decision.NewEvidence(s), decision.Standard()); h != decision.Standard() {
		t.Errorf("out of nothing comes %v", h)
	}
	one := lived(s, 1, made)
	h := learn.Tune(s, one, decision.Standard())
	if math.Abs(h.Match-1) > .05 {
		t.Errorf("one message moves the matrix to %v", h.Match)
	}
	broken := lived(s, 10, made)
	broken.Fade(math.NaN())
	if h := learn.Tune(s, broken, decision.Standard()); h != decision.Standard() {
		t.Errorf("out of what is no number comes %v", h)
	}
}

// BenchmarkTune is a night with 256 features that begins anew; the nights after it begin where it ended.
func BenchmarkTune(b *testing.B) {
	s := space(b, 256)
	e := lived(s, 20000, made)
	for b.Loop() {
		learn.Tune(s, e, decision.Standard())
	}
}
