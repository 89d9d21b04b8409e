package estimate

import "math"

// Effect is an estimate for one slice of people, such as an age band.
type Effect struct {
	Name          string
	Value, StdErr float64
	N             int
}

// SliceEffect is a slice's effect drawn toward that of all slices, as far as chance alone could have
// set it apart, and its gap to them. Intervals are of 95 %.
type SliceEffect struct {
	Effect
	Shrunk, Lo, Hi    float64
	Gap, GapLo, GapHi float64
	// Flagged tells that the whole interval of the gap is farther from 0 than the margin.
	Flagged bool
}

// Slices is what shrinking found.
type Slices struct {
	// Mean is the effect over slices, each by its precision; Between is the variance among the
	// slices' true effects. Where it is 0 they differ by no more than chance, and no gap is flagged.
	Mean, Between float64
	Slices        []SliceEffect
}

// ShrinkSlices ranks no slice by luck: effects are normal around a common mean, whose variance is
// found by the method of Paule and Mandel (1982), and each is replaced by its expectation (empirical
// Bayes, Morris 1983). Intervals carry the uncertainty of the mean, not that of the variance. Slices
// without a standard error are left out. Those whose error is 0 are known exactly: they are kept as
// they are, and have no part in the mean.
func ShrinkSlices(effects []Effect, margin float64) Slices {
	var out Slices
	var kept, exact []Effect
	for _, e := range effects {
		switch {
		case math.IsNaN(e.Value) || math.IsInf(e.StdErr, 1):
		case e.StdErr > 0:
			kept = append(kept, e)
		case e.StdErr == 0:
			exact = append(exact, e)
		}
	}
	for _, e := range exact {
		out.Slices = append(out.Slices, SliceEffect{Effect: e, Shrunk: e.Value, Lo: e.Value, Hi: e.Value})
	}
	if len(kept) == 0 {
		return out
	}
	out.Between = between(kept)
	var precision float64
	out.Mean, precision, _ = pooled(kept, out.Between)
	z := Z(0.95)
	for _, e := range kept {
		own := e.StdErr * e.StdErr
		drawn := own / (own + out.Between) // toward the mean
		rest := own * (1 - drawn)
		s := SliceEffect{Effect: e, Gap: (1 - drawn) * (e.Value - out.Mean)}
		s.Shrunk = out.Mean + s.Gap
		half := z * math.Sqrt(rest+drawn*drawn/precision)
		s.Lo, s.Hi = s.Shrunk-half, s.Shrunk+half
		half = z * math.Sqrt(rest+(1-drawn)*(1-drawn)/precision)
		s.GapLo, s.GapHi = s.Gap-half, s.Gap+half
		s.Flagged = s.GapLo > margin || s.GapHi < -margin
		out.Slices = append(out.Slices, s)
	}
	return out
}

// pooled is the mean by precision, the sum of precisions, and how far the effects are from it: Q.
func pooled(effects []Effect, between float64) (mean, precision, q float64) {
	sum := 0.0
	for _, e := range effects {
		w := 1 / (e.StdErr*e.StdErr + between)
		precision += w
		sum += w * e.Value
	}
	mean = sum / precision
	for _, e := range effects {
		q += (e.Value - mean) * (e.Value - mean) / (e.StdErr*e.StdErr + between)
	}
	return mean, precision, q
}

// between solves Q = slices − 1 for the variance between them; Q falls as the variance grows.
func between(effects []Effect) float64 {
	want := float64(len(effects) - 1)
	if _, _, q := pooled(effects, 0); q <= want {
		return 0
	}
	lo, hi := 0.0, 0.0
	for _, e := range effects {
		for _, o := range effects {
			hi = max(hi, (e.Value-o.Value)*(e.Value-o.Value))
		}
	}
	hi *= float64(len(effects))
	for range 200 {
		mid := (lo + hi) / 2
		if _, _, q := pooled(effects, mid); q > want {
			lo = mid
		} else {
			hi = mid
		}
	}
	return (lo + hi) / 2
}
