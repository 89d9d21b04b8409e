package engine_test

import (
	"fmt"
	"slices"
	"testing"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
)

// A variant that the model retired is left out where the same can be said in other words, and the record names it. The
// last words for somebody stay.
func TestWhatIsRetiredIsLeftOutAndNamed(t *testing.T) {
	t.Parallel()
	rel := talkative(t, false)
	retired := "care/e1/a"
	model := rel.Learning.Prior.Retire([]decision.Feature{decision.FeatureOf(decision.Name("variant", retired)), decision.FeatureOf(decision.Name("variant", "care/e0/a"))})
	for name, c := range map[string]struct {
		on      string
		phone   bool
		left    string
		options []string
	}{
		"other words are said":           {"page.viewed", true, retired, []string{"b"}},
		"the last words for them stay":   {"page.viewed", false, "", []string{"a"}},
		"the only words there are, stay": {"portal.visited", true, "", []string{"a"}},
	} {
		p := person.New(id.Person{15: 9})
		var rounds []effect.Weighing
		for i, e := range []event.Event{{Name: "patient.created"}, {Name: "clinical.condition_recorded"}, {Name: "consent.granted"}, {Name: c.on}} {
			e.ID, e.OccurredAt = fmt.Sprint("test/", i), start.Add(instant.Duration(i)*instant.Hour)
			switch i {
			case 0:
				e.Props = []event.Prop{text("email", "ana@example.org")}
				if c.phone {
					e.Props = append(e.Props, text("phone", "+12125550100"))
				}
			case 2:
				e.Props = []event.Prop{text("purpose", "treatment_support")}
			}
			var effects []effect.Effect
			p, effects = engine.Step(rel, p, engine.Input{At: e.OccurredAt, Seed: anaSeed, Model: model, What: engine.Heard{Event: e}})
			for _, x := range effects {
				if d, ok := x.(effect.Decide); ok {
					rounds = append(rounds, d.Rounds...)
				}
			}
		}
		if len(rounds) == 0 {
			t.Errorf("%s: nothing was decided", name)
			continue
		}
		r := &rounds[0]
		if c.left == "" && len(r.Retired) > 0 || c.left != "" && !slices.Equal(r.Retired, []string{c.left}) {
			t.Errorf("%s: %q were left out", name, r.Retired)
		}
		for i := range r.Options {
			if !slices.Contains(c.options, r.Options[i].Variant) {
				t.Errorf("%s: %s could be drawn", name, r.Options[i].Variant)
			}
		}
	}
}
