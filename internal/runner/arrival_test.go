package runner_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/internal/runner"
)

// arrivals reads what the world's state knows of undeclared events.
func (w *world) arrivals() []runner.Arrival {
	w.Helper()
	out, err := runner.ReadArrivals(w.Context(), w.people, runner.Words(w.cfg.ProjectKey))
	if err != nil {
		w.Fatal(err)
	}
	return out
}

func TestUndeclaredEventsAreCountedWithTheirProperties(t *testing.T) {
	w := newWorld(t)
	minute := func(n int) instant.Time { return morning.Add(instant.Duration(n) * instant.Minute) }
	w.accept(ana, minute(5),
		happened("foot_check.sent", "score", expr.IntegerOf(3), "side", expr.TextOf("left")),
		happened("medication.dispensed", "days_supply", expr.IntegerOf(30), "colour", expr.TextOf("blue")))
	w.tick(minute(6))
	w.accept(ben, minute(7), happened("foot_check.sent", "score", expr.NumberOf(3.5), "seen_at", expr.TextOf("2027-03-05T09:30:00Z")))
	w.accept(ben, minute(9), happened("foot_check.sent", "urgent", expr.FlagOf(true), "tags", expr.ListOf("a")), happened("Order Completed"))
	w.tick(minute(10))

	want := []runner.Arrival{
		{Source: "app", Name: "foot_check.sent", Times: 3, First: minute(5), Last: minute(9), Props: []runner.ArrivedProp{
			{Name: "score", Types: map[string]int64{"integer": 1, "number": 1}},
			{Name: "seen_at", Types: map[string]int64{"time": 1}},
			{Name: "side", Types: map[string]int64{"text": 1}},
			{Name: "tags", Types: map[string]int64{"list": 1}},
			{Name: "urgent", Types: map[string]int64{"flag": 1}},
		}},
		{Source: "app", Name: "Order Completed", Times: 1, First: minute(9), Last: minute(9), Props: []runner.ArrivedProp{}},
	}
	if got := w.arrivals(); !reflect.DeepEqual(got, want) {
		t.Errorf("arrived\n%+v\nwant\n%+v", got, want)
	}
	for key := range w.tallies() {
		for _, word := range []string{"foot", "score", "Order", "left", "blue"} {
			if strings.Contains(key, word) {
				t.Errorf("the key %q says %q", key, word)
			}
		}
	}
}

// However many names and properties a client invents, what is kept has a bound, nothing goes
// uncounted, and a restart or a rebuild changes none of it.
func TestArrivalsAreBoundedAndSurviveRestarts(t *testing.T) {
	invent := func(w *world, from, to int) {
		for n := from; n < to; n++ {
			e := happened(fmt.Sprintf("Invented %d", n))
			for k := range 3 {
				e = e.With(fmt.Sprintf("p%d", n*3+k), expr.FlagOf(true))
			}
			same := event.Event{Name: "one.thing", Source: "app", Props: e.Props}
			w.accept(ana, morning.Add(instant.Duration(n)*instant.Second), e, same)
		}
		for w.tick(morning.Add(instant.Hour)).More {
		}
	}
	straight := newWorld(t)
	invent(straight, 0, 250)

	w := newWorld(t)
	invent(w, 0, 100)
	w.open()
	invent(w, 100, 250)
	got := w.arrivals()
	if !reflect.DeepEqual(got, straight.arrivals()) {
		t.Error("a restart changes what is kept")
	}
	// 199 of the invented names, the one thing, and all further names together.
	if len(got) != 201 {
		t.Errorf("%d names are kept", len(got))
	}
	var times int64
	for _, a := range got {
		times += a.Times
		switch {
		case a.Name == "one.thing" && (len(a.Props) != 65 || a.Props[0].Name != "(further properties)" || a.Props[0].Types["flag"] != 3*250-64):
			t.Errorf("of one name %d properties are kept: %v", len(a.Props), a.Props[0])
		case a.Name == "(further names)" && (a.Times != 51 || len(a.Props) != 0):
			t.Errorf("beyond the bound: %+v", a)
		}
	}
	if times != 500 {
		t.Errorf("%d of 500 events are counted", times)
	}

	was := w.image()
	w.dir = t.TempDir()
	w.openStores() // empty; log and history are as they were
	w.cfg.People = w.people
	w.open()
	if w.image() != was {
		t.Error("what is rebuilt from the history differs")
	}
}
