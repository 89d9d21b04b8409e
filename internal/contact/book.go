package contact

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"time"

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

// Config says where the book is and what it works with.
type Config struct {
	// Path is the file, usually contacts.db in the data folder.
	Path string
	// Secret keys the hashes of addresses. It must be the same for the life of the file.
	Secret []byte
	// Keys seal the events that wait to be taken in.
	Keys Keys
	// Now is the time at which people come to share an address, or cease to; the machine's where there is none.
	Now func() instant.Time
	// Normaliser may know more of addresses than Normal does.
	Normaliser Normaliser
}

// Book knows the contact points. Its methods may be called by many goroutines at once.
type Book struct {
	cfg Config
	db  *sql.DB

	writing    sync.Mutex // one changes the file at a time
	delivering sync.Mutex // one empties the outbox at a time
	// closed are the points that may not be used. It is never behind what Suppress returned for.
	mu      sync.RWMutex
	closed  map[token]Suppression
	pending pending
}

// ErrWrongSecret means that the file was made with another secret.
var ErrWrongSecret = errors.New("the book of contact points was made with another secret: use the keys that belong to this data folder")

// A use is that a person is reached at a point, sealed with how their record writes it. An act is one suppression or
// release (why is then empty), named by its cause, so that the same report again is not another one. It stands until it
// is freed. Who was told that others are reached at a point is in sharing until they are told that it is over; told is
// when somebody was last told of either.
const schema = `
CREATE TABLE IF NOT EXISTS about (only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER NOT NULL, proof BLOB NOT NULL, normaliser TEXT NOT NULL, frame INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS use (point BLOB NOT NULL, person BLOB NOT NULL, sealed BLOB NOT NULL, PRIMARY KEY (point, person)) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS use_person ON use (person);
CREATE TABLE IF NOT EXISTS act (point BLOB NOT NULL, cause BLOB NOT NULL, kind TEXT NOT NULL, why TEXT NOT NULL, touch TEXT NOT NULL, at INTEGER NOT NULL, freed INTEGER,
	PRIMARY KEY (point, cause)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS outbox (n INTEGER PRIMARY KEY AUTOINCREMENT, person BLOB NOT NULL, sealed BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS sharing (point BLOB NOT NULL, person BLOB NOT NULL, PRIMARY KEY (point, person)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS told (only INTEGER PRIMARY KEY CHECK (only = 1), at INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS confirmed (point BLOB PRIMARY KEY, at INTEGER NOT NULL) STRICT, WITHOUT ROWID;`

// version is that of the schema above.
const version = 1

// Open opens the book, or makes it.
func Open(ctx context.Context, c Config) (*Book, error) {
	if c.Now == nil {
		c.Now = func() instant.Time { return instant.Of(time.Now()) }
	}
	if len(c.Secret) < 16 {
		return nil, errors.New("open contact points: the secret is shorter than 16 bytes")
	}
	db, err := sqlitefile.Open(ctx, c.Path, false)
	if err != nil {
		return nil, fmt.Errorf("open contact points: %w", err)
	}
	b := &Book{cfg: c, db: db, closed: map[token]Suppression{}, pending: pending{people: map[id.Person][]Address{}}}
	if err := b.begin(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open contact points %s: %w", filepath.Base(c.Path), err), db.Close())
	}
	return b, nil
}

// begin makes the tables, checks that the secret is theirs, and learns what is suppressed.
func (b *Book) begin(ctx context.Context) error {
	proof := hmac.New(sha256.New, b.cfg.Secret)
	proof.Write([]byte("attune contacts proof")) // no NUL, so no point has this token
	want := proof.Sum(nil)
	if _, err := b.db.ExecContext(ctx, schema); err != nil {
		return err
	}
	if _, err := b.db.ExecContext(ctx, `INSERT INTO about VALUES (1, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, version, want, b.cfg.Normaliser.Name, Nothing); err != nil {
		return err
	}
	var v int
	var got []byte
	var normaliser string
	if err := b.db.QueryRowContext(ctx, `SELECT version, proof, normaliser FROM about`).Scan(&v, &got, &normaliser); err != nil {
		return err
	}
	if v != version {
		return fmt.Errorf("it has version %d and this Attune reads version %d: use the Attune that wrote it, or a newer one", v, version)
	}
	if !hmac.Equal(got, want) {
		return ErrWrongSecret
	}
	if normaliser != b.cfg.Normaliser.Name {
		// Addresses are written another way from now on, so nobody is known to use any.
		if _, err := b.db.ExecContext(ctx, `UPDATE about SET normaliser = ?, frame = min(frame, 0)`, b.cfg.Normaliser.Name); err != nil {
			return err
		}
	}
	return b.load(ctx)
}

// load learns which points may not be used, the newest word on each.
func (b *Book) load(ctx context.Context) error {
	rows, err := b.db.QueryContext(ctx, `SELECT point, why, touch, at FROM act WHERE freed IS NULL ORDER BY at`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var t []byte
		var s Suppression
		if err := rows.Scan(&t, &s.Why, &s.Touch, &s.At); err != nil {
			return err
		}
		if len(t) != len(token{}) {
			return fmt.Errorf("a point has %d bytes: the file is damaged", len(t))
		}
		b.closed[token(t)] = s
	}
	return rows.Err()
}

// change runs do in a transaction. What was gathered of people's addresses goes before it.
func (b *Book) change(ctx context.Context, do func(*sql.Tx) error) error {
	b.writing.Lock()
	defer b.writing.Unlock()
	return b.transact(ctx, do)
}

// transact is change for who holds the writing lock.
func (b *Book) transact(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := b.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	people, frame := b.pending.take()
	if err = b.write(ctx, tx, people, frame); err == nil {
		if err = do(tx); err == nil {
			err = tx.Commit()
		}
	}
	if err != nil {
		b.pending.giveBack(people)
		return err
	}
	b.pending.wrote(frame)
	return nil
}

// Close writes what was gathered and closes the file.
func (b *Book) Close() error {
	return errors.Join(b.Flush(context.Background()), b.db.Close())
}
