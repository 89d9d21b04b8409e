package finder

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"

	"attune/core/id"
	"attune/internal/seal"
)

// A pair is kept of the two records of which it was found. While one of them is part of another, it is listed of the one that
// goes on; so it is where it was when the record is on its own again, and nothing has to be moved.

// parts are records that are part of another's, each with the one that goes on.
type parts map[id.Person]id.Person

// whole is the record that goes on for somebody's.
func (p parts) whole(who id.Person) id.Person {
	if is, part := p[who]; part {
		return is
	}
	return who
}

// couple is of whom a pair is listed.
func (p parts) couple(x Pair) couple { return coupleOf(p.whole(x.One), p.whole(x.Other)) }

// groups are the pairs that parts are in, and the others of the same two people, by of whom they are listed.
func (b *Book) groups(ctx context.Context, all parts) (map[couple][]Pair, error) {
	out := map[couple][]Pair{}
	for part := range all {
		some, err := b.read(ctx, `WHERE (one = ?1 OR other = ?1) AND state <> 'same'`, part[:])
		if err != nil {
			return nil, err
		}
		for _, p := range some {
			if c := all.couple(p); !slices.ContainsFunc(out[c], func(o Pair) bool { return o.One == p.One && o.Other == p.Other }) {
				out[c] = append(out[c], p)
			}
		}
	}
	for c := range out {
		some, err := b.read(ctx, `WHERE one = ? AND other = ? AND state <> 'same'`, c[0][:], c[1][:])
		if err != nil {
			return nil, err
		}
		out[c] = append(out[c], some...)
	}
	return out, nil
}

// summed is what a group's pairs come to: open if one is open for a reason that none of those has of which somebody said
// that they are different. It has no state if the two are one person now, who needs no listing.
func summed(c couple, group []Pair) (p Pair) {
	if c[0] == c[1] {
		return p
	}
	slices.SortFunc(group, func(x, y Pair) int {
		return cmp.Or(cmp.Compare(len(y.For)-len(y.Against), len(x.For)-len(x.Against)), slices.Compare(coupleOf(x.One, x.Other).name(), coupleOf(y.One, y.Other).name()))
	})
	var settled []string
	for i := range group {
		if group[i].State == Different {
			settled = append(settled, codes(group[i].For))
		}
	}
	p.State = Different
	for i := range group {
		if group[i].State == Undecided && (len(settled) == 0 || news(group[i].For, strings.Join(settled, " "))) {
			p.State = Undecided
		}
	}
	for _, x := range group {
		if x.State != p.State {
			continue
		}
		if p.One.IsZero() {
			p = x
			p.One, p.Other, p.For = c[0], c[1], slices.Clone(x.For)
		}
		for _, r := range x.For {
			if !slices.Contains(p.For, r) {
				p.For = append(p.For, r)
			}
		}
		p.Since = min(p.Since, x.Since)
	}
	return p
}

// settleParts notes, within a transaction, that two people are different, of the pairs of their parts, and tells whether
// there was one.
func (b *Book) settleParts(ctx context.Context, c couple, w Word) (said bool, err error) {
	all, err := b.cfg.People.Parts(ctx)
	if err != nil || len(all) == 0 {
		return false, err
	}
	plain, err := json.Marshal(w)
	if err != nil {
		return false, err
	}
	of := [2][]id.Person{{c[0]}, {c[1]}}
	for part, whole := range all {
		for i := range c {
			if whole == c[i] {
				of[i] = append(of[i], part)
			}
		}
	}
	for _, one := range of[0] {
		for _, other := range of[1] {
			x := coupleOf(one, other)
			if x == c {
				continue
			}
			sealed, err := b.cfg.Keys.Seal(x[0], seal.Word, x.name(), plain)
			if err != nil {
				return said, err
			}
			done, err := b.file.Write.ExecContext(ctx, `UPDATE pair SET state = ?, word = ? WHERE one = ? AND other = ? AND state = ?`, Different, sealed, x[0][:], x[1][:], Undecided)
			if err != nil {
				return said, err
			}
			n, err := done.RowsAffected()
			if err != nil {
				return said, err
			}
			said = said || n > 0
		}
	}
	return said, nil
}
