package disclose

import (
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
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

// Size is how many numbers it is kept as.
func (c Cohort) Size() int { return len(c.runs) }

// MarshalBinary writes how far each begin and end is from the one before: a byte or two for most.
func (c Cohort) MarshalBinary() ([]byte, error) {
	b := make([]byte, 0, len(c.runs)+len(c.runs)/4)
	last := uint32(0)
	for _, x := range c.runs {
		b = binary.AppendUvarint(b, uint64(x-last))
		last = x
	}
	return b, nil
}

// UnmarshalBinary reads them, and refuses what is not in order.
func (c *Cohort) UnmarshalBinary(b []byte) error {
	var runs []uint32
	n, last := 0, uint64(0)
	for len(b) > 0 {
		x, read := binary.Uvarint(b)
		if read <= 0 || x > math.MaxUint32 || last+x > math.MaxUint32 || x == 0 && len(runs) > 0 {
			return fmt.Errorf("read a cohort: number %d is not in order", len(runs)+1)
		}
		b, last = b[read:], last+x
		if len(runs)%2 == 1 {
			n += int(x)
		}
		runs = append(runs, uint32(last))
	}
	if len(runs)%2 != 0 {
		return fmt.Errorf("read a cohort: the last run has no end")
	}
	*c = Cohort{runs: runs, n: n}
	return nil
}

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
