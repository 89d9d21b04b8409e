package leverage

import (
	"math"
	"math/rand/v2"
)

// shape is what is believed of how the true shares of a stratum's segments are spread. Nobody knows, and so few
// segments do not tell: with the wrong shape intervals miss, some of them always. So both are asked, and an interval
// has to hold both answers.
type shape int

const (
	// few is that segments have one of a few values, nobody says how many and which (a Dirichlet process): all may be
	// the same, in two camps, or all but one the same. Where many differ a little it sees too little.
	few shape = iota
	// apart is that each segment is by itself, normal around all of them. Where few differ it sees gaps among the others.
	apart
	shapes
)

// mixture draws the true shares of a stratum's segments, as they may be by what was seen.
//
// Shares are on the scale asin √p, on which chance alone spreads all of them by 1/(4n). Draws follow Neal (2000),
// algorithm 3.
type mixture struct {
	y, v   []float64 // what was seen, and how far chance spreads it
	at     []int     // each segment's value, by number
	values []value
	shape  shape
	drawn  []float64 // the segments' shares, by the last sweep
	weight []float64
	middle float64 // of everything seen
	mu     float64
	spread int // into spreads
	alpha  int // into alphas
	gammas [6]float64
}

// value is one of the values and who has it.
type value struct {
	count            int
	precision, total float64 // Σ 1/v and Σ y/v
	is               float64
}

// alphas are how readily a segment is taken to be unlike all others, and spreads how far values may be from each
// other, on the scale asin √p: at one half, .10 is ten points. All are as likely at first.
func alphas() [6]float64  { return [...]float64{.1, .2, .5, 1, 2, 4} }
func spreads() [6]float64 { return [...]float64{.02, .04, .07, .12, .20, .35} }

// wide is how far from the middle of what was seen the mean of the values may be.
const wide = .3

// start takes a stratum's segments.
func (m *mixture) start(segments []Segment, by shape) {
	m.shape, m.values = by, m.values[:0]
	m.y, m.v, m.at, m.drawn = m.y[:0], m.v[:0], m.at[:0], m.drawn[:0]
	var all value
	for _, s := range segments {
		y := math.Asin(math.Sqrt((s.Rate*s.Worth + .375) / (s.Worth + .75)))
		v := 1 / (4*s.Worth + 2)
		if by == apart {
			m.values = append(m.values, value{1, 1 / v, y / v, y})
		}
		m.y, m.v, m.at, m.drawn = append(m.y, y), append(m.v, v), append(m.at, max(0, len(m.values)-1)), append(m.drawn, 0)
		all.count, all.precision, all.total = all.count+1, all.precision+1/v, all.total+y/v
	}
	if by == few {
		m.values = append(m.values, all)
	}
	m.middle = all.total / all.precision
	m.mu, m.spread, m.alpha = m.middle, 2, 2
	for i, a := range alphas() {
		more, _ := math.Lgamma(a)
		less, _ := math.Lgamma(a + float64(len(segments)))
		m.gammas[i] = more - less
	}
}

// sweep draws everything once anew and leaves the shares in drawn.
func (m *mixture) sweep(r *rand.Rand) {
	tau := spreads()[m.spread]
	prior := 1 / (tau * tau)
	if m.shape == few {
		m.assign(r)
	}
	sum := 0.0
	for k := range m.values {
		x := &m.values[k]
		precision := prior + x.precision
		x.is = (m.mu*prior+x.total)/precision + r.NormFloat64()/math.Sqrt(precision)
		sum += x.is
	}
	precision := float64(len(m.values))*prior + 1/(wide*wide)
	m.mu = (sum*prior+m.middle/(wide*wide))/precision + r.NormFloat64()/math.Sqrt(precision)
	m.spreadAnew(r)
	if m.shape == few {
		m.alphaAnew(r)
	}
	for i, k := range m.at {
		s := math.Sin(min(math.Pi/2, max(0, m.values[k].is)))
		m.drawn[i] = s * s
	}
}

// assign draws for each segment anew which of the values it has.
func (m *mixture) assign(r *rand.Rand) {
	tau := spreads()[m.spread]
	prior, alpha := 1/(tau*tau), alphas()[m.alpha]
	for i, y := range m.y {
		own := 1 / m.v[i]
		old := &m.values[m.at[i]]
		old.count, old.precision, old.total = old.count-1, old.precision-own, old.total-y*own
		if old.count == 0 {
			m.drop(m.at[i])
		}
		m.weight = m.weight[:0]
		sum := 0.0
		for _, x := range m.values {
			precision := prior + x.precision
			sum += float64(x.count) * normal(y-(m.mu*prior+x.total)/precision, 1/precision+m.v[i])
			m.weight = append(m.weight, sum)
		}
		sum += alpha * normal(y-m.mu, tau*tau+m.v[i])
		u, k := r.Float64()*sum, 0
		for k < len(m.weight) && u >= m.weight[k] {
			k++
		}
		if k == len(m.values) {
			m.values = append(m.values, value{})
		}
		x := &m.values[k]
		x.count, x.precision, x.total = x.count+1, x.precision+own, x.total+y*own
		m.at[i] = k
	}
}

// drop takes out a value that nobody has any more; the last takes its number.
func (m *mixture) drop(k int) {
	last := len(m.values) - 1
	m.values[k] = m.values[last]
	m.values = m.values[:last]
	for i, at := range m.at {
		if at == last {
			m.at[i] = k
		}
	}
}

func (m *mixture) spreadAnew(r *rand.Rand) {
	squares := 0.0
	for _, x := range m.values {
		squares += (x.is - m.mu) * (x.is - m.mu)
	}
	var logs [6]float64
	for i, s := range spreads() {
		logs[i] = -float64(len(m.values))*math.Log(s) - squares/(2*s*s)
	}
	m.spread = pick(r, logs[:])
}

func (m *mixture) alphaAnew(r *rand.Rand) {
	var logs [6]float64
	for i, a := range alphas() {
		logs[i] = float64(len(m.values))*math.Log(a) + m.gammas[i]
	}
	m.alpha = pick(r, logs[:])
}

// pick draws by logarithms of weights.
func pick(r *rand.Rand, logs []float64) int {
	most, sum := math.Inf(-1), 0.0
	for _, x := range logs {
		most = max(most, x)
	}
	for i, x := range logs {
		logs[i] = math.Exp(x - most)
		sum += logs[i]
	}
	u := r.Float64() * sum
	for i, x := range logs {
		if u -= x; u < 0 {
			return i
		}
	}
	return len(logs) - 1
}

// normal is the density without its constant.
func normal(off, variance float64) float64 {
	return math.Exp(-off*off/(2*variance)) / math.Sqrt(variance)
}
