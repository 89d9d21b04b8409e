package records

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/clinical"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/seal"
)

// Source is who keeps the record.
type Source struct {
	intake.Source
	// Live lets what is new act, as far as it is not too old to; else it is only remembered.
	Live bool
	// System names the system that an identifier of the record belongs to here, and tells whether people are
	// recognised by it: a hospital's number yes, a number that several people may share no.
	System func(system string) (name string, same bool)
}

// Counts are what became of entries.
type Counts struct {
	// Entries is how many were given; Known of them had come before, Changed are new versions of entries that had, and
	// the rest is new.
	Entries, Known, Changed int
	// Told is how many events were told, and TakenBack how many told before turned out not to be so.
	Told, TakenBack int
	// People is how many nobody knew before.
	People int
	// Nobody is how many entries are of people whose key was erased; they are not taken.
	Nobody int
}

// Add sums counts.
func (c *Counts) Add(o Counts) {
	c.Entries += o.Entries
	c.Known += o.Known
	c.Changed += o.Changed
	c.Told += o.Told
	c.TakenBack += o.TakenBack
	c.People += o.People
	c.Nobody += o.Nobody
}

// Doubt is that two people may be one: an entry says so, by an identifier that both have.
type Doubt struct {
	One, Other id.Person
}

// Took is what became of what was given.
type Took struct {
	Counts
	// Events are those that were told and taken back, by name.
	Events map[string]int
	Doubts []Doubt
}

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
	// As is how its events call it, and Source, where it says who somebody is, whose it is.
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

// Take takes entries in: what is new in them is durable in the event log when it returns nil. On an error some of them
// may be taken; giving all of them again is harmless. While as much waits as may, it is an *intake.BusyError.
func (b *Book) Take(ctx context.Context, s Source, entries []clinical.Entry) (Took, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := taking{b: b, s: s, pages: map[int64]*noted{}, names: map[token]*noted{}}
	t.Entries, t.Events = len(entries), map[string]int{}
	if err := t.take(ctx, entries); err != nil {
		return Took{}, fmt.Errorf("take records of %s: %w", s.Name, err)
	}
	return t.Took, nil
}

// Pass gives events on that come as they are: each once, however often it comes. Otherwise it is like Take.
func (b *Book) Pass(ctx context.Context, s Source, arrivals []intake.Arrival) (Took, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := taking{b: b, s: s, pages: map[int64]*noted{}, names: map[token]*noted{}}
	t.Entries, t.Events = len(arrivals), map[string]int{}
	if err := t.pass(ctx, arrivals); err != nil {
		return Took{}, fmt.Errorf("take events of %s: %w", s.Name, err)
	}
	return t.Took, nil
}

func (t *taking) pass(ctx context.Context, arrivals []intake.Arrival) error {
	groups := make([][]identity.Key, len(arrivals))
	for i := range arrivals {
		groups[i] = []identity.Key{arrivals[i].Who}
	}
	people := make([]id.Person, len(arrivals))
	if err := t.claim(ctx, groups, func(i int, p id.Person) { people[i] = p }); err != nil {
		return err
	}
	return t.within(ctx, func() error {
		for i := range arrivals {
			a := arrivals[i]
			if !t.b.cfg.Keys.Has(people[i]) {
				t.Nobody++
				continue
			}
			seen := t.b.hash("event", t.s.Name, a.Event.ID)
			if known, err := t.seen(ctx, seen); err != nil || known {
				t.Known++
				if err != nil {
					return err
				}
				continue
			}
			t.versions = append(t.versions, seen)
			a.Person, a.Event.Historical = people[i], !t.s.Live
			t.arrivals = append(t.arrivals, a)
			t.Told++
			t.Events[a.Event.Name]++
		}
		return nil
	})
}

// taking is one batch.
type taking struct {
	Took
	b *Book
	s Source

	tx       *sql.Tx
	pages    map[int64]*noted // that were read or made
	names    map[token]*noted // names that were found or given
	newNames []token
	versions []token
	order    []*noted // dirty, as they became so
	back     []intake.Arrival
	arrivals []intake.Arrival
	next     int64
}

func (t *taking) take(ctx context.Context, entries []clinical.Entry) (err error) {
	people, err := t.people(ctx, entries)
	if err != nil {
		return err
	}
	return t.within(ctx, func() error {
		if err := t.tx.QueryRowContext(ctx, `SELECT coalesce(max(n), 0) FROM entry`).Scan(&t.next); err != nil {
			return err
		}
		for i := range entries {
			take := t.entry
			if people[i].IsZero() {
				take = t.buried
			}
			if err := take(ctx, &entries[i], people[i]); err != nil {
				return err
			}
		}
		t.tell()
		return nil
	})
}

// within does the batch in one transaction, and gives the log what comes of it.
func (t *taking) within(ctx context.Context, do func() error) (err error) {
	if err := t.b.deliver(ctx); err != nil { // of the batch before
		return err
	}
	if t.tx, err = t.b.db.BeginTx(ctx, nil); err != nil {
		return err
	}
	defer t.tx.Rollback()
	if err := do(); err != nil {
		return err
	}
	if err := t.write(ctx); err != nil {
		return err
	}
	if err := t.tx.Commit(); err != nil {
		return err
	}
	t.b.from, t.b.undelivered = t.s.Name, t.arrivals
	return t.b.deliver(ctx)
}

// people finds whom entries are about, and makes those nobody knew: they are there before anything can be told of them,
// and have no address until the record gives one.
func (t *taking) people(ctx context.Context, entries []clinical.Entry) ([]id.Person, error) {
	var groups [][]identity.Key
	var of []int
	for i := range entries {
		e := &entries[i]
		if e.Wrong && e.Subject == (clinical.Reference{}) {
			continue // a deletion says what, and not of whom
		}
		keys := []identity.Key{t.key(e.Subject)}
		for _, k := range e.Keys {
			name, same := t.s.System(k.System)
			if key := (identity.Key{System: name, Value: k.Value}); same && key.Check() == nil && !slices.Contains(keys, key) {
				keys = append(keys, key)
			}
		}
		groups, of = append(groups, keys), append(of, i)
	}
	people := make([]id.Person, len(entries))
	return people, t.claim(ctx, groups, func(n int, p id.Person) { people[of[n]] = p })
}

// claim finds whom groups of identifiers mean.
func (t *taking) claim(ctx context.Context, groups [][]identity.Key, is func(n int, p id.Person)) error {
	claims, err := t.b.cfg.Directory.Claim(ctx, groups, func(created []id.Person) error { return t.b.cfg.Keys.Ensure(created...) })
	if err != nil {
		return err
	}
	for n, c := range claims {
		is(n, c.Person)
		if c.Created {
			t.People++
		}
		for _, other := range c.Others {
			if d := (Doubt{c.Person, other}); !slices.Contains(t.Doubts, d) {
				t.Doubts = append(t.Doubts, d)
			}
		}
	}
	return nil
}

// key is the identifier by which a record means somebody. Patients are known by their bare id, so that "ehr:p-1" is what
// people call them; others by kind and id.
func (t *taking) key(r clinical.Reference) identity.Key {
	switch {
	case r.ID == "":
		name, _ := t.s.System(r.Identifier.System)
		return identity.Key{System: name, Value: r.Identifier.Value}
	case r.Kind == "Patient":
		return identity.Key{System: t.s.KnownSystem(), Value: r.ID}
	}
	return identity.Key{System: t.s.KnownSystem(), Value: string(r.Kind) + "/" + r.ID}
}

// entry takes one version in.
func (t *taking) entry(ctx context.Context, e *clinical.Entry, who id.Person) error {
	if !t.b.cfg.Keys.Has(who) {
		t.Nobody++
		return nil
	}
	plain, err := json.Marshal(e)
	if err != nil {
		return err
	}
	own, alike := token{}, token{}
	if e.ID != "" {
		own = t.b.hash("own", t.s.Name, string(e.Kind), e.ID)
	}
	if e.Alike != "" {
		alike = t.b.hash("alike", t.s.Name, string(e.Kind), string(who[:]), e.Alike)
	}
	if own == (token{}) && alike == (token{}) {
		return fmt.Errorf("a %s has nothing to know it by", e.Kind)
	}
	seen := t.b.hash("version", string(own[:]), string(alike[:]), string(plain))
	if known, err := t.seen(ctx, seen); err != nil || known {
		t.Known++
		return err
	}
	is, err := t.find(ctx, own, alike)
	if err != nil {
		return err
	}
	if is == nil {
		t.next++
		is = &noted{n: t.next, person: who}
		if saysWho(e) {
			is.Source = t.s.Name
		}
		t.pages[is.n] = is
	} else {
		t.Changed++
	}
	if is.As == "" {
		is.As = as(e, alike)
	}
	t.name(is, own, alike)
	is.named = is.named || e.ID != ""
	t.add(is, e, who)
	t.versions = append(t.versions, seen)
	return t.exhume(ctx, is, e, own)
}

// add gives an entry one more version.
func (t *taking) add(is *noted, e *clinical.Entry, who id.Person) {
	is.Versions, is.Who = append(is.Versions, *e), append(is.Who, who)
	if newest(is.Versions) == len(is.Versions)-1 {
		is.person = who
	}
	if !is.dirty {
		is.dirty = true
		t.order = append(t.order, is)
	}
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
	rows, err := t.tx.StmtContext(ctx, t.b.tombs).QueryContext(ctx, own[:])
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		wrong := clinical.Entry{Kind: e.Kind, ID: e.ID, Alike: e.Alike, Subject: e.Subject, Wrong: true}
		var at int64
		if err := rows.Scan(&at, &wrong.Version); err != nil {
			return err
		}
		wrong.At = instant.Time(at)
		t.add(is, &wrong, is.person)
	}
	return rows.Err()
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

// seen tells whether a version came before, in this batch or an earlier one.
func (t *taking) seen(ctx context.Context, v token) (bool, error) {
	if slices.Contains(t.versions, v) {
		return true, nil
	}
	var n int
	err := t.tx.StmtContext(ctx, t.b.hasVersion).QueryRowContext(ctx, v[:]).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
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
	var n int64
	err := t.tx.StmtContext(ctx, t.b.entryOf).QueryRowContext(ctx, name[:]).Scan(&n)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
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

// tell gathers what is to be told: first what is taken back.
func (t *taking) tell() {
	var told []intake.Arrival
	for _, is := range t.order {
		told = t.differs(told, is)
	}
	t.arrivals = append(t.back, told...)
}

// differs adds what is to be told of an entry and was not, and what was and is not any more.
func (t *taking) differs(out []intake.Arrival, is *noted) []intake.Arrival {
	versions := slices.Clone(is.Versions)
	for i := range versions {
		versions[i].ID = is.As
	}
	now := clinical.Tell(versions)
	had := is.Told
	is.Told = nil
	for _, n := range now {
		who := is.about(n.Subject)
		if k := slices.IndexFunc(had, func(was told) bool { return was.ID == n.ID && was.Who == who }); k >= 0 {
			is.Told = append(is.Told, had[k])
			had = slices.Delete(slices.Clone(had), k, k+1)
			continue
		}
		e := n.Event
		if back := is.Back[n.ID]; back > 0 { // what was taken back under one id is never taken under it again
			e.ID += "~" + strconv.Itoa(back)
		}
		is.Told = append(is.Told, told{ID: n.ID, Sent: e.ID, Who: who, Is: e})
		out = append(out, t.arrival(who, e))
		t.Told++
		t.Events[e.Name]++
	}
	t.takeBack(is, had, now)
	return out
}

// about is the person that an entry's versions mean by a reference.
func (is *noted) about(r clinical.Reference) id.Person {
	for i := len(is.Versions) - 1; i >= 0; i-- {
		if is.Versions[i].Subject == r {
			return is.Who[i]
		}
	}
	return is.person
}
