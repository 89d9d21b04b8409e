package decide

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"attune/internal/population"
)

// One situation 20,000 times: what is drawn is what is logged.
func TestDrawsFollowTheirStatedChances(t *testing.T) {
	t.Parallel()
	for _, policy := range []string{Learned, Uniform, Matched, "inform:sms", Nobody} {
		cfg := Defaults()
		cfg.Policy = policy
		e, err := NewEngine(cfg, Start{Actions: []string{None, "inform:sms", "inform:push", "plan:sms", "restart:sms"}, Stages: []string{"precontemplation", "relapse"}, Days: 90, Cap: 4, Window: 7})
		if err != nil {
			t.Fatal(err)
		}
		patients := make([]Patient, 20000)
		for i := range patients {
			patients[i] = Patient{ID: IDOf(fmt.Sprint(i)), Age: 50, place: i}
		}
		decisions, err := e.Decide(1, patients)
		if err != nil {
			t.Fatal(err)
		}
		var count draws
		count.add(e)
		chi := 0.0
		for a, spread := range count.spread {
			if spread < 1e-9 && math.Abs(count.drawn[a]-count.chance[a]) > 1e-6 {
				t.Errorf("%s: what has no chance was drawn, or the other way round", policy)
			}
			if count.chance[a] > 0 {
				chi += math.Pow(count.drawn[a]-count.chance[a], 2) / count.chance[a]
			}
		}
		if chi > 4+4*math.Sqrt(8) {
			t.Errorf("%s: chi-square %.1f with 4 degrees of freedom", policy, chi)
		}
		for i, d := range decisions {
			p := 1.0
			for _, c := range e.chances[i*4 : i*4+4] {
				p -= c
			}
			if drawn := e.rows[i].drawn; drawn >= 0 {
				p = e.chances[i*4+drawn]
			}
			if math.Abs(p-d.Propensity) > 1e-12 {
				t.Fatalf("%s: %s was drawn with %v and %v is logged", policy, d.Action, p, d.Propensity)
			}
		}
	}
}

func TestTheSameSeedGivesTheSameBytes(t *testing.T) {
	t.Parallel()
	say := func(seed uint64) string {
		cfg := Defaults()
		cfg.Seed = seed
		var heard bytes.Buffer
		fromWorld, toEngine := io.Pipe()
		fromEngine, toWorld := io.Pipe()
		go func() {
			err := Serve(context.Background(), cfg, fromWorld, io.MultiWriter(toWorld, &heard), io.Discard)
			_ = toWorld.CloseWithError(err)
		}()
		if _, err := population.Run(t.Context(), population.Config{Patients: 60, Days: 6, Seed: 4}, fromEngine, toEngine); err != nil {
			t.Fatal(err)
		}
		return heard.String()
	}
	first := say(5)
	if say(5) != first {
		t.Error("it answers otherwise the second time")
	}
	if first == say(6) {
		t.Error("another seed draws the same")
	}
}

// Short lives in each world, with wide margins; docs/proof/decide.md has the long ones.
func TestItDoesWhatItShouldInEveryWorld(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("some seconds of made-up lives")
	}
	lives := func(theory string, policies ...string) []trial {
		var list []trial
		for _, p := range policies {
			list = append(list, trial{world: population.Config{Theory: theory, Patients: 500, Days: 35, Seed: 2}, policy: p})
		}
		list = trials(t, list)
		for _, tr := range list {
			if tr.result.OverCap+tr.result.AfterOptOut > 0 {
				t.Errorf("theory %s, %s: the world had to refuse decisions", theory, tr.policy)
			}
			for _, z := range tr.honest {
				if math.Abs(z) > 4.5 {
					t.Errorf("theory %s, %s: draws are %.1f standard deviations off their chances", theory, tr.policy, z)
				}
			}
		}
		return list
	}
	const flat = "learned, flat prior"
	t.Run("it uses stage theory where that holds, from the first day on", func(t *testing.T) {
		t.Parallel()
		r := lives(population.True, Learned, flat, Uniform)
		if r[0].result.Gains[0] < 1.5*r[1].result.Gains[0] || r[0].result.Gain < r[1].result.Gain || r[0].result.Gain < 2.5*r[2].result.Gain {
			t.Errorf("gains are %.4f by the matrix, %.4f without, %.4f evenly", r[0].result.Gain, r[1].result.Gain, r[2].result.Gain)
		}
		if r[0].covered < r[0].asked*8/10 {
			t.Errorf("%d of %d intervals hold what is true", r[0].covered, r[0].asked)
		}
	})
	t.Run("it unlearns it where it misleads", func(t *testing.T) {
		t.Parallel()
		r := lives(population.Misleading, Learned, flat)
		if m := r[0].match[len(r[0].match)-1]; m > .3 {
			t.Errorf("it still believes in %.2f of the matrix", m)
		}
		if r[1].result.Gain-r[0].result.Gain > .012 {
			t.Errorf("the wrong theory costs %.4f", r[1].result.Gain-r[0].result.Gain)
		}
	})
	t.Run("it finds what helps where stages do not matter", func(t *testing.T) {
		t.Parallel()
		r := lives(population.Irrelevant, Learned, Uniform)
		if r[0].result.Gain < 2*r[1].result.Gain {
			t.Errorf("gains are %.4f, and %.4f evenly", r[0].result.Gain, r[1].result.Gain)
		}
	})
	t.Run("it claims nothing where there is nothing, and says less", func(t *testing.T) {
		t.Parallel()
		r := lives(population.Zero, Learned, Matched)
		if r[0].shown > 0 {
			t.Errorf("it claims %d effects", r[0].shown)
		}
		if r[0].result.OptedOut > .85*r[1].result.OptedOut {
			t.Errorf("%.2f opt out, and %.2f by the rule", r[0].result.OptedOut, r[1].result.OptedOut)
		}
	})
}

func TestAReportIsReadable(t *testing.T) {
	t.Parallel()
	_, e := live(t, population.Config{Patients: 200, Days: 10, Seed: 3}, Defaults(), nil)
	var b strings.Builder
	if err := e.Report(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"policy learned, seed 0: 10 days, 2000 decisions for 200 patients", "restart:push", "precontemplation"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, b.String())
		}
	}
	found, err := e.Findings()
	if err != nil || len(found) != 84 || slices.ContainsFunc(found, func(f Finding) bool { return f.High < f.Low }) {
		t.Errorf("%d findings, %v", len(found), err)
	}
}

// BenchmarkDecide is a day of 10,000 patients, without the night.
func BenchmarkDecide(b *testing.B) {
	e, err := NewEngine(Defaults(), Start{Actions: []string{None, "inform:sms", "inform:push", "plan:sms", "plan:push"}, Stages: []string{"precontemplation", "preparation"}, Days: 1 << 20, Cap: 4, Window: 7})
	if err != nil {
		b.Fatal(err)
	}
	patients := make([]Patient, 10000)
	for i := range patients {
		patients[i] = Patient{ID: IDOf(fmt.Sprint(i)), Age: 50, place: i}
	}
	day := 0
	for b.Loop() {
		day++
		if _, err := e.Decide(day, patients); err != nil {
			b.Fatal(err)
		}
	}
}
