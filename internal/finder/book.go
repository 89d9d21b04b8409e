package finder

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/likeness"
	"attune/internal/seal"
	"attune/internal/sqlitefile"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Keys seal what belongs to one person with that person's own key.
type Keys interface {
	Seal(p id.Person, kind seal.Kind, name, plain []byte) ([]byte, error)
	Open(p id.Person, kind seal.Kind, name, sealed []byte) ([]byte, error)
}

// People tells who people are, from their states and records.
type People interface {
	// Facts is false for who was erased, or of whom nothing is known. Those of a record that is part of another are the
	// other's.
	Facts(ctx context.Context, who id.Person) (likeness.Facts, bool, error)
	// Numbers are what records call somebody.
	Numbers(ctx context.Context, who id.Person) ([]likeness.Number, error)
	// Parts are the records that are part of another's, each with the one that goes on.
	Parts(ctx context.Context) (map[id.Person]id.Person, error)
}

// Config says where the book is and what it works with.
type Config struct {
	// Path is the file, usually finder.db in the data folder.
	Path string
	// Secret keys the hashes. It must be the same for the life of the file.
	Secret []byte
	// Keys seal what was said of pairs.
	Keys   Keys
	People People
	// Now is the clock.
	Now func() instant.Time
	// Relaxed lets a power cut take the newest changes; only for demonstrations.
	Relaxed bool
	// Report is told when keeping the file's log small fails. May be nil.
	Report func(error)
}

// Book knows what people are called. Its methods may be called by many goroutines at once.
type Book struct {
	cfg  Config
	file *sqlitefile.File

	writing sync.Mutex // one writes what was gathered at a time
	looking sync.Mutex // one compares people at a time
	pending pending
}

// ErrWrongSecret means that the file was made with another secret.
var ErrWrongSecret = errors.New("the index of people was made with another secret: use the keys that belong to this data folder")

// writeCache is how many bytes of pages are kept while writing: hashes go everywhere in the file.
const writeCache = 32 << 20

// Open opens the book, or makes it.
func Open(ctx context.Context, c Config) (*Book, error) {
	if len(c.Secret) < 16 {
		return nil, errors.New("open the index of people: the secret is shorter than 16 bytes")
	}
	numbered, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	f, err := sqlitefile.OpenFile(sqlitefile.Config{Path: c.Path, Migrations: numbered, Relaxed: c.Relaxed, WriteCache: writeCache, Secure: true, Report: c.Report})
	if err != nil {
		return nil, fmt.Errorf("open the index of people: %w", err)
	}
	b := &Book{cfg: c, file: f, pending: pending{people: map[id.Person]likeness.Facts{}}}
	if err := b.begin(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open the index of people %s: %w", filepath.Base(c.Path), err), f.Close())
	}
	return b, nil
}

// begin checks that the secret is the one with which the file was made.
func (b *Book) begin(ctx context.Context) error {
	proof := hmac.New(sha256.New, b.cfg.Secret)
	proof.Write([]byte("attune finder proof")) // no NUL, so nothing that is known has this token
	want := proof.Sum(nil)
	if _, err := b.file.Write.ExecContext(ctx, `INSERT INTO about VALUES (1, ?, 0) ON CONFLICT DO NOTHING`, want); err != nil {
		return err
	}
	var got []byte
	if err := b.file.Write.QueryRowContext(ctx, `SELECT proof FROM about`).Scan(&got); err != nil {
		return err
	}
	if !hmac.Equal(got, want) {
		return ErrWrongSecret
	}
	return nil
}

// Frame is the newest commit of which nothing is missing in the file; 0 means that everybody is to be said again.
func (b *Book) Frame(ctx context.Context) (frame int64, err error) {
	defer b.file.Reading()()
	if err := b.file.Read.QueryRowContext(ctx, `SELECT frame FROM about`).Scan(&frame); err != nil {
		return 0, fmt.Errorf("read how far the index of people is: %w", err)
	}
	return frame, nil
}

// Close writes what was gathered and closes the file.
func (b *Book) Close() error { return errors.Join(b.Flush(), b.file.Close()) }

// querier is a connection or a pool of them.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

// each calls do for each row. do scans it.
func each(ctx context.Context, db querier, do func(scan func(...any) error) error, query string, args ...any) error {
	rows, err := db.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := do(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// personOf reads an id.
func personOf(b []byte) (id.Person, error) {
	if len(b) != len(id.Person{}) {
		return id.Person{}, fmt.Errorf("a person has %d bytes: the index is damaged; stop the server, take finder.db away, and it is made anew", len(b))
	}
	return id.Person(b), nil
}
