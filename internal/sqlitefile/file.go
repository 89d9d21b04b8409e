package sqlitefile

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// File is a SQLite database with one connection that writes, some that read and one that checkpoints
// off the path of commits. It may be used by many goroutines at once, except that Write is only for
// what is done within Writing, or before anybody else has the file.
type File struct {
	// Write is the one connection that writes; nil when only reading.
	Write *sql.Conn
	// Read is the pool that reads.
	Read *sql.DB

	path  string
	gate  sync.Mutex   // held by whoever writes, and through a checkpoint that must be alone
	reads sync.RWMutex // held shared by whoever reads, and by such a checkpoint; taken after gate

	pools []*sql.DB
	stmts []*sql.Stmt
	stop  chan struct{}
	done  chan struct{}

	commits  atomic.Int64
	walLimit int64
	report   func(error)
}

// Config says which file and how.
type Config struct {
	// Path is the file.
	Path string
	// Migrations are numbered SQL files, sorted by name, that bring an older schema up to date.
	Migrations fs.FS
	// ReadOnly opens a file beside the process that writes it, or after that process has gone.
	ReadOnly bool
	// Relaxed leaves syncing to the checkpoints: a power cut may take the newest commits, and never
	// breaks the file.
	Relaxed bool
	// Secure overwrites what is deleted. It is for files whose rows are not sealed with people's own keys.
	Secure bool
	// Readers is how many connections read in parallel. Zero means 4.
	Readers int
	// WriteCache is how many bytes of pages the writing connection keeps in memory. Zero means SQLite's
	// own 2 MB, which is right for a file that only grows at its end.
	WriteCache int
	// WALLimit is the size in bytes at which the WAL is emptied though the writer must wait for it.
	// Zero means 256 MB.
	WALLimit int64
	// Report is told when keeping the WAL small fails, once per row of failures. Nil ignores it.
	Report func(error)
}

// OpenFile opens the file, making it when there is none and it may be written.
func OpenFile(cfg Config) (_ *File, err error) {
	if cfg.Readers <= 0 {
		cfg.Readers = 4
	}
	if cfg.WALLimit <= 0 {
		cfg.WALLimit = defaultWALLimit
	}
	f := &File{
		path: cfg.Path, walLimit: cfg.WALLimit, report: cfg.Report,
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	defer func() {
		if err != nil {
			for _, p := range f.pools {
				p.Close()
			}
		}
	}()
	if cfg.ReadOnly {
		close(f.done) // there is nothing to checkpoint
		return f, f.openForReading(cfg)
	}
	sync := "FULL"
	if cfg.Relaxed {
		sync = "NORMAL"
	}
	ctx := context.Background()
	pragmas := []string{"journal_mode(WAL)", "synchronous(" + sync + ")"}
	if cfg.Secure {
		pragmas = append(pragmas, "secure_delete(1)")
	}
	if cfg.WriteCache > 0 {
		pragmas = append(pragmas, "cache_size(-"+strconv.Itoa(cfg.WriteCache>>10)+")")
	}
	writer, err := f.pool(1, nil, pragmas...)
	if err != nil {
		return nil, err
	}
	if f.Write, err = writer.Conn(ctx); err != nil {
		return nil, err
	}
	if err := checkVersion(ctx, f.Write); err != nil {
		return nil, err
	}
	if err := migrate(ctx, f.Write, cfg.Migrations); err != nil {
		return nil, err
	}
	if f.Read, err = f.pool(cfg.Readers, nil, "query_only(1)"); err != nil {
		return nil, err
	}
	// Its own short timeout: while it waits for another process, everyone here waits, too.
	checker, err := f.pool(1, nil, "synchronous("+sync+")", "busy_timeout(50)")
	if err != nil {
		return nil, err
	}
	go f.checkpoints(checker)
	return f, nil
}

// openForReading opens a file that another process may be writing. It asks for mode=rw, since a reader
// must be able to take up the write-ahead log of a writer that was killed; query_only keeps it from
// writing anything else.
func (f *File) openForReading(cfg Config) (err error) {
	if _, err := os.Stat(f.path); err != nil {
		return err
	}
	if f.Read, err = f.pool(cfg.Readers, url.Values{"mode": {"rw"}}, "query_only(1)"); err != nil {
		return err
	}
	ctx := context.Background()
	c, err := f.Read.Conn(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := checkVersion(ctx, c); err != nil {
		return err
	}
	names, err := fs.Glob(cfg.Migrations, "*.sql")
	if err != nil {
		return err
	}
	var has int
	if err := c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&has); err != nil {
		return err
	}
	if has != len(names) {
		return fmt.Errorf("schema is %d and this version reads %d: start the server of this version once", has, len(names))
	}
	return nil
}

func (f *File) pool(conns int, params url.Values, pragmas ...string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(f.path, params, append([]string{"busy_timeout(10000)", "wal_autocheckpoint(0)"}, pragmas...)))
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(conns)
	db.SetMaxIdleConns(conns)
	f.pools = append(f.pools, db)
	return db, nil
}

func dsn(path string, params url.Values, pragmas []string) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	q := url.Values{}
	for k, v := range params {
		q[k] = v
	}
	q["_pragma"] = append(slices.Clone(q["_pragma"]), pragmas...)
	return "file://" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// checkVersion refuses the SQLite releases in which a checkpoint beside a writer can lose data.
func checkVersion(ctx context.Context, c interface {
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}) error {
	var v string
	if err := c.QueryRowContext(ctx, "SELECT sqlite_version()").Scan(&v); err != nil {
		return err
	}
	if !safeVersion(v) {
		return fmt.Errorf("SQLite %s can lose commits while checkpointing: 3.51.3 or later is needed", v)
	}
	return nil
}

func safeVersion(v string) bool {
	n := 0
	parts := strings.Split(v, ".")
	for i := range 3 {
		n *= 1000
		if i < len(parts) {
			p, err := strconv.Atoi(parts[i])
			if err != nil {
				return false
			}
			n += p
		}
	}
	return n >= 3_051_003
}

// migrate brings the schema up to date: each numbered file that user_version has not reached, in a
// transaction of its own.
func migrate(ctx context.Context, c *sql.Conn, files fs.FS) error {
	names, err := fs.Glob(files, "*.sql")
	if err != nil {
		return err
	}
	var has int
	if err := c.QueryRowContext(ctx, "PRAGMA user_version").Scan(&has); err != nil {
		return err
	}
	if has > len(names) {
		return fmt.Errorf("schema %d was made by a newer version, which knows more than schema %d", has, len(names))
	}
	for i := has; i < len(names); i++ {
		text, err := fs.ReadFile(files, names[i]) // sorted, and numbered from 1 without gaps
		if err != nil {
			return err
		}
		err = transact(ctx, c, func() error {
			_, err := c.ExecContext(ctx, string(text)+"\nPRAGMA user_version = "+strconv.Itoa(i+1))
			return err
		})
		if err != nil {
			return fmt.Errorf("migrate to schema %d: %w", i+1, err)
		}
	}
	return nil
}

// transact runs f between BEGIN and COMMIT, or undoes it.
func transact(ctx context.Context, c *sql.Conn, f func() error) error {
	if _, err := c.ExecContext(ctx, "BEGIN IMMEDIATE"); err != nil {
		return err
	}
	err := f()
	if err == nil {
		_, err = c.ExecContext(ctx, "COMMIT")
	}
	if err != nil {
		// Some failures have rolled back already; then this one's failure says nothing.
		_, _ = c.ExecContext(ctx, "ROLLBACK")
	}
	return err
}

// Writing runs do in a transaction of the one writer. Begun, it is finished whatever becomes of the
// caller.
func (f *File) Writing(do func(ctx context.Context) error) error {
	f.gate.Lock()
	defer f.gate.Unlock()
	ctx := context.Background()
	if err := transact(ctx, f.Write, func() error { return do(ctx) }); err != nil {
		return err
	}
	f.commits.Add(1)
	return nil
}

// Reading keeps checkpoints that must be alone away until the answer is called. Between them no
// statement may be left open and no caller's code may run.
func (f *File) Reading() (done func()) {
	f.reads.RLock()
	return f.reads.RUnlock
}

// How the WAL is kept small. Passive checkpoints move what they can beside the writer, but only one
// that is alone for a moment lets the WAL begin anew.
const (
	checkpointEvery = 250 * time.Millisecond
	checkpointFrom  = 4 << 20 // below that a passive one is not worth its syncs
	checkpointIdle  = time.Second
	checkpointAgain = 2 * time.Second // when another process was reading
	defaultWALLimit = 256 << 20
)

func (f *File) checkpoints(db *sql.DB) {
	defer close(f.done)
	tick := time.NewTicker(checkpointEvery)
	defer tick.Stop()
	var (
		seen    int64 // commits at the last look
		moved   int64 // commits at the last checkpoint
		quiet   time.Duration
		resting time.Duration
		failing bool
	)
	for {
		select {
		case <-f.stop:
			return
		case <-tick.C:
		}
		n := f.commits.Load()
		quiet += checkpointEvery
		if n != seen {
			seen, quiet = n, 0
		}
		resting -= checkpointEvery
		size := f.WALSize()
		var err error
		switch {
		case size == 0:
		case resting <= 0 && (size >= f.walLimit || quiet >= checkpointIdle):
			var emptied bool
			emptied, err = f.truncate(db)
			moved = n
			if !emptied {
				resting = checkpointAgain
			}
		case n > moved && size >= checkpointFrom:
			_, err = db.Exec("PRAGMA wal_checkpoint(PASSIVE)")
			moved = n
		}
		if err != nil && !failing && f.report != nil {
			f.report(fmt.Errorf("checkpoint %s: %w", filepath.Base(f.path), err))
		}
		failing = err != nil
	}
}

// truncate empties the WAL, unless another process is reading an old state of it. A first, passive
// round leaves little to do while everyone waits.
func (f *File) truncate(db *sql.DB) (emptied bool, err error) {
	if _, err := db.Exec("PRAGMA wal_checkpoint(PASSIVE)"); err != nil {
		return false, err
	}
	f.gate.Lock()
	defer f.gate.Unlock()
	f.reads.Lock()
	defer f.reads.Unlock()
	var busy, frames, done int64
	err = db.QueryRow("PRAGMA wal_checkpoint(TRUNCATE)").Scan(&busy, &frames, &done)
	return busy == 0, err
}

// Empty moves what the write-ahead log has into the file, as the function of that name.
func (f *File) Empty(ctx context.Context) error {
	f.gate.Lock()
	defer f.gate.Unlock()
	f.reads.Lock()
	defer f.reads.Unlock()
	return empty(ctx, f.Write)
}

// WALSize is how large the write-ahead log is, in bytes.
func (f *File) WALSize() int64 {
	info, err := os.Stat(f.path + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}

// PrepareRead prepares a statement for the readers, before anybody else has the file. Close ends it: a
// statement that is left open keeps its connection, and the file, open for ever.
func (f *File) PrepareRead(query string) (*sql.Stmt, error) {
	return f.keep(f.Read.PrepareContext(context.Background(), query))
}

// PrepareWrite prepares a statement for the writer, before anybody else has the file.
func (f *File) PrepareWrite(query string) (*sql.Stmt, error) {
	return f.keep(f.Write.PrepareContext(context.Background(), query))
}

func (f *File) keep(s *sql.Stmt, err error) (*sql.Stmt, error) {
	if err == nil {
		f.stmts = append(f.stmts, s)
	}
	return s, err
}

// Close ends all connections; the last one empties the WAL.
func (f *File) Close() error {
	close(f.stop)
	<-f.done
	f.gate.Lock()
	defer f.gate.Unlock()
	var errs []error
	for _, s := range f.stmts {
		errs = append(errs, s.Close())
	}
	if f.Write != nil {
		errs = append(errs, f.Write.Close())
	}
	for i := len(f.pools) - 1; i >= 0; i-- {
		errs = append(errs, f.pools[i].Close())
	}
	return errors.Join(errs...)
}
