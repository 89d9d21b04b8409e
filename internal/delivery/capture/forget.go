package capture

import (
	"context"
	"fmt"

	"attune/core/id"
	"attune/internal/sqlitefile"
)

// Forget takes what was said to a person out of the box.
func (b *Box) Forget(ctx context.Context, who id.Person) error {
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return fmt.Errorf("forget %s: %w", who, ctx.Err())
	}
	_, err := b.db.ExecContext(ctx, `DELETE FROM captured WHERE person = ?`, who[:])
	if err == nil {
		err = sqlitefile.Empty(ctx, b.db)
	}
	if err != nil {
		return fmt.Errorf("forget %s: %w", who, err)
	}
	return nil
}
