package sqlitelog

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"attune/core/instant"
	"attune/internal/eventlog"
	"attune/internal/sqlitefile"
)

var _ eventlog.Log = (*Log)(nil)

//go:embed migrations/*.sql
var migrations embed.FS

// Name is the log's file in its folder.
const Name = "log.db"

// Durability says when an append counts as kept.
type Durability int

const (
	// Full syncs every commit before it is acknowledged.
	Full Durability = iota
	// Relaxed leaves syncing to the checkpoints: a power cut may take the newest entries, though
	// acknowledged, and never breaks the file. It is meant for building a demo's past, and for
	// nothing that anyone relies on.
	Relaxed
)

// Config sets up a log. The zero value is what a server wants.
type Config struct {
	// Linger is how long a commit waits for as many Appends as shared the one before; a lone one
	// never waits. Zero means 1 ms; negative means not at all.
	Linger time.Duration
	// MaxEntries bounds the entries of one commit, though a longer single Append stays whole. Zero
	// means 8192.
	MaxEntries int
	// Durability is Full unless said otherwise.
	Durability Durability
	// Readers bounds the concurrent reads. Zero means 4.
	Readers int
	// WALLimit is the size in bytes at which the WAL is emptied though writers must wait for it. Zero
	// means 256 MB.
	WALLimit int64
	// Report is told when keeping the WAL small fails, once per row of failures. Nil ignores it.
	Report func(error)
}

// Log is an event log in a SQLite file.
type Log struct {
	cfg   Config
	file  *sqlitefile.File
	put   *sql.Stmt
	end   *sql.Stmt
	reads *sql.Stmt

	scratch []byte // the writer's, for encoding frames

	requests chan *request
	quit     chan struct{} // closed by Close
	finished chan struct{} // closed when the writer has gone
	closing  sync.Once
	closeErr error

	mu     sync.Mutex
	first  eventlog.Position
	last   eventlog.Position
	newest instant.Time
	grown  chan struct{} // closed and replaced when entries come
	broken error
}

// request is one Append on its way to the writer.
type request struct {
	entries []eventlog.Entry
	state   atomic.Int32
	done    chan struct{}
	last    eventlog.Position
	err     error
}

// Who has a request: it changes from waiting once.
const (
	waiting int32 = iota
	taken         // by the writer, who will answer
	left          // by its caller, who has gone
)

// Open opens the log in dir, making it when there is none. It returns an error wrapping
// [eventlog.ErrCorrupt] when the newest entries cannot be read as they were written.
func Open(dir string, cfg Config) (*Log, error) {
	if cfg.Linger == 0 {
		cfg.Linger = time.Millisecond
	}
	if cfg.MaxEntries <= 0 {
		cfg.MaxEntries = 8192
	}
	if cfg.Readers <= 0 {
		cfg.Readers = 4
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	path := filepath.Join(dir, Name)
	numbered, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("open log %s: %w", path, err)
	}
	f, err := sqlitefile.OpenFile(sqlitefile.Config{
		Path: path, Migrations: numbered, Relaxed: cfg.Durability == Relaxed,
		Readers: cfg.Readers, WALLimit: cfg.WALLimit, Report: cfg.Report,
	})
	if err != nil {
		return nil, fmt.Errorf("open log %s: %w", path, err)
	}
	l := &Log{
		cfg: cfg, file: f,
		requests: make(chan *request, 1024), quit: make(chan struct{}), finished: make(chan struct{}),
		grown: make(chan struct{}),
	}
	if err := l.prepare(); err != nil {
		return nil, errors.Join(fmt.Errorf("open log %s: %w", path, err), f.Close())
	}
	go l.run()
	return l, nil
}

const (
	putFrame = "INSERT INTO frame (first, count, crc, body) VALUES (?, ?, ?, ?)"
	// The position at which the log ends, as the file has it.
	endOfLog = "SELECT coalesce((SELECT first + count - 1 FROM frame ORDER BY first DESC LIMIT 1), (SELECT up_to FROM trimmed))"
	// From the frame that holds the entry ?1, up to ?2.
	readFrames = `SELECT first, count, crc, body FROM frame
		WHERE first >= coalesce((SELECT max(first) FROM frame WHERE first <= ?1), ?1) AND first <= ?2 ORDER BY first`
)

func (l *Log) prepare() (err error) {
	ctx := context.Background()
	c := l.file.Write
	if l.put, err = l.file.PrepareWrite(putFrame); err != nil {
		return err
	}
	if l.end, err = l.file.PrepareWrite(endOfLog); err != nil {
		return err
	}
	if l.reads, err = l.file.PrepareRead(readFrames); err != nil {
		return err
	}
	var upTo eventlog.Position
	if err := c.QueryRowContext(ctx, "SELECT up_to, newest_at FROM trimmed").Scan(&upTo, &l.newest); err != nil {
		return err
	}
	if err := l.end.QueryRowContext(ctx).Scan(&l.last); err != nil {
		return err
	}
	l.first, l.last = upTo+1, max(upTo, l.last)
	if l.last <= upTo {
		return nil
	}
	newest, err := l.read(ctx, l.last-1, 1, l.first, l.last)
	if err != nil {
		return err
	}
	if len(newest) != 1 {
		return fmt.Errorf("entry %d: %w", l.last, eventlog.ErrCorrupt)
	}
	l.newest = max(l.newest, newest[0].At)
	return nil
}

// Append implements [eventlog.Log].
func (l *Log) Append(ctx context.Context, entries []eventlog.Entry) (eventlog.Position, error) {
	last, err := l.append(ctx, entries)
	if err != nil {
		return 0, fmt.Errorf("append %d entries: %w", len(entries), err)
	}
	return last, nil
}

func (l *Log) append(ctx context.Context, entries []eventlog.Entry) (eventlog.Position, error) {
	if err := eventlog.Check(entries); err != nil {
		return 0, err
	}
	if l.isClosed() {
		return 0, eventlog.ErrClosed
	}
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	if err := l.isBroken(); err != nil {
		return 0, err
	}
	if len(entries) == 0 {
		return l.Last(), nil
	}
	r := &request{entries: entries, done: make(chan struct{})}
	select {
	case l.requests <- r:
	case <-l.quit:
		return 0, eventlog.ErrClosed
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	select {
	case <-r.done:
		return r.last, r.err
	case <-ctx.Done():
		if r.state.CompareAndSwap(waiting, left) {
			return 0, ctx.Err()
		}
	case <-l.finished:
		if r.state.CompareAndSwap(waiting, left) {
			return 0, eventlog.ErrClosed
		}
	}
	<-r.done
	return r.last, r.err
}

func (l *Log) isClosed() bool {
	select {
	case <-l.quit:
		return true
	default:
		return false
	}
}

func (l *Log) isBroken() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return fmt.Errorf("%w: %w", eventlog.ErrBroken, l.broken)
	}
	return nil
}

// run is the one writer: it collects what waits, commits it and answers, until Close.
func (l *Log) run() {
	defer close(l.finished)
	var batch []*request
	crowd := 1 // how many Appends shared the last commit
	for {
		batch = batch[:0]
		select {
		case <-l.quit:
			return
		case r := <-l.requests:
			batch = append(batch, r)
		}
		n := len(batch[0].entries)
		var linger <-chan time.Time
		if crowd > 1 && l.cfg.Linger > 0 {
			linger = time.After(l.cfg.Linger)
		}
	collect:
		for n < l.cfg.MaxEntries {
			select {
			case r := <-l.requests:
				batch = append(batch, r)
				n += len(r.entries)
				continue
			default:
			}
			if linger == nil || len(batch) >= crowd {
				break
			}
			select {
			case r := <-l.requests:
				batch = append(batch, r)
				n += len(r.entries)
			case <-linger:
				break collect
			case <-l.quit:
				break collect
			}
		}
		crowd = len(batch)
		l.commit(batch)
		clear(batch)
	}
}

// commit writes the requests whose callers still wait and answers them.
func (l *Log) commit(batch []*request) {
	l.mu.Lock()
	last, newest := l.last, l.newest
	l.mu.Unlock()

	var mine []*request
	var entries []eventlog.Entry
	for _, r := range batch {
		if !r.state.CompareAndSwap(waiting, taken) {
			continue
		}
		mine = append(mine, r)
		last += eventlog.Position(len(r.entries))
		r.last = last
		if len(batch) == 1 {
			entries = r.entries
		} else {
			entries = append(entries, r.entries...)
		}
	}
	if len(mine) == 0 {
		return
	}
	err := l.isBroken()
	if err == nil {
		newest, err = l.write(last-eventlog.Position(len(entries)), newest, entries)
		l.mu.Lock()
		if err == nil {
			l.last, l.newest = last, newest
			close(l.grown)
			l.grown = make(chan struct{})
		} else {
			l.broken = err
			err = fmt.Errorf("%w: %w", eventlog.ErrBroken, err)
		}
		l.mu.Unlock()
	}
	for _, r := range mine {
		if err != nil {
			r.last, r.err = 0, err
		}
		close(r.done)
	}
}

// write commits the entries after the position, in as many frames as they need.
func (l *Log) write(after eventlog.Position, newest instant.Time, entries []eventlog.Entry) (instant.Time, error) {
	err := l.file.Writing(func(ctx context.Context) error {
		var end eventlog.Position
		if err := l.end.QueryRowContext(ctx).Scan(&end); err != nil {
			return err
		}
		if end != after {
			return fmt.Errorf("log ends at %d instead of %d: another process writes it", end, after)
		}
		first := after + 1
		body := l.scratch
		defer func() {
			if l.scratch = body[:0]; cap(body) > 4*frameBytes { // after a giant, start anew
				l.scratch = nil
			}
		}()
		for len(entries) > 0 {
			var n int
			body, n, newest = appendFrame(body[:0], entries, newest)
			if _, err := l.put.ExecContext(ctx, int64(first), int64(n), int64(frameSum(first, int64(n), body)), body); err != nil {
				return err
			}
			first += eventlog.Position(n)
			entries = entries[n:]
		}
		return nil
	})
	return newest, err
}

// Read implements [eventlog.Log].
func (l *Log) Read(ctx context.Context, after eventlog.Position, max int) ([]eventlog.Record, error) {
	if l.isClosed() {
		return nil, fmt.Errorf("read after %d: %w", after, eventlog.ErrClosed)
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("read after %d: %w", after, err)
	}
	l.mu.Lock()
	first, last := l.first, l.last
	l.mu.Unlock()
	records, err := l.read(ctx, after, max, first, last)
	if err != nil {
		switch {
		case l.isClosed(): // while we were reading
			err = eventlog.ErrClosed
		case l.First() > after+1: // likewise
			err = eventlog.ErrTrimmed
		}
		return nil, fmt.Errorf("read after %d: %w", after, err)
	}
	return records, nil
}

func (l *Log) read(ctx context.Context, after eventlog.Position, max int, first, last eventlog.Position) ([]eventlog.Record, error) {
	switch {
	case after >= last || max <= 0:
		return nil, nil
	case after+1 < first:
		return nil, fmt.Errorf("first is %d: %w", first, eventlog.ErrTrimmed)
	}
	defer l.file.Reading()()
	rows, err := l.reads.QueryContext(ctx, int64(after+1), int64(last))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var records []eventlog.Record
	next := after + 1
	for len(records) < max && next <= last && rows.Next() {
		var start eventlog.Position
		var count, sum int64
		var raw sql.RawBytes
		if err := rows.Scan(&start, &count, &sum, &raw); err != nil {
			return nil, err
		}
		bad := start > next || start+eventlog.Position(count) <= next || int64(frameSum(start, count, raw)) != sum
		if !bad {
			body := bytes.Clone(raw) // ours to give away
			err := decodeFrame(body, count, func(i int64, e eventlog.Entry) {
				if p := start + eventlog.Position(i); p >= next && len(records) < max {
					records = append(records, eventlog.Record{Entry: e, Position: p})
				}
			})
			bad = err != nil
		}
		if bad && next > after+1 {
			// What is good goes first; whoever reads on meets the damage alone.
			return records[:next-after-1], nil
		}
		if bad {
			return nil, fmt.Errorf("entry %d: %w", next, eventlog.ErrCorrupt)
		}
		next = start + eventlog.Position(count)
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, fmt.Errorf("entry %d: %w", next, eventlog.ErrCorrupt)
	}
	return records, nil
}

// Last implements [eventlog.Log].
func (l *Log) Last() eventlog.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.last
}

// First implements [eventlog.Log].
func (l *Log) First() eventlog.Position {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.first
}

// Wait implements [eventlog.Log].
func (l *Log) Wait(ctx context.Context, after eventlog.Position) error {
	for {
		l.mu.Lock()
		last, grown := l.last, l.grown
		l.mu.Unlock()
		if l.isClosed() {
			return fmt.Errorf("wait after %d: %w", after, eventlog.ErrClosed)
		}
		if last > after {
			return nil
		}
		select {
		case <-grown:
		case <-l.quit:
		case <-ctx.Done():
			return fmt.Errorf("wait after %d: %w", after, ctx.Err())
		}
	}
}

// trimFrames bounds the frames that one transaction forgets, as Appends wait meanwhile.
const trimFrames = 64

// Trim implements [eventlog.Log]. First it is settled where the log begins, then the frames go.
func (l *Log) Trim(ctx context.Context, upTo eventlog.Position) error {
	if err := l.trim(ctx, upTo); err != nil {
		return fmt.Errorf("trim up to %d: %w", upTo, err)
	}
	return nil
}

func (l *Log) trim(ctx context.Context, upTo eventlog.Position) error {
	if l.isClosed() {
		return eventlog.ErrClosed
	}
	if err := l.isBroken(); err != nil {
		return err
	}
	l.mu.Lock()
	upTo = min(upTo, l.last)
	need, newest := upTo >= l.first, l.newest
	l.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	if need {
		err := l.file.Writing(func(ctx context.Context) error {
			_, err := l.file.Write.ExecContext(ctx,
				"UPDATE trimmed SET up_to = max(up_to, ?), newest_at = max(newest_at, ?)", int64(upTo), int64(newest))
			return err
		})
		if err != nil {
			return err
		}
		l.mu.Lock()
		l.first = max(l.first, upTo+1)
		l.mu.Unlock()
	}
	for {
		var gone int64
		if err := ctx.Err(); err != nil {
			return err
		}
		err := l.file.Writing(func(ctx context.Context) error {
			res, err := l.file.Write.ExecContext(ctx, `DELETE FROM frame WHERE first IN
				(SELECT first FROM frame WHERE first <= ?1 AND first + count - 1 <= ?1 ORDER BY first LIMIT ?2)`, int64(upTo), trimFrames)
			if err != nil {
				return err
			}
			gone, err = res.RowsAffected()
			return err
		})
		if err != nil || gone < trimFrames {
			return err
		}
	}
}

// Close implements [eventlog.Log].
func (l *Log) Close() error {
	l.closing.Do(func() {
		close(l.quit)
		<-l.finished
		if err := l.file.Close(); err != nil {
			l.closeErr = fmt.Errorf("close log: %w", err)
		}
	})
	return l.closeErr
}
