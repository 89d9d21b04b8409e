package estimate

import (
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// runs is how many worlds are drawn: 300, or as many as ATTUNE_COVERAGE says (make torture: 1,000).
func runs() int {
	if n, err := strconv.Atoi(os.Getenv("ATTUNE_COVERAGE")); err == nil {
		return n
	}
	return 300
}

// world is a bandit whose truth is known: a stage of 0 to 3, a reach of 0 or 1, three actions.
type world struct{}

func (world) reward(stage, reach float64, a int) float64 {
	return []float64{.2 + .02*stage, .3 - .04*stage + .05*reach, .15 + .07*stage - .05*reach}[a]
}

// share is a policy that leans by how much towards what stage and reach suggest, and always leaves
// every action 5 %.
func (world) share(stage, reach float64, a int, lean float64) float64 {
	z, total := 0., 0.
	for b := range 3 {
		e := math.Exp(lean * (float64(b)*(stage-1.5)/2 + reach*float64(1-b)/2))
		total += e
		if a == b {
			z = e
		}
	}
	return .85*z/total + .05
}

// value is what a policy earns, by adding up.
func (w world) value(lean float64) (v float64) {
	for stage := range 4 {
		for reach := range 2 {
			for a := range 3 {
				v += w.share(float64(stage), float64(reach), a, lean) * w.reward(float64(stage), float64(reach), a) / 8
			}
		}
	}
	return v
}

// log draws decisions, those of one unit with the same reach.
func (w world) log(r *rand.Rand, units, points int, lean, next float64) (Log, Table) {
	l := Log{X: make([][]float64, 2)}
	target := make(Table, 3)
	for u := range units {
		reach := float64(r.IntN(2))
		for range points {
			stage := float64(r.IntN(4))
			draw, a := r.Float64(), 0
			for draw -= w.share(stage, reach, 0, lean); draw > 0 && a < 2; draw -= w.share(stage, reach, a, lean) {
				a++
			}
			reward := 0.
			if r.Float64() < w.reward(stage, reach, a) {
				reward = 1
			}
			l.Action = append(l.Action, int32(a))
			l.Propensity = append(l.Propensity, w.share(stage, reach, a, lean))
			l.Reward = append(l.Reward, reward)
			l.X[0], l.X[1] = append(l.X[0], stage), append(l.X[1], reach)
			l.Unit = append(l.Unit, int32(u))
			for b := range target {
				target[b] = append(target[b], w.share(stage, reach, b, next))
			}
		}
	}
	return l, target
}

// Intervals hold as often as they say, for rows and for units, whatever the outcome model is.
func TestIntervalsCover(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(54, 1))
	var w world
	truth, n := w.value(1.5), runs()
	covered := map[string]int{}
	for range n {
		l, target := w.log(r, 500, 4, .5, 1.5)
		weights, q := l.Weights(target), CrossFit(l, 3, 2)
		expected, e := Expected(target, q), l.Residuals(q)
		for name, v := range map[string]Influence{
			"ips": IPS(weights, l.Reward), "snips": SNIPS(weights, l.Reward), "dr": DR(expected, weights, e), "sndr": SNDR(expected, weights, e),
		} {
			for kind, unit := range map[string][]int32{" by row": nil, " by unit": l.Unit} {
				if math.Abs(v.Value-truth) <= Z(.95)*v.StdErr(unit) {
					covered[name+kind]++
				}
			}
		}
	}
	holds(t, covered, n, .92, .97)
}

func holds(t *testing.T, covered map[string]int, n int, low, high float64) {
	t.Helper()
	for name, c := range covered {
		share := float64(c) / float64(n)
		t.Logf("%s: %.3f of %d", name, share, n)
		if share < low || share > high {
			t.Errorf("%s covers %.3f of the time", name, share)
		}
	}
}

func TestExcursionEffectsCover(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(54, 2))
	covered := map[string]int{}
	n := runs()
	for range n {
		for name, binary := range map[string]bool{"wcls": false, "emee": true} {
			trial := randomTrial(r, 40, 25, binary)
			terms, err := WCLS(trial, true, .95)
			if binary {
				terms, err = EMEE(trial, .95)
			}
			if err != nil {
				t.Fatal(err)
			}
			for j, truth := range []float64{.5, -.1} {
				if terms[j].Lo <= truth && truth <= terms[j].Hi {
					covered[name+" "+terms[j].Name]++
				}
			}
		}
	}
	holds(t, covered, n, .90, .99)
}

// Two arms that do the same, looked at after every decision from the hundredth on: of 200 such
// experiments at most 5 % raise an alarm, and no arm has a wrong size.
func TestNothingIsFoundWhereNothingIs(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(55, 1))
	alarms, harm, uneven := 0, 0, 0
	for range 200 {
		both := Sequence{Alpha: .05, TuneAt: 1000}
		guard := Sequence{Alpha: .01, TuneAt: 1000}
		wrong, harmed := false, false
		arms := [2]int{}
		for i := range 2000 {
			reward := 0.
			if r.Float64() < .3 {
				reward = 1
			}
			arm := r.IntN(2)
			arms[arm]++
			score := (reward - .3) * float64(4*arm-2) // the DR score of the difference, at one half
			both.Add(score)
			guard.Add(score)
			if i+1 >= 100 {
				lo, hi := both.Interval()
				wrong = wrong || lo > 0 || hi < 0
				harmed = harmed || guard.Lower() > 0
			}
		}
		if wrong {
			alarms++
		}
		if harmed {
			harm++
		}
		if _, alarm := SampleRatio(arms[:], []float64{.5, .5}); alarm {
			uneven++
		}
	}
	t.Logf("%d of 200 alarms, %d on the guardrail, %d on the arms' sizes", alarms, harm, uneven)
	if alarms > 10 || harm > 2 || uneven > 0 {
		t.Errorf("%d of 200 alarms, %d on the guardrail, %d on the arms' sizes", alarms, harm, uneven)
	}
}
