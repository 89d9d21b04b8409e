package estimate

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"
)

// Influence is an estimate and, for each row, by how much that row moves it: centred influence
// values, whose mean square over the rows is the estimate's variance times their number.
type Influence struct {
	Value float64
	Psi   []float64
	// biased tells that the variance is divided by n where it would be by n − 1.
	biased bool
}

// mean is the estimate that is the mean of one score a row.
func mean(scores []float64) Influence {
	sum := 0.0
	for _, s := range scores {
		sum += s
	}
	v := sum / float64(len(scores))
	for i := range scores {
		scores[i] -= v
	}
	return Influence{Value: v, Psi: scores}
}

// StdErr is the standard error, √(n/(n−1) Σψ²)/n. With units it is robust against rows of one unit
// being alike: values are summed within each unit, √(G/(G−1) Σg²)/n for G units.
func (v Influence) StdErr(unit []int32) float64 {
	n := len(v.Psi)
	if unit == nil {
		sum := 0.0
		for _, p := range v.Psi {
			sum += p * p
		}
		if !v.biased {
			sum *= float64(n) / float64(n-1)
		}
		return math.Sqrt(sum) / float64(n)
	}
	sums, seen := make([]float64, most(unit)+1), make([]bool, most(unit)+1)
	for i, p := range v.Psi {
		sums[unit[i]] += p
		seen[unit[i]] = true
	}
	units, sum := 0, 0.0
	for g, s := range sums {
		if seen[g] {
			units++
			sum += s * s
		}
	}
	return math.Sqrt(float64(units)/float64(units-1)*sum) / float64(n)
}

func most(unit []int32) int32 {
	m := int32(-1)
	for _, u := range unit {
		m = max(m, u)
	}
	return m
}

// minus is the difference of two estimates on the same rows.
func (v Influence) minus(o Influence) Influence {
	psi := make([]float64, len(v.Psi))
	for i := range psi {
		psi[i] = v.Psi[i] - o.Psi[i]
	}
	return Influence{Value: v.Value - o.Value, Psi: psi, biased: v.biased && o.biased}
}

// less takes a cost off each row's score.
func (v Influence) less(cost []float64) Influence {
	return v.minus(mean(append([]float64(nil), cost...)))
}

// IPS is inverse propensity scoring, mean(w r). Weights may have been clipped ([Clip]).
func IPS(w, r []float64) Influence {
	s := make([]float64, len(w))
	for i := range s {
		s[i] = w[i] * r[i]
	}
	return mean(s)
}

// SNIPS is IPS divided by the weights' own mean: v = Σ w r / Σ w, with se √Σ(w (r − v)/mean w)² / n
// (Swaminathan and Joachims 2015).
func SNIPS(w, r []float64) Influence {
	sum, total := 0.0, 0.0
	for i := range w {
		sum += w[i] * r[i]
		total += w[i]
	}
	v, m := sum/total, total/float64(len(w))
	psi := make([]float64, len(w))
	for i := range psi {
		psi[i] = w[i] * (r[i] - v) / m
	}
	return Influence{Value: v, Psi: psi, biased: true}
}

// DM is the direct method: what the model expects. It varies little, and is wrong by as much as the
// model is; of a policy learnt with the same model it is too optimistic. It is not to be read alone.
func DM(expected []float64) Influence { return mean(append([]float64(nil), expected...)) }

// DR is doubly robust: the model's expectation, corrected where it can be seen to be wrong (Dudík,
// Langford and Li 2011). It is unbiased whatever the model is, as long as propensities are true.
func DR(expected, w, residual []float64) Influence {
	s := make([]float64, len(w))
	for i := range s {
		s[i] = expected[i] + w[i]*residual[i]
	}
	return mean(s)
}

// SNDR is DR with a self-normalised correction m = Σ w e / Σ w; se from V + w (e − m)/mean w.
func SNDR(expected, w, residual []float64) Influence {
	sum, total := 0.0, 0.0
	for i := range w {
		sum += w[i] * residual[i]
		total += w[i]
	}
	m, per := sum/total, total/float64(len(w))
	s := make([]float64, len(w))
	for i := range s {
		s[i] = expected[i] + w[i]*(residual[i]-m)/per
	}
	v := mean(s) // the corrections sum to 0, so this is the mean of what is expected
	v.Value += m
	return v
}

// Clip bounds weights: min(w, c). It trades variance for a bias that nothing in the log shows.
func Clip(w []float64, c float64) []float64 {
	return each(w, func(w float64) float64 { return min(w, c) })
}

// Switch drops weights above a threshold, so that DR relies on the model there: switch-DR (Wang,
// Agarwal and Dudík 2017).
func Switch(w []float64, threshold float64) []float64 {
	return each(w, func(w float64) float64 {
		if w > threshold {
			return 0
		}
		return w
	})
}

// Damp shrinks weights to λw/(w² + λ): DR with optimistic shrinkage (Su and others 2020). A λ of 0
// leaves the direct method, an infinite one DR.
func Damp(w []float64, lambda float64) []float64 {
	return each(w, func(w float64) float64 { return lambda * w / (w*w + lambda) })
}

func each(w []float64, f func(float64) float64) []float64 {
	out := make([]float64, len(w))
	for i := range w {
		out[i] = f(w[i])
	}
	return out
}

// The bounds of what can be believed.
const (
	LeastESS   = 1000
	LeastShare = .01
	MostWeight = .05
)

// Support is how much of a log speaks about a policy.
type Support struct {
	N int
	// ESS is the effective sample size, (Σw)²/Σw²: how many rows drawn from the policy itself would
	// tell as much.
	ESS float64
	// MaxWeight is the largest weight as a share of all.
	MaxWeight float64
}

// SupportOf measures weights as they are, before they are clipped: clipping hides thin support, and
// does not mend it.
func SupportOf(w []float64) Support {
	sum, squares, top := 0.0, 0.0, 0.0
	for _, w := range w {
		sum += w
		squares += w * w
		top = max(top, w)
	}
	s := Support{N: len(w)}
	if sum > 0 {
		s.ESS, s.MaxWeight = sum*sum/squares, top/sum
	}
	return s
}

// Why says why an estimate on this support is not to be believed; empty when it may be.
func (s Support) Why() string {
	var why []string
	if s.ESS == 0 {
		return "the target policy never does what was done in the log"
	}
	if s.ESS < LeastESS {
		why = append(why, fmt.Sprintf("the effective sample size is %.1f of at least %d", s.ESS, LeastESS))
	}
	if s.ESS < LeastShare*float64(s.N) {
		why = append(why, fmt.Sprintf("the effective sample size is %.3g %% of the rows, of at least %g %%", 100*s.ESS/float64(s.N), 100*LeastShare))
	}
	if s.MaxWeight > MostWeight {
		why = append(why, fmt.Sprintf("one row has %.3g %% of all weight, of at most %g %%", 100*s.MaxWeight, 100*MostWeight))
	}
	return strings.Join(why, "; ")
}

// Unsupported is the share of the target's probability that goes to actions never taken in the log,
// of which the log can tell nothing.
func (l Log) Unsupported(target Table) float64 {
	taken := make([]bool, len(target))
	for _, a := range l.Action {
		taken[a] = true
	}
	sum := 0.0
	for a := range target {
		if taken[a] {
			continue
		}
		for _, p := range target[a] {
			sum += p
		}
	}
	return sum / float64(l.Len())
}

// Z is how many standard errors to either side an interval of this level goes.
func Z(level float64) float64 {
	if level == 0.95 {
		return 1.959963985
	}
	return distuv.UnitNormal.Quantile((1 + level) / 2)
}
