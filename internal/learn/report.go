package learn

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"attune/core/decision"
	"attune/core/instant"
	"attune/internal/estimate"
)

// Report is what was learned, and what it is worth. Effects are changes of a chance: .02 is two in a hundred.
type Report struct {
	At      string `json:"at"`
	Release string `json:"release"`
	// Model decides now; empty where what was expected before anything was learned does.
	Model string `json:"model,omitempty"`
	Count Count  `json:"count"`
	// Says are the findings in words, the first the most important.
	Says []string `json:"says"`
	// Rows are decisions whose time is over; all but what was learned goes by them.
	Rows int `json:"rows"`
	// Effect is what saying something added to the chance that the outcome is reached.
	Effect Interval `json:"effect"`
	// Policies are what other ways of deciding would have reached in the same decisions; Best is the better of
	// always and never, and Gain what deciding by what was learned earns more.
	Policies []Policy `json:"policies"`
	Best     string   `json:"best_constant,omitempty"`
	Gain     Interval `json:"gain_over_best_constant"`
	// Verdict is whether what was learned may be called no worse than what decided: "promote", "worse" or "not
	// enough evidence", and why. It is learned from one half of people and tried on the other.
	Verdict string   `json:"verdict,omitempty"`
	Reasons []string `json:"reasons,omitempty"`
	// Factors are what is drawn of a message, each by itself.
	Factors []Factor `json:"factors"`
	// Match is how much of the matrix of stages and processes was found to hold, 1 for as it is written.
	Match       float64      `json:"match"`
	Learned     []Group      `json:"learned"`
	Calibration *Calibration `json:"calibration,omitempty"`
	Trials      []Trial      `json:"trials"`
	Comparisons []Comparison `json:"comparisons"`
	Wedges      []Wedge      `json:"wedges"`
	Slices      []Slice      `json:"slices"`
	// Guardrails are how programs stand against the losses that their teams accept, Halted those that paused
	// themselves.
	Guardrails []Guardrail `json:"guardrails"`
	Halted     []Halted    `json:"halted,omitempty"`
	// Retired are the variants that are not said any more, since others do better.
	Retired []Retirement `json:"retired,omitempty"`
}

// Interval is an estimate with its interval of 95 %. Where Enough is false it is not to be read, and Why says so.
type Interval struct {
	Value  float64 `json:"value"`
	Lo     float64 `json:"lo"`
	Hi     float64 `json:"hi"`
	Enough bool    `json:"enough"`
	Why    string  `json:"why,omitempty"`
}

func interval(value, stderr float64, n int, why string) Interval {
	half := estimate.Z(.95) * stderr
	i := Interval{Value: value, Lo: value - half, Hi: value + half, Why: why}
	if n < Enough && why == "" {
		i.Why = tooFew(n)
	}
	if math.IsNaN(i.Lo+i.Hi) || math.IsInf(half, 0) {
		return Interval{Why: "it cannot be estimated from so few"}
	}
	i.Enough = i.Why == ""
	return i
}

func tooFew(n int) string { return fmt.Sprintf("there are %d rows of at least %d", n, Enough) }

// inPoints writes a change of a chance in points of a hundred.
func inPoints(x float64) string { return fmt.Sprintf("%.2f points", 100*x) }

func finite0(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return x
}

// Policy is a way of deciding, and how often the outcome would have been reached under it.
type Policy struct {
	Name    string   `json:"name"`
	Reached Interval `json:"reached"`
	// ESS is how many decisions of its own would tell as much.
	ESS float64 `json:"ess"`
}

// Group is what was learned of one kind of features, those that matter most first.
type Group struct {
	Group    string    `json:"group"`
	Features []Feature `json:"features"`
}

// Feature is what one feature adds to the chance of the outcome, and to that of losing the person.
type Feature struct {
	Name     string   `json:"name"`
	Expected float64  `json:"expected"`
	Effect   Interval `json:"effect"`
	Loss     float64  `json:"loss"`
	// Seen is how much of it was drawn, older decisions counting less.
	Seen float64 `json:"seen"`
}

// Clear tells that the whole interval is on one side of 0.
func (i Interval) Clear() bool { return i.Enough && (i.Lo > 0 || i.Hi < 0) }

func learnedBy(m *decision.Model, live *decision.Space) (out []Group) {
	for _, g := range decision.Groups() {
		if g == decision.Baseline {
			continue
		}
		group := Group{Group: g.String(), Features: []Feature{}}
		for i, k := range m.Space.Known() {
			if k.Group != g || live.Index(k.Feature) < 0 {
				continue
			}
			expected := k.Effect.Mean
			if g == decision.Match {
				expected *= m.Hyper.Match
			}
			v := interval(m.Mean[i], m.SD[i], Enough, "")
			switch prior := k.Effect.SD * m.Hyper.Scale[g]; {
			case m.Seen[i] < Enough:
				v.Enough, v.Why = false, "it was hardly seen"
			case m.SD[i]*m.SD[i] > prior*prior/2: // the evidence weighs less than what was assumed
				v.Enough, v.Why = false, "it is mostly what was expected"
			}
			group.Features = append(group.Features, Feature{k.Name, expected, v, m.Loss[i], m.Seen[i]})
		}
		slices.SortStableFunc(group.Features, func(a, b Feature) int {
			return cmp.Or(cmp.Compare(b.Seen, a.Seen), strings.Compare(a.Name, b.Name))
		})
		if len(group.Features) > 0 {
			out = append(out, group)
		}
	}
	return out
}

// Calibration tells whether effects come true as they were predicted when it was decided.
type Calibration struct {
	Bins []Bin `json:"bins"`
	// Slope is 1 where they do, less where too much was promised; nil where all predictions were the same.
	Slope *float64 `json:"slope"`
}

// Bin is decisions of similar prediction.
type Bin struct {
	N         int      `json:"n"`
	Predicted float64  `json:"predicted"`
	Found     Interval `json:"found"`
}

// Trial is a layer of a trial, with its arms.
type Trial struct {
	Program string `json:"program,omitempty"`
	Layer   string `json:"layer"`
	Arms    []Arm  `json:"arms"`
	// P is how probable such sizes of arms are by chance; where Alarm is true nothing of the trial is to be read.
	P     float64 `json:"sample_ratio_p"`
	Alarm bool    `json:"alarm"`
	// Days is within how many days of coming in an outcome counts.
	Days float64 `json:"days"`
}

// Arm is one part of a trial.
type Arm struct {
	Arm string `json:"arm"`
	// Share is how many are to be in it, People how many are, and Over those whose time is over, of whom Reached
	// reached an outcome.
	Share   float64 `json:"share"`
	People  int     `json:"people"`
	Over    int     `json:"over"`
	Reached int     `json:"reached"`
	// Less is by how much more of those treated as usual reached one, with an interval that holds whenever and
	// however often one looks.
	Less Interval `json:"usual_less_this"`
}

// arms are those of a layer, with their shares.
type arms struct {
	program, layer string
	shares         []Arm
	within         instant.Duration
}

func (s *Studied) layers() (out []arms) {
	holdout := 0.0
	for _, pr := range s.Release.Programs {
		if l := pr.Policy.Learning; l != nil {
			holdout = max(holdout, l.Holdout)
			if l.Control > 0 || l.Uniform > 0 {
				out = append(out, arms{pr.ID, "program", []Arm{{Arm: "control", Share: l.Control}, {Arm: "uniform", Share: l.Uniform}, {Arm: "usual", Share: 1 - l.Control - l.Uniform}}, s.longest(pr.ID)})
			}
		}
	}
	if holdout > 0 {
		out = append(out, arms{"", "all", []Arm{{Arm: "holdout", Share: holdout}, {Arm: "usual", Share: 1 - holdout}}, s.longest("")})
	}
	return out
}

// leastLook is from how many people on a trial may be looked at.
const leastLook = 100

// trials compares arms, by the shares of the live release.
func (s *Studied) trials(all []lived) []Trial {
	out := []Trial{}
	for _, a := range s.layers() {
		t := Trial{Program: a.program, Layer: a.layer, Arms: a.shares, Days: float64(a.within) / float64(instant.Day)}
		var came []entered
		for n := range all {
			for _, e := range all[n].trials {
				if e.Program == a.program && e.Layer == a.layer {
					came = append(came, e)
				}
			}
		}
		slices.SortStableFunc(came, func(x, y entered) int { return cmp.Compare(x.At, y.At) })
		var counts []int
		var shares []float64
		for k := range t.Arms {
			t.Arms[k].compare(came, t.Arms[len(t.Arms)-1].Share)
			counts, shares = append(counts, t.Arms[k].People), append(shares, t.Arms[k].Share)
		}
		t.P, t.Alarm = estimate.SampleRatio(counts, shares)
		t.Arms = slices.DeleteFunc(t.Arms, func(x Arm) bool { return x.Share == 0 && x.People == 0 })
		out = append(out, t)
	}
	return out
}

// leastArm is how many of an arm must have their time behind them: the intervals lean on a central limit, and of
// a small arm few among many are a hundred.
const leastArm = 30

// compare counts an arm and holds those treated as usual against it: each person whose time is over adds what
// they reached beyond the mean of those before, by the chance of their arm, in the order in which they came. The
// mean changes nothing of what is to be expected, since it was known before, and takes off most of the noise.
func (a *Arm) compare(came []entered, usual float64) {
	mean, over := 0.0, 0.0
	seq := estimate.Sequence{Alpha: .05, TuneAt: max(leastLook, float64(len(came)))}
	for _, e := range came {
		v := 0.0
		if e.reached {
			v = 1
		}
		if e.Trial.Arm == a.Arm {
			a.People++
			if e.over {
				a.Over++
				if e.reached {
					a.Reached++
				}
			}
		}
		if e.over && a.Share > 0 && usual > 0 {
			switch e.Trial.Arm {
			case a.Arm:
				seq.Add((mean - v) / a.Share)
			case "usual":
				seq.Add((v - mean) / usual)
			default:
				seq.Add(0)
			}
			over++
			mean += (v - mean) / over
		}
	}
	if a.Arm == "usual" {
		return
	}
	a.Less = Interval{Value: finite0(seq.Mean())}
	if seq.N() < leastLook || a.Over == 0 {
		a.Less.Why = fmt.Sprintf("the time of %d people is over, of at least %d", seq.N(), leastLook)
		return
	}
	if a.Over < leastArm {
		a.Less.Why = fmt.Sprintf("the time of %d people of this part is over, of at least %d", a.Over, leastArm)
		return
	}
	a.Less.Lo, a.Less.Hi = seq.Interval()
	a.Less.Enough = true
}

// Slice is one respect in which people differ, with those of each level.
type Slice struct {
	Respect string       `json:"respect"`
	Levels  []SliceLevel `json:"levels"`
}

// SliceLevel is how those of a level fared.
type SliceLevel struct {
	Is string `json:"is"`
	// People are those to whom something was proposed; none for a stage, which changes with time. Decisions are
	// theirs. Eligible is the share of proposals that the gate let
	// through, Said that of decisions that said something, and Lost that of people who wanted no more of it.
	People    int     `json:"people"`
	Decisions int     `json:"decisions"`
	Eligible  float64 `json:"eligible"`
	Said      float64 `json:"said"`
	Lost      float64 `json:"lost"`
	// Gates are what stood against proposals most, as shares of them: gaps of access, and none of what is learned.
	Gates []Gate `json:"gates"`
	// Effect is drawn toward that of all levels as far as chance alone could have set it apart, Gap how far what was
	// seen is from what was seen of the others; Flagged tells that all of its interval is farther than two in a
	// hundred.
	Effect  Interval `json:"effect"`
	Gap     Interval `json:"gap"`
	Flagged bool     `json:"flagged"`
}

// Gate is a reason of refusals.
type Gate struct {
	Reason string  `json:"reason"`
	Share  float64 `json:"share"`
}

func slicesOf(all []lived) []Slice {
	type sum struct {
		people, proposed, refused, rounds, drawn, lost int
		gates                                          map[string]int
	}
	found := map[Level]*sum{}
	for n := range all {
		l := &all[n]
		if l.proposed == 0 {
			continue
		}
		for _, level := range l.levels {
			x := found[level]
			if x == nil {
				x = &sum{gates: map[string]int{}}
				found[level] = x
			}
			x.people++
			x.proposed, x.rounds, x.drawn = x.proposed+l.proposed, x.rounds+l.rounds, x.drawn+l.drawn
			for reason, k := range l.refused {
				x.refused += k
				x.gates[reason] += k
			}
			if l.lost {
				x.lost++
			}
		}
	}
	// A stage changes with time, so that it is of decisions and not of people.
	for n := range all {
		for i := range all[n].points {
			for _, level := range all[n].points[i].levels {
				if found[level] == nil {
					found[level] = &sum{gates: map[string]int{}}
				}
				if x := found[level]; level.Respect == "stage" {
					x.rounds++
					if all[n].points[i].said {
						x.drawn++
					}
				}
			}
		}
	}
	out := []Slice{}
	for level, x := range found {
		at := slices.IndexFunc(out, func(s Slice) bool { return s.Respect == level.Respect })
		if at < 0 {
			out = append(out, Slice{Respect: level.Respect})
			at = len(out) - 1
		}
		l := SliceLevel{Is: level.Is, People: x.people, Decisions: x.rounds, Said: share(x.drawn, x.rounds), Lost: share(x.lost, x.people), Gates: []Gate{}}
		l.Eligible = share(x.proposed-x.refused, x.proposed)
		l.Effect.Why = littleKnown(x.rounds)
		l.Gap.Why = "too little is known of these, or of others"
		for reason, k := range x.gates {
			l.Gates = append(l.Gates, Gate{reason, share(k, x.proposed)})
		}
		slices.SortFunc(l.Gates, func(a, b Gate) int { return cmp.Or(cmp.Compare(b.Share, a.Share), strings.Compare(a.Reason, b.Reason)) })
		out[at].Levels = append(out[at].Levels, l)
	}
	slices.SortFunc(out, func(a, b Slice) int { return strings.Compare(a.Respect, b.Respect) })
	for i := range out {
		slices.SortFunc(out[i].Levels, func(a, b SliceLevel) int { return strings.Compare(a.Is, b.Is) })
	}
	return out
}

// littleKnown says why nothing is said of so many decisions, as long as nothing is.
func littleKnown(decisions int) string {
	switch {
	case decisions == 0:
		return "there are no decisions"
	case decisions < leastSlice:
		return fmt.Sprintf("decisions: %d of at least %d", decisions, leastSlice)
	}
	return fmt.Sprintf("of fewer than %d decisions it is known what came of them", leastSlice)
}

func share(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}
