package learn

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/instant"
	"attune/core/policy"
	"attune/core/record"
)

// In this world people fetch more from month to month by themselves, clinics differ, and where the program has begun
// .2 more of them fetch. Steps are of 14 days.
func TestAProgramThatBeginsOneGroupAfterTheOther(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		clinics int
		effect  float64
		says    string
		enough  bool
	}{
		"it finds what beginning does":      {12, .2, "Where diabetes has begun people reach more", true},
		"it lays nothing to the season":     {12, 0, "Not enough evidence to tell those for whom diabetes has begun", true},
		"it says when there are few groups": {4, .2, "4 groups can be compared, of at least 6", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rel := live(t)
			b := policy.Begins{By: "clinic", Every: 14 * instant.Day, Steps: 5}
			b.From, _ = instant.ParseDate("2027-03-01")
			pr := rel.Programs[0]
			pr.Policy.Learning.Begins = b
			g := rand.New(rand.NewPCG(8, 3))
			h := make(histories, 1200)
			drawn := begins(rel, pr.Policy.Zone, b, 1).Add(-instant.Day)
			for p := range h {
				clinic := p % c.clinics
				step := 1 + clinic%b.Steps
				h[p] = []record.Record{{At: drawn, What: engine.Tick{}, Effects: []effect.Effect{effect.Trial{At: drawn, Program: pr.ID, Layer: engine.LayerBegins, Arm: fmt.Sprintf("%d clinic %d", step, clinic)}}}}
				for k := range b.Steps - 1 {
					chance := .2 + .1*float64(k) + .01*float64(clinic%3)
					if step <= k+1 {
						chance += c.effect
					}
					if g.Float64() < chance {
						at := begins(rel, pr.Policy.Zone, b, k+1).Add(instant.Day)
						h[p] = append(h[p], fetched(fmt.Sprintf("%d %d", p, k), at, at))
					}
				}
			}
			r := studied(t, rel, h, 300)
			w := &r.Wedges[0]
			if all := strings.Join(r.Says, "\n"); !strings.Contains(all, c.says) {
				t.Errorf("it says %s", all)
			}
			if w.Effect.Enough != c.enough || c.enough && (w.Effect.Lo > c.effect || w.Effect.Hi < c.effect) || w.Periods != 4 || w.Groups != min(c.clinics, 12) || len(r.Trials) != 1 {
				t.Errorf("%+v", w)
			}
			people := 0
			for _, x := range w.Steps {
				people += x.People
			}
			if people != len(h) || len(w.Steps) != 5 {
				t.Errorf("%+v", w.Steps)
			}
			var text, page bytes.Buffer
			if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "begins for one clinic after the other") || strings.Contains(text.String(), "NaN") {
				t.Errorf("%v\n%s", err, text.String())
			}
			if err := r.WriteHTML(&page); err != nil || !strings.Contains(page.String(), "begins for one clinic after the other") {
				t.Error(err)
			}
		})
	}
}
