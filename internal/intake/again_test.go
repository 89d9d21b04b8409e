package intake

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"attune/core/event"
	"attune/core/instant"
	"attune/internal/intake/identity"
	"attune/internal/sqlitefile"
)

// quarantinedOne puts one event of Ana's into quarantine.
func quarantinedOne(t *testing.T, w *world) Quarantined {
	t.Helper()
	a := Arrival{Raw: []byte(`{"userId":"ana"}`), How: `{"call":"track"}`, Problem: &Problem{"days_supply", "found text where integer is declared", "send it as in this example: 30"}}
	if err := w.Take(t.Context(), Source{Name: "app"}, []Arrival{a}); err != nil {
		t.Fatal(err)
	}
	list, err := w.Quarantine.List(t.Context(), 9)
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	e, err := w.Quarantine.One(t.Context(), list[0].ID)
	if err != nil || e.How != a.How || string(e.Raw) != string(a.Raw) {
		t.Fatalf("it is kept as %+v, %v", e, err)
	}
	return e
}

func ana(w *world) Arrival {
	return Arrival{Who: identity.Key{System: "app", Value: "ana"}, Event: event.Event{ID: "app/1", Name: "portal.visited", OccurredAt: w.now().Add(-1000)}}
}

func TestAnEventTakenAgainLeavesTheQuarantine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := quarantinedOne(t, w)
	problem, err := w.Quarantine.Again(t.Context(), e.ID, func(q Quarantined) (*Problem, error) {
		return w.Again(t.Context(), Source{Name: "app"}, ana(w), nil)
	})
	if err != nil || problem != nil || len(w.log) != 1 {
		t.Fatalf("%v, %v, the log has %d", problem, err, len(w.log))
	}
	if _, err := w.Quarantine.Again(t.Context(), e.ID, nil); !errors.Is(err, ErrNotQuarantined) {
		t.Errorf("a second time: %v", err)
	}
}

func TestAnEventThatStillCannotBeUsedStaysWithItsNewReason(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := quarantinedOne(t, w)
	problem, err := w.Quarantine.Again(t.Context(), e.ID, func(Quarantined) (*Problem, error) {
		return w.Again(t.Context(), Source{Name: "app", Events: []string{"cart.updated"}}, ana(w), nil)
	})
	if err != nil || problem == nil || problem.Field != "name" || len(w.log) != 0 {
		t.Fatalf("%v, %v, the log has %d", problem, err, len(w.log))
	}
	list, err := w.Quarantine.List(t.Context(), 9)
	if err != nil || len(list) != 1 || list[0].Problem != *problem {
		t.Errorf("it is kept as %+v, %v", list, err)
	}
	if n, err := w.Quarantine.Count(t.Context()); err != nil || n != 1 {
		t.Errorf("%d were ever quarantined, %v", n, err)
	}
}

func TestAnEventThatIsInTheRecordIsNotTakenAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	problem, err := w.Again(t.Context(), Source{Name: "app"}, ana(w), func(context.Context, *Arrival) (bool, error) { return true, nil })
	if problem != nil || err != nil || len(w.log) != 0 {
		t.Errorf("%v, %v, the log has %d", problem, err, len(w.log))
	}
}

func TestWhatTheLogDoesNotTakeStaysInQuarantine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := quarantinedOne(t, w)
	w.fail = "log"
	if _, err := w.Quarantine.Again(t.Context(), e.ID, func(Quarantined) (*Problem, error) {
		return w.Again(t.Context(), Source{Name: "app"}, ana(w), nil)
	}); !errors.Is(err, errDisk) {
		t.Fatal(err)
	}
	if _, err := w.Quarantine.One(t.Context(), e.ID); err != nil {
		t.Error(err)
	}
}

func TestReasonsAreCounted(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var bad []Arrival
	for _, raw := range []string{"1", "2", "3"} {
		bad = append(bad, Arrival{Raw: []byte(raw), Problem: &Problem{"type", "the type is missing or not known", "send one"}})
	}
	bad[2].Problem = &Problem{"userId", "the event says of nobody that it happened to them", "send a userId"}
	if err := w.Take(t.Context(), Source{Name: "app"}, bad); err != nil {
		t.Fatal(err)
	}
	all, err := w.Quarantine.Reasons(t.Context())
	if err != nil || len(all) != 2 || all[0].Events != 2 || all[0].Field != "type" || all[1].Events != 1 || all[1].First != w.now() {
		t.Errorf("%+v, %v", all, err)
	}
	found, err := w.Quarantine.Find(t.Context(), QuarantineFilter{Source: "app", Field: "type"}, 9)
	if err != nil || len(found) != 2 {
		t.Errorf("%+v, %v", found, err)
	}
	if err := w.Quarantine.Drop(t.Context(), found[0].ID); err != nil {
		t.Fatal(err)
	}
	if n, err := w.Quarantine.Kept(t.Context(), QuarantineFilter{}); err != nil || n != 2 {
		t.Errorf("%d are kept, %v", n, err)
	}
}

// A file that an older version wrote opens, and what is in it cannot be sent again from here.
func TestAQuarantineOfAnOlderVersionOpens(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "quarantine.db")
	db, err := sqlitefile.Open(t.Context(), path, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `CREATE TABLE quarantined (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL,
		source TEXT NOT NULL, field TEXT NOT NULL, reason TEXT NOT NULL, remedy TEXT NOT NULL, sealed BLOB NOT NULL) STRICT`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	q, err := OpenQuarantine(t.Context(), QuarantineConfig{Path: path, Secret: make([]byte, 32)})
	if err != nil {
		t.Fatal(err)
	}
	defer q.Close()
	if err := q.Put(t.Context(), []Quarantined{{At: 1, Source: "app", Raw: []byte("x"), How: "{}"}}); err != nil {
		t.Error(err)
	}
}

func TestAWatchTellsWhatCame(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.Watch = &Watch{}
	if since, all := w.Watch.Sources(w.now()); since != 0 || len(all) != 0 {
		t.Errorf("before anything came: %v, %+v", since, all)
	}
	unknown := ana(w)
	unknown.Event.ID, unknown.Event.Name = "app/2", "parking.used"
	bad := ana(w)
	bad.Event.ID, bad.Event.Name, bad.Event.Props = "app/3", "medication.dispensed", nil
	bad.Problem, bad.Raw = &Problem{"days_supply", "found text", "send a number"}, []byte("3")
	for range 2 {
		if err := w.Take(t.Context(), Source{Name: "app"}, []Arrival{ana(w)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Take(t.Context(), Source{Name: "app"}, []Arrival{unknown, bad}); err != nil {
		t.Fatal(err)
	}
	own := ana(w)
	if err := w.Take(t.Context(), Source{Name: event.Own}, []Arrival{own}); err != nil {
		t.Fatal(err)
	}
	now := w.now()
	since, all := w.Watch.Sources(now)
	want := HeardOf{Source: "app", Last: now, Minute: 4, Hour: 4, Today: 4, Taken: 3, Undeclared: 1, Repeated: 1, Quarantined: 1}
	if since != now || len(all) != 1 || all[0] != want {
		t.Errorf("%v, %+v", since, all)
	}
	if _, later := w.Watch.Sources(now.Add(61_000)); later[0].Minute != 0 || later[0].Hour != 4 {
		t.Errorf("a minute later: %+v", later[0])
	}
	if _, later := w.Watch.Sources(now.Add(24 * instant.Hour)); later[0].Today != 0 || later[0].Hour != 0 {
		t.Errorf("a day later: %+v", later[0])
	}
	var became []string
	for _, l := range w.Watch.Newest() {
		became = append(became, l.Event+" "+l.Became+" "+l.Field)
	}
	if got, want := len(became), 4; got != want {
		t.Fatalf("%q", became)
	}
	for k, want := range []string{"portal.visited taken ", "portal.visited repeated ", "parking.used undeclared ", "medication.dispensed quarantined days_supply"} {
		if became[k] != want {
			t.Errorf("line %d is %q, and not %q", k, became[k], want)
		}
	}
}
