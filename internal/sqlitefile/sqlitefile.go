// Package sqlitefile opens the SQLite files of a data folder the one way that keeps what was
// acknowledged: a write-ahead log, synced at every commit, one writer. [OpenFile] is for files that are
// written all the time; [Open] for the small ones beside them. It knows nothing of what is in them.
package sqlitefile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
)

// Open opens or makes the file; ReadOnly opens an existing one beside the process that writes it.
// Transactions begin IMMEDIATE.
func Open(ctx context.Context, path string, readOnly bool) (*sql.DB, error) {
	q := url.Values{"_pragma": {"busy_timeout(10000)"}, "_txlock": {"immediate"}}
	if readOnly {
		// mode=ro cannot read a WAL file whose writer is gone; query_only can, and writes nothing.
		q.Set("mode", "rw")
		q.Add("_pragma", "query_only(1)")
	} else {
		q.Add("_pragma", "journal_mode(WAL)")
		q.Add("_pragma", "synchronous(FULL)")
	}
	db, err := sql.Open("sqlite", dsn(path, q, nil))
	if err != nil {
		return nil, err
	}
	db.SetMaxIdleConns(4) // making a connection costs more than a look-up
	if err := checkVersion(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", filepath.Base(path), err), db.Close())
	}
	return db, nil
}
