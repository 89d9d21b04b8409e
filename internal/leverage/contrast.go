package leverage

import (
	"math"

	"attune/internal/estimate"
)

// Contrast is by what people differ in how many go on, or how soon. It was observed, and says not why.
type Contrast struct {
	// At is the transition's place.
	At        int    `json:"at"`
	Attribute string `json:"attribute"`
	Level     string `json:"level"`
	// And is a second attribute and its level, where the contrast is of people of both.
	And      string `json:"and,omitempty"`
	AndLevel string `json:"and_level,omitempty"`
	// Of N with the level, Hits went on within the horizon, and OtherHits of all Others whose level is known. Only
	// those who came a horizon ago or longer are counted: of them it is known.
	N         int `json:"n"`
	Hits      int `json:"hits"`
	Others    int `json:"others"`
	OtherHits int `json:"other_hits"`
	// Difference is of the shares, with Newcombe's interval. P is Test's, and Q the same among everything that
	// was tested in this refresh.
	Difference estimate.Share `json:"difference"`
	P          float64        `json:"p"`
	Q          float64        `json:"q"`
	Test       string         `json:"test"`
	// TimeP and TimeQ are of how soon people go on, everybody counted as far as they were followed.
	TimeP    float64 `json:"time_p"`
	TimeQ    float64 `json:"time_q"`
	TimeTest string  `json:"time_test,omitempty"`
	// Wait and OtherWait are the days by which half have gone on; missing where so many never did.
	Wait      *int `json:"wait,omitempty"`
	OtherWait *int `json:"other_wait,omitempty"`
	// Days is by how many days later half of the people have gone on than half of the others, both with the case mix of all; missing where so
	// many of either do not go on within the horizon, or it is not certain when they do.
	Days *estimate.Share `json:"days,omitempty"`
	// Adjusted is the difference within strata of the case mix, AdjustedQ its false discovery rate among all that were adjusted in this refresh,
	// and StillDiffers that this is small: what was listed for its case mix alone is not said to differ after it.
	Adjusted     *estimate.Share `json:"adjusted,omitempty"`
	AdjustedQ    float64         `json:"adjusted_q,omitempty"`
	StillDiffers bool            `json:"still_differs,omitempty"`
	// AdjustedTimeP is TimeP's within strata, AdjustedTimeQ its false discovery rate in the same family as AdjustedQ, and StillLater that this is small.
	AdjustedTimeP float64 `json:"adjusted_time_p,omitempty"`
	AdjustedTimeQ float64 `json:"adjusted_time_q,omitempty"`
	StillLater    bool    `json:"still_later,omitempty"`
	Fairness      bool    `json:"fairness,omitempty"`
	Sentence      string  `json:"sentence"`

	timed     bool    // the time was tested
	few       bool    // a count is smaller than the smallest cell
	other     string  // the level of all others, where there are two only
	caseMix   bool    // it is by what makes cases different from the beginning
	least     float64 // by so many days waits have to differ
	adjustedP float64
	place     int // the attribute, or the pair of them: what is told is where, and by what
}

// What is listed has to matter, too.
const (
	leastDifference = .05
	leastQ          = .05
	leastDays       = 7
	leastOfTarget   = .25 // or that share of the days that one may wait, where that is less
)

// listed tells whether a contrast is to be shown: as it was observed. What it is after case mix is said of what is shown; to list that by
// itself too would be a second chance for every false find.
func (c *Contrast) listed() bool {
	if c.few {
		return false
	}
	if c.Q <= leastQ && math.Abs(c.Difference.Value) >= leastDifference {
		return true
	}
	// As many may go on in the end, and some much later.
	return c.TimeQ <= leastQ && c.Wait != nil && c.OtherWait != nil && math.Abs(float64(*c.Wait-*c.OtherWait)) >= c.least
}

// contrasts holds each level of a counted attribute against all other known ones. Of an attribute with two levels
// it is one contrast, told of the level that does worse.
func (t *tally) contrasts(at, place int, a *Attribute, strata int, target int32, o *Options, list []Contrast) []Contrast {
	present := make([]int, 0, t.levels)
	var all, allHits int
	for l := 1; l < t.levels; l++ {
		if n, hits := t.fairOf(strata, l); n > 0 {
			present, all, allHits = append(present, l), all+n, allHits+hits
		}
	}
	exits := false
	for _, x := range t.exits {
		exits = exits || x > 0
	}
	other := ""
	if len(present) == 2 {
		n0, h0 := t.fairOf(strata, present[0])
		n1, h1 := t.fairOf(strata, present[1])
		if h0*n1 > h1*n0 {
			present[0], present[1] = present[1], present[0]
		}
		other = a.Levels[present[1]]
		present = present[:1]
	}
	totals := make([][]estimate.Instant, strata)
	for s := range totals {
		totals[s] = make([]estimate.Instant, t.days)
		for l := 1; l < t.levels; l++ {
			t.add(s, l, totals[s], 1, 1)
		}
	}
	least := float64(leastDays)
	if target > 0 {
		least = min(least, leastOfTarget*float64(target))
	}
	test, name := estimate.LogRank, "log-rank"
	if exits {
		test, name = estimate.Gray, "Gray"
	}
	for _, l := range present {
		n, hits := t.fairOf(strata, l)
		if n < o.minSegment() || all-n < o.minSegment() {
			continue
		}
		c := Contrast{At: at, Attribute: a.Name, Level: a.Levels[l], Fairness: a.Fairness, N: n, Hits: hits, Others: all - n, OtherHits: allHits - hits, timed: true, other: other, caseMix: a.CaseMix, place: place, least: least}
		c.compare(o)
		within := t.within(l, totals)
		together := sum(within)
		c.TimeTest, c.TimeP = name, test(together)
		c.Wait, c.OtherWait = median(together, 0), median(together, 1)
		if strata > 1 && !a.CaseMix {
			tables := make([]estimate.TwoByTwo, strata)
			for s := range strata {
				for other := 1; other < t.levels; other++ {
					cell := t.cell(s, other)
					n, hits := int(t.fairN[cell]), int(t.fairX[cell])
					if other == l {
						tables[s].N, tables[s].Hits = n, hits
					} else {
						tables[s].Others, tables[s].OtherHits = tables[s].Others+n, tables[s].OtherHits+hits
					}
				}
			}
			c.adjust(tables)
			c.AdjustedTimeP = test(within...)
			c.Days = later(within)
		} else {
			c.Days = later([][]estimate.Instant{together})
		}
		list = append(list, c)
	}
	return list
}

// compare reckons the difference from the counts.
func (c *Contrast) compare(o *Options) {
	c.Difference = estimate.Newcombe(float64(c.Hits), float64(c.N), float64(c.OtherHits), float64(c.Others), .95)
	table := estimate.TwoByTwo{Hits: c.Hits, N: c.N, OtherHits: c.OtherHits, Others: c.Others}
	c.Test, c.P = "χ²", table.P()
	if table.Expected() < 5 {
		c.Test = "Fisher"
	}
	least := o.minCell()
	c.few = min(c.Hits, c.N-c.Hits, c.OtherHits, c.Others-c.OtherHits) < least
}

// adjust holds people against others of the same stratum.
func (c *Contrast) adjust(tables []estimate.TwoByTwo) {
	d := estimate.MantelHaenszel(tables, .95)
	if d.Value != d.Value { // nobody to compare with
		return
	}
	c.Adjusted, c.adjustedP = &d, estimate.MantelHaenszelP(tables)
}

// stillDiffers says of which contrasts that they differ after case mix, in how many go on or in how soon. They are tested apart from what was
// only observed: those that case mix sets apart come to this test more often than by chance, and one in twenty would be said of them each.
func stillDiffers(all []Contrast) {
	var tests family
	for i := range all {
		c := &all[i]
		if c.Adjusted == nil {
			continue
		}
		tests.add(c, c.adjustedP, &c.AdjustedQ)
		if c.timed {
			tests.add(c, c.AdjustedTimeP, &c.AdjustedTimeQ)
		}
	}
	tests.ask()
	for i := range all {
		if c := &all[i]; c.Adjusted != nil {
			c.StillDiffers = c.AdjustedQ <= leastQ
			c.StillLater = c.timed && c.AdjustedTimeQ <= leastQ
		}
	}
}

// family are tests that are asked together. What is told of them is a place: a transition, and an attribute or two of them. So the false
// discovery rate is that of places, and within those named that of levels. Of many tests in one family those that are true of one place would
// make room for false ones elsewhere.
type family struct {
	p     []float64
	place []int
	q     []*float64
}

func (f *family) add(c *Contrast, p float64, q *float64) {
	f.p, f.place, f.q = append(f.p, p), append(f.place, c.At*mostPlaces+c.place), append(f.q, q)
}

func (f *family) ask() {
	for i, q := range estimate.FalseDiscoveryByFamily(f.p, f.place) {
		*f.q[i] = q
	}
}

// mostPlaces bounds the attributes and pairs of one transition.
const mostPlaces = 1 << 20

// fairOf sums a level's comparable people over strata.
func (t *tally) fairOf(strata, level int) (n, hits int) {
	for s := range strata {
		cell := t.cell(s, level)
		n, hits = n+int(t.fairN[cell]), hits+int(t.fairX[cell])
	}
	return n, hits
}

// add adds a cell's people to one of the two places, times sign.
func (t *tally) add(stratum, level int, to []estimate.Instant, place, sign int) {
	cell := t.cell(stratum, level)
	at := int(t.n[cell])
	if at == 0 {
		return
	}
	for d := range to {
		i := cell*t.days + d
		e, x := int(t.events[i]), int(t.exits[i])
		to[d].AtRisk[place] += sign * at
		to[d].Events[place] += sign * e
		to[d].Others[place] += sign * x
		at -= e + x + int(t.ends[i])
	}
}

// within are the level against all others by day, in each stratum that anybody is of.
func (t *tally) within(level int, totals [][]estimate.Instant) [][]estimate.Instant {
	var out [][]estimate.Instant
	for s, total := range totals {
		if total[0].AtRisk[1] == 0 {
			continue
		}
		one := append([]estimate.Instant(nil), total...)
		t.add(s, level, one, 0, 1)
		t.add(s, level, one, 1, -1)
		out = append(out, one)
	}
	return out
}

// sum puts strata together.
func sum(strata [][]estimate.Instant) []estimate.Instant {
	if len(strata) == 1 {
		return strata[0]
	}
	out := make([]estimate.Instant, len(strata[0]))
	for _, one := range strata {
		for d := range one {
			for k := range 2 {
				out[d].AtRisk[k] += one[d].AtRisk[k]
				out[d].Events[k] += one[d].Events[k]
				out[d].Others[k] += one[d].Others[k]
			}
		}
	}
	return out
}

// later is by how many days later half of a group have gone on, both groups with the case mix of all who can be compared. The interval of each
// day is where that of the incidence holds one half (Brookmeyer and Crowley 1982), and the difference goes as far as the two do, as
// Newcombe's of shares.
func later(strata [][]estimate.Instant) *estimate.Share {
	total := 0
	for _, one := range strata {
		if n := one[0].AtRisk; n[0] > 0 && n[1] > 0 {
			total += n[0] + n[1]
		}
	}
	if total == 0 {
		return nil
	}
	var day [2]estimate.Share
	for group := range 2 {
		found := [3]bool{}
		curves := make([]estimate.Curve, len(strata))
		for d := range strata[0] {
			f, v := 0.0, 0.0
			for s, one := range strata {
				n := one[0].AtRisk
				if n[0] == 0 || n[1] == 0 {
					continue
				}
				if e, x := one[d].Events[group], one[d].Others[group]; e+x > 0 {
					curves[s].Step(float64(one[d].AtRisk[group]), float64(e), float64(x))
				}
				weight := float64(n[0]+n[1]) / float64(total)
				f += weight * curves[s].F()
				v += weight * weight * curves[s].StdErr() * curves[s].StdErr()
			}
			reach := 1.959964 * math.Sqrt(v)
			for k, is := range [3]bool{f+reach >= .5 && f > 0, f >= .5-1e-12, f-reach >= .5} {
				if is && !found[k] {
					found[k] = true
					*[3]*float64{&day[group].Lo, &day[group].Value, &day[group].Hi}[k] = float64(d)
				}
			}
			if found[2] {
				break
			}
		}
		if !found[2] {
			return nil
		}
	}
	a, b := day[0], day[1]
	d := a.Value - b.Value
	return &estimate.Share{Value: d, Lo: d - math.Hypot(a.Value-a.Lo, b.Hi-b.Value), Hi: d + math.Hypot(a.Hi-a.Value, b.Value-b.Lo)}
}

// median is the day by which half of a group have gone on.
func median(instants []estimate.Instant, group int) *int {
	var c estimate.Curve
	for day, at := range instants {
		if e, x := at.Events[group], at.Others[group]; e+x > 0 {
			c.Step(float64(at.AtRisk[group]), float64(e), float64(x))
		}
		if c.F() >= .5-1e-12 {
			return new(day)
		}
	}
	return nil
}

// pairs are contrasts of people who have a level of each of two attributes.
func (c *Cohort) pairs(at int, t *Transition, attributes []Attribute, late []bool, strata int, o *Options, list []Contrast) []Contrast {
	for a := range attributes {
		for b := a + 1; b < len(attributes); b++ {
			x, y := &attributes[a], &attributes[b]
			if late[a] || late[b] || len(x.Levels)*len(y.Levels) > 1<<16 {
				continue
			}
			width := len(y.Levels)
			counts := make([][2]int32, strata*len(x.Levels)*width)
			for i := range c.Entered {
				if ok, hit := c.fair(i, t.Horizon); ok {
					l, _ := c.level(a, i)
					m, _ := c.level(b, i)
					n := &counts[(c.stratum(i)*len(x.Levels)+l)*width+m]
					n[0]++
					if hit {
						n[1]++
					}
				}
			}
			list = pairsOf(at, len(attributes)*(1+a)+b, x, y, counts, strata, o, list)
		}
	}
	return list
}

func pairsOf(at, place int, x, y *Attribute, counts [][2]int32, strata int, o *Options, list []Contrast) []Contrast {
	width, size := len(y.Levels), len(x.Levels)*len(y.Levels)
	all := make([][2]int, strata)
	var n, hits int
	for s := range strata {
		for l := 1; l < len(x.Levels); l++ {
			for m := 1; m < width; m++ {
				cell := counts[s*size+l*width+m]
				all[s][0], all[s][1] = all[s][0]+int(cell[0]), all[s][1]+int(cell[1])
			}
		}
		n, hits = n+all[s][0], hits+all[s][1]
	}
	for l := 1; l < len(x.Levels); l++ {
		for m := 1; m < width; m++ {
			c := Contrast{At: at, Attribute: x.Name, Level: x.Levels[l], And: y.Name, AndLevel: y.Levels[m], Fairness: x.Fairness || y.Fairness, TimeP: 1, caseMix: x.CaseMix && y.CaseMix, place: place}
			tables := make([]estimate.TwoByTwo, strata)
			for s := range strata {
				cell := counts[s*size+l*width+m]
				c.N, c.Hits = c.N+int(cell[0]), c.Hits+int(cell[1])
				tables[s] = estimate.TwoByTwo{Hits: int(cell[1]), N: int(cell[0]), OtherHits: all[s][1] - int(cell[1]), Others: all[s][0] - int(cell[0])}
			}
			if c.Others, c.OtherHits = n-c.N, hits-c.Hits; c.N < o.minSegment() || c.Others < o.minSegment() {
				continue
			}
			c.compare(o)
			if strata > 1 && !x.CaseMix && !y.CaseMix {
				c.adjust(tables)
			}
			list = append(list, c)
		}
	}
	return list
}

// found asks of all contrasts of a refresh at once which are listed. Of people of two levels only that is said
// which goes five points beyond what is said of each level alone.
func found(all []Contrast) (list, fairness []Contrast, tested, withheld int) {
	stillDiffers(all)
	// That cases differ by what makes them different is known, so that it makes no room for anything else.
	var mix, others family
	for i := range all {
		c, tests := &all[i], &others
		if c.caseMix {
			tests = &mix
		}
		tests.add(c, c.P, &c.Q)
		if c.TimeQ = 1; c.timed {
			tests.add(c, c.TimeP, &c.TimeQ)
		}
	}
	mix.ask()
	others.ask()
	tested = len(mix.p) + len(others.p)
	type single struct {
		at               int
		attribute, level string
	}
	alone := map[single]float64{}
	for i := range all {
		c := &all[i]
		if c.timed {
			alone[single{c.At, c.Attribute, c.Level}] = c.Difference.Value
			if c.other != "" {
				alone[single{c.At, c.Attribute, c.other}] = -c.Difference.Value
			}
		}
	}
	for i := range all {
		c := &all[i]
		if c.few && (c.Q <= leastQ || c.TimeQ <= leastQ) {
			withheld++
		}
		if !c.listed() {
			continue
		}
		if c.And != "" {
			d := c.Difference.Value
			one, two := alone[single{c.At, c.Attribute, c.Level}], alone[single{c.At, c.And, c.AndLevel}]
			if d < 0 {
				d, one, two = -d, -one, -two
			}
			if d < max(one, two)+leastDifference {
				continue
			}
		}
		if c.Fairness {
			fairness = append(fairness, *c)
		} else {
			list = append(list, *c)
		}
	}
	return list, fairness, tested, withheld
}
