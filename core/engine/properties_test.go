package engine_test

import (
	"bytes"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
	"pgregory.net/rapid"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/release"
)

// rich compiles the program that properties are checked with.
func rich(t testing.TB) *release.Release {
	t.Helper()
	a, err := txtar.ParseFile("testdata/programs/rich.txtar")
	if err != nil {
		t.Fatal(err)
	}
	return baseWith(t, string(txtar.Format(a)))
}

// start is when drawn histories begin: a Monday before clocks change in Europe and America.
const start = instant.Time(1_803_200_400_000) // 2027-02-21T09:00:00Z

// move is one drawn input. Settlements name an attempt only when they are played: the nth that awaits
// a word then.
type move struct {
	at   instant.Time
	what engine.What
	nth  int
}

var names = rapid.SampledFrom([]string{
	"portal.visited", "portal.visited", "portal.visited", "medication.dispensed", "page.viewed", "observation.recorded",
	"observation.recorded", "referral.requested", "appointment.booked", "appointment.noshow", "appointment.noshow",
	"appointment.noshow", "medication.prescribed", "medication.prescribed", "clinical.condition_recorded",
	"clinical.condition_recorded", "care.encounter_finished", "care.encounter_finished", "clinical.condition_resolved",
	"appointment.cancelled", "consent.granted", "consent.granted", "consent.granted", "consent.withdrawn", "consent.denied",
	"traits.updated", "medication.stopped", "task.done", "task.done", "questionnaire.completed", "call.answered", "referral.declined",
	"message.received", "hold.lifted", "hold.lifted", "hold.set", "contact.suppressed", "contact.released", "contact.released",
	"contact.verified", "contact.shared", "contact.unshared", "contact.unshared", "story.told",
})

// oneIn is true once in so many times.
func oneIn(n int) *rapid.Generator[bool] {
	return rapid.SampledFrom(append(make([]bool, n-1), true))
}

// drawn is something heard at an instant. One in three is news of something older.
func drawn(t *rapid.T, n int, at instant.Time) engine.What {
	e := event.Event{ID: fmt.Sprintf("drawn/%d", n), OccurredAt: at, ReceivedAt: at}
	e.Name = names.Draw(t, "name")
	if oneIn(3).Draw(t, "late") {
		e.OccurredAt -= instant.Time(rapid.Int64Range(0, int64(20*instant.Day)).Draw(t, "by"))
		e.Historical = oneIn(5).Draw(t, "historical")
	}
	switch e.Name {
	case "medication.dispensed", "medication.prescribed", "medication.stopped":
		e = e.With("days_supply", expr.IntegerOf(rapid.Int64Range(0, 20).Draw(t, "days"))).With("code", expr.TextOf(rapid.SampledFrom([]string{"860975", "860975", "617314"}).Draw(t, "medicine")))
	case "observation.recorded":
		e = e.With("value", expr.NumberOf(float64(rapid.IntRange(0, 12).Draw(t, "value"))))
	case "consent.granted", "consent.withdrawn", "consent.denied":
		e = e.With("purpose", expr.TextOf(rapid.SampledFrom([]string{"treatment_support", "treatment_support", "marketing", "marketing", "program"}).Draw(t, "purpose")))
		if rapid.Bool().Draw(t, "narrow") {
			e = e.With("channel", expr.TextOf("email"))
		}
		if rapid.Bool().Draw(t, "topical") {
			e = e.With("topic", expr.TextOf("refills"))
		}
		if oneIn(4).Draw(t, "begins") {
			e = e.With("effective", expr.MomentOf(at.Add(instant.Duration(rapid.Int64Range(0, int64(3*instant.Day)).Draw(t, "from")))))
		}
		if oneIn(3).Draw(t, "ends") {
			e = e.With("until", expr.MomentOf(at.Add(instant.Duration(rapid.Int64Range(0, int64(9*instant.Day)).Draw(t, "until")))))
		}
		if oneIn(5).Draw(t, "to others") {
			e = e.With("actor", expr.TextOf("others"))
		}
	case "message.received":
		e = e.With("text", expr.TextOf(rapid.SampledFrom([]string{"I want to die", "thank you"}).Draw(t, "text")))
	case "hold.set":
		e = e.With("hold", expr.TextOf("rest")).With("until", expr.MomentOf(at.Add(instant.Duration(rapid.Int64Range(0, int64(3*instant.Day)).Draw(t, "until")))))
	case "hold.lifted":
		e = e.With("hold", expr.TextOf(rapid.SampledFrom([]string{"crisis", "rest"}).Draw(t, "hold")))
	case "contact.suppressed", "contact.released", "contact.verified", "contact.shared", "contact.unshared":
		if strings.HasSuffix(e.Name, "shared") {
			e.Source = event.Own
		}
		e = e.With("channel", expr.TextOf("email")).With("address", expr.TextOf(rapid.SampledFrom([]string{"ana@example.org", "ana@example.org", "bo@example.org"}).Draw(t, "address")))
		if e.Name == "contact.suppressed" {
			e = e.With("why", expr.TextOf(rapid.SampledFrom([]string{"stop", "bounce", "wrong_person"}).Draw(t, "why")))
		}
	case "appointment.booked", "appointment.noshow":
		e = e.With("appointment", expr.TextOf(rapid.SampledFrom([]string{"a-1", "a-2", "a-3"}).Draw(t, "appointment"))).With("type", expr.TextOf("check-up"))
	case "questionnaire.completed":
		e = e.With("questionnaire", expr.TextOf("readiness"))
	case "task.done":
		e = e.With("outcome", expr.TextOf(rapid.SampledFrom([]string{"done", "no_answer"}).Draw(t, "done")))
	case "story.told":
		e = e.With("fact", expr.TextOf(rapid.SampledFrom([]string{"barrier", "barrier", "motivation", "support", "goal"}).Draw(t, "fact")))
		if rapid.Bool().Draw(t, "named") {
			e = e.With("names", expr.TextOf(rapid.SampledFrom([]string{"no_way_there", "forgets", "family", "nothing we know"}).Draw(t, "names")))
		}
		if rapid.Bool().Draw(t, "of a kind") {
			e = e.With("kind", expr.TextOf(rapid.SampledFrom([]string{"opportunity", "psychological_capability"}).Draw(t, "kind")))
		}
		if oneIn(4).Draw(t, "over") {
			e = e.With("over", expr.FlagOf(true))
		}
	case "traits.updated":
		e = e.With("timezone", expr.TextOf(rapid.SampledFrom(testZones).Draw(t, "zone")))
	}
	return engine.Heard{Event: e}
}

// history draws what a person lives through: events, gates and settlements.
func history(t *rapid.T, length int) []move {
	who := event.Event{ID: "drawn/who", Name: "patient.created", OccurredAt: start, Props: []event.Prop{text("email", "ana@example.org"), text("first_name", "Ana")}}
	ill := event.Event{ID: "drawn/ill", Name: "clinical.condition_recorded", OccurredAt: start}
	moves := []move{{at: start, what: engine.Heard{Event: who}}, {at: start + 1, what: engine.Heard{Event: ill}}}
	at := start + 1
	for n := range rapid.IntRange(length/2, length).Draw(t, "moves") {
		// Short gaps, so that gates, words and events meet, and long ones, so that time tells.
		gap := rapid.SampledFrom([]instant.Duration{0, 1, instant.Second, instant.Minute, 5 * instant.Minute, instant.Hour, 7 * instant.Hour, 25 * instant.Hour, 50 * instant.Hour}).Draw(t, "gap")
		at = at.Add(gap + instant.Duration(rapid.Int64Range(0, int64(gap)).Draw(t, "more")))
		m := move{at: at}
		switch rapid.SampledFrom([]int{0, 1, 2, 3, 4, 5}).Draw(t, "what") {
		case 0, 1:
			m.what = engine.Gate{}
		case 2:
			m.what = engine.Settled{
				Outcome:    engine.Outcome(rapid.SampledFrom([]int{1, 1, 2, 3, 4, 5}).Draw(t, "outcome")),
				RetryAfter: instant.Duration(rapid.Int64Range(0, int64(instant.Day)).Draw(t, "retry")),
			}
			m.nth = rapid.IntRange(0, 3).Draw(t, "which")
		default:
			m.what = drawn(t, n, at)
		}
		moves = append(moves, m)
	}
	return moves
}

// named fills in the attempt that a settlement is about, and the request that an answer is about.
func (m move) named(p *person.Person) engine.What {
	if heard, isEvent := m.what.(engine.Heard); isEvent {
		field, answers := map[string]string{"task.done": "task", "call.answered": "call", "referral.declined": "referral"}[heard.Event.Name]
		for i := range p.Enrollments {
			if request := p.Enrollments[i].Request; answers && !request.IsZero() {
				return engine.Heard{Event: heard.Event.With(field, expr.TextOf(request.String()))}
			}
		}
		return heard
	}
	word, isWord := m.what.(engine.Settled)
	if !isWord {
		return m.what
	}
	var open []id.Key
	for i := range p.Touches {
		if t := &p.Touches[i]; t.State == person.InFlight || t.State == person.Uncertain {
			open = append(open, t.Attempt())
		}
	}
	if len(open) > 0 {
		word.Attempt = open[m.nth%len(open)]
	}
	return word
}

// Any pattern of ticks between inputs gives the same state and the same effects.
func TestTicksCarryNoNews(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	rapid.Check(t, func(rt *rapid.T) {
		moves := history(rt, 40)
		end := moves[len(moves)-1].at.Add(60 * instant.Day)
		live := func(ticks func(from, to instant.Time) []instant.Time) (*life, []effect.Effect) {
			l := newLife(t, rel)
			var all []effect.Effect
			last := start
			for _, m := range moves {
				for _, at := range ticks(last, m.at) {
					all = append(all, l.tick(at)...)
				}
				all = append(all, l.step(m.at, m.named(&l.p))...)
				last = m.at
			}
			for _, at := range ticks(last, end) {
				all = append(all, l.tick(at)...)
			}
			return l, append(all, l.tick(end)...)
		}
		a, fa := live(func(_, _ instant.Time) []instant.Time { return nil })
		b, fb := live(func(from, to instant.Time) []instant.Time {
			var at []instant.Time
			for range rapid.IntRange(0, 2).Draw(rt, "ticks") {
				at = append(at, from+instant.Time(rapid.Int64Range(0, int64(to-from)).Draw(rt, "tick")))
			}
			slices.Sort(at)
			return at
		})
		if !reflect.DeepEqual(fa, fb) {
			rt.Fatalf("effects differ\n%v\n%v", fa, fb)
		}
		if !bytes.Equal(a.bytes(), b.bytes()) {
			rt.Fatalf("states differ\n%+v\n%+v", a.p, b.p)
		}
	})
}

// An event heard again within a day changes nothing, whenever it comes: it is as good as a tick.
func TestRepeatedEventsChangeNothing(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife(t, rel)
		for _, m := range history(rt, 30) {
			what := m.named(&l.p)
			l.step(m.at, what)
			heard, isEvent := what.(engine.Heard)
			if !isEvent {
				continue
			}
			again := m.at + instant.Time(rapid.Int64Range(0, int64(instant.Day-1)).Draw(rt, "again"))
			ticked, fx := engine.Step(rel, l.p, engine.Input{At: again, Seed: anaSeed, What: engine.Tick{}})
			repeated, fy := engine.Step(rel, l.p, engine.Input{At: again, Seed: anaSeed, What: heard})
			if !reflect.DeepEqual(append(fx, effect.Ignore{At: again, Why: "repeated"}), fy) {
				rt.Fatalf("a repeated %s has effects: %v", heard.Event.Name, fy)
			}
			if !reflect.DeepEqual(ticked, repeated) {
				rt.Fatalf("a repeated %s changes the person", heard.Event.Name)
			}
		}
	})
}

// Every version of a person stays as it was, whatever is made of it: versions share memory.
func TestStepNeverWritesThrough(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	rapid.Check(t, func(rt *rapid.T) {
		type version struct {
			p person.Person
			b []byte
		}
		was := person.New(ana)
		versions := []version{}
		for _, m := range history(rt, 40) {
			in := engine.Input{At: m.at, Seed: anaSeed, What: m.named(&was)}
			is, fx := engine.Step(rel, was, in)
			same, fy := engine.Step(rel, was, in)
			if !reflect.DeepEqual(is, same) || !reflect.DeepEqual(fx, fy) {
				rt.Fatalf("the same input gave something else")
			}
			// Another life from here is another life.
			if other := (engine.Input{At: m.at, Seed: id.Seed{1}, What: drawn(rt, -1, m.at)}); rapid.Bool().Draw(rt, "fork") {
				b := encode(t, is)
				engine.Step(rel, was, other)
				engine.Step(rel, was, engine.Input{At: m.at.Add(instant.Day), Seed: id.Seed{2}, What: engine.Gate{}})
				if !bytes.Equal(b, encode(t, is)) {
					rt.Fatalf("another step from the same person changed what the first one gave")
				}
			}
			versions = append(versions, version{was, encode(t, was)})
			was = is
		}
		for i, v := range versions {
			if !bytes.Equal(v.b, encode(t, v.p)) {
				rt.Fatalf("version %d changed afterwards", i)
			}
		}
	})
}

func encode(t testing.TB, p person.Person) []byte {
	t.Helper()
	b, err := p.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What is remembered of a rule's answer is what it answers, after every input and at every instant
// before the next wake.
func TestRulesRememberTheirAnswers(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife(t, rel)
		for _, m := range history(rt, 40) {
			l.step(m.at, m.named(&l.p))
			until := min(l.p.Wake-1, l.p.Now.Add(30*instant.Day))
			at := l.p.Now + instant.Time(rapid.Int64Range(0, int64(until-l.p.Now)).Draw(rt, "later"))
			for i := range rel.Rules {
				r := &rel.Rules[i]
				if r.Trigger.Pulse() {
					continue
				}
				facts := l.p.Facts
				facts.Zone, _ = zones().Find(l.p.Trait("timezone").Text)
				answer, _ := r.Trigger.Rule.Ask(&facts, at)
				if l.p.Rules[i] != (answer == expr.True) {
					rt.Fatalf("%s is remembered as %v and is %v at %s, after %T", r.Name, l.p.Rules[i], answer, at, m.what)
				}
				if r.Target == release.Signal && l.p.Facts.Signals[r.Index] != l.p.Rules[i] {
					rt.Fatalf("%s and its signal disagree", r.Name)
				}
			}
		}
	})
}

// Nothing waits for ever: a year and more after the last input every touch is over, and every passage.
func TestNothingPendsForEver(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife(t, rel)
		moves := history(rt, 40)
		for _, m := range moves {
			l.step(m.at, m.named(&l.p))
		}
		last := moves[len(moves)-1].at
		// A crisis lasts until somebody has looked after the person.
		l.step(last, engine.Heard{Event: event.Event{ID: "drawn/lifted", Name: "hold.lifted", OccurredAt: last}.With("hold", expr.TextOf("crisis"))})
		l.tick(last.Add(400 * instant.Day))
		for _, touch := range l.p.Touches {
			if touch.State != person.HandedOver && touch.State != person.Ended {
				rt.Fatalf("a touch is %s", touch.State)
			}
		}
		for _, e := range l.p.Enrollments {
			if e.Left == 0 {
				rt.Fatalf("a passage of %s stands at %s", e.Journey, e.Step)
			}
		}
	})
}

// Who a person is, what they consented to, where they are on the map and what rules know follow from
// the set of facts, whatever the order in which they were heard.
func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	rapid.Check(t, func(rt *rapid.T) {
		var facts []event.Event
		for n := range rapid.IntRange(2, 15).Draw(rt, "facts") {
			heard := drawn(rt, n, start).(engine.Heard)
			e := heard.Event
			e.OccurredAt = start - instant.Time(rapid.Int64Range(0, 40).Draw(rt, "days"))*instant.Time(instant.Day)
			e.Version = rapid.Int64Range(0, 1).Draw(rt, "version")
			facts = append(facts, e)
		}
		live := func(order []event.Event) person.Person {
			l := newLife(t, rel)
			for i, e := range order {
				l.step(start+instant.Time(i), engine.Heard{Event: e})
			}
			l.tick(start.Add(100 * instant.Day))
			return l.p
		}
		a, b := live(facts), live(rapid.Permutation(facts).Draw(rt, "order"))
		for _, part := range []struct {
			name string
			a, b any
		}{
			{"traits", a.Traits, b.Traits},
			{"consents", a.Consents, b.Consents},
			{"holds", a.Holds, b.Holds},
			{"points", a.Points, b.Points},
			{"facts", a.Facts, b.Facts},
			{"rules", a.Rules, b.Rules},
			{"memberships", a.Memberships, b.Memberships},
		} {
			if !reflect.DeepEqual(part.a, part.b) {
				rt.Fatalf("%s differ\n%+v\n%+v\n%+v", part.name, part.a, part.b, facts)
			}
		}
	})
}
