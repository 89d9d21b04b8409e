package leverage

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

var update = flag.Bool("update", false, "write docs/proof/leverage-coverage.md anew, some minutes")

const (
	page = "../../docs/proof/leverage-coverage.md"
	// perWorld is how often each world is drawn, and contests how often the first of ten is chosen.
	perWorld = 60
	contests = 300
)

// tried is what was found of one kind of world.
type tried struct {
	w                   world
	runs, shown         int
	in80, in95, naive95 int
	led, led80, led95   int
}

func (a *tried) add(b tried) {
	a.runs, a.shown, a.in80, a.in95, a.naive95 = a.runs+b.runs, a.shown+b.shown, a.in80+b.in80, a.in95+b.in95, a.naive95+b.naive95
	a.led, a.led80, a.led95 = a.led+b.led, a.led80+b.led80, a.led95+b.led95
}

// try draws one world and looks.
func (w world) try(r *rand.Rand, s *scratch, out *tried) (g Gain, truth float64) {
	c, a, t, truth := w.draw(r)
	s.reachOf(c, t, c.strata())
	s.tally.count(c, t.Horizon, c.strata(), 0, len(a[0].Levels))
	g = c.gain(t, 0, &a[0], &Options{Seed: r.Uint64()}, s)
	out.runs++
	if !g.Shown {
		return g, truth
	}
	out.shown++
	in := func(lo, hi float64) int {
		if truth >= lo-1e-9 && truth <= hi+1e-9 {
			return 1
		}
		return 0
	}
	out.in80 += in(g.Gain.Lo80, g.Gain.Hi80)
	out.in95 += in(g.Gain.Lo95, g.Gain.Hi95)
	if g.Rank > 0 {
		out.led++
		out.led80 += in(g.Gain.Lo80, g.Gain.Hi80)
		out.led95 += in(g.Gain.Lo95, g.Gain.Hi95)
	}
	out.naive95 += in(naive(r, g.Segments))
	return g, truth
}

// naive is the interval that one would make first: each segment's share drawn by what was seen of it alone, and the
// benchmark recomputed in each draw.
func naive(r *rand.Rand, segments []Segment) (lo, hi float64) {
	byStratum := map[int][]Segment{}
	for _, s := range segments {
		byStratum[s.Stratum] = append(byStratum[s.Stratum], s)
	}
	totals := make([]float64, 200)
	for stratum := range MostStrata {
		list := byStratum[stratum]
		if len(list) == 0 {
			continue
		}
		for d := range totals {
			drawn := make([]weighted, len(list))
			for i, s := range list {
				drawn[i] = weighted{beta(r, s.Rate*s.Worth+.5, (1-s.Rate)*s.Worth+.5), s.Expected}
			}
			ordered := slices.Clone(drawn)
			b := quartile(ordered)
			for _, x := range drawn {
				totals[d] += x.weight * min(.10, max(0, b-x.value)) * list[0].Reach
			}
		}
	}
	slices.Sort(totals)
	return percentile(totals, .025), percentile(totals, .975)
}

// worlds are all that are tried.
func worlds() (list []world) {
	for _, x := range []struct {
		shape  string
		spread float64
	}{{"beta", 0}, {"beta", .03}, {"beta", .10}, {"twos", .03}, {"twos", .10}, {"one", .03}, {"one", .10}} {
		for _, hard := range []bool{false, true} {
			for _, segments := range []int{4, 8, 30} {
				for _, size := range []float64{20, 60, 200, 500} {
					for _, censored := range []float64{0, .3, .6} {
						w := world{segments: segments, size: size, censored: censored, spread: x.spread, shape: x.shape, mean: .6, strata: 1}
						if hard {
							w.exits, w.result, w.strata = true, true, 2
						}
						list = append(list, w)
					}
				}
			}
		}
	}
	return list
}

// tryAll tries them side by side, each with its own seed.
func tryAll(list []world, runs int) []tried {
	out := make([]tried, len(list))
	next := make(chan int)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			var s scratch
			for i := range next {
				out[i].w = list[i]
				r := rand.New(rand.NewPCG(38, uint64(i)))
				for range runs {
					list[i].try(r, &s, &out[i])
				}
			}
		})
	}
	for i := range list {
		next <- i
	}
	close(next)
	wait.Wait()
	return out
}

// contest draws ten transitions with all kinds of truth and takes the one that would be shown first.
func contest(runs int) tried {
	var out tried
	results := make([]tried, runs)
	next := make(chan int)
	var wait sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wait.Go(func() {
			var s scratch
			for i := range next {
				r := rand.New(rand.NewPCG(39, uint64(i)))
				var best tried
				rank := 0.0
				for k := range 10 {
					w := world{segments: 6 + 2*(k%4), size: []float64{40, 100, 250}[k%3], censored: .3, mean: .6, strata: 1, exits: true,
						shape: []string{"beta", "one", "twos", "beta"}[k%4], spread: []float64{0, .03, .06, .03, 0}[k%5]}
					var one tried
					if g, _ := w.try(r, &s, &one); g.Shown && g.Rank > rank {
						best, rank = one, g.Rank
					}
				}
				results[i] = best
			}
		})
	}
	for i := range runs {
		next <- i
	}
	close(next)
	wait.Wait()
	for _, x := range results {
		out.add(x)
	}
	return out
}

func percent(a, of int) string {
	if of == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f %%", 100*float64(a)/float64(of))
}

// name says what a world's truth is like.
func (w world) name() string {
	switch {
	case w.spread == 0:
		return "all the same"
	case w.shape == "beta":
		return fmt.Sprintf("spread by %.0f points", 100*w.spread)
	case w.shape == "twos":
		return fmt.Sprintf("two camps, %.0f points apart", 200*w.spread)
	}
	return fmt.Sprintf("one behind, by %.0f points times √segments", 100*w.spread)
}

// report is the page, and the least that any world held of its 95 %.
func report(all []tried, first tried) string {
	type key struct {
		name     string
		segments int
		hard     bool
	}
	var keys []key
	rows, least, least80 := map[key]*tried{}, map[key]float64{}, map[key]float64{}
	worst, worst80 := 1.0, 1.0
	var sum tried
	bySize := map[float64]*tried{}
	byCensored := map[float64]*tried{}
	for _, x := range all {
		k := key{x.w.name(), x.w.segments, x.w.strata > 1}
		if rows[k] == nil {
			keys, rows[k], least[k], least80[k] = append(keys, k), &tried{}, 1, 1
		}
		rows[k].add(x)
		sum.add(x)
		if bySize[x.w.size] == nil {
			bySize[x.w.size] = &tried{}
		}
		bySize[x.w.size].add(x)
		if byCensored[x.w.censored] == nil {
			byCensored[x.w.censored] = &tried{}
		}
		byCensored[x.w.censored].add(x)
		if x.shown >= perWorld/2 {
			p, p80 := float64(x.in95)/float64(x.shown), float64(x.in80)/float64(x.shown)
			least[k], least80[k] = min(least[k], p), min(least80[k], p80)
			worst, worst80 = min(worst, p), min(worst80, p80)
		}
	}
	var s strings.Builder
	fmt.Fprintf(&s, `# Leverage: do intervals of gains hold what they say?

Written by `+"`make coverage`"+` (linux, amd64); the numbers follow from the seeds. `+"`make torture`"+` computes them anew and fails when
this page says something else.

**These are made-up transitions, not patients.** Their truth is known, and the interval of each gain either holds it or not.
What a gain is, is told in [the page on leverage](../leverage.md); how its interval is made and why, in
[record 0038](../adr/0038-the-interval-of-a-gain.md).

## What was done

%d kinds of transition, each drawn %d times. Somebody who comes in goes on within 60 days with the chance of their segment, .60 on
average. *Simple* ones have one stratum, and nobody leaves. *Hard* ones have two strata, of which the second does ten points worse,
half of those who do not go on leave by and by, and of those who go on 70 and 60 %% reach the result, after up to 60 days more, so that many
are not seen to. 4, 8 or 30 segments in each stratum have 20, 60, 200 or 500 people on average, unevenly; 0, 30 or 60 %% came less than 60 days
ago. Segments with fewer than 20 are none, in what is asked as in what is true.

True shares are all the same; or spread by a beta distribution; or in two camps; or one segment is behind all others, which are the
same. The interval knows none of them: it asks a belief in few values
and a belief in a normal spread, and has to hold both answers.

*Leads* is how often the gain would be flagged: its 10th percentile is above 0. *Naive* is the interval that one would make first, from the same
segments: each one's share drawn by what was seen of it alone, and the benchmark recomputed in each draw.

## What was found

Of all %d intervals that are shown, %s hold the truth that should in 95 %%, and %s that should in 80 %%. The worst of all kinds holds it in %s and
%s; with %d draws each, chance alone makes the worst of %d kinds of exactly 95 %% about 85 %%. Intervals are wider than they would have to be in most
worlds, because they have to hold in all of them.

| true shares | segments | | shown | 95 %% holds | worst of twelve | 80 %% holds | worst of twelve | leads | 95 %% where it leads | naive 95 %% holds |
|---|---|---|---|---|---|---|---|---|---|---|
`, len(all), perWorld, sum.shown, percent(sum.in95, sum.shown), percent(sum.in80, sum.shown), fmt.Sprintf("%.1f %%", 100*worst), fmt.Sprintf("%.1f %%", 100*worst80), perWorld, len(all))
	for _, k := range keys {
		x, hard := rows[k], "simple"
		if k.hard {
			hard = "hard"
		}
		fmt.Fprintf(&s, "| %s | %d | %s | %s | %s | %.1f %% | %s | %.1f %% | %s | %s | %s |\n", k.name, k.segments, hard, percent(x.shown, x.runs), percent(x.in95, x.shown),
			100*least[k], percent(x.in80, x.shown), 100*least80[k], percent(x.led, x.shown), percent(x.led95, x.led), percent(x.naive95, x.shown))
	}
	s.WriteString("\nThe same by how large segments are, and how many came lately:\n\n| | shown | 95 % holds | 80 % holds | leads | naive 95 % holds |\n|---|---|---|---|---|---|\n")
	line := func(name string, x *tried) {
		fmt.Fprintf(&s, "| %s | %s | %s | %s | %s | %s |\n", name, percent(x.shown, x.runs), percent(x.in95, x.shown), percent(x.in80, x.shown), percent(x.led, x.shown), percent(x.naive95, x.shown))
	}
	for _, n := range []float64{20, 60, 200, 500} {
		line(fmt.Sprintf("%.0f people a segment", n), bySize[n])
	}
	for _, n := range []float64{0, .3, .6} {
		line(fmt.Sprintf("%.0f %% came lately", 100*n), byCensored[n])
	}
	fmt.Fprintf(&s, `
## The first of ten

Who looks at the top of a list looks at what luck put there. So ten transitions of all kinds are ranked as they would be, and only the first is
looked at, %d times. It leads in %d. Its interval of 95 %% holds in %s of them, that of 80 %% in %s, and the naive one in %s.

## What is not shown

- Fewer than four segments in a stratum: no quartile, only the team's goal.
- Segments that are worth fewer than %d people followed to the horizon, in the median. A smaller bound was not tried.
- M below %.0f: segments are so different that the best is no benchmark.
- A gain whose 10th percentile is 0 is in the table, and makes no flag and no sentence.

Not tried: fewer than 20 people a segment, more than 60 %% that came lately, censoring that knows how somebody fares, shares near 0 or 1, and levels
that were noted wrongly. Whether a segment could do as well as the best if it tried is no question of statistics.
`, contests, first.led, percent(first.led95, first.led), percent(first.led80, first.led), percent(first.naive95, first.shown), leastWorth, leastM)
	return s.String()
}

// The page says what is so: with -update it is written, with ATTUNE_COVERAGE it is computed anew and compared.
func TestTheReportIsTrue(t *testing.T) {
	if !*update && os.Getenv("ATTUNE_COVERAGE") == "" {
		t.Skip("some minutes; make torture asks for it")
	}
	got := report(tryAll(worlds(), perWorld), contest(contests))
	if *update {
		if err := os.WriteFile(page, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s says something else; write it anew with make coverage", page)
	}
}

// In a few kinds of world, among them those in which a single belief about shapes fails, intervals hold.
func TestIntervalsOfGainsCover(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("seconds")
	}
	list := []world{
		{segments: 8, size: 60, spread: 0, shape: "beta"},
		{segments: 8, size: 200, censored: .3, spread: .10, shape: "beta", exits: true, result: true, strata: 2},
		{segments: 8, size: 200, censored: .6, spread: .10, shape: "one", exits: true},
		{segments: 8, size: 200, spread: .03, shape: "twos"},
	}
	for i := range list {
		list[i].mean = .6
	}
	const runs = 50
	for _, x := range tryAll(list, runs) {
		// Three standard errors below what they should hold.
		for level, in := range map[float64]int{.95: x.in95, .80: x.in80} {
			least := level - 3*math.Sqrt(level*(1-level)/float64(x.shown))
			if share := float64(in) / float64(x.shown); x.shown < runs/2 || share < least {
				t.Errorf("%s: of %d intervals of %.0f %% hold %.2f, and should more than %.2f", x.w.name(), x.shown, 100*level, share, least)
			}
		}
	}
}
