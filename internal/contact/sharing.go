package contact

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"

	"attune/core/id"
	"attune/core/instant"
)

// Shared tells whether several people are reached at an address now.
func (b *Book) Shared(ctx context.Context, of Address) (bool, error) {
	people, err := b.Users(ctx, of)
	return len(people) > 1, err
}

// ToldShared notes, in a book that is made anew, that somebody was told that others are reached at an address too. It
// comes before it is said that they are reached there.
func (b *Book) ToldShared(ctx context.Context, who id.Person, of Address) error {
	point, _ := b.points(of)
	err := b.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO sharing VALUES (?, ?) ON CONFLICT DO NOTHING`, point[:], who[:])
		return err
	})
	if err != nil {
		return fmt.Errorf("note that somebody shares an address: %w", err)
	}
	return nil
}

// tellSharing tells those reached at a point whose own it is no longer, or again, after somebody came to it or left.
// Of a third and later one only they themselves have to be told.
func (b *Book) tellSharing(ctx context.Context, tx *sql.Tx, point token, came ...reached) error {
	var n int
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM use WHERE point = ? LIMIT 3)`, point[:]).Scan(&n); err != nil {
		return err
	}
	found := came
	if n <= 2 {
		var err error
		if found, err = b.at(ctx, tx, point); err != nil {
			return err
		}
	}
	for _, r := range found {
		if err := b.tellOne(ctx, tx, point, r, n > 1); err != nil {
			return err
		}
	}
	return nil
}

// tellOne tells somebody that others are reached at a point too, or no longer, unless they know.
func (b *Book) tellOne(ctx context.Context, tx *sql.Tx, point token, r reached, shared bool) error {
	name, note := "contact.unshared", `DELETE FROM sharing WHERE point = ? AND person = ?`
	if shared {
		name, note = "contact.shared", `INSERT INTO sharing VALUES (?, ?) ON CONFLICT DO NOTHING`
	}
	done, err := tx.ExecContext(ctx, note, point[:], r.who[:])
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return err
	}
	at, err := b.turn(ctx, tx)
	if err != nil {
		return err
	}
	return b.put(ctx, tx, r.who, b.event(name, point, binary.BigEndian.AppendUint64(nil, uint64(at)), r.who, r.as, at, nil))
}

// writtenAnew ends what somebody was told of an address as they wrote it before; of the new way they are told again.
func (b *Book) writtenAnew(ctx context.Context, tx *sql.Tx, point token, who id.Person, before []byte) error {
	r, err := b.reached(who, point, before)
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return b.tellOne(ctx, tx, point, r, false)
}

// turn is now, and later than any turn before: the newest word on an address counts.
func (b *Book) turn(ctx context.Context, tx *sql.Tx) (at instant.Time, err error) {
	err = tx.QueryRowContext(ctx, `INSERT INTO told VALUES (1, ?1) ON CONFLICT DO UPDATE SET at = max(at + 1, ?1) RETURNING at`, int64(b.cfg.Now())).Scan(&at)
	return at, err
}

// leave takes a person from the points where they are reached, and tells who stays there.
func (b *Book) leave(ctx context.Context, tx *sql.Tx, who id.Person, points []token) error {
	for _, point := range points {
		if _, err := tx.ExecContext(ctx, `DELETE FROM use WHERE point = ? AND person = ?`, point[:], who[:]); err != nil {
			return err
		}
		if err := b.tellSharing(ctx, tx, point); err != nil {
			return fmt.Errorf("tell who stays at an address: %w", err)
		}
	}
	return nil
}
