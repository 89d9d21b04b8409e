package returns

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/seal"
	"attune/internal/sqlitefile"
)

// Keys seal what belongs to one person with that person's own key.
type Keys interface {
	Seal(p id.Person, kind seal.Kind, name, plain []byte) ([]byte, error)
	Open(p id.Person, kind seal.Kind, name, sealed []byte) ([]byte, error)
}

// InboxConfig says where the inbox is and what it is sealed with.
type InboxConfig struct {
	// Path is the file, usually inbox.db in the data folder.
	Path string
	// Secret seals what is nobody's or several people's. It must be the same for the life of the file.
	Secret []byte
	// Keys seal what is one person's.
	Keys Keys
}

// Inbox keeps every word that was written to us, sealed; those that a human must look at are open until
// somebody has. It also keeps what carriers said of attempts until the person's order has taken it.
type Inbox struct {
	db   *sql.DB
	keys Keys
	name []byte // keys the ids of words
	seal cipher.AEAD
}

// Entry is a word that a human must look at.
type Entry struct {
	ID      string
	At      instant.Time
	Channel string
	Verdict Verdict
	// People are those who are reached at the writer's address.
	People []id.Person
	From   string
	To     string
	Text   string
}

// Urgent tells that it cannot wait.
func (e *Entry) Urgent() bool { return e.Verdict == Crisis }

const inboxSchema = `
CREATE TABLE IF NOT EXISTS word (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL, channel TEXT NOT NULL, verdict INTEGER NOT NULL,
	open INTEGER NOT NULL, whose BLOB, sealed BLOB NOT NULL, taken INTEGER, by_whom TEXT NOT NULL DEFAULT '') STRICT;
CREATE INDEX IF NOT EXISTS word_open ON word (open, verdict, n) WHERE open;
CREATE TABLE IF NOT EXISTS candidate (word INTEGER NOT NULL, person BLOB NOT NULL, PRIMARY KEY (word, person)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS candidate_person ON candidate (person);
CREATE TABLE IF NOT EXISTS settlement (attempt BLOB PRIMARY KEY, person BLOB NOT NULL, taken INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;`

// OpenInbox opens the inbox, or makes it.
func OpenInbox(ctx context.Context, c InboxConfig) (*Inbox, error) {
	if len(c.Secret) < 16 {
		return nil, errors.New("open inbox: the secret is shorter than 16 bytes")
	}
	b := &Inbox{keys: c.Keys}
	key, err := hkdf.Key(sha256.New, c.Secret, nil, "attune inbox seal v1", 32)
	if err != nil {
		return nil, fmt.Errorf("open inbox: %w", err)
	}
	if b.name, err = hkdf.Key(sha256.New, c.Secret, nil, "attune inbox id v1", 32); err != nil {
		return nil, fmt.Errorf("open inbox: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("open inbox: %w", err)
	}
	if b.seal, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return nil, fmt.Errorf("open inbox: %w", err)
	}
	if b.db, err = sqlitefile.Open(ctx, c.Path, false); err != nil {
		return nil, fmt.Errorf("open inbox: %w", err)
	}
	if _, err := b.db.ExecContext(ctx, inboxSchema); err != nil {
		return nil, errors.Join(fmt.Errorf("open inbox %s: %w", filepath.Base(c.Path), err), b.db.Close())
	}
	return b, nil
}

// Close closes the file.
func (b *Inbox) Close() error { return b.db.Close() }

// hash names a word or report.
func (b *Inbox) hash(parts ...string) string {
	m := hmac.New(sha256.New, b.name)
	for _, p := range parts {
		fmt.Fprintf(m, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// written is the sealed part of a word.
type written struct {
	From string `json:"from"`
	To   string `json:"to"`
	Text string `json:"text"`
}

// put keeps a word. It is durable when it returns; the same one again changes nothing.
func (b *Inbox) put(ctx context.Context, e *Entry, open bool) (fresh bool, err error) {
	plain, err := json.Marshal(written{e.From, e.To, e.Text})
	if err != nil {
		return false, fmt.Errorf("keep a message: %w", err)
	}
	var sealed, whose []byte
	if len(e.People) == 1 {
		whose = e.People[0][:]
		sealed, err = b.keys.Seal(e.People[0], seal.Inbound, []byte(e.ID), plain)
	} else {
		sealed = b.seal.Seal(nil, nil, plain, []byte(e.ID))
	}
	if err != nil {
		return false, fmt.Errorf("keep a message: %w", err)
	}
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return false, fmt.Errorf("keep a message: %w", err)
	}
	defer tx.Rollback()
	done, err := tx.ExecContext(ctx, `INSERT INTO word (id, at, channel, verdict, open, whose, sealed) VALUES (?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
		e.ID, int64(e.At), e.Channel, int(e.Verdict), open, whose, sealed)
	if err != nil {
		return false, fmt.Errorf("keep a message: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	n, err := done.LastInsertId()
	if err != nil {
		return false, fmt.Errorf("keep a message: %w", err)
	}
	for _, p := range e.People {
		if _, err := tx.ExecContext(ctx, `INSERT INTO candidate VALUES (?, ?)`, n, p[:]); err != nil {
			return false, fmt.Errorf("keep a message: %w", err)
		}
	}
	if err := tx.Commit(); err != nil {
		return false, fmt.Errorf("keep a message: %w", err)
	}
	return true, nil
}

// List are the words that a human must look at: the urgent ones first, then the oldest.
func (b *Inbox) List(ctx context.Context, most int) ([]Entry, error) {
	return b.read(ctx, `open ORDER BY verdict <> ?, n LIMIT ?`, int(Crisis), most)
}

// ClosedError says that no word waits under an id.
type ClosedError struct{ ID string }

func (e *ClosedError) Error() string {
	return fmt.Sprintf("no message waits under %q: somebody took it, or there never was one; see attune inbox list", e.ID)
}

// shortest is how much of an id is enough where nothing else begins so.
const shortest = 6

// Find returns the open word whose id is or begins as given, in any case of letters.
func (b *Inbox) Find(ctx context.Context, begins string) (Entry, error) {
	begins = strings.ToLower(strings.TrimSpace(begins))
	if len(begins) < shortest {
		return Entry{}, fmt.Errorf("%q is too short for a message's id: give at least %d of its signs, as attune inbox list shows them", begins, shortest)
	}
	found, err := b.read(ctx, `open AND substr(id, 1, ?) = ? LIMIT 2`, len(begins), begins)
	switch {
	case err != nil:
		return Entry{}, err
	case len(found) == 0:
		return Entry{}, &ClosedError{begins}
	case len(found) > 1:
		return Entry{}, fmt.Errorf("several messages begin with %q: give more of the id", begins)
	}
	return found[0], nil
}

func (b *Inbox) read(ctx context.Context, where string, args ...any) (out []Entry, err error) {
	rows, err := b.db.QueryContext(ctx, `SELECT n, id, at, channel, verdict, whose, sealed FROM word WHERE `+where, args...)
	if err != nil {
		return nil, fmt.Errorf("read inbox: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var n int64
		var e Entry
		var whose, sealed []byte
		if err := rows.Scan(&n, &e.ID, &e.At, &e.Channel, &e.Verdict, &whose, &sealed); err != nil {
			return nil, fmt.Errorf("read inbox: %w", err)
		}
		plain, err := b.open(e.ID, whose, sealed)
		if errors.Is(err, seal.ErrNoKey) {
			continue // whose it was is erased
		}
		var w written
		if err == nil {
			err = json.Unmarshal(plain, &w)
		}
		if err == nil {
			e.People, err = b.candidates(ctx, n)
		}
		if err != nil {
			return nil, fmt.Errorf("read inbox: message %s: %w", e.ID, err)
		}
		e.From, e.To, e.Text = w.From, w.To, w.Text
		out = append(out, e)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read inbox: %w", err)
	}
	return out, nil
}

func (b *Inbox) open(name string, whose, sealed []byte) ([]byte, error) {
	if len(whose) == len(id.Person{}) {
		return b.keys.Open(id.Person(whose), seal.Inbound, []byte(name), sealed)
	}
	plain, err := b.seal.Open(nil, nil, sealed, []byte(name))
	if err != nil {
		return nil, errors.New("it does not open with this organisation's secret")
	}
	return plain, nil
}

func (b *Inbox) candidates(ctx context.Context, n int64) (people []id.Person, err error) {
	rows, err := b.db.QueryContext(ctx, `SELECT person FROM candidate WHERE word = ? ORDER BY person`, n)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var p []byte
		if err := rows.Scan(&p); err != nil {
			return nil, err
		}
		if len(p) != len(id.Person{}) {
			return nil, fmt.Errorf("a person has %d bytes: the file is damaged", len(p))
		}
		people = append(people, id.Person(p))
	}
	return people, rows.Err()
}

// done notes that somebody has looked at a word.
func (b *Inbox) done(ctx context.Context, name, by string, at instant.Time) error {
	if _, err := b.db.ExecContext(ctx, `UPDATE word SET open = 0, taken = ?, by_whom = ? WHERE id = ? AND open`, int64(at), by, name); err != nil {
		return fmt.Errorf("take a message: %w", err)
	}
	return nil
}

// Forget takes a person out of the inbox: what they wrote, and what may have been theirs and nobody
// else's.
func (b *Inbox) Forget(ctx context.Context, who id.Person) error {
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("forget %s: %w", who, err)
	}
	defer tx.Rollback()
	for _, do := range []string{
		`DELETE FROM word WHERE whose = ?1 OR n IN (SELECT word FROM candidate WHERE person = ?1) AND n NOT IN (SELECT word FROM candidate WHERE person <> ?1)`,
		`DELETE FROM candidate WHERE person = ?1`,
		`DELETE FROM settlement WHERE person = ?1`,
	} {
		if _, err := tx.ExecContext(ctx, do, who[:]); err != nil {
			return fmt.Errorf("forget %s: %w", who, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("forget %s: %w", who, err)
	}
	if err := sqlitefile.Empty(ctx, b.db); err != nil {
		return fmt.Errorf("forget %s: %w", who, err)
	}
	return nil
}

// settlement is a carrier's late word on an attempt.
type settlement struct {
	attempt   id.Key
	person    id.Person
	taken     bool
	reference string
}

// keep makes a carrier's word on an attempt durable. The first stands.
func (b *Inbox) keep(ctx context.Context, s settlement) error {
	sealed, err := b.keys.Seal(s.person, seal.Notice, s.attempt[:], []byte(s.reference))
	if errors.Is(err, seal.ErrNoKey) {
		return nil
	}
	if err == nil {
		_, err = b.db.ExecContext(ctx, `INSERT INTO settlement VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`, s.attempt[:], s.person[:], s.taken, sealed)
	}
	if err != nil {
		return fmt.Errorf("keep a carrier's word: %w", err)
	}
	return nil
}

// kept are the carriers' words that wait, those about erased people left out.
func (b *Inbox) kept(ctx context.Context) (out []settlement, err error) {
	rows, err := b.db.QueryContext(ctx, `SELECT attempt, person, taken, sealed FROM settlement ORDER BY attempt`)
	if err != nil {
		return nil, fmt.Errorf("read carriers' words: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var s settlement
		var attempt, who, sealed []byte
		if err := rows.Scan(&attempt, &who, &s.taken, &sealed); err != nil {
			return nil, fmt.Errorf("read carriers' words: %w", err)
		}
		copy(s.attempt[:], attempt)
		copy(s.person[:], who)
		plain, err := b.keys.Open(s.person, seal.Notice, s.attempt[:], sealed)
		if errors.Is(err, seal.ErrNoKey) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read carriers' words: %w", err)
		}
		s.reference = string(plain)
		out = append(out, s)
	}
	return out, rows.Err()
}

// drop forgets a carrier's word on an attempt that is not waited for any more.
func (b *Inbox) drop(ctx context.Context, attempt id.Key) error {
	if _, err := b.db.ExecContext(ctx, `DELETE FROM settlement WHERE attempt = ?`, attempt[:]); err != nil {
		return fmt.Errorf("forget a carrier's word: %w", err)
	}
	return nil
}

// Of are the words that are a person's alone, also those that somebody has looked at, the oldest first.
func (b *Inbox) Of(ctx context.Context, who id.Person) ([]Entry, error) {
	return b.read(ctx, `whose = ?1 OR n IN (SELECT word FROM candidate WHERE person = ?1) AND n NOT IN (SELECT word FROM candidate WHERE person <> ?1) ORDER BY n`, who[:])
}
