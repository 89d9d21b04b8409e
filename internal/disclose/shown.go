package disclose

import (
	"fmt"
	"math"
	"slices"
)

// Number is a cell's count, and whether it is shown. A hidden one is 0.
func (s Shown) Number(cell string) (n int, shown bool) {
	c, ok := s.cells[cell]
	if !ok || c.Hidden {
		return 0, false
	}
	return c.N, true
}

// Rounded is a count to the nearest multiple of base, for what hangs on a wall. It is made of what is shown alone,
// after hiding: who knows less than the exact numbers can compute no more than from them.
func (s Shown) Rounded(cell string, base int) (n int, shown bool) {
	n, shown = s.Number(cell)
	if shown && base > 1 {
		n = (n + base/2) / base * base
	}
	return n, shown
}

// Rate is the share that one shown cell is of another, where both it and what is left of it are of enough people.
func (s Shown) Rate(part, whole string) (share float64, shown bool) {
	n, ok := s.Number(part)
	of, both := s.Number(whole)
	if !ok || !both || n < s.least || of-n < s.least {
		return 0, false
	}
	return float64(n) / float64(of), true
}

// Hidden is the names of the cells that are hidden, in order.
func (s Shown) Hidden() []string {
	var names []string
	for name, c := range s.cells {
		if c.Hidden {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// Again is the table to protect once more: what is hidden stays hidden.
func (s Shown) Again(equations []Equation) Table {
	t := Table{Equations: equations}
	for _, c := range s.cells {
		t.Cells = append(t.Cells, c)
	}
	return t
}

// Quantile is the value under which this share of people are, as whole units. None is shown of fewer than Least
// people, nor beyond the tenth and the ninetieth percentile: the longest wait is somebody's.
func (r Rule) Quantile(values []float64, share float64) (value float64, shown bool, err error) {
	least, err := r.least()
	if err != nil {
		return 0, false, err
	}
	if !(share >= .1 && share <= .9) {
		return 0, false, fmt.Errorf("the quantile %g is nobody's business: ask for one between 0.1 and 0.9", share)
	}
	if len(values) < least {
		return 0, false, nil
	}
	sorted := slices.Sorted(slices.Values(values))
	at := share * float64(len(sorted)-1)
	below := int(at)
	above := min(below+1, len(sorted)-1)
	return math.Round(sorted[below] + (at-float64(below))*(sorted[above]-sorted[below])), true, nil
}
