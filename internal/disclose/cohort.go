package disclose

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// Cohort is a set of cases, by numbers that are the same all day. It is kept as runs, so that nearly everybody is
// as short as nearly nobody.
type Cohort struct {
	runs []uint32 // begin and end (exclusive) of each run, in order
	n    int
}

// CohortOf is the cohort of these cases, in any order; twice is once.
func CohortOf(cases []uint32) Cohort {
	sorted := slices.Compact(slices.Sorted(slices.Values(cases)))
	c := Cohort{n: len(sorted)}
	for _, x := range sorted {
		if k := len(c.runs); k > 0 && c.runs[k-1] == x {
			c.runs[k-1] = x + 1
			continue
		}
		c.runs = append(c.runs, x, x+1)
	}
	return c
}

// Len is how many there are.
func (c Cohort) Len() int { return c.n }

// MarshalJSON writes the runs.
func (c Cohort) MarshalJSON() ([]byte, error) { return json.Marshal(c.runs) }

// UnmarshalJSON reads them, and refuses what is not in order.
func (c *Cohort) UnmarshalJSON(b []byte) error {
	var runs []uint32
	if err := json.Unmarshal(b, &runs); err != nil {
		return fmt.Errorf("read a cohort: %w", err)
	}
	n := 0
	for i := 0; i+1 < len(runs); i += 2 {
		if runs[i] >= runs[i+1] || i > 0 && runs[i] <= runs[i-1] {
			return fmt.Errorf("read a cohort: run %d is not in order", i/2+1)
		}
		n += int(runs[i+1] - runs[i])
	}
	if len(runs)%2 != 0 {
		return fmt.Errorf("read a cohort: the last run has no end")
	}
	*c = Cohort{runs: runs, n: n}
	return nil
}

// apart is how many are in one of two cohorts and not in the other.
func apart(a, b Cohort) int {
	n := 0
	for _, x := range atoms([]Cohort{a, b}) {
		if x.in != 3 {
			n += x.n
		}
	}
	return n
}

// atom is those who are in the same cohorts: bit i for cohort i.
type atom struct {
	in uint64
	n  int
}

// atoms cuts what is in any of at most 64 cohorts into the smallest parts that they can tell apart.
func atoms(cohorts []Cohort) []atom {
	type edge struct {
		at  uint32
		bit uint64
	}
	var edges []edge
	for i, c := range cohorts {
		for _, x := range c.runs {
			edges = append(edges, edge{x, 1 << i})
		}
	}
	slices.SortFunc(edges, func(a, b edge) int { return cmp.Compare(a.at, b.at) })
	count, in, last := map[uint64]int{}, uint64(0), uint32(0)
	for _, e := range edges {
		if in != 0 && e.at > last {
			count[in] += int(e.at - last)
		}
		in, last = in^e.bit, e.at
	}
	list := make([]atom, 0, len(count))
	for in, n := range count {
		list = append(list, atom{in, n})
	}
	slices.SortFunc(list, func(a, b atom) int {
		if a.in < b.in {
			return -1
		}
		return 1
	})
	return list
}
