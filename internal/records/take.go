package records

import (
	"context"
	"database/sql"
	"fmt"

	"attune/core/id"
	"attune/internal/clinical"
	"attune/internal/intake"
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
	Entries int `json:"entries"`
	Known   int `json:"known"`
	Changed int `json:"changed"`
	// Told is how many events were told, and TakenBack how many told before turned out not to be so.
	Told      int `json:"told"`
	TakenBack int `json:"taken_back"`
	// People is how many nobody knew before.
	People int `json:"people"`
	// Nobody is how many entries are of people whose key was erased; they are not taken.
	Nobody int `json:"nobody"`
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

// Take takes entries in: what is new in them is durable in the event log when it returns nil. On an error some of them
// may be taken; giving all of them again is harmless. While as much waits as may, it is an *intake.BusyError.
func (b *Book) Take(ctx context.Context, s Source, entries []clinical.Entry) (Took, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.taking(s, len(entries))
	if err := t.take(ctx, entries); err != nil {
		return Took{}, fmt.Errorf("take records of %s: %w", s.Name, err)
	}
	return t.Took, nil
}

func (b *Book) taking(s Source, n int) *taking {
	t := &taking{b: b, s: s, rows: b.rows, pages: map[int64]*noted{}, names: make(map[token]*name, 2*n)}
	t.ahead = ahead{asked: make(map[token]bool, 2*n), sought: make(map[token]bool, n), tombs: map[token][]tomb{}}
	t.Entries, t.Events = n, map[string]int{}
	return t
}

// taking is one batch.
type taking struct {
	Took
	b *Book
	s Source
	// rows is that of the book, or of what it will be after this batch.
	rows bool

	tx         *sql.Tx
	pages      map[int64]*noted // that were read or made
	names      map[token]*name  // that were found or given
	dirtyNames []token
	passed     []token
	ahead      ahead
	room       []byte
	order      []*noted // dirty, as they became so
	back       []intake.Arrival
	arrivals   []intake.Arrival
	next       int64
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
		if err := t.learnRows(ctx, entries); err != nil {
			return err
		}
		if err := t.lookAhead(ctx, entries, people); err != nil {
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
	t.b.rows = t.rows
	t.b.from, t.b.undelivered = t.s.Name, t.arrivals
	return t.b.deliver(ctx)
}
