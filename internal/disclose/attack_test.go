package disclose_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"attune/internal/disclose"
)

// reader is somebody who wants to know what is hidden. They know each cell to a range, which is one number where it
// is shown, and every equation. They share no code with what they attack: ranges are narrowed by every equation, and
// where that says nothing, halved and tried.
type reader struct {
	at        map[string]int
	lo, hi    []int
	equations []disclose.Equation
	budget    int
	// asked is how many questions the reader put, and gaveUp to how many they found no answer: what they could not
	// exclude then counts as possible.
	asked, gaveUp int
	// every is that only each so many-th cell is asked for; 0 is all.
	every int
}

const far = 40_000 // no number of these tables is near it

// readerOf knows a table as it is shown, by what times as many as `slack` it was rounded. Of hidden cells they know
// which are small, which is more than anybody is told.
func readerOf(t disclose.Table, least, slack int, shown func(name string) (int, bool)) *reader {
	r := &reader{at: map[string]int{}, equations: t.Equations}
	for i, c := range t.Cells {
		r.at[c.Name] = i
		lo, hi := 0, far
		if n, ok := shown(c.Name); ok {
			lo, hi = max(0, n-slack), n+slack
		} else if c.N < least {
			hi = least - 1
		}
		r.lo, r.hi = append(r.lo, lo), append(r.hi, hi)
	}
	return r
}

// narrow makes ranges as small as the equations do, and tells whether anything is left.
func (r *reader) narrow(lo, hi []int) bool {
	for changed := true; changed; {
		changed = false
		for _, e := range r.equations {
			least, most := 0, 0
			each := func(do func(i, sign int)) {
				for side, names := range [2][]string{e.Left, e.Right} {
					for _, n := range names {
						do(r.at[n], 1-2*side)
					}
				}
			}
			each(func(i, sign int) {
				if sign > 0 {
					least, most = least+lo[i], most+hi[i]
				} else {
					least, most = least-hi[i], most-lo[i]
				}
			})
			if least > 0 || most < 0 {
				return false
			}
			empty := false
			each(func(i, sign int) {
				l, h := lo[i], hi[i]
				var nl, nh int
				if sign > 0 { // x = −(the rest), the rest being within [least−lo, most−hi]
					nl, nh = max(l, h-most), min(h, l-least)
				} else {
					nl, nh = max(l, h+least), min(h, l+most)
				}
				if nl > nh {
					empty = true
				}
				if nl > l || nh < h {
					// The sums of this pass stay valid, only wider: the next pass narrows further.
					lo[i], hi[i], changed = nl, nh, true
				}
			})
			if empty {
				return false
			}
		}
	}
	return true
}

func (r *reader) possible(lo, hi []int) bool {
	if r.budget--; r.budget < 0 {
		return true
	}
	if !r.narrow(lo, hi) {
		return false
	}
	widest := -1
	for i := range lo {
		if lo[i] < hi[i] && (widest < 0 || hi[i]-lo[i] < hi[widest]-lo[widest]) {
			widest = i
		}
	}
	if widest < 0 {
		return true
	}
	half := (lo[widest] + hi[widest]) / 2
	a, b := slices.Clone(lo), slices.Clone(hi)
	b[widest] = half
	if r.possible(a, b) {
		return true
	}
	a, b = slices.Clone(lo), slices.Clone(hi)
	a[widest] = half + 1
	return r.possible(a, b)
}

func (r *reader) can(cell, value int) bool {
	lo, hi := slices.Clone(r.lo), slices.Clone(r.hi)
	lo[cell], hi[cell] = value, value
	r.budget = 3000
	ok := r.possible(lo, hi)
	if r.asked++; r.budget < 0 {
		r.gaveUp++
	}
	return ok
}

// learns names a cell of which the reader knows more than the rule lets them, or is empty.
func (r *reader) learns(t disclose.Table, least int, shown func(string) (int, bool)) string {
	for i, c := range t.Cells {
		if r.every > 0 && i%r.every != 0 {
			continue
		}
		if _, ok := shown(c.Name); ok && r.lo[i] == r.hi[i] && c.N >= least || c.Impossible {
			continue
		}
		if c.N < least {
			for v := range least {
				if !r.can(i, v) {
					return fmt.Sprintf("%s, which is %d, cannot be %d", c.Name, c.N, v)
				}
			}
			continue
		}
		lo, hi := c.N, c.N
		for hi-lo < least-1 && r.can(i, hi+1) {
			hi++
		}
		for hi-lo < least-1 && lo > 0 && r.can(i, lo-1) {
			lo--
		}
		if _, ok := shown(c.Name); ok || hi-lo >= least-1 {
			continue
		}
		values := 0 // there may be gaps
		for v := max(0, c.N-3*least); v <= c.N+3*least && values < least; v++ {
			if r.can(i, v) {
				values++
			}
		}
		if values < least {
			return fmt.Sprintf("%s, which is %d, is one of %d numbers", c.Name, c.N, values)
		}
	}
	return ""
}

// count is a number as tables of real maps have them: small often, none sometimes.
func count(r *rand.Rand, least int) int {
	switch r.IntN(4) {
	case 0:
		return r.IntN(least)
	case 1:
		return r.IntN(2 * least)
	}
	return least + r.IntN(6*least)
}

// outcomes is phase × segment: who entered is who went on, left or waits, in each segment and in all. Where phases
// follow each other, who went on is who entered the next.
func outcomes(r *rand.Rand, least, phases, segments int) disclose.Table {
	var t disclose.Table
	sum := map[string]int{}
	var names []string
	set := func(name string, n int) {
		if _, ok := sum[name]; !ok {
			names = append(names, name)
		}
		sum[name] += n
	}
	for p := range phases {
		parts := map[string][]string{}
		for s := range segments {
			left := -1
			if p > 0 {
				left = sum[fmt.Sprintf("C%d.%d", p-1, s)]
			}
			c, x, w := phases*phases*count(r, least), count(r, least), count(r, least)
			if left >= 0 { // share out those who came
				x, w = min(x, left/8), min(w, left/8)
				c = left - x - w
			}
			for k, n := range map[string]int{"C": c, "X": x, "W": w, "E": c + x + w} {
				set(fmt.Sprintf("%s%d.%d", k, p, s), n)
				set(fmt.Sprintf("%s%d", k, p), n)
			}
			for _, k := range []string{"E", "C", "X", "W"} {
				parts[k] = append(parts[k], fmt.Sprintf("%s%d.%d", k, p, s))
			}
			name := fmt.Sprintf("%d.%d", p, s)
			t.Equations = append(t.Equations, disclose.Sum("E"+name, "C"+name, "X"+name, "W"+name))
			if p > 0 {
				t.Equations = append(t.Equations, disclose.Sum("E"+name, fmt.Sprintf("C%d.%d", p-1, s)))
			}
		}
		for _, k := range []string{"E", "C", "X", "W"} {
			t.Equations = append(t.Equations, disclose.Sum(fmt.Sprintf("%s%d", k, p), parts[k]...))
		}
		all := fmt.Sprint(p)
		t.Equations = append(t.Equations, disclose.Sum("E"+all, "C"+all, "X"+all, "W"+all))
	}
	slices.Sort(names)
	for _, n := range names {
		t.Cells = append(t.Cells, disclose.Cell{Name: n, N: sum[n]})
	}
	return t
}

// moves is a matrix of who went from where to where, with what left and what came in all; nobody goes where they are.
func moves(r *rand.Rand, least, places int) disclose.Table {
	var t disclose.Table
	rows, columns := make([]int, places), make([]int, places)
	out, in := make([][]string, places), make([][]string, places)
	for i := range places {
		for j := range places {
			c := disclose.Cell{Name: fmt.Sprintf("%d>%d", i, j), Impossible: i == j}
			if i != j {
				c.N = count(r, least)
			}
			rows[i], columns[j] = rows[i]+c.N, columns[j]+c.N
			out[i], in[j] = append(out[i], c.Name), append(in[j], c.Name)
			t.Cells = append(t.Cells, c)
		}
	}
	var left, came []string
	all := 0
	for i := range places {
		l, c := fmt.Sprintf("left %d", i), fmt.Sprintf("came %d", i)
		t.Cells = append(t.Cells, disclose.Cell{Name: l, N: rows[i]}, disclose.Cell{Name: c, N: columns[i]})
		t.Equations = append(t.Equations, disclose.Sum(l, out[i]...), disclose.Sum(c, in[i]...))
		left, came, all = append(left, l), append(came, c), all+rows[i]
	}
	t.Cells = append(t.Cells, disclose.Cell{Name: "moves", N: all})
	t.Equations = append(t.Equations, disclose.Sum("moves", left...), disclose.Sum("moves", came...))
	return t
}

func table(seed uint64, least int) disclose.Table {
	r := rand.New(rand.NewPCG(seed, 11))
	switch seed % 3 {
	case 0:
		return outcomes(r, least, 1, 1+r.IntN(4))
	case 1:
		return outcomes(r, least, 2, 1+r.IntN(2))
	}
	return moves(r, least, 3)
}

// showing is a way to hide: what it shows of a table, and how far that may be from the truth.
type showing struct {
	slack int
	of    func(t disclose.Table) func(string) (int, bool)
}

const least = disclose.LowestLeast

func protected(tb testing.TB, t disclose.Table) disclose.Shown {
	tb.Helper()
	s, err := disclose.Rule{Least: least}.Protect(t)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// learnt is in how many of the tables the reader learns something.
func learnt(t *testing.T, tables uint64, how showing) (n int, example string) {
	t.Helper()
	asked, gaveUp := 0, 0
	for seed := range tables {
		tab := table(seed, least)
		shown := how.of(tab)
		r := readerOf(tab, least, how.slack, shown)
		if what := r.learns(tab, least, shown); what != "" {
			n++
			example = fmt.Sprintf("table %d: %s", seed, what)
		}
		asked, gaveUp = asked+r.asked, gaveUp+r.gaveUp
	}
	if gaveUp*100 > asked {
		t.Errorf("the reader gave up %d of %d questions: that is no attack", gaveUp, asked)
	}
	return n, example
}

func TestAReaderOfProtectedTablesLearnsNothing(t *testing.T) {
	t.Parallel()
	tables := uint64(2000)
	if testing.Short() {
		tables = 400
	}
	exact := showing{0, func(tab disclose.Table) func(string) (int, bool) { return protected(t, tab).Number }}
	if n, example := learnt(t, tables, exact); n > 0 {
		t.Errorf("in %d of %d tables the reader learns something: %s", n, tables, example)
	}
	rounded := showing{2, func(tab disclose.Table) func(string) (int, bool) {
		s := protected(t, tab)
		return func(name string) (int, bool) { return s.Rounded(name, 5) }
	}}
	if n, example := learnt(t, tables/5, rounded); n > 0 {
		t.Errorf("rounded, in %d of %d tables the reader learns something: %s", n, tables/5, example)
	}
}

// The reader is one who can succeed: each of these shows too much, and is found out.
func TestTheReaderFindsOutWeakProtection(t *testing.T) {
	t.Parallel()
	weak := map[string]showing{
		"small cells only": {0, func(tab disclose.Table) func(string) (int, bool) {
			return func(name string) (int, bool) {
				for _, c := range tab.Cells {
					if c.Name == name {
						return c.N, c.N >= least || c.Impossible
					}
				}
				return 0, false
			}
		}},
		"every other equation": {0, func(tab disclose.Table) func(string) (int, bool) {
			half := disclose.Table{Cells: tab.Cells}
			for i, e := range tab.Equations {
				if i%2 == 0 {
					half.Equations = append(half.Equations, e)
				}
			}
			return protected(t, half).Number
		}},
		"rounded, then hidden": {2, func(tab disclose.Table) func(string) (int, bool) {
			return func(name string) (int, bool) {
				for _, c := range tab.Cells {
					if c.Name == name {
						n := (c.N + 2) / 5 * 5
						return n, n >= least || c.Impossible
					}
				}
				return 0, false
			}
		}},
	}
	for name, how := range weak {
		if n, _ := learnt(t, 150, how); n < 15 {
			t.Errorf("%s: the reader learnt something of %d of 150 tables only", name, n)
		} else {
			t.Logf("%s: found out in %d of 150 tables", name, n)
		}
	}
}

// The same with eleven as the least, on tables as large as one page shows, and on a whole map.
func TestAReaderOfAWholeMapLearnsNothing(t *testing.T) {
	t.Parallel()
	const eleven = disclose.DefaultLeast
	r := rand.New(rand.NewPCG(3, 3))
	tables := []disclose.Table{
		outcomes(r, eleven, 1, 10), outcomes(r, eleven, 3, 5), outcomes(r, eleven, 2, 8),
		moves(r, eleven, 5), moves(r, eleven, 6), moves(r, eleven, 6),
	}
	if !testing.Short() {
		tables = append(tables, outcomes(rand.New(rand.NewPCG(3, 3)), eleven, 8, 12))
	}
	asked, gaveUp := 0, 0
	for i, tab := range tables {
		s, err := disclose.Rule{}.Protect(tab)
		if err != nil {
			t.Fatal(err)
		}
		r := readerOf(tab, eleven, 0, s.Number)
		if len(tab.Cells) > 200 {
			r.every = 9 // of the whole map not all: that takes half a minute
		}
		if what := r.learns(tab, eleven, s.Number); what != "" {
			t.Errorf("table %d: %s", i, what)
		}
		asked, gaveUp = asked+r.asked, gaveUp+r.gaveUp
	}
	if gaveUp*100 > asked {
		t.Errorf("the reader gave up %d of %d questions: that is no attack", gaveUp, asked)
	}
	t.Logf("%d questions, %d given up", asked, gaveUp)
}

// questions is what one person asks in a day: by what people have in common, and now and then nearly the same again.
func questions(r *rand.Rand, people int) [][]uint32 {
	traits := make([]uint32, people)
	for i := range traits {
		traits[i] = r.Uint32()
	}
	var asked [][]uint32
	for range 14 {
		mask := uint32(1) << r.IntN(5)
		mask |= 1 << r.IntN(5)
		want, either := r.Uint32()&mask, r.IntN(3) == 0
		var c []uint32
		for i, x := range traits {
			if either && x&mask != want || !either && x&mask == want {
				c = append(c, uint32(i))
			}
		}
		if len(asked) > 0 && r.IntN(3) == 0 { // another less a few, or with what another has
			c = slices.Clone(asked[r.IntN(len(asked))])
			if r.IntN(2) == 0 {
				c = c[min(len(c), r.IntN(8)):]
			} else {
				c = append(c, asked[r.IntN(len(asked))]...)
			}
		}
		slices.Sort(c)
		asked = append(asked, slices.Compact(c))
	}
	return asked
}

// subtracts tries every sum and difference of up to nine cohorts for one that is a small group.
func subtracts(cohorts [][]uint32, people int) bool {
	cohorts = cohorts[:min(len(cohorts), 9)]
	sum := make([]int, people)
	var try func(i int) bool
	try = func(i int) bool {
		if i == len(cohorts) {
			n := 0
			for _, v := range sum {
				if v < 0 || v > 1 {
					return false
				}
				n += v
			}
			return n > 0 && n < least
		}
		for _, times := range []int{0, 1, -1} {
			for _, p := range cohorts[i] {
				sum[p] += times
			}
			found := try(i + 1)
			for _, p := range cohorts[i] {
				sum[p] -= times
			}
			if found {
				return true
			}
		}
		return false
	}
	return try(0)
}

func TestWhatIsAskedInADayCannotBeSubtracted(t *testing.T) {
	t.Parallel()
	days := 60
	if testing.Short() {
		days = 15
	}
	unguarded, shown, refused := 0, 0, 0
	for day := range days {
		const people = 60
		r := rand.New(rand.NewPCG(uint64(day), 5))
		var guard disclose.Guard
		var may, any [][]uint32
		for _, c := range questions(r, people) {
			a, err := guard.Ask(disclose.Rule{Least: least}, disclose.CohortOf(c))
			if err != nil {
				t.Fatal(err)
			}
			if a == disclose.May {
				may, shown = append(may, c), shown+1
			} else {
				refused++
			}
			if len(c) >= least {
				any = append(any, c)
			}
		}
		if subtracts(may, people) {
			t.Errorf("day %d: a small group follows from what was shown", day)
		}
		if subtracts(any, people) {
			unguarded++
		}
	}
	if unguarded < days/3 {
		t.Errorf("without the guard a small group followed on %d of %d days only: nothing was tried", unguarded, days)
	}
	if shown < 3*days {
		t.Errorf("%d cohorts were shown on %d days: the guard refuses all", shown, days)
	}
	t.Logf("%d days: %d cohorts shown, %d refused; without the guard %d days tell of a few", days, shown, refused, unguarded)
}
