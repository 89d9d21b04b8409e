package estimate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"attune/core/decision"
	"attune/core/id"
)

// engine is the decision engine in the bandit world: it says nothing, or one of two things.
type engine struct {
	t     *testing.T
	space *decision.Space
	model *decision.Model
}

// newEngine learns from 2,000 decisions that were drawn evenly.
func newEngine(t *testing.T, r *rand.Rand, w world) engine {
	t.Helper()
	known := []decision.Known{decision.Baseline.Feature("base"), decision.Whether.Feature("engage")}
	for a := 1; a < 3; a++ {
		known = append(known, decision.Intervention.Feature("intervention", fmt.Sprint(a)))
		for stage := range 4 {
			known = append(known, decision.Match.Feature("stage", fmt.Sprint(stage), "intervention", fmt.Sprint(a)))
		}
	}
	space, err := decision.NewSpace(known)
	if err != nil {
		t.Fatal(err)
	}
	e := engine{t: t, space: space}
	seen := decision.NewEvidence(space)
	base := []decision.Term{{Feature: decision.FeatureOf("base"), Value: 1}}
	for range 2000 {
		stage, reach := r.IntN(4), r.IntN(2)
		a := max(0, r.IntN(4)-1) // nothing half of the time
		reward := 0.
		if r.Float64() < w.reward(float64(stage), float64(reach), a) {
			reward = 1
		}
		var arms []decision.Arm
		for _, o := range e.options(stage) {
			arms = append(arms, decision.Arm{Terms: o.Terms, Probability: .25})
		}
		seen.Add(space, base, arms, a-1, [2]float64{reward}, 1)
	}
	if e.model, err = decision.Fit(space, seen, decision.Standard(), id.Seed{7}); err != nil {
		t.Fatal(err)
	}
	return e
}

func (engine) options(stage int) (out []decision.Option) {
	for a := 1; a < 3; a++ {
		var terms []decision.Term
		for _, name := range []string{"engage", decision.Name("intervention", fmt.Sprint(a)), decision.Name("stage", fmt.Sprint(stage), "intervention", fmt.Sprint(a))} {
			terms = append(terms, decision.Term{Feature: decision.FeatureOf(name), Value: 1})
		}
		out = append(out, decision.Option{Path: [decision.Levels]uint32{uint32(a)}, Terms: terms, Value: 1, Fit: 1, Context: 1, Lever: 1})
	}
	return out
}

// chances are of nothing and of each option.
func (e engine) chances(bank, stage int, policy decision.Policy) (out [3]float64) {
	how := decision.Careful()
	how.Policy = policy
	var s decision.Scales
	weights, by := s.Weigh(e.model, bank, e.options(stage), how)
	if by != policy {
		e.t.Fatalf("asked for %v and got %v", policy, by)
	}
	return [3]float64{s.Nothing(), weights[0].Probability, weights[1].Probability}
}

// On logs drawn by the engine itself, with the chances that it writes down, intervals for another of
// its policies hold as often as they say.
func TestIntervalsCoverOnTheEnginesOwnLogs(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(54, 5))
	var w world
	e := newEngine(t, r, w)
	var learned [decision.Banks][4][3]float64
	var uniform [4][3]float64
	truth, least := 0., 1.
	for stage := range 4 {
		uniform[stage] = e.chances(0, stage, decision.Uniform)
		for bank := range learned {
			learned[bank][stage] = e.chances(bank, stage, decision.Learned)
			least = min(least, learned[bank][stage][0], learned[bank][stage][1], learned[bank][stage][2])
		}
		for a, p := range uniform[stage] {
			truth += p * (w.reward(float64(stage), 0, a) + w.reward(float64(stage), 1, a)) / 8
		}
	}
	if least <= 0 || learned[0][3] == uniform[3] {
		t.Fatalf("the engine learned nothing or rules something out: %v", learned[0])
	}
	covered, n := map[string]int{}, runs()
	for range n {
		l, target := Log{X: make([][]float64, 2)}, make(Table, 3)
		for unit := range 500 {
			reach := r.IntN(2)
			for range 4 {
				stage := r.IntN(4)
				p := learned[unit%decision.Banks][stage]
				a := 0
				for draw := r.Float64() - p[0]; draw > 0 && a < 2; draw -= p[a] {
					a++
				}
				reward := 0.
				if r.Float64() < w.reward(float64(stage), float64(reach), a) {
					reward = 1
				}
				l.Action, l.Propensity, l.Reward = append(l.Action, int32(a)), append(l.Propensity, p[a]), append(l.Reward, reward)
				l.X[0], l.X[1] = append(l.X[0], float64(stage)), append(l.X[1], float64(reach))
				l.Unit = append(l.Unit, int32(unit))
				for b := range target {
					target[b] = append(target[b], uniform[stage][b])
				}
			}
		}
		weights, q := l.Weights(target), CrossFitByUnit(l, 3, 2)
		for name, v := range map[string]Influence{
			"ips": IPS(weights, l.Reward), "snips": SNIPS(weights, l.Reward), "dr": DR(Expected(target, q), weights, l.Residuals(q)),
		} {
			if math.Abs(v.Value-truth) <= Z(.95)*v.StdErr(l.Unit) {
				covered[name]++
			}
		}
	}
	t.Logf("the least chance is %.4f", least)
	holds(t, covered, n, .92, .97)
}
