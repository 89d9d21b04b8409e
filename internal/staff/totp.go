package staff

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"database/sql"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"
)

// A code is of thirty seconds, and one before and one after are taken, since clocks differ (RFC 6238, 5.2).
const (
	totpPeriod = 30
	totpSkew   = 1
)

// recoveryCodes is how many there are, of fifty bits each.
const recoveryCodes = 10

// ErrCode tells that a code is wrong, was used, or is too old.
var ErrCode = errors.New("this code is not right, or was used before: wait for the next one")

// ProposeTOTP draws a secret for whoever is signed in with this session, to be confirmed by a code. Until then nothing changes.
// It returns the otpauth address that an authenticator takes.
func (b *Book) ProposeTOTP(ctx context.Context, text, issuer string) (*otp.Key, error) {
	s, a, err := b.Lookup(ctx, text, true)
	if err != nil {
		return nil, err
	}
	if s.Stage == Second {
		return nil, ErrNoSession
	}
	if s.pending != nil { // the same one again when the page is opened again
		plain, err := b.seal.Open(nil, nil, s.pending, []byte("pending "+s.ID))
		if err != nil {
			return nil, fmt.Errorf("read what a session proposed: %w", err)
		}
		return otp.NewKeyFromURL(string(plain))
	}
	key, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: a.Email, Period: totpPeriod, SecretSize: 20})
	if err != nil {
		return nil, fmt.Errorf("draw a secret: %w", err)
	}
	_, err = b.db.ExecContext(ctx, `UPDATE session SET pending = ? WHERE hash = ?`, b.seal.Seal(nil, nil, []byte(key.URL()), []byte("pending "+s.ID)), hashOf(text))
	return key, err
}

// ConfirmTOTP makes the proposed secret the account's, if the code is of it. It returns the secret of a new session, in the place of all
// others, and the recovery codes, which are shown this once.
func (b *Book) ConfirmTOTP(ctx context.Context, text, code string) (fresh string, s Session, recovery []string, err error) {
	s, a, err := b.Lookup(ctx, text, true)
	if err != nil {
		return "", s, nil, err
	}
	if s.Stage == Second || s.pending == nil {
		return "", s, nil, ErrNoSession
	}
	plain, err := b.seal.Open(nil, nil, s.pending, []byte("pending "+s.ID))
	if err != nil {
		return "", s, nil, fmt.Errorf("read what a session proposed: %w", err)
	}
	key, err := otp.NewKeyFromURL(string(plain))
	if err != nil {
		return "", s, nil, err
	}
	step, ok := b.step(key.Secret(), code)
	if !ok {
		return "", s, nil, ErrCode
	}
	err = b.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE account SET totp = ?, totp_step = ? WHERE id = ?`, b.seal.Seal(nil, nil, []byte(key.Secret()), []byte("totp "+a.ID)), step, a.ID); err != nil {
			return err
		}
		if recovery, err = b.drawRecovery(ctx, tx, a.ID); err != nil {
			return err
		}
		if err := end(ctx, tx, a.ID); err != nil {
			return err
		}
		fresh, s, err = b.begin(ctx, tx, a.ID, Whole, s.Device)
		return err
	})
	return fresh, s, recovery, err
}

// step finds the step of time whose code this is.
func (b *Book) step(secret, code string) (int64, bool) {
	now := b.now().Unix() / totpPeriod
	for at := now - totpSkew; at <= now+totpSkew; at++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(at), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			return at, true
		}
	}
	return 0, false
}

// PassSecond takes the second factor of somebody whose password was right: a code of their authenticator or a recovery code. It
// returns the secret of the whole session that begins.
func (b *Book) PassSecond(ctx context.Context, text, code string) (fresh string, s Session, err error) {
	s, a, err := b.Lookup(ctx, text, true)
	if err != nil {
		return "", s, err
	}
	if s.Stage != Second {
		return "", s, ErrNoSession
	}
	key := "second " + a.ID
	if wait := b.throttle.wait(b.now(), key); wait > 0 {
		return "", s, &WaitError{wait}
	}
	err = b.change(ctx, func(tx *sql.Tx) error {
		if err := b.useCode(ctx, tx, &a, code); err != nil {
			return err
		}
		fresh, s, err = b.raise(ctx, tx, text)
		return err
	})
	switch {
	case err == nil:
		b.throttle.succeeded(key)
	case errors.Is(err, ErrCode):
		b.throttle.failed(b.now(), key, perAccount())
	}
	return fresh, s, err
}

// useCode uses a code up: a step of the authenticator counts once, and so does a recovery code.
func (b *Book) useCode(ctx context.Context, tx *sql.Tx, a *Account, code string) error {
	code = tidyCode(code)
	query, args := `DELETE FROM recovery WHERE account = ? AND hash = ?`, []any{a.ID, b.mac("recovery", a.ID+" "+code)}
	if len(code) == int(otp.DigitsSix) {
		if a.totp == nil {
			return ErrCode
		}
		plain, err := b.seal.Open(nil, nil, a.totp, []byte("totp "+a.ID))
		if err != nil {
			return fmt.Errorf("read a second factor: %w", err)
		}
		step, ok := b.step(string(plain), code)
		if !ok {
			return ErrCode
		}
		query, args = `UPDATE account SET totp_step = ? WHERE id = ? AND totp_step < ?`, []any{step, a.ID, step}
	}
	done, err := tx.ExecContext(ctx, query, args...)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, ErrCode)
	}
	return nil
}

// drawRecovery draws an account's recovery codes anew.
func (b *Book) drawRecovery(ctx context.Context, tx *sql.Tx, account string) (out []string, err error) {
	if _, err := tx.ExecContext(ctx, `DELETE FROM recovery WHERE account = ?`, account); err != nil {
		return nil, err
	}
	for range recoveryCodes {
		var raw [7]byte
		_, _ = rand.Read(raw[:])
		code := strings.ToLower(base32.StdEncoding.EncodeToString(raw[:])[:10])
		if _, err := tx.ExecContext(ctx, `INSERT INTO recovery (account, hash) VALUES (?,?)`, account, b.mac("recovery", account+" "+code)); err != nil {
			return nil, err
		}
		out = append(out, code[:5]+"-"+code[5:])
	}
	return out, nil
}

// RecoveryLeft is how many recovery codes an account still has.
func (b *Book) RecoveryLeft(ctx context.Context, account string) (n int, err error) {
	err = b.db.QueryRowContext(ctx, `SELECT count(*) FROM recovery WHERE account = ?`, account).Scan(&n)
	return n, err
}

// tidyCode takes out what people write into a code so that it can be read.
func tidyCode(code string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(strings.TrimSpace(code)))
}
