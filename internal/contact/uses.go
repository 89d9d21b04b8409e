package contact

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"attune/core/id"
	"attune/internal/seal"
	"attune/internal/sqlitefile"
)

// pending is what was said of people's addresses and is not in the file yet. It may wait: whoever asks
// for the users of a point writes it first, and after a crash it is found again in their states.
type pending struct {
	mu     sync.Mutex
	people map[id.Person][]Address
	// frame is the newest commit of which everything was said, written the one that the file knows of.
	frame, written int64
}

// many is how many people's addresses are gathered before they are written, and lag how many commits
// without any may go by.
const (
	many = 500
	lag  = 5000
)

// due tells that it is time to write.
func (p *pending) due() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.people) >= many || p.frame-p.written >= lag
}

// take empties the gathered, and tells up to which commit nothing is missing then.
func (p *pending) take() (people map[id.Person][]Address, frame int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	people, p.people = p.people, map[id.Person][]Address{}
	return people, p.frame
}

// wrote notes that the file knows of all commits up to one.
func (p *pending) wrote(frame int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.written = frame
}

// forget drops the gathered, and how far it came.
func (p *pending) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.people, p.frame, p.written = map[id.Person][]Address{}, 0, 0
}

// giveBack puts back what could not be written, unless something newer was said meanwhile.
func (p *pending) giveBack(people map[id.Person][]Address) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for who, points := range people {
		if _, newer := p.people[who]; !newer {
			p.people[who] = points
		}
	}
}

// Uses notes that the person is reached at these addresses, and at no others, as of a commit. Commits
// come in their order, with everybody they changed.
func (b *Book) Uses(ctx context.Context, who id.Person, frame int64, addresses []Address) error {
	b.pending.mu.Lock()
	b.pending.people[who] = addresses
	b.pending.mu.Unlock()
	return b.Passed(ctx, frame)
}

// Passed notes that a commit changed somebody. Others that it changed may follow.
func (b *Book) Passed(ctx context.Context, frame int64) error {
	b.pending.mu.Lock()
	b.pending.frame = max(b.pending.frame, frame-1)
	b.pending.mu.Unlock()
	if b.pending.due() {
		return b.Flush(ctx)
	}
	return nil
}

// Known notes that nothing is missing of all commits up to this one.
func (b *Book) Known(ctx context.Context, frame int64) error {
	b.pending.mu.Lock()
	b.pending.frame = max(b.pending.frame, frame)
	b.pending.mu.Unlock()
	return b.Flush(ctx)
}

// Nothing is the Frame of a new file: it knows neither who is reached where nor what was suppressed.
const Nothing = -1

// Frame is the newest commit of which nothing is missing in the file; 0 means that everybody's
// addresses are to be said again, and Nothing that what was suppressed is, too.
func (b *Book) Frame(ctx context.Context) (frame int64, err error) {
	if err := b.db.QueryRowContext(ctx, `SELECT frame FROM about`).Scan(&frame); err != nil {
		return 0, fmt.Errorf("read how far contact points are known: %w", err)
	}
	return frame, nil
}

// Anew forgets who is reached where, to be said anew. What is suppressed stays.
func (b *Book) Anew(ctx context.Context) error {
	b.pending.forget()
	err := b.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE about SET frame = 0`); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM use`)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget who is reached where: %w", err)
	}
	return nil
}

// Flush writes what was gathered.
func (b *Book) Flush(ctx context.Context) error {
	b.pending.mu.Lock()
	nothing := len(b.pending.people) == 0 && b.pending.frame == b.pending.written
	b.pending.mu.Unlock()
	if nothing {
		return nil
	}
	if err := b.change(ctx, func(*sql.Tx) error { return nil }); err != nil {
		return fmt.Errorf("write contact points: %w", err)
	}
	return nil
}

// write stores the gathered, in a fixed order.
func (b *Book) write(ctx context.Context, tx *sql.Tx, people map[id.Person][]Address, frame int64) error {
	order := make([]id.Person, 0, len(people))
	for who := range people {
		order = append(order, who)
	}
	slices.SortFunc(order, func(x, y id.Person) int { return slices.Compare(x[:], y[:]) })
	for _, who := range order {
		if err := b.writeOne(ctx, tx, who, people[who]); err != nil {
			return err
		}
	}
	if frame == b.pending.written {
		return nil
	}
	_, err := tx.ExecContext(ctx, `UPDATE about SET frame = max(frame, ?)`, frame)
	return err
}

// use is how somebody's own record writes the address of a point.
type use struct {
	as     Address
	sealed []byte
}

func (b *Book) writeOne(ctx context.Context, tx *sql.Tx, who id.Person, addresses []Address) error {
	var order []token
	is := map[token]use{}
	for _, a := range addresses {
		point, _ := b.points(a)
		if _, known := is[point]; known {
			continue
		}
		sealed, err := b.cfg.Keys.Seal(who, seal.Contact, point[:], []byte(a.Channel+"\x00"+a.Address))
		if gone(err) {
			break // there is nobody any more
		}
		if err != nil {
			return err
		}
		order, is[point] = append(order, point), use{a, sealed}
	}
	was, err := b.usesOf(ctx, tx, who)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(inOrder(was), func(point token) bool { _, still := is[point]; return still })
	if err := b.leave(ctx, tx, who, left); err != nil {
		return err
	}
	for _, point := range order {
		sealed, before := was[point]
		if before && bytes.Equal(sealed, is[point].sealed) {
			continue
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO use VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET sealed = excluded.sealed`, point[:], who[:], is[point].sealed); err != nil {
			return err
		}
		if err := b.catchUp(ctx, tx, point, who, is[point].as); err != nil {
			return err
		}
		if before {
			if err := b.writtenAnew(ctx, tx, point, who, sealed); err != nil {
				return err
			}
		}
		if err := b.tellSharing(ctx, tx, point, reached{who, is[point].as}); err != nil {
			return err
		}
	}
	return nil
}

// inOrder are the points of somebody's uses, in a fixed order.
func inOrder(of map[token][]byte) []token {
	return slices.SortedFunc(maps.Keys(of), func(x, y token) int { return slices.Compare(x[:], y[:]) })
}

func (b *Book) usesOf(ctx context.Context, tx *sql.Tx, who id.Person) (map[token][]byte, error) {
	rows, err := tx.QueryContext(ctx, `SELECT point, sealed FROM use WHERE person = ?`, who[:])
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := map[token][]byte{}
	for rows.Next() {
		var point, sealed []byte
		if err := rows.Scan(&point, &sealed); err != nil {
			return nil, err
		}
		if len(point) != len(token{}) {
			return nil, damaged(point)
		}
		out[token(point)] = sealed
	}
	return out, rows.Err()
}

func damaged(b []byte) error {
	return fmt.Errorf("a point or person has %d bytes: the file is damaged", len(b))
}

// reached is somebody at a point, and how their own record writes it.
type reached struct {
	who id.Person
	as  Address
}

// at finds who is reached at a point, in a fixed order. Who was erased is not.
func (b *Book) at(ctx context.Context, tx querier, point token) (out []reached, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT person, sealed FROM use WHERE point = ? ORDER BY person`, point[:])
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var who, sealed []byte
		if err := rows.Scan(&who, &sealed); err != nil {
			return nil, err
		}
		if len(who) != len(id.Person{}) {
			return nil, damaged(who)
		}
		r, err := b.reached(id.Person(who), point, sealed)
		if gone(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, rows.Err()
}

func (b *Book) reached(who id.Person, point token, sealed []byte) (reached, error) {
	plain, err := b.cfg.Keys.Open(who, seal.Contact, point[:], sealed)
	by, address, _ := strings.Cut(string(plain), "\x00")
	return reached{who, Address{by, address}}, err
}

// querier is a database or a transaction.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// Users are the people reached at an address, in a fixed order.
func (b *Book) Users(ctx context.Context, of Address) (people []id.Person, err error) {
	if err := b.Flush(ctx); err != nil {
		return nil, err
	}
	point, _ := b.points(of)
	found, err := b.at(ctx, b.db, point)
	if err != nil {
		return nil, fmt.Errorf("find who is reached at an address: %w", err)
	}
	for _, r := range found {
		people = append(people, r.who)
	}
	return people, nil
}

// Forget takes a person out of the book: where they are reached, and what was to be told them. What is
// suppressed stays so, for a hash says nothing about them.
func (b *Book) Forget(ctx context.Context, who id.Person) error {
	err := b.change(ctx, func(tx *sql.Tx) error {
		was, err := b.usesOf(ctx, tx, who)
		if err != nil {
			return err
		}
		if err := b.leave(ctx, tx, who, inOrder(was)); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM sharing WHERE person = ?`, who[:]); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM outbox WHERE person = ?`, who[:])
		return err
	})
	if err == nil {
		err = sqlitefile.Empty(ctx, b.db)
	}
	if err != nil {
		return fmt.Errorf("forget %s: %w", who, err)
	}
	return nil
}

// gone tells that a person's key was erased: there is nobody to be told anything.
func gone(err error) bool { return errors.Is(err, seal.ErrNoKey) }
