package records

import (
	"context"
	"errors"
	"fmt"

	"attune/core/id"
	"attune/internal/clinical"
	"attune/internal/seal"
)

// Version is one version of an entry that a source's record has of somebody.
type Version struct {
	Source string
	Entry  clinical.Entry
	// Newest tells that it is the one that stands.
	Newest bool
}

// Of are all versions of all entries about a person. It reads the whole book, which takes seconds where there are millions of
// entries.
func (b *Book) Of(ctx context.Context, who id.Person) (out []Version, err error) {
	err = b.about(ctx, who, `SELECT n, sealed FROM entry WHERE person = ? ORDER BY n`, func(is *page) {
		for i := range is.Versions {
			// A version may be about somebody else: the source said then that it was theirs.
			if len(is.Who) == len(is.Versions) && is.Who[i] != who {
				continue
			}
			out = append(out, Version{Source: is.Source, Entry: is.Versions[i], Newest: i == newest(is.Versions)})
		}
	})
	return out, err
}

// about opens the entries of a person that a query finds; of who was erased there are none.
func (b *Book) about(ctx context.Context, who id.Person, query string, f func(*page)) error {
	rows, err := b.db.QueryContext(ctx, query, who[:])
	if err != nil {
		return fmt.Errorf("read records of %s: %w", who, err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		var sealed []byte
		if err := rows.Scan(&n, &sealed); err != nil {
			return err
		}
		plain, err := b.cfg.Keys.Open(who, seal.Entry, entryName(n), sealed)
		if errors.Is(err, seal.ErrNoKey) {
			return nil
		}
		var is page
		if err == nil {
			is, err = readPage(plain)
		}
		if err != nil {
			return fmt.Errorf("read records of %s: %w", who, err)
		}
		f(&is)
	}
	return rows.Err()
}
