package finder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"attune/core/id"
	"attune/internal/likeness"
)

// Query says who is looked for. All that it says has to be so.
type Query struct {
	// Name are words of the first, last or preferred name, in any order.
	Name string
	// Born is a birth date, as 1956-04-21, or its year.
	Born string
	// Phone is a telephone number or how it ends, at least the last four digits.
	Phone string
	// Person is who has the identifier that was asked for; zero where none was.
	Person id.Person
}

// How is how somebody was found.
type How int

// The best first: every word as written in the first or last name, by what they are called, or as heard.
const (
	Written How = iota
	Called
	HeardAlike
)

// String names it.
func (h How) String() string { return [...]string{"written", "called", "heard"}[h] }

// Hit is somebody found.
type Hit struct {
	Person id.Person
	How    How
}

// Found are the best of those found. More is how many others there are; where Plenty is set, at least so many.
type Found struct {
	Hits   []Hit
	More   int
	Plenty bool
	// Outside are those who fit and are not among whom may be found.
	Outside []id.Person
}

const (
	// shown is how many are told.
	shown = 20
	// read is how many are looked at to tell the best.
	read = 60
	// counted is up to how many are counted.
	counted = 2_000
)

// asked is a query that was understood.
type asked struct {
	words []string
	heard [][]string
	born  string
	phone string
	among func(ctx context.Context, who id.Person) (bool, error)
}

func (q *Query) read() (a asked, err error) {
	a.words, a.born, a.phone = likeness.Asked(q.Name), strings.TrimSpace(q.Born), onlyDigits(q.Phone)
	for _, w := range a.words {
		a.heard = append(a.heard, likeness.Heard(w))
	}
	switch {
	case q.Name != "" && len(a.words) == 0:
		return a, errors.New("the name has no letters: give words of the first or last name")
	case q.Phone != "" && len(a.phone) < shortTail:
		return a, errors.New("the telephone number is too short: give at least its last four digits")
	case len(a.words) == 0 && a.born == "" && a.phone == "" && q.Person.IsZero():
		return a, errors.New("nothing to look for: give a name, --born, --phone or --id")
	}
	if a.born != "" {
		_, day := time.Parse(time.DateOnly, a.born)
		if _, year := time.Parse("2006", a.born); day != nil && year != nil {
			return a, errors.New("the birth date is neither a day as 1956-04-21 nor a year as 1956")
		}
	}
	return a, nil
}

func onlyDigits(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, s)
}

// fits tells whether somebody is who is looked for, and how that was found.
func (a *asked) fits(f *likeness.Facts) (how How, fits bool) {
	if a.born != "" && a.born != f.Born && (len(a.born) > len("1956") || !strings.HasPrefix(f.Born, a.born)) {
		return 0, false
	}
	if a.phone != "" && !slices.ContainsFunc(f.Phones, func(p string) bool { return strings.HasSuffix(p, a.phone) || likeness.SamePhone(p, a.phone) }) {
		return 0, false
	}
	names := f.Names()
	for i, w := range a.words {
		switch {
		case slices.Contains(f.Given, w), slices.Contains(f.Family, w), slices.Contains(f.Joined, w), w == f.Generation:
		case slices.Contains(f.Called, w):
			how = max(how, Called)
		case slices.ContainsFunc(names, func(n string) bool {
			return slices.ContainsFunc(likeness.Heard(n), func(k string) bool { return slices.Contains(a.heard[i], k) })
		}):
			how = HeardAlike
		default:
			return 0, false
		}
	}
	return how, true
}

// stage is a way to ask the file.
type stage int

// As names are written; as they are heard, two words at a time; and each word by itself, for one may be heard alike in
// English and the other in Spanish.
const (
	asWritten stage = iota
	asHeard
	eachHeard
)

// tokens are what the file is asked: somebody has to have one of each list.
func (a *asked) tokens(h *hasher, as stage) (out [][]token) {
	if as != eachHeard && len(a.words) > 1 { // of names as written, too, they are fewest
		for i := range min(len(a.words), paired) - 1 {
			out = append(out, h.both(a.heard[i], a.heard[i+1]))
		}
	}
	for i, w := range a.words {
		var some []token
		switch {
		case as == asWritten:
			some = []token{h.token(ofName, w)}
		case as == eachHeard, len(a.words) == 1, i >= paired:
			some = append(some, h.token(ofName, w)) // joined names are kept as written only
			for _, k := range a.heard[i] {
				some = append(some, h.token(ofHeard, k))
			}
		default:
			continue
		}
		out = append(out, some)
	}
	switch len(a.born) {
	case 0:
	case len("1956"):
		out = append(out, []token{h.token(ofYear, a.born)})
	default:
		out = append(out, []token{h.token(ofBorn, a.born)})
	}
	if n := len(a.phone); n >= longTail {
		out = append(out, []token{h.token(ofTail, a.phone[n-longTail:])})
	} else if n > 0 {
		out = append(out, []token{h.token(ofTail, a.phone[n-shortTail:])})
	}
	return out
}

// Search finds people. An error says what is wrong with the query, and repeats nothing of it.
func (b *Book) Search(ctx context.Context, q Query) (Found, error) { return b.SearchAmong(ctx, q, nil) }

// SearchAmong is Search among those only who may be found; nil is everybody. Who fits and may not be found is counted nowhere.
func (b *Book) SearchAmong(ctx context.Context, q Query, among func(ctx context.Context, who id.Person) (bool, error)) (Found, error) {
	a, err := q.read()
	if err != nil {
		return Found{}, err
	}
	a.among = among
	if !q.Person.IsZero() {
		var out Found
		err := b.confirm(ctx, &a, q.Person, &out)
		return out, err
	}
	out, err := b.search(ctx, &a)
	if err != nil {
		return Found{}, fmt.Errorf("search people: %w", err)
	}
	if a.among != nil && out.More > 0 { // nobody knows who of them may be found
		out.More, out.Plenty = 0, true
	}
	slices.SortStableFunc(out.Hits, func(x, y Hit) int { return cmp.Compare(x.How, y.How) })
	if len(out.Hits) > shown {
		out.More += len(out.Hits) - shown
		out.Hits = out.Hits[:shown]
	}
	return out, nil
}

// search looks at what was gathered, then at the file.
func (b *Book) search(ctx context.Context, a *asked) (out Found, err error) {
	waiting := b.pending.now() // before the file, into which they may go meanwhile
	fresh := 0
	for who, is := range waiting {
		if _, fits := a.fits(&is); !fits {
			continue
		}
		if fresh++; fresh > read {
			out.More++
			continue
		}
		if err := b.confirm(ctx, a, who, &out); err != nil {
			return out, err
		}
	}
	found, err := b.stages(ctx, a, &out)
	if err != nil {
		return out, err
	}
	for i, n := range found {
		if i >= read {
			out.More += len(found) - read
			break
		}
		who, err := b.who(ctx, n)
		if err != nil {
			return out, err
		}
		if _, known := waiting[who]; known || who.IsZero() {
			continue
		}
		if err := b.confirm(ctx, a, who, &out); err != nil {
			return out, err
		}
	}
	return out, nil
}

// stages asks the file for names as heard, and where that finds more than can be looked at, for those as written, which
// come first then.
func (b *Book) stages(ctx context.Context, a *asked, out *Found) (found []int64, err error) {
	h, sizes := b.hasher(), map[token]int{}
	if found, err = b.candidates(ctx, a.tokens(h, asHeard), counted, sizes); err != nil {
		return nil, err
	}
	if len(found) == 0 && len(a.words) > 1 {
		if found, err = b.candidates(ctx, a.tokens(h, eachHeard), counted, sizes); err != nil {
			return nil, err
		}
	}
	out.Plenty = len(found) >= counted
	if len(found) <= read || len(a.words) == 0 {
		return found, nil
	}
	best, err := b.candidates(ctx, a.tokens(h, asWritten), read, sizes)
	if err != nil {
		return nil, err
	}
	first := map[int64]bool{}
	for _, n := range best {
		first[n] = true
	}
	for _, n := range found {
		if !first[n] {
			best = append(best, n)
		}
	}
	return best, nil
}

// confirm looks at what somebody really is, and takes them if that is who is looked for.
func (b *Book) confirm(ctx context.Context, a *asked, who id.Person, out *Found) error {
	is, known, err := b.cfg.People.Facts(ctx, who)
	if err != nil || !known {
		return err
	}
	how, fits := a.fits(&is)
	if fits && a.among != nil {
		may, err := a.among(ctx, who)
		if err != nil {
			return err
		}
		if !may {
			out.Outside = append(out.Outside, who)
			return nil
		}
	}
	if fits {
		out.Hits = append(out.Hits, Hit{who, how})
	}
	return nil
}

func (b *Book) who(ctx context.Context, n int64) (who id.Person, err error) {
	defer b.file.Reading()()
	err = each(ctx, b.file.Read, func(scan func(...any) error) error {
		var raw []byte
		if err := scan(&raw); err != nil {
			return err
		}
		who, err = personOf(raw)
		return err
	}, `SELECT person FROM who WHERE n = ?`, n)
	return who, err
}

// candidates are at most so many of those who have a token of each list. The rarest list is walked, and of each on it is
// asked whether the others have them too, the next rarest first.
func (b *Book) candidates(ctx context.Context, lists [][]token, most int, known map[token]int) (out []int64, err error) {
	defer b.file.Reading()()
	sizes := make([]int, len(lists))
	order := make([]int, len(lists))
	for i, list := range lists {
		order[i] = i
		for _, t := range list {
			n, err := b.size(ctx, t, known)
			if err != nil {
				return nil, err
			}
			sizes[i] += n
		}
		if sizes[i] == 0 {
			return nil, nil
		}
	}
	slices.SortStableFunc(order, func(x, y int) int { return cmp.Compare(sizes[x], sizes[y]) })
	var query strings.Builder
	var args []any
	in := func(list []token) {
		query.WriteString(" IN (?" + strings.Repeat(", ?", len(list)-1) + ")")
		for _, t := range list {
			args = append(args, int64(t))
		}
	}
	query.WriteString("SELECT p.who FROM post p WHERE p.token")
	in(lists[order[0]])
	for _, i := range order[1:] {
		query.WriteString(" AND EXISTS (SELECT 1 FROM post o WHERE o.who = p.who AND o.token")
		in(lists[i])
		query.WriteString(")")
	}
	query.WriteString(" LIMIT ?")
	args = append(args, most*len(lists[order[0]])) // somebody may have several of a list
	seen := map[int64]bool{}
	err = each(ctx, b.file.Read, func(scan func(...any) error) error {
		var n int64
		if err := scan(&n); err != nil {
			return err
		}
		if !seen[n] && len(out) < most {
			seen[n] = true
			out = append(out, n)
		}
		return nil
	}, query.String(), args...)
	return out, err
}

// sized is up to how many of a token are counted to tell which is rare.
const sized = 20_000

func (b *Book) size(ctx context.Context, t token, known map[token]int) (n int, err error) {
	if n, done := known[t]; done {
		return n, nil
	}
	err = b.file.Read.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1 FROM post WHERE token = ? LIMIT ?)`, int64(t), sized).Scan(&n)
	known[t] = n
	return n, err
}
