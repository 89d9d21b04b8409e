package estimate_test

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"attune/internal/estimate"
)

// reference is what R says; testdata/reference.R wrote it.
type reference struct {
	Curves []struct {
		Time, Cause, Group, At, F []float64
		Gray, Logrank             float64
		Stratum                   []float64
		GrayStrata, LogrankStrata float64
	}
	Fisher, Pearson, MantelHaenszel, Q, Wilson, Poisson []float64
}

func read(t *testing.T) (r reference) {
	t.Helper()
	b, err := os.ReadFile("testdata/reference.json")
	if err == nil {
		err = json.Unmarshal(b, &r)
	}
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func near(t *testing.T, what string, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s is %v, want %v", what, got, want)
	}
}

// Incidence, Gray's test and the log-rank test are cmprsk's and survival's.
func TestIncidencesAndTheirTestsAreRs(t *testing.T) {
	t.Parallel()
	for _, c := range read(t).Curves {
		last := 0
		spells := make([]estimate.Spell, len(c.Time))
		for i, x := range c.Time {
			spells[i] = estimate.Spell{Time: x, Cause: int(c.Cause[i])}
			last = max(last, int(x))
		}
		// Days with people of two groups, counted from the last day back.
		instants := make([]estimate.Instant, last+1)
		strata := make([][]estimate.Instant, 3)
		for s := range strata {
			strata[s] = make([]estimate.Instant, last+1)
		}
		for i, x := range c.Time {
			group := 1 - int(c.Group[i])
			for _, to := range [][]estimate.Instant{instants, strata[int(c.Stratum[i])]} {
				for day := range int(x) + 1 {
					to[day].AtRisk[group]++
				}
				switch c.Cause[i] {
				case 1:
					to[int(x)].Events[group]++
				case 2:
					to[int(x)].Others[group]++
				}
			}
		}
		for i, at := range c.At {
			f := 0.0
			for _, x := range estimate.Incidence(spells, 1) {
				if x.Time <= at {
					f = x.F
				}
			}
			near(t, "F", f, c.F[i], 1e-9)
		}
		near(t, "Gray", estimate.Gray(instants), c.Gray, 1e-9)
		near(t, "log-rank", estimate.LogRank(instants), c.Logrank, 1e-9)
		near(t, "Gray within strata", estimate.Gray(strata...), c.GrayStrata, 1e-9)
		near(t, "log-rank within strata", estimate.LogRank(strata...), c.LogrankStrata, 1e-9)
	}
}

func TestTestsOfSharesAreRs(t *testing.T) {
	t.Parallel()
	r := read(t)
	for i, x := range []estimate.TwoByTwo{{3, 10, 1, 12}, {0, 8, 5, 20}, {11, 40, 2, 60}, {7, 7, 3, 9}} {
		near(t, "Fisher", x.Fisher(), r.Fisher[i], 1e-9)
	}
	for i, x := range []estimate.TwoByTwo{{30, 100, 45, 110}, {312, 940, 250, 900}} {
		near(t, "χ²", x.P(), r.Pearson[i], 1e-9)
	}
	p := []float64{.001, .008, .039, .041, .042, .06, .074, .205, .212, .216, .222, .251, .269, .275, .34}
	for i, q := range estimate.FalseDiscovery(p) {
		near(t, "q", q, r.Q[i], 1e-12)
	}
	for i, x := range [][2]float64{{0, 10}, {3, 10}, {47, 60}, {10, 10}} {
		w := estimate.Wilson(x[0], x[1], .95)
		near(t, "Wilson's lower end", w.Lo, r.Wilson[2*i], 1e-8)
		near(t, "Wilson's upper end", w.Hi, r.Wilson[2*i+1], 1e-8)
	}
	near(t, "Poisson", estimate.PoissonAtLeast(11, 5), r.Poisson[0], 1e-12)
	near(t, "Poisson", estimate.PoissonAtLeast(30, 14.5), r.Poisson[1], 1e-12)
}

// The examples of Newcombe (Statistics in Medicine 1998; 17: 873–890), Table II, method 10, to its four places.
func TestNewcombesOwnExamples(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ a, n, b, m, lo, hi float64 }{
		{56, 70, 48, 80, .0524, .3339},
		{9, 10, 3, 10, .1705, .8090},
		{6, 7, 2, 7, .0582, .8062},
		{5, 56, 0, 29, -.0381, .1926},
		{0, 10, 0, 20, -.1611, .2775},
		{0, 10, 0, 10, -.2775, .2775},
		{10, 10, 0, 20, .6791, 1},
		{10, 10, 0, 10, .6075, 1},
	} {
		got := estimate.Newcombe(x.a, x.n, x.b, x.m, .95)
		near(t, "the lower end", got.Lo, x.lo, 5.1e-5)
		near(t, "the upper end", got.Hi, x.hi, 5.1e-5)
	}
}

// One stratum is a difference of shares, and strata that say the same say it together. The three tables are
// reckoned by hand: weights 5 and 4.8, differences .2 and .25.
func TestMantelHaenszel(t *testing.T) {
	t.Parallel()
	one := estimate.MantelHaenszel([]estimate.TwoByTwo{{4, 10, 2, 10}}, .95)
	near(t, "one stratum", one.Value, .2, 1e-12)
	near(t, "its error", (one.Hi-one.Value)/estimate.Z(.95), math.Sqrt(.4*.6/10+.2*.8/10), 1e-12)
	two := estimate.MantelHaenszel([]estimate.TwoByTwo{{4, 10, 2, 10}, {6, 12, 2, 8}, {3, 9, 0, 0}}, .95)
	near(t, "two strata", two.Value, (5*.2+4.8*.25)/9.8, 1e-12)
	if none := estimate.MantelHaenszel([]estimate.TwoByTwo{{3, 9, 0, 0}}, .95); !math.IsNaN(none.Value) {
		t.Errorf("nobody to compare with gives %v", none)
	}
}

// Two groups that see different cases, and treat them alike, do not differ within the cases. A test within strata says so at its level,
// and one that does not look at them does not.
func TestStrataSetNoGroupsApart(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 7))
	const runs = 600
	tests := []struct {
		name string
		p    func(strata [][]estimate.Instant) float64
	}{
		{"Gray", func(s [][]estimate.Instant) float64 { return estimate.Gray(s...) }},
		{"log-rank", func(s [][]estimate.Instant) float64 { return estimate.LogRank(s...) }},
	}
	found, together := make([]int, len(tests)), make([]int, len(tests))
	for range runs {
		strata := [][]estimate.Instant{make([]estimate.Instant, 61), make([]estimate.Instant, 61)}
		all := make([]estimate.Instant, 61)
		for group, severe := range [2]float64{.8, .3} {
			for range 150 {
				s, pace, leaves := 0, .04, .01
				if r.Float64() < severe {
					s, pace, leaves = 1, .02, .02
				}
				for day := range 61 {
					for _, to := range [][]estimate.Instant{strata[s], all} {
						to[day].AtRisk[group]++
					}
					u := r.Float64()
					if u < pace {
						strata[s][day].Events[group]++
						all[day].Events[group]++
						break
					}
					if u < pace+leaves {
						strata[s][day].Others[group]++
						all[day].Others[group]++
						break
					}
				}
			}
		}
		for i, x := range tests {
			if x.p(strata) < .05 {
				found[i]++
			}
			if x.p([][]estimate.Instant{all}) < .05 {
				together[i]++
			}
		}
	}
	for i, x := range tests {
		if found[i] > runs*8/100 || found[i] < runs*2/100 || together[i] < runs/2 {
			t.Errorf("%s finds a difference in %d of %d within strata, and in %d across them", x.name, found[i], runs, together[i])
		}
	}
}

// Where nearly all of a small group have what is counted, the interval's variance is too small for a test.
func TestTheTestOfMantelAndHaenszelHoldsItsLevel(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(8, 8))
	const runs = 4000
	found, wald := 0, 0
	for range runs {
		tables := make([]estimate.TwoByTwo, 2)
		for s := range tables {
			x := estimate.TwoByTwo{N: 25, Others: 700}
			for range x.N {
				if r.Float64() < .93 {
					x.Hits++
				}
			}
			for range x.Others {
				if r.Float64() < .93 {
					x.OtherHits++
				}
			}
			tables[s] = x
		}
		if estimate.MantelHaenszelP(tables) < .01 {
			found++
		}
		if d := estimate.MantelHaenszel(tables, .99); d.Lo > 0 || d.Hi < 0 {
			wald++
		}
	}
	if found > runs*2/100 {
		t.Errorf("at 1%%, %d of %d are found where nothing is", found, runs)
	}
	if wald <= 2*found {
		t.Errorf("the interval finds %d of %d, and the test %d: then the interval would do", wald, runs, found)
	}
	for i, x := range [][]estimate.TwoByTwo{{{30, 80, 200, 320}, {12, 20, 90, 200}}, {{3, 25, 40, 700}, {1, 25, 30, 700}}} {
		near(t, "Mantel and Haenszel", estimate.MantelHaenszelP(x), read(t).MantelHaenszel[i], 1e-9)
	}
	one := estimate.TwoByTwo{Hits: 30, N: 80, OtherHits: 200, Others: 320}
	// One stratum is Pearson's test but for one person in the variance.
	near(t, "one stratum", estimate.MantelHaenszelP([]estimate.TwoByTwo{one}), one.P(), .001)
	if p := estimate.MantelHaenszelP([]estimate.TwoByTwo{{Hits: 3, N: 3}}); p != 1 {
		t.Errorf("with nobody to compare p is %v", p)
	}
}

func TestWhatIsTrueOfOneFamilyMakesNoRoomInOthers(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(9, 9))
	const runs = 2000
	var byFamily, asOne float64 // shares of families named in which nothing is, on average
	for range runs {
		var p []float64
		var family []int
		for f := range 20 {
			for k := range 10 {
				x := r.Float64()
				if f == 0 && k < 8 { // nearly all of one family is true
					x *= 1e-6
				}
				p, family = append(p, x), append(family, f)
			}
		}
		for i, q := range [][]float64{estimate.FalseDiscoveryByFamily(p, family), estimate.FalseDiscovery(p)} {
			named := map[int]bool{}
			for at, x := range q {
				if x <= .05 {
					named[family[at]] = true
				}
			}
			wrong := float64(len(named))
			if named[0] {
				wrong--
			}
			wrong /= max(1, float64(len(named)))
			if i == 0 {
				byFamily += wrong / runs
			} else {
				asOne += wrong / runs
			}
		}
	}
	if byFamily > .055 || asOne < .1 {
		t.Errorf("of the families named %.3f are false, and %.3f were all tests one family", byFamily, asOne)
	}
	// Families of one test each are Benjamini and Hochberg's.
	p := []float64{.001, .04, .2, .012, .6}
	q, want := estimate.FalseDiscoveryByFamily(p, []int{4, 1, 3, 0, 2}), estimate.FalseDiscovery(p)
	for i := range p {
		near(t, "q", q[i], want[i], 1e-12)
	}
}
