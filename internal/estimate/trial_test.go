package estimate

import (
	"compress/gzip"
	"encoding/csv"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"
)

// heartSteps reads the public data of HeartSteps V1, which are not part of the project.
func heartSteps(t *testing.T) map[string][]float64 {
	t.Helper()
	f, err := os.Open("../../../shared/data/decision/heartsteps_v1.csv.gz")
	if err != nil {
		t.Skip("the trial's data are not beside the project")
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(z).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]float64{}
	for c, name := range rows[0] {
		if name == "message" {
			continue
		}
		for _, row := range rows[1:] {
			v, err := strconv.ParseFloat(row[c], 64)
			if err != nil {
				t.Fatal(err)
			}
			out[name] = append(out[name], v)
		}
	}
	return out
}

// The published analysis (Klasnja and others 2019): +14 % with p = .06 over the whole study; +66 % on
// day 0, fading until it is nothing on day 27.5.
func TestHeartSteps(t *testing.T) {
	t.Parallel()
	c := heartSteps(t)
	n := len(c["user"])
	trial := Trial{Unit: make([]int32, n), Available: make([]bool, n), Treated: make([]bool, n), Propensity: c["rand_prob"], Numerator: c["rand_prob"], Reward: c["log_post30"]}
	for i := range n {
		trial.Unit[i], trial.Available[i], trial.Treated[i] = int32(c["user"][i]), c["avail"][i] == 1, c["send"][i] == 1
	}
	before, day := Column{"before", c["log_pre30"]}, Column{"day", c["study_day"]}

	trial.Controls = []Column{before}
	terms, err := WCLS(&trial, true, .95)
	if err != nil {
		t.Fatal(err)
	}
	rounded(t, "effect", terms[0].Estimate, .1312, 4)
	rounded(t, "its p", terms[0].P, .0599, 4)
	if percent := 100 * (math.Exp(terms[0].Estimate) - 1); math.Round(percent) != 14 || terms[0].DF2 != 34 {
		t.Errorf("an effect of %.1f %% on %d degrees of freedom", percent, terms[0].DF2)
	}

	trial.Controls, trial.Moderators = []Column{before, day}, []Column{day}
	terms, err = WCLS(&trial, true, .95)
	if err != nil {
		t.Fatal(err)
	}
	rounded(t, "effect on day 0", terms[0].Estimate, .5074, 4)
	rounded(t, "change a day", terms[1].Estimate, -.01848, 5)
	if gone := -terms[0].Estimate / terms[1].Estimate; math.Round(10*gone) != 275 || terms[0].P >= .01 {
		t.Errorf("gone on day %.2f, p on day 0 is %.4f", gone, terms[0].P)
	}
}

func rounded(t *testing.T, what string, got, want float64, digits int) {
	t.Helper()
	if strconv.FormatFloat(got, 'f', digits, 64) != strconv.FormatFloat(want, 'f', digits, 64) {
		t.Errorf("%s is %g, and was published as %g", what, got, want)
	}
}

// randomTrial draws a trial with an effect of .5 − .1 m, on the reward or on the logarithm of a risk.
func randomTrial(r *rand.Rand, units, points int, binary bool) *Trial {
	t := &Trial{Controls: []Column{{Name: "c"}, {Name: "m"}}, Moderators: []Column{{Name: "m"}}}
	add := func(c *Column, v float64) { c.Values = append(c.Values, v) }
	for u := range units {
		own := r.NormFloat64() / 2
		for range points {
			c, m, p := r.NormFloat64(), float64(r.IntN(4)), .3+.4*r.Float64()
			treated := r.Float64() < p
			effect := 0.
			if treated {
				effect = .5 - .1*m
			}
			reward := 1 + own + c*c/2 + .2*m + effect + r.NormFloat64() // the controls are wrong by design
			if binary {
				reward = 0
				if r.Float64() < math.Exp(-1.6+.1*math.Sin(3*c)+.1*m+effect) {
					reward = 1
				}
			}
			t.Unit = append(t.Unit, int32(u))
			t.Available = append(t.Available, r.Float64() < .8)
			t.Treated = append(t.Treated, treated)
			t.Propensity = append(t.Propensity, p)
			t.Numerator = append(t.Numerator, .5)
			t.Reward = append(t.Reward, reward)
			add(&t.Controls[0], c)
			add(&t.Controls[1], m)
			add(&t.Moderators[0], m)
		}
	}
	return t
}

// matrices writes out a unit's design, weights and rewards; all units for −1.
func matrices(t *Trial, unit int32) (x *mat.Dense, w, y []float64) {
	var rows []float64
	k := 0
	for i := range t.Unit {
		if !t.Available[i] || unit >= 0 && t.Unit[i] != unit {
			continue
		}
		a, rho, p := 0., t.Numerator[i], t.Propensity[i]
		if t.Treated[i] {
			a = 1
		}
		row := []float64{1}
		for _, c := range t.Controls {
			row = append(row, c.Values[i])
		}
		row = append(row, a-rho)
		for _, c := range t.Moderators {
			row = append(row, (a-rho)*c.Values[i])
		}
		k = len(row)
		rows = append(rows, row...)
		w = append(w, math.Pow(rho/p, a)*math.Pow((1-rho)/(1-p), 1-a))
		y = append(y, t.Reward[i])
	}
	return mat.NewDense(len(y), k, rows), w, y
}

func product(first mat.Matrix, rest ...mat.Matrix) *mat.Dense {
	out := mat.DenseCopyOf(first)
	for _, m := range rest {
		var next mat.Dense
		next.Mul(out, m)
		out = &next
	}
	return out
}

func inverse(t failing, m *mat.Dense) *mat.Dense {
	var out mat.Dense
	if err := out.Inverse(m); err != nil {
		t.Errorf("%v", err)
	}
	return &out
}

// The slow twin writes the matrices out, hat matrices of whole units included.
func TestWCLSIsItsDefinition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		units := rapid.IntRange(9, 20).Draw(rt, "units")
		trial := randomTrial(rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 4)), units, 12, false)
		small := rapid.Bool().Draw(rt, "small")
		terms, err := WCLS(trial, small, .95)
		if err != nil {
			rt.Fatal(err)
		}
		x, w, y := matrices(trial, -1)
		bread := inverse(rt, product(x.T(), mat.NewDiagDense(len(w), w), x))
		b := product(bread, x.T(), mat.NewDiagDense(len(w), w), mat.NewDense(len(y), 1, y))
		meat := mat.NewDense(5, 5, nil)
		for u := range units {
			x, w, y := matrices(trial, int32(u))
			weights := mat.NewDiagDense(len(w), w)
			r := mat.NewDense(len(y), 1, y)
			r.Sub(r, product(x, b))
			if small {
				rest := product(x, bread, x.T(), weights)
				rest.Scale(-1, rest)
				for i := range y {
					rest.Set(i, i, 1+rest.At(i, i))
				}
				r = product(inverse(rt, rest), r)
			}
			sum := product(x.T(), weights, r)
			meat.Add(meat, product(sum, sum.T()))
		}
		v := product(bread, meat, bread)
		for j, term := range terms {
			near(rt, "estimate", term.Estimate, b.At(3+j, 0))
			near(rt, "se", term.StdErr, math.Sqrt(v.At(3+j, 3+j)))
			if term.DF2 != units-5 {
				rt.Errorf("%d degrees of freedom", term.DF2)
			}
		}
	})
}

// The slow twin of EMEE takes the equation as it is written, and its derivative by differences.
func TestEMEEIsItsDefinition(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		units := rapid.IntRange(12, 25).Draw(rt, "units")
		trial := randomTrial(rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "seed"), 5)), units, 20, true)
		d, err := newDesign(trial)
		if err != nil {
			rt.Fatal(err)
		}
		e, err := newExcursion(d)
		if err != nil {
			rt.Fatal(err)
		}
		theta, err := e.solve()
		if err != nil {
			rt.Fatal(err)
		}
		for j := range theta {
			theta[j] /= e.scale[j]
		}
		equation := func(theta []float64, unit int32) []float64 {
			sum := make([]float64, 5)
			for i := range trial.Unit {
				if !trial.Available[i] || unit >= 0 && trial.Unit[i] != unit {
					continue
				}
				a, rho, p := 0., trial.Numerator[i], trial.Propensity[i]
				if trial.Treated[i] {
					a = 1
				}
				g := []float64{1, trial.Controls[0].Values[i], trial.Controls[1].Values[i]}
				f := []float64{1, trial.Moderators[0].Values[i]}
				ga := g[0]*theta[0] + g[1]*theta[1] + g[2]*theta[2]
				fb := f[0]*theta[3] + f[1]*theta[4]
				w := math.Pow(rho/p, a) * math.Pow((1-rho)/(1-p), 1-a)
				r := w * math.Exp(-a*fb) * (trial.Reward[i] - math.Exp(ga+a*fb))
				for j, z := range []float64{g[0], g[1], g[2], (a - rho) * f[0], (a - rho) * f[1]} {
					sum[j] += r * z
				}
			}
			return sum
		}
		for j, v := range equation(theta, -1) {
			if math.Abs(v) > 1e-7 {
				rt.Errorf("equation %d is %g", j, v)
			}
		}
		slope, meat := mat.NewDense(5, 5, nil), mat.NewDense(5, 5, nil)
		for j := range theta {
			up, down := append([]float64(nil), theta...), append([]float64(nil), theta...)
			up[j] += 1e-5
			down[j] -= 1e-5
			above, below := equation(up, -1), equation(down, -1)
			for i := range above {
				slope.Set(i, j, (above[i]-below[i])/2e-5)
			}
		}
		for u := range units {
			v := mat.NewVecDense(5, equation(theta, int32(u)))
			meat.RankOne(meat, 1, v, v)
		}
		back := inverse(rt, slope)
		v := product(back, meat, back.T())
		terms, err := EMEE(trial, .95)
		if err != nil {
			rt.Fatal(err)
		}
		for j, term := range terms {
			near(rt, "estimate", term.Estimate, theta[3+j])
			if want := math.Sqrt(v.At(3+j, 3+j)); math.Abs(term.StdErr/want-1) > 1e-5 {
				rt.Errorf("se is %g, and by differences %g", term.StdErr, want)
			}
		}
	})
}

// Without moderators and controls, and with one probability, both are what anybody would compute.
func TestWithoutColumnsTheyCompareTwoArms(t *testing.T) {
	t.Parallel()
	trial := randomTrial(rand.New(rand.NewPCG(6, 6)), 20, 20, true)
	trial.Controls, trial.Moderators = nil, nil
	var sum, n [2]float64
	for i := range trial.Unit {
		trial.Propensity[i] = .5
		a := 0
		if trial.Treated[i] {
			a = 1
		}
		if trial.Available[i] {
			sum[a] += trial.Reward[i]
			n[a]++
		}
	}
	difference, err := WCLS(trial, false, .95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "difference", difference[0].Estimate, sum[1]/n[1]-sum[0]/n[0])
	ratio, err := EMEE(trial, .95)
	if err != nil {
		t.Fatal(err)
	}
	near(t, "log risk ratio", ratio[0].Estimate, math.Log(sum[1]/n[1]/(sum[0]/n[0])))
	// t at .975 on 18 degrees of freedom is 2.10092204024096 in every table.
	near(t, "half width", (ratio[0].Hi-ratio[0].Lo)/2, 2.10092204024096*ratio[0].StdErr)
	near(t, "p of t = 2.10092204024096", tail(2.10092204024096, 18), .05)
}

func TestTrialsThatCannotBeAnalysed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		spoil func(*Trial)
		want  string
	}{
		"too few units": {func(t *Trial) {
			for i := range t.Unit {
				t.Unit[i] %= 5
			}
		}, "5 units cannot carry 5 columns"},
		"a control twice": {func(t *Trial) { t.Controls = append(t.Controls, Column{"again", t.Controls[0].Values}) }, "the control again is a combination"},
		"a moderator that never changes": {func(t *Trial) {
			t.Moderators = []Column{{"flat", t.Numerator}}
		}, "the moderator flat is a combination"},
		"never treated": {func(t *Trial) { clear(t.Treated); t.Moderators = nil }, "the treatment itself is a combination"},
		"nobody ever":   {func(t *Trial) { clear(t.Available) }, "0 units cannot carry"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			trial := randomTrial(rand.New(rand.NewPCG(7, 7)), 12, 10, true)
			c.spoil(trial)
			if _, err := WCLS(trial, true, .95); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("wcls says %v", err)
			}
			if _, err := EMEE(trial, .95); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("emee says %v", err)
			}
		})
	}
	alone := randomTrial(rand.New(rand.NewPCG(8, 8)), 12, 10, false)
	only := make([]float64, len(alone.Unit))
	for i, u := range alone.Unit {
		if u == 3 {
			only[i] = float64(i)
		}
	}
	alone.Controls = []Column{{"only", only}}
	if _, err := WCLS(alone, true, .95); err == nil || !strings.Contains(err.Error(), "one unit alone decides a column") {
		t.Error(err)
	}
	if _, err := WCLS(alone, false, .95); err != nil {
		t.Error(err)
	}
	nothing := randomTrial(rand.New(rand.NewPCG(9, 9)), 12, 10, true)
	clear(nothing.Reward)
	if _, err := EMEE(nothing, .95); err == nil || !strings.Contains(err.Error(), "no reward is above 0") {
		t.Error(err)
	}
}
