package simulate

import (
	"strings"
	"testing"

	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
)

func TestLivesAreThoseThatAreCounted(t *testing.T) {
	t.Parallel()
	rel := load(t, rheumatoid)
	c := Config{Release: rel, World: worldOf(t, rel, rheumatoid+"/world.yaml"), People: 60, Days: 200, Start: start, Seed: 5, Workers: 3}
	r := run(t, c)
	var heard, touches, measured int64
	next := 0
	err := Lives(t.Context(), c, Respond, func(l Lived) error {
		if l.Number != next {
			t.Errorf("person %d came when %d was due", l.Number, next)
		}
		next++
		for _, s := range l.Steps {
			if s.Heard != nil {
				heard++
			}
			for _, e := range s.Effects {
				switch x := e.(type) {
				case effect.Mark:
					if x.Kind == effect.Measured {
						measured++
					}
				case effect.Send:
					touches++
				}
			}
		}
		return nil
	})
	if err != nil || heard != r.Heard || heard == 0 || touches < r.Touches || measured == 0 || next != 60 {
		t.Errorf("%v: %d events and %d messages of %d people, %d measures; counted were %d and %d", err, heard, touches, next, measured, r.Heard, r.Touches)
	}
	for _, rule := range r.Rules {
		if rule.Rule == "measure felt" && rule.Fired == 0 {
			t.Error("no feeling was counted as a consequence of its rule")
		}
	}
}

// A crowd's people do what they would do with an engine of their own, as long as nobody tells them anything.
func TestACrowdLivesAsItsWorldSays(t *testing.T) {
	t.Parallel()
	rel := load(t, rheumatoid)
	w := worldOf(t, rel, rheumatoid+"/world.yaml")
	told := func(step instant.Duration) (out []Happening) {
		crowd, err := NewCrowd("rheumatoid_referral", w, rel, 5, 40, start)
		if err != nil {
			t.Fatal(err)
		}
		for now := start; now < start.Add(200*instant.Day); {
			now = now.Add(step)
			out = append(out, crowd.Until(now)...)
		}
		return out
	}
	daily, often := told(instant.Day), told(instant.Hour)
	seen := map[string]bool{}
	for _, h := range daily {
		if seen[h.Event.ID] || h.Event.Source != "rheumatoid_referral" || !strings.HasPrefix(h.Event.ID, "rheumatoid_referral/"+h.Key+"-") {
			t.Errorf("%+v", h)
		}
		seen[h.Event.ID] = true
	}
	if len(daily) < 100 || len(daily) != len(often) {
		t.Errorf("%d things happened, and %d to who looked more often", len(daily), len(often))
	}
	// The engine of their own hears the same, message receipts, answers and consent taken back left out.
	silent := 0
	c := Config{Release: rel, World: w, People: 40, Days: 200, Start: start, Seed: 5}
	if err := Lives(t.Context(), c, Unseen, func(l Lived) error {
		for _, s := range l.Steps {
			if s.Heard != nil && s.Heard.Name != "task.done" {
				silent++
				if !seen["rheumatoid_referral/"+strings.TrimPrefix(s.Heard.ID, idPrefix)] {
					t.Errorf("%s happened with an engine only", s.Heard.ID)
				}
			}
		}
		return nil
	}); err != nil || silent != len(daily) {
		t.Errorf("%v: %d things happened with an engine, %d without", err, silent, len(daily))
	}
}

func TestACrowdReadsWhatItIsSent(t *testing.T) {
	t.Parallel()
	rel := load(t, rheumatoid)
	crowd, err := NewCrowd("rheumatoid_referral", worldOf(t, rel, rheumatoid+"/world.yaml"), rel, 5, 400, start)
	if err != nil {
		t.Fatal(err)
	}
	now := start.Add(300 * instant.Day)
	people := 0
	for _, h := range crowd.Until(now) {
		if h.Event.Name == "traits.updated" && strings.HasSuffix(h.Event.ID, "-arrives") {
			people++
			who := id.Person{byte(people), byte(people >> 8)}
			crowd.Heard(who, h.Event.ID)
			touch := id.Key{byte(people), byte(people >> 8)}
			crowd.Did(who, effect.Send{At: now, Touch: touch, Program: "rheumatoid_referral", Engagement: "see_your_gp", Variant: "soon", Channel: "email"})
			crowd.Did(who, effect.Request{At: now, ID: touch, Program: "rheumatoid_referral", Journey: "referral_check_in", Step: "call", Kind: effect.Task})
			crowd.Reached(touch, now)
			crowd.Reached(touch, now) // is heard once
		}
	}
	names := map[string]int{}
	for _, h := range crowd.Until(now.Add(5 * instant.Day)) {
		names[h.Event.Name]++
		if h.Event.Name == "task.done" && h.Event.Field("task").Text == "" {
			t.Error("a task is answered that nobody can tell")
		}
	}
	if d, o, a := names["message.delivered"], names["message.opened"], names["task.done"]; people < 100 || d < people*9/10 || d > people || o < people*35/100 || a < people*7/10 {
		t.Errorf("of %d people %d got it, %d read it, %d tasks were answered", people, d, o, a)
	}
}
