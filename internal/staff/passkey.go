package staff

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"
)

// Site is for whom passkeys are: the name by which staff reach the server, and the origin of its pages. A passkey of another site is of no use.
type Site struct {
	// Name is the host's name, without a port, and Origin the scheme, the host and its port.
	Name, Origin string
	// Shown is what a device calls the site.
	Shown string
}

// Passkey is a key on somebody's device, unlocked by what they are or know. It is two factors in one.
type Passkey struct {
	// ID tells an account's passkeys apart.
	ID   string    `json:"id"`
	Name string    `json:"name"`
	Made time.Time `json:"made"`
	// Used is when it last let its owner in; zero for never.
	Used time.Time `json:"used,omitzero"`

	key webauthn.Credential
}

const (
	// mostPasskeys is how many an account may have.
	mostPasskeys = 20
	maxPasskey   = 60
	// ceremonyTime is how long a device may take, with its owner.
	ceremonyTime = 5 * time.Minute
	// mostCeremonies bounds those under way, since anybody may begin to sign in.
	mostCeremonies = 10_000
	// mostResponse bounds what a device answers.
	mostResponse = 16 << 10
)

// Errors of passkeys.
var (
	// ErrPasskey tells that a device did not prove what it was asked for.
	ErrPasskey = errors.New("this passkey did not work here: try again, or sign in with your password")
	// ErrCopied tells that a passkey counted backwards: there are two of it.
	ErrCopied = errors.New("this passkey answered with an older count than before, as a copy would: sign in with your password, and remove it")
	// ErrLastFactor tells that an account would be left with its password alone.
	ErrLastFactor = errors.New("it is your only second factor: set up an authenticator or another passkey first")
	// ErrTooManyPasskeys tells that an account has as many as it may.
	ErrTooManyPasskeys = errors.New("you have as many passkeys as one may have: remove one first")
	// ErrNoPasskey tells that an account has no such passkey.
	ErrNoPasskey = errors.New("you have no such passkey")
)

// ceremonies are what devices were asked. They are kept here and nowhere else, each for one answer.
type ceremonies struct {
	mu  sync.Mutex
	all map[string]ceremony
}

type ceremony struct {
	data webauthn.SessionData
	site Site
	ends time.Time
}

func (c *ceremonies) keep(key string, x ceremony, now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[string]ceremony{}
	}
	if len(c.all) >= mostCeremonies {
		for k, old := range c.all {
			if old.ends.Before(now) {
				delete(c.all, k)
			}
		}
		for k := range c.all {
			if len(c.all) < mostCeremonies {
				break
			}
			delete(c.all, k) // whoever's it was begins again
		}
	}
	c.all[key] = x
}

// take uses a ceremony up.
func (c *ceremonies) take(key string, now time.Time) (ceremony, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	x, ok := c.all[key]
	delete(c.all, key)
	return x, ok && now.Before(x.ends)
}

// party speaks WebAuthn for a site. The device has to make sure of its owner: what it proves is then two factors.
func party(s Site) (*webauthn.WebAuthn, error) {
	w, err := webauthn.New(&webauthn.Config{
		RPID: s.Name, RPDisplayName: s.Shown, RPOrigins: []string{s.Origin}, AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired, UserVerification: protocol.VerificationRequired},
	})
	if err != nil {
		return nil, fmt.Errorf("passkeys for %s: %w", s.Origin, err)
	}
	return w, nil
}

// holder is an account as WebAuthn sees one. Devices keep its id, its address and its name.
type holder struct {
	Account
	keys []Passkey
}

// WebAuthnID implements webauthn.User.
func (h *holder) WebAuthnID() []byte { return []byte(h.ID) }

// WebAuthnName implements webauthn.User.
func (h *holder) WebAuthnName() string { return h.Email }

// WebAuthnDisplayName implements webauthn.User.
func (h *holder) WebAuthnDisplayName() string { return h.Name }

// WebAuthnCredentials implements webauthn.User.
func (h *holder) WebAuthnCredentials() (out []webauthn.Credential) {
	for i := range h.keys {
		out = append(out, h.keys[i].key)
	}
	return out
}

// Passkeys are an account's, the oldest first.
func (b *Book) Passkeys(ctx context.Context, account string) ([]Passkey, error) {
	rows, err := b.db.QueryContext(ctx, `SELECT ref, sealed, count, made, used FROM passkey WHERE account = ? ORDER BY made, ref`, account)
	if err != nil {
		return nil, fmt.Errorf("list passkeys: %w", err)
	}
	defer rows.Close()
	out := []Passkey{}
	for rows.Next() {
		var p Passkey
		var sealed []byte
		var made, used int64
		var count uint32
		if err := rows.Scan(&p.ID, &sealed, &count, &made, &used); err != nil {
			return nil, fmt.Errorf("list passkeys: %w", err)
		}
		plain, err := b.seal.Open(nil, nil, sealed, []byte("passkey "+account+" "+p.ID))
		if err != nil {
			return nil, fmt.Errorf("read a passkey of %s: it does not open with this data folder's keys", account)
		}
		var k keptPasskey
		if err := json.Unmarshal(plain, &k); err != nil {
			return nil, fmt.Errorf("read a passkey: %w", err)
		}
		p.Name, p.key, p.Made = k.Name, k.Key, time.Unix(made, 0).UTC()
		p.key.Authenticator.SignCount = count
		if used > 0 {
			p.Used = time.Unix(used, 0).UTC()
		}
		out = append(out, p)
	}
	return out, rows.Err()
}

// keptPasskey is what is sealed of a passkey.
type keptPasskey struct {
	Name string              `json:"name"`
	Key  webauthn.Credential `json:"key"`
}

func (b *Book) sealPasskey(account string, p *Passkey) ([]byte, error) {
	plain, err := json.Marshal(keptPasskey{p.Name, p.key})
	if err != nil {
		return nil, err
	}
	return b.seal.Seal(nil, nil, plain, []byte("passkey "+account+" "+p.ID)), nil
}

func (b *Book) holder(ctx context.Context, a Account) (*holder, error) {
	keys, err := b.Passkeys(ctx, a.ID)
	return &holder{a, keys}, err
}

// ProposePasskey asks the device of whoever is signed in with this secret for a new passkey. Whoever is in wholly gives their password once
// more. What it returns is for the browser.
func (b *Book) ProposePasskey(ctx context.Context, text, password string, site Site) (json.RawMessage, error) {
	s, a, err := b.Lookup(ctx, text, true)
	if err != nil {
		return nil, err
	}
	if s.Stage == Second {
		return nil, ErrNoSession
	}
	if s.Stage == Whole {
		if err := b.Confirm(ctx, a, password); err != nil {
			return nil, err
		}
	}
	h, err := b.holder(ctx, a)
	if err != nil {
		return nil, err
	}
	if len(h.keys) >= mostPasskeys {
		return nil, ErrTooManyPasskeys
	}
	w, err := party(site)
	if err != nil {
		return nil, err
	}
	var have []protocol.CredentialDescriptor
	for i := range h.keys {
		have = append(have, h.keys[i].key.Descriptor())
	}
	options, data, err := w.BeginRegistration(h, webauthn.WithExclusions(have))
	if err != nil {
		return nil, fmt.Errorf("ask for a passkey: %w", err)
	}
	b.asked.keep("add "+s.ID, ceremony{*data, site, b.now().Add(ceremonyTime)}, b.now())
	return json.Marshal(options.Response)
}

// AddPasskey takes what a device answered, under a name by which its owner knows it. All sessions of the account end, and a new one begins. Whoever had no
// second factor gets recovery codes, which are shown this once.
func (b *Book) AddPasskey(ctx context.Context, text, name string, response []byte) (fresh string, s Session, recovery []string, err error) {
	s, a, err := b.Lookup(ctx, text, true)
	if err != nil {
		return "", s, nil, err
	}
	if s.Stage == Second {
		return "", s, nil, ErrNoSession
	}
	if name, err = tidyPasskey(name); err != nil {
		return "", s, nil, err
	}
	x, ok := b.asked.take("add "+s.ID, b.now())
	if !ok || len(response) > mostResponse {
		return "", s, nil, ErrPasskey
	}
	w, err := party(x.site)
	if err != nil {
		return "", s, nil, err
	}
	parsed, err := protocol.ParseCredentialCreationResponseBytes(response)
	if err != nil {
		return "", s, nil, ErrPasskey
	}
	key, err := w.CreateCredential(&holder{Account: a}, x.data, parsed)
	if err != nil {
		return "", s, nil, ErrPasskey
	}
	key.Attestation = webauthn.CredentialAttestation{} // none was asked for, and who made a device is nobody's business
	p := Passkey{ID: newID(), Name: name, key: *key}
	sealed, err := b.sealPasskey(a.ID, &p)
	if err != nil {
		return "", s, nil, err
	}
	err = b.change(ctx, func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `INSERT INTO passkey (id, account, ref, sealed, count, made) VALUES (?,?,?,?,?,?) ON CONFLICT DO NOTHING`, key.ID, a.ID, p.ID, sealed, key.Authenticator.SignCount, b.now().Unix())
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 { // a credential of this id is somebody's already
			return errors.Join(err, ErrPasskey)
		}
		if len(a.Factors) == 0 {
			if recovery, err = b.drawRecovery(ctx, tx, a.ID); err != nil {
				return err
			}
		}
		if err := end(ctx, tx, a.ID); err != nil {
			return err
		}
		fresh, s, err = b.begin(ctx, tx, a.ID, Whole, s.Device)
		return err
	})
	return fresh, s, recovery, err
}

// tidyPasskey is a name as it is kept.
func tidyPasskey(name string) (string, error) {
	name = strings.TrimSpace(name)
	if name == "" || len(name) > maxPasskey || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", &PasswordError{Says: fmt.Sprintf("Give the passkey a name of at most %d letters, by which you know the device.", maxPasskey)}
	}
	return name, nil
}

// AskPasskey asks a device for a passkey: whichever it has for this site, or, of somebody whose password was right already, one of theirs. What it
// returns is for the browser, with the name of the question.
func (b *Book) AskPasskey(ctx context.Context, text string, site Site) (options json.RawMessage, question string, err error) {
	w, err := party(site)
	if err != nil {
		return nil, "", err
	}
	var asked *protocol.CredentialAssertion
	var data *webauthn.SessionData
	s, a, err := b.Lookup(ctx, text, false)
	switch {
	case err == nil && s.Stage == Second && a.Has(Passkeys):
		h, err := b.holder(ctx, a)
		if err != nil {
			return nil, "", err
		}
		asked, data, err = w.BeginLogin(h, webauthn.WithUserVerification(protocol.VerificationRequired))
		if err != nil {
			return nil, "", fmt.Errorf("ask for a passkey: %w", err)
		}
	case err == nil || errors.Is(err, ErrNoSession):
		if asked, data, err = w.BeginDiscoverableLogin(webauthn.WithUserVerification(protocol.VerificationRequired)); err != nil {
			return nil, "", fmt.Errorf("ask for a passkey: %w", err)
		}
	default:
		return nil, "", err
	}
	question, _ = secret()
	b.asked.keep("in "+question, ceremony{*data, site, b.now().Add(ceremonyTime)}, b.now())
	options, err = json.Marshal(asked.Response)
	return options, question, err
}

// ByPasskey lets in whose device answered a question: nobody else's answer, to no other question, and each once. It returns the secret of the
// whole session that begins. Where the question was for somebody whose password was right, their waiting session ends.
func (b *Book) ByPasskey(ctx context.Context, question string, response []byte, text, device string) (fresh string, s Session, a Account, err error) {
	x, ok := b.asked.take("in "+question, b.now())
	if !ok || len(response) > mostResponse {
		return "", s, a, ErrPasskey
	}
	w, err := party(x.site)
	if err != nil {
		return "", s, a, err
	}
	parsed, err := protocol.ParseCredentialRequestResponseBytes(response)
	if err != nil {
		return "", s, a, ErrPasskey
	}
	h, err := b.answering(ctx, x.data.UserID, parsed)
	if err != nil {
		return "", s, a, err
	}
	a = h.Account
	var key *webauthn.Credential
	if len(x.data.UserID) > 0 {
		key, err = w.ValidateLogin(h, x.data, parsed)
	} else {
		key, err = w.ValidateDiscoverableLogin(func(_, _ []byte) (webauthn.User, error) { return h, nil }, x.data, parsed)
	}
	if err != nil {
		return "", s, a, ErrPasskey
	}
	if key.Authenticator.CloneWarning {
		return "", s, a, ErrCopied
	}
	var p Passkey
	for i := range h.keys {
		if bytes.Equal(h.keys[i].key.ID, key.ID) {
			p = h.keys[i]
		}
	}
	err = b.change(ctx, func(tx *sql.Tx) error {
		// Of two answers with one count, one lets in.
		done, err := tx.ExecContext(ctx, `UPDATE passkey SET count = ?, used = ? WHERE account = ? AND ref = ? AND count = ?`, key.Authenticator.SignCount, b.now().Unix(), a.ID, p.ID, p.key.Authenticator.SignCount)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 { // counted on, or removed, meanwhile
			return errors.Join(err, ErrPasskey)
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM session WHERE hash = ? AND account = ? AND stage <> ?`, hashOf(text), a.ID, string(Whole)); err != nil {
			return err
		}
		fresh, s, err = b.begin(ctx, tx, a.ID, Whole, device)
		return err
	})
	if errors.Is(err, ErrNoSession) { // disabled
		err = ErrPasskey
	}
	return fresh, s, a, err
}

// answering is whose passkey answered: of somebody whose password was right, themselves.
func (b *Book) answering(ctx context.Context, asked []byte, parsed *protocol.ParsedCredentialAssertionData) (*holder, error) {
	whose := string(asked)
	if whose == "" {
		whose = string(parsed.Response.UserHandle)
	}
	a, err := b.Account(ctx, whose)
	if errors.Is(err, ErrNoAccount) || err == nil && a.Disabled {
		return nil, ErrPasskey
	}
	if err != nil {
		return nil, err
	}
	return b.holder(ctx, a)
}

// RenamePasskey gives one of an account's passkeys another name.
func (b *Book) RenamePasskey(ctx context.Context, account, id, name string) error {
	name, err := tidyPasskey(name)
	if err != nil {
		return err
	}
	all, err := b.Passkeys(ctx, account)
	if err != nil {
		return err
	}
	for i := range all {
		if p := &all[i]; p.ID == id {
			p.Name = name
			sealed, err := b.sealPasskey(account, p)
			if err != nil {
				return err
			}
			_, err = b.db.ExecContext(ctx, `UPDATE passkey SET sealed = ? WHERE account = ? AND ref = ?`, sealed, account, id)
			return err
		}
	}
	return ErrNoPasskey
}

// RemovePasskey takes one of an account's passkeys away. Its owner gives their password once more, and keeps a second factor.
func (b *Book) RemovePasskey(ctx context.Context, a Account, id, password string) error {
	if err := b.Confirm(ctx, a, password); err != nil {
		return err
	}
	return b.change(ctx, func(tx *sql.Tx) error {
		var others int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM passkey WHERE account = ? AND ref <> ?`, a.ID, id).Scan(&others); err != nil {
			return err
		}
		if others == 0 && !a.Has(TOTP) {
			return ErrLastFactor
		}
		done, err := tx.ExecContext(ctx, `DELETE FROM passkey WHERE account = ? AND ref = ?`, a.ID, id)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return errors.Join(err, ErrNoPasskey)
		}
		return nil
	})
}
