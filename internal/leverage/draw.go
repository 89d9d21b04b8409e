package leverage

import (
	"math"
	"math/rand/v2"
	"slices"
)

// gamma draws from the gamma distribution with scale 1 (Marsaglia and Tsang 2000).
func gamma(r *rand.Rand, shape float64) float64 {
	if shape <= 0 {
		return 0
	}
	if shape < 1 {
		// On the scale of logarithms: a power of 1/shape of a small number is 0 too soon.
		return math.Exp(math.Log(gamma(r, shape+1)) + math.Log(1-r.Float64())/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		u := 1 - r.Float64()
		if x2 := x * x; u < 1-.0331*x2*x2 || math.Log(u) < x2/2+d*(1-v+math.Log(v)) {
			return d * v
		}
	}
}

// beta draws from the beta distribution.
func beta(r *rand.Rand, a, b float64) float64 {
	x, y := gamma(r, a), gamma(r, b)
	if x+y == 0 {
		return a / (a + b)
	}
	return x / (x + y)
}

// weighted is a value and how much of everything it stands for.
type weighted struct{ value, weight float64 }

// quartile is the weighted 75th percentile of values, which it puts in order. Each value stands in the middle of
// its weight, and between two of them the line is straight, so that a little more weight moves it a little.
func quartile(list []weighted) float64 {
	slices.SortFunc(list, func(a, b weighted) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		case a.weight < b.weight:
			return -1
		case a.weight > b.weight:
			return 1
		}
		return 0
	})
	total := 0.0
	for _, x := range list {
		total += x.weight
	}
	at, sum := .75*total, 0.0
	before := weighted{value: list[0].value}
	for _, x := range list {
		// From the middle of the one before to the middle of this one.
		from, to := sum-before.weight/2, sum+x.weight/2
		if to >= at {
			if to <= from {
				return x.value
			}
			return before.value + (x.value-before.value)*max(0, at-from)/(to-from)
		}
		sum, before = sum+x.weight, x
	}
	return before.value
}

// percentile is the value below which so much of an ordered list lies.
func percentile(ordered []float64, p float64) float64 {
	if len(ordered) == 0 {
		return 0
	}
	at := p * float64(len(ordered)-1)
	i := int(at)
	if i+1 >= len(ordered) {
		return ordered[len(ordered)-1]
	}
	return ordered[i] + (at-float64(i))*(ordered[i+1]-ordered[i])
}
