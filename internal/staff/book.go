package staff

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"

	"attune/internal/sqlitefile"
)

// Config says which file and how.
type Config struct {
	// Path is the file, usually staff.db in the data folder. Several processes may have it open.
	Path string
	// Secret seals what names somebody, and keys the look-up of addresses.
	Secret []byte
	// Now is the wall's clock; nil means time.Now.
	Now func() time.Time
	// Hashing is how many passwords are hashed at once, each in 19 MiB, and HashWait how long one more waits for its turn. Zero means two,
	// and two seconds.
	Hashing  int
	HashWait time.Duration
}

// Book is the file of accounts. It may be used by many goroutines at once.
type Book struct {
	db       *sql.DB
	seal     cipher.AEAD
	key      []byte
	now      func() time.Time
	slots    chan struct{}
	hashWait time.Duration
	// decoy is the hash of no password, for accounts that there are not.
	decoy    string
	throttle throttle
	asked    ceremonies
	// hashed counts passwords that were held against a hash.
	hashed func()
}

const schema = `
CREATE TABLE IF NOT EXISTS account (id TEXT PRIMARY KEY, email_key BLOB NOT NULL UNIQUE, sealed BLOB NOT NULL, roles TEXT NOT NULL, programs TEXT NOT NULL,
	disabled INTEGER NOT NULL DEFAULT 0, made INTEGER NOT NULL, password TEXT NOT NULL DEFAULT '', totp BLOB, totp_step INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS link (hash BLOB PRIMARY KEY, account TEXT NOT NULL REFERENCES account, kind TEXT NOT NULL, ends INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS session (hash BLOB PRIMARY KEY, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL REFERENCES account, stage TEXT NOT NULL,
	made INTEGER NOT NULL, seen INTEGER NOT NULL, ends INTEGER NOT NULL, device TEXT NOT NULL, pending BLOB) STRICT;
CREATE TABLE IF NOT EXISTS recovery (account TEXT NOT NULL REFERENCES account, hash BLOB NOT NULL, PRIMARY KEY (account, hash)) STRICT;
CREATE TABLE IF NOT EXISTS identity (issuer TEXT NOT NULL, subject TEXT NOT NULL, account TEXT NOT NULL UNIQUE REFERENCES account, PRIMARY KEY (issuer, subject)) STRICT;
CREATE TABLE IF NOT EXISTS token (hash BLOB PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE, says TEXT NOT NULL, made INTEGER NOT NULL, ends INTEGER NOT NULL,
	used INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS passkey (id BLOB PRIMARY KEY, account TEXT NOT NULL REFERENCES account, ref TEXT NOT NULL UNIQUE, sealed BLOB NOT NULL, count INTEGER NOT NULL,
	made INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS service (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, says TEXT NOT NULL, keys TEXT NOT NULL, made INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE IF NOT EXISTS service_token (hash BLOB PRIMARY KEY, service TEXT NOT NULL REFERENCES service, scope TEXT NOT NULL, ends INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS failure (hash BLOB PRIMARY KEY, n INTEGER NOT NULL, last INTEGER NOT NULL, blocked INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS assertion (hash BLOB PRIMARY KEY, ends INTEGER NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS session_account ON session (account);`

// Open opens the file, making it when there is none.
func Open(ctx context.Context, c Config) (_ *Book, err error) {
	if len(c.Secret) < 16 {
		return nil, errors.New("open staff: the secret is shorter than 16 bytes")
	}
	b := &Book{now: c.Now, hashWait: c.HashWait, hashed: func() {}}
	if b.now == nil {
		b.now = time.Now
	}
	if c.Hashing <= 0 {
		c.Hashing = 2
	}
	if b.hashWait <= 0 {
		b.hashWait = 2 * time.Second
	}
	b.slots = make(chan struct{}, c.Hashing)
	key, err := hkdf.Key(sha256.New, c.Secret, nil, "attune staff seal v1", 32)
	if err != nil {
		return nil, fmt.Errorf("open staff: %w", err)
	}
	if b.key, err = hkdf.Key(sha256.New, c.Secret, nil, "attune staff index v1", 32); err != nil {
		return nil, fmt.Errorf("open staff: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("open staff: %w", err)
	}
	if b.seal, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return nil, fmt.Errorf("open staff: %w", err)
	}
	b.decoy = decoy()
	if b.db, err = sqlitefile.Open(ctx, c.Path, false); err != nil {
		return nil, fmt.Errorf("open staff: %w", err)
	}
	if _, err := b.db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(fmt.Errorf("open staff: %w", err), b.db.Close())
	}
	return b, b.remember(ctx)
}

// remember lets failures of the last hour count on, and later ones be kept. They are written after their count: whoever stops the server between gains
// one guess.
func (b *Book) remember(ctx context.Context) error {
	rows, err := b.db.QueryContext(ctx, `SELECT hash, n, last, blocked FROM failure WHERE last > ?`, b.now().Add(-forgetAfter).UnixMilli())
	if err != nil {
		return errors.Join(fmt.Errorf("open staff: %w", err), b.db.Close())
	}
	defer rows.Close()
	t := &b.throttle
	t.seen = map[string]failures{}
	for rows.Next() {
		var hash []byte
		var f failures
		var last, blocked int64
		if err := rows.Scan(&hash, &f.n, &last, &blocked); err != nil {
			return errors.Join(fmt.Errorf("open staff: %w", err), b.db.Close())
		}
		f.last, f.blocked = time.UnixMilli(last), time.UnixMilli(blocked)
		t.seen[string(hash)] = f
	}
	t.name = func(key string) string { return string(b.mac("failures", key)) }
	t.keep = func(name string, f failures) {
		blocked := int64(0)
		if !f.blocked.IsZero() {
			blocked = f.blocked.UnixMilli()
		}
		_, _ = b.db.ExecContext(context.WithoutCancel(ctx), `DELETE FROM failure WHERE last < ?`, f.last.Add(-forgetAfter).UnixMilli())
		_, _ = b.db.ExecContext(context.WithoutCancel(ctx), `INSERT INTO failure (hash, n, last, blocked) VALUES (?1,?2,?3,?4) ON CONFLICT (hash) DO UPDATE SET n = ?2, last = ?3, blocked = ?4`,
			[]byte(name), f.n, f.last.UnixMilli(), blocked)
	}
	t.drop = func(name string) {
		_, _ = b.db.ExecContext(context.WithoutCancel(ctx), `DELETE FROM failure WHERE hash = ?`, []byte(name))
	}
	return rows.Err()
}

// Close closes the file.
func (b *Book) Close() error { return b.db.Close() }

// change runs do in one transaction that no other writer comes between.
func (b *Book) change(ctx context.Context, do func(tx *sql.Tx) error) error {
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("write staff: %w", err)
	}
	defer tx.Rollback()
	if err := do(tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("write staff: %w", err)
	}
	return nil
}

// mac is a keyed hash, by which what is kept can be found and not read.
func (b *Book) mac(kind, text string) []byte {
	m := hmac.New(sha256.New, b.key)
	m.Write([]byte(kind + "\x00" + text))
	return m.Sum(nil)
}

func (b *Book) emailKey(email string) []byte { return b.mac("email", tidyEmail(email)) }

// tidyEmail is an address as it is compared. Few mail systems tell capitals apart, and nobody who signs in does.
func tidyEmail(email string) string { return strings.ToLower(strings.TrimSpace(email)) }

// secret draws a secret of 192 bits and the hash that is kept of it.
func secret() (text string, hash []byte) {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	text = base64.RawURLEncoding.EncodeToString(b[:])
	return text, hashOf(text)
}

// hashOf is what is kept of a secret that was drawn: nobody can search so many bits.
func hashOf(text string) []byte {
	sum := sha256.Sum256([]byte(text))
	return sum[:]
}

// newID draws an id, which is no secret.
func newID() string {
	var b [8]byte
	_, _ = rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
