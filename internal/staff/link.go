package staff

import (
	"context"
	"database/sql"
	"encoding/hex"
	"errors"
	"time"
)

// Kind is what a link is for.
type Kind string

// The kinds of links.
const (
	Invited   Kind = "invited"
	Forgotten Kind = "forgotten"
)

// Lasts is how long a link of the kind works.
func (k Kind) Lasts() time.Duration {
	if k == Invited {
		return 72 * time.Hour
	}
	return time.Hour
}

// ErrNoLink tells that a link does not work: it is made up, was used, or its time is over.
var ErrNoLink = errors.New("this link was used before, or its time is over: ask for another one")

// link makes a link. It takes the place of one of its kind that the account had.
func (b *Book) link(ctx context.Context, tx *sql.Tx, account string, kind Kind) (string, error) {
	text, hash := secret()
	if _, err := tx.ExecContext(ctx, `DELETE FROM link WHERE account = ? AND kind = ? OR ends < ?`, account, string(kind), b.now().Unix()); err != nil {
		return "", err
	}
	done, err := tx.ExecContext(ctx, `INSERT INTO link (hash, account, kind, ends) SELECT ?, id, ?, ? FROM account WHERE id = ? AND disabled = 0`, hash, string(kind), b.now().Add(kind.Lasts()).Unix(), account)
	if err != nil {
		return "", err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return "", errors.Join(err, errors.New("the account is disabled, or there is none: attune staff enable gives access back"))
	}
	return text, nil
}

// perMailbox is how many links are sent to one address in a row: nobody's mailbox is filled by strangers.
func perMailbox() bound { return bound{free: 2, most: 15 * time.Minute} }

// Forgot makes a link for whoever has this address, for it to be sent there. ok is false where nobody has it, nobody who may come in, or where
// it was asked for just now.
func (b *Book) Forgot(ctx context.Context, email string) (a Account, link string, ok bool, err error) {
	key := "forgot " + hex.EncodeToString(b.emailKey(email))
	if b.throttle.wait(b.now(), key) > 0 {
		return a, "", false, nil
	}
	b.throttle.failed(b.now(), key, perMailbox())
	a, err = b.ByEmail(ctx, email)
	if errors.Is(err, ErrNoAccount) || err == nil && a.Disabled {
		return a, "", false, nil
	}
	if err == nil {
		err = b.change(ctx, func(tx *sql.Tx) (err error) {
			link, err = b.link(ctx, tx, a.ID, Forgotten)
			return err
		})
	}
	return a, link, err == nil, err
}

// Linked tells whose a link is, and does not use it up.
func (b *Book) Linked(ctx context.Context, link string) (a Account, kind Kind, err error) {
	a, err = b.scan(b.db.QueryRowContext(ctx, `SELECT `+accountColumns+`, link.kind FROM link JOIN account ON account.id = link.account WHERE link.hash = ? AND link.ends > ? AND account.disabled = 0`,
		hashOf(link), b.now().Unix()), &kind)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNoLink
	}
	return a, kind, err
}

// Redeem uses a link up, for a password. All that was open for the account ends.
func (b *Book) Redeem(ctx context.Context, link, password string) (Account, error) {
	a, _, err := b.Linked(ctx, link)
	if err != nil {
		return a, err
	}
	if err := checkPassword(password, a.Name, a.Email); err != nil {
		return a, err
	}
	hash, err := b.hash(ctx, password)
	if err != nil {
		return a, err
	}
	return a, b.change(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM link WHERE hash = ?`, hashOf(link)) // of two at once, one finds it
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNoLink)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE account SET password = ? WHERE id = ?`, hash, a.ID); err != nil {
			return err
		}
		return end(ctx, tx, a.ID)
	})
}
