package finder

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/likeness"
	"attune/internal/seal"
)

// State is how it stands with two people who may be one.
type State string

// The states. A pair that somebody said is of different people is open again when something new speaks for one person.
const (
	Undecided State = "open"
	Different State = "different"
	Same      State = "same"
)

// Word is what somebody said of a pair.
type Word struct {
	By   string       `json:"by"`
	Note string       `json:"note,omitempty"`
	At   instant.Time `json:"at"`
}

// Pair is two people who may be one.
type Pair struct {
	One, Other id.Person
	State      State
	// For and Against are what speaks for one person and against it.
	For, Against []likeness.Reason
	// Since is when it was found first.
	Since instant.Time
	// Word is what somebody said last, if anybody did.
	Word *Word
}

// Listed are pairs, those for which most speaks first.
type Listed struct {
	Pairs []Pair
	// All is how many there are.
	All int
	// Waiting is how many people are still to be compared.
	Waiting int
	// Crowds is how many telephone numbers, and how many first names with a birth date, are shared by too many to be
	// compared.
	Crowds int
}

// Doubt is that a record gives two people an identifier that only one person has.
type Doubt struct{ One, Other id.Person }

// ErrNoPair tells that two people are not listed.
var ErrNoPair = errors.New("these two are not listed as possible duplicates: attune people duplicates shows who is")

// couple is two people, the lesser first.
type couple [2]id.Person

func coupleOf(a, b id.Person) couple {
	if slices.Compare(a[:], b[:]) > 0 {
		a, b = b, a
	}
	return couple{a, b}
}

// name binds sealed words to their pair.
func (c couple) name() []byte { return slices.Concat(c[0][:], c[1][:]) }

// found is what comparing two people came to.
type found struct {
	likeness.Likeness
	identified bool
}

// row is a pair as the file has it.
type row struct {
	state      State
	identified bool
	why        string
}

func (b *Book) row(ctx context.Context, c couple) (r row, known bool, err error) {
	err = b.file.Write.QueryRowContext(ctx, `SELECT state, identified, why FROM pair WHERE one = ? AND other = ?`, c[0][:], c[1][:]).Scan(&r.state, &r.identified, &r.why)
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, false, nil
	}
	return r, err == nil, err
}

// keep stores what comparing came to, within a transaction.
func (b *Book) keep(ctx context.Context, v *verdicts) error {
	for _, c := range slices.SortedFunc(maps.Keys(v.pairs), func(x, y couple) int { return slices.Compare(x.name(), y.name()) }) {
		if err := b.keepPair(ctx, c, v.pairs[c]); err != nil {
			return err
		}
	}
	for _, t := range slices.Sorted(maps.Keys(v.crowds)) {
		query, args := `DELETE FROM crowd WHERE token = ?`, []any{int64(t)}
		if kind := v.crowds[t]; kind != "" {
			query, args = `INSERT INTO crowd VALUES (?, ?) ON CONFLICT DO NOTHING`, append(args, kind)
		}
		if _, err := b.file.Write.ExecContext(ctx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

func (b *Book) keepPair(ctx context.Context, c couple, f found) error {
	was, known, err := b.row(ctx, c)
	if err != nil {
		return err
	}
	state := Undecided
	switch {
	case was.identified && !f.identified: // said meanwhile; they are compared again
		return nil
	case !known && !f.Ask, was.state == Same:
		return nil
	case was.state == Undecided && !f.Ask:
		_, err := b.file.Write.ExecContext(ctx, `DELETE FROM pair WHERE one = ? AND other = ?`, c[0][:], c[1][:])
		return err
	case was.state == Different && (!f.Ask || !news(f.For, was.why)):
		return nil
	}
	return b.put(ctx, c, state, f)
}

// news tells that something speaks for one person that did not when somebody looked at it.
func news(now []likeness.Reason, then string) bool {
	return slices.ContainsFunc(now, func(r likeness.Reason) bool { return !slices.Contains(strings.Fields(then), string(r)) })
}

func (b *Book) put(ctx context.Context, c couple, s State, f found) error {
	_, err := b.file.Write.ExecContext(ctx, `INSERT INTO pair VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL)
		ON CONFLICT DO UPDATE SET state = excluded.state, identified = excluded.identified, why = excluded.why, against = excluded.against, score = excluded.score`,
		c[0][:], c[1][:], s, f.identified, codes(f.For), codes(f.Against), len(f.For)-len(f.Against), int64(b.cfg.Now()))
	return err
}

func codes(reasons []likeness.Reason) string {
	var out []string
	for _, r := range reasons {
		out = append(out, string(r))
	}
	return strings.Join(out, " ")
}

func reasons(codes string) (out []likeness.Reason) {
	for _, c := range strings.Fields(codes) {
		out = append(out, likeness.Reason(c))
	}
	return out
}

// Doubts notes that records give people one identifier. They are compared by all else, too, as soon as that is known.
func (b *Book) Doubts(doubts []Doubt) error {
	err := b.file.Writing(func(ctx context.Context) error {
		for _, d := range doubts {
			if d.One == d.Other {
				continue
			}
			c := coupleOf(d.One, d.Other)
			was, known, err := b.row(ctx, c)
			if err != nil {
				return err
			}
			if was.identified || was.state == Same {
				continue
			}
			f := found{identified: true, Likeness: likeness.Likeness{For: []likeness.Reason{likeness.SameIdentifier}}}
			if known {
				f.For = append(reasons(was.why), f.For...)
			}
			if err := b.put(ctx, c, Undecided, f); err != nil {
				return err
			}
			for _, p := range c {
				if _, err := b.file.Write.ExecContext(ctx, `INSERT INTO look SELECT n, 0 FROM who WHERE person = ? ON CONFLICT DO UPDATE SET round = round + 1`, p[:]); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("note people with one identifier: %w", err)
	}
	return nil
}

// Settle notes what somebody said of two people. Different is said of a pair that was listed or merged, else it is
// ErrNoPair, and of what speaks for one person by then; the other states are said of any two.
func (b *Book) Settle(ctx context.Context, one, other id.Person, s State, w Word) error {
	c := coupleOf(one, other)
	plain, err := json.Marshal(w)
	if err != nil {
		return err
	}
	sealed, err := b.cfg.Keys.Seal(c[0], seal.Word, c.name(), plain)
	if errors.Is(err, seal.ErrNoKey) {
		return nil // there is nobody any more
	}
	if err != nil {
		return fmt.Errorf("note what was said of two records: %w", err)
	}
	is, err := b.together(ctx, c)
	if err != nil {
		return fmt.Errorf("note what was said of two records: %w", err)
	}
	err = b.file.Writing(func(ctx context.Context) error {
		was, known, err := b.row(ctx, c)
		if err != nil {
			return err
		}
		if s == Different {
			said, err := b.settleParts(ctx, c, w)
			if err != nil || said && !known {
				return err
			}
		}
		switch {
		case !known && s == Different:
			return ErrNoPair
		case !known, s == Different && is.Ask:
			if is.identified = was.identified; is.identified {
				is.For = append(is.For, likeness.SameIdentifier)
			}
			if err := b.put(ctx, c, s, is); err != nil {
				return err
			}
		}
		_, err = b.file.Write.ExecContext(ctx, `UPDATE pair SET state = ?, word = ? WHERE one = ? AND other = ?`, s, sealed, c[0][:], c[1][:])
		return err
	})
	if err != nil && !errors.Is(err, ErrNoPair) {
		err = fmt.Errorf("note what was said of two records: %w", err)
	}
	return err
}

// Said is what was said of two people, or found; empty if nothing was.
func (b *Book) Said(ctx context.Context, one, other id.Person) (s State, err error) {
	defer b.file.Reading()()
	c := coupleOf(one, other)
	err = b.file.Read.QueryRowContext(ctx, `SELECT state FROM pair WHERE one = ? AND other = ?`, c[0][:], c[1][:]).Scan(&s)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return s, err
}

// together is what speaks for and against two people being one, as far as anything is known of them.
func (b *Book) together(ctx context.Context, c couple) (f found, err error) {
	var of [2]likeness.Facts
	for i, who := range c {
		var known bool
		if of[i], known, err = b.cfg.People.Facts(ctx, who); err != nil || !known {
			return f, err
		}
	}
	f.Likeness, err = b.likeness(ctx, c[0], c[1], &of[0], &of[1], false)
	return f, err
}

// pairedWith are those with whom somebody is a pair, and of which of them a record says so.
func (b *Book) pairedWith(ctx context.Context, who id.Person) (map[id.Person]bool, error) {
	defer b.file.Reading()()
	out := map[id.Person]bool{}
	err := each(ctx, b.file.Read, func(scan func(...any) error) error {
		var raw []byte
		var identified bool
		if err := scan(&raw, &identified); err != nil {
			return err
		}
		p, err := personOf(raw)
		out[p] = identified
		return err
	}, `SELECT other, identified FROM pair WHERE one = ?1 UNION ALL SELECT one, identified FROM pair WHERE other = ?1`, who[:])
	return out, err
}

// Pairs are at most so many pairs in a state.
func (b *Book) Pairs(ctx context.Context, s State, most int) (out Listed, err error) {
	if out, err = b.pairs(ctx, s, most); err != nil {
		return Listed{}, fmt.Errorf("list records that may be of one person: %w", err)
	}
	slices.SortStableFunc(out.Pairs, func(x, y Pair) int {
		return cmp.Or(cmp.Compare(len(y.For)-len(y.Against), len(x.For)-len(x.Against)), slices.Compare(coupleOf(x.One, x.Other).name(), coupleOf(y.One, y.Other).name()))
	})
	out.Pairs = out.Pairs[:min(len(out.Pairs), most)]
	return out, nil
}

func (b *Book) pairs(ctx context.Context, s State, most int) (out Listed, err error) {
	all, err := b.cfg.People.Parts(ctx)
	if err != nil {
		return out, err
	}
	defer b.file.Reading()()
	err = b.file.Read.QueryRowContext(ctx, `SELECT (SELECT count(*) FROM pair WHERE state = ?), (SELECT count(*) FROM look), (SELECT count(*) FROM crowd)`, s).Scan(&out.All, &out.Waiting, &out.Crowds)
	if err != nil {
		return out, err
	}
	groups, err := b.groups(ctx, all)
	if err != nil || s == Same { // of whom it was said, as it was said
		groups = nil
	}
	rows := 0
	for _, g := range groups {
		rows += len(g)
	}
	list, err := b.read(ctx, `WHERE state = ? ORDER BY score DESC, one, other LIMIT ?`, s, most+rows)
	for _, p := range list {
		if _, grouped := groups[parts(all).couple(p)]; !grouped {
			out.Pairs = append(out.Pairs, p)
		}
	}
	for c, g := range groups {
		for _, p := range g {
			if p.State == s {
				out.All--
			}
		}
		if p := summed(c, g); p.State == s {
			out.All++
			out.Pairs = append(out.Pairs, p)
		}
	}
	return out, err
}

// read reads pairs.
func (b *Book) read(ctx context.Context, where string, args ...any) (out []Pair, err error) {
	err = each(ctx, b.file.Read, func(scan func(...any) error) error {
		var p Pair
		var one, other, word []byte
		var why, against string
		var since int64
		if err := scan(&one, &other, &p.State, &why, &against, &since, &word); err != nil {
			return err
		}
		if p.One, err = personOf(one); err != nil {
			return err
		}
		if p.Other, err = personOf(other); err != nil {
			return err
		}
		p.For, p.Against, p.Since = reasons(why), reasons(against), instant.Time(since)
		if p.Word, err = b.word(coupleOf(p.One, p.Other), word); err != nil {
			return err
		}
		out = append(out, p)
		return nil
	}, `SELECT one, other, state, why, against, since, word FROM pair `+where, args...)
	return out, err
}

func (b *Book) word(c couple, sealed []byte) (*Word, error) {
	if sealed == nil {
		return nil, nil
	}
	plain, err := b.cfg.Keys.Open(c[0], seal.Word, c.name(), sealed)
	if errors.Is(err, seal.ErrNoKey) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	w := &Word{}
	return w, json.Unmarshal(plain, w)
}
