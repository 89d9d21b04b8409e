package contact

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"fmt"

	"attune/core/channel"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
)

// Why says why an address may not be used.
type Why string

// The reasons, as the event contact.suppressed has them.
const (
	Stop        Why = "stop"
	Bounce      Why = "bounce"
	Complaint   Why = "complaint"
	WrongPerson Why = "wrong_person"
)

// Suppression says that an address may not be used.
type Suppression struct {
	Why Why
	// Touch is the id of the touch because of which, where there is one.
	Touch string
	At    instant.Time
	// Cause names the report or word that says so: the same one again is not another suppression, even
	// if the address was released in between.
	Cause string
}

// Release says that an address may be used again.
type Release struct {
	At instant.Time
	// Cause names the word that says so, as a suppression's does.
	Cause string
	// By and Note are who among the staff says so and why.
	By, Note string
	// Own tells that whoever holds the address says so. Then one that belongs to the wrong person stays
	// suppressed.
	Own bool
}

// Suppress makes an address one that is not used any more, for everybody. When it returns nil that is
// durable, and so are the events that tell those who share it; every call of Suppressed that begins
// afterwards finds it. After an error nobody knows what is in the file, so the address is not used for
// as long as this process lives.
func (b *Book) Suppress(ctx context.Context, of Address, s Suppression) error {
	point, _ := b.points(of)
	b.writing.Lock()
	defer b.writing.Unlock()
	again := false
	err := b.transact(ctx, func(tx *sql.Tx) (err error) {
		// People's own order goes by when things happened, the book by when they were heard: a stop that is
		// heard after a start is later than it.
		if s.At, err = newest(ctx, tx, point, s.At, 1); err != nil {
			return err
		}
		if again, err = b.act(ctx, tx, point, of, string(s.Why), s.Touch, s.At, s.Cause, false); err != nil || again {
			return err
		}
		return b.tell(ctx, tx, point, func(who id.Person, as Address) event.Event {
			return b.suppressed(point, b.cause(s.Cause), who, Address{of.Channel, as.Address}, s)
		})
	})
	if !again || err != nil {
		b.mu.Lock()
		b.closed[point] = s
		b.mu.Unlock()
	}
	if err != nil {
		return fmt.Errorf("suppress an address: %w", err)
	}
	return nil
}

// Release lets an address be used again. It tells whether it was suppressed and is no longer.
func (b *Book) Release(ctx context.Context, of Address, r Release) (released bool, err error) {
	kept, plain := b.points(of)
	b.writing.Lock()
	defer b.writing.Unlock()
	err = b.transact(ctx, func(tx *sql.Tx) error {
		released = false
		if r.At, err = newest(ctx, tx, kept, r.At, 0); err != nil {
			return err
		}
		again, err := b.act(ctx, tx, kept, of, "", "", r.At, r.Cause, true)
		if err != nil || again {
			return err
		}
		keep := ""
		if r.Own {
			keep = string(WrongPerson)
		}
		done, err := tx.ExecContext(ctx, `UPDATE act SET freed = ? WHERE point IN (?, ?) AND freed IS NULL AND why <> ?`, int64(r.At), kept[:], plain[:], keep)
		if err != nil {
			return err
		}
		freed, err := done.RowsAffected()
		if err != nil {
			return err
		}
		var left int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM act WHERE point IN (?, ?) AND freed IS NULL`, kept[:], plain[:]).Scan(&left); err != nil {
			return err
		}
		if released = freed > 0 && left == 0; !released {
			return nil
		}
		return b.tell(ctx, tx, kept, func(who id.Person, as Address) event.Event {
			return b.released(kept, b.cause(r.Cause), who, Address{of.Channel, as.Address}, r)
		})
	})
	if err != nil {
		return false, fmt.Errorf("release an address: %w", err)
	}
	if released {
		b.mu.Lock()
		delete(b.closed, kept)
		delete(b.closed, plain)
		b.mu.Unlock()
	}
	return released, nil
}

// newest is an instant, or later, so as to be so much after all that was done to a point before.
func newest(ctx context.Context, tx *sql.Tx, point token, at instant.Time, after instant.Duration) (instant.Time, error) {
	var last sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT max(at) FROM act WHERE point = ?`, point[:]).Scan(&last)
	if last.Valid {
		at = max(at, instant.Time(last.Int64).Add(after))
	}
	return at, err
}

// act writes a suppression or release down, unless it is there already.
func (b *Book) act(ctx context.Context, tx *sql.Tx, point token, of Address, why, touch string, at instant.Time, cause string, freed bool) (again bool, err error) {
	done, err := tx.ExecContext(ctx, `INSERT INTO act VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		point[:], b.cause(cause), channel.Point(of.Channel), why, touch, int64(at), sql.NullInt64{Int64: int64(at), Valid: freed})
	if err != nil {
		return false, err
	}
	n, err := done.RowsAffected()
	return n == 0, err
}

// Suppressed tells whether an address may not be used, and why. It asks no disk.
func (b *Book) Suppressed(of Address) (Suppression, bool) {
	kept, plain := b.points(of)
	b.mu.RLock()
	defer b.mu.RUnlock()
	if s, is := b.closed[kept]; is {
		return s, true
	}
	s, is := b.closed[plain]
	return s, is
}

// cause names what a suppression or release is because of.
func (b *Book) cause(name string) []byte { return b.hash("cause", []byte(name)) }

// hash names something within the book by what it is of.
func (b *Book) hash(what string, parts ...[]byte) []byte {
	m := hmac.New(sha256.New, b.cfg.Secret)
	m.Write([]byte(what))
	for _, p := range parts {
		m.Write([]byte{0, byte(len(p) >> 8), byte(len(p))})
		m.Write(p)
	}
	return m.Sum(nil)[:16]
}
