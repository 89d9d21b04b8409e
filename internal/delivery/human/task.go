package human

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"attune/core/channel"
	"attune/core/id"
	"attune/core/instant"
)

// Task is one contact for the team to make, without what it says and to whom.
type Task struct {
	// ID is the attempt that brought it.
	ID                                 id.Key
	Person                             id.Person
	Touch                              id.Key
	At                                 instant.Time
	Channel, Program, Engagement, Team string
	Class                              channel.Class
	Value                              float64
	Expires                            instant.Time
	// Due is from when it is to be made, Wished that the person asked for that time, and Tries how often
	// it was tried.
	Due    instant.Time
	Wished bool
	Tries  int
	// Ended is when it was over and Why for what reason; zero and empty while it is open.
	Ended instant.Time
	Why   string
}

// Script is what a task says to whom.
type Script struct{ To, Language, Subject, Body string }

// name binds what lies in the clear beside a sealed script to it, so that one that was altered does not
// open.
func (t *Task) name() []byte {
	b := append(t.ID[:], t.Touch[:]...)
	b = binary.BigEndian.AppendUint64(b, uint64(t.At))
	return append(b, t.Channel...)
}

// Rank puts tasks into the order in which to do them: what the person asked for at this time, then by
// class, value, and how long they wait.
func Rank(tasks []Task) {
	slices.SortFunc(tasks, func(a, b Task) int {
		return cmp.Or(
			-cmp.Compare(number(a.Wished), number(b.Wished)),
			cmp.Compare(slices.Index(channel.Classes(), a.Class), slices.Index(channel.Classes(), b.Class)),
			cmp.Compare(b.Value, a.Value), cmp.Compare(a.Due, b.Due), slices.Compare(a.ID[:], b.ID[:]),
		)
	})
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

const columns = `id, person, touch, at, channel, program, engagement, team, class, value, expires, due, wished, tries, ended, why`

// Open lists the tasks that are not over, in the order in which to do them.
func (q *Queue) Open(ctx context.Context) ([]Task, error) {
	out, err := q.list(ctx, `WHERE ended = 0`)
	Rank(out)
	return out, err
}

// Ended lists tasks that were over since an instant, the newest first.
func (q *Queue) Ended(ctx context.Context, since instant.Time) ([]Task, error) {
	return q.list(ctx, `WHERE ended > ? ORDER BY ended DESC, id`, int64(max(since, 0)))
}

// Get returns a task.
func (q *Queue) Get(ctx context.Context, key id.Key) (Task, bool, error) {
	out, err := q.list(ctx, `WHERE id = ?`, key[:])
	if err != nil || len(out) == 0 {
		return Task{}, false, err
	}
	return out[0], true, nil
}

// Starting finds tasks, also such as are over, whose ids begin so.
func (q *Queue) Starting(ctx context.Context, begins string) ([]Task, error) {
	return q.list(ctx, `WHERE substr(lower(hex(id)), 1, length(?)) = ?`, begins, begins)
}

func (q *Queue) list(ctx context.Context, which string, args ...any) (all []Task, err error) {
	rows, err := q.db.QueryContext(ctx, `SELECT `+columns+` FROM task `+which, args...)
	if err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var t Task
		var key, person, touch []byte
		err := rows.Scan(&key, &person, &touch, &t.At, &t.Channel, &t.Program, &t.Engagement, &t.Team, &t.Class, &t.Value, &t.Expires, &t.Due, &t.Wished, &t.Tries, &t.Ended, &t.Why)
		if err == nil && (copy(t.ID[:], key) != 16 || copy(t.Person[:], person) != 16 || copy(t.Touch[:], touch) != 16) {
			err = errors.New("a task has a damaged id")
		}
		if err != nil {
			return nil, fmt.Errorf("list tasks: %w", err)
		}
		all = append(all, t)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	return all, nil
}

// Script opens what a task says. It does not open once the person was erased.
func (q *Queue) Script(ctx context.Context, t *Task) (Script, error) {
	var sealed []byte
	err := q.db.QueryRowContext(ctx, `SELECT sealed FROM task WHERE id = ?`, t.ID[:]).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return Script{}, &ClosedError{t.ID.String(), ""}
	}
	var plain []byte
	if err == nil {
		plain, err = q.cfg.Sealer.Open(t.Person, Kind, t.name(), sealed)
	}
	var s Script
	if err == nil {
		s, err = unframe(plain)
	}
	if err != nil {
		return Script{}, fmt.Errorf("open task %s: %w", t.ID, err)
	}
	return s, nil
}

// frame writes the sealed parts one after the other, each behind its length: exact for any bytes. The
// first byte is the version of the form.
func frame(s Script) []byte {
	b := []byte{1}
	for _, part := range []string{s.To, s.Language, s.Subject, s.Body} {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	return b
}

// unframe reads what frame wrote and nothing else.
func unframe(b []byte) (s Script, err error) {
	if len(b) == 0 || b[0] != 1 {
		return s, errors.New("the sealed task is of an unknown form")
	}
	b = b[1:]
	for _, part := range []*string{&s.To, &s.Language, &s.Subject, &s.Body} {
		n, k := binary.Uvarint(b)
		if k <= 0 || n > uint64(len(b)-k) {
			return Script{}, errors.New("the sealed task is cut short")
		}
		*part, b = string(b[k:k+int(n)]), b[k+int(n):]
	}
	if len(b) != 0 {
		return Script{}, errors.New("the sealed task has bytes left over")
	}
	return s, nil
}
