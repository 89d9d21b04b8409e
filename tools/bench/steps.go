package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/release"
)

// measureSteps steps people who have lived for some weeks, one event after the other, and counts
// steps per second of CPU.
func measureSteps(r *report, o options, zones *instant.Zones, diabetes *release.Release, dir string) error {
	span := time.Duration(min(o.seconds, 4)) * time.Second
	stepRate(r, "step: programs/diabetes", diabetes, span)
	for _, rules := range []int{30, 200} {
		home := filepath.Join(dir, fmt.Sprintf("rich-%d", rules))
		if err := writeRich(home, rules); err != nil {
			return err
		}
		rel, err := load(zones, home)
		if err != nil {
			return err
		}
		name := fmt.Sprintf("step: rich program, %d rules asked per event", len(rel.Woken("portal.visited")))
		stepRate(r, name, rel, span)
	}
	return nil
}

const stepPeople = 500

func stepRate(r *report, name string, rel *release.Release, span time.Duration) {
	people := make([]person.Person, stepPeople)
	at := instant.Of(time.Date(2027, 3, 1, 15, 0, 0, 0, time.UTC))
	for i := range people {
		people[i] = person.New(id.Person{byte(i), byte(i >> 8), 1})
	}
	give := func(i, k int, e event.Event) {
		e.ID, e.Source, e.OccurredAt, e.ReceivedAt = fmt.Sprintf("bench/%d-%d", i, k), "bench", at, at
		in := engine.Input{At: at, Seed: id.SeedOf([]byte("bench"), people[i].ID), What: engine.Heard{Event: e}}
		people[i], _ = engine.Step(rel, people[i], in)
	}
	for i := range people {
		give(i, 0, made("traits.updated", "email", expr.TextOf("ana@patients.example"), "timezone", expr.TextOf("America/New_York")))
		give(i, 1, made("clinical.condition_recorded", "codes", expr.ListOf("44054006")))
		give(i, 2, made("medication.prescribed", "code", expr.TextOf("860975")))
		give(i, 3, made("medication.dispensed", "days_supply", expr.IntegerOf(300)))
	}
	visit := made("portal.visited")
	k := 4
	round := func() {
		at = at.Add(6 * instant.Hour)
		for i := range people {
			give(i, k, visit)
		}
		k++
	}
	for range 60 { // warm: every window has something in it
		round()
	}
	begin, used, n := time.Now(), cpuTime(), 0
	for time.Since(begin) < span {
		round()
		n += stepPeople
	}
	used = cpuTime() - used
	r.add(name, float64(n)/used.Seconds(), "steps per CPU-second", fmt.Sprintf("%.1f µs each", float64(used.Microseconds())/float64(n)))
}

func made(name string, pairs ...any) event.Event {
	e := event.Event{Name: name}
	for i := 0; i+1 < len(pairs); i += 2 {
		e = e.With(pairs[i].(string), pairs[i+1].(expr.Value))
	}
	return e
}

// writeRich writes a program of 30 engagements, 5 journeys and 20 signals of which about 30 rules ask
// for portal visits; with more rules, as many more signals and engagements.
func writeRich(dir string, rules int) error {
	signals, engagements := 20, 30
	if rules > 30 {
		signals, engagements = rules*2/5, rules*3/5
	}
	files := map[string]string{
		"program.yaml":                 "program: rich\nname: Rich\nlanguages: [en]\nenroll: {on: clinical.condition_recorded}\n",
		"map.yaml":                     "phases:\n  - {id: begin, name: Begin, says: \"?\", enter: {on: clinical.condition_recorded}}\n",
		"policy.yaml":                  "sender: Bench\nzone: America/New_York\ncontact_hours: {from: \"08:00\", to: \"21:00\"}\ncaps: [{count: 3, within: 7d}]\npurposes: {treatment_support: treatment}\nconsent: {jurisdiction: US, without_record: {treatment_support: [email]}}\n",
		"content/email/note.en.liquid": "Subject: A note\n\nDear {{ name | default: \"friend\" }},\n\nthis is a note.\n\n{{ organisation }}\n",
	}
	var s strings.Builder
	s.WriteString("signals:\n")
	for i := range signals {
		rule := []string{
			`count("portal.visited", "%dd") < 1 && count("portal.visited", "60d") >= 4`,
			`count("portal.visited", "%dd") >= 30`,
			`since("portal.visited") > days(%d) && last("medication.dispensed.days_supply") > 10`,
			`since("portal.visited") > days(%d) || count("appointment.noshow", "30d") >= 2`,
		}[i%4]
		fmt.Fprintf(&s, "  s%d: '%s'\n", i, fmt.Sprintf(rule, 3+i/4))
	}
	files["signals.yaml"] = s.String()
	for i := range engagements {
		// With 30 rules asked, a third of the engagements follow portal visits; the others wait for
		// something else, as in a program with many parts.
		when := fmt.Sprintf(`signal("s%d")`, i%signals)
		if rules <= 30 && i >= rules-signals {
			when = fmt.Sprintf(`since("medication.dispensed") > days(%d)`, 200+i)
		}
		files[fmt.Sprintf("engagements/e%d.yaml", i)] = fmt.Sprintf(
			"engagement: e%d\npurpose: treatment_support\naudience: patient\nwhen: '%s'\nvalue: %d\nexpires: 7d\nlimits: {again_after: 30d}\nvariants:\n  - {id: plain, email: note}\n", i, when, 1+i)
	}
	for i := range 5 {
		files[fmt.Sprintf("journeys/j%d.yaml", i)] = fmt.Sprintf(
			"journey: j%d\nenter: {on: medication.prescribed}\nsteps:\n  - wait: %dd\n  - await: {on: appointment.completed, within: 300d, else: ask}\n  - exit: came\n  - {id: ask, send: e%d}\n", i, 2+i, i)
	}
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
