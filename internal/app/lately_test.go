package app

import (
	"context"
	"testing"

	"attune/core/instant"
	"attune/internal/insight"
	"attune/internal/outcomes"
)

// What changed lately is what the map counts of both periods, each as it was known at its end; a change is told where its interval holds no
// zero alone; outcomes are counted by people, of seven days.
func TestWhatChangedLately(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	n := livedWorld(t, 80, 40)
	i, err := n.inspector(ctx)
	if err != nil {
		t.Fatal(err)
	}
	got, err := i.Changes(ctx, "diabetes", 14)
	if err != nil {
		t.Fatal(err)
	}
	now := n.Now()
	period := 14 * instant.Day
	entered := 0
	for k, of := range []LivedOf{{Program: "diabetes", From: now.Add(-period)}, {Program: "diabetes", From: now.Add(-2 * period), To: now.Add(-period), AsOf: now.Add(-period)}} {
		lived, err := i.Lived(ctx, of)
		if err != nil {
			t.Fatal(err)
		}
		for p, is := range lived.Phases {
			c := got.Phases[p]
			came, on := c.Entered, c.MovedOn
			if k == 1 {
				came, on = c.EnteredBefore, c.MovedOnBefore
			}
			if entered += came; is.Phase != c.Phase || *is.Entered != came || *is.MovedOn != on {
				t.Errorf("period %d of %s: %d of %d moved on, the map says %d of %d", k, c.Phase, on, came, *is.MovedOn, *is.Entered)
			}
		}
	}
	if entered == 0 {
		t.Error("nobody came in, so this shows nothing")
	}
	facts, err := n.gathered(ctx)
	if err != nil {
		t.Fatal(err)
	}
	pr := n.live().Program("diabetes")
	people := map[string]int{}
	if _, err := facts.Columns.Outcomes(pr, insight.Filter{AsOf: now}, "", func(p *outcomes.Person) bool {
		of := map[string]bool{}
		for _, r := range p.Reached {
			if r.At >= float64(now.Add(-7*instant.Day))/float64(instant.Day) {
				of[pr.Outcomes[r.Outcome].ID] = true
			}
		}
		for id := range of {
			people[id]++
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if len(people) == 0 || len(people) != len(got.Reached) {
		t.Errorf("%v, %+v", people, got.Reached)
	}
	for _, r := range got.Reached {
		if r.People != people[r.Outcome] {
			t.Errorf("%+v, and %d people", r, people[r.Outcome])
		}
	}
	if _, err := i.Changes(ctx, "diabetes", 400); err == nil {
		t.Error("a period of 400 days is compared")
	}
}

func TestAChangeIsToldWhereItIsNoChance(t *testing.T) {
	t.Parallel()
	p := &calling(t).Programs[0].Map.Phases[0]
	for _, c := range []struct {
		on, of, onBefore, ofBefore int
		says                       string
	}{
		{5, 60, 40, 60, "fell"}, {40, 60, 5, 60, "rose"}, {30, 60, 33, 60, ""}, {0, 3, 3, 3, ""}, {0, 0, 40, 60, ""}, {10, 20, 0, 0, ""},
	} {
		got := compared(p, &insight.PhaseCount{On: c.on, Entered: c.of}, &insight.PhaseCount{On: c.onBefore, Entered: c.ofBefore})
		if got.Changed != c.says || c.says != "" && (got.Low > got.Difference || got.High < got.Difference) {
			t.Errorf("%d of %d after %d of %d: %+v, want %q", c.on, c.of, c.onBefore, c.ofBefore, got, c.says)
		}
	}
}
