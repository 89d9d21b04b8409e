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
	// Adjusted is the difference within strata of the case mix, AdjustedQ its false discovery rate among all that were adjusted in this refresh,
	// and StillDiffers that this is small: what was listed for its case mix alone is not said to differ after it.
	Adjusted     *estimate.Share `json:"adjusted,omitempty"`
	AdjustedQ    float64         `json:"adjusted_q,omitempty"`
	StillDiffers bool            `json:"still_differs,omitempty"`
	Fairness     bool            `json:"fairness,omitempty"`
	Sentence     string          `json:"sentence"`

	timed bool   // the time was tested
	few   bool   // a count is smaller than the smallest cell
	other string // the level of all others, where there are two only
}

// What is listed has to matter, too.
const (
	leastDifference = .05
	leastQ          = .05
)

// listed tells whether a contrast is to be shown.
func (c *Contrast) listed() bool {
	if c.few {
		return false
	}
	d := c.Difference.Value
	if c.Q <= leastQ && (d >= leastDifference || d <= -leastDifference) {
		return true
	}
	// As many may go on in the end, and some a week later.
	return c.timed && c.TimeQ <= leastQ && c.Wait != nil && c.OtherWait != nil && (*c.Wait-*c.OtherWait >= 7 || *c.OtherWait-*c.Wait >= 7)
}

// contrasts holds each level of a counted attribute against all other known ones. Of an attribute with two levels
// it is one contrast, told of the level that does worse.
func (t *tally) contrasts(at int, a *Attribute, strata int, o *Options, list []Contrast) []Contrast {
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
	var total []estimate.Instant
	for _, l := range present {
		n, hits := t.fairOf(strata, l)
		if n < o.minSegment() || all-n < o.minSegment() {
			continue
		}
		c := Contrast{At: at, Attribute: a.Name, Level: a.Levels[l], Fairness: a.Fairness, N: n, Hits: hits, Others: all - n, OtherHits: allHits - hits, timed: true, other: other}
		c.compare(o)
		if total == nil {
			total = t.everybody(strata)
		}
		instants := t.instants(strata, l, total)
		c.TimeTest = "log-rank"
		c.TimeP = 1
		if exits {
			c.TimeTest, c.TimeP = "Gray", estimate.Gray(instants)
		} else {
			c.TimeP = estimate.LogRank(instants)
		}
		c.Wait, c.OtherWait = median(instants, 0), median(instants, 1)
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
	c.Adjusted = &d
}

// stillDiffers says of which contrasts that they differ after case mix. They are one family, as the unadjusted ones are: those that case mix
// sets apart come to this test more often than by chance, and one in twenty would be said of them each.
func stillDiffers(all []Contrast) {
	var p []float64
	for i := range all {
		if d := all[i].Adjusted; d != nil {
			z := math.Inf(1)
			if wide := d.Hi - d.Lo; wide > 0 {
				z = math.Abs(d.Value) / (wide / (2 * 1.959964))
			}
			p = append(p, math.Erfc(z/math.Sqrt2))
		}
	}
	q, at := estimate.FalseDiscovery(p), 0
	for i := range all {
		if c := &all[i]; c.Adjusted != nil {
			c.AdjustedQ, at = q[at], at+1
			c.StillDiffers = c.AdjustedQ <= leastQ
		}
	}
}

// fairOf sums a level's comparable people over strata.
func (t *tally) fairOf(strata, level int) (n, hits int) {
	for s := range strata {
		cell := t.cell(s, level)
		n, hits = n+int(t.fairN[cell]), hits+int(t.fairX[cell])
	}
	return n, hits
}

// everybody counts all with a known level by day, in place 1.
func (t *tally) everybody(strata int) []estimate.Instant {
	out := make([]estimate.Instant, t.days)
	for l := 1; l < t.levels; l++ {
		t.add(strata, l, out, 1, 1)
	}
	return out
}

// add adds a level's people to one of the two places, times sign.
func (t *tally) add(strata, level int, to []estimate.Instant, place, sign int) {
	for s := range strata {
		cell := t.cell(s, level)
		at := int(t.n[cell])
		if at == 0 {
			continue
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
}

// instants are the level against all others, by day.
func (t *tally) instants(strata, level int, total []estimate.Instant) []estimate.Instant {
	out := append([]estimate.Instant(nil), total...)
	t.add(strata, level, out, 0, 1)
	t.add(strata, level, out, 1, -1)
	return out
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
			list = pairsOf(at, x, y, counts, strata, o, list)
		}
	}
	return list
}

func pairsOf(at int, x, y *Attribute, counts [][2]int32, strata int, o *Options, list []Contrast) []Contrast {
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
			c := Contrast{At: at, Attribute: x.Name, Level: x.Levels[l], And: y.Name, AndLevel: y.Levels[m], Fairness: x.Fairness || y.Fairness, TimeP: 1}
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
	var p []float64
	for i := range all {
		p = append(p, all[i].P)
		if all[i].timed {
			p = append(p, all[i].TimeP)
		}
	}
	q := estimate.FalseDiscovery(p)
	at := 0
	type single struct {
		at               int
		attribute, level string
	}
	alone := map[single]float64{}
	for i := range all {
		c := &all[i]
		c.Q, at = q[at], at+1
		c.TimeQ = 1
		if c.timed {
			c.TimeQ, at = q[at], at+1
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
	return list, fairness, len(p), withheld
}
