package records

import (
	"context"
	"encoding/binary"
	"errors"
	"maps"
	"slices"

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

// waiting reads the events of the newest batch, in their order; those of people whose key is gone are left out.
func (b *Book) waiting(ctx context.Context) (source string, out []intake.Arrival, err error) {
	rows, err := b.db.QueryContext(ctx, `SELECT source, person, sealed FROM pending`)
	if err != nil {
		return "", nil, err
	}
	defer rows.Close()
	placed := map[int]intake.Arrival{}
	for rows.Next() {
		var who, sealed []byte
		if err := rows.Scan(&source, &who, &sealed); err != nil {
			return "", nil, err
		}
		if len(who) != len(id.Person{}) {
			return "", nil, errPending
		}
		plain, err := b.cfg.Keys.Open(id.Person(who), seal.Notice, nil, sealed)
		if errors.Is(err, seal.ErrNoKey) {
			continue
		}
		if err == nil {
			err = eachPlaced(plain, func(place int, body []byte) error {
				e, err := event.Decode(body)
				placed[place] = intake.Arrival{Person: id.Person(who), Event: e}
				return err
			})
		}
		if err != nil {
			return "", nil, err
		}
	}
	for _, place := range slices.Sorted(maps.Keys(placed)) {
		out = append(out, placed[place])
	}
	return source, out, rows.Err()
}

var errPending = errors.New("the events that wait cannot be read: the file is damaged")

// appendPlaced adds an event of a batch, with its place there, to others of the same person.
func appendPlaced(to []byte, place int, body []byte) []byte {
	to = binary.AppendUvarint(to, uint64(place))
	to = binary.AppendUvarint(to, uint64(len(body)))
	return append(to, body...)
}

// eachPlaced calls f with what appendPlaced added.
func eachPlaced(from []byte, f func(place int, body []byte) error) error {
	for len(from) > 0 {
		place, n := binary.Uvarint(from)
		size, m := binary.Uvarint(from[max(n, 0):])
		if n <= 0 || m <= 0 || size > uint64(len(from)-n-m) {
			return errPending
		}
		from = from[n+m:]
		if err := f(int(place), from[:size]); err != nil {
			return err
		}
		from = from[size:]
	}
	return nil
}

// recover looks whether the log took the newest batch's events before the process ended. Where the log has forgotten
// that already, they are given again, and people's own orders recognise them.
func (b *Book) recover(ctx context.Context) error {
	var after int64
	if err := b.db.QueryRowContext(ctx, `SELECT begun FROM about`).Scan(&after); err != nil {
		return err
	}
	var err error
	if b.from, b.undelivered, err = b.waiting(ctx); err != nil || len(b.undelivered) == 0 {
		return err
	}
	wanted := map[uint64]bool{}
	for i := range b.undelivered {
		wanted[b.undelivered[i].Event.Key()] = true
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
