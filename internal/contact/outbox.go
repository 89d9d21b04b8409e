package contact

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/seal"
)

// Told is an event for somebody who is reached at a point.
type Told struct {
	Person id.Person
	Event  event.Event
}

// Source begins the ids of the book's events.
const Source = "attune"

// tell puts an event into the outbox for each who is reached at a point.
func (b *Book) tell(ctx context.Context, tx *sql.Tx, point token, say func(id.Person, Address) event.Event) error {
	found, err := b.at(ctx, tx, point)
	if err != nil {
		return err
	}
	for _, r := range found {
		if err := b.put(ctx, tx, r.who, say(r.who, r.as)); err != nil {
			return err
		}
	}
	return nil
}

// catchUp tells somebody who is newly reached at a point, or writes it another way, how it stands.
func (b *Book) catchUp(ctx context.Context, tx *sql.Tx, point token, who id.Person, as Address) error {
	var s Suppression
	var at int64
	var acts int64
	var freed sql.NullInt64
	err := tx.QueryRowContext(ctx, `SELECT why, touch, at, freed, (SELECT count(*) FROM act WHERE point = ?1) FROM act WHERE point = ?1 AND why <> '' ORDER BY freed IS NOT NULL, at DESC, cause LIMIT 1`, point[:]).
		Scan(&s.Why, &s.Touch, &at, &freed, &acts)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	s.At = instant.Time(at)
	// What stands is the same as long as nothing was done since; another way of writing is news.
	cause := append(binary.BigEndian.AppendUint64(nil, uint64(acts)), as.Address...)
	if freed.Valid {
		return b.put(ctx, tx, who, b.released(point, cause, who, as, Release{At: instant.Time(freed.Int64)}))
	}
	return b.put(ctx, tx, who, b.suppressed(point, cause, who, as, s))
}

func (b *Book) put(ctx context.Context, tx *sql.Tx, who id.Person, e event.Event) error {
	plain, err := e.Encode()
	if err != nil {
		return err
	}
	sealed, err := b.cfg.Keys.Seal(who, seal.Notice, nil, plain)
	if gone(err) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO outbox (person, sealed) VALUES (?, ?)`, who[:], sealed)
	return err
}

// suppressed and released are the events. Their ids derive from the cause and the person.
func (b *Book) suppressed(point token, cause []byte, who id.Person, as Address, s Suppression) event.Event {
	return b.event("contact.suppressed", point, cause, who, as, s.At, []event.Prop{
		{Name: "why", Value: expr.TextOf(string(s.Why))}, {Name: "touch", Value: expr.TextOf(s.Touch)},
	})
}

func (b *Book) released(point token, cause []byte, who id.Person, as Address, r Release) event.Event {
	return b.event("contact.released", point, cause, who, as, r.At, []event.Prop{
		{Name: "by", Value: expr.TextOf(r.By)}, {Name: "note", Value: expr.TextOf(r.Note)},
	})
}

func (b *Book) event(name string, point token, cause []byte, who id.Person, as Address, at instant.Time, more []event.Prop) event.Event {
	e := event.Event{Name: name, ID: Source + "/contact-" + hex.EncodeToString(b.hash(name, point[:], cause, who[:])), Source: Source, OccurredAt: at}
	e = e.With("channel", expr.TextOf(as.Channel)).With("address", expr.TextOf(as.Address))
	for _, p := range more {
		if p.Value.Text != "" {
			e = e.With(p.Name, p.Value)
		}
	}
	return e
}

// atOnce is how many events are taken in together.
const atOnce = 200

// Deliver gives the events that wait to whoever takes them in, and forgets those that were taken. After
// a crash in between they are given again, with the same ids.
func (b *Book) Deliver(ctx context.Context, take func(context.Context, []Told) error) error {
	b.delivering.Lock()
	defer b.delivering.Unlock()
	if err := b.Flush(ctx); err != nil {
		return err
	}
	for {
		told, last, err := b.waiting(ctx)
		if err != nil {
			return fmt.Errorf("read what is to be told of contact points: %w", err)
		}
		if last == 0 {
			return nil
		}
		if len(told) > 0 {
			if err := take(ctx, told); err != nil {
				return err
			}
		}
		err = b.change(ctx, func(tx *sql.Tx) error {
			_, err := tx.ExecContext(ctx, `DELETE FROM outbox WHERE n <= ?`, last)
			return err
		})
		if err != nil {
			return fmt.Errorf("note what was told of contact points: %w", err)
		}
	}
}

// waiting are the oldest events that wait, those of erased people left out, and the last one's number.
func (b *Book) waiting(ctx context.Context) (out []Told, last int64, err error) {
	rows, err := b.db.QueryContext(ctx, `SELECT n, person, sealed FROM outbox ORDER BY n LIMIT ?`, atOnce)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var who, sealed []byte
		if err := rows.Scan(&last, &who, &sealed); err != nil {
			return nil, 0, err
		}
		if len(who) != len(id.Person{}) {
			return nil, 0, damaged(who)
		}
		t := Told{Person: id.Person(who)}
		plain, err := b.cfg.Keys.Open(t.Person, seal.Notice, nil, sealed)
		if gone(err) {
			continue
		}
		if err != nil {
			return nil, 0, err
		}
		if t.Event, err = event.Decode(plain); err != nil {
			return nil, 0, err
		}
		out = append(out, t)
	}
	return out, last, rows.Err()
}

// Confirm tells whether it may be confirmed to an address that it is not written to any more, and notes
// that it was: not again within a day.
func (b *Book) Confirm(ctx context.Context, of Address, at instant.Time) (may bool, err error) {
	point, _ := b.points(of)
	err = b.change(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `INSERT INTO confirmed VALUES (?1, ?2) ON CONFLICT DO UPDATE SET at = ?2 WHERE at <= ?2 - ?3`, point[:], int64(at), int64(instant.Day))
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		may = n > 0
		return err
	})
	if err != nil {
		return false, fmt.Errorf("note that a stop was confirmed: %w", err)
	}
	return may, nil
}

// Listed is a point that may not be used.
type Listed struct {
	// Kind is the kind of point: email, phone and so on.
	Kind string
	Suppression
	// People are those who are reached there, and As how their records write it.
	People []id.Person
	As     string
}

// List are the points that may not be used, the newest first.
func (b *Book) List(ctx context.Context, most int) (out []Listed, err error) {
	if err := b.Flush(ctx); err != nil {
		return nil, err
	}
	rows, err := b.db.QueryContext(ctx, `SELECT point, kind, why, touch, at FROM act WHERE freed IS NULL ORDER BY at DESC, point LIMIT ?`, most)
	if err != nil {
		return nil, fmt.Errorf("list suppressed contact points: %w", err)
	}
	defer rows.Close()
	var points []token
	for rows.Next() {
		var l Listed
		var point []byte
		if err := rows.Scan(&point, &l.Kind, &l.Why, &l.Touch, &l.At); err != nil {
			return nil, fmt.Errorf("list suppressed contact points: %w", err)
		}
		if len(point) != len(token{}) {
			return nil, damaged(point)
		}
		points, out = append(points, token(point)), append(out, l)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list suppressed contact points: %w", err)
	}
	for i := range out {
		found, err := b.at(ctx, b.db, points[i])
		if err != nil {
			return nil, fmt.Errorf("list suppressed contact points: %w", err)
		}
		for _, r := range found {
			out[i].People, out[i].As = append(out[i].People, r.who), r.as.Address
		}
	}
	return out, nil
}
