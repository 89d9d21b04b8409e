package estimate

import "math"

// Sequence is an asymptotic confidence sequence of a mean (Waudby-Smith, Arbour, Sinha, Kennedy and
// Ramdas, Time-uniform central limit theory and asymptotic confidence sequences, 2024): intervals that
// hold at all times together, so that one may look as often as one likes and stop whenever one wants.
// Values are given one by one, such as a day's mean of DR influence values.
//
// It leans on a central limit, so that looks at the very first values promise nothing: begin to look
// when there are about a hundred.
type Sequence struct {
	// Alpha is the chance of ever being wrong.
	Alpha float64
	// TuneAt is the number of values at which the interval is to be narrowest.
	TuneAt float64

	n, mean, squares float64
}

// Add takes one more value (Welford's recurrence).
func (s *Sequence) Add(v float64) {
	s.n++
	d := v - s.mean
	s.mean += d / s.n
	s.squares += d * (v - s.mean)
}

// N is the number of values so far.
func (s *Sequence) N() int { return int(s.n) }

// Mean is the running mean.
func (s *Sequence) Mean() float64 { return s.mean }

// Interval is two-sided, theorem 2.2 there: mean ± sd √(2(tρ²+1)/(t²ρ²) ln(√(tρ²+1)/α)), with the
// population's standard deviation so far and ρ² = (−2 ln α + ln(−2 ln α + 1))/tune.
func (s *Sequence) Interval() (lo, hi float64) {
	width := s.width(tuned(s.Alpha, s.TuneAt), func(root float64) float64 { return math.Log(root / s.Alpha) })
	return s.mean - width, s.mean + width
}

// Lower and Upper are one-sided, for guardrails that look one way: with chance 1 − α the mean is never
// below Lower (or never above Upper; both together would spend α twice). The radius is
// sd √(2(tρ²+1)/(t²ρ²) ln(1 + √(tρ²+1)/(2α))), their appendix on one-sided sequences, with ρ tuned for 2α.
// It follows from mixing exp(λS − tλ²/2) over λ > 0: the mixture is 2 e^{x²/2} Φ(x)/√(tρ²+1) with
// x = ρS/√(tρ²+1), and e^{x²/2} Φ(x) is at least e^{x²/2} − ½.
func (s *Sequence) Lower() float64 { return s.mean - s.oneSided() }

// Upper is as [Sequence.Lower] says.
func (s *Sequence) Upper() float64 { return s.mean + s.oneSided() }

func (s *Sequence) oneSided() float64 {
	return s.width(tuned(min(2*s.Alpha, 1), s.TuneAt), func(root float64) float64 { return math.Log1p(root / (2 * s.Alpha)) })
}

// width is the radius after n values; there is none before the first.
func (s *Sequence) width(rho2 float64, log func(root float64) float64) float64 {
	if s.n == 0 {
		return math.Inf(1)
	}
	v := s.n*rho2 + 1
	return math.Sqrt(s.squares/s.n) * math.Sqrt(2*v/(s.n*s.n*rho2)*log(math.Sqrt(v)))
}

// tuned is the ρ² that makes the interval narrow at n.
func tuned(alpha, n float64) float64 {
	l := -2 * math.Log(alpha)
	return max((l+math.Log(l+1))/n, math.SmallestNonzeroFloat64)
}
