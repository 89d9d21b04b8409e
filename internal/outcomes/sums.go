package outcomes

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"attune/internal/estimate"
)

// ratio collects y and t of each person, for Σy/Σt with an interval by people: what one person does again and again is not as many
// people's (the linearised variance of a ratio; Cochran, Sampling Techniques, 1977, 6.4).
type ratio struct {
	n                int
	y, t, yy, yt, tt float64
}

func (r *ratio) add(y, t float64) {
	r.n++
	r.y, r.t, r.yy, r.yt, r.tt = r.y+y, r.t+t, r.yy+y*y, r.yt+y*t, r.tt+t*t
}

func (r *ratio) merge(o *ratio) {
	r.n += o.n
	r.y, r.t, r.yy, r.yt, r.tt = r.y+o.y, r.t+o.t, r.yy+o.yy, r.yt+o.yt, r.tt+o.tt
}

func (r *ratio) value() float64 {
	if r.t == 0 {
		return math.NaN()
	}
	return r.y / r.t
}

func (r *ratio) stdErr() float64 {
	if r.t == 0 || r.n < 2 {
		return math.NaN()
	}
	v := r.value()
	return math.Sqrt(max(0, r.yy-2*v*r.yt+v*v*r.tt)*float64(r.n)/float64(r.n-1)) / r.t
}

// worth collects how often each person reached each of some outcomes, and in which time, for the value that all of them have together.
// Which of them count is known only when everybody was added.
type worth struct {
	n     int
	t, tt float64
	y, yt []float64
	yy    [][]float64
}

func newWorth(outcomes int) worth {
	w := worth{y: make([]float64, outcomes), yt: make([]float64, outcomes), yy: make([][]float64, outcomes)}
	for i := range w.yy {
		w.yy[i] = make([]float64, outcomes)
	}
	return w
}

func (w *worth) add(times []float64, t float64) {
	w.n++
	w.t, w.tt = w.t+t, w.tt+t*t
	for i, x := range times {
		if x == 0 {
			continue
		}
		w.y[i] += x
		w.yt[i] += x * t
		for k, z := range times {
			w.yy[i][k] += x * z
		}
	}
}

// of is the ratio of their value, each once worth so much, to time.
func (w *worth) of(values []float64) ratio {
	r := ratio{n: w.n, t: w.t, tt: w.tt}
	for i, v := range values {
		r.y += v * w.y[i]
		r.yt += v * w.yt[i]
		for k, z := range values {
			r.yy += v * z * w.yy[i][k]
		}
	}
	return r
}

// least is how many people an interval by a central limit rests on.
const least = 20

// share is the ratio with its 95 % interval, which does not go below 0; of too few people there is none.
func (r *ratio) share() estimate.Share {
	s := estimate.Share{Value: r.value(), Lo: math.NaN(), Hi: math.NaN()}
	if e := r.stdErr(); r.n >= least && !math.IsNaN(e) {
		s.Lo, s.Hi = max(0, s.Value-estimate.Z(.95)*e), s.Value+estimate.Z(.95)*e
	}
	return s
}

// more is by how much one ratio is more than another, of other people.
func (r *ratio) more(o *ratio) estimate.Share {
	s := estimate.Share{Value: r.value() - o.value(), Lo: math.NaN(), Hi: math.NaN()}
	if e := math.Hypot(r.stdErr(), o.stdErr()); min(r.n, o.n) >= least && !math.IsNaN(e) {
		s.Lo, s.Hi = s.Value-estimate.Z(.95)*e, s.Value+estimate.Z(.95)*e
	}
	return s
}

// mean collects numbers.
type mean struct {
	n     int
	s, ss float64
}

func (m *mean) add(x float64) { m.n, m.s, m.ss = m.n+1, m.s+x, m.ss+x*x }

func (m *mean) merge(o *mean) { m.n, m.s, m.ss = m.n+o.n, m.s+o.s, m.ss+o.ss }

func (m *mean) value() float64 { return m.s / float64(m.n) }

func (m *mean) variance() float64 {
	if m.n < 2 {
		return math.NaN()
	}
	n := float64(m.n)
	return max(0, m.ss-m.s*m.s/n) / (n - 1)
}

// share is the mean with its 95 % interval by Student's t.
func (m *mean) share() estimate.Share {
	s := estimate.Share{Value: m.value(), Lo: math.NaN(), Hi: math.NaN()}
	if m.n >= 2 {
		half := student(float64(m.n-1)) * math.Sqrt(m.variance()/float64(m.n))
		s.Lo, s.Hi = s.Value-half, s.Value+half
	}
	return s
}

// more is by how much one mean is more than another, of other people (Welch 1947).
func (m *mean) more(o *mean) estimate.Share {
	s := estimate.Share{Value: m.value() - o.value(), Lo: math.NaN(), Hi: math.NaN()}
	if m.n >= 2 && o.n >= 2 {
		a, b := m.variance()/float64(m.n), o.variance()/float64(o.n)
		if a+b == 0 {
			s.Lo, s.Hi = s.Value, s.Value
			return s
		}
		freedom := (a + b) * (a + b) / (a*a/float64(m.n-1) + b*b/float64(o.n-1))
		half := student(freedom) * math.Sqrt(a+b)
		s.Lo, s.Hi = s.Value-half, s.Value+half
	}
	return s
}

func student(freedom float64) float64 {
	return distuv.StudentsT{Sigma: 1, Nu: freedom}.Quantile(.975)
}

// score is the net promoter score of so many who recommend, are in between, and do not, from -100 to 100. Its interval is that of a
// difference of two shares of one sample with one more in each (Bonett and Price, Journal of Educational and Behavioral Statistics 37, 2012).
func score(promoters, passives, detractors int) estimate.Share {
	n := float64(promoters + passives + detractors)
	p, d := float64(promoters+1)/(n+2), float64(detractors+1)/(n+2)
	half := estimate.Z(.95) * math.Sqrt((p+d-(p-d)*(p-d))/(n+2))
	return estimate.Share{Value: 100 * float64(promoters-detractors) / n, Lo: 100 * max(-1, p-d-half), Hi: 100 * min(1, p-d+half)}
}
