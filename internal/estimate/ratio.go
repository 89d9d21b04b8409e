package estimate

import "gonum.org/v1/gonum/mathext"

// RatioAlarm is the p below which arms do not have the sizes they were drawn to have. It is asked
// daily, so it is far below what one asks of an effect.
const RatioAlarm = .001

// SampleRatio compares how many came into each arm with the shares they were drawn by (Pearson's
// chi-square on arms − 1 degrees of freedom). An alarm means that something before or after the draw
// loses people of one arm, and that no other number of the experiment is to be read. Shares need not
// sum to 1; an arm with a share of 0 has to be empty.
func SampleRatio(counts []int, shares []float64) (p float64, alarm bool) {
	n, total, arms := 0, 0.0, 0
	for a, c := range counts {
		n += c
		total += shares[a]
		if shares[a] > 0 {
			arms++
		} else if c > 0 {
			return 0, true
		}
	}
	if n == 0 || arms < 2 {
		return 1, false
	}
	chi := 0.0
	for a, c := range counts {
		if shares[a] > 0 {
			want := float64(n) * shares[a] / total
			chi += (float64(c) - want) * (float64(c) - want) / want
		}
	}
	p = mathext.GammaIncRegComp(float64(arms-1)/2, chi/2)
	return p, p < RatioAlarm
}
