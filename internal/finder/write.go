package finder

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"attune/core/id"
	"attune/internal/likeness"
)

// Is notes who somebody is as of a commit, and that they are nothing else any more. Commits come in their order, with
// everybody they changed. Facts that are of nobody take the person out of the index; what was said of pairs stays.
func (b *Book) Is(who id.Person, frame int64, facts likeness.Facts) error {
	b.pending.mu.Lock()
	b.pending.people[who] = facts
	b.pending.mu.Unlock()
	return b.Passed(frame)
}

// Passed notes that a commit changed somebody. Others that it changed may follow.
func (b *Book) Passed(frame int64) error {
	b.pending.mu.Lock()
	b.pending.frame = max(b.pending.frame, frame-1)
	b.pending.mu.Unlock()
	if b.pending.due() {
		return b.Flush()
	}
	return nil
}

// Known notes that nothing is missing of all commits up to this one.
func (b *Book) Known(frame int64) error {
	b.pending.mu.Lock()
	b.pending.frame = max(b.pending.frame, frame)
	b.pending.mu.Unlock()
	return b.Flush()
}

// Rest writes what was gathered unless many are coming, as in an import. It is for who asks every second.
func (b *Book) Rest() error {
	if !b.pending.rests() {
		return nil
	}
	return b.Flush()
}

// Flush writes what was gathered.
func (b *Book) Flush() error {
	if b.pending.empty() {
		return nil
	}
	b.writing.Lock()
	defer b.writing.Unlock()
	people, frame := b.pending.take()
	if err := b.file.Writing(func(ctx context.Context) error { return b.write(ctx, people, frame) }); err != nil {
		b.pending.giveBack()
		return fmt.Errorf("write the index of people: %w", err)
	}
	b.pending.wrote(frame)
	return nil
}

// Anew forgets what everybody is called, to be said anew. What was found and said of pairs stays.
func (b *Book) Anew() error {
	b.writing.Lock()
	defer b.writing.Unlock()
	b.pending.forget()
	err := b.file.Writing(func(ctx context.Context) error {
		_, err := b.file.Write.ExecContext(ctx, `UPDATE about SET frame = 0; DELETE FROM post; DELETE FROM look; DELETE FROM crowd; DELETE FROM who`)
		return err
	})
	if err != nil {
		return fmt.Errorf("forget the index of people: %w", err)
	}
	return nil
}

// Forget takes a person out: what they are called, and every pair that they are in.
func (b *Book) Forget(who id.Person) error {
	b.writing.Lock()
	defer b.writing.Unlock()
	b.pending.drop(who)
	err := b.file.Writing(func(ctx context.Context) error {
		if err := b.write(ctx, map[id.Person]likeness.Facts{who: {}}, 0); err != nil {
			return err
		}
		_, err := b.file.Write.ExecContext(ctx, `DELETE FROM pair WHERE one = ?1 OR other = ?1`, who[:])
		return err
	})
	if err == nil {
		err = b.file.Empty(context.Background())
	}
	if err != nil {
		return fmt.Errorf("forget %s: %w", who, err)
	}
	return nil
}

// post is that a token is somebody's.
type post struct {
	token token
	who   int64
}

// write stores the gathered, within a transaction.
func (b *Book) write(ctx context.Context, people map[id.Person]likeness.Facts, frame int64) error {
	order := make([]id.Person, 0, len(people))
	for who := range people {
		order = append(order, who)
	}
	slices.SortFunc(order, func(x, y id.Person) int { return slices.Compare(x[:], y[:]) })
	w, err := b.prepare(ctx)
	if err != nil {
		return err
	}
	defer w.close()
	for _, who := range order {
		is := people[who]
		if err := w.one(ctx, who, w.hash.of(&is)); err != nil {
			return err
		}
	}
	if err := w.posts(ctx); err != nil {
		return err
	}
	_, err = b.file.Write.ExecContext(ctx, `UPDATE about SET frame = max(frame, ?)`, frame)
	return err
}

// writer writes one batch.
type writer struct {
	db       *sql.Conn
	hash     *hasher
	prepared []*sql.Stmt
	find, add, change, remove, look,
	unlook, post, postMany, unpost *sql.Stmt
	// is and was are what is to be added and taken away.
	is, was []post
}

// together is how many posts one statement adds.
const together = 50

func (b *Book) prepare(ctx context.Context) (*writer, error) {
	w := &writer{db: b.file.Write, hash: b.hasher()}
	for _, x := range []struct {
		to  **sql.Stmt
		sql string
	}{
		{&w.find, `SELECT n, tokens FROM who WHERE person = ?`},
		{&w.add, `INSERT INTO who (person, tokens) VALUES (?, ?)`},
		{&w.change, `UPDATE who SET tokens = ?2 WHERE n = ?1`},
		{&w.remove, `DELETE FROM who WHERE n = ?`},
		{&w.look, `INSERT INTO look VALUES (?, 0) ON CONFLICT DO UPDATE SET round = round + 1`},
		{&w.unlook, `DELETE FROM look WHERE who = ?`},
		{&w.post, `INSERT INTO post VALUES (?, ?)`},
		{&w.postMany, `INSERT INTO post VALUES (?, ?)` + strings.Repeat(`, (?, ?)`, together-1)},
		{&w.unpost, `DELETE FROM post WHERE token = ? AND who = ?`},
	} {
		var err error
		if *x.to, err = w.db.PrepareContext(ctx, x.sql); err != nil {
			w.close()
			return nil, err
		}
		w.prepared = append(w.prepared, *x.to)
	}
	return w, nil
}

func (w *writer) close() {
	for _, s := range w.prepared {
		_ = s.Close()
	}
}

// one notes the tokens of somebody, if they are others than before.
func (w *writer) one(ctx context.Context, who id.Person, tokens []token) error {
	var n int64
	var before []byte
	err := w.find.QueryRowContext(ctx, who[:]).Scan(&n, &before)
	known := err == nil
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	packed := pack(tokens)
	switch {
	case err != nil:
		return err
	case known && slices.Equal(before, packed), !known && len(tokens) == 0:
		return nil
	case !known:
		var done sql.Result
		if done, err = w.add.ExecContext(ctx, who[:], packed); err == nil {
			n, err = done.LastInsertId()
		}
	case len(tokens) == 0:
		if _, err = w.unlook.ExecContext(ctx, n); err == nil {
			_, err = w.remove.ExecContext(ctx, n)
		}
	default:
		_, err = w.change.ExecContext(ctx, n, packed)
	}
	if err == nil && len(tokens) > 0 {
		_, err = w.look.ExecContext(ctx, n)
	}
	if err != nil {
		return err
	}
	had := unpack(before)
	for _, t := range tokens {
		if !slices.Contains(had, t) {
			w.is = append(w.is, post{t, n})
		}
	}
	for _, t := range had {
		if !slices.Contains(tokens, t) {
			w.was = append(w.was, post{t, n})
		}
	}
	return nil
}

// posts adds and takes away what was gathered, in the order of the file.
func (w *writer) posts(ctx context.Context) error {
	order := func(x, y post) int { return cmp.Or(cmp.Compare(x.token, y.token), cmp.Compare(x.who, y.who)) }
	slices.SortFunc(w.was, order)
	slices.SortFunc(w.is, order)
	for _, p := range w.was {
		if _, err := w.unpost.ExecContext(ctx, int64(p.token), p.who); err != nil {
			return err
		}
	}
	for part := range slices.Chunk(w.is, together) {
		args := make([]any, 0, 2*together)
		for _, p := range part {
			args = append(args, int64(p.token), p.who)
		}
		if len(part) == together {
			if _, err := w.postMany.ExecContext(ctx, args...); err != nil {
				return err
			}
			continue
		}
		for i := 0; i < len(args); i += 2 {
			if _, err := w.post.ExecContext(ctx, args[i], args[i+1]); err != nil {
				return err
			}
		}
	}
	return nil
}
