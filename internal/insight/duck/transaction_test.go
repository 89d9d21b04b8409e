//go:build cgo && !noduckdb

package duck

import (
	"context"
	"database/sql/driver"
	"errors"
	"path/filepath"
	"testing"
)

// What is laid into the file and then goes wrong is not there: facts and how far they go are one.
func TestWhatGoesWrongLeavesNothing(t *testing.T) {
	t.Parallel()
	opened, err := Open(t.Context(), filepath.Join(t.TempDir(), "facts.duckdb"))
	if err != nil {
		t.Fatal(err)
	}
	b := opened.(*base)
	defer b.Close()
	wrong := errors.New("wrong")
	err = b.within(context.Background(), func() error {
		row := []driver.Value{make([]byte, 16), int64(1), int64(1), "p", uint8(3), "k", "", "", 0., uint64(0), int64(1), int32(0)}
		return errors.Join(b.insert("", "facts", 3000, func(int) []driver.Value { return row }), wrong)
	})
	if !errors.Is(err, wrong) {
		t.Fatal(err)
	}
	var n int
	if err := b.conn.QueryRowContext(t.Context(), "SELECT count(*) FROM facts").Scan(&n); err != nil || n != 0 {
		t.Errorf("%d facts are there: %v", n, err)
	}
}
