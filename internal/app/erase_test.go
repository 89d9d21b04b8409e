package app

import (
	"os"
	"strings"
	"testing"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/delivery"
	"attune/internal/erasure"
)

// Each file of a data folder is either one that an erasure goes to, or says why it need not. Whoever adds one has to choose.
func TestEveryFileOfADataFolderIsErasedFromOrSaysWhyNot(t *testing.T) {
	t.Parallel()
	a := newAviary(t, 2)
	known := keptOtherwise()
	for _, f := range a.forgetters() {
		known[f.file] = "forgets"
	}
	found, err := os.ReadDir(a.dir)
	a.must(err)
	for _, f := range found {
		name := strings.TrimSuffix(strings.TrimSuffix(f.Name(), "-wal"), "-shm")
		if known[name] == "" {
			t.Errorf("nobody says what an erasure does to %s: name it in forgetters or keptOtherwise", name)
		}
	}
}

func TestErasingTakesTwoPeopleAndNoLegalHold(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	ctx := t.Context()
	refused := func(err error, says string) {
		t.Helper()
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v; want %q", err, says)
		}
	}
	_, err := f.askToErase(ctx, EraseWord{Person: "feed:nobody", Reason: "x", By: "Kim"})
	refused(err, "nobody is known")
	_, err = f.askToErase(ctx, EraseWord{Person: "feed:ana", By: "Kim"})
	refused(err, "say why")
	asked, err := f.askToErase(ctx, EraseWord{Person: "feed:ana", Reason: "asked by letter", By: "Kim Lee"})
	f.must(err)
	_, err = f.askToErase(ctx, EraseWord{Person: f.ana.String(), Reason: "again", By: "Ana Ruiz"})
	refused(err, "asked for already")
	_, err = f.confirmErasure(ctx, ConfirmWord{ID: asked.ID, By: "kim  lee"})
	refused(err, "one person")
	_, err = f.confirmErasure(ctx, ConfirmWord{ID: "ffff", By: "Ana Ruiz"})
	refused(err, "no erasure was asked for")
	_, err = f.holdLegally(ctx, LegalHoldWord{Person: "feed:ana", Reason: "a case", By: "Kim Lee"})
	f.must(err)
	_, err = f.confirmErasure(ctx, ConfirmWord{ID: asked.ID, By: "Ana Ruiz"})
	refused(err, "legal hold")
	if list, err := f.erasures(ctx); err != nil || len(list) != 1 || !list[0].Held || list[0].Reason != "asked by letter" || list[0].Person != f.ana.String() {
		t.Errorf("the list is %+v, %v", list, err)
	}
	_, err = f.holdLegally(ctx, LegalHoldWord{Person: "feed:ana", Lift: true, Reason: "closed", By: "Kim Lee"})
	f.must(err)
	done, err := f.confirmErasure(ctx, ConfirmWord{ID: asked.ID, By: "Ana Ruiz"})
	f.must(err)
	if done.State != string(erasure.Done) || done.Person != "" || f.Keys.Has(f.ana) || !f.Keys.Has(f.ben) {
		t.Errorf("it ended as %+v", done)
	}
	_, err = f.confirmErasure(ctx, ConfirmWord{ID: asked.ID, By: "Ana Ruiz"})
	refused(err, "already")
	if got := f.users("email", shared); len(got) != 1 || got[0] != f.ben {
		t.Errorf("at their address are %v", got)
	}
	f.settle()
}

// A confirmed erasure that a crash stopped, at whatever step, is finished at the next start.
func TestAnErasureThatWasStoppedIsFinishedAtTheNextStart(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	asked, err := f.askToErase(t.Context(), EraseWord{Person: "feed:ana", Reason: "asked by letter", By: "Kim"})
	f.must(err)
	f.must(f.ledger.Add(erasure.Line{What: erasure.Confirmed, ID: asked.ID, People: hashes([]id.Person{f.ana}), By: "Ana", At: f.Wall().String()}, nil))
	f.must(f.Keys.Erase(f.ana)) // and nothing else: the worst of places
	f.reopen()
	list, err := f.erasures(t.Context())
	if err != nil || len(list) != 1 || list[0].State != string(erasure.Done) {
		t.Errorf("the list is %+v, %v", list, err)
	}
	rows, err := f.People.Load(t.Context(), []id.Person{f.ana})
	if err != nil || rows[0].Version != 0 {
		t.Errorf("their row is still there: %v", err)
	}
}

// A gate that was asked for somebody who is erased before it is tried leaves no place taken.
func TestWhatWasUnderWayForWhoWasErasedIsDropped(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	f.hear("eva", "traits.updated", "email", "eva@families.example", "timezone", "America/New_York")
	f.hear("eva", "clinical.condition_recorded", "codes", "44054006")
	f.clock.Set(crashBegin.Add(16 * instant.Hour))
	for f.Runner.Behind() > 0 || f.Runner.NextWake() <= f.clock.Now() {
		if _, err := f.Runner.Tick(t.Context(), f.clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	var made []delivery.Handover
	for range 3 {
		made = append(made, f.Delivery.Tick(f.clock.Now())...)
	}
	if len(made) > 0 || !f.Runner.Waiting() {
		t.Fatalf("%d are handed over, and gates wait: %v", len(made), f.Runner.Waiting())
	}
	f.must(f.erase(t.Context(), []id.Person{f.who("eva")}))
	f.settle()
	if !f.Delivery.Idle() || f.captured() != 0 {
		t.Errorf("delivery is idle: %v, and %d messages went out", f.Delivery.Idle(), f.captured())
	}
}
