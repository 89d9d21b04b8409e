package leverage

import (
	"fmt"
)

// Outcome is what became of somebody who came into a phase.
type Outcome uint8

// Who waits may still go on; who left never does in this episode.
const (
	Waiting Outcome = iota
	Converted
	Exited
)

// Result is whether somebody who went on reached what the map is for.
type Result uint8

// Who is not there yet may still come; who missed it never does.
const (
	NotYet Result = iota
	Reached
	Missed
)

// Attribute is something a person is or has, by which segments are made.
type Attribute struct {
	Name string `json:"name"`
	// Levels are names by number; number 0 is what is not known, whatever it is called.
	Levels []string `json:"levels"`
	// CaseMix tells that it makes cases different from the beginning: it is what strata are made of, and nobody is
	// held against another of its levels.
	CaseMix bool `json:"case_mix,omitempty"`
	// Fairness tells that what differs by it goes into a list of its own, and that no gain is reckoned by it.
	Fairness bool `json:"fairness,omitempty"`
}

// Cohort is everybody who came into a phase within a window, in columns; row i of every column is the same
// episode. Days are counted from any one day.
type Cohort struct {
	// Now is the day up to which everything is known.
	Now     int32
	Entered []int32
	// Ended is when they went on or left, and until when they were seen where they wait.
	Ended   []int32
	Outcome []Outcome
	// Stratum is the case mix, from 0; nil is one stratum.
	Stratum []uint16
	// Level is for each attribute and row the level.
	Level [][]uint16
	// Known is for each attribute and row the day since which the level is known; nil for an attribute
	// that was known before. What became known after somebody came in counts as not known.
	Known [][]int32
	// Part is for each layer and row the part that was drawn before they came in, from 1; 0 for none.
	Part [][]uint8
	// Result is what became of those who went on, and ResultAt the day of it, or until when they were seen. Both are
	// nil where going on is what the map is for.
	Result   []Result
	ResultAt []int32
}

// Transition is the way from one phase to the next.
type Transition struct {
	From string `json:"from"`
	To   string `json:"to"`
	// Horizon is within how many days somebody should have gone on to count as having done so.
	Horizon int32 `json:"horizon"`
	// Target is how many days one may wait; 0 where nobody said.
	Target int32 `json:"target,omitempty"`
	// Window is of how many days the cohort is; Ahead for how many days the gain is told, 365 if 0.
	Window int32 `json:"window"`
	Ahead  int32 `json:"ahead,omitempty"`
	// Lost is after how many days of waiting somebody is presumed lost; 0 for the longer of the horizon and what
	// 95 % of those who went on waited.
	Lost int32 `json:"lost,omitempty"`
	// ResultWithin is within how many days of going on the result should be there; the horizon if 0.
	ResultWithin int32 `json:"result_within,omitempty"`
	// Value is what one result is worth, in whatever unit; 1 if 0. Goal is the share that the team wants to
	// go on within the horizon; 0 for none.
	Value float64 `json:"value,omitempty"`
	Goal  float64 `json:"goal,omitempty"`
	// Outcomes are results in the plural, as sentences have them: "diagnoses".
	Outcomes string `json:"outcomes,omitempty"`
}

// Options are what a team may choose. The zero value works.
type Options struct {
	Seed uint64
	// MinCell is the fewest people anything is said of: 11 if 0, and never below 5.
	MinCell int
	// MinSegment is the fewest people of a segment that others are held against: 20 if 0.
	MinSegment int
	// Cap is the most that a share is thought to change: 0.10 if 0.
	Cap float64
	// Draws are how many times everything uncertain is drawn: 1,000 if 0.
	Draws int
	// Depth is by how many attributes at once contrasts are made: 1 or 2; 1 if 0.
	Depth int
}

// SmallestCell is the fewest people anything is said of, unless a team chooses otherwise: as the CMS and PCORnet have it.
const SmallestCell = 11

func (o Options) minCell() int {
	if o.MinCell == 0 {
		return SmallestCell
	}
	return max(5, o.MinCell)
}

func (o Options) minSegment() int {
	if o.MinSegment == 0 {
		return max(20, o.minCell())
	}
	return max(o.MinSegment, o.minCell())
}

func (o Options) limit() float64 {
	if o.Cap == 0 {
		return .10
	}
	return o.Cap
}

func (o Options) draws() int {
	if o.Draws == 0 {
		return 1000
	}
	return o.Draws
}

func (t *Transition) ahead() float64 {
	if t.Ahead == 0 {
		return 365
	}
	return float64(t.Ahead)
}

func (t *Transition) value() float64 {
	if t.Value == 0 {
		return 1
	}
	return t.Value
}

func (t *Transition) resultWithin() int32 {
	if t.ResultWithin == 0 {
		return t.Horizon
	}
	return t.ResultWithin
}

// LongestWait is the longest stay that is counted, in days: a hundred years are an error.
const LongestWait = 36500

// Check says what is wrong with the columns, by name and row.
func (c *Cohort) Check(t *Transition, attributes []Attribute) error {
	n := len(c.Entered)
	switch {
	case t.Horizon < 1 || t.Horizon > LongestWait:
		return fmt.Errorf("%s → %s: the horizon is %d days; give 1 to %d", t.From, t.To, t.Horizon, LongestWait)
	case t.Window < 1:
		return fmt.Errorf("%s → %s: the window is %d days; say how many days the cohort is of", t.From, t.To, t.Window)
	case t.Goal < 0 || t.Goal > 1:
		return fmt.Errorf("%s → %s: the goal is %v; give a share from 0 to 1", t.From, t.To, t.Goal)
	case t.Target < 0 || t.Lost < 0 || t.Ahead < 0 || t.ResultWithin < 0 || t.ResultWithin > LongestWait || t.Value < 0:
		return fmt.Errorf("%s → %s: target, lost, ahead, result_within and value cannot be below 0, nor result_within above %d", t.From, t.To, LongestWait)
	case len(c.Level) != len(attributes):
		return fmt.Errorf("%s → %s: there are %d columns of levels for %d attributes", t.From, t.To, len(c.Level), len(attributes))
	case c.Known != nil && len(c.Known) != len(attributes):
		return fmt.Errorf("%s → %s: there are %d columns of when levels became known for %d attributes", t.From, t.To, len(c.Known), len(attributes))
	case (c.Result == nil) != (c.ResultAt == nil):
		return fmt.Errorf("%s → %s: results and their days come together", t.From, t.To)
	}
	column := func(name string, got int) error {
		if got != n {
			return fmt.Errorf("%s → %s: column %s has %d rows, and entered %d", t.From, t.To, name, got, n)
		}
		return nil
	}
	for _, x := range []struct {
		name string
		is   bool
		n    int
	}{
		{"ended", true, len(c.Ended)}, {"outcome", true, len(c.Outcome)}, {"stratum", c.Stratum != nil, len(c.Stratum)},
		{"result", c.Result != nil, len(c.Result)}, {"result_at", c.ResultAt != nil, len(c.ResultAt)},
	} {
		if x.is {
			if err := column(x.name, x.n); err != nil {
				return err
			}
		}
	}
	for i, e := range c.Entered {
		switch {
		case c.Ended[i] < e || c.Ended[i] > c.Now || int64(c.Ended[i])-int64(e) > LongestWait:
			return fmt.Errorf("%s → %s: row %d is from day %d to day %d; it has to end neither before it begins nor after day %d, nor %d days later",
				t.From, t.To, i, e, c.Ended[i], c.Now, LongestWait)
		case c.Outcome[i] > Exited:
			return fmt.Errorf("%s → %s: row %d has the outcome %d, which there is not", t.From, t.To, i, c.Outcome[i])
		case c.Stratum != nil && c.Stratum[i] >= MostStrata:
			return fmt.Errorf("%s → %s: row %d is of stratum %d; there are %d at most", t.From, t.To, i, c.Stratum[i], MostStrata)
		case c.Result != nil && c.Outcome[i] == Converted && (c.Result[i] > Missed || c.ResultAt[i] < c.Ended[i] || c.ResultAt[i] > c.Now || int64(c.ResultAt[i])-int64(c.Ended[i]) > LongestWait):
			return fmt.Errorf("%s → %s: row %d has the result %d on day %d; it comes after going on and not after day %d", t.From, t.To, i, c.Result[i], c.ResultAt[i], c.Now)
		}
	}
	for a := range attributes {
		if err := column("level of "+attributes[a].Name, len(c.Level[a])); err != nil {
			return err
		}
		if c.Known != nil && c.Known[a] != nil {
			if err := column("known of "+attributes[a].Name, len(c.Known[a])); err != nil {
				return err
			}
		}
		for i, l := range c.Level[a] {
			if int(l) >= len(attributes[a].Levels) {
				return fmt.Errorf("%s → %s: row %d has level %d of %s, which has %d", t.From, t.To, i, l, attributes[a].Name, len(attributes[a].Levels))
			}
		}
	}
	return nil
}

// MostStrata bounds the case mix: strata are few, or nobody is left to compare with.
const MostStrata = 64

// strata is how many there are.
func (c *Cohort) strata() int {
	n := 1
	for _, s := range c.Stratum {
		n = max(n, int(s)+1)
	}
	return n
}

// stratum is the row's.
func (c *Cohort) stratum(i int) int {
	if c.Stratum == nil {
		return 0
	}
	return int(c.Stratum[i])
}

// level is the row's as it was known when they came in, and whether it became known only later.
func (c *Cohort) level(a, i int) (level int, late bool) {
	l := c.Level[a][i]
	if l != 0 && c.Known != nil && c.Known[a] != nil && c.Known[a][i] > c.Entered[i] {
		return 0, true
	}
	return int(l), false
}
