package learn

import (
	"math/rand/v2"
	"testing"

	"attune/core/effect"
	"attune/internal/estimate"
)

// Two hundred trials whose arms are treated alike, each looked at after every fifty people: at most one in twenty
// ever finds a difference, in small arms and in large ones; and an arm of the wrong size is found in at most one of
// a thousand.
func TestTrialsOfTheSameFindNothing(t *testing.T) {
	t.Parallel()
	for _, share := range []float64{.05, .1, .5} {
		g := rand.New(rand.NewPCG(uint64(1000*share), 77))
		found, uneven := 0, 0
		for range 200 {
			var came []entered
			differs := false
			for len(came) < 2000 {
				arm := "usual"
				if g.Float64() < share {
					arm = "control"
				}
				came = append(came, entered{effect.Trial{Arm: arm}, g.Float64() < .3, true})
				if len(came)%50 == 0 {
					a := Arm{Arm: "control", Share: share}
					a.compare(came, 1-share)
					differs = differs || a.Less.Clear()
				}
			}
			if differs {
				found++
			}
			a := Arm{Arm: "control", Share: share}
			a.compare(came, 1-share)
			if _, alarm := estimate.SampleRatio([]int{a.People, len(came) - a.People}, []float64{share, 1 - share}); alarm {
				uneven++
			}
		}
		t.Logf("a share of %v: %d of 200 trials find a difference, %d have an arm of the wrong size", share, found, uneven)
		if found > 10 || uneven > 2 { // of sizes .2 are to be expected, and more than two once in a thousand
			t.Errorf("a share of %v: %d of 200 trials find a difference, %d have an arm of the wrong size", share, found, uneven)
		}
	}
}

// What an arm truly does is found all the same.
func TestATrialFindsWhatThereIs(t *testing.T) {
	t.Parallel()
	g := rand.New(rand.NewPCG(5, 78))
	var came []entered
	for len(came) < 4000 {
		arm, chance := "usual", .4
		if g.Float64() < .2 {
			arm, chance = "control", .25
		}
		came = append(came, entered{effect.Trial{Arm: arm}, g.Float64() < chance, true})
	}
	a := Arm{Arm: "control", Share: .2}
	if a.compare(came, .8); !a.Less.Clear() || a.Less.Lo > .15 || a.Less.Hi < .15 {
		t.Errorf("usual less control is %+v; truly .15", a.Less)
	}
}
