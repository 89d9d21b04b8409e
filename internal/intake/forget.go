package intake

import (
	"context"
	"fmt"

	"attune/internal/sqlitefile"
)

// Forget takes the events out of quarantine that are somebody's. Whose an event is, is told by its source and its bytes as
// they came, since that may be just what is wrong with it. It reads them all.
func (q *Quarantine) Forget(ctx context.Context, theirs func(source string, raw []byte) (bool, error)) error {
	q.again.Lock()
	defer q.again.Unlock()
	all, err := q.List(ctx, -1)
	if err != nil {
		return err
	}
	for _, e := range all {
		raw, err := q.Raw(ctx, e.ID)
		if err != nil {
			return err
		}
		is, err := theirs(e.Source, raw)
		if err == nil && is {
			err = q.drop(ctx, e.ID)
		}
		if err != nil {
			return fmt.Errorf("forget a quarantined event: %w", err)
		}
	}
	return sqlitefile.Empty(ctx, q.db)
}

// drop takes one event away. It stays counted.
func (q *Quarantine) drop(ctx context.Context, id string) error {
	tx, err := q.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, `UPDATE ever SET bytes = bytes - coalesce((SELECT length(sealed) FROM quarantined WHERE id = ?), 0)`, id); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM quarantined WHERE id = ?`, id); err != nil {
		return err
	}
	return tx.Commit()
}
