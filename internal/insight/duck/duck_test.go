//go:build cgo && !noduckdb

package duck_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"attune/internal/insight"
	"attune/internal/insight/duck"
)

// A server that stops while the file is opened or written leaves it so that the next one can open it, also within one process.
func TestAFileThatWasLeftIsOpenedAgain(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "facts.duckdb")
	mark := int64(0)
	for n := range 60 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n)*400*time.Microsecond)
		b, err := duck.Open(ctx, path)
		if err == nil {
			parts := []insight.Part{{Who: insight.Pseudonym{byte(n)}, Facts: []insight.Fact{{Who: insight.Pseudonym{byte(n)}, Program: "p", Kind: insight.Entered, Name: "k"}}}}
			if b.Append(ctx, parts, mark+1) == nil {
				mark++
			}
			if err := b.Close(); err != nil {
				t.Fatal(err)
			}
		}
		cancel()
	}
	b, err := duck.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	facts := int64(0)
	if err := b.Load(t.Context(), func(*insight.Fact) error { facts++; return nil }); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Mark(t.Context()); err != nil || got != mark || facts != mark {
		t.Errorf("the file is complete up to %d with %d facts, want %d: %v", got, facts, mark, err)
	}
}
