package estimate

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// Three values on a sheet of paper, at α = .05 tuned at 3: −2 ln α = 5.991465, ρ² = (5.991465 +
// ln 6.991465)/3 = 2.6454; at t = 3 the population's sd is √(2/3), tρ² + 1 = 8.9362, and the radius is
// .8165 √(2 · 8.9362/(9 · 2.6454) · ln(2.9893/.05)) = 1.4308.
func TestTheSequenceByHand(t *testing.T) {
	t.Parallel()
	s := Sequence{Alpha: .05, TuneAt: 3}
	for _, v := range []float64{1, 2, 3} {
		s.Add(v)
	}
	lo, hi := s.Interval()
	rho2 := (5.991464547107982 + math.Log(6.991464547107982)) / 3
	want := math.Sqrt(2./3) * math.Sqrt(2*(3*rho2+1)/(9*rho2)*math.Log(math.Sqrt(3*rho2+1)/.05))
	near(t, "mean", s.Mean(), 2)
	near(t, "low", lo, 2-want)
	near(t, "high", hi, 2+want)
	if math.Abs(rho2-2.6454) > .0001 || math.Abs(hi-2-1.4308) > .0001 {
		t.Errorf("ρ² is %.4f and the radius %.4f", rho2, want)
	}
	if first := (Sequence{Alpha: .05, TuneAt: 3}); !math.IsInf(first.Upper(), 1) {
		t.Error("before the first value anything is possible")
	}
}

// The closed form of the one-sided boundary lies above the exact one, 2 e^{x²/2} Φ(x) = √(tρ²+1)/α,
// which bisection finds, and hardly.
func TestTheOneSidedBoundaryIsTheMixtures(t *testing.T) {
	t.Parallel()
	for _, n := range []float64{100, 1000, 20000} {
		s := Sequence{Alpha: .01, TuneAt: 1000, n: n, squares: n}
		root := math.Sqrt(n*tuned(.02, 1000) + 1)
		lo, hi := 0., 20.
		for range 100 {
			if x := (lo + hi) / 2; math.Exp(x*x/2)*math.Erfc(-x/math.Sqrt2) < root/.01 {
				lo = x
			} else {
				hi = x
			}
		}
		exact := lo * root / math.Sqrt(tuned(.02, 1000)) / n
		if ratio := s.Upper() / exact; ratio < 1 || ratio > 1.01 {
			t.Errorf("at %g it is %.5f times the exact boundary", n, ratio)
		}
		low, high := s.Interval()
		if s.Upper() >= high || s.Lower() <= low {
			t.Errorf("at %g one side is no narrower than two", n)
		}
	}
}

func TestSampleRatio(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		counts []int
		shares []float64
		p      float64
		alarm  bool
	}{
		"it is content with what chance does": {[]int{480, 520}, []float64{.5, .5}, .2059032107320684, false}, // χ² = 1.6
		"it finds a tenth too few":            {[]int{4500, 5500}, []float64{1, 1}, math.Erfc(10 / math.Sqrt2), true},
		"it knows unequal shares":             {[]int{100, 900}, []float64{.1, .9}, 1, false},
		"it compares three arms":              {[]int{90, 100, 110}, []float64{1, 1, 1}, math.Exp(-1), false}, // χ² = 2 on 2
		"it finds somebody in an empty arm":   {[]int{10, 1}, []float64{1, 0}, 0, true},
		"it says nothing of nothing":          {[]int{0, 0}, []float64{1, 1}, 1, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, alarm := SampleRatio(c.counts, c.shares)
			near(t, "p", p, c.p)
			if alarm != c.alarm {
				t.Errorf("alarm is %v", alarm)
			}
		})
	}
}

// One of a thousand experiments without a fault raises an alarm about its arms' sizes.
func TestSampleRatioAlarmsAreRare(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(55, 2))
	alarms := 0
	const n = 20000
	for range n {
		var counts [3]int
		for range 300 {
			counts[r.IntN(3)]++
		}
		if _, alarm := SampleRatio(counts[:], []float64{1, 1, 1}); alarm {
			alarms++
		}
	}
	if alarms > 30 { // 20 are expected, and more than 30 are seen once in a hundred
		t.Errorf("%d alarms in %d", alarms, n)
	}
}

// Eight schools (Rubin 1981), the example everybody knows: the variance between them that solves
// Paule and Mandel's equation is 0, so all are drawn to the mean of 7.69.
func TestSlicesThatDifferByChanceAreDrawnTogether(t *testing.T) {
	t.Parallel()
	effects := []float64{28, 8, -3, 7, -1, 1, 18, 12}
	errors := []float64{15, 10, 16, 11, 9, 11, 10, 18}
	var in []Effect
	for i := range effects {
		in = append(in, Effect{Name: string(rune('A' + i)), Value: effects[i], StdErr: errors[i]})
	}
	got := ShrinkSlices(in, 1)
	if got.Between != 0 || math.Abs(got.Mean-7.686) > .001 {
		t.Errorf("mean %.4f, between %.4f", got.Mean, got.Between)
	}
	for _, s := range got.Slices {
		if s.Flagged || s.Gap != 0 || s.Shrunk != got.Mean {
			t.Errorf("%+v", s)
		}
	}
}

func TestASliceThatIsLeftBehindIsFlagged(t *testing.T) {
	t.Parallel()
	in := []Effect{{"a", 1, .1, 100}, {"b", 1.1, .1, 100}, {"c", .9, .1, 100}, {"d", 0, .1, 100}, {"e", 5, math.NaN(), 1}, {"f", 1, 0, 9}}
	got := ShrinkSlices(in, .2)
	// With equal errors the variance between is that of the sample less .01.
	m := (1 + 1.1 + .9 + 0) / 4
	ss := (1-m)*(1-m) + (1.1-m)*(1.1-m) + (.9-m)*(.9-m) + m*m
	near(t, "between", got.Between, ss/3-.01)
	near(t, "mean", got.Mean, m)
	var flagged, seen []string
	for _, s := range got.Slices {
		seen = append(seen, s.Name)
		if s.Flagged {
			flagged = append(flagged, s.Name)
		}
		if s.Name == "d" {
			near(t, "shrunk", s.Shrunk, m+(0-m)*(1-.01/(got.Between+.01)))
			if s.GapHi >= -.2 || s.Lo >= s.Shrunk {
				t.Errorf("%+v", s)
			}
		}
	}
	if !slices.Equal(flagged, []string{"d"}) || !slices.Equal(seen, []string{"f", "a", "b", "c", "d"}) {
		t.Errorf("%v flagged of %v", flagged, seen)
	}
}

func TestCalibration(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(56, 1))
	var predicted, right, timid []float64
	for range 20000 {
		u := r.Float64()
		predicted = append(predicted, u)
		right = append(right, u+r.NormFloat64())
		timid = append(timid, 2*u+r.NormFloat64())
	}
	c := Calibrate(predicted, right, nil, 10)
	if len(c.Bins) != 10 || c.Bins[0].N != 2000 || math.Abs(c.Bins[9].Predicted-.95) > .01 || math.Abs(c.Bins[0].StdErr-1/math.Sqrt(2000)) > .001 {
		t.Errorf("%+v", c.Bins)
	}
	if c.Slope < .8 || c.Slope > 1.2 {
		t.Errorf("a slope of %.3f", c.Slope)
	}
	if c = Calibrate(predicted, timid, nil, 10); math.Abs(c.Slope-2) > .2 {
		t.Errorf("a slope of %.3f where half was promised", c.Slope)
	}
	c = Calibrate([]float64{1, 2, 3, 4}, []float64{3, 5, 7, 9}, []int32{0, 0, 1, 1}, 2)
	near(t, "slope", c.Slope, 2)
	near(t, "intercept", c.Intercept, 1)
	if c = Calibrate([]float64{1, 1}, []float64{3, 5}, nil, 10); !math.IsNaN(c.Slope) {
		t.Errorf("a slope of %g from one prediction", c.Slope)
	}
}

// A policy that suits people earns more than any constant action; where nothing is to be learnt none
// is promised to.
func TestLearning(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(57, 1))
	var w world
	l, _ := w.log(r, 4000, 4, .5, .5)
	fit, rest := l.Rows(func(i int) bool { return i%2 == 0 }), l.Rows(func(i int) bool { return i%2 == 1 })
	rule := Learn(fit.X, Scores(fit, CrossFit(fit, 3, 2), nil))
	// By the world: sms (1) at stage 0, calls (2) from stage 2 on.
	x := [][]float64{{0, 3}, {1, 0}}
	if a, b := rule.Choose(x, 0), rule.Choose(x, 1); a != 1 || b != 2 {
		t.Errorf("it does %d at the beginning and %d at the end", a, b)
	}
	q := CrossFit(rest, 3, 2)
	c := Compare(rest, q, rule.Table(rest.X, rest.Len()), nil)
	if low := c.Gain.Value - Z(.95)*c.Gain.StdErr(rest.Unit); low <= 0 {
		t.Errorf("it gains %.4f, from %.4f on", c.Gain.Value, low)
	}
	near(t, "gain", c.Gain.Value, c.Policy.Value-c.Constant[c.Best].Value)
	// A burden that nothing is worth leaves only the action without one.
	rule = Learn(fit.X, Scores(fit, CrossFit(fit, 3, 2), []float64{0, 2, 2}))
	if a, b := rule.Choose(x, 0), rule.Choose(x, 1); a != 0 || b != 0 {
		t.Errorf("it does %d and %d at any price", a, b)
	}
	dear := Compare(rest, q, Always(2, 3, rest.Len()), []float64{0, 0, .25})
	near(t, "value less burden", dear.Policy.Value, c.Constant[2].Value-.25)
	near(t, "se of it", dear.Policy.StdErr(rest.Unit), c.Constant[2].StdErr(rest.Unit))
}

func TestPromotion(t *testing.T) {
	t.Parallel()
	var w world
	few, fewNext := w.log(rand.New(rand.NewPCG(58, 1)), 100, 4, .5, 1.5)
	many, better := w.log(rand.New(rand.NewPCG(58, 2)), 5000, 4, .5, 1.5)
	_, worse := w.log(rand.New(rand.NewPCG(58, 2)), 5000, 4, .5, -2)
	_, current := w.log(rand.New(rand.NewPCG(58, 2)), 5000, 4, .5, .5)
	_, fewCurrent := w.log(rand.New(rand.NewPCG(58, 1)), 100, 4, .5, .5)
	stage := func(s float64) func(int) bool { return func(i int) bool { return many.X[0][i] == s } }
	// Somebody new to them: an action of which the log has nothing.
	fourth := append(slices.Clone(current), make([]float64, many.Len()))
	novel := append(Table{make([]float64, many.Len())}, better[1:]...)
	novel = append(novel, better[0])
	// A policy that is better for all but stage 0, for whom it does what is worst there.
	unfair := NewTable(3, many.Len())
	for a := range unfair {
		for i := range unfair[a] {
			unfair[a][i] = better[a][i]
			if many.X[0][i] == 0 {
				unfair[a][i] = map[int]float64{0: .05, 1: .05, 2: .9}[a]
			}
		}
	}
	for name, c := range map[string]struct {
		log           Log
		current, next Table
		gate          Gate
		want          Outcome
		says          string
	}{
		"it lets a better one through":          {many, current, better, Gate{}, Promoted, "above the margin"},
		"it knows that a worse one is":          {many, current, worse, Gate{}, Worse, "less than the current policy"},
		"it takes a little loss within reason":  {many, current, worse, Gate{Margin: 1}, Promoted, "above the margin"},
		"it does not decide on few rows":        {few, fewCurrent, fewNext, Gate{Margin: 1}, Undecided, "effective sample size"},
		"it does not condemn on few rows":       {few, fewCurrent, Always(2, 3, few.Len()), Gate{Margin: -.5}, Undecided, "effective sample size"},
		"it does not judge the same":            {many, current, current, Gate{}, Undecided, "may lose more"},
		"it lets the same stay within a margin": {many, current, current, Gate{Margin: .001}, Promoted, "above"},
		"it asks what nobody has tried":         {many, fourth, novel, Gate{Margin: 1}, Undecided, "was never done in the log"},
		"it protects a slice":                   {many, current, unfair, Gate{Margin: 1, Slices: []Slice{{"stage 0", stage(0), .01}, {"stage 1", stage(1), .01}, {"stage 2", stage(2), .01}, {"stage 3", stage(3), .01}}}, Worse, "stage 0 loses"},
		"it does not forget an empty slice":     {many, current, better, Gate{Slices: []Slice{{"stage 9", stage(9), .01}}}, Undecided, "stage 9 has too few rows"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := Promote(c.log, c.current, c.next, CrossFit(c.log, len(c.next), 2), c.gate)
			if v.Outcome != c.want || !strings.Contains(strings.Join(v.Reasons, "; "), c.says) {
				t.Errorf("%s: %s", v.Outcome, strings.Join(v.Reasons, "; "))
			}
		})
	}
	// What it says the gain is, is what the world knows it to be.
	v := Promote(many, current, better, CrossFit(many, 3, 2), Gate{})
	if truth := w.value(1.5) - w.value(.5); v.Lo > truth || truth > v.Hi {
		t.Errorf("a gain of %.4f to %.4f, and in truth %.4f", v.Lo, v.Hi, truth)
	}
}
