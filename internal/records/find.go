package records

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"attune/core/id"
	"attune/internal/seal"
)

// seen tells whether a version came before, in this batch or an earlier one.
func (t *taking) seen(ctx context.Context, v token) (bool, error) {
	if t.now[v] {
		return true, nil
	}
	if t.ahead.asked[v] {
		return t.ahead.versions[v], nil
	}
	known := false
	err := look(ctx, t.tx.StmtContext(ctx, t.b.haveVersions), []token{v}, func(*sql.Rows) error {
		known = true
		return nil
	})
	return known, err
}

// came notes a version that came.
func (t *taking) came(v token) {
	if t.now == nil {
		t.now = map[token]bool{}
	}
	t.now[v] = true
	t.versions = append(t.versions, v)
}

// find finds an entry by the source's name of it, or else by what tells it apart, unless that is one with another name.
func (t *taking) find(ctx context.Context, own, alike token) (*noted, error) {
	if own != (token{}) {
		if is, err := t.named(ctx, own); is != nil || err != nil {
			return is, err
		}
	}
	if alike == (token{}) {
		return nil, nil
	}
	is, err := t.named(ctx, alike)
	if err != nil || is == nil || own != (token{}) && is.named {
		return nil, err
	}
	return is, nil
}

// named reads the entry that has a name; nil where none has.
func (t *taking) named(ctx context.Context, name token) (*noted, error) {
	if is := t.names[name]; is != nil {
		return is, nil
	}
	n, has, err := t.entryOf(ctx, name)
	if err != nil || !has {
		return nil, err
	}
	is := t.pages[n]
	if is == nil {
		if is, err = t.read(ctx, n); err != nil {
			return nil, err
		}
	}
	t.names[name] = is
	return is, nil
}

// entryOf is the number of the entry that the file has under a name.
func (t *taking) entryOf(ctx context.Context, name token) (n int64, has bool, err error) {
	if t.ahead.asked[name] {
		n, has = t.ahead.names[name]
		return n, has, nil
	}
	err = look(ctx, t.tx.StmtContext(ctx, t.b.entriesOf), []token{name}, func(rows *sql.Rows) error {
		var of sql.RawBytes
		has = true
		return rows.Scan(&of, &n)
	})
	return n, has, err
}

func (t *taking) read(ctx context.Context, n int64) (*noted, error) {
	is := &noted{n: n}
	var who, sealed []byte
	if err := t.tx.StmtContext(ctx, t.b.readEntry).QueryRowContext(ctx, n).Scan(&who, &is.named, &sealed); err != nil {
		return nil, err
	}
	if len(who) != len(is.person) {
		return nil, fmt.Errorf("entry %d is of nobody: the file is damaged", n)
	}
	is.person = id.Person(who)
	plain, err := t.b.cfg.Keys.Open(is.person, seal.Entry, entryName(n), sealed)
	if errors.Is(err, seal.ErrNoKey) {
		t.pages[n] = is // whom it was about was erased, and with them all that it said
		return is, nil
	}
	if err == nil {
		err = json.Unmarshal(plain, &is.page)
	}
	if err != nil {
		return nil, err
	}
	t.pages[n] = is
	return is, nil
}

// entryName binds a sealed page to its place.
func entryName(n int64) []byte { return strconv.AppendInt(nil, n, 10) }

// name gives an entry names that nothing has.
func (t *taking) name(is *noted, names ...token) {
	for _, name := range names {
		if name != (token{}) && t.names[name] == nil {
			t.names[name] = is
			t.newNames = append(t.newNames, name)
		}
	}
}
