package disclose

import (
	"cmp"
	"fmt"
	"slices"
)

// The least size of a group that is shown.
const (
	DefaultLeast = 11
	LowestLeast  = 5
)

// Rule says which groups are small.
type Rule struct {
	// Least is the size from which a group is shown. 0 is DefaultLeast; under LowestLeast is an error.
	Least int
}

func (r Rule) least() (int, error) {
	switch {
	case r.Least == 0:
		return DefaultLeast, nil
	case r.Least < LowestLeast:
		return 0, fmt.Errorf("the least size of a group is %d: it has to be %d or more", r.Least, LowestLeast)
	}
	return r.Least, nil
}

// Cell is a count of people with the name by which equations speak of it.
type Cell struct {
	Name string
	N    int
	// Impossible is a zero by definition, such as a way back that the map does not have. It tells nothing of
	// anybody and is shown. Every other zero is hidden like any small number: it tells of all others what they did.
	Impossible bool
	// Hidden cells stay hidden, whatever they are: they were hidden elsewhere.
	Hidden bool
	// Keep is how much a reader would miss it, besides what totals are worth anyway. The cells missed least are hidden first.
	Keep int
}

// Equation says that the cells of the left sum to the same as those of the right. Everybody knows it.
type Equation struct{ Left, Right []string }

// Sum is the equation of a total and its parts.
func Sum(total string, parts ...string) Equation {
	return Equation{Left: []string{total}, Right: parts}
}

// Table is counts and all equations that hold between them. An equation that is left out is one that readers may
// know and Protect does not.
type Table struct {
	Cells     []Cell
	Equations []Equation
}

type term struct{ cell, times int }

// system is a table with numbers in place of names, in the order of names.
type system struct {
	least     int
	cells     []Cell
	equations [][]term
	of        [][]int // for each cell its equations
	totals    []int   // how many equations each is a total of
}

func (t Table) system(r Rule) (*system, error) {
	least, err := r.least()
	if err != nil {
		return nil, err
	}
	s := &system{least: least, cells: slices.Clone(t.Cells)}
	slices.SortFunc(s.cells, func(a, b Cell) int { return cmp.Compare(a.Name, b.Name) })
	at := make(map[string]int, len(s.cells))
	for i, c := range s.cells {
		switch _, twice := at[c.Name]; {
		case twice:
			return nil, fmt.Errorf("cell %q is there twice: give each cell a name of its own", c.Name)
		case c.N < 0:
			return nil, fmt.Errorf("cell %q is %d: a count is 0 or more", c.Name, c.N)
		case c.Impossible && (c.N != 0 || c.Hidden):
			return nil, fmt.Errorf("cell %q is impossible, and yet %d or hidden: only a shown 0 is impossible", c.Name, c.N)
		}
		at[c.Name] = i
	}
	s.of, s.totals = make([][]int, len(s.cells)), make([]int, len(s.cells))
	for n, e := range t.Equations {
		times := map[int]int{}
		for side, names := range [2][]string{e.Left, e.Right} {
			for _, name := range names {
				i, ok := at[name]
				if !ok {
					return nil, fmt.Errorf("equation %d speaks of cell %q: there is no such cell", n+1, name)
				}
				times[i] += 1 - 2*side
				if len(names) == 1 {
					s.totals[i]++
				}
			}
		}
		terms, sum := make([]term, 0, len(times)), 0
		for i, k := range times {
			if sum += k * s.cells[i].N; k != 0 {
				terms = append(terms, term{i, k})
			}
		}
		if sum != 0 {
			return nil, fmt.Errorf("equation %d (%v = %v) does not hold: its sides differ by %d", n+1, e.Left, e.Right, sum)
		}
		slices.SortFunc(terms, func(a, b term) int { return cmp.Compare(a.cell, b.cell) })
		s.equations = append(s.equations, terms)
	}
	slices.SortFunc(s.equations, func(a, b []term) int {
		return slices.CompareFunc(a, b, func(x, y term) int {
			return cmp.Or(cmp.Compare(x.cell, y.cell), cmp.Compare(x.times, y.times))
		})
	})
	for e, terms := range s.equations {
		for _, x := range terms {
			s.of[x.cell] = append(s.of[x.cell], e)
		}
	}
	return s, nil
}
