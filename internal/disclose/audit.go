package disclose

import (
	"cmp"
	"slices"
)

// span is values that a cell has in tables which a reader cannot tell from the true one: as many as were needed. It is
// not enough to know the least and the largest, since between two whole tables there may be none.
type span struct {
	lo, hi int
	values []int
}

func (x *span) add(v, enough int) {
	if len(x.values) < enough && !slices.Contains(x.values, v) {
		x.values = append(x.values, v)
		x.lo, x.hi = min(x.lo, v), max(x.hi, v)
	}
}

// proved tells whether a hidden cell is protected: it has as many possible values as a group has to have people. A
// small one is below that by what readers know, so that it has them all.
func (s *system) proved(x span) bool { return len(x.values) >= s.least }

// failure is a hidden cell that could not be moved up or down far enough, and all cells where it was stuck.
type failure struct {
	cell, sign int
	at         []int
}

// audit widens the spans of hidden cells by tables that readers cannot tell from the true one, and returns the first
// cell that is not protected by them, if any.
func (s *system) audit(seen []span) (f failure, ok bool) {
	done := make([]bool, len(s.cells))
	for i, c := range s.cells {
		if !c.Hidden || done[i] {
			continue
		}
		part := s.together(i, done)
		var w *walk
		for _, j := range part {
			if s.proved(seen[j]) {
				continue
			}
			if w == nil {
				w = s.walk(part)
			}
			if sign := s.widen(w, j, seen); !s.proved(seen[j]) {
				return s.stuck(w, j, sign), false
			}
		}
	}
	return failure{}, true
}

func (s *system) stuck(w *walk, cell, sign int) failure {
	f := failure{cell: cell, sign: sign, at: make([]int, len(s.cells))}
	for k, c := range s.cells {
		f.at[k] = c.N
	}
	for k, i := range w.cell {
		f.at[i] = w.whole[k]
	}
	return f
}

// widen looks for tables with more of a cell and with less, and tells in which direction it was stuck last.
func (s *system) widen(w *walk, j int, seen []span) (stuck int) {
	if n := s.cells[j].N; n >= s.least {
		if s.reach(w, j, max(n, seen[j].lo+s.least-1), seen); s.proved(seen[j]) {
			return 0
		}
		down := max(0, seen[j].hi-s.least+1)
		if s.reach(w, j, down, seen); seen[j].lo > down {
			return -1
		}
		for v, hi := seen[j].lo, seen[j].hi; v < hi && !s.proved(seen[j]); v++ {
			s.reach(w, j, v, seen)
		}
		return 1
	}
	// The ends first: between two tables there are often whole ones.
	if !s.reach(w, j, s.least-1, seen) {
		return 1
	}
	if !s.reach(w, j, 0, seen) {
		return -1
	}
	for v := range s.least {
		if before := w.whole[w.at[j]]; !s.reach(w, j, v, seen) {
			return cmp.Compare(v, before)
		}
	}
	return 0
}

// reach looks for a table in which a cell has a value, notes all tables met, and tells whether one has it. Between two
// tables that fit, those that divide the way into equal whole steps fit too.
func (s *system) reach(w *walk, j, value int, seen []span) bool {
	if slices.Contains(seen[j].values, value) {
		return true
	}
	before := slices.Clone(w.whole)
	if !w.toward(j, value) {
		return false
	}
	steps := 0
	for k, v := range w.whole {
		steps = divisor(steps, v-before[k])
	}
	for k, i := range w.cell {
		by := w.whole[k] - before[k]
		if by == 0 || s.proved(seen[i]) {
			continue
		}
		for step := 1; step <= steps; step++ {
			seen[i].add(before[k]+by/steps*step, s.least)
		}
	}
	return w.whole[w.at[j]] == value
}

// divisor is the greatest that two numbers have in common.
func divisor(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return max(a, -a)
}

// together is the hidden cells that equations join with this one, itself included.
func (s *system) together(i int, done []bool) []int {
	part := []int{i}
	done[i] = true
	for k := 0; k < len(part); k++ {
		for _, e := range s.of[part[k]] {
			for _, x := range s.equations[e] {
				if s.cells[x.cell].Hidden && !done[x.cell] {
					done[x.cell] = true
					part = append(part, x.cell)
				}
			}
		}
	}
	return part
}
