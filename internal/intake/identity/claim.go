package identity

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"attune/core/id"
)

// Claimed is what became of a claim.
type Claimed struct {
	// Person is whom the claim's keys mean: who has the first of them that anybody had, else somebody new.
	Person id.Person
	// Home is the record that the keys mean, which may have become part of Person's.
	Home id.Person
	// Created tells that nobody had any of the keys.
	Created bool
	// Others are people who had one of the other keys before, in the order of the keys. They keep it: that two people
	// are one is not for a directory to say. OtherHomes are the records which that key means.
	Others, OtherHomes []id.Person
}

// Claim says of each group of keys that all of them mean one person, in the order of the groups. Keys that nobody has
// become that person's; those that somebody else has stay theirs. prepare is as for Resolve. On any error nothing
// changed.
func (d *Directory) Claim(ctx context.Context, groups [][]Key, prepare func(created []id.Person) error) ([]Claimed, error) {
	if d.readOnly {
		return nil, ErrReadOnly
	}
	var tokens []token
	for n, keys := range groups {
		if len(keys) == 0 {
			return nil, fmt.Errorf("claim %d: it has no keys", n)
		}
		for _, k := range keys {
			if err := k.Check(); err != nil {
				return nil, fmt.Errorf("claim %d: %w", n, err)
			}
			tokens = append(tokens, d.token(k))
		}
	}
	people := make([]id.Person, len(tokens))
	missing := d.recall(tokens, people)
	if len(missing) > 0 {
		var err error
		if missing, err = d.look(ctx, d.find, tokens, people, missing); err != nil {
			return nil, fmt.Errorf("claim: %w", err)
		}
	}
	created := map[id.Person]bool{}
	if len(missing) > 0 {
		var err error
		if created, err = d.claim(ctx, groups, tokens, people, prepare); err != nil {
			return nil, fmt.Errorf("claim: %w", err)
		}
	}
	d.remember(tokens, people)
	homes := slices.Clone(people)
	d.follow(people)
	out := claimed(groups, people, homes)
	for i := range out {
		out[i].Created = created[out[i].Home]
		delete(created, out[i].Home) // the first group that names them made them
	}
	return out, nil
}

// claimed tells whose groups are when every key has somebody.
func claimed(groups [][]Key, people, homes []id.Person) []Claimed {
	out := make([]Claimed, 0, len(groups))
	for _, keys := range groups {
		c := Claimed{Person: people[0], Home: homes[0]}
		for i, p := range people[:len(keys)] {
			if p != c.Person && !slices.Contains(c.Others, p) {
				c.Others, c.OtherHomes = append(c.Others, p), append(c.OtherHomes, homes[i])
			}
		}
		out, people, homes = append(out, c), people[len(keys):], homes[len(keys):]
	}
	return out
}

// claim links keys in one transaction, and fills people in.
func (d *Directory) claim(ctx context.Context, groups [][]Key, tokens []token, people []id.Person, prepare func([]id.Person) error) (created map[id.Person]bool, err error) {
	d.writing.Lock()
	defer d.writing.Unlock()
	tx, err := d.db.BeginTx(ctx, nil)
	if err != nil {
		return nil, err
	}
	defer tx.Rollback()
	all := make([]int, len(tokens))
	for i := range all {
		all[i] = i
		people[i] = id.Person{}
	}
	if _, err := d.look(ctx, tx.StmtContext(ctx, d.find), tokens, people, all); err != nil { // somebody may have been quicker
		return nil, err
	}
	fresh := map[token]id.Person{}
	created = map[id.Person]bool{}
	var order []id.Person
	from := 0
	for _, keys := range groups {
		of, is := tokens[from:from+len(keys)], people[from:from+len(keys)]
		from += len(keys)
		for i := range is {
			if p, again := fresh[of[i]]; again {
				is[i] = p
			}
		}
		who := slices.IndexFunc(is, func(p id.Person) bool { return !p.IsZero() })
		var p id.Person
		if who >= 0 {
			p = is[who]
		} else {
			if p, err = d.draw(ctx, tx); err != nil {
				return nil, err
			}
			created[p], order = true, append(order, p)
		}
		if err := d.know(ctx, tx, keys, is, p, who < 0); err != nil {
			return nil, err
		}
		if err := link(ctx, tx, of, is, p, fresh); err != nil {
			return nil, err
		}
	}
	if len(order) > 0 && prepare != nil {
		if err := prepare(order); err != nil {
			return nil, err
		}
	}
	return created, tx.Commit()
}

// know notes whether nobody knows who somebody is, by the keys that become theirs.
func (d *Directory) know(ctx context.Context, tx *sql.Tx, keys []Key, is []id.Person, p id.Person, created bool) error {
	says := false // that one of the keys which become theirs says who they are
	for i, k := range keys {
		says = says || is[i].IsZero() && !k.Anonymous()
	}
	say := `DELETE FROM anonymous WHERE row = ?`
	switch {
	case created && !says:
		say = `INSERT INTO anonymous VALUES (?)`
	case created, !says:
		return nil
	}
	_, err := tx.ExecContext(ctx, say, p.Row())
	return err
}

// link gives those of the keys that nobody has to a person.
func link(ctx context.Context, tx *sql.Tx, of []token, is []id.Person, p id.Person, fresh map[token]id.Person) error {
	for i := range is {
		if !is[i].IsZero() {
			continue
		}
		is[i] = p
		if _, twice := fresh[of[i]]; twice {
			continue
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO identifier VALUES (?, ?)`, of[i][:], p.Row()); err != nil {
			return err
		}
		fresh[of[i]] = p
	}
	return nil
}
