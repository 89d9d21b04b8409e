//go:build !cgo || noduckdb

package duck

import (
	"context"

	"attune/internal/insight"
)

// Built tells whether this binary has DuckDB.
const Built = false

// Open returns insight.ErrNoBase.
func Open(context.Context, string) (insight.Base, error) { return nil, insight.ErrNoBase }
