package sqlitelog

import (
	"context"
	"fmt"
	"path/filepath"

	"attune/internal/eventlog"
	"attune/internal/sqlitefile"
)

// Ends reads which entries a log keeps, the first and the last, beside the process that writes it;
// first is last+1 when it keeps none.
func Ends(ctx context.Context, dir string) (first, last eventlog.Position, err error) {
	path := filepath.Join(dir, Name)
	db, err := sqlitefile.Open(ctx, path, true)
	if err != nil {
		return 0, 0, fmt.Errorf("read the ends of %s: %w", path, err)
	}
	defer db.Close()
	if err := db.QueryRowContext(ctx, "SELECT up_to + 1, ("+endOfLog+") FROM trimmed").Scan(&first, &last); err != nil {
		return 0, 0, fmt.Errorf("read the ends of %s: %w", path, err)
	}
	return first, last, nil
}
