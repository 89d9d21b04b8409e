package app

import (
	"bytes"
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"attune/core/event"
	"attune/core/instant"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/disclose"
	"attune/internal/insight"
)

// What a map shows is what the engine knows: who is in a phase is counted by both, in their own ways, and of every phase those who entered
// moved on, left or wait, whatever is asked for.
func TestAMapShowsWhatTheEngineKnows(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	n := livedWorld(t, 60, 120)
	i, err := n.inspector(ctx)
	if err != nil {
		t.Fatal(err)
	}
	counters := counters(t, n)
	l, err := i.Lived(ctx, LivedOf{Program: "diabetes"})
	if err != nil {
		t.Fatal(err)
	}
	some := 0
	for _, p := range l.Phases {
		some += *p.Here
		if want := counters["phase/diabetes/"+p.Phase]; int64(*p.Here) != want {
			t.Errorf("%s: %d are there, and the engine counts %d", p.Phase, *p.Here, want)
		}
	}
	if some == 0 {
		t.Error("nobody is anywhere, so this shows nothing")
	}
	for _, m := range l.Moments {
		if want := counters["moment/diabetes/"+m.Moment]; int64(*m.Seen) != want {
			t.Errorf("%s was seen %d times, and the engine counts %d", m.Moment, *m.Seen, want)
		}
		if *m.Made != *m.Kept+*m.KeptLate+*m.Late+*m.Open {
			t.Errorf("%s: promises do not add up: %+v", m.Moment, m)
		}
	}
	now := n.Now()
	for _, o := range []LivedOf{{}, {AsOf: now.Add(-40 * instant.Day)}, {From: now.Add(-50 * instant.Day), To: now.Add(-20 * instant.Day)}, {Saw: "first_supply"}, {Not: "check_up"}} {
		o.Program = "diabetes"
		l, err := i.Lived(ctx, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range l.Phases {
			if *p.Entered != *p.MovedOn+*p.Left+*p.Waiting {
				t.Errorf("%+v: %s does not add up: %+v", o, p.Phase, p)
			}
			if *p.Wait.N != *p.Entered || *p.Wait.Events != *p.MovedOn || *p.Wait.Others != *p.Left {
				t.Errorf("%+v: of %s other passages were timed: %+v", o, p.Phase, p)
			}
		}
	}
}

// What is in the file is what is in memory, and both are what the history says, however often it was stopped.
func TestFactsAreKeptOnce(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	n := livedWorld(t, 20, 60)
	if err := n.facts.Sync(ctx); err != nil {
		t.Fatal(err)
	}
	of := func(c *insight.Columns) map[insight.Pseudonym][]insight.Fact {
		out := map[insight.Pseudonym][]insight.Fact{}
		for _, who := range c.People("diabetes") {
			out[who] = c.Facts(who)
		}
		return out
	}
	was := of(n.facts.Columns)
	if len(was) == 0 {
		t.Fatal("there are no facts")
	}
	history := factSource{n.History, n.Keys}
	anew := insight.NewTail(history, n.Keys.Secret(factsSecret), n.Logger)
	if err := anew.Start(ctx, nil); err != nil {
		t.Fatal(err)
	}
	if err := anew.CatchUp(ctx); err != nil {
		t.Fatal(err)
	}
	sameFacts(t, "off the history", was, of(anew.Columns))
	if err := n.facts.Close(); err != nil {
		t.Fatal(err)
	}
	n.facts = insight.NewTail(history, n.Keys.Secret(factsSecret), n.Logger)
	if err := n.gather(ctx); err != nil {
		t.Fatal(err)
	}
	sameFacts(t, "off the file", was, of(n.facts.Columns))
	for p := range was {
		if who, known := n.facts.Person(p); !known || n.facts.Pseudonym(who) != p {
			t.Errorf("off the file, nobody knows for whom %s stands: %v", p, who)
		}
	}
}

func sameFacts(t *testing.T, how string, want, got map[insight.Pseudonym][]insight.Fact) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s there are %d people, want %d", how, len(got), len(want))
	}
	for who, facts := range want {
		if len(got[who]) != len(facts) {
			t.Fatalf("%s somebody has %d facts, want %d", how, len(got[who]), len(facts))
		}
		for i := range facts {
			if got[who][i] != facts[i] {
				t.Errorf("%s: %+v, want %+v", how, got[who][i], facts[i])
			}
		}
	}
}

// Outside the care team nobody sees a number about few people, nor a filter that would tell of few by its difference.
func TestFewPeopleAreNotTold(t *testing.T) {
	t.Parallel()
	n := livedWorld(t, 80, 90)
	ask := func(role access.Role, o LivedOf) (*Lived, error) {
		i, err := n.inspector(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		o.Program = "diabetes"
		return i.Lived(api.WithPrincipal(t.Context(), &access.Principal{Kind: "account", ID: string(role), Name: "x", Roles: []access.Role{role}}), o)
	}
	inside, err := ask(access.CareCoordinator, LivedOf{})
	if err != nil {
		t.Fatal(err)
	}
	outside, err := ask(access.Analyst, LivedOf{})
	if err != nil {
		t.Fatal(err)
	}
	hidden := 0
	for k := range inside.Phases {
		a, b := inside.Phases[k], outside.Phases[k]
		for name, x := range map[string][2]*int{"here": {a.Here, b.Here}, "left": {a.Left, b.Left}, "waiting": {a.Waiting, b.Waiting}, "moved on": {a.MovedOn, b.MovedOn}, "back": {a.Back, b.Back}} {
			switch {
			case x[0] == nil:
				t.Fatalf("%s %s is hidden from the care team", a.Phase, name)
			case x[1] == nil:
				hidden++
			case *x[1] == 0 && k == len(inside.Phases)-1: // nobody goes on from the last, nor comes back to it
			case *x[1] < disclose.DefaultLeast:
				t.Errorf("%s %s: %d is told outside the care team", a.Phase, name, *x[1])
			case *x[1] != *x[0]:
				t.Errorf("%s %s: %d is told, and it is %d", a.Phase, name, *x[1], *x[0])
			}
		}
	}
	if hidden == 0 {
		t.Error("nothing is small, so this shows nothing")
	}
	now := n.Now()
	first := false
	for day := range 30 { // windows that differ by a day's arrivals
		_, err := ask(access.Analyst, LivedOf{From: now.Add(-instant.Duration(60+day) * instant.Day)})
		first = first || err == nil
		if err != nil {
			return
		}
	}
	t.Errorf("thirty windows were told that differ by a few people each, the first %v", first)
}

// Who is erased is gone from the facts, in memory and in the file; others stay.
func TestWhoIsErasedIsInNoFact(t *testing.T) {
	t.Parallel()
	n := livedWorld(t, 20, 60)
	if err := n.facts.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	all, err := everybody(t.Context(), n.People)
	if err != nil {
		t.Fatal(err)
	}
	gone := all[3]
	p := n.facts.Pseudonym(gone)
	if len(n.facts.Columns.Facts(p)) == 0 {
		t.Fatal("nothing is known of them, so this shows nothing")
	}
	_, people := n.facts.Columns.Size("diabetes")
	if who, known := n.facts.Person(p); !known || who != gone {
		t.Fatalf("the pseudonym stands for %v, not %v", who, gone)
	}
	if err := n.facts.Forget(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	n.facts.Told(1<<40, gone, n.Now(), []*event.Event{{Name: "message.opened", OccurredAt: n.Now()}}, nil) // somebody was just about to say it
	if who, known := n.facts.Person(p); known {
		t.Errorf("the pseudonym stands for %v still", who)
	}
	if left := n.facts.Columns.Facts(p); len(left) > 0 {
		t.Errorf("in memory there are %d facts of them", len(left))
	}
	if _, now := n.facts.Columns.Size("diabetes"); now != people-1 {
		t.Errorf("there are %d people of %d", now, people)
	}
	other, found := n.facts.Pseudonym(all[4]), false
	err = filepath.WalkDir(filepath.Join(n.Data, factsName), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, p[:]) || bytes.Contains(b, []byte(p.String())) {
			t.Errorf("%s has their pseudonym", path)
		}
		found = found || bytes.Contains(b, other[:])
		return err
	})
	if err != nil || !found {
		t.Errorf("nobody's pseudonym can be found, so this shows nothing: %v", err)
	}
}
