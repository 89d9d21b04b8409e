package estimate

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// EMEE is the effect of treating now on a reward of 0 or 1, as a log relative risk, by the estimator
// for the marginal excursion effect (Qian, Yoo, Klasnja, Almirall and Murphy 2021):
//
//	Σ W e^{−a fᵀβ} (Y − e^{gᵀα + a fᵀβ}) [g, (a − ρ) f] = 0
//
// with controls g and moderators f. The sandwich is by unit and not corrected for few units;
// intervals are by t on units − columns degrees of freedom.
func EMEE(t *Trial, level float64) ([]Term, error) {
	d, err := newDesign(t)
	if err != nil {
		return nil, err
	}
	e, err := newExcursion(d)
	if err != nil {
		return nil, err
	}
	theta, err := e.solve()
	if err != nil {
		return nil, err
	}
	variance, err := e.variance(theta)
	if err != nil {
		return nil, err
	}
	for i := range theta {
		theta[i] /= e.scale[i]
		for j := range theta {
			variance.Set(i, j, variance.At(i, j)/e.scale[i]/e.scale[j])
		}
	}
	return d.terms(theta, variance, level), nil
}

// excursion is EMEE's equation. Columns are divided by their root mean square, so that none drowns
// another.
type excursion struct {
	d     *design
	scale []float64
	// start is the logarithm of the weighted mean reward.
	start float64
	row   []float64
	unit  []float64
}

func newExcursion(d *design) (*excursion, error) {
	k := d.q + d.p
	e := &excursion{d: d, scale: make([]float64, k), row: make([]float64, k), unit: make([]float64, k)}
	tri := newTriangle(k + 1)
	x := make([]float64, k+1)
	sum, total := 0.0, 0.0
	for _, i := range d.order {
		w := d.weights[i]
		sum += w * d.t.Reward[i]
		total += w
		d.row(x, i)
		for j := range k {
			e.scale[j] += x[j] * x[j]
		}
		x[k] = 0
		scale(x, math.Sqrt(w))
		tri.add(x)
	}
	if j := tri.dependent(); j >= 0 {
		return nil, fmt.Errorf("%s is a combination of the columns before it; leave it out", d.column(j))
	}
	if sum <= 0 {
		return nil, errors.New("no reward is above 0 where somebody was available, so there is no relative risk")
	}
	for j := range e.scale {
		e.scale[j] = math.Sqrt(e.scale[j] / float64(len(d.order)))
	}
	e.start = math.Log(sum / total)
	return e, nil
}

// parts are, in row i, the weighted columns W [g, (a−ρ) f] (in e.row), the residual Y e^{−a fᵀβ} −
// e^{gᵀα}, and its derivatives by gᵀα and by a fᵀβ.
func (e *excursion) parts(theta []float64, i int) (residual, byG, byF float64) {
	e.d.row(e.row, i)
	g, f := 0.0, 0.0
	centred := e.row[e.d.q]
	for j := range e.row {
		e.row[j] /= e.scale[j]
		if j < e.d.q {
			g += theta[j] * e.row[j]
		} else {
			f += theta[j] * e.row[j]
		}
	}
	g = math.Exp(g)
	y := e.d.t.Reward[i]
	if e.d.t.Treated[i] {
		y *= math.Exp(-f / centred)
		byF = -y
	}
	scale(e.row, e.d.weights[i])
	return y - g, -g, byF
}

// sums is the equation's left side and, where slope is there, its derivative.
func (e *excursion) sums(theta []float64, slope *mat.Dense) []float64 {
	u := make([]float64, len(theta))
	if slope != nil {
		slope.Zero()
	}
	for _, i := range e.d.order {
		e.add(theta, i, u, slope)
	}
	return u
}

func (e *excursion) add(theta []float64, i int, u []float64, slope *mat.Dense) {
	residual, byG, byF := e.parts(theta, i)
	for j, x := range e.row {
		u[j] += x * residual
	}
	if slope == nil {
		return
	}
	w, centred := e.d.weights[i], e.row[e.d.q]*e.scale[e.d.q]/e.d.weights[i]
	for j, x := range e.row {
		for l, y := range e.row {
			switch {
			case l < e.d.q:
				slope.Set(j, l, slope.At(j, l)+x*byG*y/w)
			case byF != 0: // a f is (a − ρ) f / (a − ρ) where a is 1
				slope.Set(j, l, slope.At(j, l)+x*byF*y/w/centred)
			}
		}
	}
}

// solve is Newton's method with halved steps where a whole one makes it worse.
func (e *excursion) solve() ([]float64, error) {
	k := len(e.row)
	theta := make([]float64, k)
	theta[0] = e.start
	slope := mat.NewDense(k, k, nil)
	u := e.sums(theta, slope)
	for range 100 {
		var step mat.VecDense
		if err := step.SolveVec(slope, mat.NewVecDense(k, u)); err != nil {
			return nil, errors.New("the equation has no single solution; leave out moderators or controls that hardly vary")
		}
		next, size := make([]float64, k), 1.0
		for ; size > 1e-6; size /= 2 {
			for j := range next {
				next[j] = theta[j] - size*step.AtVec(j)
			}
			if norm(e.sums(next, nil)) < norm(u) {
				break
			}
		}
		last := mat.Norm(&step, math.Inf(1)) <= 1e-10*(1+norm(theta))
		if size <= 1e-6 { // at the bottom rounding decides, and the step is no better than where we are
			if last {
				return theta, nil
			}
			break
		}
		theta = next
		if last {
			return theta, nil
		}
		u = e.sums(theta, slope)
	}
	return nil, errors.New("the equation could not be solved; leave out controls, or look for a group without any reward above 0")
}

func norm(v []float64) float64 {
	sum := 0.0
	for _, x := range v {
		sum += x * x
	}
	if math.IsNaN(sum) {
		return math.Inf(1)
	}
	return math.Sqrt(sum)
}

// variance is M⁻¹ (Σ u uᵀ) M⁻ᵀ, with u summed within units.
func (e *excursion) variance(theta []float64) (*mat.Dense, error) {
	k := len(e.row)
	slope, meat := mat.NewDense(k, k, nil), mat.NewDense(k, k, nil)
	for unit := range e.d.units() {
		clear(e.unit)
		for _, i := range e.d.unit(unit) {
			e.add(theta, i, e.unit, slope)
		}
		u := mat.NewVecDense(k, e.unit)
		meat.RankOne(meat, 1, u, u)
	}
	var inverse, half, variance mat.Dense
	if err := inverse.Inverse(slope); err != nil {
		return nil, errors.New("the equation has no single solution; leave out moderators or controls that hardly vary")
	}
	half.Mul(&inverse, meat)
	variance.Mul(&half, inverse.T())
	return &variance, nil
}
