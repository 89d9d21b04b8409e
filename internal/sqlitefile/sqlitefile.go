// Package sqlitefile opens the small SQLite files of a data folder the one way that keeps what was
// acknowledged: a write-ahead log, synced at every commit, one writer.
package sqlitefile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"

	_ "modernc.org/sqlite" // the driver "sqlite"
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
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	db, err := sql.Open("sqlite", (&url.URL{Scheme: "file", Path: filepath.ToSlash(abs), RawQuery: q.Encode()}).String())
	if err != nil {
		return nil, err
	}
	db.SetMaxIdleConns(4) // making a connection costs more than a look-up
	if err := check(ctx, db); err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", filepath.Base(path), err), db.Close())
	}
	return db, nil
}

// check refuses an SQLite in which a checkpoint can race a writer and lose a commit.
func check(ctx context.Context, db *sql.DB) error {
	var v string
	if err := db.QueryRowContext(ctx, `SELECT sqlite_version()`).Scan(&v); err != nil {
		return err
	}
	n := 0
	for _, part := range strings.SplitN(v, ".", 3) {
		i, err := strconv.Atoi(part)
		if err != nil {
			return fmt.Errorf("SQLite calls itself version %s", v)
		}
		n = n*1000 + i
	}
	if n < 3_051_003 {
		return fmt.Errorf("SQLite is %s, and before 3.51.3 it could lose a commit", v)
	}
	return nil
}
