package engine

import (
	"slices"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/policy"
	"attune/core/program"
)

// competes tells whether a candidate is weighed against others and against nothing. What must be said, what
// goes to all who fit, what is for others, and what another's step proposed does not: that was decided there.
func (s *step) competes(c candidate) bool {
	en := s.engagementOf(c)
	return !s.unprofiled() && en.Coordination == program.Decided && c.proposal.about.IsZero() && !s.isForOthers(en)
}

// choose settles what competes, one thing to say at a time: what was drawn counts against caps, spacing and
// the person's patience when the next is weighed, until nothing more is drawn.
func (s *step) choose(record *effect.Decide, open []choosable, at instant.Time) {
	// What nothing is learned of goes first: all of it is said that may be.
	for _, learns := range []bool{false, true} {
		var left []choosable
		for _, c := range open {
			if s.learns(s.rel.Programs[c.program], s.engagementOf(c.candidate)) == learns {
				left = append(left, c)
			}
		}
		for len(left) > 0 {
			var alike, others []choosable
			for _, c := range left {
				if s.drawnBy(c, learns) == s.drawnBy(left[0], learns) {
					alike = append(alike, c)
				} else {
					others = append(others, c)
				}
			}
			for len(alike) > 0 {
				alike = s.round(record, alike, learns, at)
			}
			left = others
		}
	}
}

// round weighs what is left, and draws one option or nothing. It returns what is left then.
func (s *step) round(record *effect.Decide, left []choosable, learns bool, at instant.Time) []choosable {
	pr := s.rel.Programs[left[0].program]
	x := s.situation(s.zone(pr), at)
	var all []option
	var still []choosable
	for _, c := range left {
		out := &record.Candidates[c.place]
		if i := s.passage(c.enrollment); i >= 0 && !s.p.Enrollments[i].Touch.IsZero() || slices.Contains(s.passedBy, c.enrollment) {
			out.Reason = policy.NotChosen // the step says one thing only
			continue
		}
		options, reason, detail := s.options(len(still), c, x, at)
		if len(options) == 0 {
			out.Reason, out.Detail = reason, detail
			continue
		}
		still = append(still, c)
		all = append(all, options...)
	}
	if len(all) == 0 {
		return nil
	}
	var retired []string
	if learns {
		all, retired = s.unretired(record, all, s.modelFor(left[0].program))
	}
	all = all[:min(len(all), mostOptions)]
	w := s.weigh(record, still, learns, all, x)
	w.Retired = retired
	record.Rounds = append(record.Rounds, w)
	if w.Drawn < 0 {
		for _, c := range still {
			record.Candidates[c.place].Reason = policy.NothingNow
		}
		return nil
	}
	drawn := &all[w.Drawn]
	c := still[drawn.of]
	s.say(&record.Candidates[c.place], c.candidate, drawn.w, at)
	record.Candidates[c.place].Propensity = w.Options[w.Drawn].Probability
	return slices.Delete(still, drawn.of, drawn.of+1)
}

// unretired leaves out the variants that the model retired, where the engagement can be said in other words,
// and names them.
func (s *step) unretired(record *effect.Decide, all []option, model *decision.Model) (left []option, retired []string) {
	if model == nil || len(model.Retired) == 0 {
		return all, nil
	}
	name := func(o *option) string {
		c := &record.Candidates[o.seen.Candidate]
		return c.Program + "/" + c.Engagement + "/" + o.seen.Variant
	}
	is := func(o *option) bool { return model.IsRetired(decision.FeatureOf(decision.Name("variant", name(o)))) }
	for i := range all {
		o := &all[i]
		other := func(n option) bool { return n.of == o.of && !is(&n) }
		switch {
		case !is(o) || !slices.ContainsFunc(all, other):
			left = append(left, *o)
		case !slices.Contains(retired, name(o)):
			retired = append(retired, name(o))
		}
	}
	return left, retired
}

// weigh weighs the options of some candidates and draws one of them.
func (s *step) weigh(record *effect.Decide, of []choosable, learns bool, all []option, x situation) effect.Weighing {
	manner, arm := decision.Manner{Policy: decision.Ranked}, ""
	if learns {
		manner, arm = s.together(of)
	}
	if s.stale && manner.Policy == decision.Learned {
		manner.Policy = decision.Fallback
	}
	w := effect.Weighing{Manner: manner, Arm: arm, Bank: int(s.p.ID[len(s.p.ID)-1]) % decision.Banks, Options: make([]effect.Weighed, len(all))}
	w.Barriers, w.Motives = words(driven(&s.p, program.BarrierFact, s.p.Now)), motives(&s.p, s.p.Now)
	var model *decision.Model
	if learns {
		w.Base = s.base(x, all[0].seen.Stage, all[0].seen.Confidence)
		if model = s.modelFor(of[0].program); model == nil {
			model = s.rel.Learning.Prior
		} else {
			w.Model = model.Short
		}
	}
	options := make([]decision.Option, len(all))
	for i := range all {
		w.Options[i], options[i] = all[i].seen, all[i].seen.Option
	}
	var scales decision.Scales
	weights, by := scales.Weigh(model, w.Bank, options, w.Manner)
	w.Manner.Policy = by
	for i := range weights {
		w.Options[i].Weight = weights[i]
	}
	w.Nothing = scales.Nothing()
	w.Place = Place(s.seed, record.ID, len(record.Rounds))
	w.Drawn = scales.Pick(w.Place)
	return w
}

// Place is the draw of a round of a decision: keyed, so that looking again finds the same.
func Place(seed id.Seed, decision id.Key, round int) float64 {
	return id.Draw(seed, "choice", decision.Short(), uint64(round))
}
