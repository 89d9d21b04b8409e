package estimate

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
)

// Trial is a micro-randomised trial, by column; row i of every column is one decision point.
type Trial struct {
	// Unit is whose decision point it was, counted from 0.
	Unit []int32
	// Available tells whether anything could have been done. Nothing else of a row counts where not.
	Available []bool
	// Treated tells whether it was.
	Treated []bool
	// Propensity is the probability of treating, in (0, 1).
	Propensity []float64
	// Numerator is the probability that effects are centred at and averaged over, in (0, 1). Effects
	// may depend on it only through moderators.
	Numerator []float64
	Reward    []float64
	// Controls explain the reward without treatment, and make estimates more precise. Moderators are
	// what the effect may depend on. An intercept comes before both.
	Controls, Moderators []Column
}

// Column is a named column of numbers.
type Column struct {
	Name   string
	Values []float64
}

// Intercept is the name of the term that stands for the effect where all moderators are 0, as R says.
const Intercept = "(Intercept)"

// Term is one coefficient of an effect.
type Term struct {
	Name                     string
	Estimate, StdErr, Lo, Hi float64
	// DF2 is the second degree of freedom, units less columns; P is by F(1, DF2).
	DF2 int
	P   float64
}

// design is the rows of a trial that count, as both estimators see them.
type design struct {
	t       *Trial
	q, p    int   // columns of controls and of moderators, with intercepts
	order   []int // available rows, those of one unit together
	starts  []int // where in order each unit begins, and the end
	weights []float64
}

// newDesign gathers the rows and their weights (ρ/p)^a ((1−ρ)/(1−p))^(1−a).
func newDesign(t *Trial) (*design, error) {
	d := &design{t: t, q: len(t.Controls) + 1, p: len(t.Moderators) + 1, weights: make([]float64, len(t.Unit))}
	count := make([]int, most(t.Unit)+2)
	for i, u := range t.Unit {
		if t.Available[i] {
			count[u+1]++
		}
	}
	for u := 1; u < len(count); u++ {
		if count[u] > 0 {
			d.starts = append(d.starts, count[u-1])
		}
		count[u] += count[u-1]
	}
	d.starts = append(d.starts, count[len(count)-1])
	d.order = make([]int, count[len(count)-1])
	for i, u := range t.Unit {
		if !t.Available[i] {
			continue
		}
		d.order[count[u]] = i
		count[u]++
		if rho, p := t.Numerator[i], t.Propensity[i]; t.Treated[i] {
			d.weights[i] = rho / p
		} else {
			d.weights[i] = (1 - rho) / (1 - p)
		}
	}
	if d.df2() < 1 {
		return nil, fmt.Errorf("%d units cannot carry %d columns, of which %d are intercepts; leave out controls or moderators", d.units(), d.q+d.p, 2)
	}
	return d, nil
}

func (d *design) units() int { return len(d.starts) - 1 }
func (d *design) df2() int   { return d.units() - d.q - d.p }

// unit is the rows of one unit.
func (d *design) unit(u int) []int { return d.order[d.starts[u]:d.starts[u+1]] }

// row writes [1 controls (a − ρ)(1 moderators)] of a row.
func (d *design) row(x []float64, i int) {
	x[0] = 1
	for c := range d.t.Controls {
		x[1+c] = d.t.Controls[c].Values[i]
	}
	centred := -d.t.Numerator[i]
	if d.t.Treated[i] {
		centred++
	}
	x[d.q] = centred
	for c := range d.t.Moderators {
		x[d.q+1+c] = centred * d.t.Moderators[c].Values[i]
	}
}

// column names a column of row.
func (d *design) column(j int) string {
	switch {
	case j == 0:
		return "the intercept of the controls"
	case j < d.q:
		return fmt.Sprintf("the control %s", d.t.Controls[j-1].Name)
	case j == d.q:
		return "the treatment itself"
	}
	return fmt.Sprintf("the moderator %s", d.t.Moderators[j-d.q-1].Name)
}

// terms reads the moderators' part of a solution and its covariance.
func (d *design) terms(b []float64, variance *mat.Dense, level float64) []Term {
	df := float64(d.df2())
	wide := distuv.StudentsT{Sigma: 1, Nu: df}.Quantile((1 + level) / 2)
	out := make([]Term, d.p)
	for j := range out {
		est, se := b[d.q+j], math.Sqrt(variance.At(d.q+j, d.q+j))
		name := Intercept
		if j > 0 {
			name = d.t.Moderators[j-1].Name
		}
		out[j] = Term{Name: name, Estimate: est, StdErr: se, Lo: est - wide*se, Hi: est + wide*se, DF2: d.df2(), P: tail(est/se, df)}
	}
	return out
}

// tail is P(F(1, df) > t²), by the incomplete beta function so that small values stay exact.
func tail(t, df float64) float64 {
	if math.IsNaN(t) {
		return t
	}
	return mathext.RegIncBeta(df/2, 0.5, df/(df+t*t))
}
