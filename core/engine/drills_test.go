package engine_test

import (
	"fmt"
	"math"
	"testing"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/release"
)

// drill is one person to whom something could be said every day, while something is out of order.
type drill struct {
	rel   *release.Release
	model *decision.Model
	stale bool
	p     person.Person
	heard int
}

func drilled(rel *release.Release) *drill {
	d := &drill{rel: rel, p: person.New(id.Person{7, 1, 15: 7})}
	d.hear("patient.created", start, "email", "ana@example.org")
	d.hear("clinical.condition_recorded", start.Add(instant.Second), "", "")
	return d
}

func (d *drill) hear(name string, at instant.Time, field, value string) (out []effect.Effect) {
	e := event.Event{ID: fmt.Sprintf("test/%d", d.heard), Name: name, OccurredAt: at}
	if field != "" {
		e = e.With(field, expr.TextOf(value))
	}
	d.heard++
	d.p, out = engine.Step(d.rel, d.p, engine.Input{At: at, Seed: anaSeed, Model: d.model, Stale: d.stale, What: engine.Heard{Event: e}})
	return out
}

func decidedIn(effects []effect.Effect) (all []effect.Decide) {
	for _, e := range effects {
		if d, ok := e.(effect.Decide); ok {
			all = append(all, d)
		}
	}
	return all
}

// What goes wrong is recorded as what it is, and nothing is said on doubt.
func TestFailureDrills(t *testing.T) {
	t.Parallel()
	visit := func(n int) instant.Time { return start.Add(instant.Duration(n) * instant.Day) }
	t.Run("it falls back to the stage where the model is out of date, and says so", func(t *testing.T) {
		t.Parallel()
		d := drilled(both(t, "{explore: 0.05}", "{explore: 0.05}"))
		d.model, d.stale = d.rel.Learning.Prior, true
		rounds := 0
		for n := 1; n < 30; n++ {
			for _, made := range decidedIn(d.hear("portal.visited", visit(n), "", "")) {
				for _, r := range made.Rounds {
					rounds++
					if r.Manner.Policy != decision.Fallback || r.Model != d.model.Short {
						t.Fatalf("decided by %s with the model %x", r.Manner.Policy, r.Model)
					}
					if math.Abs(r.Nothing-.1) > 1e-12 { // a fifth is drawn evenly, half of that is nothing
						t.Fatalf("nothing has the chance %v", r.Nothing)
					}
				}
			}
		}
		if rounds == 0 {
			t.Error("nothing was decided")
		}
	})
	t.Run("it goes by what is expected where nothing was learned yet", func(t *testing.T) {
		t.Parallel()
		d := drilled(both(t, "{explore: 0.05}"))
		d.stale = true // of what is expected nothing grows old
		for n := 1; n < 10; n++ {
			for _, made := range decidedIn(d.hear("portal.visited", visit(n), "", "")) {
				for _, r := range made.Rounds {
					if r.Model != 0 {
						t.Fatalf("decided with the model %x", r.Model)
					}
				}
			}
		}
	})
	t.Run("it decides and says nothing where the gate lets nothing through", func(t *testing.T) {
		t.Parallel()
		d := drilled(both(t, "{explore: 0.05}"))
		d.hear("consent.withdrawn", visit(1), "purpose", "treatment_support")
		for n := 2; n < 10; n++ {
			for _, made := range decidedIn(d.hear("portal.visited", visit(n), "", "")) {
				if len(made.Rounds) > 0 {
					t.Fatalf("a round was drawn of nothing: %+v", made.Rounds)
				}
				for _, c := range made.Candidates {
					if !c.Touch.IsZero() || c.Reason == "" {
						t.Fatalf("refused without a reason: %+v", c)
					}
				}
			}
		}
		if len(d.p.Touches) > 0 {
			t.Errorf("%d messages", len(d.p.Touches))
		}
	})
	t.Run("it does not go back where a clock does, and nothing is said twice", func(t *testing.T) {
		t.Parallel()
		rel := both(t, "{explore: 0.05, least: 0.5, most: 0.99}")
		d := drilled(rel)
		said := 0
		for n := 1; n < 6; n++ {
			d.hear("portal.visited", visit(n), "", "")
			was, before := d.p.Now, len(d.p.Touches)
			e := event.Event{ID: fmt.Sprintf("test/%d", d.heard-1), Name: "portal.visited", OccurredAt: visit(n)}
			var out []effect.Effect
			// The clock is set back a week, and the same event comes again.
			d.p, out = engine.Step(rel, d.p, engine.Input{At: visit(n - 7), Seed: anaSeed, What: engine.Heard{Event: e}})
			if d.p.Now != was || len(d.p.Touches) != before || len(decidedIn(out)) > 0 {
				t.Fatalf("it went from %v to %v, from %d messages to %d: %v", was, d.p.Now, before, len(d.p.Touches), out)
			}
			said = len(d.p.Touches)
		}
		if said == 0 {
			t.Error("nothing was ever said")
		}
	})
}
