package disclose

import (
	"math"
	"slices"
)

// walk goes through the tables that a reader cannot tell from the true one. It is the simplex method for bounded
// variables, begun at the true table instead of at a corner: what is out of the basis may stand between its bounds. So
// no first phase is needed, and where pivots are 1, as in tables with two margins, every table on the way is whole.
//
// It calculates in floating point, and nothing rests on that: a table counts after it was checked in whole numbers.
type walk struct {
	cell      []int // which cell each variable is
	at        map[int]int
	x, lo, hi []float64
	t         [][]float64 // rows of the equations, solved for the basis
	basis     []int       // the basic variable of each row
	row       []int       // the row of each variable, or -1
	checks    [][]term    // the equations among the hidden cells, by variable
	sums      []int
	whole     []int // the last table that was checked
}

const tiny = 1e-9

func (s *system) walk(part []int) *walk {
	n := len(part)
	w := &walk{
		cell: part, at: make(map[int]int, n), row: make([]int, n),
		x: make([]float64, n), lo: make([]float64, n), hi: make([]float64, n), whole: make([]int, n),
	}
	// A reader knows no upper bound of a large cell. One that is far off makes all steps finite, and proves less only.
	far := 4 * s.least
	for _, i := range part {
		far += s.cells[i].N
	}
	var equations []int
	for k, i := range part {
		w.at[i], w.row[k] = k, -1
		w.whole[k], w.x[k] = s.cells[i].N, float64(s.cells[i].N)
		w.hi[k] = float64(far)
		if s.cells[i].N < s.least {
			w.hi[k] = float64(s.least - 1)
		}
		equations = append(equations, s.of[i]...)
	}
	slices.Sort(equations)
	for _, e := range slices.Compact(equations) {
		row, terms, sum := make([]float64, n), []term(nil), 0
		for _, x := range s.equations[e] {
			if k, ok := w.at[x.cell]; ok {
				row[k] = float64(x.times)
				terms = append(terms, term{k, x.times})
				sum += x.times * s.cells[x.cell].N
			}
		}
		w.checks, w.sums = append(w.checks, terms), append(w.sums, sum)
		w.add(row)
	}
	return w
}

// add brings one more equation into the basis, unless it follows from those that are there.
func (w *walk) add(row []float64) {
	for r, b := range w.basis {
		if f := row[b]; math.Abs(f) > tiny {
			subtract(row, w.t[r], f)
		}
	}
	pivot := -1
	for k, v := range row {
		if math.Abs(v) > tiny && (pivot < 0 || math.Abs(v) > math.Abs(row[pivot])+tiny) {
			pivot = k
		}
	}
	if pivot < 0 {
		return
	}
	w.t, w.basis = append(w.t, row), append(w.basis, -1)
	w.pivot(len(w.t)-1, pivot)
}

func (w *walk) pivot(r, k int) {
	row := w.t[r]
	f := 1 / row[k]
	for j := range row {
		row[j] *= f
	}
	for i, other := range w.t {
		if i != r && math.Abs(other[k]) > tiny {
			subtract(other, row, other[k])
		}
	}
	if old := w.basis[r]; old >= 0 {
		w.row[old] = -1
	}
	w.basis[r], w.row[k] = k, r
}

func subtract(from, row []float64, f float64) {
	for j, v := range row {
		if v != 0 {
			from[j] -= f * v
		}
	}
}

// toward moves a cell to a value, or as near as it comes, and tells whether the table it came to is whole.
func (w *walk) toward(cell, value int) bool {
	k := w.at[cell]
	to := float64(value)
	sign := 1.0
	if to < w.x[k] {
		sign = -1
	}
	lo, hi := w.lo[k], w.hi[k]
	if sign > 0 {
		w.hi[k] = min(hi, max(to, w.x[k]))
	} else {
		w.lo[k] = max(lo, min(to, w.x[k]))
	}
	w.move(k, sign)
	w.lo[k], w.hi[k] = lo, hi
	return w.check()
}

func (w *walk) move(k int, sign float64) {
	if w.row[k] < 0 {
		for r := range w.t {
			if math.Abs(w.t[r][k]) > tiny {
				w.pivot(r, k) // in place: the one that leaves stays where it is
				break
			}
		}
		if w.row[k] < 0 { // no equation speaks of it
			if w.x[k] = w.lo[k]; sign > 0 {
				w.x[k] = w.hi[k]
			}
			return
		}
	}
	for range 20 * (len(w.x) + len(w.t)) {
		r := w.row[k]
		enter, way := -1, 0.0
		for j, f := range w.t[r] { // Bland's rule: the first that helps, so that it ends
			if w.row[j] >= 0 || math.Abs(f) <= tiny {
				continue
			}
			d := -math.Copysign(1, f) * sign
			if d > 0 && w.x[j] < w.hi[j]-tiny || d < 0 && w.x[j] > w.lo[j]+tiny {
				enter, way = j, d
				break
			}
		}
		if enter < 0 {
			return
		}
		step := w.hi[enter] - w.x[enter]
		if way < 0 {
			step = w.x[enter] - w.lo[enter]
		}
		leave := -1
		for i, b := range w.basis {
			f := -w.t[i][enter] * way // by how much the basic one moves with each step
			if math.Abs(f) <= tiny {
				continue
			}
			room := (w.hi[b] - w.x[b]) / f
			if f < 0 {
				room = (w.lo[b] - w.x[b]) / f
			}
			if room = max(room, 0); room < step-tiny || room < step+tiny && leave >= 0 && b < w.basis[leave] {
				step, leave = room, i
			}
		}
		for i, b := range w.basis {
			w.x[b] -= w.t[i][enter] * way * step
		}
		w.x[enter] += way * step
		switch {
		case leave == r: // it is where it was to go
			return
		case leave >= 0:
			w.pivot(leave, enter)
		}
	}
}

// check holds the table against every equation and bound in whole numbers, and goes back to the last one that was
// right where this one is not.
func (w *walk) check() bool {
	v := make([]int, len(w.x))
	ok := true
	for k, x := range w.x {
		v[k] = int(math.Round(x))
		ok = ok && math.Abs(x-float64(v[k])) < 1e-6 && float64(v[k]) >= w.lo[k] && float64(v[k]) <= w.hi[k]
	}
	for e, terms := range w.checks {
		sum := 0
		for _, x := range terms {
			sum += x.times * v[x.cell]
		}
		ok = ok && sum == w.sums[e]
	}
	if ok {
		copy(w.whole, v)
	}
	for k, n := range w.whole {
		w.x[k] = float64(n)
	}
	return ok
}
