package records

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"attune/core/id"
	"attune/internal/clinical"
)

// marks are what an entry is known by: the source's name of it, what tells it apart, that of each measurement it holds,
// and the version that it is.
type marks struct {
	own, alike, version token
	parts               []token
}

func (t *taking) mark(e *clinical.Entry, who id.Person) (m marks, err error) {
	plain, err := json.Marshal(e)
	if err != nil {
		return m, err
	}
	if e.ID != "" {
		m.own = t.b.hash("own", t.s.Name, string(e.Kind), e.ID)
	}
	if e.Alike != "" {
		m.alike = t.b.hash("alike", t.s.Name, string(e.Kind), string(who[:]), e.Alike)
	}
	if m.own == (token{}) && m.alike == (token{}) {
		return m, fmt.Errorf("a %s has nothing to know it by", e.Kind)
	}
	for _, part := range e.Parts {
		m.parts = append(m.parts, t.b.hash("alike", t.s.Name, string(e.Kind), string(who[:]), part))
	}
	m.version = t.b.hash("version", string(m.own[:]), string(m.alike[:]), string(plain))
	return m, nil
}

// tomb is the word that an entry was an error.
type tomb struct {
	at      int64
	version string
}

// ahead is what the file has of a batch's marks, asked for in a few questions before any of it is taken in. Of what was
// not asked, the file is asked by itself.
type ahead struct {
	marks    map[*clinical.Entry]marks
	asked    map[token]bool
	names    map[token]int64
	versions map[token]bool
	tombs    map[token][]tomb
}

// lookAhead asks for the marks of entries, those left out of whom nobody is known.
func (t *taking) lookAhead(ctx context.Context, entries []clinical.Entry, people []id.Person) error {
	a := &t.ahead
	a.marks, a.names, a.tombs = make(map[*clinical.Entry]marks, len(entries)), map[token]int64{}, map[token][]tomb{}
	var names, owns, versions []token
	for i := range entries {
		if people[i].IsZero() || !t.b.cfg.Keys.Has(people[i]) {
			continue
		}
		m, err := t.mark(&entries[i], people[i])
		if err != nil {
			return err
		}
		a.marks[&entries[i]] = m
		versions = append(versions, m.version)
		for _, name := range [2]token{m.own, m.alike} {
			if name != (token{}) {
				names = append(names, name)
			}
		}
		names = append(names, m.parts...)
		if m.own != (token{}) {
			owns = append(owns, m.own)
		}
	}
	if err := t.lookVersions(ctx, versions); err != nil {
		return err
	}
	for _, name := range names {
		a.asked[name] = true
	}
	err := look(ctx, t.tx.StmtContext(ctx, t.b.entriesOf), names, func(rows *sql.Rows) error {
		var name sql.RawBytes
		var n int64
		if err := rows.Scan(&name, &n); err != nil {
			return err
		}
		a.names[tokenOf(name)] = n
		return nil
	})
	if err != nil {
		return err
	}
	return look(ctx, t.tx.StmtContext(ctx, t.b.tombsOf), owns, func(rows *sql.Rows) error {
		var name sql.RawBytes
		var x tomb
		if err := rows.Scan(&name, &x.at, &x.version); err != nil {
			return err
		}
		of := tokenOf(name)
		a.tombs[of] = withTomb(a.tombs[of], x)
		return nil
	})
}

// lookVersions asks which versions came before.
func (t *taking) lookVersions(ctx context.Context, versions []token) error {
	a := &t.ahead
	a.asked, a.versions = make(map[token]bool, 4*len(versions)), map[token]bool{}
	for _, v := range versions {
		a.asked[v] = true
	}
	return look(ctx, t.tx.StmtContext(ctx, t.b.haveVersions), versions, func(rows *sql.Rows) error {
		var v sql.RawBytes
		if err := rows.Scan(&v); err != nil {
			return err
		}
		a.versions[tokenOf(v)] = true
		return nil
	})
}

// withTomb adds a word that is not among others yet: the last token of a question is asked several times.
func withTomb(all []tomb, x tomb) []tomb {
	for _, y := range all {
		if x == y {
			return all
		}
	}
	return append(all, x)
}

func tokenOf(b []byte) (t token) {
	copy(t[:], b)
	return t
}
