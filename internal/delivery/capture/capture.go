package capture

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/delivery"
)

var (
	_ delivery.Channel = (*Box)(nil)
	_ delivery.Finder  = (*Box)(nil)
)

// Sealer seals what belongs to a person so that only this box can open it, and only while the
// person's key exists. What was sealed under one kind or name does not open under another.
type Sealer interface {
	Seal(p id.Person, kind string, name, plain []byte) ([]byte, error)
	Open(p id.Person, kind string, name, sealed []byte) ([]byte, error)
}

// Kind is the kind under which captured messages are sealed.
const Kind = "captured"

// Config sets up a capture box.
type Config struct {
	// File is the database, made when it does not exist, such as "data/capture.db".
	File string
	// Name is the channel that the box stands in for. Empty means "capture".
	Name string
	// Sealer seals and opens the messages. It is needed.
	Sealer Sealer
	// Relaxed lets the last messages be lost in a power cut (SQLite's synchronous=NORMAL) in exchange
	// for speed. For demonstrations and tests.
	Relaxed bool
	// Wait is how long a message waits while another process writes to the file. Zero means 2 s.
	Wait time.Duration
}

// Box is the capture box. It may be used by many at once.
type Box struct {
	name string
	seal Sealer
	wait time.Duration
	db   *sql.DB
	// turn admits one writer at a time, so that writers of this process wait here, where their
	// deadlines are obeyed, and not inside SQLite.
	turn chan struct{}
}

const schema = `
CREATE TABLE IF NOT EXISTS captured (
	attempt BLOB    NOT NULL PRIMARY KEY,
	seq     INTEGER NOT NULL UNIQUE, -- the order of taking, from 1
	person  BLOB    NOT NULL,
	touch   BLOB    NOT NULL,
	at      INTEGER NOT NULL,        -- milliseconds since 1970, when the gate let it pass
	channel TEXT    NOT NULL,
	sealed  BLOB    NOT NULL         -- address, language, subject and body
) STRICT;
CREATE INDEX IF NOT EXISTS captured_person ON captured (person, seq);
PRAGMA user_version = 1;
`

// Open opens the box and makes its file if there is none, readable by its owner alone.
func Open(ctx context.Context, c Config) (*Box, error) {
	if c.File == "" || c.Sealer == nil {
		return nil, errors.New("open capture box: it needs a file and a sealer")
	}
	f, err := os.OpenFile(c.File, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open capture box: %w", err)
	}
	if err := f.Close(); err != nil {
		return nil, fmt.Errorf("open capture box: %w", err)
	}
	synchronous := "FULL"
	if c.Relaxed {
		synchronous = "NORMAL"
	}
	b, err := open(ctx, c, "rw", "journal_mode(WAL)", "synchronous("+synchronous+")", "secure_delete(1)", "trusted_schema(0)")
	if err != nil {
		return nil, err
	}
	if _, err := b.db.ExecContext(ctx, schema); err != nil {
		return nil, errors.Join(fmt.Errorf("open capture box: make its table: %w", err), b.db.Close())
	}
	return b, nil
}

// OpenReadOnly opens an existing box for looking, beside a server that is filling it. Send answers
// with an error. The zero Name and Relaxed do.
func OpenReadOnly(ctx context.Context, c Config) (*Box, error) {
	if c.File == "" || c.Sealer == nil {
		return nil, errors.New("open capture box: it needs a file and a sealer")
	}
	if _, err := os.Stat(c.File); err != nil {
		return nil, fmt.Errorf("open capture box to read: %w", err)
	}
	return open(ctx, c, "ro", "query_only(1)", "trusted_schema(0)")
}

func open(ctx context.Context, c Config, mode string, pragmas ...string) (*Box, error) {
	if c.Name == "" {
		c.Name = "capture"
	}
	if c.Wait <= 0 {
		c.Wait = 2 * time.Second
	}
	// SQLite's own wait is short, because it does not obey a context; write waits again.
	q := url.Values{"mode": {mode}, "_txlock": {"immediate"}, "_pragma": append([]string{"busy_timeout(100)"}, pragmas...)}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: c.File}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("open capture box: %w", err)
	}
	db.SetMaxOpenConns(4)
	if err := db.PingContext(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open capture box: %w", err), db.Close())
	}
	return &Box{name: c.Name, seal: c.Sealer, wait: c.Wait, db: db, turn: make(chan struct{}, 1)}, nil
}

// For is the same box standing in for another channel. Only the box that was opened is closed.
func (b *Box) For(channel string) *Box {
	other := *b
	other.name = channel
	return &other
}

// Close closes the file. What was taken stays.
func (b *Box) Close() error { return b.db.Close() }

// Can tells that the box is idempotent and finds what it took.
func (b *Box) Can() delivery.Capabilities {
	return delivery.Capabilities{Name: b.name, Idempotent: true, Finds: true}
}

// Send puts the message into the box. The first message of an attempt stays; the same attempt again
// gets the same receipt.
func (b *Box) Send(ctx context.Context, m delivery.Message) (delivery.Receipt, error) {
	switch {
	case strings.ContainsAny(m.To, "\r\n"):
		return delivery.Receipt{}, delivery.Permanent(fmt.Errorf("capture attempt %s: its address has a line break", m.Attempt))
	case strings.ContainsAny(m.Subject, "\r\n"):
		return delivery.Receipt{}, delivery.Permanent(fmt.Errorf("capture attempt %s: its subject has a line break", m.Attempt))
	}
	sealed, err := b.seal.Seal(m.Person, Kind, nameOf(m), frame(m))
	if err != nil {
		return delivery.Receipt{}, delivery.RetryAfter(fmt.Errorf("seal captured attempt %s: %w", m.Attempt, err), time.Minute)
	}
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return delivery.Receipt{}, delivery.RetryAfter(fmt.Errorf("capture attempt %s: %w", m.Attempt, ctx.Err()), time.Second)
	}
	// One write lasts milliseconds; whoever holds the file for much longer is not just writing.
	short, cancel := context.WithTimeout(ctx, b.wait)
	defer cancel()
	busy := error(nil)
	for {
		// Checked before each try, the first included: select picks at random when both are ready.
		if err := short.Err(); err != nil {
			return delivery.Receipt{}, delivery.RetryAfter(fmt.Errorf("capture attempt %s: %w", m.Attempt, errors.Join(err, busy)), time.Second)
		}
		_, err = b.db.ExecContext(ctx, `
			INSERT INTO captured (attempt, seq, person, touch, at, channel, sealed)
			VALUES (?, (SELECT coalesce(max(seq), 0) + 1 FROM captured), ?, ?, ?, ?, ?)
			ON CONFLICT (attempt) DO NOTHING`,
			m.Attempt[:], m.Person[:], m.Touch[:], int64(instant.Of(m.At)), m.Channel, sealed)
		switch {
		case err == nil:
			return receipt(m.Attempt), nil
		case isBusy(err):
			// Another process is writing and nothing of ours was written. SQLite mostly waited before
			// it said so, but not always.
			busy = err
			time.Sleep(2 * time.Millisecond)
		case isRefused(err):
			return delivery.Receipt{}, delivery.RetryAfter(fmt.Errorf("capture attempt %s: %w", m.Attempt, err), time.Minute)
		default:
			// An interrupted or failed commit may be in the file or not; Find tells.
			return delivery.Receipt{}, delivery.Uncertain(fmt.Errorf("capture attempt %s: %w", m.Attempt, err))
		}
	}
}

// Find tells whether the box has the attempt.
func (b *Box) Find(ctx context.Context, attempt id.Key) (delivery.Receipt, bool, error) {
	// A write still under way would make "never will be" untrue, so this waits for its turn.
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return delivery.Receipt{}, false, fmt.Errorf("find captured attempt %s: %w", attempt, ctx.Err())
	}
	var one int
	err := b.db.QueryRowContext(ctx, `SELECT 1 FROM captured WHERE attempt = ?`, attempt[:]).Scan(&one)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return delivery.Receipt{}, false, nil
	case err != nil:
		return delivery.Receipt{}, false, fmt.Errorf("find captured attempt %s: %w", attempt, err)
	}
	return receipt(attempt), true, nil
}

// receipt does not use the place in the box, so that it is the same for the same attempt in any box.
func receipt(attempt id.Key) delivery.Receipt {
	return delivery.Receipt{Reference: "captured:" + attempt.String()}
}

func isBusy(err error) bool { return primary(err) == sqlite3.SQLITE_BUSY }

// isRefused tells failures after which SQLite certainly wrote nothing.
func isRefused(err error) bool {
	switch primary(err) {
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_TOOBIG:
		return true
	}
	return false
}

func primary(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}
