package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"attune/core/id"
	"attune/core/instant"
	"attune/core/program"
	"attune/internal/insight"
	"attune/internal/insight/duck"
	"attune/internal/leverage"
)

// measureMaps fills columns with facts of made-up people on a map, and measures how fast its numbers are told: of everybody, of any filter, and
// after one more fact.
func measureMaps(r *report, o options, zones *instant.Zones) error {
	rel, err := load(zones, "programs/rheumatoid_referral")
	if err != nil {
		return err
	}
	pr := rel.Programs[0]
	columns := insight.NewColumns()
	var who []insight.Pseudonym
	_ = columns.Load(func(add func(*insight.Fact) error) error {
		who = manyFacts(pr, o.events, add)
		return nil
	})
	facts, people := columns.Size(pr.ID)
	runtime.GC()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	now := instant.Of(time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC))
	m := &pr.Map
	filters := []insight.Filter{
		{AsOf: now},
		{AsOf: now, From: now.Add(-365 * instant.Day)},
		{AsOf: now.Add(-90 * instant.Day)},
		{AsOf: now, Saw: m.Moments[0].ID}, {AsOf: now, Not: m.Moments[len(m.Moments)-1].ID},
		{AsOf: now, Is: map[string][]string{m.Attributes[0].ID: {"level 1"}}},
		{AsOf: now, Is: map[string][]string{m.Attributes[0].ID: {"level 1", "level 2", "level 3"}, m.Attributes[1].ID: {"level 0"}}},
		{AsOf: now, From: now.Add(-365 * instant.Day), Saw: m.Moments[0].ID, Is: map[string][]string{m.Attributes[0].ID: {"level 4"}}},
	}
	var took []time.Duration
	cpu := cpuTime()
	for range 8 {
		for _, f := range filters {
			began := time.Now()
			if _, err := columns.Overlay(pr, f); err != nil {
				return err
			}
			took = append(took, time.Since(began))
		}
	}
	spent := (cpuTime() - cpu).Seconds() / float64(len(took))
	slices.Sort(took)
	var after []time.Duration
	draw := rand.New(rand.NewPCG(3, 5))
	for range 20 {
		began := time.Now()
		columns.Add(insight.Part{Who: who[draw.IntN(len(who))], Facts: []insight.Fact{{At: now, Known: now, Program: pr.ID, Kind: insight.Seen, Name: m.Moments[0].ID}}})
		if _, err := columns.Overlay(pr, insight.Filter{AsOf: now}); err != nil {
			return err
		}
		after = append(after, time.Since(began))
	}
	slices.Sort(after)
	began := time.Now()
	q, err := columns.Question(pr, insight.Filter{AsOf: now, From: now.Add(-365 * instant.Day)}, leverage.Options{Seed: 1})
	if err == nil {
		_, err = leverage.Find(q)
	}
	if err != nil {
		return err
	}
	found := time.Since(began)
	name := fmt.Sprintf("map of %d facts", facts)
	r.add(name+": any filter, p95", millis(took[len(took)*95/100]), "ms", fmt.Sprintf("%d people, %d filters, %d phases, %d moments, with medians; half in %.0f ms", people, len(filters), len(m.Phases), len(m.Moments), millis(took[len(took)/2])))
	r.add(name+": CPU of one", spent*1e3, "ms", "")
	r.add(name+": from a fact to the map that has it, p95", millis(after[len(after)*95/100]), "ms", "")
	r.add(name+": leverage points of a year", found.Seconds(), "s", "")
	r.add(name+": memory", float64(mem.HeapAlloc)/1e6, "MB", fmt.Sprintf("%.0f bytes a fact", float64(mem.HeapAlloc)/float64(facts)))
	if err := measureViewers(r, name, columns, pr, now); err != nil {
		return err
	}
	columns = nil
	runtime.GC()
	return measureStart(r, name, pr, o.events)
}

// nothing is a history that has as many commits as a file of facts was filled with, and nothing after them.
type nothing int64

func (n nothing) Newest(context.Context) (int64, error) { return int64(n), nil }

func (n nothing) Commits(context.Context, int64, int64, func(insight.Commit) error) error { return nil }

func (n nothing) People() []id.Person { return nil }

// measureStart writes facts to a file, as a server does, and starts from it, while a map is asked for.
func measureStart(r *report, name string, pr *program.Program, n int) error {
	if !duck.Built {
		return nil
	}
	dir, err := os.MkdirTemp("", "attune-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	ctx, path := context.Background(), filepath.Join(dir, "facts.duckdb")
	base, err := duck.Open(ctx, path)
	if err != nil {
		return err
	}
	var parts []insight.Part
	mark := int64(0)
	flush := func() error {
		mark++
		err := base.Append(ctx, parts, mark)
		parts = parts[:0]
		return err
	}
	began, cpu := time.Now(), cpuTime()
	var wrong error
	manyFacts(pr, n, func(f *insight.Fact) error {
		if wrong != nil {
			return wrong
		}
		if len(parts) == 0 || parts[len(parts)-1].Who != f.Who {
			if len(parts) == 1<<14 {
				wrong = flush()
			}
			parts = append(parts, insight.Part{Who: f.Who, Frame: mark})
		}
		last := &parts[len(parts)-1]
		last.Facts = append(last.Facts, *f)
		return wrong
	})
	if wrong == nil {
		wrong = flush()
	}
	if err := errors.Join(wrong, base.Close()); err != nil {
		return err
	}
	size, err := os.Stat(path)
	if err != nil {
		return err
	}
	r.add(name+": written to a file", time.Since(began).Seconds(), "s", fmt.Sprintf("%.1f s of CPU, %.0f MB", (cpuTime()-cpu).Seconds(), float64(size.Size())/1e6))
	parts = nil
	debug.FreeOSMemory()
	forgetPeak()
	began, cpu = time.Now(), cpuTime()
	if base, err = duck.Open(ctx, path); err != nil {
		return err
	}
	tail := insight.NewTail(nothing(mark), []byte("bench"), slog.New(slog.DiscardHandler))
	if err := tail.Start(ctx, base); err != nil {
		return err
	}
	if err := tail.CatchUp(ctx); err != nil {
		return err
	}
	took, spent := time.Since(began).Seconds(), (cpuTime() - cpu).Seconds()
	facts, _ := tail.Columns.Size(pr.ID)
	peak := peakMB()
	runtime.GC()
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	r.add(name+": start from the file", took, "s", fmt.Sprintf("%.1f s of CPU, %.0f ns of it a fact, %d facts read", spent, spent*1e9/float64(facts), facts))
	r.add(name+": memory after that", float64(mem.HeapAlloc)/1e6, "MB", fmt.Sprintf("%.0f MB the process had at most while it started, with DuckDB", peak))
	return tail.Close()
}

// measureViewers has a map counted once for each of fifty who look at it, which is what sharing one count saves.
func measureViewers(r *report, name string, columns *insight.Columns, pr *program.Program, now instant.Time) error {
	const viewers = 50
	f := insight.Filter{AsOf: now}
	cpu, began := cpuTime(), time.Now()
	for range viewers {
		if _, err := columns.Overlay(pr, f); err != nil {
			return err
		}
	}
	r.add(name+": one look of 50 viewers, each counted", time.Since(began).Seconds(), "s", fmt.Sprintf("%.1f s of CPU", (cpuTime()-cpu).Seconds()))
	return nil
}

// manyFacts makes people go over a map: some six in seven of a phase on to the next, with moments, levels and loops.
func manyFacts(pr *program.Program, n int, add func(*insight.Fact) error) (who []insight.Pseudonym) {
	draw := rand.New(rand.NewPCG(1, 2))
	begin := instant.Of(time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC))
	m := &pr.Map
	for made := 0; made < n; {
		var p insight.Pseudonym
		for i := range 8 {
			p[i] = byte(len(who) >> (8 * i))
		}
		who = append(who, p)
		at := begin.Add(instant.Duration(draw.Int64N(int64(1000 * instant.Day))))
		put := func(f insight.Fact) {
			f.Who, f.At, f.Known, f.Program = p, at, at, pr.ID
			_ = add(&f)
			made++
		}
		put(insight.Fact{Kind: insight.Enrolled})
		for _, a := range m.Attributes {
			put(insight.Fact{Kind: insight.Is, Name: a.ID, Level: fmt.Sprintf("level %d", draw.IntN(12))})
		}
		for k := range m.Phases {
			put(insight.Fact{Kind: insight.Entered, Name: m.Phases[k].ID})
			for i := range m.Moments {
				if m.Moments[i].Phase == m.Phases[k].ID && !m.Moments[i].Seen.IsZero() && draw.IntN(4) > 0 {
					at = at.Add(instant.Duration(draw.ExpFloat64() * 5 * float64(instant.Day)))
					put(insight.Fact{Kind: insight.Seen, Name: m.Moments[i].ID})
				}
			}
			at = at.Add(instant.Duration(draw.ExpFloat64() * 20 * float64(instant.Day)))
			if draw.IntN(7) == 0 {
				if draw.IntN(2) == 0 {
					put(insight.Fact{Kind: insight.Exited, Name: m.Exits[0].ID})
				}
				break
			}
			if k > 0 && draw.IntN(12) == 0 {
				put(insight.Fact{Kind: insight.Entered, Name: m.Phases[k-1].ID})
				at = at.Add(10 * instant.Day)
			}
		}
	}
	return who
}
