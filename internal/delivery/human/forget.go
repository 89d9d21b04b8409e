package human

import (
	"context"
	"fmt"

	"attune/core/id"
	"attune/internal/sqlitefile"
)

// Forget takes the work about a person out of the queue, who claimed it and who put it off.
func (q *Queue) Forget(ctx context.Context, who id.Person) error {
	err := q.write(ctx, `DELETE FROM claim WHERE id IN (SELECT id FROM task WHERE person = ?)`, who[:])
	if err == nil {
		err = q.write(ctx, `DELETE FROM put_off WHERE id IN (SELECT id FROM task WHERE person = ?)`, who[:])
	}
	if err == nil {
		err = q.write(ctx, `DELETE FROM task WHERE person = ?`, who[:])
	}
	if err == nil {
		err = sqlitefile.Empty(ctx, q.db)
	}
	if err != nil {
		return fmt.Errorf("forget %s: %w", who, err)
	}
	return nil
}
