package insight

import (
	"math"
	"math/bits"

	"attune/core/instant"
	"attune/internal/estimate"
)

// Spread is how long something takes, in days, where others may come first: quantiles of the cumulative incidence (Aalen and Johansen). A
// quantile that so many never come to is NaN. Times are exact to 2 %.
type Spread struct {
	// N is how many were followed, Events of how many it is known, Others to how many another thing happened, Open of how many it is not
	// known how it ends.
	N, Events, Others, Open int
	P25, P50, P75, P90      float64
	// Low and High are the 95 % interval of the median: the times at which the incidence's own interval holds a half (Brookmeyer and Crowley,
	// Biometrics 38, 1982, with the log-log interval).
	Low, High float64
}

// curve collects times in bins, forty of equal width from each power of two minutes to the next, up to a century.
type curve struct {
	events, others, open []uint32
}

const (
	perOctave = 40
	octaves   = 26
	bins      = 1 + perOctave*octaves
	last      = bins - 1
)

// bin is where a time goes: the first holds all below a minute.
func bin(d instant.Duration) int {
	m := uint64(max(d, 0) / instant.Second)
	if m < 60 {
		return 0
	}
	m = m << 16 / 60
	o := bits.Len64(m) - 17
	if o >= octaves {
		return last
	}
	part := (m>>o - 1<<16) * perOctave >> 16
	return 1 + o*perOctave + int(part)
}

// days is the middle of a bin.
func days(b int) float64 {
	if b == 0 {
		return 0
	}
	o, part := (b-1)/perOctave, (b-1)%perOctave
	return math.Ldexp(1+(float64(part)+.5)/perOctave, o) / (24 * 60)
}

func (c *curve) add(d instant.Duration, end End) {
	if c.events == nil {
		c.events, c.others, c.open = make([]uint32, bins), make([]uint32, bins), make([]uint32, bins)
	}
	b := bin(d)
	switch end {
	case On:
		c.events[b]++
	case Out:
		c.others[b]++
	case Waiting:
		c.open[b]++
	}
}

func (c *curve) merge(o *curve) {
	if o.events == nil {
		return
	}
	if c.events == nil {
		*c = *o
		return
	}
	for i := range c.events {
		c.events[i] += o.events[i]
		c.others[i] += o.others[i]
		c.open[i] += o.open[i]
	}
}

func (c *curve) spread() Spread {
	none := math.NaN()
	s := Spread{P25: none, P50: none, P75: none, P90: none, Low: none, High: none}
	for i := range c.events {
		s.Events += int(c.events[i])
		s.Others += int(c.others[i])
		s.Open += int(c.open[i])
	}
	s.N = s.Events + s.Others + s.Open
	var c1 estimate.Curve
	risk := float64(s.N)
	reach := func(at *float64, is bool, bin int) {
		if math.IsNaN(*at) && is {
			*at = days(bin)
		}
	}
	for i := range c.events {
		d1, d2 := float64(c.events[i]), float64(c.others[i])
		if d1+d2 > 0 {
			c1.Step(risk, d1, d2)
			f := c1.F() + 1e-12
			reach(&s.P25, f >= .25, i)
			reach(&s.P50, f >= .5, i)
			reach(&s.P75, f >= .75, i)
			reach(&s.P90, f >= .9, i)
			if s.Events >= leastEvents {
				around := estimate.LogLog(c1.F(), c1.StdErr(), .95)
				reach(&s.Low, around.Hi >= .5, i)
				reach(&s.High, around.Lo >= .5, i)
			}
		}
		risk -= d1 + d2 + float64(c.open[i])
	}
	return s
}

// leastEvents is how many events an interval rests on at least.
const leastEvents = 10
