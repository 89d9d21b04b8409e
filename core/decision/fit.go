package decision

import (
	"errors"
	"math"
)

// Hyper is what of a fit is learned from all rows together (empirical Bayes), by whoever calls [Fit].
type Hyper struct {
	// Noise is the standard deviation of a reward around its expectation, for each head.
	Noise [2]float64
	// Match multiplies the matrix of stages and processes: 0 where stage theory says nothing here.
	Match float64
	// Scale multiplies the standard deviations of each group's effects. Losses keep theirs: where no message has
	// any effect, some still lose more people than others.
	Scale [groups]float64
}

// Standard is how a fit begins: rewards of 0 and 1, and priors as they are written.
func Standard() Hyper {
	h := Hyper{Noise: [2]float64{.45, .1}, Match: 1}
	for g := range h.Scale {
		h.Scale[g] = 1
	}
	return h
}

// Posterior is what is believed of all features after the evidence: normal, with this mean and with the
// precision that factor is the lower Cholesky factor of.
type Posterior struct {
	Mean   []float64
	factor []float64
	// LogEvidence is the logarithm of how probable the rewards were under the prior and the noise, but for a part
	// that is the same for all priors. Residual is the mean square of what is left unexplained.
	LogEvidence, Residual float64
}

// Posterior computes the belief of one head.
//
// With the prior N(m, P⁻¹), rewards of variance σ², Gram matrix G and Z'Wr = t, the precision is
// Λ = G/σ² + P and the mean solves Λμ = t/σ² + Pm.
func (e *Evidence) Posterior(s *Space, head Head, h Hyper) (*Posterior, error) {
	d := len(s.known)
	p := &Posterior{Mean: make([]float64, d), factor: make([]float64, d*d)}
	sigma := float64(h.Noise[head] * h.Noise[head])
	if !(sigma > 0) {
		return nil, errors.New("the noise of a reward must be above 0")
	}
	right := make([]float64, d)
	prior, logPrior := 0.0, 0.0
	for i := range s.known {
		m, precision := s.known[i].prior(head, h)
		line := p.factor[i*d : (i+1)*d]
		for j, g := range e.gram[i*d : (i+1)*d] {
			line[j] = g / sigma
		}
		line[i] += precision
		pm := float64(precision * m)
		right[i] = e.towards[head][i]/sigma + pm
		prior += float64(pm * m)
		logPrior += math.Log(precision)
	}
	if !cholesky(p.factor, d) {
		return nil, errors.New("the evidence holds a number that is none")
	}
	copy(p.Mean, right)
	solveLower(p.factor, p.Mean, d)
	fits := dot(p.Mean, p.Mean)
	solveUpper(p.factor, p.Mean, d)
	logDet := 0.0
	for i := range d {
		logDet += 2 * math.Log(p.factor[i*d+i])
	}
	p.LogEvidence = (logPrior - logDet - e.squares[head]/sigma - prior + fits - float64(e.weight*math.Log(sigma))) / 2
	if e.weight > 0 {
		explained := 0.0
		for i := range d {
			explained += float64(p.Mean[i] * (2*e.towards[head][i] - dot(e.gram[i*d:(i+1)*d], p.Mean)))
		}
		p.Residual = max(0, e.squares[head]-explained) / e.weight
	}
	return p, nil
}

func (k *Known) prior(head Head, h Hyper) (mean, precision float64) {
	p, sd := k.Effect, float64(k.Effect.SD*h.Scale[k.Group])
	if head == Loss {
		p, sd = k.Loss, k.Loss.SD
	}
	mean = p.Mean
	if k.Group == Match {
		mean = float64(mean * h.Match)
	}
	return mean, 1 / float64(sd*sd)
}

// SD is how sure the posterior is of each feature: the square roots of the diagonal of Λ⁻¹.
func (p *Posterior) SD() []float64 {
	d := len(p.Mean)
	out, column := make([]float64, d), make([]float64, d)
	for i := range d {
		clear(column)
		column[i] = 1
		solveLowerFrom(p.factor, column, d, i)
		out[i] = math.Sqrt(dot(column[i:], column[i:]))
	}
	return out
}

// Of is what is believed of features together, such as all that a message would add in a situation: the mean
// of the sum, and how sure that is. Features that the space does not have count nothing.
func (p *Posterior) Of(s *Space, terms []Term) (mean, sd float64) {
	sum := make([]float64, len(p.Mean))
	for _, t := range terms {
		if i := s.Index(t.Feature); i >= 0 {
			sum[i] += float64(t.Value)
			mean += float64(p.Mean[i] * float64(t.Value))
		}
	}
	solveLower(p.factor, sum, len(sum))
	return mean, math.Sqrt(dot(sum, sum))
}

// cholesky replaces a symmetric matrix, of which it reads the lower half, by its lower factor. It is false
// where the matrix is not positive definite.
func cholesky(a []float64, d int) bool {
	for j := range d {
		row := a[j*d : j*d+j]
		pivot := a[j*d+j] - dot(row, row)
		if !(pivot > 0) || math.IsInf(pivot, 0) {
			return false
		}
		pivot = math.Sqrt(pivot)
		a[j*d+j] = pivot
		for i := j + 1; i < d; i++ {
			a[i*d+j] = (a[i*d+j] - dot(a[i*d:i*d+j], row)) / pivot
		}
	}
	return true
}

// solveLower solves L·x = b in place.
func solveLower(l, b []float64, d int) { solveLowerFrom(l, b, d, 0) }

func solveLowerFrom(l, b []float64, d, from int) {
	for i := from; i < d; i++ {
		b[i] = (b[i] - dot(l[i*d+from:i*d+i], b[from:i])) / l[i*d+i]
	}
}

// solveUpper solves L'·x = b in place.
func solveUpper(l, b []float64, d int) {
	for i := d - 1; i >= 0; i-- {
		b[i] /= l[i*d+i]
		x := b[i]
		for j, v := range l[i*d : i*d+i] {
			b[j] -= float64(v * x)
		}
	}
}

// dot rounds every product, so that no machine fuses it with the sum.
func dot(a, b []float64) float64 {
	var s0, s1, s2, s3 float64
	n := len(a) &^ 3
	b = b[:len(a)]
	for i := 0; i < n; i += 4 {
		s0 += float64(a[i] * b[i])
		s1 += float64(a[i+1] * b[i+1])
		s2 += float64(a[i+2] * b[i+2])
		s3 += float64(a[i+3] * b[i+3])
	}
	for i := n; i < len(a); i++ {
		s0 += float64(a[i] * b[i])
	}
	return (s0 + s1) + (s2 + s3)
}
