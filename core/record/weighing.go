package record

import (
	"attune/core/decision"
	"attune/core/effect"
	"attune/core/instant"
	"attune/core/policy"
	"attune/core/record/recordpb"
	"attune/core/stage"
)

func roundsToWire(rounds []effect.Weighing) []*recordpb.Weighing {
	var out []*recordpb.Weighing
	for i := range rounds {
		r := &rounds[i]
		m := &recordpb.Weighing{
			Model: r.Model, Policy: uint32(r.Manner.Policy), Arm: r.Arm, Explore: r.Manner.Explore, Least: r.Manner.Least, Most: r.Manner.Most,
			Bank: uint32(r.Bank), Nothing: r.Nothing, Place: r.Place, Drawn: uint32(r.Drawn + 1), Retired: r.Retired,
			Barriers: r.Barriers, Motives: r.Motives,
		}
		m.Base, m.BaseValues = termsToWire(r.Base)
		for k := range r.Options {
			o := &r.Options[k]
			w := &recordpb.Option{
				Candidate: uint32(o.Candidate), Variant: o.Variant, Channel: o.Channel, Part: o.Part, Due: int64(o.Due), Why: string(o.Why), Confidence: o.Confidence,
				Path: o.Path[:], Value: o.Value, Fit: o.Fit, Context: o.Context, Lever: o.Lever, Cost: o.Cost, Reach: o.Reach,
				Effect: o.Effect, Sd: o.SD, Hazard: o.Hazard, Burden: o.Burden, Score: o.Score, Probability: o.Probability,
				Eases: o.Eases,
			}
			if o.Stage != stage.None {
				w.Stage = o.Stage.String()
			}
			w.Features, w.Values = termsToWire(o.Terms)
			m.Options = append(m.Options, w)
		}
		out = append(out, m)
	}
	return out
}

func roundsFromWire(list []*recordpb.Weighing) []effect.Weighing {
	var out []effect.Weighing
	for _, m := range list {
		r := effect.Weighing{
			Model: m.Model, Bank: int(m.Bank), Arm: m.Arm, Nothing: m.Nothing, Place: m.Place, Drawn: int(m.Drawn) - 1, Retired: m.Retired,
			Barriers: m.Barriers, Motives: m.Motives,
			Manner: decision.Manner{Policy: decision.Policy(m.Policy), Explore: m.Explore, Least: m.Least, Most: m.Most},
			Base:   termsFromWire(m.Base, m.BaseValues),
		}
		for _, w := range m.Options {
			o := effect.Weighed{
				Candidate: int(w.Candidate), Variant: w.Variant, Channel: w.Channel, Part: w.Part, Due: instant.Time(w.Due), Why: policy.Reason(w.Why), Confidence: w.Confidence, Eases: w.Eases,
				Option: decision.Option{Terms: termsFromWire(w.Features, w.Values), Value: w.Value, Fit: w.Fit, Context: w.Context, Lever: w.Lever, Cost: w.Cost, Reach: w.Reach},
				Weight: decision.Weight{Effect: w.Effect, SD: w.Sd, Hazard: w.Hazard, Burden: w.Burden, Score: w.Score, Probability: w.Probability},
			}
			o.Stage, _ = stage.Parse(w.Stage)
			copy(o.Path[:], w.Path)
			r.Options = append(r.Options, o)
		}
		out = append(out, r)
	}
	return out
}

func termsToWire(terms []decision.Term) (features []uint32, values []float32) {
	for _, t := range terms {
		features, values = append(features, uint32(t.Feature)), append(values, t.Value)
	}
	return features, values
}

func termsFromWire(features []uint32, values []float32) []decision.Term {
	var out []decision.Term
	for i, f := range features {
		if i < len(values) {
			out = append(out, decision.Term{Feature: decision.Feature(f), Value: values[i]})
		}
	}
	return out
}
