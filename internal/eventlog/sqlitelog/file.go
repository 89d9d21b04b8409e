package sqlitelog

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	_ "modernc.org/sqlite" // the driver "sqlite"
)

// The handling of one SQLite file is the same here as in internal/store/sqlite, which may not be
// imported from here and knows nothing of logs.

//go:embed migrations/*.sql
var migrations embed.FS

// file is a SQLite database with one connection that writes, some that read and one that
// checkpoints.
type file struct {
	path  string
	write *sql.Conn
	read  *sql.DB
	gate  sync.Mutex   // held by whoever writes, and through a checkpoint that must be alone
	reads sync.RWMutex // held shared by whoever reads, and by such a checkpoint; taken after gate

	pools []*sql.DB
	stop  chan struct{}
	done  chan struct{}

	commits  atomic.Int64
	walLimit int64
	report   func(error)
}

type fileConfig struct {
	path     string
	relaxed  bool
	readers  int
	walLimit int64
	report   func(error)
}

func openFile(cfg fileConfig) (_ *file, err error) {
	f := &file{
		path: cfg.path, walLimit: cfg.walLimit, report: cfg.report,
		stop: make(chan struct{}), done: make(chan struct{}),
	}
	defer func() {
		if err != nil {
			for _, p := range f.pools {
				p.Close()
			}
		}
	}()
	sync := "FULL"
	if cfg.relaxed {
		sync = "NORMAL"
	}
	ctx := context.Background()
	writer, err := f.pool(1, "journal_mode(WAL)", "synchronous("+sync+")")
	if err != nil {
		return nil, err
	}
	if f.write, err = writer.Conn(ctx); err != nil {
		return nil, err
	}
	if err := checkVersion(ctx, f.write); err != nil {
		return nil, err
	}
	if err := migrate(ctx, f.write, migrations, "migrations"); err != nil {
		return nil, err
	}
	if f.read, err = f.pool(cfg.readers, "query_only(1)"); err != nil {
		return nil, err
	}
	// Its own short timeout: while it waits for another process, everyone here waits, too.
	checker, err := f.pool(1, "synchronous("+sync+")", "busy_timeout(50)")
	if err != nil {
		return nil, err
	}
	go f.checkpoints(checker)
	return f, nil
}

func (f *file) pool(conns int, pragmas ...string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", dsn(f.path, nil, append([]string{"busy_timeout(10000)", "wal_autocheckpoint(0)"}, pragmas...)))
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
	q := url.Values{"_pragma": pragmas}
	for k, v := range params {
		q[k] = v
	}
	return "file://" + (&url.URL{Path: path}).EscapedPath() + "?" + q.Encode()
}

// checkVersion refuses the SQLite releases in which a checkpoint beside a writer can lose data.
func checkVersion(ctx context.Context, c *sql.Conn) error {
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
func migrate(ctx context.Context, c *sql.Conn, files fs.FS, dir string) error {
	names, err := fs.Glob(files, dir+"/*.sql")
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

// writing runs f in a transaction of the one writer. Begun, it is finished whatever becomes of the
// caller.
func (f *file) writing(do func(ctx context.Context) error) error {
	f.gate.Lock()
	defer f.gate.Unlock()
	ctx := context.Background()
	if err := transact(ctx, f.write, func() error { return do(ctx) }); err != nil {
		return err
	}
	f.commits.Add(1)
	return nil
}

// reading keeps checkpoints that must be alone away until the answer is called. Between them no
// statement may be left open and no caller's code may run.
func (f *file) reading() (done func()) {
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

func (f *file) checkpoints(db *sql.DB) {
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
		size := f.walSize()
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
func (f *file) truncate(db *sql.DB) (emptied bool, err error) {
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

func (f *file) walSize() int64 {
	info, err := os.Stat(f.path + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}

// close ends all connections; the last one empties the WAL.
func (f *file) close() error {
	close(f.stop)
	<-f.done
	f.gate.Lock()
	defer f.gate.Unlock()
	errs := []error{f.write.Close()}
	for i := len(f.pools) - 1; i >= 0; i-- {
		errs = append(errs, f.pools[i].Close())
	}
	return errors.Join(errs...)
}
