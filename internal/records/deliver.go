package records

import (
	"context"
	"errors"

	"attune/core/event"
	"attune/core/id"
	"attune/internal/eventlog"
	"attune/internal/intake"
	"attune/internal/seal"
)

// Deliver gives the log what a Take that failed, or a crash, left.
func (b *Book) Deliver(ctx context.Context) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.deliver(ctx)
}

// deliver gives the log the events that wait for it. Whoever holds the lock calls it.
func (b *Book) deliver(ctx context.Context) error {
	if len(b.undelivered) == 0 {
		return nil
	}
	if err := b.cfg.Events.Take(ctx, intake.Source{Name: b.from}, b.undelivered); err != nil {
		return err
	}
	b.undelivered = nil
	_, err := b.db.ExecContext(ctx, `DELETE FROM pending`)
	return err
}

// waiting calls f with the events of the newest batch, in order; those of people whose key is gone are left out.
func (b *Book) waiting(ctx context.Context, f func(source string, a intake.Arrival)) error {
	rows, err := b.db.QueryContext(ctx, `SELECT source, person, sealed FROM pending ORDER BY n`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var source string
		var who, sealed []byte
		if err := rows.Scan(&source, &who, &sealed); err != nil {
			return err
		}
		a := intake.Arrival{}
		if len(who) != len(a.Person) {
			return errors.New("an event that waits is of nobody: the file is damaged")
		}
		a.Person = id.Person(who)
		plain, err := b.cfg.Keys.Open(a.Person, seal.Notice, nil, sealed)
		if errors.Is(err, seal.ErrNoKey) {
			continue
		}
		if err == nil {
			a.Event, err = event.Decode(plain)
		}
		if err != nil {
			return err
		}
		f(source, a)
	}
	return rows.Err()
}

// recover looks whether the log took the newest batch's events before the process ended. Where the log has forgotten
// that already, they are given again, and people's own orders recognise them.
func (b *Book) recover(ctx context.Context) error {
	var after int64
	if err := b.db.QueryRowContext(ctx, `SELECT begun FROM about`).Scan(&after); err != nil {
		return err
	}
	wanted := map[uint64]bool{}
	err := b.waiting(ctx, func(source string, a intake.Arrival) {
		wanted[a.Event.Key()] = true
		b.from, b.undelivered = source, append(b.undelivered, a)
	})
	if err != nil || len(wanted) == 0 {
		return err
	}
	// A batch is appended as one piece, so one of its events is all of them.
	landed, err := b.any(ctx, eventlog.Position(after), wanted)
	if landed {
		b.undelivered = nil
		_, err = b.db.ExecContext(ctx, `DELETE FROM pending`)
	}
	return err
}

// any tells whether the log took one of the events after a position.
func (b *Book) any(ctx context.Context, after eventlog.Position, wanted map[uint64]bool) (bool, error) {
	for {
		after = max(after, b.cfg.Log.First()-1)
		some, err := b.cfg.Log.Read(ctx, after, 1000)
		if err != nil && !errors.Is(err, eventlog.ErrTrimmed) {
			return false, err
		}
		if len(some) == 0 && err == nil {
			return false, nil
		}
		for _, r := range some {
			after = r.Position
			plain, err := b.cfg.Keys.Open(r.Person, seal.Event, nil, r.Body)
			if errors.Is(err, seal.ErrNoKey) {
				continue
			}
			if err != nil {
				return false, err
			}
			e, err := event.Decode(plain)
			if err != nil {
				return false, err
			}
			if wanted[e.Key()] {
				return true, nil
			}
		}
	}
}
