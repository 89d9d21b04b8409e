package identity

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"attune/core/id"
	"attune/internal/sqlitefile"
)

// Config says where the directory is and what it is sealed with.
type Config struct {
	// Path is the file, usually directory.db in the data folder.
	Path string
	// Secret keys the hashes of identifiers. It must be the same for the life of the file.
	Secret []byte
	// Rand is where person ids come from; nil means crypto/rand.
	Rand io.Reader
	// Remember is how many identifiers are kept in memory; zero means 200,000 (about 25 MB).
	Remember int
	// ReadOnly opens the directory beside the process that writes it.
	ReadOnly bool
}

// Directory maps identifiers to people. Its methods may be called by many goroutines at once.
type Directory struct {
	db       *sql.DB
	find     *sql.Stmt // looks up lookWidth tokens
	secret   []byte
	rand     io.Reader
	readOnly bool

	writing sync.Mutex // one creates people at a time; who only reads does not wait
	mu      sync.Mutex // guards known and gone
	known   memory
	// gone were forgotten since the directory was opened: who looked them up before must not remember them after.
	gone map[id.Person]bool
	// forward tells whose record somebody's became part of.
	forward atomic.Pointer[func(id.Person) id.Person]
}

// ErrWrongSecret means that the file was made with another secret.
var ErrWrongSecret = errors.New("the directory was made with another secret: use the keys that belong to this data folder")

// ErrReadOnly is returned for an identifier nobody has yet by a directory opened to be read.
var ErrReadOnly = errors.New("the directory is open for reading only")

const schema = `
CREATE TABLE IF NOT EXISTS about (only INTEGER PRIMARY KEY CHECK (only = 1), version INTEGER NOT NULL, proof BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS identifier (token BLOB PRIMARY KEY, person INTEGER NOT NULL REFERENCES person(row)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS person (row INTEGER PRIMARY KEY, id BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS anonymous (row INTEGER PRIMARY KEY REFERENCES person(row)) STRICT;`

// version is that of the schema above.
const version = 1

// Open opens the directory, or makes it when there is none and it may be written.
func Open(ctx context.Context, c Config) (*Directory, error) {
	if len(c.Secret) < 16 {
		return nil, errors.New("open directory: the secret is shorter than 16 bytes")
	}
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.Remember <= 0 {
		c.Remember = 200_000
	}
	db, err := sqlitefile.Open(ctx, c.Path, c.ReadOnly)
	if err != nil {
		return nil, fmt.Errorf("open directory: %w", err)
	}
	d := &Directory{db: db, secret: c.Secret, rand: c.Rand, readOnly: c.ReadOnly, known: memory{most: (c.Remember + 1) / 2}}
	if err := d.begin(ctx); err != nil {
		db.Close()
		return nil, fmt.Errorf("open directory %s: %w", filepath.Base(c.Path), err)
	}
	return d, nil
}

// begin makes the tables and checks that the secret is the one they were made with.
func (d *Directory) begin(ctx context.Context) error {
	proof := hmac.New(sha256.New, d.secret)
	proof.Write([]byte("attune directory proof")) // no NUL, so no identifier has this token
	want := proof.Sum(nil)
	if !d.readOnly {
		if _, err := d.db.ExecContext(ctx, schema); err != nil {
			return err
		}
		if _, err := d.db.ExecContext(ctx, `INSERT INTO about VALUES (1, ?, ?) ON CONFLICT DO NOTHING`, version, want); err != nil {
			return err
		}
	}
	var v int
	var got []byte
	if err := d.db.QueryRowContext(ctx, `SELECT version, proof FROM about`).Scan(&v, &got); err != nil {
		return err
	}
	if v != version {
		return fmt.Errorf("it has version %d and this Attune reads version %d: use the Attune that wrote it, or a newer one", v, version)
	}
	if !hmac.Equal(got, want) {
		return ErrWrongSecret
	}
	many := `SELECT i.token, p.id FROM identifier i JOIN person p ON p.row = i.person WHERE i.token IN (?` + strings.Repeat(", ?", lookWidth-1) + `)`
	var err error
	d.find, err = d.db.PrepareContext(ctx, many)
	return err
}

// Follow lets the directory answer with whoever's record somebody's became part of. The file keeps whose an identifier
// was at first, so that it is theirs again when a merge is undone.
func (d *Directory) Follow(forward func(id.Person) id.Person) { d.forward.Store(&forward) }

func (d *Directory) follow(people []id.Person) {
	if forward := d.forward.Load(); forward != nil {
		for i, p := range people {
			people[i] = (*forward)(p)
		}
	}
}

// Resolve returns the person of each key, in the order of the keys, creating those nobody has yet;
// created are the new ones, in the order of their first key. prepare, if not nil, is called with
// them before they become durable, and its error means that nobody was created. On any error
// nothing changed.
func (d *Directory) Resolve(ctx context.Context, keys []Key, prepare func(created []id.Person) error) (people, created []id.Person, err error) {
	tokens := make([]token, len(keys))
	for i, k := range keys {
		if err := k.Check(); err != nil {
			return nil, nil, fmt.Errorf("resolve key %d: %w", i, err)
		}
		tokens[i] = d.token(k)
	}
	people = make([]id.Person, len(keys))
	defer func() { d.follow(people) }()
	missing := d.recall(tokens, people)
	if len(missing) == 0 {
		return people, nil, nil
	}
	if missing, err = d.look(ctx, d.find, tokens, people, missing); err != nil {
		return nil, nil, fmt.Errorf("resolve: %w", err)
	}
	if len(missing) > 0 {
		if created, err = d.create(ctx, keys, tokens, people, missing, prepare); err != nil {
			return nil, nil, fmt.Errorf("resolve: %w", err)
		}
	}
	d.remember(tokens, people)
	return people, created, nil
}

// create gives ids to the missing, in one transaction.
func (d *Directory) create(ctx context.Context, keys []Key, tokens []token, people []id.Person, missing []int, prepare func([]id.Person) error) (created []id.Person, err error) {
	if d.readOnly {
		return nil, ErrReadOnly
	}
	d.writing.Lock()
	defer d.writing.Unlock()
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	if missing, err = d.look(ctx, tx.StmtContext(ctx, d.find), tokens, people, missing); err != nil { // somebody may have been quicker
		return nil, err
	}
	fresh := map[token]id.Person{}
	for _, i := range missing {
		p, again := fresh[tokens[i]]
		if !again {
			if p, err = d.draw(ctx, tx); err != nil {
				return nil, err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO identifier VALUES (?, ?)`, tokens[i][:], p.Row()); err != nil {
				return nil, err
			}
			if keys[i].Anonymous() {
				if _, err := tx.ExecContext(ctx, `INSERT INTO anonymous VALUES (?)`, p.Row()); err != nil {
					return nil, err
				}
			}
			fresh[tokens[i]] = p
			created = append(created, p)
		}
		people[i] = p
	}
	if len(created) > 0 && prepare != nil {
		if err := prepare(created); err != nil {
			return nil, err
		}
	}
	return created, tx.Commit()
}

// draw takes the next random id whose row is free.
func (d *Directory) draw(ctx context.Context, tx *sql.Tx) (id.Person, error) {
	for range 16 {
		var p id.Person
		if _, err := io.ReadFull(d.rand, p[:]); err != nil {
			return id.Person{}, fmt.Errorf("draw a person id: %w", err)
		}
		if p.IsZero() {
			continue
		}
		done, err := tx.ExecContext(ctx, `INSERT INTO person VALUES (?, ?) ON CONFLICT DO NOTHING`, p.Row(), p[:])
		if err != nil {
			return id.Person{}, err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			return p, err
		}
	}
	return id.Person{}, errors.New("draw a person id: sixteen in a row were taken; the source of randomness is broken")
}

// lookWidth is how many tokens one statement looks up.
const lookWidth = 32

// look fills in those of the wanted that the file has and returns the indexes of the others, in order.
func (d *Directory) look(ctx context.Context, find *sql.Stmt, tokens []token, people []id.Person, wanted []int) (missing []int, err error) {
	args := make([]any, lookWidth)
	for part := range slices.Chunk(wanted, lookWidth) {
		for i := range args {
			args[i] = tokens[part[min(i, len(part)-1)]][:] // asking for the last one again is harmless
		}
		found, err := lookUp(ctx, find, args)
		if err != nil {
			return nil, err
		}
		for _, i := range part {
			p, ok := found[tokens[i]]
			if !ok {
				missing = append(missing, i)
				continue
			}
			people[i] = p
		}
	}
	return missing, nil
}

func lookUp(ctx context.Context, find *sql.Stmt, tokens []any) (map[token]id.Person, error) {
	rows, err := find.QueryContext(ctx, tokens...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	found := make(map[token]id.Person, lookWidth)
	for rows.Next() {
		var t, b sql.RawBytes
		if err := rows.Scan(&t, &b); err != nil {
			return nil, err
		}
		if len(t) != len(token{}) || len(b) != len(id.Person{}) {
			return nil, fmt.Errorf("a person id has %d bytes and its token %d: the file is damaged", len(b), len(t))
		}
		found[token(t)] = id.Person(b)
	}
	return found, rows.Err()
}

// Find returns the person of a key, and false when nobody has it.
func (d *Directory) Find(ctx context.Context, k Key) (id.Person, bool, error) {
	p, found, err := d.Home(ctx, k)
	one := []id.Person{p}
	d.follow(one)
	return one[0], found, err
}

// Unknown tells whether nobody knows who somebody is: none of their identifiers says it.
func (d *Directory) Unknown(ctx context.Context, who id.Person) (bool, error) {
	var n int
	if err := d.db.QueryRowContext(ctx, `SELECT count(*) FROM anonymous WHERE row = ?`, who.Row()).Scan(&n); err != nil {
		return false, fmt.Errorf("ask whether somebody is known: %w", err)
	}
	return n > 0, nil
}

// Home returns the record that a key means, whether or not it became part of another, and false when nobody has it.
func (d *Directory) Home(ctx context.Context, k Key) (id.Person, bool, error) {
	if err := k.Check(); err != nil {
		return id.Person{}, false, nil // nobody can have it
	}
	tokens, people := []token{d.token(k)}, make([]id.Person, 1)
	missing := d.recall(tokens, people)
	if len(missing) > 0 {
		var err error
		if missing, err = d.look(ctx, d.find, tokens, people, missing); err != nil {
			return id.Person{}, false, fmt.Errorf("find: %w", err)
		}
	}
	return people[0], len(missing) == 0, nil
}

// Len counts the people there are.
func (d *Directory) Len(ctx context.Context) (n int, err error) {
	if err := d.db.QueryRowContext(ctx, `SELECT count(*) FROM person`).Scan(&n); err != nil {
		return 0, fmt.Errorf("count people: %w", err)
	}
	return n, nil
}

// Close closes the file.
func (d *Directory) Close() error { return d.db.Close() }

func (d *Directory) recall(tokens []token, people []id.Person) (missing []int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, t := range tokens {
		p, ok := d.known.get(t)
		if !ok {
			missing = append(missing, i)
			continue
		}
		people[i] = p
	}
	return missing
}

func (d *Directory) remember(tokens []token, people []id.Person) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i, t := range tokens {
		if !d.gone[people[i]] {
			d.known.put(t, people[i])
		}
	}
}

// memory keeps what was asked for lately, in two generations: when the young one is full it becomes
// the old one, and what nobody asked for meanwhile is forgotten.
type memory struct {
	young, old map[token]id.Person
	most       int // of one generation
}

func (m *memory) get(t token) (id.Person, bool) {
	if p, ok := m.young[t]; ok {
		return p, true
	}
	p, ok := m.old[t]
	if ok {
		m.put(t, p)
	}
	return p, ok
}

func (m *memory) put(t token, p id.Person) {
	if m.young == nil || len(m.young) >= m.most {
		m.young, m.old = make(map[token]id.Person), m.young
	}
	m.young[t] = p
}
