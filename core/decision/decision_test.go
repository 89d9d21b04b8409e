package decision_test

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"attune/core/decision"
	"attune/core/id"
)

// world is a space of six interventions, two channels and some variants, with its prior model.
func world(t testing.TB) (*decision.Space, *decision.Model) {
	t.Helper()
	known := []decision.Known{decision.Whether.Feature("engage"), decision.Dose.Feature("dose"), decision.Baseline.Feature("base")}
	for i := range 6 {
		known = append(known, decision.Intervention.Feature("intervention", fmt.Sprint(i)))
		for v := range 5 {
			known = append(known, decision.Variant.Feature("variant", fmt.Sprint(i, v)))
		}
	}
	for c := range 2 {
		known = append(known, decision.Channel.Feature("channel", fmt.Sprint(c)))
	}
	s, err := decision.NewSpace(known)
	if err != nil {
		t.Fatal(err)
	}
	m, err := decision.Fit(s, decision.NewEvidence(s), decision.Standard(), id.Seed{1})
	if err != nil {
		t.Fatal(err)
	}
	return s, m
}

func one(names ...string) []decision.Term {
	var out []decision.Term
	for _, n := range names {
		out = append(out, decision.Term{Feature: decision.FeatureOf(n), Value: 1})
	}
	return out
}

// sixty are as many options as a decision has at most, nearly.
func sixty() []decision.Option {
	var out []decision.Option
	for i := range 6 {
		for v := range 5 {
			for c := range 2 {
				out = append(out, decision.Option{
					Path:  [decision.Levels]uint32{uint32(i), uint32(c), uint32(v), 0},
					Terms: append(one("engage", "intervention="+fmt.Sprint(i), "variant="+fmt.Sprint(i, v), "channel="+fmt.Sprint(c)), decision.Term{Feature: decision.FeatureOf("dose"), Value: 1.5}),
					Value: float64(10 - i), Fit: 1, Context: 1, Lever: 1, Cost: .01, Reach: 5,
				})
			}
		}
	}
	return out
}

func TestChancesAreExact(t *testing.T) {
	t.Parallel()
	_, m := world(t)
	rapid.Check(t, func(t *rapid.T) {
		all := sixty()
		var options []decision.Option
		for i := range all {
			if rapid.Bool().Draw(t, "open") {
				options = append(options, all[i])
			}
		}
		how := decision.Manner{
			Policy:  rapid.SampledFrom([]decision.Policy{decision.Ranked, decision.Learned, decision.Uniform, decision.Fallback}).Draw(t, "policy"),
			Explore: rapid.Float64Range(.01, .3).Draw(t, "explore"), Least: .1, Most: .9,
		}
		var s decision.Scales
		weights, by := s.Weigh(m, rapid.IntRange(0, 40).Draw(t, "bank"), options, how)
		if by != how.Policy {
			t.Fatalf("asked for %v, got %v", how.Policy, by)
		}
		sum, said := s.Nothing(), 0.0
		what := map[uint32]float64{}
		for i, w := range weights {
			if w.Probability < 0 || math.IsNaN(w.Probability) {
				t.Fatalf("option %d has the chance %v", i, w.Probability)
			}
			said += w.Probability
			what[options[i].Path[decision.What]] += w.Probability
		}
		if sum += said; math.Abs(sum-1) > 1e-9 {
			t.Fatalf("chances sum up to %v", sum)
		}
		if len(options) == 0 {
			if s.Nothing() != 1 || s.Pick(.5) != -1 {
				t.Fatal("out of nothing comes something")
			}
			return
		}
		if how.Policy == decision.Ranked {
			if s.Nothing() != 0 {
				t.Fatal("ranked says nothing")
			}
			return
		}
		if said < how.Least-1e-9 || said > how.Most+1e-9 {
			t.Fatalf("something is said with chance %v", said)
		}
		for k, p := range what {
			if p/said < .02-1e-9 {
				t.Fatalf("choice %d has the chance %v below its floor", k, p/said)
			}
		}
	})
}

// It is what is logged that is drawn from: a chi-square over 20,000 draws of each policy.
func TestDrawsFollowTheChances(t *testing.T) {
	t.Parallel()
	_, m := world(t)
	for _, p := range []decision.Policy{decision.Ranked, decision.Learned, decision.Uniform, decision.Fallback} {
		how := decision.Careful()
		how.Policy = p
		var s decision.Scales
		weights, _ := s.Weigh(m, 3, sixty(), how)
		const n = 20000
		seen := make([]int, len(weights)+1)
		for k := range n {
			seen[s.Pick(id.Draw(id.Seed{9}, "draw", uint64(k)))+1]++
		}
		chi, degrees := 0.0, -1
		count := func(seen int, p float64) {
			if p == 0 {
				if seen > 0 {
					t.Errorf("%v: what has no chance was drawn", how.Policy)
				}
				return
			}
			off := float64(seen) - n*p
			chi += off * off / (n * p)
			degrees++
		}
		count(seen[0], s.Nothing())
		for i, w := range weights {
			count(seen[i+1], w.Probability)
		}
		// Four standard deviations above the mean of the distribution.
		if limit := float64(degrees) + 4*math.Sqrt(2*float64(degrees)) + 1e-9; chi > limit {
			t.Errorf("%v: chi-square %.1f with %d degrees of freedom", how.Policy, chi, degrees)
		}
	}
}

func TestWeighing(t *testing.T) {
	t.Parallel()
	_, m := world(t)
	base := decision.Option{Terms: one("engage"), Value: 10, Fit: 1, Context: 1, Lever: 1}
	var s decision.Scales
	score := func(change func(o *decision.Option)) float64 {
		o := base
		change(&o)
		w, _ := s.Weigh(m, 0, []decision.Option{o}, decision.Careful())
		return w[0].Score
	}
	as := score(func(*decision.Option) {})
	if math.Abs(as-.1) > 1e-9 {
		t.Errorf("ten times one point is %v", as)
	}
	if got := score(func(o *decision.Option) { o.Lever = decision.Percent(55) }); math.Abs(got-.155) > 1e-9 {
		t.Errorf("a lever of 55 percent gives %v", got)
	}
	if got := score(func(o *decision.Option) { o.Lever = decision.Percent(900) }); math.Abs(got-.2) > 1e-9 {
		t.Errorf("a lever is capped at twice, and gives %v", got)
	}
	if got := score(func(o *decision.Option) { o.Cost = .04 }); math.Abs(got-.06) > 1e-9 {
		t.Errorf("a cost of .04 gives %v", got)
	}
	if got := score(func(o *decision.Option) { o.Reach = 5 }); math.Abs(got-.08) > 1e-9 {
		t.Errorf("the chance of losing somebody is not priced in: %v", got)
	}
	harm := func(o *decision.Option) {
		o.Terms = []decision.Term{{Feature: decision.FeatureOf("engage"), Value: -2}}
	}
	if a, b := score(harm), score(func(o *decision.Option) { harm(o); o.Lever = 2 }); a != b || a >= 0 {
		t.Errorf("a lever changes what harms from %v to %v", a, b)
	}
	if decision.FitOf(true, 1, 0) != 1.25 || decision.FitOf(false, 1, 0) != .75 || decision.FitOf(true, 1, 500) != 1 {
		t.Error("the fit of a stage is not as written")
	}
}

// A number that is none never reaches a patient: the fallback decides, and says so.
func TestABrokenNumberFallsBack(t *testing.T) {
	t.Parallel()
	_, m := world(t)
	options := sixty()
	options[7].Terms = append([]decision.Term(nil), options[7].Terms...)
	options[7].Terms[0].Value = float32(math.NaN())
	var s decision.Scales
	weights, by := s.Weigh(m, 0, options, decision.Careful())
	if by != decision.Fallback {
		t.Fatalf("decided by %v", by)
	}
	sum := s.Nothing()
	for _, w := range weights {
		sum += w.Probability
	}
	if math.Abs(sum-1) > 1e-9 {
		t.Errorf("chances sum up to %v", sum)
	}
}

// Where effects are what they are, the posterior finds them, baseline or not; and the order of rows does not
// matter.
func TestEvidenceIsLearned(t *testing.T) {
	t.Parallel()
	s, prior := world(t)
	truth := map[uint32]float64{0: .12, 1: -.05, 2: .03, 3: 0, 4: 0, 5: 0}
	forth, back := decision.NewEvidence(s), decision.NewEvidence(s)
	const rows = 20000
	add := func(e *decision.Evidence, k int) {
		var scales decision.Scales
		options := sixty()
		weights, _ := scales.Weigh(prior, k, options, decision.Careful())
		drawn := scales.Pick(id.Draw(id.Seed{2}, "pick", uint64(k)))
		p := .2 + .4*id.Draw(id.Seed{2}, "who", uint64(k)) // what would happen anyway, of which the model knows nothing
		if drawn >= 0 {
			p += truth[options[drawn].Path[decision.What]]
		}
		r := [2]float64{}
		if id.Draw(id.Seed{2}, "reward", uint64(k)) < p {
			r[0] = 1
		}
		arms := make([]decision.Arm, len(options))
		for i := range arms {
			arms[i] = decision.Arm{Terms: options[i].Terms, Probability: weights[i].Probability}
		}
		e.Add(s, one("base"), arms, drawn, r, 1)
	}
	for k := range rows {
		add(forth, k)
		add(back, rows-1-k)
	}
	m, err := decision.Fit(s, forth, decision.Standard(), id.Seed{1})
	if err != nil {
		t.Fatal(err)
	}
	n, err := decision.Fit(s, back, decision.Standard(), id.Seed{1})
	if err != nil {
		t.Fatal(err)
	}
	for i := range m.Mean {
		if math.Abs(m.Mean[i]-n.Mean[i]) > 1e-9 {
			t.Errorf("%s is %v in one order and %v in the other", s.Known()[i].Name, m.Mean[i], n.Mean[i])
		}
	}
	at := func(m *decision.Model, name string) (float64, float64) {
		i := s.Index(decision.FeatureOf(name))
		return m.Mean[i], m.SD[i]
	}
	best, sd := at(m, "intervention=0")
	worst, _ := at(m, "intervention=1")
	if gap := best - worst; math.Abs(gap-.17) > .04 {
		t.Errorf("the best is better than the worst by %v, which is .17", gap)
	}
	if _, before := at(prior, "intervention=0"); sd >= before {
		t.Errorf("after %d rows it is no surer than before: %v", rows, sd)
	}
	back.Merge(forth)
	if r, _ := back.Rows(); r != 2*rows {
		t.Errorf("merged evidence has %d rows", r)
	}
}

func TestModelIsWrittenAndRead(t *testing.T) {
	t.Parallel()
	_, m := world(t)
	m = m.Retire([]decision.Feature{7, 3, 7})
	if !m.IsRetired(3) || m.IsRetired(4) || len(m.Retired) != 2 {
		t.Errorf("retired are %v", m.Retired)
	}
	b := m.Encode()
	back, err := decision.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	if back.ID != m.ID || !bytes.Equal(back.Encode(), b) {
		t.Error("it comes back as another one")
	}
	for n := 0; n < len(b); n += 1 + len(b)/97 {
		if _, err := decision.Decode(b[:n]); err == nil {
			t.Errorf("cut off after %d bytes it is still a model", n)
		}
	}
}

func FuzzDecode(f *testing.F) {
	_, m := world(f)
	f.Add(m.Encode())
	f.Add([]byte("attune model\x00\x02"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := decision.Decode(b)
		if err == nil && !bytes.Equal(m.Encode(), b) {
			t.Error("what was read is written otherwise")
		}
	})
}

func TestSameBytesEverywhere(t *testing.T) {
	t.Parallel()
	_, m := world(t)
	const want = "ea68b2122dd5105dba0cf260267ba3fb3b484cf1202160bde0a5e5d26788dcc8"
	if m.ID != want {
		t.Errorf("the prior model is %s", m.ID)
	}
}

func TestWeighingAllocatesNothing(t *testing.T) {
	_, m := world(t)
	options := sixty()
	var s decision.Scales
	s.Weigh(m, 0, options, decision.Careful())
	if n := testing.AllocsPerRun(20, func() { s.Weigh(m, 1, options, decision.Careful()) }); n > 0 {
		t.Errorf("it allocates %v times", n)
	}
}

// BenchmarkWeigh weighs 60 options with 64 draws each, and says how long the middle and the slowest hundredth take.
func BenchmarkWeigh(b *testing.B) {
	_, m := world(b)
	options := sixty()
	var s decision.Scales
	took := make([]time.Duration, 0, 1<<16)
	b.ReportAllocs()
	for n := 0; b.Loop(); n++ {
		began := time.Now()
		s.Weigh(m, n, options, decision.Careful())
		if len(took) < cap(took) {
			took = append(took, time.Since(began))
		}
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs/p50")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs/p99")
}
