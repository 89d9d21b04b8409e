package leverage

import (
	"cmp"
	"math/rand/v2"
	"slices"
)

// Interval is a number and what it lies between, in 80 and in 95 of a hundred cases.
type Interval struct {
	Value float64 `json:"value"`
	Lo80  float64 `json:"lo80"`
	Hi80  float64 `json:"hi80"`
	Lo95  float64 `json:"lo95"`
	Hi95  float64 `json:"hi95"`
}

// Segment is the people of one level in one stratum, and their part of a gain.
type Segment struct {
	Level   string `json:"level"`
	Stratum int    `json:"stratum"`
	// N came; Worth is how many people followed to the horizon would say as much.
	N     int     `json:"n"`
	Worth float64 `json:"worth"`
	// Rate is the share that goes on within the horizon, and Shrunk the same drawn toward all of the
	// stratum as far as chance alone could have set it apart. Benchmark is what Shrunk is held against.
	Rate      float64 `json:"rate"`
	Shrunk    float64 `json:"shrunk"`
	Benchmark float64 `json:"benchmark"`
	// Expected is how many will come, Gap what their share could rise by, Reach the share of those who go on that
	// comes to the result. Gain is the mean of Expected·Gap·Reach·Value over all draws; segments add up to the whole.
	Expected float64 `json:"expected"`
	Gap      float64 `json:"gap"`
	Reach    float64 `json:"reach"`
	Gain     float64 `json:"gain"`
	// Stable is set where the segment was on the same side of the others in the three last periods or more.
	Stable bool `json:"stable,omitempty"`

	level int
}

// Gain is what would come of it if every segment went on as often as the best quartile of its stratum does.
type Gain struct {
	Attribute string `json:"attribute"`
	// Shown tells that the number may be shown; Why says why not.
	Shown bool   `json:"shown"`
	Why   string `json:"why,omitempty"`
	// Gain is in results times value for the days ahead. It rests on people who go on for a change coming to the
	// result as often as those who do anyway; Half is the same if they do half as often.
	Gain Interval `json:"gain"`
	Half Interval `json:"half"`
	// Rank is the 10th percentile, by which gains are ranked: a small noisy segment does not lead.
	Rank float64 `json:"rank"`
	// M is how many people a segment's stratum speaks for when its rate is drawn in; 0 where segments differ by no more than chance.
	M float64 `json:"m"`
	// Chance is the probability that segments do not differ at all.
	Chance   float64   `json:"chance"`
	Segments []Segment `json:"segments,omitempty"`
	// GoalOnly tells that there are too few segments to have a quartile, so that the team's goal alone is the benchmark.
	GoalOnly bool `json:"goal_only,omitempty"`
}

// Reasons for which a gain is not shown.
const (
	WhyFairness  = "shown in the list of fairness only"
	WhyCaseMix   = "case mix: what makes cases different from the beginning is no benchmark"
	WhyLate      = "not known before people came in"
	WhyFew       = "fewer than four segments of the same case mix, and no goal"
	WhyDifferent = "case mix: segments are so different that the best is no benchmark for the others"
	WhyThin      = "segments say too little for an interval that holds"
	WhyBlind     = "too few were followed to the result"
	WhyNobody    = "nobody has come in"
)

// What a gain needs, by what coverage was found to hold (docs/proof/leverage-coverage.md).
const (
	leastSegments = 4
	leastWorth    = 12   // people followed to the horizon that a segment is worth, in the median
	leastM        = 5.0  // below, segments are different worlds
	mostLate      = 0.10 // of those with a level, whose level became known only later
	settle        = 200  // sweeps before the first draw
	// Draws lie below and above intervals this often. It is less than 10 and 2.5 %, so that intervals hold in the
	// worst of the worlds that were tried, whose shape is neither of those believed.
	out80, out95 = .05, .0075
)

// stratumOf is what is drawn of one stratum.
type stratumOf struct {
	segments  []Segment
	pooled    float64
	benchmark bool // enough segments for a quartile
	blind     bool // how many come to the result is not known
	reached   float64
	missed    float64
}

// gain reckons it for one attribute, which has been counted into the tally.
func (c *Cohort) gain(t *Transition, a int, attribute *Attribute, o *Options, scratch *scratch) Gain {
	g := Gain{Attribute: attribute.Name}
	switch {
	case attribute.Fairness:
		g.Why = WhyFairness
		return g
	case attribute.CaseMix:
		g.Why = WhyCaseMix
		return g
	case len(c.Entered) == 0:
		g.Why = WhyNobody
		return g
	}
	strata := c.strata()
	tally := &scratch.tally
	if tally.tooLate() {
		g.Why = WhyLate
		return g
	}
	list := scratch.strataOf(c, t, strata)
	var worths []float64
	quartiles, blind := false, false
	for s := range list {
		list[s].find(tally, s, attribute, o, scratch)
		if list[s].blind {
			list[s].segments, blind = list[s].segments[:0], true
		}
		list[s].benchmark = len(list[s].segments) >= leastSegments
		quartiles = quartiles || list[s].benchmark
		if list[s].benchmark || t.Goal > 0 {
			for _, x := range list[s].segments {
				worths = append(worths, x.Worth)
			}
		}
	}
	if len(worths) == 0 || !quartiles && t.Goal == 0 {
		g.Why = WhyFew
		if blind {
			g.Why = WhyBlind
		}
		return g
	}
	g.GoalOnly = !quartiles
	slices.Sort(worths)
	if rho := moments(list); rho > 0 {
		g.M = 1/rho - 1
	}
	c.draw(&g, list, t, o, scratch)
	c.stable(&g, t, a, attribute)
	switch {
	case percentile(worths, .5) < leastWorth:
		g.Why = WhyThin
	case g.M > 0 && g.M < leastM && !g.GoalOnly:
		g.Why = WhyDifferent
	default:
		g.Shown = true
	}
	return g
}

// find makes the segments of a stratum that are large enough, in an order that does not depend on their numbers.
func (s *stratumOf) find(t *tally, stratum int, a *Attribute, o *Options, scratch *scratch) {
	s.segments = s.segments[:0]
	cells := scratch.cells[:0]
	for l := 1; l < t.levels; l++ {
		if cell := t.cell(stratum, l); int(t.n[cell]) >= o.minSegment() {
			cells = append(cells, cell)
		}
	}
	scratch.cells = cells
	if len(cells) == 0 {
		return
	}
	all := t.paceOf(cells, &scratch.pace)
	s.pooled = all.F()
	for _, cell := range cells {
		curve, followed := t.curve(cell)
		if !followed {
			continue
		}
		l := cell - stratum*t.levels
		s.segments = append(s.segments, Segment{
			Level: a.Levels[l], level: l, Stratum: stratum, N: int(t.n[cell]),
			Rate: curve.F(), Worth: max(1, t.worth(cell, &scratch.pace, s.pooled)),
		})
	}
	slices.SortFunc(s.segments, func(a, b Segment) int {
		return cmp.Or(cmp.Compare(a.N, b.N), cmp.Compare(a.Rate, b.Rate), cmp.Compare(a.Worth, b.Worth))
	})
	var hits, n float64
	for _, x := range s.segments {
		hits, n = hits+x.Rate*x.Worth, n+x.Worth
	}
	if n > 0 {
		s.pooled = hits / n
	}
}

// moments is ρ by the weighted method of moments (Kleinman 1973), strata together: the sum of squares that chance
// alone gives is taken off. ρ = 1/(M+1) is the correlation of two people of one segment.
func moments(list []stratumOf) float64 {
	var squares, chance, per float64
	for i := range list {
		s := &list[i]
		v := s.pooled * (1 - s.pooled)
		if v <= 0 || len(s.segments) < 2 {
			continue
		}
		n := 0.0
		for _, x := range s.segments {
			n += x.Worth
		}
		for _, x := range s.segments {
			squares += x.Worth * (x.Rate - s.pooled) * (x.Rate - s.pooled) / v
			chance += 1 - x.Worth/n
			per += (1 - x.Worth/n) * (x.Worth - 1)
		}
	}
	if per <= 0 {
		return 0
	}
	return min(.99, max(0, (squares-chance)/per))
}

// draw draws, as often as asked, each segment's share, how many come, and how many of those who go on come to the
// result, and reckons the gain of each draw anew, benchmark and all. See docs/adr/0038.
func (c *Cohort) draw(g *Gain, list []stratumOf, t *Transition, o *Options, scratch *scratch) {
	r := rand.New(rand.NewPCG(o.Seed, 0x6c65766572616765))
	draws := o.draws()
	scratch.totals = zeroFloats(scratch.totals, draws)
	scratch.same = zeroFloats(scratch.same, draws)
	scale := t.ahead() / float64(t.Window)
	used := 0
	for s := range list {
		if len(list[s].segments) == 0 || !list[s].benchmark && t.Goal == 0 {
			continue
		}
		used += len(list[s].segments)
		var held Interval
		for by := range shapes {
			clear(scratch.totals)
			list[s].draw(r, by, scale, t, o, scratch)
			for _, x := range scratch.totals {
				g.Gain.Value += x / float64(draws*int(shapes))
			}
			slices.Sort(scratch.totals)
			held.hold(scratch.totals, by == 0)
		}
		// What is wrong with a belief is wrong with it in every stratum: ends are added, as if all erred together.
		g.Gain.Lo80, g.Gain.Hi80 = g.Gain.Lo80+held.Lo80, g.Gain.Hi80+held.Hi80
		g.Gain.Lo95, g.Gain.Hi95 = g.Gain.Lo95+held.Lo95, g.Gain.Hi95+held.Hi95
	}
	for _, x := range scratch.same {
		if x == 0 {
			g.Chance += 1 / float64(draws)
		}
	}
	g.Rank = g.Gain.Lo80
	g.Half = Interval{g.Gain.Value / 2, g.Gain.Lo80 / 2, g.Gain.Hi80 / 2, g.Gain.Lo95 / 2, g.Gain.Hi95 / 2}
	g.Segments = make([]Segment, 0, used)
	for s := range list {
		if list[s].benchmark || t.Goal > 0 {
			g.Segments = append(g.Segments, list[s].segments...)
		}
	}
	slices.SortStableFunc(g.Segments, func(a, b Segment) int {
		return cmp.Or(cmp.Compare(b.Gain, a.Gain), cmp.Compare(b.N, a.N), cmp.Compare(a.Rate, b.Rate), cmp.Compare(a.Level, b.Level))
	})
}

// periods are how many a window is cut into to see whether what is so now was so before.
const periods = 4

// stable marks segments that were on the same side of the others of their stratum in the three last periods, by those who
// came a horizon ago or longer.
func (c *Cohort) stable(g *Gain, t *Transition, a int, attribute *Attribute) {
	levels, strata := len(attribute.Levels), c.strata()
	length := (t.Window - t.Horizon) / periods
	if length < 1 {
		return
	}
	n := make([][2]int32, periods*strata*levels)
	all := make([][2]int32, periods*strata)
	for i, e := range c.Entered {
		ok, hit := c.fair(i, t.Horizon)
		back := (c.Now - t.Horizon - e) / length
		level, _ := c.level(a, i)
		if !ok || level == 0 || back < 0 || back >= periods {
			continue
		}
		at := int(back)*strata + c.stratum(i)
		for _, x := range []*[2]int32{&n[at*levels+level], &all[at]} {
			x[0]++
			if hit {
				x[1]++
			}
		}
	}
	for j := range g.Segments {
		x := &g.Segments[j]
		sides := 0
		for back := range 3 {
			at := back*strata + x.Stratum
			own, whole := n[at*levels+x.level], all[at]
			others := [2]int32{whole[0] - own[0], whole[1] - own[1]}
			if own[0] > 0 && others[0] > 0 {
				sides += cmp.Compare(int64(own[1])*int64(others[0]), int64(others[1])*int64(own[0]))
			}
		}
		x.Stable = sides == 3 || sides == -3
	}
}

// hold makes the interval hold what ordered draws do.
func (i *Interval) hold(ordered []float64, first bool) {
	for _, x := range []struct {
		lo, hi *float64
		out    float64
	}{{&i.Lo80, &i.Hi80, out80}, {&i.Lo95, &i.Hi95, out95}} {
		lo, hi := percentile(ordered, x.out), percentile(ordered, 1-x.out)
		if first || lo < *x.lo {
			*x.lo = lo
		}
		if first || hi > *x.hi {
			*x.hi = hi
		}
	}
}

func zeroFloats(of []float64, n int) []float64 {
	if cap(of) < n {
		return make([]float64, n)
	}
	of = of[:n]
	clear(of)
	return of
}

// draw adds a stratum's draws to the totals, and means of its parts to its segments.
func (s *stratumOf) draw(r *rand.Rand, by shape, scale float64, t *Transition, o *Options, scratch *scratch) {
	m := &scratch.mixture
	m.start(s.segments, by)
	for range settle {
		m.sweep(r)
	}
	share := 1 / float64(len(scratch.totals)*int(shapes))
	for d := range scratch.totals {
		m.sweep(r)
		if by == few && len(m.values) > 1 {
			scratch.same[d] = 1
		}
		reach := 1.0
		if s.reached+s.missed > 0 {
			reach = beta(r, s.reached+.5, s.missed+.5)
		}
		drawn := scratch.drawn[:0]
		for j, x := range s.segments {
			drawn = append(drawn, weighted{m.drawn[j], gamma(r, float64(x.N)+.5)})
		}
		scratch.ordered = append(scratch.ordered[:0], drawn...)
		scratch.drawn = drawn
		benchmark := t.Goal
		if s.benchmark {
			benchmark = quartile(scratch.ordered)
			if t.Goal > 0 {
				benchmark = min(benchmark, t.Goal)
			}
		}
		for j, x := range drawn {
			gap := min(o.limit(), max(0, benchmark-x.value))
			gain := x.weight * scale * gap * reach * t.value()
			scratch.totals[d] += gain
			g := &s.segments[j]
			g.Shrunk, g.Benchmark, g.Gap = g.Shrunk+share*x.value, g.Benchmark+share*benchmark, g.Gap+share*gap
			g.Expected, g.Reach, g.Gain = g.Expected+share*x.weight*scale, g.Reach+share*reach, g.Gain+share*gain
		}
	}
}

// scratch is room that is used again.
type scratch struct {
	tally   tally
	pace    pace
	cells   []int
	totals  []float64
	same    []float64 // 0 in draws in which no segments of any stratum differ
	mixture mixture
	drawn   []weighted
	ordered []weighted
	strata  []stratumOf
	results tally
	reach   [][2]float64 // by stratum, reckoned once a cohort
}

// strataOf are the strata with what is known of their results.
func (s *scratch) strataOf(c *Cohort, t *Transition, strata int) []stratumOf {
	for len(s.strata) < strata {
		s.strata = append(s.strata, stratumOf{})
	}
	list := s.strata[:strata]
	for i := range list {
		list[i].reached, list[i].missed, list[i].blind = 0, 0, false
		if c.Result != nil {
			list[i].reached, list[i].missed = s.reach[i][0], s.reach[i][1]
			list[i].blind = list[i].reached+list[i].missed < leastWorth
		}
	}
	return list
}

// reachOf finds for each stratum how many of those who went on come to the result within its days, as counts of
// people who would say as much.
func (s *scratch) reachOf(c *Cohort, t *Transition, strata int) {
	s.reach = make([][2]float64, strata)
	if c.Result == nil {
		return
	}
	within := t.resultWithin()
	tally := &s.results
	tally.reset(strata, 1, within)
	for i, at := range c.ResultAt {
		if c.Outcome[i] != Converted {
			continue
		}
		cell := c.stratum(i)
		tally.n[cell]++
		waited := at - c.Ended[i]
		if waited > within {
			tally.beyond[cell]++
			continue
		}
		switch j := cell*tally.days + int(waited); c.Result[i] {
		case Reached:
			tally.events[j]++
		case Missed:
			tally.exits[j]++
		case NotYet:
			tally.ends[j]++
		}
	}
	for cell := range s.reach {
		curve, followed := tally.curve(cell)
		if !followed {
			continue
		}
		var p pace
		tally.paceOf([]int{cell}, &p)
		n := 0.0
		if tally.n[cell] > 0 {
			n = tally.worth(cell, &p, curve.F())
		}
		s.reach[cell] = [2]float64{n * curve.F(), n * (1 - curve.F())}
	}
}
