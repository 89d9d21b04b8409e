package staff

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/mail"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"attune/internal/access"
)

// Account is a member of staff.
type Account struct {
	ID    string        `json:"id"`
	Name  string        `json:"name"`
	Email string        `json:"email"`
	Roles []access.Role `json:"roles"`
	// Programs are those whose people are theirs; none means all people.
	Programs []string  `json:"programs,omitempty"`
	Disabled bool      `json:"disabled,omitempty"`
	Made     time.Time `json:"made"`
	// Password tells that they have chosen one, and Factors which second factors they have.
	Password bool     `json:"password"`
	Factors  []string `json:"factors,omitempty"`

	hash     string
	totp     []byte
	totpStep int64
}

// The second factors. A passkey is both at once: a thing that its owner has, and what unlocks it.
const (
	TOTP     = "totp"
	Passkeys = "passkey"
)

// Has tells whether an account has a second factor of this sort.
func (a *Account) Has(factor string) bool { return slices.Contains(a.Factors, factor) }

// Principal is the account as who asks.
func (a *Account) Principal() access.Principal {
	return access.Principal{Kind: "account", ID: a.ID, Name: a.Name, Roles: a.Roles, Programs: a.Programs}
}

// ErrNoAccount tells that there is no such account.
var ErrNoAccount = errors.New("nobody has an account with this address: attune staff list tells who has")

// Invitation is who is asked in.
type Invitation struct {
	Name     string        `json:"name"`
	Email    string        `json:"email"`
	Roles    []access.Role `json:"roles"`
	Programs []string      `json:"programs,omitempty"`
}

func (i *Invitation) check() error {
	i.Name, i.Email = strings.TrimSpace(i.Name), strings.TrimSpace(i.Email)
	a, err := mail.ParseAddress(i.Email)
	switch {
	case err != nil || a.Address != i.Email || len(i.Email) > 254 || strings.IndexFunc(i.Email, func(r rune) bool { return r >= utf8.RuneSelf || r <= ' ' }) >= 0:
		return errors.New("the e-mail address cannot be used: give it alone, as in kim@clinic.example")
	case i.Name == "" || len(i.Name) > 100 || strings.IndexFunc(i.Name, unicode.IsControl) >= 0:
		return errors.New("the name is missing or too long: give one of at most 100 bytes")
	}
	return checkRoles(i.Roles)
}

func checkRoles(roles []access.Role) error {
	switch {
	case len(roles) == 0:
		return errors.New("an account needs a role: give --role")
	case slices.Contains(roles, access.Service):
		return errors.New("the role service is for other systems: make a token with attune tokens add")
	}
	return nil
}

// named is what is sealed of an account.
type named struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// Invite makes an account without a password, and the link by which its owner chooses one.
func (b *Book) Invite(ctx context.Context, i Invitation) (a Account, link string, err error) {
	if err := i.check(); err != nil {
		return a, "", err
	}
	a = Account{ID: newID(), Name: i.Name, Email: i.Email, Roles: i.Roles, Programs: i.Programs, Made: b.now().UTC().Truncate(time.Second)}
	plain, err := json.Marshal(named{a.Name, a.Email})
	if err != nil {
		return a, "", err
	}
	err = b.change(ctx, func(tx *sql.Tx) error {
		var n int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM account WHERE email_key = ?`, b.emailKey(a.Email)).Scan(&n); err != nil {
			return err
		}
		if n > 0 {
			return errors.New("this address has an account already: attune staff reset makes another link for it")
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO account (id, email_key, sealed, roles, programs, made) VALUES (?,?,?,?,?,?)`,
			a.ID, b.emailKey(a.Email), b.seal.Seal(nil, nil, plain, []byte("name "+a.ID)), list(a.Roles), list(a.Programs), a.Made.Unix()); err != nil {
			return err
		}
		link, err = b.link(ctx, tx, a.ID, Invited)
		return err
	})
	return a, link, err
}

// list writes names as JSON; none is an empty list.
func list[T ~string](names []T) string {
	if names == nil {
		names = []T{}
	}
	text, _ := json.Marshal(names) // texts are never refused
	return string(text)
}

const accountColumns = `account.id, account.sealed, account.roles, account.programs, account.disabled, account.made, account.password, account.totp, account.totp_step, (SELECT count(*) FROM passkey WHERE passkey.account = account.id)`

// scan reads the columns of accountColumns.
func (b *Book) scan(row interface{ Scan(dest ...any) error }, more ...any) (a Account, err error) {
	var sealed []byte
	var roles, programs string
	var made, passkeys int64
	if err := row.Scan(append([]any{&a.ID, &sealed, &roles, &programs, &a.Disabled, &made, &a.hash, &a.totp, &a.totpStep, &passkeys}, more...)...); err != nil {
		return a, err
	}
	plain, err := b.seal.Open(nil, nil, sealed, []byte("name "+a.ID))
	if err != nil {
		return a, fmt.Errorf("read the account %s: it does not open with this data folder's keys", a.ID)
	}
	var n named
	if err := errors.Join(json.Unmarshal(plain, &n), json.Unmarshal([]byte(roles), &a.Roles), json.Unmarshal([]byte(programs), &a.Programs)); err != nil {
		return a, fmt.Errorf("read the account %s: %w", a.ID, err)
	}
	a.Name, a.Email, a.Made, a.Password = n.Name, n.Email, time.Unix(made, 0).UTC(), a.hash != ""
	if a.totp != nil {
		a.Factors = append(a.Factors, TOTP)
	}
	if passkeys > 0 {
		a.Factors = append(a.Factors, Passkeys)
	}
	return a, nil
}

// ByEmail finds an account.
func (b *Book) ByEmail(ctx context.Context, email string) (Account, error) {
	a, err := b.scan(b.db.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM account WHERE email_key = ?`, b.emailKey(email)))
	if errors.Is(err, sql.ErrNoRows) {
		return a, ErrNoAccount
	}
	return a, err
}

// Account finds an account by its id.
func (b *Book) Account(ctx context.Context, id string) (Account, error) {
	a, err := b.scan(b.db.QueryRowContext(ctx, `SELECT `+accountColumns+` FROM account WHERE id = ?`, id))
	if errors.Is(err, sql.ErrNoRows) {
		return a, ErrNoAccount
	}
	return a, err
}

// Accounts are all there are, the oldest first.
func (b *Book) Accounts(ctx context.Context) ([]Account, error) {
	rows, err := b.db.QueryContext(ctx, `SELECT `+accountColumns+` FROM account ORDER BY made, id`)
	if err != nil {
		return nil, fmt.Errorf("list staff: %w", err)
	}
	defer rows.Close()
	out := []Account{}
	for rows.Next() {
		a, err := b.scan(rows)
		if err != nil {
			return nil, err
		}
		out = append(out, a)
	}
	return out, rows.Err()
}

// SetRoles gives an account other roles and programs, and ends its sessions.
func (b *Book) SetRoles(ctx context.Context, id string, roles []access.Role, programs []string) error {
	if err := checkRoles(roles); err != nil {
		return err
	}
	return b.alter(ctx, id, `UPDATE account SET roles = ?, programs = ? WHERE id = ?`, list(roles), list(programs), id)
}

// SetDisabled ends or gives back an account's access. Its links and sessions end either way.
func (b *Book) SetDisabled(ctx context.Context, id string, disabled bool) error {
	return b.alter(ctx, id, `UPDATE account SET disabled = ? WHERE id = ?`, disabled, id)
}

// Reset makes a link by which somebody chooses another password; nothing else changes until it is used. With factors, the second
// factors are taken away at once, and with them the sessions.
func (b *Book) Reset(ctx context.Context, id string, factors bool) (link string, err error) {
	if factors {
		if err := b.alter(ctx, id, `UPDATE account SET totp = NULL, totp_step = 0 WHERE id = ?`, id); err != nil {
			return "", err
		}
	}
	err = b.change(ctx, func(tx *sql.Tx) error {
		if factors {
			for _, table := range []string{"recovery", "passkey"} {
				if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE account = ?`, id); err != nil {
					return err
				}
			}
		}
		link, err = b.link(ctx, tx, id, Forgotten)
		return err
	})
	return link, err
}

// alter changes an account, and ends its links and sessions with the same write.
func (b *Book) alter(ctx context.Context, id, query string, args ...any) error {
	return b.change(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, query, args...)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNoAccount)
		}
		return end(ctx, tx, id)
	})
}

// end takes away an account's links, sessions and tokens.
func end(ctx context.Context, tx *sql.Tx, account string) error {
	for _, table := range []string{"link", "session"} {
		if _, err := tx.ExecContext(ctx, `DELETE FROM `+table+` WHERE account = ?`, account); err != nil {
			return fmt.Errorf("end what an account has open: %w", err)
		}
	}
	if _, err := tx.ExecContext(ctx, `DELETE FROM token WHERE substr(name, 1, length(?1)+1) = ?1 || '/'`, account); err != nil {
		return fmt.Errorf("end an account's tokens: %w", err)
	}
	return nil
}
