package engine_test

import (
	"fmt"
	"math"
	"runtime"
	"testing"

	"pgregory.net/rapid"

	"attune/core/channel"
	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
	"attune/core/release"
)

// decisions lives what is given and then a drawn history, and returns all that was decided.
func decisions(t *testing.T, rt *rapid.T, rel *release.Release, first ...engine.What) ([]effect.Decide, person.Person) {
	l := newLife(t, rel)
	var out []effect.Decide
	for _, in := range first {
		l.step(start, in)
	}
	for _, m := range history(rt, 40) {
		for _, e := range l.step(m.at, m.named(&l.p)) {
			if d, ok := e.(effect.Decide); ok {
				out = append(out, d)
			}
		}
	}
	return out, l.p
}

func TestEveryRoundIsHonest(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	rounds, nothing, learned := 0, 0, map[decision.Policy]int{}
	rapid.Check(t, func(rt *rapid.T) {
		all, _ := decisions(t, rt, rel)
		for _, d := range all {
			for n := range d.Rounds {
				r := &d.Rounds[n]
				rounds++
				learned[r.Manner.Policy]++
				sum := r.Nothing
				var options []decision.Option
				for i := range r.Options {
					o := &r.Options[i]
					sum += o.Probability
					options = append(options, o.Option)
					if c := &d.Candidates[o.Candidate]; r.Drawn < 0 && c.Reason != policy.NothingNow {
						rt.Fatalf("nothing was drawn, and %s was refused because of %q", c.Engagement, c.Reason)
					}
				}
				if math.Abs(sum-1) > 1e-9 {
					rt.Fatalf("the chances of a round are %v in all", sum)
				}
				if r.Nothing > 0 && (r.Nothing < 1-r.Manner.Most-1e-9 && r.Manner.Policy != decision.Uniform || r.Nothing > 1-r.Manner.Least+1e-9) {
					rt.Fatalf("nothing has the chance %v, in a manner of %+v", r.Nothing, r.Manner)
				}
				if r.Drawn < 0 {
					nothing++
				} else if o := &r.Options[r.Drawn]; d.Candidates[o.Candidate].Touch.IsZero() || o.Probability == 0 {
					rt.Fatalf("option %d was drawn and became nothing", r.Drawn)
				}
				// Made again from the record alone, it comes out to the bit.
				var s decision.Scales
				var model *decision.Model
				if len(r.Base) > 0 { // of what nothing is learned is weighed without a model
					model = rel.Learning.Prior
				}
				weights, _ := s.Weigh(model, r.Bank, options, r.Manner)
				for i := range weights {
					if weights[i] != r.Options[i].Weight {
						rt.Fatalf("option %d weighs %+v and was recorded as %+v", i, weights[i], r.Options[i].Weight)
					}
				}
				if s.Pick(engine.Place(anaSeed, d.ID, n)) != r.Drawn {
					rt.Fatal("made again, something else is drawn")
				}
			}
		}
	})
	if !testing.Short() && (nothing == 0 || learned[decision.Learned] == 0) {
		t.Errorf("too little was drawn: %d rounds, %d nothing, %v", rounds, nothing, learned)
	}
}

// manyPeople lets as many people hear the same, each with a seed of their own, and counts what is refused.
func manyPeople(t *testing.T, rel *release.Release, n int, heard func(k int) []event.Event) []person.Person {
	t.Helper()
	var out []person.Person
	for k := range n {
		who := id.Person{byte(k), byte(k >> 8), 1, 15: byte(k)}
		p := person.New(who)
		for i, e := range heard(k) {
			e.ID = fmt.Sprintf("test/%d", i)
			p, _ = engine.Step(rel, p, engine.Input{At: e.OccurredAt, Seed: id.SeedOf([]byte("many"), who), What: engine.Heard{Event: e}})
		}
		out = append(out, p)
	}
	return out
}

// Who is held out is drawn once, for ever, and hears nothing but what must be said; parts are as large as the
// program says.
func TestTrialsAreKept(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	program := rel.Programs[0].ID
	const n = 6000
	people := manyPeople(t, rel, n, func(int) []event.Event {
		var out []event.Event
		for i, name := range []string{"clinical.condition_recorded", "consent.granted", "medication.prescribed", "appointment.noshow", "medication.dispensed", "medication.prescribed"} {
			e := event.Event{Name: name, OccurredAt: start.Add(instant.Duration(i) * 40 * instant.Day)}
			if name == "consent.granted" {
				e = e.With("purpose", expr.TextOf("treatment_support"))
			}
			out = append(out, e)
		}
		return out
	})
	arms := map[string]int{}
	for i := range people {
		p := &people[i]
		arm := p.Trial(program, engine.LayerProgram)
		arms[arm]++
		if p.Trial("", engine.LayerAll) == engine.ArmHoldout {
			arms[engine.ArmHoldout]++
		}
		if (arm == engine.ArmControl || p.Trial("", engine.LayerAll) == engine.ArmHoldout) && len(p.Touches) > 0 {
			for _, touch := range p.Touches {
				if _, en := rel.Programs[0], rel.Programs[0].Engagement(touch.Engagement); en.Coordination.String() != "must_send" {
					t.Fatalf("somebody in the part %q is told %s", arm, touch.Engagement)
				}
			}
		}
	}
	for arm, share := range map[string]float64{engine.ArmHoldout: .01, engine.ArmControl: .02, engine.ArmUniform: .1} {
		if off := math.Abs(float64(arms[arm]) - share*n); off > 5*math.Sqrt(share*(1-share)*n) {
			t.Errorf("%d of %d are in the part %q, which is to be %v of all", arms[arm], n, arm, share)
		}
	}
}

// talkative is a program with something to say about everything, over two channels.
func talkative(t *testing.T, oneChannel bool) *release.Release {
	t.Helper()
	files := fmt.Sprintf(`-- policy.yaml --
sender: Green Lane
zone: America/New_York
contact_hours: {from: "08:00", to: "21:00"}
caps: []
purposes: {treatment_support: treatment}
one_channel_a_day: %v
learning: {explore: 0.3, times: ["09:30", "19:00"]}
consent: {jurisdiction: US}
-- outcomes.yaml --
outcomes:
  answer: {name: The person answers, is: {on: message.replied}, within: 3d, value: 5}
-- content/sms/hello.en.liquid --
Hello.
-- content/sms/hello.es.liquid --
Hola.
`, oneChannel)
	for i, on := range []string{"portal.visited", "page.viewed", "appointment.noshow", "medication.dispensed"} {
		files += fmt.Sprintf("-- engagements/e%d.yaml --\nengagement: e%d\npurpose: treatment_support\naudience: patient\nvalue: 9\noutcome: answer\nexpires: 3d\nwhen: {on: %s}\n", i, i, on)
		files += []string{"variants: [{id: a, email: hello, sms: hello}]\n", "variants: [{id: a, email: hello}, {id: b, sms: hello}]\n"}[i%2]
	}
	return baseWith(t, files)
}

// clashes lives a drawn life, hands everything over as soon as it may go, and counts the days on which two
// channels said different things.
func clashes(t *testing.T, rt *rapid.T, rel *release.Release) (days, clashing int) {
	l := newLife(t, rel)
	z, _ := rel.Zones.Find("America/New_York")
	at := start
	hear := func(name string, with ...string) {
		e := event.Event{ID: fmt.Sprintf("drawn/%d", at), Name: name, OccurredAt: at}
		for i := 0; i < len(with); i += 2 {
			e = e.With(with[i], expr.TextOf(with[i+1]))
		}
		l.step(at, engine.Heard{Event: e})
	}
	hear("traits.updated", "phone", "+12125550100", "email", "ana@example.org")
	at++
	hear("consent.granted", "purpose", "treatment_support")
	at++
	hear("clinical.condition_recorded")
	said := map[int64][]effect.Send{}
	for range 40 {
		at = at.Add(instant.Duration(rapid.Int64Range(1, int64(14*instant.Hour)).Draw(rt, "gap")))
		hear(rapid.SampledFrom([]string{"portal.visited", "page.viewed", "appointment.noshow", "medication.dispensed"}).Draw(rt, "name"))
		for range 8 { // what is due until the next morning goes
			next := instant.Never
			for _, w := range l.p.Waiting() {
				next = min(next, w.Due)
			}
			if next > at.Add(12*instant.Hour) {
				break
			}
			at = max(at+1, next)
			for _, e := range l.step(at, engine.Gate{}) {
				if x, ok := e.(effect.Send); ok {
					_, day, _ := z.Local(at)
					said[day] = append(said[day], x)
					l.step(at+1, engine.Settled{Attempt: x.Attempt, Outcome: engine.Accepted})
				}
			}
		}
	}
	for _, all := range said {
		days++
		for _, x := range all[1:] {
			if x.Channel != all[0].Channel && x.Engagement != all[0].Engagement {
				clashing++
				break
			}
		}
	}
	return days, clashing
}

// Never two channels saying different things on one day, as the person's clock has it. Without the rule it
// happens, so the check can fail.
func TestOneChannelSpeaksADay(t *testing.T) {
	t.Parallel()
	with, without := talkative(t, true), talkative(t, false)
	days, before := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		n, clash := clashes(t, rt, with)
		days += n
		if clash > 0 {
			rt.Fatalf("on %d of %d days two channels said different things", clash, n)
		}
		_, clash = clashes(t, rt, without)
		before += clash
	})
	if days == 0 || before == 0 {
		t.Errorf("%d days were lived, and without the rule two channels clash on %d", days, before)
	}
}

// What is remembered of one person for no other purpose than deciding is where and when they answer, and which parts of
// trials are theirs. It takes 200 bytes at most of the encoded state, for somebody whom every channel reached at all times of
// the day and who is in every layer of a program's trial. Doses need nothing more: touches are remembered for caps.
func TestWhatIsKeptForDecidingIsSmall(t *testing.T) {
	t.Parallel()
	p, _ := waiting(rich(t), 7, "clinic 7", id.SeedOf([]byte("wedge"), id.Person{}))
	at := p.Now
	p.Touches = nil
	for n := range 30 {
		p.Touches = append(p.Touches, person.Touch{
			ID: id.Derive(id.Seed{7}, "touch", uint64(n)), Program: "diabetes", Engagement: "refill_reminder", Variant: "plain", Channel: "sms", Language: "en",
			Purpose: "treatment_support", State: person.HandedOver, Decided: at, Due: at, Started: at, Settled: at,
		})
	}
	p.Trials, p.Habits = nil, nil
	without := len(encode(t, p))
	for _, of := range append(channel.Names(), release.Parts()...) {
		p.Habits = append(p.Habits, person.Habit{Of: of, Tries: 31, Answers: 17})
	}
	for _, layer := range []string{engine.LayerAll, engine.LayerBegins, engine.PolicyLayer(policy.Compare{Pinned: "0b6d2cf3d2a17e95"}), engine.LayerProgram} {
		p.Trials = append(p.Trials, person.Trial{Program: "diabetes", Layer: layer, Arm: "uniform", At: at})
	}
	with := len(encode(t, p))
	t.Logf("%d bytes of %d", with-without, with)
	if with-without > 200 && runtime.GOARCH == "amd64" { // elsewhere states are compressed otherwise
		t.Errorf("it takes %d bytes", with-without)
	}
}
