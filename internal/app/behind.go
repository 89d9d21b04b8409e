package app

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/insight"
)

// lookedAt records that the caller is about to be told this of these people.
func lookedAt[T any](ctx context.Context, i *Inspector, method string, all []line[T]) error {
	people := make([]id.Person, len(all))
	for k := range all {
		people[k] = all[k].who
	}
	return i.looked(ctx, method, people...)
}

// rank is where a line stands among those behind a number: by when it began, and then by whose it is.
type rank struct {
	at  instant.Time
	who id.Person
}

func (p rank) compare(o rank) int {
	return cmp.Or(cmp.Compare(p.at, o.at), bytes.Compare(p.who[:], o.who[:]))
}

func (p rank) String() string { return fmt.Sprintf("%d %s", int64(p.at), p.who) }

func rankOf(written string) (p rank, err error) {
	var at int64
	var who string
	if _, err = fmt.Sscanf(written, "%d %s", &at, &who); err != nil {
		return p, err
	}
	p.at = instant.Time(at)
	p.who, err = id.ParsePerson(who)
	return p, err
}

// line is about somebody who stands behind a number.
type line[T any] struct {
	rank
	of T
}

// behind are the first of those behind a number, which may be of everybody: no more of them are named and kept than are wanted.
type behind[T any] struct {
	// after is where the page before ended, and most how many are wanted; all where it is none.
	after rank
	most  int
	// name tells for whom a pseudonym stands, and part those whose records became part of others': nobody counts them.
	name func(insight.Pseudonym) (id.Person, bool)
	part map[insight.Pseudonym]bool
	// nobody tells that all are of a program whose people whoever asks has nothing to do with.
	nobody bool

	total int
	kept  []line[T]
	full  bool
}

// behindAll begins a list of everybody behind a number.
func behindAll[T any](i *Inspector, facts *insight.Tail) *behind[T] {
	b := &behind[T]{name: facts.Person, after: rank{at: instant.Time(-1 << 62)}, part: make(map[insight.Pseudonym]bool, len(i.forwards))}
	for from := range i.forwards {
		b.part[facts.Pseudonym(from)] = true
	}
	return b
}

// put says a line, which of tells where it is wanted.
func (b *behind[T]) put(p insight.Pseudonym, at instant.Time, of func(id.Person) T) {
	if b.nobody || len(b.part) > 0 && b.part[p] {
		return
	}
	b.total++
	if at < b.after.at || b.full && at > b.kept[b.most-1].at {
		return
	}
	who, known := b.name(p)
	if !known { // they are being forgotten
		b.total--
		return
	}
	x := line[T]{rank: rank{at, who}}
	if x.compare(b.after) <= 0 || b.full && x.compare(b.kept[b.most-1].rank) >= 0 {
		return
	}
	x.of = of(who)
	b.kept = append(b.kept, x)
	if b.most > 0 && len(b.kept) >= 2*b.most {
		b.sort()
	}
}

// sort leaves those that are wanted, in their order.
func (b *behind[T]) sort() []line[T] {
	slices.SortFunc(b.kept, func(x, y line[T]) int { return x.compare(y.rank) })
	if b.most > 0 && len(b.kept) >= b.most {
		b.kept, b.full = b.kept[:b.most], true
	}
	return b.kept
}

// pageBehind is a page of those behind a number of a program, which say tells; it records that the people of this page were looked at, and
// nobody else.
func pageBehind[T any](ctx context.Context, i *Inspector, method, program string, page api.Page, say func(facts *insight.Tail, b *behind[T]) error) (out api.List[T], err error) {
	last, limit, err := page.After()
	if err != nil {
		return out, err
	}
	facts, err := i.gathered(ctx)
	if err != nil {
		return out, err
	}
	b := behindAll[T](i, facts)
	b.most = limit + 1
	if last != "" {
		if b.after, err = rankOf(last); err != nil {
			return out, api.Refused("cursor", "it is no cursor of this list", "send next of the page before, as it is")
		}
	}
	b.nobody = len(inPanel(ctx, access.PeopleList, []string{program}, func(p *string) string { return *p })) == 0
	if err := say(facts, b); err != nil {
		return out, err
	}
	found := api.TailOf(b.sort(), limit, func(x *line[T]) string { return x.String() })
	out = api.List[T]{Items: make([]T, len(found.Items)), Next: found.Next, Total: b.total}
	for k := range found.Items {
		out.Items[k] = found.Items[k].of
	}
	return out, lookedAt(ctx, i, method, found.Items)
}

// everyBehind are all behind a number, of whom it is recorded that they were looked at.
func everyBehind[T any](ctx context.Context, i *Inspector, method string, say func(facts *insight.Tail, b *behind[T]) error) ([]T, error) {
	facts, err := i.gathered(ctx)
	if err != nil {
		return nil, err
	}
	b := behindAll[T](i, facts)
	if err := say(facts, b); err != nil {
		return nil, err
	}
	all := b.sort()
	out := make([]T, len(all))
	for k := range all {
		out[k] = all[k].of
	}
	return out, lookedAt(ctx, i, method, all)
}
