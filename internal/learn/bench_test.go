package learn

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/record"
)

// crowd makes each person's history when it is asked for, so that what is measured is the learning.
type crowd struct {
	space     *decision.Space
	decisions int
}

// BenchmarkAMillionDecisions learns from a million decisions of 50,000 people with a model of 256 features, from
// records to a model: rows, sums, what is taken as given, and the belief.
func BenchmarkAMillionDecisions(b *testing.B) {
	var known []decision.Known
	known = append(known, decision.Baseline.Feature("base"), decision.Baseline.Feature("base", "outcome", refill))
	for i := len(known); i < 256; i++ {
		g := decision.Groups()[1+i%(len(decision.Groups())-1)]
		known = append(known, g.Feature("feature", fmt.Sprint(i)))
	}
	space, err := decision.NewSpace(known)
	if err != nil {
		b.Fatal(err)
	}
	rel := *live(b)
	learning := *rel.Learning
	learning.Space = space
	rel.Learning = &learning
	people := make([]id.Person, 50_000)
	for n := range people {
		people[n] = id.Person{byte(n >> 16), byte(n >> 8), byte(n)}
	}
	for b.Loop() {
		out, err := Learn(b.Context(), Config{Source: crowd{space, 20}, People: people, Release: &rel, Now: day(400)}, nil, id.Seed{})
		if err != nil || out.Count.Decisions != 1_000_000 || out.Model == nil {
			b.Fatal(err, out.Count)
		}
	}
	b.ReportMetric(1e6*float64(b.N)/b.Elapsed().Seconds(), "decisions/s")
}

// Records implements Source: twenty decisions, each among four options of twelve features.
func (c crowd) Records(_ context.Context, who id.Person, f func(record.Record)) error {
	g := rand.New(rand.NewPCG(uint64(who[0])<<16|uint64(who[1])<<8|uint64(who[2]), 1))
	known := c.space.Known()
	at := begin
	for n := range c.decisions {
		d := effect.Decide{ID: id.Key{byte(n)}, At: at, Candidates: []effect.Candidate{{Program: "diabetes", Engagement: "refill_reminder", Outcome: refill, Within: 10 * instant.Day}}}
		w := effect.Weighing{Base: []decision.Term{{Feature: decision.FeatureOf("base"), Value: 1}}, Nothing: .4, Drawn: g.IntN(5) - 1}
		for range 4 {
			o := effect.Weighed{Weight: decision.Weight{Probability: .15}}
			for range 12 {
				o.Terms = append(o.Terms, decision.Term{Feature: known[g.IntN(len(known))].Feature, Value: 1})
			}
			w.Options = append(w.Options, o)
		}
		d.Rounds = []effect.Weighing{w}
		f(record.Record{At: at, What: engine.Tick{}, Effects: []effect.Effect{d}})
		if g.IntN(3) == 0 {
			f(fetched(fmt.Sprint(n), at.Add(instant.Day), at.Add(instant.Day)))
		}
		at = at.Add(15 * instant.Day)
	}
	return nil
}
