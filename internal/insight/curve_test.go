package insight

import (
	"math"
	"math/rand/v2"
	"testing"

	"attune/core/instant"
	"attune/internal/estimate"
)

// Times told from bins are those of everybody's own times, to 2 %: quantiles of the cumulative incidence, and the median within its interval.
func TestTimesAreExactToTwoPercent(t *testing.T) {
	t.Parallel()
	draw := rand.New(rand.NewPCG(4, 2))
	var c curve
	var spells []estimate.Spell
	for range 5000 {
		d := instant.Duration(draw.ExpFloat64() * 20 * float64(instant.Day))
		end := []End{On, On, On, Out, Waiting}[draw.IntN(5)]
		c.add(d, end)
		spells = append(spells, estimate.Spell{Time: float64(d) / float64(instant.Day), Cause: map[End]int{Waiting: 0, On: 1, Out: 2}[end]})
	}
	s := c.spread()
	exact := func(share float64) float64 {
		for _, x := range estimate.Incidence(spells, 1) {
			if x.F >= share {
				return x.Time
			}
		}
		return math.NaN()
	}
	for _, q := range []struct{ share, got float64 }{{.25, s.P25}, {.5, s.P50}} {
		if want := exact(q.share); math.Abs(q.got-want) > .02*want {
			t.Errorf("%g of them within %g days, want %g", q.share, q.got, want)
		}
	}
	if !math.IsNaN(s.P90) {
		t.Errorf("nine in ten never go on, and %g days are told", s.P90)
	}
	if !(s.Low < s.P50 && s.P50 < s.High) || s.High-s.Low > 5 {
		t.Errorf("the median %g is between %g and %g", s.P50, s.Low, s.High)
	}
	if s.N != 5000 || s.Events+s.Others+s.Open != s.N {
		t.Errorf("%+v does not add up", s)
	}
}
