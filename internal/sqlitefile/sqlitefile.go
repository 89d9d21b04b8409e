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
	"time"
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
		q.Add("_pragma", "secure_delete(1)") // what is deleted here is no bytes of a free page, either
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

// Empty moves what a file's write-ahead log has into the file, so that nothing which was deleted is left there. It waits a
// while for those who read; who reads for longer is told of by the error.
func Empty(ctx context.Context, db *sql.DB) error { return empty(ctx, db) }

func empty(ctx context.Context, db interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) error {
	for range 50 {
		var busy, frames, done int64
		if err := db.QueryRowContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &done); err != nil {
			return fmt.Errorf("empty a write-ahead log: %w", err)
		}
		if busy == 0 {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return errors.New("empty a write-ahead log: somebody reads an older state of the file, and goes on reading it: try again when they are done")
}
