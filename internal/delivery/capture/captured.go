package capture

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/delivery"
)

// Captured is one message in the box.
type Captured struct {
	// Seq is its place in the order of taking, from 1.
	Seq int64
	// Message is what would have been sent. Its At is exact to the millisecond and in UTC.
	Message delivery.Message
	// Err is set when the message cannot be opened, for example because the person was erased. The
	// sealed parts (To, Language, Subject, Body) are then empty.
	Err error
}

// Newest returns the last n messages taken, newest first.
func (b *Box) Newest(ctx context.Context, n int) ([]Captured, error) {
	return b.list(ctx, `ORDER BY seq DESC LIMIT ?`, max(n, 0))
}

// Of returns the person's messages in the order they were taken.
func (b *Box) Of(ctx context.Context, p id.Person) ([]Captured, error) {
	return b.list(ctx, `WHERE person = ? ORDER BY seq`, p[:])
}

// Count tells how many messages the box has.
func (b *Box) Count(ctx context.Context) (int, error) {
	var n int
	if err := b.db.QueryRowContext(ctx, `SELECT count(*) FROM captured`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count captured messages: %w", err)
	}
	return n, nil
}

func (b *Box) list(ctx context.Context, which string, args ...any) (all []Captured, err error) {
	rows, err := b.db.QueryContext(ctx, `SELECT attempt, seq, person, touch, at, channel, sealed FROM captured `+which, args...)
	if err != nil {
		return nil, fmt.Errorf("list captured messages: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		c, err := b.scan(rows)
		if err != nil {
			return nil, fmt.Errorf("list captured messages: %w", err)
		}
		all = append(all, c)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list captured messages: %w", err)
	}
	return all, nil
}

func (b *Box) scan(rows *sql.Rows) (Captured, error) {
	var (
		c                              Captured
		at                             int64
		attempt, person, touch, sealed []byte
	)
	m := &c.Message
	if err := rows.Scan(&attempt, &c.Seq, &person, &touch, &at, &m.Channel, &sealed); err != nil {
		return c, err
	}
	if copy(m.Attempt[:], attempt) != 16 || copy(m.Person[:], person) != 16 || copy(m.Touch[:], touch) != 16 {
		c.Err = fmt.Errorf("captured message %d has a damaged id", c.Seq)
		return c, nil
	}
	m.At = instant.Time(at).Std()
	plain, err := b.seal.Open(m.Person, Kind, nameOf(*m), sealed)
	if err == nil {
		err = unframe(m, plain)
	}
	if err != nil {
		c.Err = fmt.Errorf("open captured attempt %s: %w", m.Attempt, err)
	}
	return c, nil
}

// nameOf binds what lies in the clear beside a sealed message to it: a row whose attempt, touch,
// instant or channel was altered does not open.
func nameOf(m delivery.Message) []byte {
	b := append(m.Attempt[:], m.Touch[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(instant.Of(m.At)))
	return append(b, m.Channel...)
}

// frame writes the sealed parts one after the other, each behind its length: exact for any bytes,
// where JSON would replace what is not UTF-8. The first byte is the version of the form.
func frame(m delivery.Message) []byte {
	b := []byte{1}
	for _, s := range []string{m.To, m.Language, m.Subject, m.Body} {
		b = binary.AppendUvarint(b, uint64(len(s)))
		b = append(b, s...)
	}
	return b
}

// unframe reads what frame wrote and nothing else.
func unframe(m *delivery.Message, b []byte) error {
	if len(b) == 0 || b[0] != 1 {
		return errors.New("the sealed message is of an unknown form")
	}
	b = b[1:]
	for _, s := range []*string{&m.To, &m.Language, &m.Subject, &m.Body} {
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			return errors.New("the sealed message is cut short")
		}
		*s, b = string(b[k:k+int(n)]), b[k+int(n):]
	}
	if len(b) != 0 {
		return errors.New("the sealed message has bytes left over")
	}
	return nil
}
