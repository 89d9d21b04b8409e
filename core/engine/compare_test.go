package engine_test

import (
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
	"attune/core/policy"
)

// For whom it is decided in another way is drawn once and kept, among those alone who are treated as usual, and each
// decision names the way it was made in.
func TestOtherWaysOfDecidingAreDrawnOnceAndNamed(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	pr := rel.Programs[0]
	pr.Policy.Learning.Compare = policy.Compare{Matched: .3, Value: .2, Model: .1, Pinned: "00000000000000ff"}
	stays := *rel.Learning.Prior
	stays.Short = 255
	rel.Learning.Pin(0, &stays)
	newest := *rel.Learning.Prior
	newest.Short = 7
	layer := engine.PolicyLayer(pr.Policy.Learning.Compare)
	const n = 2000
	arms, rounds := map[string]int{}, map[decision.Policy]int{}
	for k := range n {
		who := id.Person{byte(k), byte(k >> 8), 2, 15: byte(k)}
		p := person.New(who)
		for i, name := range []string{"traits.updated", "clinical.condition_recorded", "consent.granted", "medication.prescribed", "appointment.noshow", "medication.dispensed", "medication.prescribed"} {
			e := event.Event{ID: name + string(rune('a'+i)), Name: name, OccurredAt: start.Add(instant.Duration(i) * 40 * instant.Day)}
			if name == "consent.granted" {
				e = e.With("purpose", expr.TextOf("treatment_support"))
			}
			if name == "traits.updated" {
				e = e.With("email", expr.TextOf("ana@patients.example")).With("phone", expr.TextOf("+15550100"))
			}
			was := p.Trial(pr.ID, layer)
			var effects []effect.Effect
			p, effects = engine.Step(rel, p, engine.Input{At: e.OccurredAt, Seed: id.SeedOf([]byte("many"), who), What: engine.Heard{Event: e}, Model: &newest, Stale: i == 6})
			is := p.Trial(pr.ID, layer)
			if was != "" && is != was {
				t.Fatalf("%s became %s", was, is)
			}
			for _, x := range effects {
				d, decides := x.(effect.Decide)
				if !decides {
					continue
				}
				for r := range d.Rounds {
					w := &d.Rounds[r]
					if len(w.Base) == 0 {
						continue
					}
					rounds[w.Manner.Policy]++
					want := map[string]decision.Policy{engine.ArmMatched: decision.ByStage, engine.ArmValue: decision.ByValue, engine.ArmModel: decision.Pinned, engine.ArmUsual: decision.Learned}[is]
					if p.Trial(pr.ID, engine.LayerProgram) == engine.ArmUniform {
						want = decision.Uniform
					}
					if i == 6 && want == decision.Learned { // the newest is out of date, and what stays is not
						want = decision.Fallback
					}
					if w.Manner.Policy != want || want.Challenges() && w.Arm != is {
						t.Fatalf("somebody in %q: it was decided by %s, as %q", is, w.Manner.Policy, w.Arm)
					}
					if by := map[bool]uint64{true: stays.Short, false: newest.Short}[want == decision.Pinned]; w.Model != by {
						t.Fatalf("somebody in %q: the model %d was asked, and not %d", is, w.Model, by)
					}
					if said := 1 - w.Nothing; want.Challenges() && want != decision.Pinned && math.Abs(said-min(w.Manner.Most, 1-w.Manner.Explore/2)) > 1e-9 {
						t.Fatalf("something is said with the chance %v by %s", said, want)
					}
				}
			}
		}
		arm := p.Trial(pr.ID, layer)
		arms[arm]++
		if usual := p.Trial(pr.ID, engine.LayerProgram) == engine.ArmUsual && p.Trial("", engine.LayerAll) != engine.ArmHoldout; usual != (arm != "") {
			t.Fatalf("drawn %q in the comparison, %q in the program", arm, p.Trial(pr.ID, engine.LayerProgram))
		}
	}
	of := float64(n - arms[""])
	for arm, share := range map[string]float64{engine.ArmMatched: .3, engine.ArmValue: .2, engine.ArmModel: .1} {
		if off := math.Abs(float64(arms[arm]) - share*of); off > 5*math.Sqrt(share*(1-share)*of) {
			t.Errorf("%d of %v are in the part %q, which is to be %v of all", arms[arm], of, arm, share)
		}
	}
	for _, by := range []decision.Policy{decision.ByStage, decision.ByValue, decision.Pinned, decision.Learned, decision.Fallback, decision.Uniform} {
		if rounds[by] == 0 {
			t.Errorf("nothing was decided by %s: %v", by, rounds)
		}
	}
}
