package estimate

import (
	"math"

	"gonum.org/v1/gonum/mat"
)

// triangle is a least-squares problem read row by row: the triangular factor of all rows [x… y] so
// far. It is kept by Givens rotations (Golub and Van Loan, Matrix Computations, 5.1.8), so that the
// condition of the columns is not squared and a million rows need no more memory than one.
type triangle struct {
	k    int       // columns, with y as the last
	r    []float64 // k × k, by row; below the diagonal nothing is written
	rows int
}

func newTriangle(k int) *triangle { return &triangle{k: k, r: make([]float64, k*k)} }

// add rotates a row into the factor. The row is used up.
func (t *triangle) add(row []float64) {
	t.rows++
	for j, b := range row {
		if b == 0 {
			continue
		}
		own := t.r[j*t.k : (j+1)*t.k]
		h := math.Sqrt(own[j]*own[j] + b*b)
		if math.IsInf(h, 1) || h < 1e-150 {
			h = math.Hypot(own[j], b)
		}
		c, s := own[j]/h, b/h
		own[j] = h
		for i := j + 1; i < t.k; i++ {
			a, b := own[i], row[i]
			own[i], row[i] = c*a+s*b, c*b-s*a
		}
	}
}

// join adds all rows of another problem with the same columns.
func (t *triangle) join(o *triangle) {
	row := make([]float64, t.k)
	for j := range o.k {
		copy(row, o.r[j*o.k:(j+1)*o.k])
		clear(row[:j])
		t.add(row)
	}
	t.rows += o.rows - o.k
}

func (t *triangle) at(i, j int) float64 { return t.r[i*t.k+j] }

// leastNorm solves for y, and where columns depend on each other takes the solution of the least
// norm, as LAPACK's gelsd does: singular values below ε · max(rows, columns) of the largest are none.
// Without rows the solution is 0.
func (t *triangle) leastNorm() []float64 {
	p := t.k - 1
	out := make([]float64, p)
	r := mat.NewDense(p, p, nil)
	for i := range p {
		for j := i; j < p; j++ {
			r.Set(i, j, t.at(i, j))
		}
	}
	var svd mat.SVD
	if !svd.Factorize(r, mat.SVDThin) {
		return out
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	values := svd.Values(nil)
	least := values[0] * epsilon * float64(max(t.rows, p))
	for s, value := range values {
		if value <= least {
			break
		}
		dot := 0.0
		for i := range p {
			dot += u.At(i, s) * t.at(i, p)
		}
		for i := range p {
			out[i] += v.At(i, s) * dot / value
		}
	}
	return out
}

// epsilon is the distance from 1 to the next number.
const epsilon = 0x1p-52

// dependent returns the first column that is a combination of those before it, or -1. A column counts
// as one when less than 1e-10 of it is its own.
func (t *triangle) dependent() int {
	for j := range t.k - 1 {
		norm := 0.0
		for i := range j + 1 {
			norm = math.Hypot(norm, t.at(i, j))
		}
		if math.Abs(t.at(j, j)) <= 1e-10*norm {
			return j
		}
	}
	return -1
}

// back solves R b = v, where R is the factor's square without y.
func (t *triangle) back(v []float64) []float64 {
	p := t.k - 1
	b := make([]float64, p)
	for i := p - 1; i >= 0; i-- {
		sum := v[i]
		for j := i + 1; j < p; j++ {
			sum -= t.at(i, j) * b[j]
		}
		b[i] = sum / t.at(i, i)
	}
	return b
}

// whiten solves Rᵀ z = x in place of x: among rows so whitened, all columns are orthonormal.
func (t *triangle) whiten(x []float64) {
	for i := range t.k - 1 {
		for j := range i {
			x[i] -= t.at(j, i) * x[j]
		}
		x[i] /= t.at(i, i)
	}
}

// last is the column of y, without what no column explains.
func (t *triangle) last() []float64 {
	v := make([]float64, t.k-1)
	for i := range v {
		v[i] = t.at(i, t.k-1)
	}
	return v
}
