package app

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/record"
	"attune/internal/runner"
)

var _ runner.Models = (*models)(nil)

// roundsOf calls f with every round of everybody's history.
func roundsOf(t *testing.T, n *Node, f func(d *effect.Decide, w *effect.Weighing)) {
	t.Helper()
	all, err := everybody(t.Context(), n.People)
	if err != nil {
		t.Fatal(err)
	}
	for _, who := range all {
		err := lives{history: n.History}.Records(t.Context(), who, func(r record.Record) {
			for _, e := range r.Effects {
				if d, ok := e.(effect.Decide); ok {
					for i := range d.Rounds {
						f(&d, &d.Rounds[i])
					}
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// One world is enough for all that learning does in it.
func TestLearning(t *testing.T) {
	if testing.Short() {
		t.Skip("lives through months")
	}
	t.Parallel()
	w, dir := learningWorld(t)
	for _, part := range []struct {
		name string
		do   func(*testing.T, *World, string)
	}{
		{"decisions go by what was learned, and say by what", goByWhatWasLearned},
		{"decisions begin from what another organisation measured, and say so", beginsElsewhere},
		{"what is learned adds up, in the server and beside it", addsUp},
		{"the report adds up, and changes nothing", reportAddsUp},
		{"a missing model is told by its name", missingModel},
		{"nothing is learned of who objects, or of whom nothing may be used", leavesOut},
	} {
		t.Run(part.name, func(t *testing.T) { part.do(t, w, dir) }) //nolint:paralleltest // they go on where the one before ended
	}
}

func goByWhatWasLearned(t *testing.T, w *World, dir string) {
	list, err := ModelsIn(dir)
	if err != nil || len(list) == 0 {
		t.Fatalf("nothing was learned in four months: %v", err)
	}
	names := map[uint64]int{}
	for _, m := range list {
		model, err := w.Node.models.load(m.ID)
		if err != nil {
			t.Fatal(err)
		}
		names[model.Short] = 0
	}
	before := 0
	learning := w.Node.live().Programs[0].Policy.Learning
	roundsOf(t, w.Node, func(d *effect.Decide, r *effect.Weighing) {
		if len(r.Base) == 0 {
			return
		}
		if _, known := names[r.Model]; known {
			names[r.Model]++
		} else if before++; r.Model != 0 {
			t.Errorf("decision %s names the model %016x, which was never made", d.ID, r.Model)
		}
		sum := r.Nothing
		for _, o := range r.Options {
			sum += o.Probability
		}
		engage := 1 - r.Nothing
		if math.Abs(sum-1) > 1e-9 || engage < learning.Least-1e-9 || engage > learning.Most+1e-9 {
			t.Errorf("decision %s: the chances sum to %g, and something is said with %g", d.ID, sum, engage)
		}
		if r.Drawn >= 0 && r.Options[r.Drawn].Probability <= 0 {
			t.Errorf("decision %s drew what had no chance", d.ID)
		}
	})
	used := 0
	for _, n := range names {
		used += n
	}
	if used == 0 || before == 0 {
		t.Errorf("%d decisions by what was learned, %d before anything was: want some of both", used, before)
	}
}

func addsUp(t *testing.T, w *World, dir string) {
	rounds, drawn := 0, 0
	roundsOf(t, w.Node, func(_ *effect.Decide, r *effect.Weighing) {
		if len(r.Base) > 0 && len(r.Options) > 0 {
			if rounds++; r.Drawn >= 0 {
				drawn++
			}
		}
	})
	live, err := w.Node.Learn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c := live.Made.Count
	if c.Decisions != rounds || c.Drawn != drawn || c.Nothing != rounds-drawn {
		t.Errorf("counted %+v; the histories have %d decisions, of which %d said something", c, rounds, drawn)
	}
	if c.Known+c.Open+c.Young < c.Decisions-c.NoOutcome || live.Made.Rows != c.Known+c.Open {
		t.Errorf("rows are lost: %+v, learned from %d", c, live.Made.Rows)
	}
	again, err := w.Node.Learn(t.Context())
	if err != nil || again.Made.Weight != live.Made.Weight {
		t.Errorf("the same histories weigh %g and %g: %v", live.Made.Weight, again.Made.Weight, err)
	}
	if err := w.Node.Close(); err != nil {
		t.Fatal(err)
	}
	aside, err := LearnIn(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if aside.Made.Count.Decisions != rounds || aside.Made.ID == "" {
		t.Errorf("learned aside from %+v", aside.Made.Count)
	}
}

func reportAddsUp(t *testing.T, _ *World, dir string) {
	was, err := ModelsIn(dir)
	if err != nil {
		t.Fatal(err)
	}
	i, err := Inspect(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	r, err := i.LearningReport(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if c := r.Count; c.Decisions == 0 || c.Drawn+c.Nothing != c.Decisions || !slices.ContainsFunc(was, func(m Made) bool { return m.Current && m.ID == r.Model }) {
		t.Errorf("counts %+v of model %q", c, r.Model)
	}
	people := 0
	for _, l := range r.Slices[0].Levels {
		people += l.People
	}
	if people == 0 || people > r.Count.Read {
		t.Errorf("%d people by %s, of %d", people, r.Slices[0].Respect, r.Count.Read)
	}
	if is, err := ModelsIn(dir); err != nil || len(is) != len(was) {
		t.Errorf("looking made a model: %v", err)
	}
}

func missingModel(t *testing.T, w *World, dir string) {
	is, err := openModels(dir)
	if err != nil {
		t.Fatal(err)
	}
	current := is.newest()
	if current == nil {
		t.Fatal("nothing was learned")
	}
	path := filepath.Join(dir, modelsName, current.ID+modelEnding)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	opening := func() error {
		n, err := Open(t.Context(), Options{Data: dir, Organisation: "demo", Now: w.Clock.Now, Relaxed: true})
		if err == nil {
			_ = n.Close()
		}
		return err
	}
	for name, damage := range map[string]func() error{
		"missing": func() error { return os.Remove(path) },
		"cut off": func() error { return os.WriteFile(path, whole[:len(whole)/2], 0o600) },
		"changed": func() error {
			return os.WriteFile(path, append(whole[:len(whole)-1:len(whole)-1], whole[len(whole)-1]^1), 0o600)
		},
	} {
		if err := damage(); err != nil {
			t.Fatal(err)
		}
		if err := opening(); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "backup") {
			t.Errorf("%s: %v", name, err)
		}
		if err := os.WriteFile(path, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := opening(); err != nil {
		t.Error(err)
	}
	if _, err := is.Find(12345); err == nil || !strings.Contains(err.Error(), "0000000000003039") {
		t.Errorf("a model that was never there: %v", err)
	}
	if found, err := is.Find(current.Short); err != nil || found.ID != current.ID {
		t.Errorf("found %v, %v", found, err)
	}
}

func leavesOut(t *testing.T, w *World, dir string) {
	n, err := Open(t.Context(), Options{Data: dir, Organisation: "demo", Now: w.Clock.Now, Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	all, err := everybody(t.Context(), n.People)
	if err != nil {
		t.Fatal(err)
	}
	read := func() int {
		t.Helper()
		night, err := n.Learn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return night.Made.Count.Read
	}
	before := read()
	limitFew(t, n, all)
	if after := read(); before != len(all) || after != before-2 {
		t.Errorf("of %d people %d were read, and %d when two were left out", len(all), before, after)
	}
}

// limitFew lets the first of some people object to profiling, the second to advertising, and nothing be done with what is known of the third.
func limitFew(t *testing.T, n *Node, people []id.Person) {
	t.Helper()
	for i, name := range []string{"profiling.objected", "marketing.objected", "processing.restricted"} {
		if err := n.own(t.Context(), people[i], name, n.Now(), textField("by", "nurse Kim")); err != nil {
			t.Fatal(err)
		}
	}
	for n.Runner.Behind() > 0 {
		if _, err := n.Runner.Tick(t.Context(), n.Now()); err != nil {
			t.Fatal(err)
		}
	}
}

// Nobody goes by a model that is too old, nor by one that a clock which was set back cannot tell the age of.
func TestAModelOfAnotherTimeIsNotGoneBy(t *testing.T) {
	t.Parallel()
	m := &models{staleAfter: staleAfter, current: &decision.Model{}, made: 100 * instant.Time(instant.Day)}
	for hours, want := range map[instant.Duration]bool{0: false, 47: false, 49: true, -1: false, -49: true, -24 * 365: true} {
		if _, stale := m.Current(m.made.Add(hours * instant.Hour)); stale != want {
			t.Errorf("%d hours later it is out of date: %v", hours, stale)
		}
	}
	if _, stale := (&models{staleAfter: staleAfter}).Current(0); stale {
		t.Error("no model is out of date")
	}
}
