package human

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"attune/core/id"
	"attune/core/instant"
)

// ClaimFor is how long a claim holds, so that nothing is stuck with somebody who went home.
const ClaimFor = 30 * instant.Minute

// Claim is that somebody does a piece of work. Work is a task, or what a program asked for otherwise: a
// claim goes by the id alone.
type Claim struct {
	By    string
	Until instant.Time
}

// TakenError tells that somebody else does it.
type TakenError struct {
	Work string
	Claim
}

func (e *TakenError) Error() string {
	return fmt.Sprintf("%.8s is claimed by %s until %s", e.Work, e.By, e.Until)
}

// Claim lets somebody do a piece of work, from now until the claim runs out. Of two who claim at once one
// gets it. Who has it already has it for longer.
func (q *Queue) Claim(ctx context.Context, work id.Key, by string, now instant.Time) (Claim, error) {
	c := Claim{by, now.Add(ClaimFor)}
	rows, err := q.change(ctx, `
		INSERT INTO claim (id, who, until) VALUES (?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET who = excluded.who, until = excluded.until WHERE claim.who = excluded.who OR claim.until <= ?`,
		work[:], by, int64(c.Until), int64(now))
	if err != nil {
		return Claim{}, fmt.Errorf("claim %s: %w", work, err)
	}
	if rows == 0 {
		return Claim{}, q.Free(ctx, work, by, now)
	}
	return c, nil
}

// Free returns a *TakenError where somebody else than by does a piece of work now.
func (q *Queue) Free(ctx context.Context, work id.Key, by string, now instant.Time) error {
	c, claimed, err := q.Claimed(ctx, work, now)
	if err != nil || !claimed || c.By == by {
		return err
	}
	return &TakenError{work.String(), c}
}

// Claimed tells who does a piece of work now.
func (q *Queue) Claimed(ctx context.Context, work id.Key, now instant.Time) (c Claim, claimed bool, err error) {
	err = q.db.QueryRowContext(ctx, `SELECT who, until FROM claim WHERE id = ? AND until > ?`, work[:], int64(now)).Scan(&c.By, &c.Until)
	if errors.Is(err, sql.ErrNoRows) {
		return Claim{}, false, nil
	}
	if err != nil {
		return Claim{}, false, fmt.Errorf("find out who does %s: %w", work, err)
	}
	return c, true, nil
}

// Claims tells who does what now.
func (q *Queue) Claims(ctx context.Context, now instant.Time) (_ map[id.Key]Claim, err error) {
	rows, err := q.db.QueryContext(ctx, `SELECT id, who, until FROM claim WHERE until > ?`, int64(now))
	if err != nil {
		return nil, fmt.Errorf("find out who does what: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out := map[id.Key]Claim{}
	for rows.Next() {
		var work []byte
		var c Claim
		if err := rows.Scan(&work, &c.By, &c.Until); err != nil {
			return nil, fmt.Errorf("find out who does what: %w", err)
		}
		if len(work) == len(id.Key{}) {
			out[id.Key(work)] = c
		}
	}
	return out, rows.Err()
}

// Release gives a piece of work back. It tells whether by had it.
func (q *Queue) Release(ctx context.Context, work id.Key, by string) (bool, error) {
	rows, err := q.change(ctx, `DELETE FROM claim WHERE id = ? AND who = ?`, work[:], by)
	if err != nil {
		return false, fmt.Errorf("give back %s: %w", work, err)
	}
	return rows > 0, nil
}

// Drop forgets whose a piece of work is, since it is over.
func (q *Queue) Drop(ctx context.Context, work id.Key) error {
	if err := q.write(ctx, `DELETE FROM claim WHERE id = ?`, work[:]); err != nil {
		return fmt.Errorf("give back %s: %w", work, err)
	}
	return nil
}
