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
	"attune/core/release"
)

// comparing is a release that compares what it learns with the stage's rule.
func comparing(t *testing.T) *release.Release {
	t.Helper()
	rel := live(t)
	rel.Programs[0].Policy.Learning.Compare = policy.Compare{Matched: .3}
	return rel
}

// challenged are people of whom so many fetch their refill by each way of deciding. Each gets one message.
func challenged(n int, usual, matched, share float64, seed uint64) histories {
	g := rand.New(rand.NewPCG(seed, 2))
	h := make(histories, n)
	for p := range h {
		at := begin.Add(instant.Duration(p) * instant.Minute)
		arm, chance := engine.ArmUsual, usual
		if g.Float64() < share {
			arm, chance = engine.ArmMatched, matched
		}
		h[p] = []record.Record{{At: at, What: engine.Tick{}, Effects: []effect.Effect{effect.Trial{At: at, Program: "diabetes", Layer: engine.LayerPolicy, Arm: arm}}}, decided(p+1, at, 0)}
		if g.Float64() < chance {
			when := at.Add(instant.Day)
			h[p] = append(h[p], fetched(fmt.Sprint("f", p), when, when))
		}
	}
	return h
}

func TestWaysOfDecidingAreCompared(t *testing.T) {
	t.Parallel()
	rel := comparing(t)
	for name, c := range map[string]struct {
		people                int
		usual, matched, share float64
		says                  string
	}{
		"it sees that what was learned does better": {3000, .7, .4, .3, "what was learned does better than deciding by stage"},
		"it sees that it does worse":                {3000, .4, .7, .3, "what was learned does worse than deciding by stage"},
		"it does not see what is not there":         {3000, .5, .5, .3, "Not enough evidence to tell deciding by stage from what was learned"},
		"it says when there are too few":            {60, .9, .1, .3, "Not enough evidence to compare deciding by stage"},
		"it reads nothing of parts that lose":       {3000, .7, .4, .1, "Attention: the ways of deciding"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := studied(t, rel, challenged(c.people, c.usual, c.matched, c.share, 5), 300)
			if all := strings.Join(r.Says, "\n"); !strings.Contains(all, c.says) {
				t.Errorf("it says %s", all)
			}
			is := &r.Comparisons[0]
			usual, matched := &is.Arms[0], &is.Arms[1]
			if usual.People+matched.People != c.people || usual.Over != usual.People || len(r.Trials) != 1 {
				t.Errorf("%+v", is)
			}
			if truth := c.matched - c.usual; matched.More.Enough && !is.Alarm && (matched.More.Lo > truth || matched.More.Hi < truth) {
				t.Errorf("reached %+v more, truly %v", matched.More, truth)
			}
			value := 0.0
			for _, o := range rel.Programs[0].Outcomes {
				if o.ID == "refill_on_time" {
					value = o.Value
				}
			}
			if want := value * float64(usual.Reached) / float64(usual.Over); usual.Reward != want {
				t.Errorf("a reward of %v, want %v", usual.Reward, want)
			}
			var text, page bytes.Buffer
			if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "Ways of deciding that diabetes compares") || strings.Contains(text.String(), "NaN") {
				t.Errorf("%v\n%s", err, text.String())
			}
			if err := r.WriteHTML(&page); err != nil || !strings.Contains(page.String(), "Ways of deciding that diabetes compares") {
				t.Error(err)
			}
		})
	}
}

// Looked at after everybody who comes, an interval misses the truth in one of twenty comparisons at most.
func TestComparisonsHoldWheneverOneLooks(t *testing.T) {
	t.Parallel()
	const worlds, people, share = 400, 1000, .3
	g := rand.New(rand.NewPCG(9, 9))
	missed := 0
	for range worlds {
		var came []fared
		for p := range people {
			f := fared{Trial: effect.Trial{Arm: engine.ArmUsual, At: begin.Add(instant.Duration(p))}, over: true, reached: g.Float64() < .5}
			if g.Float64() < share {
				f.Arm = engine.ArmMatched
			}
			came = append(came, f)
		}
		for n := 100; n <= people; n += 25 {
			if i := difference(came[:n], engine.ArmMatched, share, 1-share, func(f *fared) float64 { return indicator(f.reached) }); i.Lo > 0 || i.Hi < 0 {
				missed++
				break
			}
		}
	}
	if missed > worlds/20 {
		t.Errorf("%d of %d claim a difference where there is none", missed, worlds)
	}
}
