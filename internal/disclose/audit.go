package disclose

import "math"

// span is the least and the largest value that a cell has in tables which a reader cannot tell from the true one.
type span struct{ lo, hi int }

// proved tells whether a hidden cell is protected: a small one can be anything that is small, another has at least
// as many values as a group has to have people.
func (s *system) proved(i int, x span) bool {
	if s.cells[i].N < s.least {
		return x.lo == 0 && x.hi == s.least-1
	}
	return x.hi-x.lo >= s.least-1
}

// failure is a hidden cell that could not be moved up or down far enough, and all cells where it was stuck.
type failure struct {
	cell, sign int
	at         []int
}

// audit widens the spans of hidden cells by tables that readers cannot tell from the true one, and returns the first
// cell that is not protected by them, if any. Those that are alone are passed over.
func (s *system) audit(seen []span, alone []bool) (f failure, ok bool) {
	done := make([]bool, len(s.cells))
	for i, c := range s.cells {
		if !c.Hidden || done[i] {
			continue
		}
		part := s.together(i, done)
		var w *walk
		for _, j := range part {
			if s.proved(j, seen[j]) || alone[j] {
				continue
			}
			if w == nil {
				w = s.walk(part)
			}
			if sign := s.widen(w, j, seen); !s.proved(j, seen[j]) {
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
	up, down := s.least-1, 0
	if n := s.cells[j].N; n >= s.least {
		up, down = max(n, seen[j].hi, seen[j].lo+s.least-1), 0
	}
	for _, to := range [2]*int{&up, &down} {
		if to == &down && s.cells[j].N >= s.least {
			down = max(0, seen[j].hi-s.least+1)
		}
		if seen[j].lo <= *to && *to <= seen[j].hi {
			continue
		}
		if w.toward(j, *to) {
			for k, i := range w.cell {
				v := int(math.Round(w.x[k]))
				seen[i].lo, seen[i].hi = min(seen[i].lo, v), max(seen[i].hi, v)
			}
		}
		switch {
		case seen[j].hi < *to:
			stuck = 1
		case seen[j].lo > *to:
			return -1
		}
		if stuck != 0 && s.cells[j].N < s.least {
			return stuck
		}
	}
	return stuck
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
