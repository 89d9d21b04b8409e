package records

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"attune/core/event"
	"attune/core/id"
	"attune/internal/eventlog"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/seal"
	"attune/internal/sqlitefile"
)

// Keys seal what belongs to one person with that person's own key.
type Keys interface {
	Ensure(people ...id.Person) error
	Seal(p id.Person, kind seal.Kind, name, plain []byte) ([]byte, error)
	Open(p id.Person, kind seal.Kind, name, sealed []byte) ([]byte, error)
}

// Directory knows which person an identifier means. *identity.Directory is one.
type Directory interface {
	Claim(ctx context.Context, groups [][]identity.Key, prepare func(created []id.Person) error) ([]identity.Claimed, error)
}

// Events takes events in. *intake.Intake is one.
type Events interface {
	Take(ctx context.Context, source intake.Source, arrivals []intake.Arrival) error
}

// Config says where the book is and what it works with.
type Config struct {
	// Path is the file, usually records.db in the data folder.
	Path string
	// Secret keys the hashes of entries' names. It must be the same for the life of the file.
	Secret    []byte
	Keys      Keys
	Directory Directory
	Events    Events
	// Log is where Events puts them; after a crash the book looks there for what it had not noted.
	Log eventlog.Log
	// Relaxed lets a power cut take the newest entries; only for demonstrations.
	Relaxed bool
}

// Book knows the entries.
type Book struct {
	cfg Config
	db  *sql.DB

	mu sync.Mutex // held while entries are taken
	// begun tells that the file says from where on the log may hold what the book has not noted; landed are the events
	// that were found there when the book was opened.
	begun  bool
	landed map[uint64]bool
}

// ErrWrongSecret means that the file was made with another secret.
var ErrWrongSecret = errors.New("the book of records was made with another secret: use the keys that belong to this data folder")

// An entry is known by one or several names: the source's id of it, and what else tells it apart. A version is one that
// came; an event by itself, which has no versions, is one too. begun is the log's position before the book began
// to give it events, or none.
const schema = `
CREATE TABLE IF NOT EXISTS about (only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER NOT NULL, proof BLOB NOT NULL, begun INTEGER) STRICT;
CREATE TABLE IF NOT EXISTS entry (n INTEGER PRIMARY KEY, person BLOB NOT NULL, named INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS name (token BLOB PRIMARY KEY, entry INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS version (token BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS entry_person ON entry (person);`

// version is that of the schema above.
const version = 1

// Open opens the book, or makes it, and looks in the log for what a crash kept it from noting.
func Open(ctx context.Context, c Config) (*Book, error) {
	if len(c.Secret) < 16 {
		return nil, errors.New("open records: the secret is shorter than 16 bytes")
	}
	db, err := sqlitefile.Open(ctx, c.Path, false)
	if err != nil {
		return nil, fmt.Errorf("open records: %w", err)
	}
	db.SetMaxOpenConns(1) // one writes, and reads what it wrote
	if c.Relaxed {
		_, err = db.ExecContext(ctx, `PRAGMA synchronous = NORMAL`)
	}
	b := &Book{cfg: c, db: db}
	if err == nil {
		err = b.begin(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open records %s: %w", filepath.Base(c.Path), err), db.Close())
	}
	return b, nil
}

// begin makes the tables and checks that the secret is theirs.
func (b *Book) begin(ctx context.Context) error {
	proof := hmac.New(sha256.New, b.cfg.Secret)
	proof.Write([]byte("attune records proof"))
	want := proof.Sum(nil)
	if _, err := b.db.ExecContext(ctx, schema); err != nil {
		return err
	}
	if _, err := b.db.ExecContext(ctx, `INSERT INTO about VALUES (1, ?, ?, NULL) ON CONFLICT DO NOTHING`, version, want); err != nil {
		return err
	}
	var v int
	var got []byte
	var begun sql.NullInt64
	if err := b.db.QueryRowContext(ctx, `SELECT version, proof, begun FROM about`).Scan(&v, &got, &begun); err != nil {
		return err
	}
	if v != version {
		return fmt.Errorf("it has version %d and this Attune reads version %d: use the Attune that wrote it, or a newer one", v, version)
	}
	if !hmac.Equal(got, want) {
		return ErrWrongSecret
	}
	if b.begun = begun.Valid; b.begun {
		return b.look(ctx, eventlog.Position(begun.Int64))
	}
	return nil
}

// look gathers the events that the log took after a position: they were told, whatever the file says.
func (b *Book) look(ctx context.Context, after eventlog.Position) error {
	b.landed = map[uint64]bool{}
	for {
		after = max(after, b.cfg.Log.First()-1)
		some, err := b.cfg.Log.Read(ctx, after, 1000)
		if err != nil && !errors.Is(err, eventlog.ErrTrimmed) {
			return err
		}
		if len(some) == 0 && err == nil {
			return nil
		}
		for _, r := range some {
			after = r.Position
			plain, err := b.cfg.Keys.Open(r.Person, seal.Event, nil, r.Body)
			if errors.Is(err, seal.ErrNoKey) {
				continue // it is of nobody any more
			}
			if err != nil {
				return err
			}
			e, err := event.Decode(plain)
			if err != nil {
				return err
			}
			b.landed[e.Key()] = true
		}
	}
}

// Close closes the file.
func (b *Book) Close() error { return b.db.Close() }

// token is all that the book keeps of a name.
type token [16]byte

// hash is the token of parts that together name something.
func (b *Book) hash(what string, parts ...string) token {
	m := hmac.New(sha256.New, b.cfg.Secret)
	m.Write([]byte(what))
	for _, p := range parts {
		m.Write([]byte{0})
		m.Write([]byte(p))
	}
	var t token
	copy(t[:], m.Sum(nil))
	return t
}
