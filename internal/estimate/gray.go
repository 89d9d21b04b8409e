package estimate

import "math"

// Instant is what happened at one time in two groups, the one asked about and all others.
type Instant struct {
	AtRisk, Events, Others [2]int // Events are those of the cause asked for, Others those of any other
}

// Gray is the p that what is asked for happens at the same pace in both groups, where something else may happen
// first (Gray 1988, with ρ = 0). It compares cumulative incidences, as [Incidence] estimates them: not the pace
// among those who are still there, as the log-rank test does, which it is where nothing else ever happens but
// for its variance. Instants are in order of time; those at which nothing happened need not be there.
func Gray(strata ...[]Instant) float64 {
	var score, v float64
	for _, instants := range strata {
		s, w := gray(instants)
		if w > 0 { // nobody to compare with says nothing
			score, v = score+s, v+w
		}
	}
	if v <= 0 || math.IsNaN(v) {
		return 1
	}
	return ChiSquare(score*score/v, 1)
}

// gray is the score of one stratum and its variance.
func gray(instants []Instant) (score, v float64) {
	// What each group's past adds: its share of the pooled increments so far (c), and the sums of its variance.
	var c, v2, v3 [2]float64
	free, f := [2]float64{1, 1}, [2]float64{} // before this instant, by group
	pooled := 0.0                             // the incidence if the groups do not differ
	for _, at := range instants {
		d1 := float64(at.Events[0] + at.Events[1])
		if at.AtRisk[0]+at.AtRisk[1] == 0 || d1+float64(at.Others[0]+at.Others[1]) == 0 {
			continue
		}
		var size, modified [2]float64 // people at risk were nobody lost, and those of them the cause has not met
		var after [2]float64
		for k := range 2 {
			n := float64(at.AtRisk[k])
			after[k] = free[k]
			if n > 0 && free[k] > 0 {
				size[k] = n / free[k]
				modified[k] = size[k] * (1 - f[k])
				after[k] = free[k] * (n - float64(at.Events[k]+at.Others[k])) / n
			}
		}
		sizes, risk := size[0]+size[1], modified[0]+modified[1]
		if sizes == 0 {
			break
		}
		now := pooled + d1/sizes
		// a is by how much one more event in a group moves the score of the first.
		a := [2]float64{size[0] * (1 - size[0]/sizes), -size[0] * size[1] / sizes}
		for k := range 2 {
			if pooled < 1 {
				c[k] += a[k] * d1 / (sizes * (1 - pooled))
			}
		}
		if risk > 0 {
			score += float64(at.Events[0]) - d1*modified[0]/risk
		}
		add := func(k int, of, weight, spread float64) {
			v += of * of * spread
			v2[k] += of * weight * spread
			v3[k] += weight * weight * spread
		}
		for k := range 2 {
			n := float64(at.AtRisk[k])
			if n == 0 {
				continue
			}
			if d1 > 0 {
				weight, ties := 1.0, 1.0
				if after[k] > 0 {
					weight = 1 - (1-now)/after[k]
				}
				if d1 > 1 {
					ties = 1 - (d1-1)/(sizes*free[k]-1)
				}
				add(k, a[k]-weight*c[k], weight, ties*free[k]*d1/(sizes*n))
			}
			if d2 := float64(at.Others[k]); d2 > 0 && after[k] > 0 {
				weight, ties := (1-now)/after[k], 1.0
				if d2 > 1 {
					ties = 1 - (d2-1)/(n-1)
				}
				add(k, weight*c[k], -weight, ties*free[k]*free[k]*d2/(n*n))
			}
		}
		for k := range 2 {
			if at.AtRisk[k] > 0 && free[k] > 0 {
				f[k] += free[k] * float64(at.Events[k]) / float64(at.AtRisk[k])
				free[k] = after[k]
			}
		}
		pooled = now
	}
	for k := range 2 {
		v += c[k]*c[k]*v3[k] + 2*c[k]*v2[k]
	}
	return score, v
}

// LogRank is the p that what is asked for happens at the same pace among those who are still there (Mantel 1966;
// Peto and Peto 1972). What else happens counts as no longer being there.
// Strata are as in [Gray].
func LogRank(strata ...[]Instant) float64 {
	var score, v float64
	for _, instants := range strata {
		for _, at := range instants {
			n, d := float64(at.AtRisk[0]+at.AtRisk[1]), float64(at.Events[0]+at.Events[1])
			if n < 2 || d == 0 {
				continue
			}
			share := float64(at.AtRisk[0]) / n
			score += float64(at.Events[0]) - d*share
			v += d * share * (1 - share) * (n - d) / (n - 1)
		}
	}
	if v <= 0 {
		return 1
	}
	return ChiSquare(score*score/v, 1)
}
