package learn

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/instant"
	"attune/core/record"
)

// levels makes histories in which the reminder goes over two channels, in two wordings, at two times, each
// drawn given the one before. By sms it reaches .5 and by e-mail .4; the second wording takes .1 off that, and
// when it is said changes nothing. Without a message it is .3.
func levels(people, decisions int, seed uint64) histories {
	g := rand.New(rand.NewPCG(seed, 3))
	out := make(histories, people)
	n := 0
	for p := range out {
		at := begin.Add(instant.Duration(g.IntN(int(5 * instant.Day))))
		for range decisions {
			n++
			d := effect.Decide{ID: touch(n), At: at, Candidates: []effect.Candidate{{Program: "diabetes", Engagement: "refill_reminder", Outcome: refill, Within: 10 * instant.Day}}}
			w := effect.Weighing{Base: []decision.Term{term("base", 1)}, Nothing: .4, Drawn: -1}
			place, sum, chance := g.Float64(), 0.0, .3
			for c, byChannel := range []float64{.8, .2} {
				for v, byWords := range []float64{.5, .5} {
					for t, byTime := range []float64{.9, .1} {
						o := effect.Weighed{Variant: [...]string{"first", "second"}[v], Channel: [...]string{"sms", "email"}[c], Part: [...]string{"morning", "evening"}[t]}
						o.Path = [decision.Levels]uint32{0, uint32(c), uint32(v), uint32(t)}
						o.Terms = []decision.Term{term("engage", 1)}
						o.Probability = .6 * byChannel * byWords * byTime
						if sum <= place && place < sum+o.Probability {
							w.Drawn = len(w.Options)
							chance = .5 - .1*float64(c) - .1*float64(v)
							d.Candidates[0].Touch = touch(n)
						}
						sum += o.Probability
						w.Options = append(w.Options, o)
					}
				}
			}
			d.Rounds = []effect.Weighing{w}
			out[p] = append(out[p], record.Record{At: at, What: engine.Tick{}, Effects: []effect.Effect{d}})
			if g.Float64() < chance {
				when := at.Add(instant.Duration(g.IntN(int(6 * instant.Day))))
				out[p] = append(out[p], fetched(fmt.Sprintf("f%d", n), when, when))
			}
			at = at.Add(8*instant.Day + instant.Duration(g.IntN(int(6*instant.Day))))
		}
	}
	return out
}

func TestEachFactorIsJudgedByItself(t *testing.T) {
	t.Parallel()
	r := studied(t, live(t), levels(1500, 8, 7), 140)
	// What always drawing it reaches, and what is reached as it was decided, where it could be drawn.
	want := map[string][2]float64{
		"whether something":                     {.43, .378},
		"whether nothing":                       {.3, .378},
		"channel sms":                           {.45, .43},
		"channel email":                         {.35, .43},
		"words diabetes/refill_reminder/first":  {.48, .43},
		"words diabetes/refill_reminder/second": {.38, .43},
		"time morning":                          {.43, .43},
		"time evening":                          {.43, .43},
	}
	seen := map[string]FactorLevel{}
	for _, f := range r.Factors {
		for _, l := range f.Levels {
			seen[f.Factor+" "+l.Level] = l
		}
	}
	if len(seen) != len(want) {
		t.Errorf("%d levels instead of %d: %+v", len(seen), len(want), r.Factors)
	}
	for name, w := range want {
		l := seen[name]
		if strings.HasPrefix(name, "time evening") { // a tenth of what was said is less than the gate wants
			if l.Gain.Enough || l.Verdict != "not enough evidence" || l.ESS <= 0 {
				t.Errorf("%s rests on %.0f decisions of its own, and is called %q", name, l.ESS, l.Verdict)
			}
			continue
		}
		const wide = 1.5 // half of an interval more, since there are so many at once
		holds := func(i Interval, truth float64) bool {
			half := wide * (i.Hi - i.Lo) / 2
			return i.Value-half <= truth && truth <= i.Value+half && i.Hi > i.Lo
		}
		if !holds(l.Always, w[0]) || !holds(l.Done, w[1]) || !holds(l.Gain, w[0]-w[1]) {
			t.Errorf("%s: always %+v, as decided %+v, gain %+v; truly %.3f and %.3f", name, l.Always, l.Done, l.Gain, w[0], w[1])
		}
	}
	for name, verdict := range map[string]string{"whether something": "promote", "whether nothing": "worse", "channel sms": "promote", "words diabetes/refill_reminder/second": "worse"} {
		if l := seen[name]; l.Verdict != verdict {
			t.Errorf("%s is called %q: %v", name, l.Verdict, l.Reasons)
		}
	}
	for _, f := range r.Factors {
		if best := map[string]string{"whether": "something", "channel": "sms", "words": "diabetes/refill_reminder/first", "time": "morning"}[f.Factor]; f.Best != best {
			t.Errorf("the best of %s is %q", f.Factor, f.Best)
		}
	}
	var text, page bytes.Buffer
	if err := r.WriteText(&text); err != nil || !strings.Contains(text.String(), "(the best of doing always the same: sms)") {
		t.Errorf("%v\n%s", err, text.String())
	}
	if err := r.WriteHTML(&page); err != nil || !strings.Contains(page.String(), "Always the same: channel") || strings.Contains(page.String(), "NaN") {
		t.Error("the page does not show factors", err)
	}
	for _, says := range append(r.Reasons, r.Says...) {
		if strings.Contains(says, "gain is 0.") && !strings.Contains(says, "points") {
			t.Errorf("not in points: %s", says)
		}
	}
}
