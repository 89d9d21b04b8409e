package outcomes

import (
	"math"
	"testing"

	"attune/internal/estimate"
)

func near(a, b float64) bool { return math.Abs(a-b) <= 1e-8*math.Max(1, math.Abs(b)) }

func same(t *testing.T, what string, got, want estimate.Share) {
	t.Helper()
	if !near(got.Value, want.Value) || !near(got.Lo, want.Lo) || !near(got.Hi, want.Hi) {
		t.Errorf("%s: %+v, want %+v", what, got, want)
	}
}

// References were reckoned with R 4.2: t.test(x) and t.test(x, y) for means, the formulas of the sources for the ratio and the score.
func TestIntervalsAreThoseOfTheReferences(t *testing.T) {
	t.Parallel()
	var x, y mean
	for _, v := range []float64{7.1, 8.4, 6.9, 9.2, 7.7, 8.0, 6.4} {
		x.add(v)
	}
	for _, v := range []float64{5.9, 6.2, 8.8, 4.1, 5.0} {
		y.add(v)
	}
	same(t, "a mean", x.share(), estimate.Share{Value: 53.7 / 7, Lo: 6.78480696311, Hi: 8.55805017974})
	same(t, "a difference of means", x.more(&y), estimate.Share{Value: 1.67142857143, Lo: -0.484983489073, Hi: 3.827840631930})

	var r ratio
	times := []float64{30, 60, 90, 10, 20, 45, 33, 12, 80, 75, 66, 54, 29, 31, 90, 88, 7, 14, 21, 28, 35, 42, 49, 56}
	for i, n := range []float64{1, 2, 3, 0, 0, 1, 2, 0, 4, 2, 1, 1, 0, 1, 3, 2, 0, 1, 0, 1, 2, 1, 1, 3} {
		r.add(n, times[i])
	}
	same(t, "a rate", r.share(), estimate.Share{Value: 0.0300469483568, Lo: 0.0238629261427, Hi: 0.0362309705709})
	same(t, "a score of recommending", score(30, 25, 15), estimate.Share{Value: 21.42857142857, Lo: 2.80215289784, Hi: 38.86451376883})
}

// What is merged is what would have been added up at once.
func TestSumsOfPartsAreThoseOfTheWhole(t *testing.T) {
	t.Parallel()
	var whole, a, b mean
	var rate, c, d ratio
	for i := range 50 {
		x := math.Sin(float64(i))
		whole.add(x)
		rate.add(x*x, float64(i+1))
		if i%3 == 0 {
			a.add(x)
			c.add(x*x, float64(i+1))
		} else {
			b.add(x)
			d.add(x*x, float64(i+1))
		}
	}
	a.merge(&b)
	c.merge(&d)
	same(t, "a mean", a.share(), whole.share())
	same(t, "a rate", c.share(), rate.share())
}

// Of few people there is a number, and no interval that pretends to know.
func TestOfFewPeopleThereIsNoInterval(t *testing.T) {
	t.Parallel()
	var r ratio
	for range least - 1 {
		r.add(1, 2)
	}
	if s := r.share(); s.Value != .5 || !math.IsNaN(s.Lo) || !math.IsNaN(s.Hi) {
		t.Errorf("%+v", s)
	}
	r.add(1, 2)
	if s := r.share(); s.Value != .5 || s.Lo != .5 || s.Hi != .5 {
		t.Errorf("%+v", s)
	}
	var one mean
	one.add(3)
	if s := one.share(); s.Value != 3 || !math.IsNaN(s.Lo) {
		t.Errorf("%+v", s)
	}
}

// What outcomes are worth together is what would have been added up of each person's value.
func TestValueIsAddedUpByPerson(t *testing.T) {
	t.Parallel()
	values := []float64{10, 0, 2.5}
	w := newWorth(3)
	var want ratio
	for i := range 40 {
		times := []float64{float64(i % 3), float64(i % 5), float64(i % 2)}
		w.add(times, float64(30+i))
		want.add(10*times[0]+2.5*times[2], float64(30+i))
	}
	got := w.of(values)
	same(t, "the value", got.share(), want.share())
}
