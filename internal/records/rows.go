package records

import (
	"context"
	"errors"
	"slices"

	"attune/core/id"
	"attune/internal/clinical"
	"attune/internal/seal"
)

// Entries that their source has a name for are known by it alone, which is half the work, until the first comes that
// has none, as a table's rows have none. From then on all are known by what else tells them apart, too.

// learnRows gives all entries that came so far their further names, if a batch has the first row.
func (t *taking) learnRows(ctx context.Context, entries []clinical.Entry) error {
	if t.rows || !slices.ContainsFunc(entries, func(e clinical.Entry) bool { return e.ID == "" }) {
		return nil
	}
	t.rows = true
	for after := int64(0); ; {
		some, err := t.entriesAfter(ctx, after)
		if err != nil {
			return err
		}
		if len(some) == 0 {
			break
		}
		if err := t.nameAgain(ctx, some); err != nil {
			return err
		}
		after = some[len(some)-1].n
	}
	_, err := t.tx.ExecContext(ctx, `UPDATE about SET rows = 1`)
	return err
}

// entriesAfter reads the next entries, in the order in which they came.
func (t *taking) entriesAfter(ctx context.Context, after int64) (some []noted, err error) {
	found, err := t.tx.QueryContext(ctx, `SELECT n, person, sealed FROM entry WHERE n > ? ORDER BY n LIMIT 1000`, after)
	if err != nil {
		return nil, err
	}
	defer found.Close()
	for found.Next() {
		var is noted
		var who, sealed []byte
		if err := found.Scan(&is.n, &who, &sealed); err != nil {
			return nil, err
		}
		if len(who) != len(is.person) {
			return nil, errPage
		}
		is.person = id.Person(who)
		plain, err := t.b.cfg.Keys.Open(is.person, seal.Entry, entryName(is.n), sealed)
		if err == nil {
			is.page, err = readPage(plain)
		}
		if err != nil && !errors.Is(err, seal.ErrNoKey) {
			return nil, err
		}
		some = append(some, is)
	}
	return some, found.Err()
}

// nameAgain gives entries the names that they have besides the source's own. Of two that are alike, the first has it.
func (t *taking) nameAgain(ctx context.Context, some []noted) error {
	var names []token
	of := map[token]int64{}
	for i := range some {
		is := &some[i]
		for k := range is.Versions {
			m, err := t.markOf(is.Source, &is.Versions[k], is.Who[k])
			if err != nil {
				return err
			}
			for _, name := range append(m.parts, m.alike) {
				if _, there := of[name]; !there && name != (token{}) {
					names, of[name] = append(names, name), is.n
				}
			}
		}
	}
	if err := t.lookNames(ctx, names); err != nil {
		return err
	}
	names = slices.DeleteFunc(names, func(name token) bool { return t.names[name] != nil })
	err := t.putNames(ctx, names, func(by token) *name { return &name{entry: of[by]} })
	clear(t.names) // there may be many of them: who asks for one asks the file
	clear(t.ahead.asked)
	return err
}
