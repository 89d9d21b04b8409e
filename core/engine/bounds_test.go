package engine_test

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/release"
	"attune/core/stage"
)

// A journey of more waits than one call catches up with.
func manyWaits(t testing.TB, n int) string {
	t.Helper()
	return "-- journeys/long.yaml --\njourney: long\nenter: {on: portal.visited}\nsteps:\n" + strings.Repeat("  - wait: 1m\n", n)
}

// Step does a bounded amount of work. When its budget ends before the input's instant it says so and
// has not taken the input; given again, and again, it gets there, and the person is the same as one
// who was ticked every hour.
func TestStepIsBounded(t *testing.T) {
	t.Parallel()
	rel := baseWith(t, manyWaits(t, 2500))
	begin := when(t, "2027-03-01T09:00:00Z")
	who := func() *life {
		l := newLife(t, rel)
		l.hear(begin, "clinical.condition_recorded")
		l.hear(begin+1, "portal.visited")
		return l
	}
	end := begin.Add(40 * 365 * instant.Day)
	heard := engine.Heard{Event: event.Event{ID: "test/late", Name: "page.viewed", OccurredAt: end}}

	slept := who()
	was, agains := slept.p, 0
	for {
		is, fx := engine.Step(rel, was, engine.Input{At: end, Seed: anaSeed, What: heard})
		was = is
		if len(fx) == 0 || fx[len(fx)-1] != (effect.Again{}) {
			break
		}
		agains++
		if len(fx) > 4000 {
			t.Fatalf("one call had %d effects", len(fx))
		}
		if is.Now >= end || len(is.Seen) != 2 {
			t.Fatalf("the input was taken before its time came")
		}
	}
	if agains != 2 {
		t.Errorf("it asked %d times to be called again for 2,500 waits, a thousand to a call", agains)
	}
	awake := who()
	for at := begin; at < begin.Add(2*instant.Day); at = at.Add(instant.Hour) {
		awake.tick(at)
	}
	awake.step(end, heard)
	if !bytes.Equal(encode(t, was), awake.bytes()) {
		t.Errorf("who slept is another person than who was awake\n%+v\n%+v", was, awake.p)
	}
}

// At the end of time nothing is due, and nothing runs for ever.
func TestStepAtTheEndOfTime(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	l := newLife(t, rel)
	for i, at := range []instant.Time{0, start, instant.Never - 1, instant.Never, -instant.Never} {
		for _, name := range rel.Catalogue.Names() {
			e := event.Event{ID: fmt.Sprintf("%d/%s", i, name), Name: name, OccurredAt: at}
			l.step(at, engine.Heard{Event: e})
			l.gate(at)
			l.step(at, engine.Settled{Attempt: l.inFlight(""), Outcome: engine.Postponed, RetryAfter: instant.Duration(instant.Never)})
		}
	}
}

// A journey that proposes a hundred times at one instant, and is refused each time, is parked where
// people can see it.
func TestEndlessRefusalsArePaused(t *testing.T) {
	t.Parallel()
	rel := baseWith(t, "-- journeys/long.yaml --\njourney: long\nenter: {on: portal.visited}\nsteps:\n"+strings.Repeat("  - send: hello\n", 150))
	l := newLife(t, rel)
	l.hear(start, "clinical.condition_recorded")
	fx := l.hear(start+1, "portal.visited") // without an address every proposal is refused
	last, isWalk := fx[len(fx)-1].(effect.Walk)
	if !isWalk || last.What != "failed" || l.p.Enrollments[0].Why == "" {
		t.Errorf("the passage is not parked: %+v, %+v", fx[len(fx)-1], l.p.Enrollments[0])
	}
}

// A person of another release, or one whose memory does not fit the release's rules, is not touched.
func TestStepLeavesStrangersAlone(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	l := newLife(t, rel)
	l.hear(start, "portal.visited")
	for name, change := range map[string]func(*person.Person){
		"another release":  func(p *person.Person) { p.Release++ },
		"a rule too few":   func(p *person.Person) { p.Rules = p.Rules[1:] },
		"a signal missing": func(p *person.Person) { p.Facts.Signals = nil },
		"no counters":      func(p *person.Person) { p.Facts.Counters = nil },
		"no anchors":       func(p *person.Person) { p.Facts.Anchors = nil },
	} {
		p := l.p
		change(&p)
		is, fx := engine.Step(rel, p, engine.Input{At: start + 5, Seed: anaSeed, What: engine.Gate{}})
		if !reflect.DeepEqual(is, p) || !reflect.DeepEqual(fx, []effect.Effect{effect.Ignore{At: start + 5, Why: "release"}}) {
			t.Errorf("%s: the person was stepped: %v", name, fx)
		}
	}
}

// garbage is a person such as no history makes: every field is anything, in the shape that the
// release's rules need.
func garbage(t *rapid.T, rel *release.Release) person.Person {
	p := rapid.Make[person.Person]().Draw(t, "person")
	p.ID, p.Release = ana, rel.Short
	shape := rel.Blank()
	p.Facts.Counters = rapid.SliceOfN(rapid.Make[expr.Counter](), len(shape.Counters), len(shape.Counters)).Draw(t, "counters")
	p.Facts.Anchors = rapid.SliceOfN(rapid.Make[expr.Anchor](), len(shape.Anchors), len(shape.Anchors)).Draw(t, "anchors")
	p.Facts.Series = rapid.SliceOfN(rapid.Make[expr.Series](), len(shape.Series), len(shape.Series)).Draw(t, "series")
	p.Facts.Keyed = rapid.SliceOfN(rapid.Make[expr.Keyed](), len(shape.Keyed), len(shape.Keyed)).Draw(t, "keyed")
	p.Facts.Traits = rapid.SliceOfN(rapid.Make[expr.Trait](), len(shape.Traits), len(shape.Traits)).Draw(t, "facts of traits")
	p.Facts.Signals, p.Facts.Choices, p.Facts.Zone = make([]bool, len(rel.Signals)), shape.Choices, nil
	p.Rules = rapid.SliceOfN(rapid.Bool(), len(rel.Rules), len(rel.Rules)).Draw(t, "rules")
	p.Beliefs = make([]person.Belief, len(rel.Behaviors))
	for i := range p.Beliefs {
		b := rapid.Make[stage.Belief]().Draw(t, "belief")
		b.Mode %= stage.Relapse + 1
		p.Beliefs[i] = person.Belief{Behavior: rel.Behaviors[i].ID, Belief: b}
	}
	pr := rel.Programs[0]
	for i := range p.Memberships {
		p.Memberships[i].Program = pr.ID
	}
	for i := range p.Touches {
		touch := &p.Touches[i]
		touch.Program, touch.Engagement = pr.ID, rapid.SampledFrom(pr.Engagements).Draw(t, "engagement").ID
		touch.State = person.TouchState(rapid.IntRange(0, 6).Draw(t, "state"))
		touch.Content = rapid.SampledFrom(pr.Content).Draw(t, "content").Hash
		if len(p.Enrollments) > 0 {
			touch.Enrollment = p.Enrollments[0].ID
		}
	}
	for i := range p.Enrollments {
		e := &p.Enrollments[i]
		j := rapid.SampledFrom(pr.Journeys).Draw(t, "journey")
		e.Program, e.Journey = pr.ID, j.ID
		e.Step = rapid.SampledFrom(j.Steps).Draw(t, "step").Label()
		if rapid.Bool().Draw(t, "under way") {
			e.Left = 0
		}
		if len(p.Touches) > 0 && rapid.Bool().Draw(t, "waits") {
			e.Touch = p.Touches[0].ID
		}
	}
	return p
}

// Whatever the person and the input, Step returns, time does not go back, and what it returns can be
// written down.
func TestStepIsTotal(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	rapid.Check(t, func(rt *rapid.T) {
		p := garbage(rt, rel)
		at := instant.Time(rapid.Int64().Draw(rt, "at"))
		if rapid.Bool().Draw(rt, "near") {
			at = p.Now + instant.Time(rapid.Int64Range(0, int64(100*instant.Day)).Draw(rt, "after"))
		}
		for n := range 3 {
			whats := []engine.What{engine.Tick{}, engine.Gate{}, nil, drawn(rt, n, at), engine.Settled{Outcome: engine.Outcome(rapid.IntRange(0, 6).Draw(rt, "outcome"))}}
			for i := range p.Touches {
				whats = append(whats, engine.Settled{Attempt: p.Touches[i].Attempt(), Outcome: engine.Outcome(1 + i%5), RetryAfter: instant.Duration(at)}, engine.Outranked{Touches: []id.Key{p.Touches[i].ID}})
			}
			what := rapid.SampledFrom(whats).Draw(rt, "what")
			is, _ := engine.Step(rel, p, engine.Input{At: at, What: what})
			if is.Now < p.Now {
				rt.Fatalf("time went back from %d to %d with %T", p.Now, is.Now, what)
			}
			encode(t, is)
			p, at = is, at.Add(instant.Hour)
		}
	})
}

// Whatever bytes decode to a person, and whatever is heard of them, Step returns, in time that never
// goes back, and what it returns can be written down.
func FuzzStep(f *testing.F) {
	rel := rich(f)
	l := newLife(f, rel)
	names := rel.Catalogue.Names()
	for i, name := range names {
		l.hear(start.Add(instant.Duration(i)*instant.Hour), name, text("email", "ana@example.org"))
		l.gate(start.Add(instant.Duration(i) * instant.Hour))
		f.Add(l.bytes(), int64(l.p.Now), uint8(i), []byte("garbage"))
	}
	f.Fuzz(func(t *testing.T, state []byte, at int64, kind uint8, text []byte) {
		p, err := person.Decode(ana, state)
		if err != nil {
			p = person.New(ana)
		} else {
			p.Release = rel.Short
		}
		inputs := []engine.What{
			engine.Tick{}, engine.Gate{}, nil,
			engine.Heard{Event: event.Event{ID: string(text), Name: names[int(kind)%len(names)], OccurredAt: instant.Time(at) - 5,
				Props: []event.Prop{{Name: "purpose", Value: expr.TextOf(string(text))}, {Name: string(text), Value: expr.NumberOf(float64(at))}}}},
			engine.Settled{Outcome: engine.Outcome(kind), RetryAfter: instant.Duration(at)},
		}
		for i := range p.Touches {
			inputs = append(inputs, engine.Settled{Attempt: p.Touches[i].Attempt(), Outcome: engine.Outcome(kind % 6), RetryAfter: instant.Duration(at)})
			if i == 3 {
				break
			}
		}
		for i, what := range inputs {
			is, _ := engine.Step(rel, p, engine.Input{At: instant.Time(at).Add(instant.Duration(i) * instant.Hour), Seed: id.Seed{}, What: what})
			if is.Now < p.Now {
				t.Fatalf("time went back from %d to %d", p.Now, is.Now)
			}
			if _, err := is.Encode(); err != nil {
				t.Fatal(err)
			}
			p = is
		}
	})
}

// A stage that time changes no more does not keep a step from ending, even for somebody who is written
// down as living at the end of time.
func TestDriftEnds(t *testing.T) {
	t.Parallel()
	l := newLife(t, rich(t))
	l.hear(when(t, "2027-03-01T09:00:00Z"), "medication.dispensed")
	l.p.Now, l.p.Wake = instant.Never, start
	in := engine.Input{At: instant.Never, Seed: anaSeed, What: engine.Tick{}}
	if is, _ := engine.Step(l.rel, l.p, in); is.Now < l.p.Now {
		t.Errorf("time went back to %s", is.Now)
	}
}
