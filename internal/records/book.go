package records

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"hash"
	"path/filepath"
	"sync"

	"attune/core/id"
	"attune/internal/eventlog"
	"attune/internal/intake"
	"attune/internal/seal"
	"attune/internal/sqlitefile"
)

// Keys seal what belongs to one person with that person's own key.
type Keys interface {
	Ensure(people ...id.Person) error
	Has(p id.Person) bool
	Seal(p id.Person, kind seal.Kind, name, plain []byte) ([]byte, error)
	Open(p id.Person, kind seal.Kind, name, sealed []byte) ([]byte, error)
}

// Directory knows which person an identifier means. *identity.Directory is one.
type Directory interface {
	intake.Links
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
	// Log is where Events puts them; after a crash the book looks there.
	Log eventlog.Log
	// Relaxed lets a power cut take the newest entries; only for demonstrations.
	Relaxed bool
}

// Book knows the entries.
type Book struct {
	cfg Config
	db  *sql.DB
	statements

	mu sync.Mutex // held while entries are taken
	// mac hashes what is gathered in room.
	mac  hash.Hash
	room []byte
	// rows tells that entries came for which their source has no name.
	rows bool
	// undelivered are events, from a source, that wait in the file and that the log does not have.
	undelivered []intake.Arrival
	from        string
}

// statements are those that every batch needs.
type statements struct {
	havePassed, entriesOf, tombsOf, readEntry *sql.Stmt
	putEntry, putName, addPassed, addPending  many
}

func (s *statements) prepare(ctx context.Context, db *sql.DB) (err error) {
	for ask, to := range map[string]**sql.Stmt{
		`SELECT token FROM passed WHERE token`:                &s.havePassed,
		`SELECT token, entry, versions FROM name WHERE token`: &s.entriesOf,
		`SELECT token, at, version FROM tomb WHERE token`:     &s.tombsOf,
	} {
		if *to, err = prepareLook(ctx, db, ask); err != nil {
			return err
		}
	}
	if s.readEntry, err = db.PrepareContext(ctx, `SELECT person, named, sealed FROM entry WHERE n = ?`); err != nil {
		return err
	}
	for _, x := range []struct {
		to       *many
		insert   string
		columns  int
		conflict string
	}{
		{&s.putEntry, `INTO entry VALUES `, 5, ` ON CONFLICT (n) DO UPDATE SET person = excluded.person, named = excluded.named, who = excluded.who, sealed = excluded.sealed`},
		{&s.putName, `INTO name VALUES `, 3, ` ON CONFLICT (token) DO UPDATE SET entry = excluded.entry, versions = excluded.versions`},
		{&s.addPassed, `INTO passed VALUES `, 1, ``},
		{&s.addPending, `INTO pending VALUES `, 4, ``},
	} {
		if *x.to, err = prepareMany(ctx, db, x.insert, x.columns, x.conflict); err != nil {
			return err
		}
	}
	return nil
}

// ErrWrongSecret means that the file was made with another secret.
var ErrWrongSecret = errors.New("the book of records was made with another secret: use the keys that belong to this data folder")

// An entry is known by one or several names: the source's id of it, and what else tells it apart. A name has the digests of
// the versions that came by it. passed are events that came as they are. A tomb is the word that an entry was an error, where nobody knows yet whom it is about. pending are the events of
// a batch that the log may not have, those of a person together, and begun is where the log stood before it was given
// them. who tells that an entry says who somebody is, and rows that entries came for which their source has no name.
const schema = `
CREATE TABLE IF NOT EXISTS about (only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER NOT NULL, proof BLOB NOT NULL, begun INTEGER NOT NULL, rows INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS entry (n INTEGER PRIMARY KEY, person BLOB NOT NULL, named INTEGER NOT NULL, who INTEGER NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS name (token BLOB PRIMARY KEY, entry INTEGER NOT NULL, versions BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS passed (token BLOB PRIMARY KEY) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tomb (token BLOB NOT NULL, at INTEGER NOT NULL, version TEXT NOT NULL, PRIMARY KEY (token, at, version)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pending (n INTEGER PRIMARY KEY, source TEXT NOT NULL, person BLOB NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE INDEX IF NOT EXISTS entry_who ON entry (person) WHERE who;`

// version is that of the schema above.
const version = 2

// Open opens the book, or makes it. After a crash it looks whether the log has its newest events; if not,
// the next Take or Deliver gives them first.
func Open(ctx context.Context, c Config) (*Book, error) {
	if len(c.Secret) < 16 {
		return nil, errors.New("open records: the secret is shorter than 16 bytes")
	}
	db, err := sqlitefile.Open(ctx, c.Path, false)
	if err != nil {
		return nil, fmt.Errorf("open records: %w", err)
	}
	db.SetMaxOpenConns(1) // one writes, and reads what it wrote
	// Names are all over the file: pages that change again soon stay in memory, and are copied into it less often. What a batch
	// deletes is sealed, and need not be overwritten.
	_, err = db.ExecContext(ctx, `PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 8192; PRAGMA secure_delete = 0`)
	if err == nil && c.Relaxed {
		_, err = db.ExecContext(ctx, `PRAGMA synchronous = NORMAL`)
	}
	b := &Book{cfg: c, db: db, mac: hmac.New(sha256.New, c.Secret)}
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
	if err := b.renew(ctx); err != nil {
		return err
	}
	if _, err := b.db.ExecContext(ctx, schema); err != nil {
		return err
	}
	if _, err := b.db.ExecContext(ctx, `INSERT INTO about VALUES (1, ?, ?, 0, 0) ON CONFLICT DO NOTHING`, version, want); err != nil {
		return err
	}
	var v int
	var got []byte
	if err := b.db.QueryRowContext(ctx, `SELECT version, proof, rows FROM about`).Scan(&v, &got, &b.rows); err != nil {
		return err
	}
	if v != version {
		return fmt.Errorf("it has version %d and this Attune reads version %d: use the Attune that wrote it, or a newer one", v, version)
	}
	if !hmac.Equal(got, want) {
		return ErrWrongSecret
	}
	if err := b.prepare(ctx, b.db); err != nil {
		return err
	}
	return b.recover(ctx)
}

// Close closes the file.
func (b *Book) Close() error { return b.db.Close() }

// token is all that the book keeps of a name.
type token [16]byte

// hash is the token of parts that together name something. Whoever holds the lock calls it.
func (b *Book) hash(what string, parts ...string) (t token) {
	b.room = append(b.room[:0], what...)
	for _, p := range parts {
		b.room = append(append(b.room, 0), p...)
	}
	b.mac.Reset()
	b.mac.Write(b.room)
	b.room = b.mac.Sum(b.room[:0])
	copy(t[:], b.room)
	return t
}
