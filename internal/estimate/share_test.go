package estimate_test

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"attune/internal/estimate"
)

// reference is what R says; testdata/reference.R wrote it.
type reference struct {
	Curves []struct {
		Time, Cause, Group, At, F []float64
		Gray, Logrank             float64
	}
	Fisher, Pearson, Q, Wilson, Poisson []float64
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
		for i, x := range c.Time {
			group := 1 - int(c.Group[i])
			for day := range int(x) + 1 {
				instants[day].AtRisk[group]++
			}
			switch c.Cause[i] {
			case 1:
				instants[int(x)].Events[group]++
			case 2:
				instants[int(x)].Others[group]++
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
