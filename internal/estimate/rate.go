package estimate

import "math"

// Tries are chances that something could happen, and how often it did.
type Tries struct{ N, Hits int }

// Excess is the evidence that something happens more often than a bound.
type Excess struct {
	// Log is the logarithm of the evidence. Under the bound it is a nonnegative supermartingale that begins at
	// 1, so that it ever reaches 1/α with chance α at most (Ville), however often one looks.
	Log float64
	// From is the block since which the evidence is strongest, and Since what was seen from it on.
	From  int
	Since Tries
}

// multiples are what the true chance may be of the bound, all thought equally likely: what is above the bound
// lies between them, and a mixture of tests loses the logarithm of their number.
func multiples() [10]float64 { return [...]float64{1.25, 1.5, 2, 3, 4, 6, 8, 12, 16, 24} }

// Exceeds weighs what was seen, in blocks that follow each other, against the hypothesis that the chance of no
// try, given all before it, is above the bound.
//
// One block is the likelihood ratio of a higher chance against the bound, mixed over [multiples]. It is exact
// at any count, where an interval by a central limit is far off for what happens to one in a hundred. So that
// a good year does not hide a bad month, the same is begun anew with each block j, and all are mixed with the
// weights 1/(j(j+1)), which sum to 1: who looks at the twelfth block pays for that with ln 156 of evidence.
//
// A try counts as soon as it begins, and a hit when it is known. A try that is not over yet can only become a
// hit: evidence is too small meanwhile, and never too large.
func Exceeds(blocks []Tries, bound float64) Excess {
	out := Excess{From: -1}
	logs := make([]float64, 1, len(blocks)+1)
	logs[0] = -math.Log(float64(len(blocks) + 1)) // those that begin with later blocks are still at 1
	var since Tries
	best := math.Inf(-1)
	for j := len(blocks); j > 0; j-- {
		since.N, since.Hits = since.N+blocks[j-1].N, since.Hits+blocks[j-1].Hits
		x := ratio(since, bound) - math.Log(float64(j)*float64(j+1))
		logs = append(logs, x)
		if x > best {
			best, out.From, out.Since = x, j-1, since
		}
	}
	out.Log = sumOfLogs(logs)
	return out
}

// ratio is the logarithm of the mixed likelihood ratio.
func ratio(t Tries, bound float64) float64 {
	of := multiples()
	logs := of[:0]
	for _, m := range multiples() {
		p := m * bound
		if p >= 1 {
			break // no chance is so large: its part of the mixture is lost
		}
		logs = append(logs, float64(t.Hits)*math.Log(m)+float64(t.N-t.Hits)*(math.Log1p(-p)-math.Log1p(-bound))-math.Log(float64(len(of))))
	}
	return sumOfLogs(logs)
}

func sumOfLogs(logs []float64) float64 {
	most := math.Inf(-1)
	for _, x := range logs {
		most = max(most, x)
	}
	if math.IsInf(most, -1) {
		return most
	}
	sum := 0.0
	for _, x := range logs {
		sum += math.Exp(x - most)
	}
	return most + math.Log(sum)
}

// LowerRate is the lower end of the one-sided confidence sequence that [Exceeds] makes: the largest bound that
// the evidence speaks against. With chance 1 − alpha the chance was above it, in some block at least, at all
// times together.
func LowerRate(blocks []Tries, alpha float64) float64 {
	lo, hi := 0.0, 1.0
	// Each part of the evidence falls with the bound, so there is one place where it is enough.
	for range 50 {
		if mid := (lo + hi) / 2; Exceeds(blocks, mid).Log >= -math.Log(alpha) {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}
