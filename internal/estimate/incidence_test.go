package estimate_test

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"attune/internal/estimate"
)

func spells(t *rapid.T, causes ...int) []estimate.Spell {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) estimate.Spell {
		return estimate.Spell{Time: float64(rapid.IntRange(0, 12).Draw(t, "time")), Cause: rapid.SampledFrom(causes).Draw(t, "cause")}
	}), 1, 40).Draw(t, "spells")
}

// Where everybody is followed to the end, the estimate is a share, and its error a share's.
func TestIncidenceIsTheShareWhereAllIsKnown(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := spells(t, 1, 2, 3)
		n := float64(len(s))
		for _, x := range estimate.Incidence(s, 1) {
			k := 0.0
			for _, y := range s {
				if y.Cause == 1 && y.Time <= x.Time {
					k++
				}
			}
			if f := k / n; math.Abs(x.F-f) > 1e-12 || math.Abs(x.StdErr-math.Sqrt(f*(1-f)/n)) > 1e-7 {
				t.Fatalf("at %v: %v ± %v, want %v ± %v", x.Time, x.F, x.StdErr, f, math.Sqrt(f*(1-f)/n))
			}
		}
	})
}

// Where nothing else happens it is one less Kaplan and Meier's, with Greenwood's error.
func TestIncidenceIsKaplanMeierWhereNothingElseHappens(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := spells(t, 0, 0, 1)
		free, sum := 1.0, 0.0
		for _, x := range estimate.Incidence(s, 1) {
			n, d := 0.0, 0.0
			for _, y := range s {
				if y.Time >= x.Time {
					n++
				}
				if y.Time == x.Time && y.Cause == 1 {
					d++
				}
			}
			free *= 1 - d/n
			want := 0.0
			if n > d {
				sum += d / (n * (n - d))
				want = free * math.Sqrt(sum)
			}
			if math.Abs(1-x.F-free) > 1e-12 || math.Abs(x.Free-free) > 1e-12 || free > 0 && math.Abs(x.StdErr-want) > 1e-7 {
				t.Fatalf("at %v: %v ± %v, want %v ± %v", x.Time, x.F, x.StdErr, 1-free, want)
			}
		}
	})
}

// All causes together are what was not free of any; nothing ever falls, and nobody is counted twice.
func TestIncidencesOfAllCausesMakeOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := spells(t, 0, 1, 2)
		one, two := estimate.Incidence(s, 1), estimate.Incidence(s, 2)
		before := 0.0
		for i := range one {
			if math.Abs(one[i].F+two[i].F+one[i].Free-1) > 1e-12 || one[i].F < before || one[i].Events != two[i].Others {
				t.Fatalf("%+v and %+v", one[i], two[i])
			}
			before = one[i].F
		}
	})
}

// Five people, of whom two arrive, one leaves, and two are followed no further, reckoned by hand.
func TestIncidenceByHand(t *testing.T) {
	t.Parallel()
	got := estimate.Incidence([]estimate.Spell{{2, 1}, {1, 2}, {3, 0}, {4, 1}, {5, 0}}, 1)
	want := []struct{ time, f float64 }{{1, 0}, {2, .8 / 4}, {4, .2 + .6/2}}
	for i, w := range want {
		if got[i].Time != w.time || math.Abs(got[i].F-w.f) > 1e-12 {
			t.Errorf("%+v, want %+v", got[i], w)
		}
	}
}
