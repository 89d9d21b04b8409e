package human

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
	_ delivery.Channel = (*Channel)(nil)
	_ delivery.Finder  = (*Channel)(nil)
)

// Sealer seals what belongs to a person so that only this queue can open it, and only while the person's
// key exists.
type Sealer interface {
	Seal(p id.Person, kind string, name, plain []byte) ([]byte, error)
	Open(p id.Person, kind string, name, sealed []byte) ([]byte, error)
}

// Kind is the kind under which tasks are sealed.
const Kind = "task"

// Config sets up a queue.
type Config struct {
	// File is the database, made when it does not exist, such as "data/tasks.db".
	File string
	// Sealer seals and opens what there is to say. It is needed.
	Sealer Sealer
	// Team names who carries a program's contacts over a channel; empty where the program names nobody. It
	// is needed.
	Team func(program, channel string) string
	// Relaxed lets the last tasks be lost in a power cut, in exchange for speed. For demonstrations and
	// tests.
	Relaxed bool
	// Wait is how long a task waits while another process writes to the file. Zero means 2 s.
	Wait time.Duration
}

// Queue is the work queue. It may be used by many at once.
type Queue struct {
	cfg Config
	db  *sql.DB
	// turn admits one writer at a time, so that writers of this process wait here, where their deadlines
	// are obeyed, and not inside SQLite.
	turn chan struct{}
}

// version is that of the schema.
const version = 1

const schema = `
CREATE TABLE IF NOT EXISTS task (
	id         BLOB    NOT NULL PRIMARY KEY, -- the attempt that brought it
	person     BLOB    NOT NULL,
	touch      BLOB    NOT NULL,
	at         INTEGER NOT NULL,             -- milliseconds since 1970, as all times: when the gate let it pass
	channel    TEXT    NOT NULL,
	program    TEXT    NOT NULL,
	engagement TEXT    NOT NULL,
	team       TEXT    NOT NULL,
	class      INTEGER NOT NULL,
	value      REAL    NOT NULL,
	expires    INTEGER NOT NULL,
	sealed     BLOB    NOT NULL,             -- address, language, subject and script
	due        INTEGER NOT NULL,
	wished     INTEGER NOT NULL DEFAULT 0,   -- the person asked for this time
	tries      INTEGER NOT NULL DEFAULT 0,
	ended      INTEGER NOT NULL DEFAULT 0,
	why        TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX IF NOT EXISTS task_open ON task (ended, due);
CREATE INDEX IF NOT EXISTS task_team ON task (team, at);
CREATE TABLE IF NOT EXISTS claim (id BLOB NOT NULL PRIMARY KEY, who TEXT NOT NULL, until INTEGER NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS put_off (who TEXT NOT NULL, id BLOB NOT NULL, until INTEGER NOT NULL, PRIMARY KEY (who, id)) STRICT, WITHOUT ROWID;
`

// Open opens the queue and makes its file if there is none, readable by its owner alone.
func Open(ctx context.Context, c Config) (*Queue, error) {
	if c.File == "" || c.Sealer == nil || c.Team == nil {
		return nil, errors.New("open work queue: it needs a file, a sealer, and who carries what")
	}
	if c.Wait <= 0 {
		c.Wait = 2 * time.Second
	}
	f, err := os.OpenFile(c.File, os.O_RDWR|os.O_CREATE, 0o600)
	if err == nil {
		err = f.Close()
	}
	if err != nil {
		return nil, fmt.Errorf("open work queue: %w", err)
	}
	synchronous := "FULL"
	if c.Relaxed {
		synchronous = "NORMAL"
	}
	// SQLite's own wait is short, because it does not obey a context; write waits again.
	q := url.Values{"mode": {"rw"}, "_txlock": {"immediate"}, "_pragma": {"busy_timeout(100)", "journal_mode(WAL)", "synchronous(" + synchronous + ")", "secure_delete(1)", "trusted_schema(0)"}}
	db, err := sql.Open("sqlite", "file:"+(&url.URL{Path: c.File}).EscapedPath()+"?"+q.Encode())
	if err != nil {
		return nil, fmt.Errorf("open work queue: %w", err)
	}
	db.SetMaxOpenConns(4)
	queue := &Queue{cfg: c, db: db, turn: make(chan struct{}, 1)}
	if err := queue.begin(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("open work queue: %w", err), db.Close())
	}
	return queue, nil
}

func (q *Queue) begin(ctx context.Context) error {
	var v int
	if err := q.db.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&v); err != nil {
		return err
	}
	if v > version {
		return fmt.Errorf("it has version %d and this Attune reads version %d: use the Attune that wrote it, or a newer one", v, version)
	}
	_, err := q.db.ExecContext(ctx, schema+fmt.Sprintf("PRAGMA user_version = %d;", version))
	return err
}

// Close closes the file. What was taken stays.
func (q *Queue) Close() error { return q.db.Close() }

// HandedOver counts the tasks that a team was given from an instant up to another.
func (q *Queue) HandedOver(ctx context.Context, team string, from, until instant.Time) (n int, err error) {
	err = q.db.QueryRowContext(ctx, `SELECT count(*) FROM task WHERE team = ? AND at >= ? AND at < ?`, team, int64(from), int64(until)).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("count the tasks of a day: %w", err)
	}
	return n, nil
}

// Channel puts what goes over one channel into the queue.
type Channel struct {
	*Queue
	name string
}

// For is the queue as a channel.
func (q *Queue) For(name string) *Channel { return &Channel{q, name} }

// Can tells that the queue takes each attempt once and finds what it took.
func (c *Channel) Can() delivery.Capabilities {
	return delivery.Capabilities{Name: c.name, Idempotent: true, Finds: true}
}

// Send puts the message into the queue as a task. The first message of an attempt stays.
func (c *Channel) Send(ctx context.Context, m delivery.Message) (delivery.Receipt, error) {
	switch {
	case strings.ContainsAny(m.To, "\r\n"):
		return delivery.Receipt{}, delivery.Permanent(fmt.Errorf("task of attempt %s: its address has a line break", m.Attempt))
	case strings.ContainsAny(m.Subject, "\r\n"):
		return delivery.Receipt{}, delivery.Permanent(fmt.Errorf("task of attempt %s: its subject has a line break", m.Attempt))
	}
	t := Task{ID: m.Attempt, Person: m.Person, Touch: m.Touch, At: instant.Of(m.At), Channel: m.Channel}
	sealed, err := c.cfg.Sealer.Seal(m.Person, Kind, t.name(), frame(Script{To: m.To, Language: m.Language, Subject: m.Subject, Body: m.Body}))
	if err != nil {
		return delivery.Receipt{}, delivery.RetryAfter(fmt.Errorf("seal the task of attempt %s: %w", m.Attempt, err), time.Minute)
	}
	err = c.write(ctx, `
		INSERT INTO task (id, person, touch, at, channel, program, engagement, team, class, value, expires, sealed, due)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`,
		m.Attempt[:], m.Person[:], m.Touch[:], int64(t.At), m.Channel, m.Program, m.Engagement, c.cfg.Team(m.Program, m.Channel), m.Class, m.Value, int64(instant.Of(m.Expires)), sealed, int64(t.At))
	switch {
	case err == nil:
		return receipt(m.Attempt), nil
	case errors.Is(err, errNotWritten):
		return delivery.Receipt{}, delivery.RetryAfter(fmt.Errorf("task of attempt %s: %w", m.Attempt, err), time.Second)
	}
	// An interrupted or failed commit may be in the file or not; Find tells.
	return delivery.Receipt{}, delivery.Uncertain(fmt.Errorf("task of attempt %s: %w", m.Attempt, err))
}

// Find tells whether the queue has the attempt.
func (c *Channel) Find(ctx context.Context, attempt id.Key) (delivery.Receipt, bool, error) {
	// A write still under way would make "never will be" untrue, so this waits for its turn.
	done, err := c.alone(ctx)
	if err != nil {
		return delivery.Receipt{}, false, fmt.Errorf("find the task of attempt %s: %w", attempt, err)
	}
	defer done()
	var one int
	err = c.db.QueryRowContext(ctx, `SELECT 1 FROM task WHERE id = ?`, attempt[:]).Scan(&one)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return delivery.Receipt{}, false, nil
	case err != nil:
		return delivery.Receipt{}, false, fmt.Errorf("find the task of attempt %s: %w", attempt, err)
	}
	return receipt(attempt), true, nil
}

func receipt(attempt id.Key) delivery.Receipt {
	return delivery.Receipt{Reference: "task:" + attempt.String()}
}

// errNotWritten tells that nothing of a write is in the file, nor will be.
var errNotWritten = errors.New("nothing was written")

// alone waits for this process's turn to write.
func (q *Queue) alone(ctx context.Context) (done func(), err error) {
	select {
	case q.turn <- struct{}{}:
		return func() { <-q.turn }, nil
	case <-ctx.Done():
		return nil, errors.Join(errNotWritten, ctx.Err())
	}
}

// write makes one change.
func (q *Queue) write(ctx context.Context, statement string, args ...any) error {
	_, err := q.change(ctx, statement, args...)
	return err
}

// change makes one change, and tells how many rows it is of. Other processes are waited for a while.
func (q *Queue) change(ctx context.Context, statement string, args ...any) (rows int64, err error) {
	done, err := q.alone(ctx)
	if err != nil {
		return 0, err
	}
	defer done()
	// One write lasts milliseconds; whoever holds the file for much longer is not just writing.
	short, cancel := context.WithTimeout(ctx, q.cfg.Wait)
	defer cancel()
	busy := error(nil)
	for {
		if err := short.Err(); err != nil {
			return 0, errors.Join(errNotWritten, err, busy)
		}
		result, err := q.db.ExecContext(ctx, statement, args...)
		switch code := primary(err); {
		case err == nil:
			return result.RowsAffected()
		case code == sqlite3.SQLITE_BUSY:
			busy = err
			time.Sleep(2 * time.Millisecond)
		case code == sqlite3.SQLITE_READONLY, code == sqlite3.SQLITE_LOCKED, code == sqlite3.SQLITE_CANTOPEN, code == sqlite3.SQLITE_PERM, code == sqlite3.SQLITE_NOTADB, code == sqlite3.SQLITE_TOOBIG:
			return 0, errors.Join(errNotWritten, err)
		default:
			return 0, err
		}
	}
}

func primary(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}
