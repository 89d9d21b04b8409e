package records

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"attune/core/id"
	"attune/internal/seal"
)

// name is what is known of an entry's name.
type name struct {
	// entry is the number of whose it is, and is that entry, nil until it was read.
	entry int64
	is    *noted
	// versions are the digests of those that came by it.
	versions []byte
	// dirty tells that the file does not have it so.
	dirty bool
}

// digestSize is how much of a version's token is kept with its name.
const digestSize = 8

// has tells whether a version came by this name before, in this batch or an earlier one.
func (n *name) has(v token) bool {
	for d := range slices.Chunk(n.versions, digestSize) {
		if bytes.Equal(d, v[:digestSize]) {
			return true
		}
	}
	return false
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
func (t *taking) named(ctx context.Context, by token) (*noted, error) {
	n, err := t.lookUp(ctx, by)
	if n == nil || err != nil {
		return nil, err
	}
	if n.is == nil {
		if n.is = t.pages[n.entry]; n.is == nil {
			n.is, err = t.read(ctx, n.entry)
		}
	}
	return n.is, err
}

// lookUp finds what is known of a name; nil where nothing is.
func (t *taking) lookUp(ctx context.Context, by token) (*name, error) {
	if n := t.names[by]; n != nil || t.ahead.asked[by] {
		return n, nil
	}
	err := t.lookNames(ctx, []token{by})
	return t.names[by], err
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
		is.page, err = readPage(plain)
	}
	if err != nil {
		return nil, err
	}
	t.pages[n] = is
	return is, nil
}

// entryName binds a sealed page to its place.
func entryName(n int64) []byte { return strconv.AppendInt(nil, n, 10) }

// came notes a version that came by a name.
func (t *taking) came(by, version token) {
	n := t.names[by]
	n.versions = append(n.versions, version[:digestSize]...)
	t.renamed(by)
}

// call gives an entry names that nothing has.
func (t *taking) call(is *noted, names ...token) {
	for _, n := range names {
		if n != (token{}) && t.names[n] == nil {
			t.names[n] = &name{entry: is.n, is: is}
			t.renamed(n)
		}
	}
}

// renamed marks a name to be written.
func (t *taking) renamed(n token) {
	if is := t.names[n]; !is.dirty {
		is.dirty = true
		t.dirtyNames = append(t.dirtyNames, n)
	}
}
