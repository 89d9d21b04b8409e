package sqlite

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"

	"attune/internal/sqlitefile"
	"attune/internal/store"
)

// The files of a data folder.
const (
	StateName   = "state.db"
	HistoryName = "history.db"
	ChunksName  = "chunks.db"
)

// Durability says when a commit counts as kept.
type Durability int

const (
	// Full syncs every commit before it returns.
	Full Durability = iota
	// Relaxed leaves syncing to the checkpoints: a power cut may take the newest commits, and never
	// breaks the file. It is meant for building a demo's past, and for nothing that anyone relies on.
	Relaxed
)

// Config sets up a store. The zero value is what a server wants.
type Config struct {
	// ReadOnly opens existing files beside the server that writes them; whatever would change them
	// returns store.ErrReadOnly.
	ReadOnly bool
	// Durability is Full unless said otherwise.
	Durability Durability
	// Readers is how many connections read in parallel. Zero means 4.
	Readers int
	// WALLimit is the size in bytes at which the WAL is emptied though the writer must wait for it.
	// Zero means 256 MB.
	WALLimit int64
	// Report is told when keeping the WAL small fails, once per row of failures. Nil ignores it.
	Report func(error)
}

// base is what every store is made of: a file, and whether it is still open.
type base struct {
	file    *sqlitefile.File
	readers int
	closed  atomic.Bool
}

//go:embed migrations/*/*.sql
var migrations embed.FS

func openBase(dir, name, schema string, writeCache int, cfg Config) (*base, error) {
	if cfg.Readers <= 0 {
		cfg.Readers = 4
	}
	if !cfg.ReadOnly {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, err
		}
	}
	numbered, err := fs.Sub(migrations, schema)
	if err != nil {
		return nil, err
	}
	f, err := sqlitefile.OpenFile(sqlitefile.Config{
		Path: filepath.Join(dir, name), Migrations: numbered, ReadOnly: cfg.ReadOnly,
		Relaxed: cfg.Durability == Relaxed, Readers: cfg.Readers, WriteCache: writeCache, WALLimit: cfg.WALLimit, Report: cfg.Report,
	})
	if err != nil {
		return nil, err
	}
	return &base{file: f, readers: cfg.Readers}, nil
}

// failed says why something went wrong: what a closed database answers has its own name.
func (b *base) failed(err error) error {
	if err != nil && b.closed.Load() && !errors.Is(err, store.ErrClosed) {
		return fmt.Errorf("%w: %w", store.ErrClosed, err)
	}
	return err
}

func (b *base) writable() error {
	switch {
	case b.closed.Load():
		return store.ErrClosed
	case b.file.Write == nil:
		return store.ErrReadOnly
	}
	return nil
}

func (b *base) readable() error {
	if b.closed.Load() {
		return store.ErrClosed
	}
	return nil
}

func (b *base) close() error {
	if b.closed.Swap(true) {
		return nil
	}
	return b.file.Close()
}
