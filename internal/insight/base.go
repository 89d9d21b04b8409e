package insight

import (
	"context"
	"errors"

	"attune/core/instant"
)

// Base keeps facts in a file. What a commit says goes in once, in one transaction with how far the file has come. There is one that writes.
type Base interface {
	// Mark is the newest commit of which everything is in the file; zero before the first.
	Mark(ctx context.Context) (int64, error)
	// Append takes in what commits up to mark say, in their order.
	Append(ctx context.Context, parts []Part, mark int64) error
	// Forget takes everything of somebody out of the file, so that its bytes are gone.
	Forget(ctx context.Context, who Pseudonym) error
	// Load calls f with every fact, by person, instant and order. The fact is the Base's.
	Load(ctx context.Context, f func(*Fact) error) error
	// Export writes Parquet files into a folder that does not exist yet, by program and month of what happened, and returns how many
	// facts are in them.
	Export(ctx context.Context, dir string, o ExportOf) (int64, error)
	// Clear takes everything out, to be filled anew.
	Clear(ctx context.Context) error
	Close() error
}

// ExportOf says which facts are exported; zero values bound nothing.
type ExportOf struct {
	Program  string
	From, To instant.Time
	// Except are those of whom nothing is exported.
	Except []Pseudonym
}

// ErrNoBase says that this binary was built without what keeps facts in a file.
var ErrNoBase = errors.New("this attune was built without DuckDB (a build without cgo, or with the tag noduckdb): facts are read off the history at each start and cannot be exported; take the usual build for that")

// Settle lays parts together as one: what a fresh part voids is left out, and who it was is returned.
func Settle(parts []Part) (facts []Fact, fresh []Pseudonym) {
	last := map[Pseudonym]int{}
	for i := range parts {
		if parts[i].Fresh {
			if _, before := last[parts[i].Who]; !before {
				fresh = append(fresh, parts[i].Who)
			}
			last[parts[i].Who] = i
		}
	}
	for i := range parts {
		from, voided := last[parts[i].Who]
		for _, f := range parts[i].Facts {
			if voided && i < from && f.Kind.Derived() {
				continue
			}
			facts = append(facts, f)
		}
	}
	return facts, fresh
}
