package records

import (
	"context"
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

func (b *Book) remove(ctx context.Context, who id.Person) error {
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
