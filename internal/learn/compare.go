package learn

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/instant"
	"attune/core/program"
	"attune/internal/estimate"
)

// Comparison holds other ways of deciding against the usual one, by what came of the people for whom each decided.
type Comparison struct {
	Program string `json:"program"`
	// Days is within how many days of coming in something counts.
	Days float64 `json:"days"`
	// P is how probable such sizes of arms are by chance; where Alarm is true nothing else is to be read.
	P     float64    `json:"sample_ratio_p"`
	Alarm bool       `json:"alarm"`
	Arms  []Compared `json:"arms"`
}

// Compared is how one way of deciding fared. Shares of people are of those whose time is over.
type Compared struct {
	Arm string `json:"arm"`
	// Policy is how it is decided for them, and Model by which model where one was named for that.
	Policy string  `json:"policy"`
	Model  string  `json:"model,omitempty"`
	Share  float64 `json:"share"`
	People int     `json:"people"`
	Over   int     `json:"over"`
	// Reached is how many reached an outcome, and Lost how many wanted no more of it.
	Reached int `json:"reached"`
	Lost    int `json:"lost"`
	// Reward is what came of a person in the mean, in the unit of values: what they reached, less what messages
	// cost and what it was worth to reach those who are lost.
	Reward float64 `json:"reward"`
	// More, Gain and Left are by how much more of them reached an outcome, how much more their reward is, and how
	// many more were lost, than with the usual way. The intervals hold whenever and however often one looks.
	More Interval `json:"more_reached"`
	Gain Interval `json:"more_reward"`
	Left Interval `json:"more_lost"`
}

// fared is what came of somebody in a comparison.
type fared struct {
	effect.Trial
	over, reached, lost bool
	reward              float64
}

// fared sums up what came of somebody from when they came into a comparison until its time was over.
func (s *Studied) fared(l *Life, t effect.Trial) fared {
	until := t.At.Add(s.longest(t.Program))
	f := fared{Trial: t, over: until <= s.Now}
	pr := programNamed(s.Release.Programs, t.Program)
	if pr == nil || pr.Policy.Learning == nil {
		return f
	}
	for i := range pr.Outcomes {
		o := &pr.Outcomes[i]
		for _, h := range l.Reached {
			if h.At > t.At && h.At <= until && h.What == pr.ID+"/"+o.ID {
				f.reached = true
				f.reward += o.Value
			}
		}
	}
	for i := range l.Decisions {
		d := &l.Decisions[i]
		for r := range d.Rounds {
			if w := &d.Rounds[r]; d.At >= t.At && d.At <= until && w.Drawn >= 0 && d.Candidates[w.Options[w.Drawn].Candidate].Program == t.Program {
				f.reward -= w.Options[w.Drawn].Cost
			}
		}
	}
	if firstIn(l.Lost, t.At, until, func(*Happening) bool { return true }) <= s.Now {
		f.lost = true
		f.reward -= pr.Policy.Learning.Reach
	}
	return f
}

func programNamed(all []*program.Program, name string) *program.Program {
	at := slices.IndexFunc(all, func(p *program.Program) bool { return p.ID == name })
	if at < 0 {
		return nil
	}
	return all[at]
}

// comparisons are those of the live release.
func (s *Studied) comparisons(all []lived) []Comparison {
	out := []Comparison{}
	for _, pr := range s.Release.Programs {
		l := pr.Policy.Learning
		if l == nil || l.Compare.All() == 0 {
			continue
		}
		c := Comparison{Program: pr.ID, Days: float64(s.longest(pr.ID)) / float64(instant.Day)}
		for _, a := range []Compared{
			{Arm: engine.ArmUsual, Policy: decision.Learned.String(), Share: 1 - l.Compare.All()},
			{Arm: engine.ArmMatched, Policy: decision.ByStage.String(), Share: l.Compare.Matched},
			{Arm: engine.ArmValue, Policy: decision.ByValue.String(), Share: l.Compare.Value},
			{Arm: engine.ArmModel, Policy: decision.Pinned.String(), Model: l.Compare.Pinned, Share: l.Compare.Model},
		} {
			if a.Share > 0 {
				c.Arms = append(c.Arms, a)
			}
		}
		c.compare(all, engine.PolicyLayer(l.Compare))
		out = append(out, c)
	}
	return out
}

// compare counts the arms, in the order in which people came.
func (c *Comparison) compare(all []lived, layer string) {
	var came []fared
	for n := range all {
		for _, f := range all[n].fared {
			if f.Program == c.Program && f.Layer == layer {
				came = append(came, f)
			}
		}
	}
	slices.SortStableFunc(came, func(x, y fared) int { return cmp.Compare(x.At, y.At) })
	counts, shares := make([]int, len(c.Arms)), make([]float64, len(c.Arms))
	for k := range c.Arms {
		a := &c.Arms[k]
		for i := range came {
			if came[i].Arm == a.Arm {
				a.take(&came[i])
			}
		}
		if a.Over > 0 {
			a.Reward /= float64(a.Over)
		}
		counts[k], shares[k] = a.People, a.Share
		if k > 0 {
			usual := c.Arms[0].Share
			a.More = difference(came, a.Arm, a.Share, usual, func(f *fared) float64 { return indicator(f.reached) })
			a.Gain = difference(came, a.Arm, a.Share, usual, func(f *fared) float64 { return f.reward })
			a.Left = difference(came, a.Arm, a.Share, usual, func(f *fared) float64 { return indicator(f.lost) })
		}
	}
	c.P, c.Alarm = estimate.SampleRatio(counts, shares)
}

func (a *Compared) take(f *fared) {
	a.People++
	if !f.over {
		return
	}
	a.Over++
	a.Reward += f.reward
	if f.reached {
		a.Reached++
	}
	if f.lost {
		a.Lost++
	}
}

func indicator(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// difference is by how much more somebody of an arm has of something than somebody treated as usual. Each whose
// time is over adds what they have, less the mean of those before them, by the chance of their arm: whatever is
// known before a draw may be taken off without moving what is found, and the intervals become narrower by it.
func difference(came []fared, arm string, share, usual float64, of func(*fared) float64) Interval {
	seq := estimate.Sequence{Alpha: .05, TuneAt: max(leastLook, float64(len(came)))}
	mean, n, here, there := 0.0, 0.0, 0, 0
	for i := range came {
		f := &came[i]
		if !f.over {
			continue
		}
		v := of(f)
		switch f.Arm {
		case arm:
			seq.Add((v - mean) / share)
			here++
		case engine.ArmUsual:
			seq.Add((mean - v) / usual)
			there++
		default:
			seq.Add(0)
		}
		n++
		mean += (v - mean) / n
	}
	out := Interval{Value: finite0(seq.Mean())}
	if seq.N() < leastLook {
		out.Why = fmt.Sprintf("the time of %d people is over, of at least %d", seq.N(), leastLook)
		return out
	}
	if min(here, there) < leastArm {
		out.Why = fmt.Sprintf("there are %d people of it and %d as usual whose time is over, of at least %d each", here, there, leastArm)
		return out
	}
	out.Lo, out.Hi = seq.Interval()
	out.Enough = true
	return out
}

// says tells what a comparison found.
func (c *Comparison) says() (out []string) {
	add := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	if c.Alarm {
		add("Attention: the ways of deciding that %s compares do not have as many people as were drawn (p = %.2g). Somebody loses people of one: read nothing else of it before that is found.", c.Program, c.P)
		return out
	}
	for i := range c.Arms {
		a := &c.Arms[i]
		switch {
		case a.Arm == engine.ArmUsual:
		case !a.Gain.Enough:
			add("Not enough evidence to compare deciding by %s with what was learned in %s: %s.", a.called(), c.Program, a.Gain.Why)
		case a.Gain.Hi < 0:
			add("In %s what was learned does better than deciding by %s: a person's reward is %.3g more (95 %% interval %.3g to %.3g).", c.Program, a.called(), -a.Gain.Value, -a.Gain.Hi, -a.Gain.Lo)
		case a.Gain.Lo > 0:
			add("In %s what was learned does worse than deciding by %s: a person's reward is %.3g less (95 %% interval %.3g to %.3g).", c.Program, a.called(), a.Gain.Value, a.Gain.Lo, a.Gain.Hi)
		default:
			add("Not enough evidence to tell deciding by %s from what was learned in %s: a person's reward is between %.3g less and %.3g more.", a.called(), c.Program, -a.Gain.Lo, a.Gain.Hi)
		}
	}
	return out
}

// called names a way of deciding for people.
func (a *Compared) called() string {
	return map[string]string{engine.ArmUsual: "what was learned", engine.ArmMatched: "stage", engine.ArmValue: "value", engine.ArmModel: "the model " + a.Model}[a.Arm]
}

// units writes a difference in the unit of values.
func units(i Interval) string {
	if !i.Enough {
		return "not enough evidence (" + i.Why + ")"
	}
	return fmt.Sprintf("%+.3g (95 %% interval %+.3g to %+.3g)", i.Value, i.Lo, i.Hi)
}

// text writes the comparison for a terminal.
func (c *Comparison) text() string {
	b := &strings.Builder{}
	fmt.Fprintf(b, "\nWays of deciding that %s compares, within %g days of coming in (sizes: p = %.3f):\n", c.Program, c.Days, c.P)
	for i := range c.Arms {
		a := &c.Arms[i]
		fmt.Fprintf(b, "  %-8s %5.1f %% of people: %d; the time of %d is over, %d reached an outcome, %d were lost, reward %.3g a person\n", a.Arm, 100*a.Share, a.People, a.Over, a.Reached, a.Lost, a.Reward)
		if a.Arm != engine.ArmUsual {
			fmt.Fprintf(b, "           against the usual: reached %s\n           reward %s\n           lost %s\n", orWhy(a.More), units(a.Gain), orWhy(a.Left))
		}
	}
	return b.String()
}
