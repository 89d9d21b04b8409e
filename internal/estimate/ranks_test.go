package estimate_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"attune/internal/estimate"
)

// spell is somebody's wait: how long, and what ended it: nothing (0), going on (1), leaving (2).
type spell struct{ days, end int }

func byDay(last int, groups ...[]spell) []estimate.Instant {
	out := make([]estimate.Instant, last+1)
	for g, people := range groups {
		for _, p := range people {
			for d := range min(p.days, last) + 1 {
				out[d].AtRisk[g]++
			}
			switch {
			case p.days > last:
			case p.end == 1:
				out[p.days].Events[g]++
			case p.end == 2:
				out[p.days].Others[g]++
			}
		}
	}
	return out
}

// Where everybody is followed it is Wilcoxon's test with all who never go on tied at the end: waits of 1, 3 and never against 2, 5, 5 and one
// who leaves have the ranks 1, 3, 6.5 and 2, 4.5, 4.5, 6.5. The sum is 10.5 where 12 is expected, with a variance of 7.714 for these ties.
func TestRanksAreWilcoxons(t *testing.T) {
	t.Parallel()
	got := estimate.Ranks(byDay(10, []spell{{1, 1}, {3, 1}, {11, 0}}, []spell{{2, 1}, {5, 1}, {5, 1}, {4, 2}}))
	ranks := []float64{1, 3, 6.5, 2, 4.5, 4.5, 6.5}
	spread := 0.0
	for _, r := range ranks {
		spread += (r - 4) * (r - 4)
	}
	if want := estimate.ChiSquare(1.5*1.5/(3.*4/(7*6)*spread), 1); math.Abs(got-want) > 1e-12 {
		t.Errorf("p is %v, not %v", got, want)
	}
	for name, nobody := range map[string][]estimate.Instant{"no days": nil, "nobody": byDay(3, nil, nil), "one group": byDay(3, []spell{{1, 1}, {2, 1}}), "all alike": byDay(3, []spell{{1, 1}}, []spell{{1, 1}})} {
		if p := estimate.Ranks(nobody); p != 1 {
			t.Errorf("%s: p is %v", name, p)
		}
	}
}

// Where nothing differs it finds something as often as it says, though some leave, some never go on, and many are followed for a while only.
// Where some get a quick start it finds more than the log-rank test.
func TestRanksHoldTheirLevelAndSeeAQuickStart(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 8))
	people := func(n int, quick float64) []spell {
		out := make([]spell, n)
		for i := range out {
			x, leaves, followed := spell{int(14 * r.ExpFloat64()), 1}, int(150*r.ExpFloat64()), r.IntN(200)
			if r.Float64() < .2 {
				x.days = 500 // never
			}
			if r.Float64() < quick {
				x.days /= 5
			}
			if leaves < x.days {
				x = spell{leaves, 2}
			}
			if followed < x.days {
				x = spell{followed, 0}
			}
			out[i] = x
		}
		return out
	}
	const times, n = 800, 120
	null, ranks, log := 0, 0, 0
	for range times {
		if estimate.Ranks(byDay(180, people(n, 0), people(n, 0))) <= .05 {
			null++
		}
		x := byDay(180, people(n, .4), people(n, 0))
		if estimate.Ranks(x) <= .05 {
			ranks++
		}
		if estimate.Gray(x) <= .05 {
			log++
		}
	}
	if null < times*25/1000 || null > times*75/1000 {
		t.Errorf("found in %d of %d where nothing differs", null, times)
	}
	if ranks < log*3/2 || ranks < times/2 {
		t.Errorf("a quick start is found in %d of %d, by Gray's test in %d", ranks, times, log)
	}
}
