package records

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"attune/core/id"
	"attune/internal/clinical"
	"attune/internal/intake/identity"
	"attune/internal/seal"
)

// Numbers are what records call somebody: the identifiers that the newest version of each entry gives which says who
// they are, and the source's own id, in the system "source/NAME".
func (b *Book) Numbers(ctx context.Context, who id.Person) (out []identity.Key, err error) {
	rows, err := b.db.QueryContext(ctx, `SELECT n, sealed FROM entry WHERE person = ? AND who`, who[:])
	if err != nil {
		return nil, fmt.Errorf("read what records call %s: %w", who, err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		var sealed []byte
		if err := rows.Scan(&n, &sealed); err != nil {
			return nil, err
		}
		plain, err := b.cfg.Keys.Open(who, seal.Entry, entryName(n), sealed)
		if errors.Is(err, seal.ErrNoKey) {
			return nil, nil
		}
		var is page
		if err == nil {
			is, err = readPage(plain)
		}
		if err != nil {
			return nil, fmt.Errorf("read what records call %s: %w", who, err)
		}
		for _, k := range is.numbers() {
			if !slices.Contains(out, k) {
				out = append(out, k)
			}
		}
	}
	return out, rows.Err()
}

// saysWho tells that an entry says who somebody is.
func saysWho(e *clinical.Entry) bool { return e.Kind == "Patient" || len(e.Keys) > 0 }

// saysWho tells that the newest version of an entry says who somebody is.
func (p *page) saysWho() bool { return len(p.Versions) > 0 && saysWho(&p.Versions[newest(p.Versions)]) }

func (p *page) numbers() (out []identity.Key) {
	if !p.saysWho() {
		return nil
	}
	e := &p.Versions[newest(p.Versions)]
	if e.Wrong {
		return nil
	}
	for _, k := range e.Keys {
		if k.System != "" && k.Value != "" && !k.Old {
			out = append(out, identity.Key{System: k.System, Value: k.Value})
		}
	}
	if p.Source != "" && e.Subject.ID != "" {
		out = append(out, identity.Key{System: "source/" + p.Source, Value: e.Subject.ID})
	}
	return out
}
