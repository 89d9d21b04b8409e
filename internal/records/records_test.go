package records

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/core/event"
	"attune/core/id"
	"attune/internal/clinical"
	"attune/internal/eventlog"
	"attune/internal/eventlog/memlog"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/seal"
)

var secret = []byte("a secret of thirty-two bytes ....")

type fataler interface {
	Fatal(...any)
	Fatalf(string, ...any)
	Helper()
}

// world is a book with a real directory, keys and intake, that can die and be opened again.
type world struct {
	fataler
	dir   string
	keys  *seal.Keys
	who   *identity.Directory
	log   eventlog.Log
	doors *intake.Intake
	book  *Book
	// dies makes a take end before (1) or after (2) the log has its events.
	dies int
}

var errDied = errors.New("the process died")

// Take implements Events.
func (w *world) Take(ctx context.Context, s intake.Source, a []intake.Arrival) error {
	if w.dies == 1 {
		return errDied
	}
	if err := w.doors.Take(ctx, s, a); err != nil {
		return err
	}
	if w.dies == 2 {
		return errDied
	}
	return nil
}

type sealing struct{ *seal.Keys }

func (s sealing) Seal(p id.Person, kind string, name, plain []byte) ([]byte, error) {
	return s.Keys.Seal(p, seal.Kind(kind), name, plain)
}

func newWorld(tb fataler, dir string) *world {
	w := &world{fataler: tb, dir: dir, log: memlog.New()}
	keys, err := seal.Open(filepath.Join(dir, "keys"), "test")
	if err != nil {
		tb.Fatal(err)
	}
	who, err := identity.Open(context.Background(), identity.Config{Path: filepath.Join(dir, "directory.db"), Secret: secret})
	if err != nil {
		tb.Fatal(err)
	}
	quarantine, err := intake.OpenQuarantine(context.Background(), intake.QuarantineConfig{Path: filepath.Join(dir, "quarantine.db"), Secret: secret})
	if err != nil {
		tb.Fatal(err)
	}
	w.keys, w.who = keys, who
	catalogue := event.Standard()
	w.doors = &intake.Intake{Log: w.log, Keys: sealing{keys}, Directory: who, Catalogue: func() *event.Catalogue { return catalogue }, Quarantine: quarantine}
	w.open()
	return w
}

func (w *world) open() {
	w.Helper()
	var err error
	w.book, err = Open(context.Background(), Config{Path: filepath.Join(w.dir, "records.db"), Secret: secret, Keys: w.keys, Directory: w.who, Events: w, Log: w.log})
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) reopen() {
	w.Helper()
	if err := w.book.Close(); err != nil {
		w.Fatal(err)
	}
	w.open()
}

func (w *world) close() {
	if err := errors.Join(w.book.Close(), w.who.Close(), w.keys.Close(), w.doors.Quarantine.Close()); err != nil {
		w.Fatal(err)
	}
}

var ehr = Source{Source: intake.Source{Name: "ehr"}, System: func(s string) (string, bool) { return s, s == "mrn" }}

func (w *world) take(entries ...clinical.Entry) Took {
	w.Helper()
	took, err := w.book.Take(context.Background(), ehr, entries)
	if err != nil {
		w.Fatal(err)
	}
	return took
}

// stands is what the log says after all that was taken back, by person and event; a repeated event is an error.
func (w *world) stands() map[string]string {
	w.Helper()
	out, back := map[string]string{}, map[string]bool{}
	some, err := w.log.Read(context.Background(), 0, 1<<20)
	if err != nil {
		w.Fatal(err)
	}
	seen := map[string]bool{}
	for _, r := range some {
		plain, err := w.keys.Open(r.Person, seal.Event, nil, r.Body)
		if err != nil {
			w.Fatal(err)
		}
		e, err := event.Decode(plain)
		if err != nil {
			w.Fatal(err)
		}
		if seen[e.ID] {
			w.Fatalf("%s was told twice", e.ID)
		}
		seen[e.ID] = true
		if !e.Historical {
			w.Fatalf("%s may act", e.ID)
		}
		if of := e.Field("revokes").Text; of != "" {
			if !strings.HasPrefix(of, "ehr/") {
				of = "ehr/" + of
			}
			back[r.Person.String()+" "+of] = true
			continue
		}
		out[r.Person.String()+" "+e.ID] = e.Name
	}
	for k := range back {
		if _, there := out[k]; !there {
			w.Fatalf("%s was taken back and never told", k)
		}
		delete(out, k)
	}
	return out
}

// visit is a version of a visit.
func visit(of, name string, version int, status string) clinical.Entry {
	return clinical.Entry{Kind: "Encounter", ID: name, Subject: clinical.Reference{Kind: "Patient", ID: of}, Version: fmt.Sprint(version), Status: status, Start: 1_800_000_000_000, End: 1_800_000_600_000}
}

func TestWhatComesAgainChangesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	began, ended := visit("ana", "a-1", 1, "in-progress"), visit("ana", "a-1", 2, "finished")
	if took := w.take(began, began, ended); took.Counts != (Counts{Entries: 3, Known: 1, Changed: 1, Told: 2, People: 1}) {
		t.Errorf("%+v", took)
	}
	for range 2 {
		if took := w.take(ended, began); took.Counts != (Counts{Entries: 2, Known: 2}) {
			t.Errorf("%+v", took)
		}
		w.reopen()
	}
	if is := w.stands(); len(is) != 2 {
		t.Error(is)
	}
}

// What the log has had, and has forgotten, is not given to it again.
func TestWhatTheLogForgotIsNotToldAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	w.take(visit("ana", "a-1", 1, "in-progress"))
	if err := w.log.Trim(t.Context(), w.log.Last()); err != nil {
		t.Fatal(err)
	}
	w.reopen()
	if err := w.book.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := w.log.Last(); n != 1 {
		t.Errorf("the log was given %d events", n)
	}
}

func TestAnEntryThatNeverWasSoIsTakenBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	wrong := visit("ana", "a-1", 3, "entered-in-error")
	wrong.Wrong = true
	w.take(visit("ana", "a-1", 1, "in-progress"))
	if took := w.take(wrong); took.TakenBack != 1 || took.Told != 0 {
		t.Errorf("%+v", took)
	}
	if took := w.take(visit("ana", "a-1", 2, "finished")); took.Told != 0 {
		t.Errorf("an older version is believed: %+v", took)
	}
	if is := w.stands(); len(is) != 0 {
		t.Error(is)
	}
	// The source thinks again: it was so after all.
	if took := w.take(visit("ana", "a-1", 4, "in-progress")); took.Told == 0 {
		t.Errorf("%+v", took)
	}
	if is := w.stands(); len(is) == 0 {
		t.Error("what was taken back cannot be told again")
	}
}

// A deletion names what is deleted, and not of whom it was; it may come before what it deletes.
func TestWhatIsDeletedIsTakenBackWheneverThatIsHeard(t *testing.T) {
	t.Parallel()
	began := visit("ana", "a-1", 1, "in-progress")
	gone := clinical.Entry{Kind: "Encounter", ID: "a-1", Version: "2", Wrong: true}
	for _, order := range [][]clinical.Entry{{began, gone}, {gone, began}, {gone, gone, began, gone}} {
		for _, together := range []bool{true, false} {
			w := newWorld(t, t.TempDir())
			if together {
				w.take(order...)
			} else {
				for _, e := range order {
					w.take(e)
				}
			}
			if is := w.stands(); len(is) != 0 {
				t.Errorf("%v: %v", order, is)
			}
			w.take(visit("ana", "a-1", 3, "in-progress"))
			if is := w.stands(); len(is) != 1 {
				t.Errorf("it is there again: %v", is)
			}
			w.close()
		}
	}
}

func TestAnEntryOfSomebodyElseMoves(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	w.take(visit("ana", "a-1", 1, "in-progress"))
	if took := w.take(visit("ben", "a-1", 2, "in-progress")); took.TakenBack != 1 || took.Told != 1 {
		t.Errorf("%+v", took)
	}
	w.take(visit("ana", "a-1", 3, "in-progress"))
	is := w.stands()
	ana, _, err := w.who.Find(t.Context(), identity.Key{System: "ehr", Value: "ana"})
	if keys := slices.Collect(maps.Keys(is)); err != nil || len(keys) != 1 || !strings.HasPrefix(keys[0], ana.String()) {
		t.Error(is, err)
	}
}

// Rows of a table have no name of their own; what else tells them apart is enough, also beside another format of the
// same source that has names.
func TestARowIsTheSameAsTheEntryThatIsLikeIt(t *testing.T) {
	t.Parallel()
	row := visit("ana", "", 0, "in-progress")
	row.Alike, row.Version = "e-12 44054006", ""
	named := visit("ana", "c-7", 0, "in-progress")
	named.Alike, named.Version = row.Alike, ""
	other := named
	other.ID = "c-8"
	for _, order := range [][]clinical.Entry{{row, named}, {named, row}, {row, row, named, row}} {
		w := newWorld(t, t.TempDir())
		for _, e := range order {
			w.take(e)
		}
		if is := w.stands(); len(is) != 1 {
			t.Error(is)
		}
		if took := w.take(other); took.Told != 1 {
			t.Errorf("an entry with a name of its own is not another: %+v", took)
		}
		w.close()
	}
}

func TestPeopleAreKnownByWhatTheRecordCallsThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	before, err := w.who.Claim(t.Context(), [][]identity.Key{{{System: "mrn", Value: "1042"}}}, func(p []id.Person) error { return w.keys.Ensure(p...) })
	if err != nil {
		t.Fatal(err)
	}
	ana := clinical.Entry{
		Kind: "Patient", ID: "ana", Subject: clinical.Reference{Kind: "Patient", ID: "ana"},
		Keys: []clinical.Identifier{{System: "mrn", Value: "1042"}, {System: "ssn", Value: "999"}},
	}
	took := w.take(visit("ana", "a-1", 1, "in-progress")) // the visit is there before the patient
	if took.People != 1 {
		t.Errorf("%+v", took)
	}
	took = w.take(ana)
	if len(took.Doubts) != 1 || took.Doubts[0].Other != before[0].Person {
		t.Errorf("two people have one number and nobody is told: %+v", took)
	}
	if _, known, _ := w.who.Find(t.Context(), identity.Key{System: "ssn", Value: "999"}); known {
		t.Error("somebody is recognised by a number that is not for that")
	}
}

// However versions come, in batches of any size, again and again, with the process dying at the worst moment, what
// stands in the end is what all of them tell, and nothing was told twice.
func TestAnyWayOfComingEndsTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		dir, err := os.MkdirTemp("", "records")
		if err != nil {
			rt.Fatal(err)
		}
		defer os.RemoveAll(dir)
		w := newWorld(rt, dir)
		defer w.close()
		var all []clinical.Entry
		for n := range rapid.IntRange(1, 3).Draw(rt, "visits") {
			for v := range rapid.IntRange(1, 4).Draw(rt, "versions") {
				e := visit(rapid.SampledFrom([]string{"ana", "ben"}).Draw(rt, "of"), fmt.Sprint("a-", n), v, rapid.SampledFrom([]string{"in-progress", "finished", "cancelled"}).Draw(rt, "status"))
				e.Wrong = rapid.IntRange(0, 5).Draw(rt, "wrong") == 0
				all = append(all, e)
			}
		}
		come := slices.Concat(rapid.Permutation(all).Draw(rt, "first"), rapid.Permutation(all).Draw(rt, "again"))
		for len(come) > 0 {
			n := rapid.IntRange(1, len(come)).Draw(rt, "batch")
			w.dies = max(0, rapid.IntRange(-3, 2).Draw(rt, "dies"))
			_, err := w.book.Take(context.Background(), ehr, come[:n])
			w.dies = 0
			if errors.Is(err, errDied) {
				w.reopen()
				continue
			}
			if err != nil {
				rt.Fatal(err)
			}
			come = come[n:]
		}
		if err := w.book.Deliver(context.Background()); err != nil {
			rt.Fatal(err)
		}
		want := map[string]int{}
		byName := map[string][]clinical.Entry{}
		for _, e := range all {
			byName[e.ID] = append(byName[e.ID], e)
		}
		for _, versions := range byName {
			last := versions[newest(versions)]
			who, _, err := w.who.Find(context.Background(), identity.Key{System: "ehr", Value: last.Subject.ID})
			if err != nil {
				rt.Fatal(err)
			}
			for _, told := range clinical.Tell(versions) {
				want[who.String()+" ehr/"+told.ID]++
			}
		}
		is := map[string]int{}
		for k := range w.stands() {
			k, _, _ = strings.Cut(k, "~")
			is[k]++
		}
		if !maps.Equal(is, want) {
			rt.Fatalf("stands %v, should %v", is, want)
		}
	})
}

// The source's names are enough until the first row comes; then all that came before is known by what it is like.
func TestTheFirstRowIsTheSameAsWhatCameLongBefore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	for n := range 3 {
		e := visit("ana", fmt.Sprint("c-", n), 0, "in-progress")
		e.Alike, e.Version = fmt.Sprint("e-12 ", n), ""
		if took := w.take(e); took.Told != 1 {
			t.Errorf("%+v", took)
		}
	}
	w.reopen()
	other := visit("ben", "c-9", 0, "in-progress")
	other.Alike, other.Version = "e-12 1", "" // of somebody else
	row := visit("ana", "", 0, "in-progress")
	row.Alike, row.Version = "e-12 1", ""
	w.dies = 1
	if _, err := w.book.Take(t.Context(), ehr, []clinical.Entry{other, row}); !errors.Is(err, errDied) {
		t.Fatal(err)
	}
	w.dies = 0
	w.reopen()
	if took := w.take(row); took.Told != 0 || took.Known != 1 {
		t.Errorf("%+v", took)
	}
	row.Alike = "e-12 2"
	if took := w.take(row); took.Told != 0 || took.Changed != 1 {
		t.Errorf("%+v", took)
	}
	if is := w.stands(); len(is) != 4 {
		t.Error(is)
	}
}
