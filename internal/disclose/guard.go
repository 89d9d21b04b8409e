package disclose

import (
	"fmt"
	"math/bits"
)

// MostCohorts is of how many different cohorts somebody may see numbers in a day.
const MostCohorts = 64

// Answer is what Guard says to a question.
type Answer uint8

// The answers.
const (
	May      Answer = iota
	TooSmall        // the cohort itself is of fewer than Least
	TooNear         // it differs by fewer than Least from one that was shown today, or leaves so few of it
	Solvable        // with what was shown today one could compute how many are in a group of fewer than Least
	Enough          // so much was shown today that more cannot be checked
)

// String says why, in words for whom it is refused.
func (a Answer) String() string {
	switch a {
	case May:
		return "it may be shown"
	case TooSmall:
		return "too few people: widen the filter"
	case TooNear:
		return "nearly the same people as in what you looked at today: the difference would tell of a few; change the filter by more"
	case Solvable:
		return "together with what you looked at today it would tell of a few people: take one of those filters, or ask again tomorrow"
	case Enough:
		return "so many different groups were looked at today that one more cannot be checked: ask again tomorrow"
	}
	return fmt.Sprintf("answer %d", uint8(a))
}

// Guard remembers of what cohorts somebody saw numbers today. The zero value has shown nothing. It is kept by whom it
// belongs to, as JSON, one for each principal and day; at most 64 cohorts, each as long as its runs.
type Guard struct {
	Shown []Cohort `json:"shown"`
}

// Ask tells whether numbers of a cohort may be shown after those that were, and remembers it if so. The same cohort
// may always be shown again.
//
// The promise is complete for sizes: no sum and difference of the sizes shown, whatever they are multiplied by, is
// the size of a group of 1 … Least−1 people.
func (g *Guard) Ask(r Rule, c Cohort) (Answer, error) {
	least, err := r.least()
	if err != nil {
		return TooSmall, err
	}
	if c.n < least {
		return TooSmall, nil
	}
	for _, shown := range g.Shown {
		switch d := shown.n - c.n; {
		case d >= least || -d >= least:
			continue
		}
		switch d := apart(shown, c); {
		case d == 0:
			return May, nil
		case d < least:
			return TooNear, nil
		}
	}
	if len(g.Shown) >= MostCohorts {
		return Enough, nil
	}
	all := append(g.Shown[:len(g.Shown):len(g.Shown)], c)
	if a := solvable(all, least); a != May {
		return a, nil
	}
	g.Shown = all
	return May, nil
}

// prime is what is calculated modulo: exact, and what follows over the fractions follows here too.
const prime = 1<<31 - 1

// solvable tells whether a combination of the cohorts' sizes is the size of a small group.
//
// A group whose size can be computed is made of whole atoms. A small one is made of small atoms, so the combination
// is 0 on every large one. What is 0 on all large atoms is a space that is mostly empty; where it is not, a group is
// found by its pivots, each of which is in it or not.
func solvable(cohorts []Cohort, least int) Answer {
	var large, small []atom
	for _, a := range atoms(cohorts) {
		if a.n >= least {
			large = append(large, a)
		} else {
			small = append(small, a)
		}
	}
	free := kernel(large, len(cohorts))
	if len(free) == 0 || len(small) == 0 {
		return May
	}
	rows := make([][]uint64, len(free))
	for i, f := range free {
		rows[i] = make([]uint64, len(small))
		for j, a := range small {
			for in := a.in; in != 0; in &= in - 1 {
				rows[i][j] += f[bits.TrailingZeros64(in)]
			}
			rows[i][j] %= prime
		}
	}
	rows, pivots := reduce(rows)
	budget := 1 << 16
	return search(rows, pivots, small, least, make([]uint64, len(small)), 0, 0, &budget)
}

// search looks for a group of small atoms whose size is known: v is the rows chosen so far, people those of their pivots.
func search(rows [][]uint64, pivots []int, small []atom, least int, v []uint64, from, people int, budget *int) Answer {
	if *budget--; *budget < 0 {
		return Enough
	}
	if people > 0 {
		n := 0
		for j, x := range v {
			if x > 1 {
				n = least
				break
			}
			n += int(x) * small[j].n
		}
		if n < least {
			return Solvable
		}
	}
	for i := from; i < len(rows); i++ {
		more := people + small[pivots[i]].n
		if more >= least {
			continue
		}
		next := make([]uint64, len(v))
		for j := range v {
			next[j] = (v[j] + rows[i][j]) % prime
		}
		if a := search(rows, pivots, small, least, next, i+1, more, budget); a != May {
			return a
		}
	}
	return May
}

// kernel is a basis of the combinations of cohorts that are 0 on each of these atoms.
func kernel(of []atom, cohorts int) [][]uint64 {
	var basis [][]uint64
	var lead []int
	for _, a := range of {
		row := make([]uint64, cohorts)
		for in := a.in; in != 0; in &= in - 1 {
			row[bits.TrailingZeros64(in)] = 1
		}
		for i, b := range basis {
			minus(row, b, row[lead[i]])
		}
		at := first(row)
		if at < 0 {
			continue
		}
		scale(row, inverse(row[at]))
		for i, b := range basis {
			minus(basis[i], row, b[at])
		}
		basis, lead = append(basis, row), append(lead, at)
		if len(basis) == cohorts {
			return nil
		}
	}
	bound := make([]bool, cohorts)
	for _, l := range lead {
		bound[l] = true
	}
	var free [][]uint64
	for j := range cohorts {
		if bound[j] {
			continue
		}
		f := make([]uint64, cohorts)
		f[j] = 1
		for i, b := range basis {
			f[lead[i]] = (prime - b[j]) % prime
		}
		free = append(free, f)
	}
	return free
}

// reduce solves rows for their pivots, and leaves out those that say nothing new.
func reduce(rows [][]uint64) (solved [][]uint64, pivots []int) {
	for _, row := range rows {
		for i, s := range solved {
			minus(row, s, row[pivots[i]])
		}
		at := first(row)
		if at < 0 {
			continue
		}
		scale(row, inverse(row[at]))
		for _, s := range solved {
			minus(s, row, s[at])
		}
		solved, pivots = append(solved, row), append(pivots, at)
	}
	return solved, pivots
}

func first(row []uint64) int {
	for j, v := range row {
		if v != 0 {
			return j
		}
	}
	return -1
}

func minus(row, other []uint64, times uint64) {
	if times == 0 {
		return
	}
	for j, v := range other {
		row[j] = (row[j] + (prime-v)*times) % prime
	}
}

func scale(row []uint64, times uint64) {
	for j := range row {
		row[j] = row[j] * times % prime
	}
}

// inverse is 1/x by Fermat.
func inverse(x uint64) uint64 {
	y := uint64(1)
	for e := prime - 2; e > 0; e >>= 1 {
		if e&1 == 1 {
			y = y * x % prime
		}
		x = x * x % prime
	}
	return y
}
