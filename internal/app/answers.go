package app

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"attune/core/id"
	"attune/internal/api"
	"attune/internal/sqlitefile"
)

// answers keeps, for a day, what the API answered to requests that came with an Idempotency-Key: sealed, under a keyed hash of that key. A row
// without an answer is a request that is being answered, or one whose answer a crash took.
type answers struct {
	db     *sql.DB
	secret []byte
	seal   cipher.AEAD
	now    func() time.Time
	// begun are those that this process is answering.
	begun chan map[string]bool
}

// answersFor is how long an answer is kept.
const answersFor = 24 * time.Hour

const answersSchema = `CREATE TABLE IF NOT EXISTS answer (key BLOB PRIMARY KEY, request BLOB NOT NULL, at INTEGER NOT NULL, sealed BLOB) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS answer_at ON answer (at);`

func openAnswers(ctx context.Context, path string, secret []byte, now func() time.Time) (*answers, error) {
	key := sha256.Sum256(append([]byte("seal\x00"), secret...))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	db, err := sqlitefile.Open(ctx, path, false)
	if err != nil {
		return nil, fmt.Errorf("open answers: %w", err)
	}
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, `PRAGMA secure_delete = ON; `+answersSchema); err != nil {
		return nil, errors.Join(fmt.Errorf("open answers: %w", err), db.Close())
	}
	a := &answers{db: db, secret: secret, seal: aead, now: now, begun: make(chan map[string]bool, 1)}
	a.begun <- map[string]bool{}
	return a, nil
}

func (a *answers) name(key string) []byte {
	mac := hmac.New(sha256.New, a.secret)
	mac.Write([]byte(key))
	return mac.Sum(nil)
}

// errLost means that a crash took the answer.
var errLost = errors.New("whether this request was done is not known, since the server stopped before it was answered: look, and take another key")

// Begin implements api.Answers.
func (a *answers) Begin(ctx context.Context, key string, request [sha256.Size]byte) (*api.Answer, error) {
	begun := <-a.begun
	defer func() { a.begun <- begun }()
	name := a.name(key)
	if _, err := a.db.ExecContext(ctx, `DELETE FROM answer WHERE at < ?`, a.now().Add(-answersFor).UnixNano()); err != nil {
		return nil, err
	}
	var asked, sealed []byte
	err := a.db.QueryRowContext(ctx, `SELECT request, sealed FROM answer WHERE key = ?`, name).Scan(&asked, &sealed)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		_, err := a.db.ExecContext(ctx, `INSERT INTO answer VALUES (?, ?, ?, NULL)`, name, request[:], a.now().UnixNano())
		begun[key] = err == nil
		return nil, err
	case err != nil:
		return nil, err
	case !hmac.Equal(asked, request[:]):
		return nil, api.ErrOtherRequest
	case sealed == nil && begun[key]:
		return nil, api.ErrInFlight
	case sealed == nil:
		return nil, errLost
	}
	n := a.seal.NonceSize()
	if len(sealed) < n {
		return nil, errLost
	}
	plain, err := a.seal.Open(nil, sealed[:n], sealed[n:], name)
	if err != nil {
		return nil, fmt.Errorf("read an answer: %w", err)
	}
	var out api.Answer
	return &out, json.Unmarshal(plain, &out)
}

// Keep implements api.Answers.
func (a *answers) Keep(ctx context.Context, key string, x *api.Answer) error {
	begun := <-a.begun
	defer func() { a.begun <- begun }()
	delete(begun, key)
	name := a.name(key)
	if x == nil {
		_, err := a.db.ExecContext(ctx, `DELETE FROM answer WHERE key = ?`, name)
		return err
	}
	plain, err := json.Marshal(x)
	if err != nil {
		return err
	}
	nonce := make([]byte, a.seal.NonceSize())
	_, _ = rand.Read(nonce) // never fails: it ends the program instead
	_, err = a.db.ExecContext(ctx, `UPDATE answer SET sealed = ? WHERE key = ?`, a.seal.Seal(nonce, nonce, plain, name), name)
	return err
}

// Forget takes out all answers: any of them may tell of whoever is erased. Who asks again is told to look.
func (a *answers) Forget(ctx context.Context, _ id.Person) error {
	begun := <-a.begun
	defer func() { a.begun <- begun }()
	_, err := a.db.ExecContext(ctx, `UPDATE answer SET sealed = NULL`)
	return err
}

// Close closes the file.
func (a *answers) Close() error { return a.db.Close() }
