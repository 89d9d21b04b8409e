package leverage

import (
	"cmp"
	"fmt"
	"math"
	"runtime"
	"slices"
	"sync"

	"attune/internal/estimate"
)

// Case is one transition and who came into it.
type Case struct {
	Transition Transition
	Cohort     Cohort
}

// Incidents are critical incidents that people told of one moment: what made this hard, what made it easy?
type Incidents struct {
	// Moment is its name, and At the transition that it belongs to; -1 for none.
	Moment   string `json:"moment"`
	At       int    `json:"at"`
	Count    int    `json:"count"`
	Negative int    `json:"negative"`
}

// Question is all that Find is asked.
type Question struct {
	Cases      []Case
	Attributes []Attribute
	Incidents  []Incidents
	Layers     []Layer
	Options    Options
}

// TimeLoss is how many days people waited beyond the target: of all, or of one level of an attribute. It is never
// added to a gain.
type TimeLoss struct {
	At        int    `json:"at"`
	Attribute string `json:"attribute,omitempty"`
	Level     string `json:"level,omitempty"`
	N         int    `json:"n"`
	Late      int    `json:"late"`
	// Days are patient-days beyond the target for the days ahead, if people come and wait as they did.
	Days Interval `json:"days"`
}

// Voice is what people say of a moment: the share of incidents that were bad ones, with Wilson's interval.
type Voice struct {
	Incidents
	Share estimate.Share `json:"share"`
}

// Of is what was found of one transition.
type Of struct {
	Passage Passage `json:"passage"`
	// Gains are by attribute, those that may be shown first, by rank.
	Gains  []Gain     `json:"gains"`
	Losses []TimeLoss `json:"losses,omitempty"`
	Peaks  []Peak     `json:"peaks,omitempty"`
}

// Answer is everything a screen or a poster needs.
type Answer struct {
	// MinCell is the smallest cell that anything was said of.
	MinCell     int  `json:"min_cell"`
	Transitions []Of `json:"transitions"`
	// Contrasts were found among Tested tests; Withheld more would have been, of too few people. Fairness is
	// a list of its own, for those who watch over it.
	Contrasts []Contrast `json:"contrasts"`
	Fairness  []Contrast `json:"fairness"`
	Tested    int        `json:"tested"`
	Withheld  int        `json:"withheld"`
	// Losses are of all transitions, the largest lower end first.
	Losses []TimeLoss `json:"losses"`
	Voices []Voice    `json:"voices"`
	// Trials are what chance shows to have been changed or not, the largest difference first; TrialsWithheld are of too few people.
	Trials         []Trial `json:"trials"`
	TrialsWithheld int     `json:"trials_withheld"`
	Points         []Point `json:"points"`
}

// Find finds the moments that matter.
func Find(q *Question) (*Answer, error) {
	for i := range q.Cases {
		if err := q.Cases[i].Cohort.Check(&q.Cases[i].Transition, q.Attributes); err != nil {
			return nil, err
		}
	}
	for _, x := range q.Incidents {
		if x.Count < 0 || x.Negative < 0 || x.Negative > x.Count || x.At < -1 || x.At >= len(q.Cases) {
			return nil, fmt.Errorf("incidents of %q: %d of %d are negative, of transition %d; there are %d transitions", x.Moment, x.Negative, x.Count, x.At, len(q.Cases))
		}
	}
	for i := range q.Cases {
		if err := q.Cases[i].Cohort.checkParts(&q.Cases[i].Transition, q.Layers); err != nil {
			return nil, err
		}
	}
	a := &Answer{MinCell: q.Options.minCell(), Transitions: make([]Of, len(q.Cases))}
	contrasts := make([][]Contrast, len(q.Cases))
	// Each transition is by itself, so it does not matter who does which.
	next := make(chan int)
	var wait sync.WaitGroup
	for range min(len(q.Cases), runtime.GOMAXPROCS(0)) {
		wait.Go(func() {
			var s scratch
			for i := range next {
				a.Transitions[i], contrasts[i] = q.one(i, &s)
			}
		})
	}
	for i := range q.Cases {
		next <- i
	}
	close(next)
	wait.Wait()
	a.Contrasts, a.Fairness, a.Tested, a.Withheld = found(slices.Concat(contrasts...))
	for _, list := range [][]Contrast{a.Contrasts, a.Fairness} {
		for i := range list {
			list[i].Sentence = list[i].sentence(&q.Cases[list[i].At].Transition)
		}
		slices.SortStableFunc(list, func(x, y Contrast) int {
			return cmp.Or(cmp.Compare(math.Abs(y.Difference.Value), math.Abs(x.Difference.Value)), cmp.Compare(x.At, y.At), cmp.Compare(x.Attribute, y.Attribute), cmp.Compare(x.Level, y.Level))
		})
	}
	a.Trials, a.TrialsWithheld = q.trials()
	for i := range a.Transitions {
		a.Losses = append(a.Losses, a.Transitions[i].Losses...)
	}
	byLoss(a.Losses)
	for _, x := range q.Incidents {
		if x.Count >= a.MinCell {
			a.Voices = append(a.Voices, Voice{x, estimate.Wilson(float64(x.Negative), float64(x.Count), .95)})
		}
	}
	slices.SortStableFunc(a.Voices, func(x, y Voice) int {
		return cmp.Or(cmp.Compare(y.Share.Lo, x.Share.Lo), cmp.Compare(x.Moment, y.Moment))
	})
	a.Points = q.points(a)
	return a, nil
}

// one finds what there is to one transition.
func (q *Question) one(i int, s *scratch) (of Of, list []Contrast) {
	c, t, o := &q.Cases[i].Cohort, &q.Cases[i].Transition, &q.Options
	d := c.days()
	of.Passage = c.passage(t, d, o)
	if of.Passage.Withheld || of.Passage.Entered == 0 {
		for a := range q.Attributes {
			of.Gains = append(of.Gains, Gain{Attribute: q.Attributes[a].Name, Why: WhyNobody})
		}
		return of, nil
	}
	of.Peaks = d.peaks(len(c.Entered), o)
	strata := c.strata()
	s.reachOf(c, t, strata)
	if t.Target > 0 {
		of.Losses = append(of.Losses, c.loss(i, t, o))
	}
	late := make([]bool, len(q.Attributes))
	for a := range q.Attributes {
		attribute := &q.Attributes[a]
		s.tally.count(c, t.Horizon, strata, a, len(attribute.Levels))
		g := c.gain(t, a, attribute, o, s)
		of.Gains = append(of.Gains, g)
		if late[a] = s.tally.tooLate(); late[a] {
			continue
		}
		list = s.tally.contrasts(i, a, attribute, strata, t.Target, o, list)
		if t.Target > 0 && !attribute.Fairness {
			of.Losses = c.losses(i, t, a, attribute, o, of.Losses)
		}
	}
	slices.SortStableFunc(of.Gains, func(x, y Gain) int {
		if x.Shown != y.Shown {
			if x.Shown {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(y.Rank, x.Rank), cmp.Compare(y.Gain.Value, x.Gain.Value), cmp.Compare(x.Attribute, y.Attribute))
	})
	byLoss(of.Losses)
	if o.Depth == 2 {
		list = c.pairs(i, t, q.Attributes, late, strata, o, list)
	}
	return of, list
}

func byLoss(list []TimeLoss) {
	slices.SortStableFunc(list, func(x, y TimeLoss) int {
		return cmp.Or(cmp.Compare(y.Days.Lo80, x.Days.Lo80), cmp.Compare(x.At, y.At), cmp.Compare(x.Attribute, y.Attribute), cmp.Compare(x.Level, y.Level))
	})
}

// over is a sum of days beyond the target.
type over struct {
	n, late      int
	days, square float64
}

func (o *over) add(days int32) {
	o.n++
	if days > 0 {
		x := float64(days)
		o.late, o.days, o.square = o.late+1, o.days+x, o.square+x*x
	}
}

// shown tells that neither those who are late nor the others are fewer than the smallest cell; all may be late.
func (o *over) shown(by *Options) bool {
	return o.late >= by.minCell() && (o.late == o.n || o.n-o.late >= by.minCell())
}

// interval takes people as coming by chance, each with the days of one of those who came: the variance of such a
// sum is the sum of squares.
func (o *over) interval(scale float64) Interval {
	se := math.Sqrt(o.square)
	end := func(level, sign float64) float64 { return scale * max(0, o.days+sign*estimate.Z(level)*se) }
	return Interval{scale * o.days, end(.8, -1), end(.8, 1), end(.95, -1), end(.95, 1)}
}

func (c *Cohort) loss(at int, t *Transition, o *Options) TimeLoss {
	var sum over
	for i, e := range c.Entered {
		sum.add(c.Ended[i] - e - t.Target)
	}
	l := TimeLoss{At: at, N: sum.n}
	if sum.shown(o) {
		l.Late, l.Days = sum.late, sum.interval(t.ahead()/float64(t.Window))
	}
	return l
}

// losses adds those of an attribute's levels, where enough are late.
func (c *Cohort) losses(at int, t *Transition, a int, attribute *Attribute, o *Options, list []TimeLoss) []TimeLoss {
	sums := make([]over, len(attribute.Levels))
	for i, e := range c.Entered {
		l, _ := c.level(a, i)
		sums[l].add(c.Ended[i] - e - t.Target)
	}
	for l := 1; l < len(sums); l++ {
		if x := &sums[l]; x.shown(o) && x.n >= o.minSegment() {
			list = append(list, TimeLoss{At: at, Attribute: attribute.Name, Level: attribute.Levels[l], N: x.n, Late: x.late, Days: x.interval(t.ahead() / float64(t.Window))})
		}
	}
	return list
}
