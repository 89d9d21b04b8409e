package app

import (
	"context"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/internal/api"
	"attune/internal/delivery"
	"attune/internal/guardrail"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/learn"
	"attune/internal/sim"
)

var reader = regexp.MustCompile(`somebody-[0-9]+`)

// readers are those whom the mail server has letters for, the first of them first.
func (m *mailbox) readers() (all []string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.letters {
		if who := reader.FindString(l); !slices.Contains(all, who) {
			all = append(all, who)
		}
	}
	return all
}

// withdraw lets somebody take consent back.
func withdraw(t *testing.T, n *Node, who string) {
	t.Helper()
	e := event.Event{ID: "word/" + who, Source: "feed", Name: "consent.withdrawn", OccurredAt: n.Now(), ReceivedAt: n.Now()}
	e = e.With("purpose", expr.TextOf("treatment_support")).With("channel", expr.TextOf("email"))
	if err := n.Intake.Take(t.Context(), intake.Source{Name: "feed"}, []intake.Arrival{{Who: identity.Key{System: "feed", Value: who}, Event: e}}); err != nil {
		t.Fatal(err)
	}
}

func lostOf(n *Node, l guardrail.Loss) guardrail.Standing {
	return n.guards.standings(n.live())[l]
}

// Eighty people are due to be welcomed, one letter after the other. As soon as a few of the first took consent
// back the program writes to nobody else, until somebody says that it may.
func TestAProgramThatLosesPeoplePausesItself(t *testing.T) {
	w := newWelcomesOf(t, learning, map[string]delivery.Limits{"email": {AtOnce: 1}})
	n, stop := w.serve()
	left := 0
	w.until("it is paused", func() bool {
		for all := w.box.readers(); left < min(len(all), 15); {
			withdraw(t, n, all[left])
			left++
		}
		return len(n.pauses()) > 0
	})
	w.until("what was under way is settled", n.Delivery.Idle)
	held := w.box.count()
	p := n.pauses()[0]
	if p.Program != "diabetes" || !p.ButSafety || p.Guardrail != "opt-outs" || !strings.HasPrefix(p.Why, "guardrail: opt-outs ") || !strings.HasSuffix(p.Why, "the bound is 3 %") {
		t.Errorf("it is paused as %+v", p)
	}
	o, err := (&Server{Node: n}).view().Overview(t.Context())
	if err != nil || len(o.Paused) != 1 || o.Paused[0] != (api.Held{Says: p.Says(), Command: "attune resume --program diabetes"}) {
		t.Errorf("the page says %+v, %v", o.Paused, err)
	}
	stop()
	was := lostOf(n, guardrail.OptOut)
	if was.Lost < 3 || was.Lost > left || was.People < held || was.People > held+1 { // one may have been about to go
		t.Errorf("%d letters and %d who left are counted as %+v", held, left, was)
	}

	// It stays so when the server begins anew, which counts the same while it works.
	w.countAtOnce = -1
	n, stop = w.serve()
	w.until("all is counted", n.guards.ready.Load)
	w.clock.Set(w.clock.Now().Add(instant.Minute))
	w.until("the loop went round", func() bool { return heldByMail(n) > 0 })
	if is := lostOf(n, guardrail.OptOut); is != was {
		t.Errorf("counted anew it is %+v, and was %+v", is, was)
	}
	if w.box.count() != held {
		t.Fatalf("%d letters after the program had paused itself, %d before", w.box.count(), held)
	}
	i, err := Inspect(t.Context(), w.dir)
	if err != nil {
		t.Fatal(err)
	}
	r, err := i.LearningReport(t.Context())
	if err != nil || len(r.Guardrails) != 3 || r.Guardrails[0] != learn.Guardrail(was) || !strings.Contains(strings.Join(r.Says, "\n"), "paused itself") {
		t.Errorf("the report says %+v, %q, %v", r.Guardrails, r.Says, err)
	}
	if err := i.Close(); err != nil {
		t.Fatal(err)
	}

	// Who resumes it knows what happened: the same does not stop it again.
	if err := ResumePausedIn(t.Context(), w.dir, Paused{Program: "diabetes"}, "kim", 0); err != nil {
		t.Fatal(err)
	}
	w.until("it goes on", func() bool { return w.box.count() > held+3 })
	if len(n.pauses()) > 0 {
		t.Error("it halts again for what was seen before")
	}
	stop()
	if list, err := PausesIn(w.dir, true); err != nil || len(list) != 1 || list[0].EndedBy != "kim" {
		t.Errorf("it is remembered as %+v, %v", list, err)
	}
}

func heldByMail(n *Node) int {
	for _, x := range n.Delivery.States() {
		if x.Channel == "email" {
			return x.Held
		}
	}
	return 0
}

// A program that somebody resumed while no server ran is counted anew at the next start.
func TestAProgramThatIsResumedAtRestIsCountedAnew(t *testing.T) {
	w := newWelcomesOf(t, learning, nil)
	drive := func(n *Node) {
		if err := (sim.Drive{Runner: n.Runner, Delivery: n.Delivery}).Settle(t.Context(), w.clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	n := w.open()
	drive(n)
	w.clock.Set(w.clock.Now().Add(instant.Hour))
	for _, who := range w.box.readers()[:8] {
		withdraw(t, n, who)
	}
	drive(n)
	if len(n.pauses()) != 1 || lostOf(n, guardrail.OptOut).Lost != 8 {
		t.Fatalf("%+v, %+v", n.pauses(), lostOf(n, guardrail.OptOut))
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if err := ResumePausedIn(t.Context(), w.dir, Paused{Program: "diabetes"}, "kim", w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	for range 2 { // and once is enough
		n = w.open()
		if len(n.pauses()) > 0 || n.guards.tally.Counts()["diabetes"].Since < w.clock.Now() {
			t.Errorf("%+v, counted since %s", n.pauses(), n.guards.tally.Counts()["diabetes"].Since)
		}
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
		if n.guards.tally.Counts()["diabetes"].Since > w.clock.Now()+1 {
			t.Error("it is counted anew at each start")
		}
	}
}

// What a world of months counted is what its history says.
func TestCountsOfAWorldAreThoseOfItsHistory(t *testing.T) {
	t.Parallel()
	w, dir := worldOf(t, 60, 100)
	was := w.Node.guards.tally.Counts()
	if c := was["diabetes"]; len(c.Final) < 2 || c.Final[0].People == 0 || len(c.Open) == 0 {
		t.Errorf("counted %+v", c)
	}
	if err := w.Node.Close(); err != nil {
		t.Fatal(err)
	}
	for how, atOnce := range map[string]int{"before it goes on": 0, "while it works": -1} {
		n, err := Open(context.Background(), Options{Data: dir, Organisation: "demo", Now: w.Clock.Now, Relaxed: true, StaleAfter: 60 * instant.Day, CountAtOnce: atOnce})
		if err != nil {
			t.Fatal(err)
		}
		for !n.guards.ready.Load() {
			time.Sleep(time.Millisecond)
		}
		if is := n.guards.tally.Counts(); !reflect.DeepEqual(fmt.Sprint(is), fmt.Sprint(was)) {
			t.Errorf("counted %s the history says %+v, and it was %+v", how, is, was)
		}
		if err := n.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
