package records

import (
	"database/sql"
	"encoding/json"
	"path/filepath"
	"testing"

	"attune/core/id"
	"attune/internal/clinical"
	"attune/internal/intake/identity"
	"attune/internal/seal"
)

// aFirstFile makes what the first version of the book left when it was stopped before the log had its events: one visit, which
// has begun.
func (w *world) aFirstFile(t *testing.T) {
	t.Helper()
	w.take(visit("ana", "a-1", 1, "in-progress"))
	e := visit("ana", "a-1", 2, "in-progress")
	who, _, err := w.who.Find(t.Context(), identity.Key{System: "ehr", Value: "ana"})
	if err != nil {
		t.Fatal(err)
	}
	now := clinical.Tell([]clinical.Entry{e})[0]
	event := now.Event
	event.ID, event.Historical = "ehr/"+now.ID, true
	body, err := event.Encode()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := json.Marshal(page{As: "a-1", Versions: []clinical.Entry{e}, Who: []id.Person{who}, Told: []told{{ID: now.ID, Sent: now.ID, Who: who, Is: now.Event}}})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := w.keys.Seal(who, seal.Entry, entryName(1), plain)
	if err != nil {
		t.Fatal(err)
	}
	waits, err := w.keys.Seal(who, seal.Notice, nil, body)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.book.Close(); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(w.dir, "records.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	own := w.book.hash("own", "ehr", "Encounter", "a-1")
	for _, do := range []struct {
		sql  string
		args []any
	}{
		{`DROP TABLE entry; DROP TABLE name; DROP TABLE passed; DELETE FROM pending;
			CREATE TABLE entry (n INTEGER PRIMARY KEY, person BLOB NOT NULL, named INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
			CREATE TABLE name (token BLOB PRIMARY KEY, entry INTEGER NOT NULL) STRICT, WITHOUT ROWID;
			CREATE TABLE version (token BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
			CREATE INDEX entry_person ON entry (person);
			ALTER TABLE about DROP COLUMN rows; UPDATE about SET version = 1`, nil},
		{`INSERT INTO entry VALUES (1, ?, 1, ?)`, []any{who[:], sealed}},
		{`INSERT INTO name VALUES (?, 1)`, []any{own[:]}},
		{`INSERT INTO version VALUES (x'00')`, nil},
		{`INSERT INTO pending VALUES (0, 'ehr', ?, ?)`, []any{who[:], waits}},
	} {
		if _, err := db.ExecContext(t.Context(), do.sql, do.args...); err != nil {
			t.Fatal(do.sql, err)
		}
	}
}

func TestAFileOfTheFirstVersionGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, t.TempDir())
	defer w.close()
	w.aFirstFile(t)
	had := w.log.Last()
	w.open()
	if err := w.book.Deliver(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := w.log.Last(); n != had+1 {
		t.Errorf("what waited was not told: the log has %d events, and had %d", n, had)
	}
	w.reopen()
	same := visit("ana", "a-1", 2, "in-progress")
	if took := w.take(same); took.Told != 0 || took.TakenBack != 0 {
		t.Errorf("what it knew is told again: %+v", took)
	}
	if took := w.take(same); took.Known != 1 {
		t.Errorf("%+v", took)
	}
	if took := w.take(visit("ana", "a-1", 3, "finished")); took.Changed != 1 || took.Told != 1 {
		t.Errorf("%+v", took)
	}
}
