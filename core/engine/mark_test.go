package engine_test

import (
	"testing"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
)

// marksOf are the marks among effects, without when they were heard.
func marksOf(fx []effect.Effect) (out []effect.Mark) {
	for _, e := range fx {
		if m, is := e.(effect.Mark); is {
			m.At = 0
			out = append(out, m)
		}
	}
	return out
}

// What numbers are made of is told once, at the instant at which it happened, and only what the map and the outcomes name.
func TestWhatNumbersAreMadeOf(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	day := func(n int) instant.Time { return start.Add(instant.Duration(n) * instant.Day) }
	l := newLife(t, rel)
	said := func(at instant.Time, e event.Event, want ...effect.Mark) {
		t.Helper()
		got := marksOf(l.step(at, engine.Heard{Event: e}))
		if len(got) != len(want) {
			t.Fatalf("%s: got %v, want %v", e.Name, got, want)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: got %+v, want %+v", e.Name, got[i], want[i])
			}
		}
	}
	p := rel.Programs[0].ID
	born := event.Event{ID: "m/1", Source: "m", Name: "patient.created", OccurredAt: day(0), Props: []event.Prop{
		{Name: "birth_date", Value: expr.TextOf("1960-05-01")}, {Name: "first_name", Value: expr.TextOf("Ana")}, {Name: "language", Value: expr.TextOf("es")},
	}}
	said(day(1), born,
		effect.Mark{Since: day(0), Program: p, Kind: effect.Is, Name: "age", Level: "65 and more"},
		effect.Mark{Since: day(0), Program: p, Kind: effect.Is, Name: "language", Level: "es"})
	born.ID = "m/2"
	born.OccurredAt = day(2)
	said(day(2), born) // what was known is not told again
	said(day(3), event.Event{ID: "m/3", Source: "m", Name: "medication.prescribed", OccurredAt: day(1)},
		effect.Mark{Since: day(1), Program: p, Kind: effect.Entered, Name: "treatment"})
	said(day(4), event.Event{ID: "m/4", Source: "m", Name: "observation.recorded", OccurredAt: day(4)}.With("value", expr.NumberOf(7.5)),
		effect.Mark{Since: day(4), Program: p, Kind: effect.Measured, Name: "hba1c", Value: 7.5})
	said(day(4), event.Event{ID: "m/5", Source: "m", Name: "observation.recorded", OccurredAt: day(4)}.With("value", expr.TextOf("high"))) // no number
	if l.p.Marks == 0 {
		t.Error("the person keeps no sum of it")
	}
}

// What is taken back is no mark any more: all others are told again, and an event that came late stands in its place.
func TestMarksAreToldAnew(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	l := newLife(t, rel)
	l.step(start, engine.Heard{Event: event.Event{ID: "m/1", Source: "m", Name: "medication.prescribed", OccurredAt: start}})
	with := l.p.Marks
	l.step(start+1, engine.Heard{Event: event.Event{ID: "m/2", Source: "m", Name: "observation.recorded", OccurredAt: start + 1}.With("value", expr.NumberOf(9))})
	fx := l.step(start+2, engine.Heard{Event: event.Event{ID: "m/3", Source: "m", Name: "record.retracted", OccurredAt: start + 2}.With("revokes", expr.TextOf("m/2"))})
	var anew *effect.Anew
	for _, e := range fx {
		if a, is := e.(effect.Anew); is {
			anew = &a
		}
	}
	if anew == nil || len(marksOf(anew.Of)) != 1 || marksOf(anew.Of)[0].Name != "treatment" || l.p.Marks != with {
		t.Errorf("got %+v with the sum %x, want the phase alone with %x", anew, l.p.Marks, with)
	}
	is := l.p
	_, fx = engine.Step(rel, is, engine.Input{At: start + 3, Seed: anaSeed, What: engine.Heard{Event: event.Event{ID: "m/4", Source: "m", Name: "record.retracted", OccurredAt: start + 3}.With("revokes", expr.TextOf("m/none"))}, History: l.history, Recalled: true})
	for _, e := range fx {
		if _, told := e.(effect.Anew); told {
			t.Error("marks are told anew though nothing changed")
		}
	}
}
