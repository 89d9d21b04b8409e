package records

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"slices"

	"attune/core/id"
	"attune/internal/clinical"
)

// marks are what an entry is known by: the source's name of it, what tells it apart, that of each measurement it holds,
// and the version that it is.
type marks struct {
	own, alike, version token
	parts               []token
}

// first is the name that its version is kept with.
func (m *marks) first() token {
	if m.own != (token{}) {
		return m.own
	}
	return m.alike
}

func (t *taking) mark(e *clinical.Entry, who id.Person) (marks, error) {
	return t.markOf(t.s.Name, e, who)
}

func (t *taking) markOf(source string, e *clinical.Entry, who id.Person) (m marks, err error) {
	if e.ID != "" {
		m.own = t.b.hash("own", source, string(e.Kind), e.ID)
	}
	rows := m.own == (token{}) || t.rows
	if e.Alike != "" && rows {
		m.alike = t.b.hash("alike", source, string(e.Kind), string(who[:]), e.Alike)
	}
	if m.own == (token{}) && m.alike == (token{}) {
		return m, fmt.Errorf("a %s has nothing to know it by", e.Kind)
	}
	if rows {
		for _, part := range e.Parts {
			m.parts = append(m.parts, t.b.hash("alike", source, string(e.Kind), string(who[:]), part))
		}
	}
	w := writer(t.room[:0])
	w.entry(e)
	t.room = w
	first := m.first()
	m.version = t.b.hash("version", string(first[:]), string(w))
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
	marks map[*clinical.Entry]marks
	// asked are the names that the file was asked about, and sought those whose tombs were asked for.
	asked, sought map[token]bool
	tombs         map[token][]tomb
}

// lookAhead asks for the marks of entries, those left out of whom nobody is known.
func (t *taking) lookAhead(ctx context.Context, entries []clinical.Entry, people []id.Person) error {
	a := &t.ahead
	a.marks = make(map[*clinical.Entry]marks, len(entries))
	var names, owns []token
	for i := range entries {
		if people[i].IsZero() || !t.b.cfg.Keys.Has(people[i]) {
			continue
		}
		m, err := t.mark(&entries[i], people[i])
		if err != nil {
			return err
		}
		a.marks[&entries[i]] = m
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
	if err := t.lookNames(ctx, names); err != nil {
		return err
	}
	return t.lookTombs(ctx, owns...)
}

// lookNames asks whose names are, and which versions came by them.
func (t *taking) lookNames(ctx context.Context, names []token) error {
	for _, n := range names {
		t.ahead.asked[n] = true
	}
	slices.SortFunc(names, compareTokens) // as the file has them: that finds them sooner
	return look(ctx, t.tx.StmtContext(ctx, t.b.entriesOf), names, func(rows *sql.Rows) error {
		var by, versions sql.RawBytes
		n := &name{}
		if err := rows.Scan(&by, &n.entry, &versions); err != nil {
			return err
		}
		n.versions = slices.Clone(versions)
		t.names[tokenOf(by)] = n
		return nil
	})
}

// lookTombs asks which entries were errors before they came.
func (t *taking) lookTombs(ctx context.Context, owns ...token) error {
	a := &t.ahead
	owns = slices.DeleteFunc(owns, func(own token) bool { return a.sought[own] })
	for _, own := range owns {
		a.sought[own] = true
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

// withTomb adds a word that is not among others yet: the last token of a question is asked several times.
func withTomb(all []tomb, x tomb) []tomb {
	if slices.Contains(all, x) {
		return all
	}
	return append(all, x)
}

func tokenOf(b []byte) (t token) {
	copy(t[:], b)
	return t
}

func compareTokens(a, b token) int { return bytes.Compare(a[:], b[:]) }
