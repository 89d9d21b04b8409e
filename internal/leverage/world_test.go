package leverage

import (
	"math"
	"math/rand/v2"
)

// world is a transition of a map whose truth is known.
type world struct {
	segments int     // in each stratum
	size     float64 // people a segment, on average; sizes are uneven
	censored float64 // share who came in less than a horizon ago
	spread   float64 // standard deviation of the true shares
	shape    string  // how true shares are spread: beta, or twos (half good, half bad), or one (one is bad)
	exits    bool
	strata   int
	result   bool // those who go on have a further way to the result
	mean     float64
}

const (
	worldHorizon = 60
	worldWindow  = 365
	worldNow     = 100000
)

// truths are a stratum's true shares and expected sizes.
type truths struct{ share, size []float64 }

// draw draws a world's truth, and people who live by it.
func (w world) draw(r *rand.Rand) (*Cohort, []Attribute, *Transition, float64) {
	c := &Cohort{Now: worldNow, Level: make([][]uint16, 1)}
	a := []Attribute{{Name: "practice", Levels: make([]string, w.segments+1)}}
	for i := range a[0].Levels {
		a[0].Levels[i] = string(rune('A' + i))
	}
	t := &Transition{From: "GP practice", To: "specialist", Horizon: worldHorizon, Target: 14, Window: worldWindow, Outcomes: "diagnoses"}
	gain := 0.0
	for s := range max(1, w.strata) {
		mean := w.mean - .1*float64(s)
		reach := .7 - .1*float64(s)
		if !w.result {
			reach = 1
		}
		var tr truths
		for g := range w.segments {
			share := mean
			if w.spread > 0 {
				switch w.shape {
				case "beta":
					m := mean*(1-mean)/(w.spread*w.spread) - 1
					share = beta(r, mean*m, (1-mean)*m)
				case "twos":
					share = mean + w.spread*float64(2*(g%2)-1)
				case "one":
					if g == 0 {
						share = mean - w.spread*math.Sqrt(float64(w.segments))
					}
				}
			}
			size := w.size * math.Exp(.4*r.NormFloat64()-.08)
			n := poisson(r, size)
			if n >= 20 { // others are no segments
				tr.share, tr.size = append(tr.share, share), append(tr.size, size)
			}
			for range n {
				w.person(r, c, share, reach, uint16(s), uint16(g+1))
			}
		}
		if len(tr.share) < leastSegments {
			continue
		}
		list := make([]weighted, len(tr.share))
		for g := range list {
			list[g] = weighted{tr.share[g], tr.size[g]}
		}
		b := quartile(append([]weighted(nil), list...))
		for _, x := range list {
			gain += x.weight * min(.10, max(0, b-x.value)) * reach
		}
	}
	if w.strata < 2 {
		c.Stratum = nil
	}
	if !w.result {
		c.Result, c.ResultAt = nil, nil
	}
	return c, a, t, gain
}

// person comes in, and goes on with a chance of share within the horizon.
func (w world) person(r *rand.Rand, c *Cohort, share, reach float64, stratum, level uint16) {
	seen := int32(worldHorizon + r.IntN(worldWindow-worldHorizon))
	if r.Float64() < w.censored {
		seen = int32(r.IntN(worldHorizon))
	}
	ends, outcome := int32(math.MaxInt32), Waiting
	u := r.Float64()
	switch {
	case u < share: // quick ones are more than slow ones
		ends, outcome = int32(worldHorizon*math.Pow(r.Float64(), 1.6)), Converted
	case w.exits && u < share+(1-share)*.5:
		ends, outcome = int32(r.IntN(worldHorizon*3/2)), Exited
	}
	if ends > seen {
		ends, outcome = seen, Waiting
	}
	entered := int32(worldNow) - seen
	c.Entered, c.Ended, c.Outcome = append(c.Entered, entered), append(c.Ended, entered+ends), append(c.Outcome, outcome)
	c.Stratum, c.Level[0] = append(c.Stratum, stratum), append(c.Level[0], level)
	result, at := NotYet, entered+ends
	if outcome == Converted {
		left := worldNow - at
		takes := int32(r.IntN(worldHorizon))
		if takes <= left {
			at += takes
			result = Missed
			if r.Float64() < reach {
				result = Reached
			}
		} else {
			at = worldNow
		}
	}
	c.Result, c.ResultAt = append(c.Result, result), append(c.ResultAt, at)
}

func poisson(r *rand.Rand, mean float64) int {
	n, t := 0, r.ExpFloat64()
	for t < mean {
		n++
		t += r.ExpFloat64()
	}
	return n
}
