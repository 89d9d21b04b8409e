package app

import (
	"fmt"
	"path/filepath"
	"testing"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/policy"
	"attune/core/record"
	"attune/internal/guardrail"
	"attune/internal/history"
	"attune/internal/seal"
	"attune/internal/store"
	"attune/internal/store/sqlite"
)

// BenchmarkCountingAnew counts whom a program lost, as a start does, from a history of 100,000 messages to 10,000
// people: what was decided among four options, what was handed over, and what the carrier said.
func BenchmarkCountingAnew(b *testing.B) {
	const people, sends = 10_000, 100_000
	dir := b.TempDir()
	keys, err := seal.Open(filepath.Join(dir, "keys"), "test")
	if err != nil {
		b.Fatal(err)
	}
	defer keys.Close()
	frames, err := sqlite.OpenHistory(dir, sqlite.Config{Durability: sqlite.Relaxed})
	if err != nil {
		b.Fatal(err)
	}
	defer frames.Close()
	h := history.New(frames, nil, keys)
	var all []id.Person
	for n := range people {
		all = append(all, id.Person{byte(n), byte(n >> 8), 1})
	}
	if err := keys.Ensure(all...); err != nil {
		b.Fatal(err)
	}
	const begin = instant.Time(1_800_000_000_000)
	f, entries := store.Frame{Number: 1, At: begin}, 0
	add := func(who id.Person, rec record.Record) {
		plain, err := rec.Encode()
		if err != nil {
			b.Fatal(err)
		}
		body, err := keys.Seal(who, seal.Frame, seal.FrameName(f.Number), plain)
		if err != nil {
			b.Fatal(err)
		}
		f.Entries = append(f.Entries, store.FrameEntry{Person: who, Body: body})
		if entries++; len(f.Entries) == 300 {
			if err := h.Append(b.Context(), f); err != nil {
				b.Fatal(err)
			}
			f = store.Frame{Number: f.Number + 1, Log: 300 * (f.Number + 1), At: f.At.Add(10 * instant.Minute)}
		}
	}
	for n := range sends {
		who := all[n%people]
		touch := id.Derive(id.Seed{1}, "touch", uint64(n))
		var w effect.Weighing
		for range 4 {
			o := effect.Weighed{Weight: decision.Weight{Probability: .2}}
			for k := range 12 {
				o.Terms = append(o.Terms, decision.Term{Feature: decision.FeatureOf(fmt.Sprint(k)), Value: 1})
			}
			w.Options = append(w.Options, o)
		}
		add(who, record.Record{At: f.At, What: engine.Heard{Event: event.Event{ID: fmt.Sprint("e/", n), Name: "medication.dispensed", OccurredAt: f.At}}, Effects: []effect.Effect{
			effect.Decide{At: f.At, Rounds: []effect.Weighing{w}, Candidates: []effect.Candidate{{Program: "p", Engagement: "refill_reminder", Touch: touch}}}, effect.Schedule{Touch: touch, At: f.At},
		}})
		add(who, record.Record{At: f.At, What: engine.Gate{}, Effects: []effect.Effect{effect.Send{At: f.At, Program: "p", Engagement: "refill_reminder", Touch: touch, Purpose: "care", Channel: "sms"}}})
		add(who, record.Record{At: f.At, What: engine.Settled{}, Effects: []effect.Effect{effect.Settle{At: f.At, Touch: touch}}})
	}
	for b.Loop() {
		g := &guards{}
		g.tally.Guarded = func(string) bool { return true }
		g.tally.Begin("p", begin, nil)
		if err := g.recallAll(b.Context(), h, keys); err != nil {
			b.Fatal(err)
		}
		if c := g.tally.Counts()["p"]; c.Stands("p", guardrail.OptOut, policy.StandardHalt()).People < people {
			b.Fatal(c)
		}
	}
	b.ReportMetric(float64(entries)*float64(b.N)/b.Elapsed().Seconds(), "records/s")
}
