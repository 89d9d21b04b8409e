package staff

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Stage is how far somebody has come in.
type Stage string

// The stages. Only Whole lets anybody do anything.
const (
	// Second waits for a second factor, and Enrol for one to be set up.
	Second Stage = "second"
	Enrol  Stage = "enrol"
	Whole  Stage = "whole"
)

// How long sessions last: all in all, and without a request. What is not whole lasts as long as it takes to find one's telephone.
const (
	SessionTime = 12 * time.Hour
	IdleTime    = 30 * time.Minute
	StageTime   = 15 * time.Minute
	// seenEvery is how finely it is kept when somebody was last there.
	seenEvery = time.Minute
)

// Session is somebody who is signed in on one device.
type Session struct {
	ID      string    `json:"id"`
	Account string    `json:"account"`
	Stage   Stage     `json:"stage"`
	Made    time.Time `json:"made"`
	Seen    time.Time `json:"seen"`
	// Device is what the browser says of itself.
	Device string `json:"device"`

	pending []byte
}

// ErrNoSession tells that there is no such session, or not any more.
var ErrNoSession = errors.New("nobody is signed in")

// Begin opens a session and returns its secret, which is kept nowhere.
func (b *Book) Begin(ctx context.Context, account string, stage Stage, device string) (text string, s Session, err error) {
	err = b.change(ctx, func(tx *sql.Tx) (err error) {
		text, s, err = b.begin(ctx, tx, account, stage, device)
		return err
	})
	return text, s, err
}

func (b *Book) begin(ctx context.Context, tx *sql.Tx, account string, stage Stage, device string) (string, Session, error) {
	text, hash := secret()
	now := b.now()
	if len(device) > 200 {
		device = device[:200]
	}
	lasts := StageTime
	if stage == Whole {
		lasts = SessionTime
	}
	s := Session{ID: newID(), Account: account, Stage: stage, Made: now, Seen: now, Device: device}
	if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE ends < ?`, now.Unix()); err != nil {
		return "", s, err
	}
	done, err := tx.ExecContext(ctx, `INSERT INTO session (hash, id, account, stage, made, seen, ends, device) SELECT ?,?,id,?,?,?,?,? FROM account WHERE id = ? AND disabled = 0`,
		hash, s.ID, string(stage), now.Unix(), now.Unix(), now.Add(lasts).Unix(), device, account)
	if err != nil {
		return "", s, err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return "", s, errors.Join(err, ErrNoSession)
	}
	return text, s, nil
}

// Lookup finds the session of a secret and its account, as they are at this moment. renew says that its owner did something, so
// that the session goes on; a page that renews itself does not.
func (b *Book) Lookup(ctx context.Context, text string, renew bool) (s Session, a Account, err error) {
	var made, seen int64
	now := b.now()
	a, err = b.scan(b.db.QueryRowContext(ctx, `SELECT `+accountColumns+`, session.id, session.stage, session.made, session.seen, session.device, session.pending
		FROM session JOIN account ON account.id = session.account WHERE session.hash = ? AND session.ends > ? AND session.seen > ? AND account.disabled = 0`,
		hashOf(text), now.Unix(), now.Add(-IdleTime).Unix()), &s.ID, &s.Stage, &made, &seen, &s.Device, &s.pending)
	if errors.Is(err, sql.ErrNoRows) {
		return s, a, ErrNoSession
	}
	if err != nil {
		return s, a, fmt.Errorf("look up a session: %w", err)
	}
	s.Account, s.Made, s.Seen = a.ID, time.Unix(made, 0).UTC(), time.Unix(seen, 0).UTC()
	if renew && now.Sub(s.Seen) >= seenEvery {
		s.Seen = now
		if _, err := b.db.ExecContext(ctx, `UPDATE session SET seen = ? WHERE hash = ?`, now.Unix(), hashOf(text)); err != nil {
			return s, a, fmt.Errorf("renew a session: %w", err)
		}
	}
	return s, a, nil
}

// Sessions are those in which an account is signed in, the newest first.
func (b *Book) Sessions(ctx context.Context, account string) ([]Session, error) {
	rows, err := b.db.QueryContext(ctx, `SELECT id, stage, made, seen, device FROM session WHERE account = ? AND stage = ? AND ends > ? AND seen > ? ORDER BY made DESC, id`,
		account, string(Whole), b.now().Unix(), b.now().Add(-IdleTime).Unix())
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	defer rows.Close()
	out := []Session{}
	for rows.Next() {
		s := Session{Account: account}
		var made, seen int64
		if err := rows.Scan(&s.ID, &s.Stage, &made, &seen, &s.Device); err != nil {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		s.Made, s.Seen = time.Unix(made, 0).UTC(), time.Unix(seen, 0).UTC()
		out = append(out, s)
	}
	return out, rows.Err()
}

// End ends the session of a secret; there may be none.
func (b *Book) End(ctx context.Context, text string) error {
	_, err := b.db.ExecContext(ctx, `DELETE FROM session WHERE hash = ?`, hashOf(text))
	return err
}

// EndOne ends one of an account's sessions, or all but that one.
func (b *Book) EndOne(ctx context.Context, account, id string) error {
	_, err := b.db.ExecContext(ctx, `DELETE FROM session WHERE account = ? AND id = ?`, account, id)
	return err
}

// EndOthers ends all of an account's sessions but one.
func (b *Book) EndOthers(ctx context.Context, account, but string) error {
	_, err := b.db.ExecContext(ctx, `DELETE FROM session WHERE account = ? AND id <> ?`, account, but)
	return err
}

// raise puts a whole session in the place of one that waited, with another secret.
func (b *Book) raise(ctx context.Context, tx *sql.Tx, text string) (string, Session, error) {
	var account, device string
	err := tx.QueryRowContext(ctx, `DELETE FROM session WHERE hash = ? AND ends > ? RETURNING account, device`, hashOf(text), b.now().Unix()).Scan(&account, &device)
	if errors.Is(err, sql.ErrNoRows) {
		return "", Session{}, ErrNoSession
	}
	if err != nil {
		return "", Session{}, err
	}
	return b.begin(ctx, tx, account, Whole, device)
}

// ChangePassword gives whoever is signed in with this secret another password. All their sessions end, and a new one begins.
func (b *Book) ChangePassword(ctx context.Context, text, current, next string) (string, Session, error) {
	s, a, err := b.Lookup(ctx, text, true)
	if err == nil && s.Stage != Whole {
		err = ErrNoSession
	}
	if err == nil {
		err = b.Confirm(ctx, a, current)
	}
	if err == nil {
		err = checkPassword(next, a.Name, a.Email)
	}
	if err != nil {
		return "", s, err
	}
	hash, err := b.hash(ctx, next)
	if err != nil {
		return "", s, err
	}
	var fresh string
	err = b.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE account SET password = ? WHERE id = ?`, hash, a.ID); err != nil {
			return err
		}
		if err := end(ctx, tx, a.ID); err != nil {
			return err
		}
		fresh, s, err = b.begin(ctx, tx, a.ID, Whole, s.Device)
		return err
	})
	return fresh, s, err
}

// Whose tells whom a secret is or was of that lets nobody in: a session that is not whole, or a token that has ended. It is nobody's where that is not
// known any more.
func (b *Book) Whose(ctx context.Context, text string) (kind, id string, err error) {
	if text == "" {
		return "", "", nil
	}
	err = b.db.QueryRowContext(ctx, `SELECT 'account', account FROM session WHERE hash = ?1 UNION ALL SELECT 'key', id FROM token WHERE hash = ?1 UNION ALL SELECT 'service', service FROM service_token WHERE hash = ?1`,
		hashOf(text)).Scan(&kind, &id)
	if errors.Is(err, sql.ErrNoRows) {
		return "", "", nil
	}
	return kind, id, err
}
