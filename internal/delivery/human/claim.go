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

// Pass gives a piece of work to somebody else, who has it from now on until the claim runs out. Only nobody's work, and one's own, is given.
func (q *Queue) Pass(ctx context.Context, work id.Key, by, to string, now instant.Time) (Claim, error) {
	c := Claim{to, now.Add(ClaimFor)}
	rows, err := q.change(ctx, `
		INSERT INTO claim (id, who, until) VALUES (?, ?, ?)
		ON CONFLICT (id) DO UPDATE SET who = excluded.who, until = excluded.until WHERE claim.who = ? OR claim.until <= ?`,
		work[:], to, int64(c.Until), by, int64(now))
	if err != nil {
		return Claim{}, fmt.Errorf("hand over %s: %w", work, err)
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

// Drop forgets whose a piece of work is, and who put it off, since it is over.
func (q *Queue) Drop(ctx context.Context, work id.Key) error {
	err := q.write(ctx, `DELETE FROM claim WHERE id = ?`, work[:])
	if err == nil {
		err = q.write(ctx, `DELETE FROM put_off WHERE id = ?`, work[:])
	}
	if err != nil {
		return fmt.Errorf("give back %s: %w", work, err)
	}
	return nil
}

// PutOff lets somebody not be reminded of a piece of work until then; where that is over already, they are again. What ran out is forgotten.
func (q *Queue) PutOff(ctx context.Context, who string, work id.Key, until, now instant.Time) error {
	err := q.write(ctx, `INSERT INTO put_off (who, id, until) VALUES (?, ?, ?) ON CONFLICT (who, id) DO UPDATE SET until = excluded.until`, who, work[:], int64(until))
	if err == nil {
		err = q.write(ctx, `DELETE FROM put_off WHERE until <= ?`, int64(now))
	}
	if err != nil {
		return fmt.Errorf("put off %s: %w", work, err)
	}
	return nil
}

// PutOffs tells what somebody put off, and until when.
func (q *Queue) PutOffs(ctx context.Context, who string, now instant.Time) (_ map[id.Key]instant.Time, err error) {
	rows, err := q.db.QueryContext(ctx, `SELECT id, until FROM put_off WHERE who = ? AND until > ?`, who, int64(now))
	if err != nil {
		return nil, fmt.Errorf("find out what was put off: %w", err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	out := map[id.Key]instant.Time{}
	for rows.Next() {
		var work []byte
		var until instant.Time
		if err := rows.Scan(&work, &until); err != nil {
			return nil, fmt.Errorf("find out what was put off: %w", err)
		}
		if len(work) == len(id.Key{}) {
			out[id.Key(work)] = until
		}
	}
	return out, rows.Err()
}
