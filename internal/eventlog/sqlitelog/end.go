package sqlitelog

import (
	"context"
	"fmt"
	"path/filepath"

	"attune/internal/eventlog"
	"attune/internal/sqlitefile"
)

// End reads where a log ends, beside the process that writes it.
func End(ctx context.Context, dir string) (eventlog.Position, error) {
	path := filepath.Join(dir, Name)
	db, err := sqlitefile.Open(ctx, path, true)
	if err != nil {
		return 0, fmt.Errorf("read the end of %s: %w", path, err)
	}
	defer db.Close()
	var end eventlog.Position
	if err := db.QueryRowContext(ctx, endOfLog).Scan(&end); err != nil {
		return 0, fmt.Errorf("read the end of %s: %w", path, err)
	}
	return end, nil
}
