package disclose

import (
	"fmt"
	"maps"
	"math/bits"
	"slices"
)

// Shown is a table of which every cell is shown or hidden. All hidden cells look alike.
type Shown struct {
	least int
	cells map[string]Cell
}

// Protect hides what tells of fewer than Least people: first the small cells, then, one by one, the cells by which
// a hidden one could be computed or bounded, those that are missed least first.
func (r Rule) Protect(t Table) (Shown, error) {
	s, err := t.system(r)
	if err != nil {
		return Shown{}, err
	}
	for i := range s.cells {
		if c := &s.cells[i]; c.N < s.least && !c.Impossible {
			c.Hidden = true
		}
	}
	seen := make([]span, len(s.cells))
	for i, c := range s.cells {
		seen[i] = span{lo: c.N, hi: c.N, values: []int{c.N}}
	}
	// What a reader could not tell from the truth stays so when more is hidden: spans only grow, and a cell that was
	// proved stays proved.
	for {
		f, ok := s.audit(seen)
		if ok {
			break
		}
		beside := s.beside(f)
		if len(beside) == 0 {
			return Shown{}, fmt.Errorf("cell %q: the equations alone tell of it, though all that hangs together with it is hidden: give cells that are always multiples of each other as one", s.cells[f.cell].Name)
		}
		for _, i := range beside {
			s.cells[i].Hidden = true
		}
	}
	out := Shown{least: s.least, cells: make(map[string]Cell, len(s.cells))}
	for _, c := range s.cells {
		out.cells[c.Name] = c
	}
	return out, nil
}

// beside is the shown cells to hide for the sake of a hidden one: those of the cheapest way out, or the best single one.
func (s *system) beside(f failure) []int {
	var shown []int
	for _, c := range s.way(f) {
		if !s.cells[c].Hidden {
			shown = append(shown, c)
		}
	}
	if len(shown) > 0 {
		return shown
	}
	if next := s.next(f.cell); next >= 0 {
		return []int{next}
	}
	return nil
}

// The costs of hiding: what makes equations with one hidden cell costs more than what cannot move, that more than a
// total, and that more than any count.
const opens, stiff, total = 1 << 12, 1 << 10, 1 << 8

func (s *system) cost(i int) int {
	c := s.cells[i]
	cost := s.totals[i]*total + c.Keep + bits.Len(uint(c.N))
	if c.N < 3*s.least {
		cost += stiff
	}
	return cost
}

// way is the cheapest cells that can move together so that a hidden one moves on from where it is stuck, while every
// equation holds; nil where none is found.
//
// It is put together greedily, from each cell that may go first: what is out of balance takes the cell that brings
// most equations into balance and fewest out of it, and of those the one that is missed least. Whether it was enough the
// audit says, so that a poor way costs numbers and no protection.
func (s *system) way(f failure) []int {
	var best []int
	least := 0
	for _, e := range s.of[f.cell] {
		for _, x := range s.equations[e] {
			if cells, cost := s.wayBy(f, x.cell); cells != nil && (best == nil || cost < least) {
				best, least = cells, cost
			}
		}
	}
	return best
}

func (s *system) wayBy(f failure, first int) (cells []int, sum int) {
	out := map[int]int{} // by how much each equation is out of balance
	moved := map[int]bool{}
	move := func(i, by int) {
		moved[i] = true
		for _, e := range s.of[i] {
			for _, x := range s.equations[e] {
				if x.cell == i {
					if out[e] += x.times * by; out[e] == 0 {
						delete(out, e)
					}
				}
			}
		}
	}
	move(f.cell, f.sign)
	for len(out) > 0 {
		best, by, least := -1, 0, 0
		for _, e := range slices.Sorted(maps.Keys(out)) {
			for _, x := range s.equations[e] {
				if moved[x.cell] || len(cells) == 0 && x.cell != first {
					continue
				}
				d := 1
				if out[e]*x.times > 0 {
					d = -1
				}
				cost, can := s.costOf(x.cell, d, f, out)
				if can && (best < 0 || cost < least || cost == least && x.cell < best) {
					best, by, least = x.cell, d, cost
				}
			}
		}
		if best < 0 || len(cells) > len(s.cells)/2 {
			return nil, 0
		}
		if !s.cells[best].Hidden {
			sum += s.cost(best) + opens/4
		}
		move(best, by)
		cells = append(cells, best)
	}
	return cells, sum + len(cells)
}

// costOf is what it costs to move a cell by one up or down from where it is, and whether it can.
func (s *system) costOf(i, by int, f failure, out map[int]int) (cost int, can bool) {
	c := s.cells[i]
	to := f.at[i] + by
	if c.Impossible || to < 0 || c.Hidden && c.N < s.least && to >= s.least {
		return 0, false
	}
	switch {
	case !c.Hidden:
		cost = s.cost(i) + opens/4
	case c.N < s.least: // it has little room to move
		cost = stiff / 2
	}
	for _, e := range s.of[i] {
		for _, x := range s.equations[e] {
			if x.cell != i {
				continue
			}
			if is, was := out[e]+x.times*by, out[e]; is*is > was*was {
				cost += opens
			} else {
				cost -= opens
			}
		}
	}
	return cost, true
}

// next is the shown cell to hide for the sake of a hidden one, or -1 where none hangs together with it.
//
// Who looks at an equation with one hidden cell has solved it, so these come first. Among their cells, those are
// chosen whose other equations have hidden ones already, which makes rings; then those that are missed least and
// large enough to move. Totals are missed more.
func (s *system) next(of int) int {
	const nearer = 1 << 16
	best, least := -1, 0
	consider := func(e, tier int) {
		for _, x := range s.equations[e] {
			c := s.cells[x.cell]
			if c.Hidden || c.Impossible {
				continue
			}
			cost := tier*nearer + s.cost(x.cell)
			for _, other := range s.of[x.cell] {
				if other != e && s.hiddenIn(other) == 0 {
					cost += opens
				}
			}
			if best < 0 || cost < least || cost == least && x.cell < best {
				best, least = x.cell, cost
			}
		}
	}
	for _, e := range s.of[of] {
		tier := 1
		if s.hiddenIn(e) == 1 {
			tier = 0
		}
		consider(e, tier)
	}
	if best >= 0 && least < 2*nearer {
		return best
	}
	// All cells beside it are hidden: further out, ring by ring.
	met, ring := make([]bool, len(s.cells)), []int{of}
	met[of] = true
	for len(ring) > 0 && best < 0 {
		var outer []int
		for _, i := range ring {
			for _, e := range s.of[i] {
				consider(e, 2)
				for _, x := range s.equations[e] {
					if !met[x.cell] {
						met[x.cell] = true
						outer = append(outer, x.cell)
					}
				}
			}
		}
		ring = outer
	}
	return best
}

func (s *system) hiddenIn(e int) int {
	n := 0
	for _, x := range s.equations[e] {
		if s.cells[x.cell].Hidden {
			n++
		}
	}
	return n
}
