package app

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"attune/core/instant"
	"attune/internal/backtest"
)

// A folder whose decisions were made by what was learned: each past goes by the models that it names, and the
// window by the one that was current.
func TestABacktestGoesByWhatWasLearned(t *testing.T) {
	if testing.Short() {
		t.Skip("lives through months")
	}
	t.Parallel()
	n, dir := promptWorldOf(t, learning, 250, 120, 75, 95)
	live := n.live()
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	made, err := ModelsIn(dir)
	if err != nil || len(made) != 2 {
		t.Fatalf("%d models, %v", len(made), err)
	}
	for _, c := range []struct {
		it       string
		from, to int
		model    string
		is       string
		same     bool
	}{
		{"goes by the newest", 96, 114, "", made[1].ID, true},
		{"goes by the one that was current", 76, 95, "", made[0].ID, true},
		{"goes by none before there was any", 20, 75, "", "", true},
		{"goes by the one that is asked for", 96, 114, made[0].ID[:12], made[0].ID, false},
		{"goes by none where that is asked for", 96, 114, "none", "", false},
	} {
		r := backtested(t, dir, Backtest{Release: live, Model: c.model, From: crashBegin.Add(instant.Duration(c.from) * instant.Day), To: crashBegin.Add(instant.Duration(c.to) * instant.Day)})
		if r.Differs != 0 {
			t.Errorf("it %s: the past of %d people came out differently", c.it, r.Differs)
		}
		if r.Model == nil != (c.is == "") || r.Model != nil && r.Model.ID != c.is {
			t.Errorf("it %s: %+v", c.it, r.Model)
		}
		played, real := r.Candidate.Counts, r.Happened
		answered := func(j backtest.Journey) bool { return j.Journey == "missed_visit" }
		played.Journeys, real.Journeys = slices.DeleteFunc(slices.Clone(played.Journeys), answered), slices.DeleteFunc(real.Journeys, answered)
		if a, b := spelled(t, played), spelled(t, real); (a == b) != c.same || real.Touches.HandedOver == 0 {
			t.Errorf("it %s: what happened came out: %t\n%s\n%s", c.it, a == b, a, b)
		}
		// Only what is over tells: the window that ends a month before the history does.
		if v := r.Worth.Tried; c.to == 95 && (v.Whole == nil || v.Whole.Verdict != "It does what was done." || v.Whole.IPS != *v.Really || v.NotCovered != 0) {
			t.Errorf("it %s, and is worth another thing: %s", c.it, spelled(t, r.Worth))
		}
	}
	// When the newest was out of date it was not gone by, which is part of the past.
	if r := backtested(t, dir, Backtest{Release: live, From: crashBegin.Add(118 * instant.Day)}); r.Differs != 0 {
		t.Errorf("where the model was out of date, the past of %d people came out differently", r.Differs)
	}
	_, err = mustInspect(t, dir).Backtest(t.Context(), Backtest{Release: live, Model: "fff0"})
	if err == nil || !strings.Contains(err.Error(), "--model fff0 names 0 of the 2 models") {
		t.Error(err)
	}
	// Without a model that records name nobody can say how it was decided.
	if err := os.Remove(filepath.Join(dir, modelsName, made[0].ID+".model")); err != nil {
		t.Fatal(err)
	}
	_, err = mustInspect(t, dir).Backtest(t.Context(), Backtest{Release: live})
	if err == nil || !strings.Contains(err.Error(), made[0].ID[:16]) || !strings.Contains(err.Error(), "backup") {
		t.Error(err)
	}
}

func mustInspect(t *testing.T, dir string) *Inspector {
	t.Helper()
	i, err := Inspect(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { i.Close() })
	return i
}
