package records

import (
	"context"
	"database/sql"
	"errors"

	"attune/core/id"
	"attune/internal/seal"
)

// fromFirst makes a file of the first version one of this. Which versions came is forgotten: one that comes again tells nothing
// new, and is known from then on.
const fromFirst = `
DROP INDEX entry_person;
ALTER TABLE entry RENAME TO was;
CREATE TABLE entry (n INTEGER PRIMARY KEY, person BLOB NOT NULL, named INTEGER NOT NULL, who INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
INSERT INTO entry SELECT n, person, named, 1, sealed FROM was;
DROP TABLE was;
ALTER TABLE name ADD COLUMN versions BLOB NOT NULL DEFAULT x'';
ALTER TABLE version RENAME TO passed;
ALTER TABLE about ADD COLUMN rows INTEGER NOT NULL DEFAULT 1;
UPDATE about SET version = 2;`

// renew brings an older file up to date.
func (b *Book) renew(ctx context.Context) error {
	var v int
	if err := b.db.QueryRowContext(ctx, `SELECT version FROM about`).Scan(&v); err != nil || v != 1 {
		return nil // there is no such file yet, or it is of today; else begin says so
	}
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := b.placeWaiting(ctx, tx); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, fromFirst); err != nil {
		return err
	}
	return tx.Commit()
}

// placeWaiting writes the events that wait, of which the first version had a row each, as those of a person are written now.
func (b *Book) placeWaiting(ctx context.Context, tx *sql.Tx) error {
	rows, err := tx.QueryContext(ctx, `SELECT n, person, sealed FROM pending`)
	if err != nil {
		return err
	}
	defer rows.Close()
	placed := map[int64][]byte{}
	for rows.Next() {
		var n int64
		var who, sealed []byte
		if err := rows.Scan(&n, &who, &sealed); err != nil {
			return err
		}
		if len(who) != len(id.Person{}) {
			return errPending
		}
		plain, err := b.cfg.Keys.Open(id.Person(who), seal.Notice, nil, sealed)
		if errors.Is(err, seal.ErrNoKey) {
			continue
		}
		if err == nil {
			placed[n], err = b.cfg.Keys.Seal(id.Person(who), seal.Notice, nil, appendPlaced(nil, int(n), plain))
		}
		if err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for n, sealed := range placed {
		if _, err := tx.ExecContext(ctx, `UPDATE pending SET sealed = ? WHERE n = ?`, sealed, n); err != nil {
			return err
		}
	}
	return nil
}
