package estimate

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/mathext"
)

// Share is a share or a difference of shares, with its interval.
type Share struct {
	Value float64 `json:"value"`
	Lo    float64 `json:"lo"`
	Hi    float64 `json:"hi"`
}

// Wilson is the score interval of hits among n (Wilson 1927). Neither need be whole.
func Wilson(hits, n, level float64) Share {
	if n <= 0 {
		return Share{Lo: 0, Hi: 1}
	}
	z, p := Z(level), hits/n
	middle, half := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return Share{Value: p, Lo: max(0, (middle-half)/(1+z*z/n)), Hi: min(1, (middle+half)/(1+z*z/n))}
}

// Newcombe is the difference of two independent shares with the hybrid score interval (Newcombe 1998, method
// 10): each side goes as far as the two Wilson intervals do.
func Newcombe(hits, n, otherHits, others, level float64) Share {
	a, b := Wilson(hits, n, level), Wilson(otherHits, others, level)
	d := a.Value - b.Value
	return Share{
		Value: d,
		Lo:    d - math.Hypot(a.Value-a.Lo, b.Hi-b.Value),
		Hi:    d + math.Hypot(a.Hi-a.Value, b.Value-b.Lo),
	}
}

// LogLog is the interval of a cumulative incidence on the scale log(−log F), which keeps it between 0 and 1.
func LogLog(f, stdErr, level float64) Share {
	if f <= 0 || f >= 1 || stdErr == 0 {
		return Share{Value: f, Lo: f, Hi: f}
	}
	e := math.Exp(Z(level) * stdErr / (f * math.Abs(math.Log(f))))
	return Share{Value: f, Lo: math.Pow(f, e), Hi: math.Pow(f, 1/e)}
}

// TwoByTwo is two groups of people, of whom some had what is counted.
type TwoByTwo struct{ Hits, N, OtherHits, Others int }

// Expected is the smallest count that one expects in any of the four cells if the groups do not differ.
func (t TwoByTwo) Expected() float64 {
	all, hits := float64(t.N+t.Others), float64(t.Hits+t.OtherHits)
	return min(float64(t.N), float64(t.Others)) * min(hits, all-hits) / all
}

// P is the two-sided p that the groups do not differ: Fisher's exact test where fewer than 5 are expected in a
// cell, else Pearson's χ² without a correction.
func (t TwoByTwo) P() float64 {
	if t.N == 0 || t.Others == 0 || t.Hits+t.OtherHits == 0 || t.Hits+t.OtherHits == t.N+t.Others {
		return 1
	}
	if t.Expected() < 5 {
		return t.Fisher()
	}
	a, b, c, d := float64(t.Hits), float64(t.N-t.Hits), float64(t.OtherHits), float64(t.Others-t.OtherHits)
	x := a*d - b*c
	return ChiSquare(x*x*(a+b+c+d)/((a+b)*(c+d)*(a+c)*(b+d)), 1)
}

// Fisher is the sum of the chances of all tables with these margins that are no likelier than this one.
func (t TwoByTwo) Fisher() float64 {
	hits, all := t.Hits+t.OtherHits, t.N+t.Others
	choose := func(n, k int) float64 {
		a, _ := math.Lgamma(float64(n + 1))
		b, _ := math.Lgamma(float64(k + 1))
		c, _ := math.Lgamma(float64(n - k + 1))
		return a - b - c
	}
	chance := func(k int) float64 { return choose(t.N, k) + choose(t.Others, hits-k) - choose(all, hits) }
	// Tables that are as likely differ by how they are rounded.
	this, sum := chance(t.Hits)+1e-7, 0.0
	for k := max(0, hits-t.Others); k <= min(hits, t.N); k++ {
		if l := chance(k); l <= this {
			sum += math.Exp(l)
		}
	}
	return min(1, sum)
}

// ChiSquare is the probability that χ² with so many degrees of freedom is at least x.
func ChiSquare(x float64, freedom int) float64 {
	if x <= 0 {
		return 1
	}
	return mathext.GammaIncRegComp(float64(freedom)/2, x/2)
}

// PoissonAtLeast is the probability that one counts n or more where mean is expected.
func PoissonAtLeast(n int, mean float64) float64 {
	if n <= 0 {
		return 1
	}
	if mean <= 0 {
		return 0
	}
	return mathext.GammaIncReg(float64(n), mean)
}

// MantelHaenszel is the difference of shares within strata, each weighted by n·m/(n+m), with the variance of
// Sato (1989), which holds for few large strata as for many small ones. It is NaN where no stratum has both groups.
func MantelHaenszel(strata []TwoByTwo, level float64) Share {
	var d, weight, p, q float64
	for _, t := range strata {
		if t.N == 0 || t.Others == 0 {
			continue
		}
		n, m, x, y := float64(t.N), float64(t.Others), float64(t.Hits), float64(t.OtherHits)
		all := n + m
		d += (x*m - y*n) / all
		weight += n * m / all
		p += (n*n*y - m*m*x + n*m*(m-n)/2) / (all * all)
		q += (x*(m-y) + y*(n-x)) / (2 * all)
	}
	if weight == 0 {
		return Share{Value: math.NaN(), Lo: math.NaN(), Hi: math.NaN()}
	}
	d /= weight
	half := Z(level) * math.Sqrt(max(0, d*p+q)) / weight
	return Share{Value: d, Lo: max(-1, d-half), Hi: min(1, d+half)}
}

// MantelHaenszelP is the p that two groups do not differ in any stratum: the test of Mantel and Haenszel (1959), without a correction. Its
// variance is that of groups that do not differ; an interval's is that of groups as they are, which is too small where nearly all of a
// small group have what is counted, and would find too much.
func MantelHaenszelP(strata []TwoByTwo) float64 {
	var score, v float64
	for _, t := range strata {
		n, m, hits := float64(t.N), float64(t.Others), float64(t.Hits+t.OtherHits)
		if all := n + m; n > 0 && m > 0 && all > 1 {
			score += float64(t.Hits) - n*hits/all
			v += n * m * hits * (all - hits) / (all * all * (all - 1))
		}
	}
	if v <= 0 {
		return 1
	}
	return ChiSquare(score*score/v, 1)
}

// FalseDiscovery gives each p its q: the least share of false ones among all found at which it would be found
// (Benjamini and Hochberg 1995).
func FalseDiscovery(p []float64) []float64 {
	order := make([]int, len(p))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case p[a] > p[b]:
			return -1
		case p[a] < p[b]:
			return 1
		}
		return 0
	})
	q, least := make([]float64, len(p)), 1.0
	for i, at := range order {
		least = min(least, p[at]*float64(len(p))/float64(len(p)-i))
		q[at] = least
	}
	return q
}

// FalseDiscoveryByFamily gives each p its q where tests come in families, and what is told is families: in how many of those named is
// nothing? A family is named by Simes' p of its tests, at a false discovery rate among families; within those named, tests are held to
// what the share of named ones leaves (Benjamini and Bogomolov 2014). q is the least rate at which a test would be found. A family in
// which much is true so makes no room for what is false in others, as it would were all tests one family.
func FalseDiscoveryByFamily(p []float64, family []int) []float64 {
	names := slices.Clone(family)
	slices.Sort(names)
	names = slices.Compact(names)
	within := make([]float64, len(p))
	simes := make([]float64, len(names))
	for f, name := range names {
		var mine []float64
		for i := range p {
			if family[i] == name {
				mine = append(mine, p[i])
			}
		}
		q := FalseDiscovery(mine)
		simes[f] = slices.Min(q) // Simes' p is the least of them
		at := 0
		for i := range p {
			if family[i] == name {
				within[i], at = q[at], at+1
			}
		}
	}
	named := FalseDiscovery(simes)
	rates := slices.Clone(named)
	slices.Sort(rates)
	q := make([]float64, len(p))
	for i := range p {
		f, _ := slices.BinarySearch(names, family[i])
		q[i] = 1
		for r, rate := range rates { // at this rate r+1 families are named
			if rate >= named[f] {
				q[i] = min(q[i], max(rate, within[i]*float64(len(names))/float64(r+1)))
			}
		}
	}
	return q
}
