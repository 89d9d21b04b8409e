package engine_test

import (
	"fmt"
	"strings"
	"testing"

	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/release"
)

// many is a program of so many signals, engagements and journeys, each signal a rule over what
// people do, each engagement and journey waiting for a signal.
func many(t testing.TB, signals, engagements, journeys int) *release.Release {
	t.Helper()
	forms := []string{
		`count("portal.visited", "%dd") < 1 && count("portal.visited", "40d") >= 4`,
		`since("observation.recorded") > days(%d) && count("observation.recorded", "10d", o, o.code == "a1c") >= 2`,
		`count("appointment.noshow", "%dd") >= 3 || last("observation.recorded.value") > 7.0`,
		`since("medication.dispensed") > days(%d)`,
		`{absent: medication.dispensed, after: medication.dispensed, for: days(event.days_supply + %d)}`,
	}
	var b strings.Builder
	b.WriteString("-- signals.yaml --\nsignals:\n")
	for i := range signals {
		form := fmt.Sprintf(forms[i%len(forms)], 2+i/len(forms))
		if form[0] != '{' {
			form = "'" + form + "'"
		}
		fmt.Fprintf(&b, "  s%d: %s\n", i, form)
	}
	for i := range engagements {
		fmt.Fprintf(&b, "-- engagements/e%d.yaml --\nengagement: e%d\npurpose: treatment_support\naudience: patient\nwhen: signal(\"s%d\")\nvalue: %d\nexpires: 2d\nlimits: {again_after: 7d}\nvariants: [{id: a, email: hello}, {id: b, email: hello}]\n", i, i, i%signals, i)
	}
	for i := range journeys {
		fmt.Fprintf(&b, "-- journeys/j%d.yaml --\njourney: j%d\nenter: signal(\"s%d\")\nreentry: always\nsteps: [{send: e%d}, {wait: 2d}, {await: {on: portal.visited, within: 3d, else: last}}, {id: last, exit: done}]\n", i, i, i%signals, i)
	}
	return baseWith(t, b.String())
}

// visits is a person's inputs over a few years: an event each day, and a gate and the carrier's word
// after every other one.
func visits() []engine.Input {
	names := []string{"portal.visited", "portal.visited", "portal.visited", "observation.recorded", "observation.recorded", "medication.dispensed", "appointment.noshow", "message.opened"}
	var in []engine.Input
	var d dice
	at := start
	hear := func(e event.Event) {
		e.OccurredAt, e.ReceivedAt = at, at
		in = append(in, engine.Input{At: at, Seed: anaSeed, What: engine.Heard{Event: e}})
	}
	hear(event.Event{ID: "bench/who", Name: "patient.created", Props: []event.Prop{text("email", "ana@example.org"), text("timezone", "America/New_York")}})
	hear(event.Event{ID: "bench/ill", Name: "clinical.condition_recorded"}.With("codes", expr.ListOf("44054006")))
	for n := range 2000 {
		at = at.Add(instant.Duration(d.roll(2*86_400)) * instant.Second)
		e := event.Event{ID: fmt.Sprintf("bench/%d", n), Name: names[d.roll(len(names))]}
		switch e.Name {
		case "observation.recorded":
			e = e.With("value", expr.NumberOf(float64(d.roll(12)))).With("code", expr.TextOf([]string{"a1c", "bp"}[d.roll(2)]))
		case "medication.dispensed":
			e = e.With("days_supply", expr.IntegerOf(int64(d.roll(30))))
		}
		hear(e)
		if n%2 == 0 {
			in = append(in, engine.Input{At: at, Seed: anaSeed, What: engine.Gate{}}, engine.Input{At: at.Add(instant.Second), Seed: anaSeed, What: engine.Settled{Outcome: engine.Accepted}})
		}
	}
	return in
}

func BenchmarkStep(b *testing.B) {
	for _, c := range []struct {
		name string
		rel  *release.Release
	}{
		{"diabetes", load(b, "../../programs/diabetes")},
		{"30rules", many(b, 12, 12, 2)},
		{"rich", many(b, 20, 30, 5)},
		{"200rules", many(b, 130, 60, 5)},
	} {
		b.Run(c.name, func(b *testing.B) {
			in := visits()
			b.ReportAllocs()
			b.ReportMetric(float64(len(c.rel.Rules)), "rules")
			p := person.New(ana)
			n := 0
			for b.Loop() {
				if n == len(in) {
					p, n = person.New(ana), 0
				}
				now := in[n]
				now.What = move{what: now.What}.named(&p)
				p, _ = engine.Step(c.rel, p, now)
				n++
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
		})
	}
}

func BenchmarkEncode(b *testing.B) {
	rel := load(b, "../../programs/diabetes")
	p := person.New(ana)
	for _, in := range visits() {
		p, _ = engine.Step(rel, p, in)
	}
	b.ReportAllocs()
	for b.Loop() {
		bytes, err := p.Encode()
		if err != nil {
			b.Fatal(err)
		}
		b.SetBytes(int64(len(bytes)))
	}
}
