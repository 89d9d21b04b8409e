package staff

import (
	"context"
	"database/sql"
	"errors"
)

// ErrUnknownIdentity tells that nobody is known by what another system says of them.
var ErrUnknownIdentity = errors.New("nobody here is known by this account")

// ByIdentity finds the account of somebody whom another system knows by this subject. The first time it is found by an address that the system
// made sure of, and only if it was invited and has no password yet: whoever can have an address there cannot take an account that is in use.
func (b *Book) ByIdentity(ctx context.Context, issuer, subject, email string) (a Account, err error) {
	err = b.change(ctx, func(tx *sql.Tx) error {
		a, err = b.scan(tx.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM identity JOIN account ON account.id = identity.account WHERE issuer = ? AND subject = ?`, issuer, subject))
		if err == nil && a.Disabled {
			err = ErrUnknownIdentity
		}
		if !errors.Is(err, sql.ErrNoRows) {
			return err
		}
		if email == "" {
			return ErrUnknownIdentity
		}
		a, err = b.scan(tx.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM account WHERE email_key = ? AND disabled = 0 AND password = '' AND id NOT IN (SELECT account FROM identity)`, b.emailKey(email)))
		if errors.Is(err, sql.ErrNoRows) {
			return ErrUnknownIdentity
		}
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO identity (issuer, subject, account) VALUES (?,?,?)`, issuer, subject, a.ID); err != nil {
			return err
		}
		return end(ctx, tx, a.ID) // the invitation is used up
	})
	return a, err
}
