package intake

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"attune/core/instant"
)

// QuarantineFilter says which quarantined events are meant; empty fields mean all.
type QuarantineFilter struct {
	Source, Field, Reason string
}

// QuarantineReason is why some events of a source could not be used.
type QuarantineReason struct {
	Source string
	Problem
	// Events are how many are kept for it; First and Last are when the oldest and the newest of them came.
	Events      int64
	First, Last instant.Time
}

const filtered = ` WHERE (?1 = '' OR source = ?1) AND (?2 = '' OR field = ?2) AND (?3 = '' OR reason = ?3)`

// Find returns the newest of some events, newest first, without their bytes.
func (q *Quarantine) Find(ctx context.Context, f QuarantineFilter, most int) ([]Quarantined, error) {
	rows, err := q.db.QueryContext(ctx, `SELECT id, at, source, field, reason, remedy FROM quarantined`+filtered+` ORDER BY n DESC LIMIT ?4`, f.Source, f.Field, f.Reason, most)
	if err != nil {
		return nil, fmt.Errorf("find quarantined events: %w", err)
	}
	defer rows.Close()
	var list []Quarantined
	for rows.Next() {
		var e Quarantined
		if err := rows.Scan(&e.ID, &e.At, &e.Source, &e.Field, &e.Reason, &e.Remedy); err != nil {
			return nil, fmt.Errorf("find quarantined events: %w", err)
		}
		list = append(list, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("find quarantined events: %w", err)
	}
	return list, nil
}

// Kept counts the events that are kept, of some.
func (q *Quarantine) Kept(ctx context.Context, f QuarantineFilter) (n int64, err error) {
	if err := q.db.QueryRowContext(ctx, `SELECT count(*) FROM quarantined`+filtered, f.Source, f.Field, f.Reason).Scan(&n); err != nil {
		return 0, fmt.Errorf("count kept quarantined events: %w", err)
	}
	return n, nil
}

// Reasons tells why events are kept, and how many for each reason, the most first.
func (q *Quarantine) Reasons(ctx context.Context) ([]QuarantineReason, error) {
	rows, err := q.db.QueryContext(ctx, `SELECT source, field, reason, max(remedy), count(*), min(at), max(at) FROM quarantined GROUP BY source, field, reason ORDER BY count(*) DESC, source, field, reason`)
	if err != nil {
		return nil, fmt.Errorf("count quarantined events: %w", err)
	}
	defer rows.Close()
	var list []QuarantineReason
	for rows.Next() {
		var r QuarantineReason
		if err := rows.Scan(&r.Source, &r.Field, &r.Reason, &r.Remedy, &r.Events, &r.First, &r.Last); err != nil {
			return nil, fmt.Errorf("count quarantined events: %w", err)
		}
		list = append(list, r)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("count quarantined events: %w", err)
	}
	return list, nil
}

// One returns an event with its bytes and how it came.
func (q *Quarantine) One(ctx context.Context, id string) (e Quarantined, err error) {
	err = q.db.QueryRowContext(ctx, `SELECT id, at, source, field, reason, remedy, how FROM quarantined WHERE id = ?`, id).
		Scan(&e.ID, &e.At, &e.Source, &e.Field, &e.Reason, &e.Remedy, &e.How)
	if errors.Is(err, sql.ErrNoRows) {
		return e, ErrNotQuarantined
	}
	if err != nil {
		return e, fmt.Errorf("read quarantined event: %w", err)
	}
	e.Raw, err = q.Raw(ctx, id)
	return e, err
}

// Again gives an event to take, which tells what is still wrong with it. If nothing is, the event leaves the quarantine; otherwise it stays, with
// that reason. One is given at a time, and none while somebody is forgotten.
func (q *Quarantine) Again(ctx context.Context, id string, take func(Quarantined) (*Problem, error)) (*Problem, error) {
	q.again.Lock()
	defer q.again.Unlock()
	e, err := q.One(ctx, id)
	if err != nil {
		return nil, err
	}
	problem, err := take(e)
	if err != nil {
		return nil, err
	}
	if problem == nil {
		return nil, q.drop(ctx, id)
	}
	if *problem != e.Problem {
		if _, err := q.db.ExecContext(ctx, `UPDATE quarantined SET field = ?, reason = ?, remedy = ? WHERE id = ?`, problem.Field, problem.Reason, problem.Remedy, id); err != nil {
			return nil, fmt.Errorf("say why an event is still quarantined: %w", err)
		}
	}
	return problem, nil
}

// Drop takes an event away. It stays counted.
func (q *Quarantine) Drop(ctx context.Context, id string) error {
	q.again.Lock()
	defer q.again.Unlock()
	if _, err := q.One(ctx, id); err != nil {
		return err
	}
	return q.drop(ctx, id)
}

// Again takes one event that could not be used before, as if it came now from the source: nil where it is in the log, and otherwise what
// is still wrong with it. It puts nothing into quarantine. heard tells whether the event is in its person's record already, so that it
// need not be taken; it may be nil.
func (i *Intake) Again(ctx context.Context, source Source, a Arrival, heard func(context.Context, *Arrival) (bool, error)) (*Problem, error) {
	if err := i.Room(); err != nil {
		return nil, err
	}
	now := i.now()
	a.Event.ReceivedAt = now
	if a.Problem != nil {
		return a.Problem, nil
	}
	if problem := i.ready(source, &a); problem != nil {
		return problem, nil
	}
	if heard != nil {
		if was, err := heard(ctx, &a); err != nil || was {
			return nil, err
		}
	}
	good := []Arrival{a}
	if err := i.append(ctx, good); err != nil {
		return nil, fmt.Errorf("take again from %s: %w", source.Name, err)
	}
	i.count(now, source, good, nil)
	return nil, nil //nolint:nilnil // nothing is wrong with it
}
