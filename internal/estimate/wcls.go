package estimate

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// WCLS is the effect of treating now on a continuous reward, by weighted and centred least squares
// (Boruvka, Almirall, Witkiewitz and Murphy 2018). It needs the probabilities to be true, and not the
// controls. The sandwich is by unit; with small, residuals are premultiplied by (I − H)⁻¹ of their
// unit (Mancl and DeRouen 2001). Intervals are by t on units − columns degrees of freedom. Units that
// were never available do not count.
func WCLS(t *Trial, small bool, level float64) ([]Term, error) {
	d, err := newDesign(t)
	if err != nil {
		return nil, err
	}
	k := d.q + d.p
	tri := newTriangle(k + 1)
	x := make([]float64, k+1)
	for _, i := range d.order {
		d.row(x, i)
		x[k] = t.Reward[i]
		scale(x, math.Sqrt(d.weights[i]))
		tri.add(x)
	}
	if j := tri.dependent(); j >= 0 {
		return nil, fmt.Errorf("%s is a combination of the columns before it; leave it out", d.column(j))
	}
	b := tri.back(tri.last())
	meat, err := d.meat(tri, b, small)
	if err != nil {
		return nil, err
	}
	// In the whitened columns the bread is the identity; back from there with R⁻¹ on both sides.
	half := mat.NewDense(k, k, nil)
	for j := range k {
		half.SetCol(j, tri.back(mat.Col(nil, j, meat)))
	}
	variance := mat.NewDense(k, k, nil)
	for j := range k {
		variance.SetRow(j, tri.back(mat.Row(nil, j, half)))
	}
	return d.terms(b, variance, level), nil
}

// meat is Σ e eᵀ over units, in whitened columns z = R⁻ᵀx, where Σ w z zᵀ = I. A unit's e is its
// Σ w z r; with the correction it is Zᵀ W (I − Z Zᵀ W)⁻¹ r = (I − A)⁻¹ Σ w z r for A = Σ w z zᵀ of the
// unit: the same by the push-through identity, and as large as there are columns, not rows.
func (d *design) meat(tri *triangle, b []float64, small bool) (*mat.Dense, error) {
	k := d.q + d.p
	meat := mat.NewDense(k, k, nil)
	z := make([]float64, k)
	for u := range d.units() {
		e := mat.NewVecDense(k, nil)
		rest := mat.NewSymDense(k, nil)
		for j := range k {
			rest.SetSym(j, j, 1)
		}
		for _, i := range d.unit(u) {
			d.row(z, i)
			residual := d.t.Reward[i]
			for j := range k {
				residual -= b[j] * z[j]
			}
			tri.whiten(z)
			row := mat.NewVecDense(k, z)
			e.AddScaledVec(e, d.weights[i]*residual, row)
			if small {
				rest.SymRankOne(rest, -d.weights[i], row)
			}
		}
		if small {
			var chol mat.Cholesky
			if !chol.Factorize(rest) || chol.Cond() > 1e12 {
				return nil, fmt.Errorf("one unit alone decides a column, so that its residuals cannot be corrected; leave that column out, or set small_sample to false")
			}
			if err := chol.SolveVecTo(e, e); err != nil {
				return nil, err
			}
		}
		meat.RankOne(meat, 1, e, e)
	}
	return meat, nil
}

func scale(x []float64, by float64) {
	for i := range x {
		x[i] *= by
	}
}
