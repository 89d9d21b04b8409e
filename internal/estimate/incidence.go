package estimate

import (
	"math"
	"slices"
)

// Spell is how long somebody was followed, and what ended it. Cause 0 is nothing: it was not seen how it
// went on.
type Spell struct {
	Time  float64
	Cause int
}

// Incident is a time at which something happened to somebody.
type Incident struct {
	Time   float64
	AtRisk int     // who was followed until then, and nothing had happened to
	Events int     // to how many the cause asked for happened then
	Others int     // to how many another
	F      float64 // the probability that the cause asked for happened by then
	Free   float64 // the probability that nothing had, after this time
	StdErr float64 // of F
}

// Incidence estimates when a cause happens where others may happen first: the Aalen-Johansen estimator of
// the cumulative incidence, F(t) = Σ S(tᵢ₋)·dᵢ/nᵢ, with S over all causes. Who was followed to a time at which
// something happened counts as at risk then. The variance is the Greenwood type one (Andersen, Borgan, Gill
// and Keiding, "Statistical Models Based on Counting Processes", 1993, IV.4; also Marubini and Valsecchi,
// 1995, 10.3), which is F(1−F)/n where everybody was followed to the end:
//
//	Σ [F(t)−F(tᵢ)]²·dᵢ/(nᵢ(nᵢ−dᵢ)) + Σ S(tᵢ₋)²·d₁ᵢ(nᵢ−d₁ᵢ)/nᵢ³ − 2 Σ [F(t)−F(tᵢ)]·S(tᵢ₋)·d₁ᵢ/nᵢ²
//
// Spells are put in order of time.
func Incidence(spells []Spell, cause int) []Incident {
	slices.SortFunc(spells, func(a, b Spell) int {
		switch {
		case a.Time < b.Time:
			return -1
		case a.Time > b.Time:
			return 1
		}
		return 0
	})
	var list []Incident
	var curve Curve
	for i := 0; i < len(spells); {
		x := Incident{Time: spells[i].Time, AtRisk: len(spells) - i}
		for ; i < len(spells) && spells[i].Time == x.Time; i++ {
			switch spells[i].Cause {
			case 0:
			case cause:
				x.Events++
			default:
				x.Others++
			}
		}
		if x.Events+x.Others == 0 {
			continue
		}
		curve.Step(float64(x.AtRisk), float64(x.Events), float64(x.Others))
		x.F, x.Free, x.StdErr = curve.F(), curve.Free(), curve.StdErr()
		list = append(list, x)
	}
	return list
}

// Curve is [Incidence] for those who have counted already: one step for each time at which something
// happened, in order of time. The zero value is where nothing has happened yet. Counts need not be whole: what
// would have happened at another group's pace tells how much a group of this size can say.
type Curve struct {
	f, gone float64 // gone is 1 − Free, so that the zero value is a curve
	// The variance is a quadratic in F(t), whose coefficients grow from time to time:
	// Σ (F(t)−F)²·g + Σ h − 2 Σ (F(t)−F)·k = F(t)²·Σg − 2F(t)·Σ(F·g+k) + Σ(F²·g + h + 2F·k).
	g, gf, rest float64
}

// Step says that of atRisk the cause happened to events, and another to others.
func (c *Curve) Step(atRisk, events, others float64) {
	n, d1, d, free := atRisk, events, events+others, 1-c.gone
	c.f += free * d1 / n
	if d < n { // after the last, F stands still, and its factor is nothing
		gi := d / (n * (n - d))
		c.g, c.gf, c.rest = c.g+gi, c.gf+c.f*gi, c.rest+c.f*c.f*gi
	}
	k := free * d1 / (n * n)
	c.gf, c.rest = c.gf+k, c.rest+2*c.f*k+free*free*d1*(n-d1)/(n*n*n)
	if d < n {
		c.gone += free * d / n
	} else {
		c.gone = 1
	}
}

// F is the probability that the cause has happened, Free that nothing has, and StdErr that of F.
func (c *Curve) F() float64      { return c.f }
func (c *Curve) Free() float64   { return 1 - c.gone }
func (c *Curve) StdErr() float64 { return math.Sqrt(max(0, c.f*c.f*c.g-2*c.f*c.gf+c.rest)) }
