package insight

import (
	"math"
	"math/bits"

	"attune/core/instant"
)

// Spread is how long something takes, in days, where others may come first: quantiles of the cumulative incidence (Aalen and Johansen). A
// quantile that so many never come to is NaN. Times are exact to 2 %.
type Spread struct {
	// N is how many were followed, Events of how many it is known, Others to how many another thing happened, Open of how many it is not
	// known how it ends.
	N, Events, Others, Open int
	P25, P50, P75, P90      float64
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
	s := Spread{P25: math.NaN(), P50: math.NaN(), P75: math.NaN(), P90: math.NaN()}
	for i := range c.events {
		s.Events += int(c.events[i])
		s.Others += int(c.others[i])
		s.Open += int(c.open[i])
	}
	s.N = s.Events + s.Others + s.Open
	risk, f, free := float64(s.N), 0.0, 1.0
	for i := range c.events {
		d1, d2 := float64(c.events[i]), float64(c.others[i])
		if d1+d2 > 0 && risk > 0 {
			f += free * d1 / risk
			free *= 1 - (d1+d2)/risk
			for _, q := range []struct {
				p  float64
				at *float64
			}{{.25, &s.P25}, {.5, &s.P50}, {.75, &s.P75}, {.9, &s.P90}} {
				if math.IsNaN(*q.at) && f >= q.p-1e-12 {
					*q.at = days(i)
				}
			}
		}
		risk -= d1 + d2 + float64(c.open[i])
	}
	return s
}
