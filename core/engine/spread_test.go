package engine_test

import (
	"fmt"
	"testing"

	"attune/core/engine"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"
)

// Of many who wait for one opening, each minute of the first ten gets its share, and whoever is asked about
// again, at whatever time, is due at the same instant.
func TestAnOpeningIsSpread(t *testing.T) {
	t.Parallel()
	rel := baseWith(t, "")
	pr := rel.Programs[0]
	const night, opens = start + instant.Time(13*instant.Hour), start + instant.Time(23*instant.Hour)
	l := newLife(t, rel)
	l.step(start, engine.Heard{Event: event.Event{ID: "who", Name: "patient.created", OccurredAt: start, Props: []event.Prop{text("email", "ana@example.org")}}})
	l.step(start, engine.Heard{Event: event.Event{ID: "ill", Name: "clinical.condition_recorded", OccurredAt: start}})
	var minutes [10]int
	for n := range 2000 {
		seed := id.Seed{byte(n), byte(n >> 8)}
		at := func(asked instant.Time) engine.Asked {
			return engine.May(rel, l.p, seed, asked, pr, pr.Engagement("hello"), "email")
		}
		first := at(night)
		if late := first.At.Sub(opens); late < 0 || late >= 10*instant.Minute || first.Why != policy.QuietHours {
			t.Fatalf("it is due at %s because of %q", first.At, first.Why)
		}
		minutes[first.At.Sub(opens)/instant.Minute]++
		if again, then := at(opens-1), at(first.At); again.At != first.At || then.At != first.At {
			t.Fatalf("it is due at %s, then at %s and %s", first.At, again.At, then.At)
		}
	}
	for i, n := range minutes {
		if n < 150 || n > 250 {
			t.Errorf("minute %d has %d of 2000", i, n)
		}
	}
}

// A carrier that refuses many at once is not asked again by all of them at once.
func TestThoseRefusedTogetherComeBackApart(t *testing.T) {
	t.Parallel()
	rel := baseWith(t, "-- engagements/hello.yaml --\nengagement: hello\npurpose: treatment_support\naudience: patient\nvalue: 5\nexpires: 2d\nwhen: {on: clinical.condition_recorded}\nvariants: [{id: plain, email: hello}]\n")
	waits := map[instant.Duration]int{}
	for n := range 300 {
		p, seed := person.New(id.Person{byte(n), byte(n >> 8)}), id.Seed{byte(n), byte(n >> 8)}
		step := func(what engine.What) { p, _ = engine.Step(rel, p, engine.Input{At: start, Seed: seed, What: what}) }
		step(engine.Heard{Event: event.Event{ID: "who", Name: "patient.created", OccurredAt: start, Props: []event.Prop{text("email", fmt.Sprintf("p%d@example.org", n))}}})
		step(engine.Heard{Event: event.Event{ID: "ill", Name: "clinical.condition_recorded", OccurredAt: start}})
		step(engine.Gate{})
		step(engine.Settled{Attempt: p.Touches[0].Attempt(), Outcome: engine.Postponed})
		wait := p.Touches[0].Due.Sub(start)
		if wait < 30*instant.Second || wait >= instant.Minute {
			t.Fatalf("after the first attempt it waits %s", wait)
		}
		waits[wait]++
	}
	for wait, n := range waits {
		if n > 30 {
			t.Errorf("%d of 300 wait %s", n, wait)
		}
	}
	if len(waits) < 25 {
		t.Errorf("300 come back at %d instants", len(waits))
	}
}
