package records

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"attune/core/id"
	"attune/internal/intake"
	"attune/internal/sqlitefile"
)

// Forget takes a person out of the book: what records say of them, by which names, and what waits to be told of it. It
// reads the whole book, which takes seconds where there are millions of entries.
func (b *Book) Forget(ctx context.Context, who id.Person) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	err := b.remove(ctx, who)
	if err == nil {
		b.undelivered = slices.DeleteFunc(b.undelivered, func(a intake.Arrival) bool { return a.Person == who })
		err = sqlitefile.Empty(ctx, b.db)
	}
	if err != nil {
		return fmt.Errorf("forget %s: %w", who, err)
	}
	return nil
}

func (b *Book) remove(ctx context.Context, who id.Person) (err error) {
	if _, err := b.db.ExecContext(ctx, `PRAGMA secure_delete = 1`); err != nil { // the book has one connection
		return err
	}
	defer func() {
		_, off := b.db.ExecContext(context.WithoutCancel(ctx), `PRAGMA secure_delete = 0`)
		err = errors.Join(err, off)
	}()
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for _, do := range []string{
		`DELETE FROM name WHERE entry IN (SELECT n FROM entry WHERE person = ?)`,
		`DELETE FROM entry WHERE person = ?`,
		`DELETE FROM pending WHERE person = ?`,
	} {
		if _, err := tx.ExecContext(ctx, do, who[:]); err != nil {
			return err
		}
	}
	return tx.Commit()
}
