package finder

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"attune/core/id"
	"attune/internal/likeness"
)

// largest is how many people may share a token and still be compared with each other. What more share, such as the
// telephone number of a home, says nothing of who somebody is.
const largest = 100

// toLook is somebody who is to be compared with others.
type toLook struct {
	n, round int64
	who      id.Person
}

// Look compares people who are new or changed with those who share something with them, at most so many, and keeps
// which may be one person. It tells how many are still to be compared. After a crash they are compared again.
func (b *Book) Look(ctx context.Context, most int) (left int, err error) {
	b.looking.Lock()
	defer b.looking.Unlock()
	if left, err = b.look(ctx, most); err != nil {
		return 0, fmt.Errorf("look for records that may be of one person: %w", err)
	}
	return left, nil
}

func (b *Book) look(ctx context.Context, most int) (left int, err error) {
	next, left, err := b.toLook(ctx, most)
	if err != nil || len(next) == 0 {
		return left, err
	}
	v := verdicts{pairs: map[couple]found{}, crowds: map[token]string{}}
	if v.parts, err = b.cfg.People.Parts(ctx); err != nil {
		return 0, err
	}
	for i := range next {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if err := b.compare(ctx, next[i].n, next[i].who, &v); err != nil {
			return 0, err
		}
	}
	err = b.file.Writing(func(ctx context.Context) error {
		if err := b.keep(ctx, &v); err != nil {
			return err
		}
		for _, x := range next { // who changed meanwhile is compared again
			if _, err := b.file.Write.ExecContext(ctx, `DELETE FROM look WHERE who = ? AND round = ?`, x.n, x.round); err != nil {
				return err
			}
		}
		return nil
	})
	return left - len(next), err
}

func (b *Book) toLook(ctx context.Context, most int) (next []toLook, left int, err error) {
	defer b.file.Reading()()
	if err := b.file.Read.QueryRowContext(ctx, `SELECT count(*) FROM look`).Scan(&left); err != nil || left == 0 {
		return nil, 0, err
	}
	err = each(ctx, b.file.Read, func(scan func(...any) error) error {
		var x toLook
		var raw []byte
		if err := scan(&x.n, &x.round, &raw); err != nil {
			return err
		}
		var err error
		x.who, err = personOf(raw)
		next = append(next, x)
		return err
	}, `SELECT l.who, l.round, w.person FROM look l JOIN who w ON w.n = l.who ORDER BY l.who LIMIT ?`, most)
	return next, left, err
}

// verdicts are what comparing came to: of each couple what was found, and the tokens that too many share; those that
// not too many share have no kind.
type verdicts struct {
	pairs  map[couple]found
	crowds map[token]string
	parts  parts
}

// compare compares somebody with those who share a telephone number, or a birth date and a first name, and with those
// they were once found to be like.
func (b *Book) compare(ctx context.Context, n int64, who id.Person, v *verdicts) error {
	is, known, err := b.cfg.People.Facts(ctx, who)
	if err != nil {
		return err
	}
	others, err := b.pairedWith(ctx, who)
	if err != nil {
		return err
	}
	if known {
		near, err := b.near(ctx, n, b.hasher().alike(&is), v)
		if err != nil {
			return err
		}
		for _, other := range near {
			if _, already := others[other]; !already {
				others[other] = false
			}
		}
	}
	for other, identified := range others {
		c := coupleOf(who, other)
		if _, done := v.pairs[c]; done || v.parts.whole(who) == v.parts.whole(other) {
			continue
		}
		also, there, err := b.cfg.People.Facts(ctx, other)
		if err != nil {
			return err
		}
		f := found{identified: identified}
		if known && there {
			if f.Likeness, err = b.likeness(ctx, who, other, &is, &also, identified); err != nil {
				return err
			}
		}
		v.pairs[c] = f
	}
	return nil
}

// namesakes is how many people make a name common: of a thousand, three in a hundred share a birth date with one of the
// others by chance, and of ten thousand three in ten.
const namesakes = 1000

// likeness compares two people. What takes longer to find out is asked only if it matters.
func (b *Book) likeness(ctx context.Context, one, other id.Person, a, c *likeness.Facts, identified bool) (l likeness.Likeness, err error) {
	if l = likeness.Compare(a, c, identified); !l.Ask {
		return l, nil
	}
	x, y := *a, *c
	if x.Common, err = b.common(ctx, a); err != nil {
		return l, err
	}
	if x.Numbers, err = b.cfg.People.Numbers(ctx, one); err != nil {
		return l, err
	}
	if len(x.Numbers) > 0 {
		if y.Numbers, err = b.cfg.People.Numbers(ctx, other); err != nil {
			return l, err
		}
	}
	return likeness.Compare(&x, &y, identified), nil
}

// common tells that many have somebody's first and last name.
func (b *Book) common(ctx context.Context, f *likeness.Facts) (bool, error) {
	if len(f.Given) == 0 || len(f.Family) == 0 {
		return false, nil
	}
	t := b.hasher().both(likeness.Heard(f.Given[0]), likeness.Heard(f.Family[0]))[0]
	defer b.file.Reading()()
	var n int
	err := b.file.Read.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM post WHERE token = ? LIMIT ?)`, int64(t), namesakes).Scan(&n)
	return n == namesakes, err
}

// near are the others who share a token. Tokens that too many share are noted and not followed.
func (b *Book) near(ctx context.Context, n int64, tokens []shared, v *verdicts) (out []id.Person, err error) {
	defer b.file.Reading()()
	for _, t := range tokens {
		query, args := `SELECT w.person, 1`, []any{}
		if len(t.with) > 0 {
			query = `SELECT w.person, EXISTS (SELECT 1 FROM post o WHERE o.who = p.who AND o.token IN (?` + strings.Repeat(", ?", len(t.with)-1) + `))`
			for _, with := range t.with {
				args = append(args, int64(with))
			}
		}
		var some []id.Person
		all := 0
		err := each(ctx, b.file.Read, func(scan func(...any) error) error {
			var raw []byte
			var has bool
			if err := scan(&raw, &has); err != nil {
				return err
			}
			p, err := personOf(raw)
			if all++; has {
				some = append(some, p)
			}
			return err
		}, query+` FROM post p JOIN who w ON w.n = p.who WHERE p.token = ? AND p.who <> ? LIMIT ?`, append(args, int64(t.token), n, largest+1)...)
		if err != nil {
			return nil, err
		}
		v.crowds[t.token] = ""
		if all > largest {
			v.crowds[t.token] = t.kind
			continue
		}
		for _, p := range some {
			if !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out, nil
}
