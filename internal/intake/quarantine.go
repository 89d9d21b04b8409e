package intake

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
	"sync"

	"attune/core/instant"
	"attune/internal/sqlitefile"
)

// QuarantineConfig says where events wait that could not be used.
type QuarantineConfig struct {
	// Path is the file, usually quarantine.db in the data folder.
	Path string
	// Secret seals the events. They are sealed with a key of the organisation, since whose they
	// are may be just what is wrong with them.
	Secret []byte
	// Keep bounds the bytes kept; the oldest give way, and stay counted. Zero means 256 MB.
	Keep int64
	// ReadOnly opens the file beside the process that writes it.
	ReadOnly bool
}

// Quarantine keeps the events that could not be used, with the reason, for people to look at.
type Quarantine struct {
	db   *sql.DB
	name []byte // keys the ids of quarantined events
	seal cipher.AEAD
	keep int64
	// again lets one event at a time be taken again, and none while somebody is forgotten.
	again sync.Mutex
}

// Quarantined is one event that could not be used.
type Quarantined struct {
	// ID is derived from the source and the bytes: the same event sent again is the same one.
	ID string `json:"id"`
	// At is when it came.
	At     instant.Time `json:"at"`
	Source string       `json:"source"`
	Problem
	// Raw is the event as it came, and How in which way, where it can be read once more. List leaves them out; ask One for them.
	Raw []byte `json:"-"`
	How string `json:"-"`

	// name is the event's, as far as it was read: for whoever watches, and not kept.
	name string
}

const quarantineSchema = `
CREATE TABLE IF NOT EXISTS quarantined (n INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, at INTEGER NOT NULL,
	source TEXT NOT NULL, field TEXT NOT NULL, reason TEXT NOT NULL, remedy TEXT NOT NULL, sealed BLOB NOT NULL, how TEXT NOT NULL DEFAULT '') STRICT;
CREATE TABLE IF NOT EXISTS ever (only INTEGER PRIMARY KEY CHECK (only = 1), events INTEGER NOT NULL, bytes INTEGER NOT NULL) STRICT;
INSERT INTO ever VALUES (1, 0, 0) ON CONFLICT DO NOTHING;`

// OpenQuarantine opens the file, or makes it when there is none and it may be written.
func OpenQuarantine(ctx context.Context, c QuarantineConfig) (*Quarantine, error) {
	if len(c.Secret) < 16 {
		return nil, errors.New("open quarantine: the secret is shorter than 16 bytes")
	}
	if c.Keep <= 0 {
		c.Keep = 256 << 20
	}
	q := &Quarantine{keep: c.Keep}
	key, err := hkdf.Key(sha256.New, c.Secret, nil, "attune quarantine seal v1", 32)
	if err != nil {
		return nil, fmt.Errorf("open quarantine: %w", err)
	}
	if q.name, err = hkdf.Key(sha256.New, c.Secret, nil, "attune quarantine id v1", 32); err != nil {
		return nil, fmt.Errorf("open quarantine: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("open quarantine: %w", err)
	}
	if q.seal, err = cipher.NewGCMWithRandomNonce(block); err != nil {
		return nil, fmt.Errorf("open quarantine: %w", err)
	}
	if q.db, err = sqlitefile.Open(ctx, c.Path, c.ReadOnly); err != nil {
		return nil, fmt.Errorf("open quarantine: %w", err)
	}
	if !c.ReadOnly {
		if err := q.prepare(ctx); err != nil {
			return nil, errors.Join(fmt.Errorf("open quarantine %s: %w", filepath.Base(c.Path), err), q.db.Close())
		}
	}
	return q, nil
}

// prepare makes the tables. A file of before events could be sent again lacks how they came.
func (q *Quarantine) prepare(ctx context.Context) error {
	if _, err := q.db.ExecContext(ctx, quarantineSchema); err != nil {
		return err
	}
	var has int
	if err := q.db.QueryRowContext(ctx, `SELECT count(*) FROM pragma_table_info('quarantined') WHERE name = 'how'`).Scan(&has); err != nil || has > 0 {
		return err
	}
	_, err := q.db.ExecContext(ctx, `ALTER TABLE quarantined ADD COLUMN how TEXT NOT NULL DEFAULT ''`)
	return err
}

// Put keeps the events. They are durable when it returns. One that is kept already is not kept
// twice, so a batch may be put again.
func (q *Quarantine) Put(ctx context.Context, events []Quarantined) error {
	if len(events) == 0 {
		return nil
	}
	tx, err := q.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	defer tx.Rollback()
	for _, e := range events {
		e.ID = q.id(e)
		sealed := q.seal.Seal(nil, nil, e.Raw, []byte(e.ID))
		done, err := tx.ExecContext(ctx, `INSERT INTO quarantined (id, at, source, field, reason, remedy, sealed, how) VALUES (?,?,?,?,?,?,?,?) ON CONFLICT DO NOTHING`,
			e.ID, int64(e.At), e.Source, e.Field, e.Reason, e.Remedy, sealed, e.How)
		if err != nil {
			return fmt.Errorf("quarantine: %w", err)
		}
		n, err := done.RowsAffected()
		if err != nil {
			return fmt.Errorf("quarantine: %w", err)
		}
		if _, err := tx.ExecContext(ctx, `UPDATE ever SET events = events + ?, bytes = bytes + ?`, n, n*int64(len(sealed))); err != nil {
			return fmt.Errorf("quarantine: %w", err)
		}
	}
	if err := q.makeRoom(ctx, tx); err != nil {
		return fmt.Errorf("quarantine: make room: %w", err)
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("quarantine: %w", err)
	}
	return nil
}

func (q *Quarantine) makeRoom(ctx context.Context, tx *sql.Tx) error {
	for {
		var bytes int64
		if err := tx.QueryRowContext(ctx, `SELECT bytes FROM ever`).Scan(&bytes); err != nil || bytes <= q.keep {
			return err
		}
		var n, size int64
		if err := tx.QueryRowContext(ctx, `SELECT n, length(sealed) FROM quarantined ORDER BY n LIMIT 1`).Scan(&n, &size); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM quarantined WHERE n = ?`, n); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE ever SET bytes = bytes - ?`, size); err != nil {
			return err
		}
	}
}

func (q *Quarantine) id(e Quarantined) string {
	m := hmac.New(sha256.New, q.name)
	m.Write([]byte(e.Source))
	m.Write([]byte{0})
	m.Write(e.Raw)
	return hex.EncodeToString(m.Sum(nil)[:16])
}

// Count returns how many events were ever quarantined, those included that gave way since.
func (q *Quarantine) Count(ctx context.Context) (n int64, err error) {
	if err := q.db.QueryRowContext(ctx, `SELECT events FROM ever`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count quarantined events: %w", err)
	}
	return n, nil
}

// List returns the newest events, newest first, without their bytes.
func (q *Quarantine) List(ctx context.Context, most int) ([]Quarantined, error) {
	return q.Find(ctx, QuarantineFilter{}, most)
}

// ErrNotQuarantined means that there is no such event, or that it gave way to newer ones.
var ErrNotQuarantined = errors.New("no such event in quarantine")

// Raw returns an event as it came.
func (q *Quarantine) Raw(ctx context.Context, id string) ([]byte, error) {
	var sealed []byte
	err := q.db.QueryRowContext(ctx, `SELECT sealed FROM quarantined WHERE id = ?`, id).Scan(&sealed)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotQuarantined
	}
	if err != nil {
		return nil, fmt.Errorf("read quarantined event: %w", err)
	}
	raw, err := q.seal.Open(nil, nil, sealed, []byte(id))
	if err != nil {
		return nil, fmt.Errorf("read quarantined event %s: it does not open with this organisation's secret", id)
	}
	return raw, nil
}

// Close closes the file.
func (q *Quarantine) Close() error { return q.db.Close() }
