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
	f, free := 0.0, 1.0
	// The variance is a quadratic in F(t), whose coefficients grow from time to time:
	// Σ (F(t)−F)²·g + Σ h − 2 Σ (F(t)−F)·k = F(t)²·Σg − 2F(t)·Σ(F·g+k) + Σ(F²·g + h + 2F·k).
	var g, gf, rest float64
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
		n, d1, d := float64(x.AtRisk), float64(x.Events), float64(x.Events+x.Others)
		f += free * d1 / n
		if d < n { // after the last, F stands still, and its factor is nothing
			gi := d / (n * (n - d))
			g, gf, rest = g+gi, gf+f*gi, rest+f*f*gi
		}
		k := free * d1 / (n * n)
		gf, rest = gf+k, rest+2*f*k+free*free*d1*(n-d1)/(n*n*n)
		free *= 1 - d/n
		x.F, x.Free, x.StdErr = f, free, math.Sqrt(max(0, f*f*g-2*f*gf+rest))
		list = append(list, x)
	}
	return list
}
