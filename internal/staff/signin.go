package staff

import (
	"context"
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
)

// ErrWrong tells that address and password do not belong together; it never tells which of them is wrong.
var ErrWrong = errors.New("the e-mail address or the password is not right")

// Entry is an attempt to sign in.
type Entry struct {
	Email, Password string
	// From is the network address it comes from, and Device what the browser was given by [Book.Device] when its owner signed in before.
	From, Device string
}

// SignIn finds the account of an address and a password. It does the same work whether there is one or not. It returns ErrWrong, a *WaitError or
// a *BusyError where nobody comes in.
func (b *Book) SignIn(ctx context.Context, e Entry) (Account, error) {
	a, err := b.ByEmail(ctx, e.Email)
	if err != nil && !errors.Is(err, ErrNoAccount) {
		return a, err
	}
	account, address := "account "+hex.EncodeToString(b.emailKey(e.Email)), "address "+neighbours(e.From)
	if known := b.knownDevice(a.ID, e.Device); known != "" {
		account, address = "device "+known, ""
	}
	if wait := b.throttle.wait(b.now(), account, address); wait > 0 {
		return Account{}, &WaitError{wait}
	}
	if err := b.holds(ctx, &a, e.Password); err != nil {
		if errors.Is(err, ErrWrong) {
			b.throttle.failed(b.now(), account, perAccount())
			if address != "" {
				b.throttle.failed(b.now(), address, perAddress())
			}
		}
		return Account{}, err
	}
	b.throttle.succeeded(account)
	return a, nil
}

// holds tells whether a password is an account's: nil or ErrWrong. An account that there is not, that is disabled or has no password is
// held against a hash that nothing has.
func (b *Book) holds(ctx context.Context, a *Account, password string) error {
	hash := a.hash
	if hash == "" || a.Disabled {
		hash = b.decoy
	}
	if len(password) > 4*MaxPassword {
		password = ""
	}
	if err := b.take(ctx); err != nil {
		return err
	}
	b.hashed()
	ok, outdated, err := verify(hash, password)
	b.give()
	switch {
	case err != nil:
		return err
	case !ok || hash == b.decoy:
		return ErrWrong
	case outdated:
		again, err := b.hash(ctx, password)
		if err != nil {
			return nil //nolint:nilerr // it is right, and can be hashed anew another time
		}
		_, err = b.db.ExecContext(ctx, `UPDATE account SET password = ? WHERE id = ? AND password = ?`, again, a.ID, a.hash)
		return err
	}
	return nil
}

// Confirm asks somebody who is signed in for their password once more, before what matters is changed.
func (b *Book) Confirm(ctx context.Context, a Account, password string) error {
	key := "confirm " + a.ID
	if wait := b.throttle.wait(b.now(), key); wait > 0 {
		return &WaitError{wait}
	}
	err := b.holds(ctx, &a, password)
	switch {
	case err == nil:
		b.throttle.succeeded(key)
	case errors.Is(err, ErrWrong):
		b.throttle.failed(b.now(), key, perAccount())
	}
	return err
}

// Device is what a browser keeps after its owner signed in, so that wrong attempts elsewhere do not make them wait. It lets nobody in.
func (b *Book) Device(account string) string {
	id := newID()
	return id + "." + base64.RawURLEncoding.EncodeToString(b.mac("device", account+" "+id))
}

// knownDevice is the id of a device that is this account's; empty otherwise.
func (b *Book) knownDevice(account, device string) string {
	id, mark, ok := strings.Cut(device, ".")
	got, err := base64.RawURLEncoding.DecodeString(mark)
	if account == "" || !ok || err != nil || !hmac.Equal(got, b.mac("device", account+" "+id)) {
		return ""
	}
	return id
}
