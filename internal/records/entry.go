package records

import (
	"context"
	"fmt"

	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/clinical"
)

// noted is an entry as the file has it.
type noted struct {
	n      int64
	person id.Person
	// named tells that the source has a name of its own for it.
	named bool
	page
	dirty bool
}

// page is what is sealed of an entry.
type page struct {
	// As is how its events call it, and Source whose it is; of old entries only where they say who somebody is.
	As       string           `json:"as"`
	Source   string           `json:"source,omitempty"`
	Versions []clinical.Entry `json:"versions"`
	// Who are the people that the versions are about.
	Who  []id.Person `json:"who"`
	Told []told      `json:"told,omitempty"`
	// Back is how often each of its events was taken back.
	Back map[string]int `json:"back,omitempty"`
}

// told is an event that was told.
type told struct {
	// ID is the event's among the entry's, and Sent the id that it was told by.
	ID   string      `json:"id"`
	Sent string      `json:"sent"`
	Who  id.Person   `json:"who"`
	Is   event.Event `json:"is"`
}

// entry takes one version in.
func (t *taking) entry(ctx context.Context, e *clinical.Entry, who id.Person) error {
	if !t.b.cfg.Keys.Has(who) {
		t.Nobody++
		return nil
	}
	m, ready := t.ahead.marks[e]
	if !ready {
		var err error
		if m, err = t.mark(e, who); err != nil {
			return err
		}
	}
	by, err := t.lookUp(ctx, m.first())
	if err != nil {
		return err
	}
	if by != nil && by.has(m.version) {
		t.Known++
		return nil
	}
	is, err := t.find(ctx, m.own, m.alike)
	if err != nil {
		return err
	}
	if is == nil {
		t.next++
		is = &noted{n: t.next, person: who}
		is.Source = t.s.Name
		t.pages[is.n] = is
	} else {
		t.Changed++
	}
	if is.As == "" {
		is.As = as(e, m.alike)
	}
	t.call(is, m.own, m.alike)
	if err := t.parts(ctx, is, m.parts); err != nil {
		return err
	}
	is.named = is.named || e.ID != ""
	t.add(is, e, who)
	t.came(m.first(), m.version)
	return t.exhume(ctx, is, e, m.own)
}

// parts lets an entry be known by each measurement that it holds, and takes in those that came by themselves.
func (t *taking) parts(ctx context.Context, is *noted, names []token) error {
	for _, name := range names {
		other, err := t.named(ctx, name)
		if err != nil {
			return err
		}
		if other != nil && other != is && !other.named {
			err = t.fold(ctx, is, other)
		}
		if err != nil {
			return err
		}
		t.call(is, name)
	}
	return nil
}

// fold makes two entries one: all that is known of the other, and was told of it, is this one's.
func (t *taking) fold(ctx context.Context, is, other *noted) error {
	is.Versions, is.Who = append(is.Versions, other.Versions...), append(is.Who, other.Who...)
	is.Told = append(is.Told, other.Told...)
	for name, n := range other.Back {
		if is.Back == nil {
			is.Back = map[string]int{}
		}
		is.Back[name] += n
	}
	for i := range other.Versions {
		m, err := t.mark(&other.Versions[i], other.Who[i])
		if err != nil {
			return err
		}
		for _, by := range append(m.parts, m.own, m.alike) {
			if by == (token{}) {
				continue
			}
			n, err := t.lookUp(ctx, by)
			if err != nil {
				return err
			}
			if n != nil && n.entry == other.n {
				n.entry, n.is = is.n, is
				t.renamed(by)
			}
		}
	}
	other.page = page{As: other.As}
	t.dirty(other)
	return nil
}

// dirty marks an entry to be told and written.
func (t *taking) dirty(is *noted) {
	if !is.dirty {
		is.dirty = true
		t.order = append(t.order, is)
	}
}

// add gives an entry one more version.
func (t *taking) add(is *noted, e *clinical.Entry, who id.Person) {
	is.Versions, is.Who = append(is.Versions, *e), append(is.Who, who)
	if newest(is.Versions) == len(is.Versions)-1 {
		is.person = who
	}
	t.dirty(is)
}

// buried takes in the word that an entry was an error, which does not say whom it was about: that is known, or will be
// when the entry itself comes.
func (t *taking) buried(ctx context.Context, e *clinical.Entry, _ id.Person) error {
	own := t.b.hash("own", t.s.Name, string(e.Kind), e.ID)
	is, err := t.find(ctx, own, token{})
	if err != nil {
		return err
	}
	if is != nil && len(is.Versions) > 0 {
		last := newest(is.Versions)
		named := *e
		named.Subject = is.Versions[last].Subject
		return t.entry(ctx, &named, is.Who[last])
	}
	t.ahead.tombs[own] = withTomb(t.ahead.tombs[own], tomb{int64(e.At), e.Version})
	done, err := t.tx.ExecContext(ctx, `INSERT INTO tomb VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, own[:], int64(e.At), e.Version)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		t.Known++
		return err
	}
	return nil
}

// exhume adds to a new entry what was said of it before it came.
func (t *taking) exhume(ctx context.Context, is *noted, e *clinical.Entry, own token) error {
	if len(is.Versions) > 1 || own == (token{}) {
		return nil
	}
	if err := t.lookTombs(ctx, own); err != nil {
		return err
	}
	for _, x := range t.ahead.tombs[own] {
		t.add(is, &clinical.Entry{Kind: e.Kind, ID: e.ID, Alike: e.Alike, Subject: e.Subject, Wrong: true, At: instant.Time(x.at), Version: x.version}, is.person)
	}
	return nil
}

// as is how an entry's events call it.
func as(e *clinical.Entry, alike token) string {
	if e.ID != "" {
		return e.ID
	}
	return fmt.Sprintf("%x", alike[:8])
}

// newest is the place of the version that stands.
func newest(versions []clinical.Entry) int {
	last := 0
	for i := range versions {
		if clinical.Compare(&versions[i], &versions[last]) >= 0 {
			last = i
		}
	}
	return last
}
