package learn

import (
	"cmp"
	"slices"
	"strings"

	"attune/core/decision"
	"attune/core/effect"
	"attune/internal/estimate"
)

// Factor is one thing that is drawn of a message, and what it would be worth to draw it no more: each level
// always, wherever it could have been drawn, with all that is drawn before it left as it was.
//
// A level is drawn given the ones above it, so it is weighed by its chance at its level, which is never below its
// floor. That of the whole message is a product of several, and the log of any other message says little of it.
type Factor struct {
	Factor string        `json:"factor"`
	Levels []FactorLevel `json:"levels"`
	// Best is the level that gains the most, where there is enough evidence of at least one. It is chosen among the
	// same rows, which flatters it.
	Best string `json:"best_constant,omitempty"`
}

// FactorLevel is one level of a factor, such as the channel sms.
type FactorLevel struct {
	Level string `json:"level"`
	// Rows are decisions in which it could have been drawn and something else too, and Drawn in how many it was.
	Rows  int `json:"rows"`
	Drawn int `json:"drawn"`
	// Always is how often the outcome is reached in them where it is always drawn, Done how often it was as it was
	// decided, and Gain the difference. All are doubly robust, with intervals by person.
	Always Interval `json:"always"`
	Done   Interval `json:"as_decided"`
	Gain   Interval `json:"gain"`
	// ESS is how many decisions that always draw it would tell as much.
	ESS float64 `json:"ess"`
	// Verdict is "promote" where always is no worse than what decided, "worse", or "not enough evidence"; Reasons
	// say why.
	Verdict string   `json:"verdict"`
	Reasons []string `json:"reasons,omitempty"`
}

// The factors, in the order in which they are drawn.
const (
	whether = iota
	intervention
	channel
	words
	timing
	factors
)

func factorName(f int) string {
	return [...]string{"whether", "intervention", "channel", "words", "time"}[f]
}

// something and nothing are the levels of the first factor.
const something, nothing = "something", "nothing"

// chosen is how one factor of a round was drawn: the levels that could be, with their chances given all that was
// drawn before them, and which was.
type chosen struct {
	levels []string
	chance []float64
	drawn  int
}

// chosenIn takes a round apart. A factor in which there was no choice has no levels; where nothing was said there
// is none below the first.
func chosenIn(d *Decision, w *effect.Weighing) (out [factors]chosen) {
	if w.Nothing > 0 && w.Nothing < 1 {
		out[whether] = chosen{levels: []string{nothing, something}, chance: []float64{w.Nothing, 1 - w.Nothing}}
	}
	if w.Drawn < 0 {
		return out
	}
	out[whether].drawn = 1
	drawn := &w.Options[w.Drawn]
	for f := intervention; f < factors; f++ {
		c := chosen{drawn: -1}
		for k := range w.Options {
			o := &w.Options[k]
			if o.Probability <= 0 || !below(o, drawn, f-intervention) {
				continue
			}
			level := levelOf(d, o, f)
			at := slices.Index(c.levels, level)
			if at < 0 {
				at = len(c.levels)
				c.levels, c.chance = append(c.levels, level), append(c.chance, 0)
			}
			c.chance[at] += o.Probability
			if k == w.Drawn {
				c.drawn = at
			}
		}
		if len(c.levels) < 2 {
			continue
		}
		sum := 0.0
		for _, p := range c.chance {
			sum += p
		}
		for k := range c.chance {
			c.chance[k] /= sum
		}
		out[f] = c
	}
	return out
}

// below tells whether an option was still possible when so many levels were drawn as they were.
func below(o, drawn *effect.Weighed, levels int) bool {
	return slices.Equal(o.Path[:levels], drawn.Path[:levels])
}

func levelOf(d *Decision, o *effect.Weighed, f int) string {
	c := &d.Candidates[o.Candidate]
	switch f {
	case channel:
		return o.Channel
	case words:
		return c.Program + "/" + c.Engagement + "/" + o.Variant
	case timing:
		return o.Part
	}
	return c.Program + "/" + c.Engagement
}

// factors asks of each level of each factor what always drawing it would be worth.
func (r *Report) factors(all []lived) {
	r.Factors = []Factor{}
	names := baseNames(all)
	for f := range factors {
		levels := map[string]bool{}
		for n := range all {
			for i := range all[n].points {
				for _, l := range all[n].points[i].chosen[f].levels {
					levels[l] = true
				}
			}
		}
		if len(levels) == 0 {
			continue
		}
		out := Factor{Factor: factorName(f)}
		for level := range levels {
			out.Levels = append(out.Levels, alwaysAt(all, names, f, level))
		}
		slices.SortFunc(out.Levels, func(a, b FactorLevel) int {
			return cmp.Or(cmp.Compare(b.Rows, a.Rows), strings.Compare(a.Level, b.Level))
		})
		most := 0.0
		for _, l := range out.Levels {
			if l.Gain.Enough && (out.Best == "" || l.Gain.Value > most) {
				out.Best, most = l.Level, l.Gain.Value
			}
		}
		r.Factors = append(r.Factors, out)
	}
}

// alwaysAt holds always drawing a level against what was done, in the decisions in which it could be drawn.
func alwaysAt(all []lived, names []decision.Feature, f int, level string) FactorLevel {
	log := estimate.Log{X: make([][]float64, len(names))}
	for n := range all {
		for i := range all[n].points {
			p := &all[n].points[i]
			c := &p.chosen[f]
			at := slices.Index(c.levels, level)
			if at < 0 {
				continue
			}
			action, chance := int32(0), 1-c.chance[at]
			if c.drawn == at {
				action, chance = 1, c.chance[at]
			}
			log.Action, log.Propensity = append(log.Action, action), append(log.Propensity, chance)
			log.Reward, log.Unit = append(log.Reward, p.reward), append(log.Unit, int32(n))
			p.fill(log.X, names)
		}
	}
	numbered(log.Unit)
	out := FactorLevel{Level: level, Rows: log.Len()}
	for _, a := range log.Action {
		out.Drawn += int(a)
	}
	if units := len(log.Unit); units == 0 || log.Unit[units-1] < 1 || log.Len() < Enough {
		why := Interval{Why: tooFew(log.Len())}
		out.Always, out.Done, out.Gain = why, why, why
		out.Verdict, out.Reasons = string(estimate.Undecided), []string{why.Why}
		return out
	}
	q := estimate.CrossFitByUnit(log, 2, 2)
	as, always := estimate.NewTable(2, log.Len()), estimate.Always(1, 2, log.Len())
	for i, p := range log.Propensity {
		as[log.Action[i]][i], as[1-log.Action[i]][i] = p, 1-p
	}
	to, support := estimate.Earned(log, q, always, nil)
	done, _ := estimate.Earned(log, q, as, nil)
	v := estimate.Promote(log, as, always, q, estimate.Gate{Say: inPoints})
	why := support.Why()
	out.ESS = support.ESS
	out.Always = interval(to.Value, to.StdErr(log.Unit), log.Len(), why)
	out.Done = interval(done.Value, done.StdErr(log.Unit), log.Len(), "")
	out.Gain = interval(v.Gain, v.StdErr, log.Len(), why)
	out.Verdict, out.Reasons = string(v.Outcome), v.Reasons
	return out
}

// baseNames are all features of what held whatever was said.
func baseNames(all []lived) (names []decision.Feature) {
	for n := range all {
		for i := range all[n].points {
			for _, t := range all[n].points[i].base {
				if at, found := slices.BinarySearch(names, t.Feature); !found {
					names = slices.Insert(names, at, t.Feature)
				}
			}
		}
	}
	return names
}

// fill appends a row of what held whatever was said.
func (p *point) fill(x [][]float64, names []decision.Feature) {
	for c := range x {
		x[c] = append(x[c], 0)
	}
	for _, t := range p.base {
		at, _ := slices.BinarySearch(names, t.Feature)
		x[at][len(x[at])-1] = float64(t.Value)
	}
}

// numbered counts units from 0 without gaps, since folds are by unit.
func numbered(unit []int32) {
	next, last := int32(-1), int32(-1)
	for i, u := range unit {
		if u != last {
			next, last = next+1, u
		}
		unit[i] = next
	}
}
