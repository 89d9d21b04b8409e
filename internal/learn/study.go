package learn

import (
	"context"
	"math"
	"slices"
	"strings"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/stage"
	"attune/internal/estimate"
)

// Level is what somebody is in one respect, such as the language es. Respects like these are not what decisions
// go by; they are what is watched.
type Level struct{ Respect, Is string }

// Studied says what to report about.
type Studied struct {
	Config
	// Model is what decides now; nil for what was expected before anything was learned.
	Model *decision.Model
	// Levels say what somebody is; n is their place among People. It is called from several goroutines.
	Levels func(n int) []Level
	// Guardrails are how programs stand against what their teams accept, and Halted those that paused themselves.
	Guardrails []Guardrail
	Halted     []Halted
	// Retired are the variants that the model leaves out.
	Retired []Retirement
}

// point is one round whose reward is known, for estimates.
type point struct {
	at instant.Time
	// said is whether anything was, and chance how probable that was.
	said   bool
	chance float64
	reward float64
	lost   bool
	// predicted is what saying something was expected to add when it was decided; now is the chance with which
	// something would be said by what was learned from other people.
	predicted, now float64
	outcome        string
	base           []decision.Term
	levels         []Level
	// chosen is how each factor was drawn.
	chosen [factors]chosen
}

// lived is what one life gives to a report.
type lived struct {
	points   []point
	levels   []Level
	trials   []entered
	fared    []fared
	wedged   []wedged
	proposed int
	rounds   int
	drawn    int
	refused  map[string]int
	lost     bool
	decided  bool
}

// entered is a trial that somebody came into, and what they reached within its time.
type entered struct {
	effect.Trial
	reached, over bool
}

// Study reads everybody's history and reports what was learned, and what it is worth.
func Study(ctx context.Context, s Studied) (*Report, error) {
	c := s.Config
	c.Life = nil
	g, err := Gather(ctx, c)
	if err != nil {
		return nil, err
	}
	others, err := s.others(g)
	if err != nil {
		return nil, err
	}
	all := make([]lived, len(s.People))
	c.Life = func(n int, l *Life, rows []Row) { all[n] = s.lived(n, l, rows, others[fold(n)]) }
	if g, err = Gather(ctx, c); err != nil {
		return nil, err
	}
	r := &Report{At: s.Now.String(), Release: s.Release.ID, Count: g.Count, Guardrails: s.Guardrails, Halted: s.Halted, Retired: s.Retired}
	model := s.Model
	if model == nil {
		model = s.Release.Learning.Prior
	} else {
		r.Model = model.ID
	}
	r.Learned = learnedBy(model, s.Release.Learning.Space)
	r.Match = model.Hyper.Match
	r.Trials = s.trials(all)
	r.Comparisons = s.comparisons(all)
	r.Wedges = s.wedges(all)
	r.Slices = slicesOf(all)
	r.policies(all)
	r.Says = r.says()
	return r, nil
}

// others are, for each half of people, a model of the other half: a policy that is tried on those it was learned
// from looks better than it is.
func (s *Studied) others(g *Gathered) (out [2]*decision.Model, err error) {
	hyper := decision.Standard()
	if s.Model != nil {
		hyper = s.Model.Hyper
	}
	for f := range out {
		if out[f], err = decision.Fit(s.Release.Learning.Space, g.Folds[1-f], hyper, id.Seed{}); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (s *Studied) lived(n int, l *Life, rows []Row, others *decision.Model) lived {
	out := lived{proposed: l.proposed, refused: l.refused, lost: len(l.Lost) > 0, decided: len(l.Decisions) > 0}
	if s.Levels != nil {
		out.levels = s.Levels(n)
	}
	for i := range l.Decisions {
		for r := range l.Decisions[i].Rounds {
			if out.rounds++; l.Decisions[i].Rounds[r].Drawn >= 0 {
				out.drawn++
			}
		}
	}
	var scales decision.Scales
	for i := 0; i < len(rows); {
		k := i
		for k < len(rows) && rows[k].Round == rows[i].Round {
			k++
		}
		if p, ok := s.point(&scales, rows[i:k], others); ok {
			p.levels = append(slices.Clone(out.levels), p.levels...)
			out.points = append(out.points, p)
		}
		i = k
	}
	for _, t := range l.Trials {
		switch {
		case engine.IsPolicyLayer(t.Layer):
			out.fared = append(out.fared, s.fared(l, t))
		case t.Layer == engine.LayerBegins:
			if w, ok := s.wedged(l, t); ok {
				out.wedged = append(out.wedged, w)
			}
		default:
			out.trials = append(out.trials, s.entered(l, t))
		}
	}
	return out
}

// point sums up the rows of one round: whether any of its outcomes was reached. It is false while that is open.
func (s *Studied) point(scales *decision.Scales, rows []Row, others *decision.Model) (p point, ok bool) {
	w, d := rows[0].Round, rows[0].Decision
	if s.Now.Sub(d.At) < youngest {
		return p, false
	}
	p = point{at: d.At, said: w.Drawn >= 0, chance: 1 - w.Nothing, base: w.Base, outcome: rows[0].Outcome, lost: rows[0].Lost <= s.Now, chosen: chosenIn(d, w)}
	for i := range rows {
		reward, known := rows[i].reward(s.Now)
		if !known {
			return p, false
		}
		p.reward = max(p.reward, reward)
	}
	if p.chance <= 0 || p.chance >= 1 {
		return p, false
	}
	options := make([]decision.Option, len(w.Options))
	for k := range w.Options {
		p.predicted += w.Options[k].Probability * w.Options[k].Effect / p.chance
		options[k] = w.Options[k].Option
	}
	manner := w.Manner
	manner.Policy = decision.Learned
	scales.Weigh(others, w.Bank, options, manner)
	p.now = 1 - scales.Nothing()
	in := "not known"
	if of := w.Options[0].Stage; of != stage.None {
		in = of.String()
	}
	p.levels = append(p.levels, Level{"stage", in})
	return p, true
}

// longest is how long after somebody came into a trial of a program what they do is counted.
func (s *Studied) longest(program string) (most instant.Duration) {
	for _, pr := range s.Release.Programs {
		if program != "" && pr.ID != program {
			continue
		}
		for i := range pr.Outcomes {
			most = max(most, pr.Outcomes[i].Within)
		}
	}
	return most
}

func (s *Studied) entered(l *Life, t effect.Trial) entered {
	until := t.At.Add(s.longest(t.Program))
	at := firstIn(l.Reached, t.At, until, func(h *Happening) bool { return t.Program == "" || strings.HasPrefix(h.What, t.Program+"/") })
	return entered{t, at <= s.Now, until <= s.Now}
}

// policies compares what was done with what else could have been.
func (r *Report) policies(all []lived) {
	log, predicted, now := columns(all)
	r.Rows = log.Len()
	if log.Len() < Enough {
		return
	}
	q := estimate.CrossFitByUnit(log, 2, 2)
	scores := estimate.Scores(log, q, nil)
	gain := make([]float64, log.Len())
	for i := range gain {
		gain[i] = scores[1][i] - scores[0][i]
	}
	of := estimate.IPS(ones(len(gain)), gain)
	r.Effect = interval(of.Value, of.StdErr(log.Unit), log.Len(), "")
	// The log's own policy is weighed by itself, so that all rows stand on the same footing.
	current := estimate.NewTable(2, log.Len())
	half := estimate.NewTable(2, log.Len())
	next := estimate.NewTable(2, log.Len())
	for i := range gain {
		p := log.Propensity[i]
		if log.Action[i] == 0 {
			p = 1 - p
		}
		current[1][i], current[0][i] = p, 1-p
		half[1][i], half[0][i] = .5, .5
		next[1][i], next[0][i] = now[i], 1-now[i]
	}
	for _, x := range []struct {
		name  string
		table estimate.Table
	}{
		{"as it was decided", current}, {"by what was learned from other people", next}, {"evenly, as in the uniform arm", half},
		{"always something", estimate.Always(1, 2, log.Len())}, {"never anything", estimate.Always(0, 2, log.Len())},
	} {
		v, support := estimate.Earned(log, q, x.table, nil)
		r.Policies = append(r.Policies, Policy{x.name, interval(v.Value, v.StdErr(log.Unit), log.Len(), support.Why()), support.ESS})
	}
	c := estimate.Compare(log, q, next, nil)
	r.Gain = interval(c.Gain.Value, c.Gain.StdErr(log.Unit), log.Len(), c.Policy.Support.Why())
	r.Best = [...]string{"never anything", "always something"}[c.Best]
	v := estimate.Promote(log, current, next, q, estimate.Gate{Say: inPoints})
	r.Verdict, r.Reasons = string(v.Outcome), v.Reasons
	r.Calibration = calibrated(predicted, gain, log.Unit)
	r.effects(all, gain)
	r.factors(all)
}

// columns are all points as estimates want them.
func columns(all []lived) (log estimate.Log, predicted, now []float64) {
	names := baseNames(all)
	log.X = make([][]float64, len(names))
	for n := range all {
		for i := range all[n].points {
			p := &all[n].points[i]
			action, chance := int32(0), 1-p.chance
			if p.said {
				action, chance = 1, p.chance
			}
			log.Action, log.Propensity = append(log.Action, action), append(log.Propensity, chance)
			log.Reward, log.Unit = append(log.Reward, p.reward), append(log.Unit, int32(n))
			predicted, now = append(predicted, p.predicted), append(now, p.now)
			p.fill(log.X, names)
		}
	}
	numbered(log.Unit)
	return log, predicted, now
}

func calibrated(predicted, gain []float64, unit []int32) *Calibration {
	const bins = 5
	c := estimate.Calibrate(predicted, slices.Clone(gain), unit, bins)
	out := &Calibration{}
	for _, b := range c.Bins {
		out.Bins = append(out.Bins, Bin{b.N, finite0(b.Predicted), interval(b.Found, b.StdErr, b.N, "")})
	}
	if !math.IsNaN(c.Slope) && !math.IsInf(c.Slope, 0) {
		out.Slope = &c.Slope
	}
	return out
}

// effects adds to each slice what saying something added there.
func (r *Report) effects(all []lived, gain []float64) {
	at := 0
	type sum struct {
		gain []float64
		unit []int32
	}
	found := map[Level]*sum{}
	for n := range all {
		for i := range all[n].points {
			for _, l := range all[n].points[i].levels {
				if found[l] == nil {
					found[l] = &sum{}
				}
				found[l].gain, found[l].unit = append(found[l].gain, gain[at]), append(found[l].unit, int32(n))
			}
			at++
		}
	}
	for i := range r.Slices {
		var effects []estimate.Effect
		for k := range r.Slices[i].Levels {
			l := &r.Slices[i].Levels[k]
			if f := found[Level{r.Slices[i].Respect, l.Is}]; f != nil && len(f.gain) >= leastSlice {
				v := estimate.IPS(ones(len(f.gain)), f.gain)
				effects = append(effects, estimate.Effect{Name: l.Is, Value: v.Value, StdErr: v.StdErr(f.unit), N: len(f.gain)})
			}
		}
		shrunk := estimate.ShrinkSlices(effects, sliceMargin)
		for k := range r.Slices[i].Levels {
			r.Slices[i].Levels[k].fill(effects, shrunk)
		}
	}
}

func ones(n int) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = 1
	}
	return out
}

// fill takes a level's effect, drawn toward all others', and its own distance from that of all others together:
// with two levels alone nothing is known of how far levels are from each other, and a gap shows all the same.
func (l *SliceLevel) fill(effects []estimate.Effect, shrunk estimate.Slices) {
	for _, e := range shrunk.Slices {
		if e.Name == l.Is && !math.IsNaN(e.Lo+e.Hi) && !math.IsInf(e.Hi-e.Lo, 0) {
			l.Effect = Interval{e.Shrunk, e.Lo, e.Hi, true, ""}
		}
	}
	var own estimate.Effect
	var sum, rows, variance float64
	for _, e := range effects {
		if e.Name == l.Is {
			own = e
			continue
		}
		n := float64(e.N)
		sum, rows, variance = sum+n*e.Value, rows+n, variance+n*n*e.StdErr*e.StdErr
	}
	if own.N == 0 || rows == 0 {
		return
	}
	l.Gap = interval(own.Value-sum/rows, math.Sqrt(own.StdErr*own.StdErr+variance/rows/rows), Enough, "")
	l.Flagged = l.Gap.Enough && (l.Gap.Lo > sliceMargin || l.Gap.Hi < -sliceMargin)
}

const (
	// sliceMargin is by how much the effect in a slice may differ from that in others before it is flagged, and
	// leastSlice how many decisions a slice needs for its effect to be told.
	sliceMargin = .02
	leastSlice  = 30
)
