package staff

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"attune/internal/access"
)

// TokenPrefix begins every token, so that one that lies about can be found and told apart.
const TokenPrefix = "att_"

// Token is an API key of a script or another system. Its secret is shown once; a hash of it is kept.
type Token struct {
	ID    string        `json:"id"`
	Name  string        `json:"name"`
	Roles []access.Role `json:"roles"`
	// Account is whose it is, where somebody made it for themselves: who asks by it is that account, with the roles that it has then. It has
	// no roles of its own.
	Account string `json:"account,omitempty"`
	// Permits narrows what the roles permit; none is all of it.
	Permits []access.Permission `json:"permissions,omitempty"`
	// Programs and Purposes narrow it further, as in access.Principal.
	Programs []string  `json:"programs,omitempty"`
	Purposes []string  `json:"purposes,omitempty"`
	Made     time.Time `json:"made"`
	Ends     time.Time `json:"ends"`
	// Used is when it was last used, to the minute; zero for never.
	Used time.Time `json:"used,omitzero"`
}

// MostTokenTime is how long a token lasts at most.
const MostTokenTime = 366 * 24 * time.Hour

// Principal is the token as who asks.
func (t *Token) Principal() access.Principal {
	p := access.Principal{Kind: "key", ID: t.ID, Name: t.Name, Roles: t.Roles, Programs: t.Programs, Purposes: t.Purposes}
	if len(t.Permits) > 0 {
		p.Permits = t.Permits
	}
	return p
}

// As is the token of an account as who asks: the account, for no more than the token says.
func (t *Token) As(a *Account) access.Principal {
	p := a.Principal()
	p.Token, p.Purposes = t.ID, t.Purposes
	if len(t.Permits) > 0 {
		p.Permits = t.Permits
	}
	return p
}

// row is under which name it is kept: an account's tokens are named by themselves.
func (t *Token) row() string {
	if t.Account != "" {
		return t.Account + "/" + t.Name
	}
	return t.Name
}

func (t *Token) check(now time.Time) error {
	if !isName(t.Name) {
		return fmt.Errorf("%q cannot be a token's name: use small letters, digits, dots, - and _, at most 60", t.Name)
	}
	if len(t.Roles) == 0 && t.Account == "" {
		return errors.New("a token needs a role: give --role")
	}
	if t.Ends.Before(now) || t.Ends.Sub(now) > MostTokenTime {
		return errors.New("a token ends within a year: give --expires as in 90d or 12h")
	}
	if t.Account == "" {
		if err := checkPermits(t.Roles, t.Permits); err != nil {
			return err
		}
	}
	return checkPurposes(t.Purposes)
}

// isName tells whether a token or a service may be called so.
func isName(s string) bool {
	return s != "" && len(s) <= 60 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789-_.") == ""
}

// checkPermits tells which permission the roles do not have.
func checkPermits(roles []access.Role, permits []access.Permission) error {
	all := access.Principal{ID: "new", Kind: "key", Roles: roles}
	for _, p := range permits {
		if !p.Known() {
			return fmt.Errorf("there is no permission %q", p)
		}
		if !all.May(p) {
			return fmt.Errorf("the roles given do not permit %s: it is for %s", p, access.Who(p))
		}
	}
	return nil
}

// checkPurposes tells which purpose nobody may look at people for.
func checkPurposes(purposes []string) error {
	for _, p := range purposes {
		if !slices.Contains(access.Purposes(), p) {
			return fmt.Errorf("nobody looks at people for the purpose %q: there are %s", p, strings.Join(access.Purposes(), ", "))
		}
	}
	return nil
}

// AddToken makes a token and returns its secret: the only time that it can be seen.
func (b *Book) AddToken(ctx context.Context, t Token) (string, Token, error) {
	now := b.now().UTC().Truncate(time.Second)
	if err := t.check(now); err != nil {
		return "", t, err
	}
	t.ID, t.Made, t.Ends, t.Used = newID(), now, t.Ends.UTC().Truncate(time.Second), time.Time{}
	says, err := json.Marshal(t)
	if err != nil {
		return "", t, err
	}
	text, _ := secret()
	text = TokenPrefix + text
	err = b.change(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM token WHERE name = ? AND ends < ?`, t.row(), now.Unix()); err != nil {
			return err
		}
		done, err := tx.ExecContext(ctx, `INSERT INTO token (hash, id, name, says, made, ends) VALUES (?,?,?,?,?,?) ON CONFLICT (name) DO NOTHING`,
			hashOf(text), t.ID, t.row(), string(says), now.Unix(), t.Ends.Unix())
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, fmt.Errorf("there is a token %q already: revoke it, or choose another name", t.Name))
		}
		return nil
	})
	return text, t, err
}

// Tokens are all there are, by name.
func (b *Book) Tokens(ctx context.Context) ([]Token, error) {
	rows, err := b.db.QueryContext(ctx, `SELECT says, used FROM token ORDER BY name`)
	if err != nil {
		return nil, fmt.Errorf("list tokens: %w", err)
	}
	defer rows.Close()
	out := []Token{}
	for rows.Next() {
		var says string
		var used int64
		if err := rows.Scan(&says, &used); err != nil {
			return nil, fmt.Errorf("list tokens: %w", err)
		}
		t, err := readToken(says, used)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, rows.Err()
}

func readToken(says string, used int64) (t Token, err error) {
	if err := json.Unmarshal([]byte(says), &t); err != nil {
		return t, fmt.Errorf("read a token: %w", err)
	}
	if used > 0 {
		t.Used = time.Unix(used, 0).UTC()
	}
	return t, nil
}

// TokensOf are an account's own, by name.
func (b *Book) TokensOf(ctx context.Context, account string) ([]Token, error) {
	all, err := b.Tokens(ctx)
	return slices.DeleteFunc(all, func(t Token) bool { return t.Account != account }), err
}

// RevokeOwn takes a token of an account away.
func (b *Book) RevokeOwn(ctx context.Context, account, name string) error {
	return b.RevokeToken(ctx, (&Token{Account: account, Name: name}).row())
}

// RevokeToken takes a token away. It works until the next request, and no longer. An account's is named by the account's id, a stroke
// and its name.
func (b *Book) RevokeToken(ctx context.Context, name string) error {
	done, err := b.db.ExecContext(ctx, `DELETE FROM token WHERE name = ?`, name)
	if err != nil {
		return fmt.Errorf("revoke token: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, fmt.Errorf("there is no token %q: attune tokens list tells which there are", name))
	}
	return nil
}

// ByToken finds the token of a secret; ok is false where there is none, or not any more.
func (b *Book) ByToken(ctx context.Context, text string) (t Token, ok bool, err error) {
	if !strings.HasPrefix(text, TokenPrefix) {
		return t, false, nil
	}
	var says string
	var used int64
	now := b.now()
	err = b.db.QueryRowContext(ctx, `SELECT says, used FROM token WHERE hash = ? AND ends > ?`, hashOf(text), now.Unix()).Scan(&says, &used)
	if errors.Is(err, sql.ErrNoRows) {
		return t, false, nil
	}
	if err != nil {
		return t, false, fmt.Errorf("look up a token: %w", err)
	}
	if t, err = readToken(says, used); err != nil {
		return t, false, err
	}
	if now.Unix()-used >= int64(seenEvery/time.Second) {
		_, err = b.db.ExecContext(ctx, `UPDATE token SET used = ? WHERE hash = ?`, now.Unix()/60*60, hashOf(text))
	}
	return t, err == nil, err
}
