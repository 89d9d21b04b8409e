package backtest

import (
	"fmt"
	"maps"
	"math"
	"strings"
	"testing"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/record"
	"attune/core/release"
	"attune/internal/programdir"
)

// learnt is a program that finds out whether, in which words and when to ask: file, old, new, and so on, are changes.
func learnt(t testing.TB, edits ...string) *release.Release {
	t.Helper()
	files := careFiles()
	maps.DeleteFunc(files, func(name, _ string) bool {
		return strings.HasPrefix(name, "journeys/") || strings.Contains(name, "missed")
	})
	files["policy.yaml"] = strings.Replace(files["policy.yaml"], "capacity: {call: {team: nurses, per_day: 1}}\n", "", 1) +
		"learning: {explore: 0.2, costs: {email: 0.25}, reach: 1, times: [\"18:00\"]}\n"
	files["outcomes.yaml"] = "outcomes:\n  came: {name: Came, is: {on: appointment.completed}, within: 5d, value: 5}\n"
	files["engagements/ask.yaml"] += "outcome: came\n"
	for i := 0; i+2 < len(edits); i += 3 {
		if edits[i+1] == "" {
			files[edits[i]] = edits[i+2]
			continue
		}
		if !strings.Contains(files[edits[i]], edits[i+1]) {
			t.Fatalf("%s has no %q", edits[i], edits[i+1])
		}
		files[edits[i]] = strings.Replace(files[edits[i]], edits[i+1], edits[i+2], 1)
		if files[edits[i]] == "" {
			delete(files, edits[i])
		}
	}
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	rel, problems := programdir.Compile(zones, programdir.Files{Home: "care", Texts: files})
	if rel == nil {
		t.Fatal(problems)
	}
	return rel
}

// silent fall silent once, and every third of them comes two days later, or too late.
func silent(t testing.TB, rel *release.Release, people int) *world {
	w := newWorld(t, rel)
	for n := range people {
		at := day(1 + .1*float64(n%7) + .6)
		events := onBoard(at)
		switch n % 3 {
		case 0:
			events = append(events, hear(at.Add(5*instant.Day), "appointment.completed"))
		case 1:
			events = append(events, hear(at.Add(20*instant.Day), "appointment.completed"))
		}
		w.lives(n, events, day(60), manner{})
	}
	return w
}

// firstOf is the first decision that is made of somebody's inputs under a release, from their first day on.
func (w *world) firstOf(n int, rel *release.Release) *effect.Decide {
	w.Helper()
	who := someone(n)
	p := person.New(who)
	for _, r := range w.of[who] {
		rec, err := record.Decode(r.body)
		if err != nil {
			w.Fatal(err)
		}
		is, effects := engine.Step(rel, p, engine.Input{At: rec.At, Seed: id.SeedOf(w.seeds, who), What: rec.What})
		p = is
		for _, e := range effects {
			if d, is := e.(effect.Decide); is && len(d.Rounds) > 0 {
				return &d
			}
		}
	}
	return nil
}

// byHand are the rows of silent's people, each of whom is decided about once: what they earned, and how much
// likelier a version does what was done. It asks the engine itself, and knows nothing of weigh.go.
func (w *world) byHand(people int, was, tried *release.Release) (rewards, whole, engage []float64) {
	w.Helper()
	for n := range people {
		really := w.firstOf(n, was)
		if really == nil {
			continue
		}
		r, reward := really.Rounds[0], 0.0
		if n%3 == 0 {
			reward = 5
		}
		is := effect.Weighing{Nothing: 1}
		if d := w.firstOf(n, tried); d != nil {
			is = d.Rounds[0]
		}
		if r.Drawn < 0 {
			rewards, whole, engage = append(rewards, reward), append(whole, is.Nothing/r.Nothing), append(engage, is.Nothing/r.Nothing)
			continue
		}
		o, chance := &r.Options[r.Drawn], 0.0
		for _, x := range is.Options {
			if x.Variant == o.Variant && x.Due == o.Due {
				chance = x.Probability
			}
		}
		rewards, whole, engage = append(rewards, reward-o.Cost), append(whole, chance/o.Probability), append(engage, (1-is.Nothing)/(1-r.Nothing))
	}
	return rewards, whole, engage
}

func close(a, b float64) bool { return math.Abs(a-b) < 1e-12 }

// What a version would have earned is what one finds by hand, whatever it changes.
func TestWhatAVersionWouldHaveEarned(t *testing.T) {
	t.Parallel()
	const people = 40
	rel := learnt(t)
	w := silent(t, rel, people)
	for _, c := range []struct {
		it  string
		rel *release.Release
	}{
		{"is the same", rel},
		{"explores more, and finds it dearer", learnt(t, "policy.yaml", "explore: 0.2, costs: {email: 0.25}", "explore: 0.4, costs: {email: 0.5}")},
		{"has one wording less", learnt(t, "engagements/ask.yaml", ", {id: warm, email: ask-warm}", "", "content/email/ask-warm.en.liquid", "Subject: We think of you\n\nDear {{ name | default: \"friend\" }}\n", "")},
		{"has no other time", learnt(t, "policy.yaml", ", times: [\"18:00\"]", "")},
		{"says another thing of its wording", learnt(t, "engagements/ask.yaml", "id: plain,", "id: plain, strategy: reminder,")},
		{"finds it worth less", learnt(t, "engagements/ask.yaml", "value: 5", "value: 2")},
		{"learns nothing", learnt(t, "policy.yaml", "learning: {explore: 0.2, costs: {email: 0.25}, reach: 1, times: [\"18:00\"]}\n", "")},
	} {
		r := w.run(day(0), day(30), c.rel, rel, func(c *Config) { c.Until = day(60) })
		v := r.Worth.Tried
		rewards, whole, engage := w.byHand(people, rel, c.rel)
		if v.Rows != len(rewards) || v.Rows < people/2 || v.NotCovered != 0 || r.Worth.Open != 0 || v.Really == nil {
			t.Fatalf("it %s: by hand %d rows, and %s", c.it, len(rewards), asJSON(t, r.Worth))
		}
		sum, ips, snips, total, said := 0.0, 0.0, 0.0, 0.0, 0.0
		for i, reward := range rewards {
			sum, ips, total, said = sum+reward, ips+whole[i]*reward, total+whole[i], said+engage[i]*reward
		}
		n := float64(len(rewards))
		snips = ips / total
		if !close(v.Really.Value, sum/n) || !close(v.Whole.IPS.Value, ips/n) || !close(v.Whole.SNIPS.Value, snips) || !close(v.Engage.IPS.Value, said/n) {
			t.Errorf("it %s: by hand %g, %g, %g and %g\n%s", c.it, sum/n, ips/n, snips, said/n, asJSON(t, v))
		}
		if c.rel == rel {
			a := r.Worth.Against
			for _, e := range []*Estimates{v.Whole, v.Engage, a.Whole, a.Engage} {
				if e.IPS != *v.Really || e.SNIPS.Value != v.Really.Value || e.More != (Interval{}) || e.Verdict != "It does what was done." || e.ESS != n {
					t.Errorf("what was live is not worth what it was: %s", asJSON(t, e))
				}
			}
		} else if v.Whole.Reliable || !strings.HasPrefix(v.Whole.Verdict, "Not enough evidence: the effective sample size") {
			t.Errorf("it %s, and forty people are enough: %s", c.it, v.Whole.Verdict)
		}
	}
}

// What comes after the window counts for what was decided within it.
func TestWhatComesAfterTheWindowCounts(t *testing.T) {
	t.Parallel()
	rel := learnt(t)
	w := silent(t, rel, 40)
	last, first := instant.Time(0), instant.Never
	for n := range 40 {
		if d := w.firstOf(n, rel); d != nil {
			last, first = max(last, d.At), min(first, day(1+.1*float64(n%7)+.6+5))
		}
	}
	if last >= first {
		t.Fatalf("somebody comes at %s, before all were decided about at %s", first, last)
	}
	long := w.run(day(0), day(30), rel, rel, func(c *Config) { c.Until = day(60) }).Worth.Tried
	short := w.run(day(0), last+1, rel, rel, func(c *Config) { c.Until = day(60) }).Worth.Tried
	if short.Rows != long.Rows || *short.Really != *long.Really || short.Really.Value <= 0 {
		t.Errorf("the window ends after the last decision:\n%s\nit ends a month later:\n%s", asJSON(t, short), asJSON(t, long))
	}
}

// Who would always say nothing is told by those to whom nothing was said alone.
func TestSayingNothing(t *testing.T) {
	t.Parallel()
	rel := learnt(t)
	w := silent(t, rel, 30)
	mute := learnt(t, "engagements/ask.yaml", "", "engagement: other\npurpose: treatment_support\naudience: patient\ncoordination: must_send\nwhen: {on: appointment.noshow}\nvalue: 1\nexpires: 2d\nvariants: [{id: plain, email: ask}, {id: warm, email: ask-warm}]\n")
	v := w.run(day(0), day(30), mute, rel, func(c *Config) { c.Until = day(60) }).Worth.Tried
	n, earned, weight := 0.0, 0.0, 0.0
	for k := range 30 {
		d := w.firstOf(k, rel)
		if n++; d.Rounds[0].Drawn >= 0 {
			continue
		}
		weight += 1 / d.Rounds[0].Nothing
		if k%3 == 0 {
			earned += 5 / d.Rounds[0].Nothing
		}
	}
	if weight == 0 || !close(v.Whole.IPS.Value, earned/n) || !close(v.Whole.SNIPS.Value, earned/weight) || v.Whole.IPS != v.Engage.IPS {
		t.Errorf("by hand %g and %g\n%s", earned/n, earned/weight, asJSON(t, v))
	}
}

func TestWhatTellsNothing(t *testing.T) {
	t.Parallel()
	rel := learnt(t)
	w := silent(t, rel, 12)
	sum := func(c []Count) string {
		var out []string
		for _, x := range c {
			out = append(out, fmt.Sprint(x.Name, " ", x.Count))
		}
		return strings.Join(out, ", ")
	}
	for _, c := range []struct {
		it    string
		tried *release.Release
		want  string
	}{
		{"has a wording that nobody got", learnt(t, "engagements/ask.yaml", "variants: [", "variants: [{id: third, email: ask}, "), whyMore},
		{"has a time that was no choice", learnt(t, "policy.yaml", "[\"18:00\"]", "[\"16:00\", \"18:00\"]"), whyMore},
		{"can say something that there was not", learnt(t, "engagements/more.yaml", "", "engagement: more\npurpose: treatment_support\naudience: patient\nwhen: {on: appointment.noshow}\nvalue: 1\nexpires: 2d\nvariants: [{id: plain, email: ask}]\n"), whyUnheard + "care/more"},
	} {
		r := w.run(day(0), day(30), c.tried, rel, func(c *Config) { c.Until = day(60) })
		v := r.Worth.Tried
		if v.Rows != 0 || v.Really != nil || v.NotCovered == 0 || !strings.HasPrefix(sum(v.Because), c.want+" ") || r.Worth.Against.Rows == 0 {
			t.Errorf("it %s: %s", c.it, asJSON(t, r.Worth))
		}
	}
	r := w.run(day(0), day(8), rel, rel)
	if r.Worth.Open == 0 || r.Worth.Tried.Rows != 0 || !strings.HasPrefix(r.Worth.Says, "Not enough evidence") {
		t.Errorf("what is not over yet: %s", asJSON(t, r.Worth))
	}
}

// A model that is found nowhere is named.
func TestAModelThatIsMissing(t *testing.T) {
	t.Parallel()
	rel := learnt(t)
	w := newWorld(t, rel)
	w.model = someModel(t, rel)
	w.lives(1, append(onBoard(day(1)), hear(day(2), "appointment.completed", "id", expr.TextOf("a"))), day(20), manner{})
	c := w.config(day(10), day(20), rel, rel)
	if _, err := Run(t.Context(), c); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%016x", w.model.Short)) {
		t.Error(err)
	}
	c.Model, c.Models = w.model, func(uint64) (*decision.Model, error) { return w.model, nil }
	if r, err := Run(t.Context(), c); err != nil || r.Differs != 0 || r.Model.ID != w.model.ID {
		t.Errorf("%v: %s", err, asJSON(t, r))
	}
}

// A model that retired a wording says it no more; one that brings it back is not covered.
func TestRetiredWordings(t *testing.T) {
	t.Parallel()
	const people = 40
	rel := learnt(t)
	usual := someModel(t, rel)
	strict := usual.Retire([]decision.Feature{decision.FeatureOf(decision.Name("variant", "care/ask/warm"))})
	w := newWorld(t, rel)
	w.model = usual
	for n := range people {
		w.lives(n, onBoard(day(1.6)), day(60), manner{})
	}
	by := func(is *decision.Model) func(*Config) {
		return func(c *Config) {
			c.Until, c.Model, c.Models = day(60), is, func(short uint64) (*decision.Model, error) { return w.model, nil }
		}
	}
	fewer := learnt(t, "engagements/ask.yaml", ", {id: warm, email: ask-warm}", "", "content/email/ask-warm.en.liquid", "Subject: We think of you\n\nDear {{ name | default: \"friend\" }}\n", "")
	retired, gone := w.run(day(0), day(30), rel, rel, by(strict)).Worth.Tried, w.run(day(0), day(30), fewer, rel, by(usual)).Worth.Tried
	if retired.Rows == 0 || !close(retired.Whole.IPS.Value, gone.Whole.IPS.Value) || retired.Whole.ESS != gone.Whole.ESS || retired.Whole.ESS == float64(retired.Rows) {
		t.Errorf("retired: %s\ntaken away: %s", asJSON(t, retired), asJSON(t, gone))
	}
	w = newWorld(t, rel)
	w.model = strict
	for n := range people {
		w.lives(n, onBoard(day(1.6)), day(60), manner{})
	}
	if v := w.run(day(0), day(30), rel, rel, by(usual)).Worth.Tried; v.Rows != 0 || v.NotCovered == 0 {
		t.Errorf("it brings back what was retired: %s", asJSON(t, v))
	}
	if v := w.run(day(0), day(30), rel, rel, by(strict)).Worth.Tried; v.NotCovered != 0 || v.Whole.ESS != float64(v.Rows) {
		t.Errorf("it goes by the same model: %s", asJSON(t, v))
	}
}

func someModel(t testing.TB, rel *release.Release) *decision.Model {
	t.Helper()
	s := rel.Learning.Space
	e := decision.NewEvidence(s)
	e.Add(s, []decision.Term{{Feature: decision.FeatureOf("base"), Value: 1}}, nil, -1, [2]float64{1, 0}, 1)
	m, err := decision.Fit(s, e, decision.Standard(), id.Seed{3})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Four people, by hand: what each thing earned among the other half, and corrected by what was really earned.
func TestDoublyRobustByHand(t *testing.T) {
	t.Parallel()
	const x = "care/ask"
	is := func(n byte, arm string, reward, weight float64) chanced {
		j := judged{whole: weight, engage: weight, first: map[string]float64{x: .8, nothing: .2}}
		return chanced{who: id.Person{n}, arm: arm, said: arm == x, reward: reward, first: map[string]float64{x: .5, nothing: .5}, tried: j}
	}
	v := valued([]chanced{is(1, x, 4, 1.6), is(2, nothing, 1, .4), is(3, nothing, 2, .4), is(4, x, 0, 1.6)}, func(c *chanced) *judged { return &c.tried })
	for _, e := range []*Estimates{v.Whole, v.Engage} {
		if !close(e.IPS.Value, 1.9) || !close(e.SNIPS.Value, 1.9) || !close(e.DR.Value, 1.9) || !close(e.More.Value, .15) || !close(e.ESS, 16/5.44) || !close(e.MaxWeight, .4) {
			t.Errorf("%s", asJSON(t, e))
		}
	}
	if !close(v.Really.Value, 1.75) || v.People != 4 {
		t.Errorf("%s", asJSON(t, v))
	}
}
