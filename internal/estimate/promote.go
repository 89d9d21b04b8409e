package estimate

import "fmt"

// Outcome is what a promotion gate says.
type Outcome string

// The outcomes.
const (
	Promoted  Outcome = "promote"
	Undecided Outcome = "not enough evidence"
	Worse     Outcome = "worse"
)

// Gate is what a new policy has to show before it takes over. The zero value asks for no loss at all.
type Gate struct {
	// Margin is how much less than the current policy's value still counts as no loss.
	Margin float64
	// Slices are groups of people none of which may lose more than its own margin.
	Slices []Slice
	// Say writes an amount of the reward in reasons; nil writes four digits.
	Say func(amount float64) string
}

// Slice is a group of people: the rows that are theirs, and the loss they may bear.
type Slice struct {
	Name   string
	Rows   func(row int) bool
	Margin float64
}

// Verdict is the gate's answer, with all it rests on.
type Verdict struct {
	Outcome Outcome
	// Gain is the new policy's doubly robust value less the current one's, with its standard error
	// and interval of 95 %.
	Gain, StdErr, Lo, Hi float64
	// Support is the log's support for the new policy.
	Support Support
	Slices  Slices
	// Reasons say in words what stands against promotion, or what speaks for it.
	Reasons []string
}

// Promote asks whether a policy may replace the current one. It may when all of this holds:
//
//   - the lower end of the 95 % interval of its doubly robust gain is above −margin;
//   - the effective sample size is at least 1,000 and 1 % of the rows, and no row has more than 5 % of
//     all weight;
//   - it does nothing that was never done in the log;
//   - no slice's gain, shrunk ([ShrinkSlices]), is below minus its margin.
//
// It is worse when the whole interval is below −margin, or a slice's is. Otherwise there is not enough
// evidence. On thin support nothing is called worse: numbers nobody can believe condemn no one.
// q is cross-fitted, where rows have units by unit ([CrossFitByUnit]).
func Promote(l Log, current, next, q Table, g Gate) Verdict {
	w := l.Weights(next)
	e := l.Residuals(q)
	gain := DR(Expected(next, q), w, e).minus(DR(Expected(current, q), l.Weights(current), e))
	v := Verdict{Gain: gain.Value, StdErr: gain.StdErr(l.Unit), Support: SupportOf(w)}
	v.Lo, v.Hi = v.Gain-Z(.95)*v.StdErr, v.Gain+Z(.95)*v.StdErr

	say := g.Say
	if say == nil {
		say = func(amount float64) string { return fmt.Sprintf("%.4g", amount) }
	}
	v.Outcome = Promoted
	against := func(o Outcome, format string, args ...any) {
		if v.Outcome == Promoted || o == Worse {
			v.Outcome = o
		}
		v.Reasons = append(v.Reasons, fmt.Sprintf(format, args...))
	}
	switch {
	case v.Hi < -g.Margin:
		against(Worse, "it earns %s less than the current policy (the gain's 95 %% interval is %s to %s), which is more than the margin of %s", say(-v.Gain), say(v.Lo), say(v.Hi), say(g.Margin))
	case !(v.Lo > -g.Margin): // also when it is not a number
		against(Undecided, "it may lose more than the margin of %s: the gain is %s, its 95 %% interval %s to %s", say(g.Margin), say(v.Gain), say(v.Lo), say(v.Hi))
	}
	v.Slices = l.gains(gain, g.Slices)
	for _, s := range v.Slices.Slices {
		margin := g.margin(s.Name)
		switch {
		case s.Hi < -margin:
			against(Worse, "%s loses %s (the gain's 95 %% interval is %s to %s), which is more than its margin of %s", s.Name, say(-s.Shrunk), say(s.Lo), say(s.Hi), say(margin))
		case s.Shrunk < -margin:
			against(Undecided, "%s seems to lose %s, which is more than its margin of %s (the gain's 95 %% interval is %s to %s)", s.Name, say(-s.Shrunk), say(margin), say(s.Lo), say(s.Hi))
		}
	}
	g.missing(v.Slices, against)
	thin := v.Support.Why()
	if share := l.Unsupported(next); share > 0 {
		against(Undecided, "%.3g %% of what it does was never done in the log", 100*share)
		thin += "unsupported"
	} else if thin != "" {
		against(Undecided, "%s", thin)
	}
	if thin != "" {
		v.Outcome = Undecided
	}
	if v.Outcome == Promoted {
		v.Reasons = []string{fmt.Sprintf("the gain is %s, and its 95 %% interval, %s to %s, is above the margin of %s", say(v.Gain), say(v.Lo), say(v.Hi), say(0-g.Margin))}
	}
	return v
}

func (g Gate) margin(name string) float64 {
	for _, s := range g.Slices {
		if s.Name == name {
			return s.Margin
		}
	}
	return 0
}

// missing notes slices of which nothing can be said.
func (g Gate) missing(found Slices, against func(Outcome, string, ...any)) {
	known := map[string]bool{}
	for _, s := range found.Slices {
		known[s.Name] = true
	}
	for _, s := range g.Slices {
		if !known[s.Name] {
			against(Undecided, "%s has too few rows to say anything", s.Name)
		}
	}
}

// gains are the slices' own gains, shrunk. The margin of their gap is not asked here.
func (l Log) gains(gain Influence, groups []Slice) Slices {
	var effects []Effect
	for _, s := range groups {
		var of []float64
		var unit []int32
		for i, p := range gain.Psi {
			if s.Rows(i) {
				of = append(of, gain.Value+p)
				if l.Unit != nil {
					unit = append(unit, l.Unit[i])
				}
			}
		}
		if len(of) == 0 {
			continue
		}
		v := mean(of)
		effects = append(effects, Effect{s.Name, v.Value, v.StdErr(unit), len(of)})
	}
	return ShrinkSlices(effects, 0)
}
