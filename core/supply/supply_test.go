package supply

import (
	"math"
	"testing"

	"pgregory.net/rapid"

	"attune/core/instant"
)

func day(n float64) instant.Time {
	return instant.Time(1_700_000_000_000).Add(instant.Duration(n * float64(instant.Day)))
}

func course(fills ...float64) Course {
	c := Course{Code: "860975"}
	for i := 0; i+1 < len(fills); i += 2 {
		c = c.With(Fill{At: day(fills[i]), Days: uint32(fills[i+1]), Key: uint64(i + 1)})
	}
	return c
}

func TestHowLongASupplyLasts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		it    string
		fills Course
		at    float64
		until float64
		ok    bool
	}{
		{"lasts for its days", course(0, 30), 10, 30, true},
		{"is not there before it is fetched", course(5, 30), 4, 0, false},
		{"is put on top of what is left", course(0, 30, 20, 30), 25, 60, true},
		{"begins anew after a gap", course(0, 30, 50, 30), 55, 80, true},
		{"goes by what had happened then", course(0, 30, 50, 30), 49, 30, true},
	} {
		s, ok := c.fills.At(day(c.at))
		if ok != c.ok || ok && s.Until != day(c.until) {
			t.Errorf("it %s: until %s, %v", c.it, s.Until, ok)
		}
	}
	stopped := course(0, 30)
	stopped.Stopped = day(12)
	if _, ok := stopped.At(day(11)); !ok {
		t.Error("it was stopped before it was")
	}
	if _, ok := stopped.At(day(13)); ok {
		t.Error("what was stopped goes on")
	}
	if again := stopped.With(Fill{At: day(20), Days: 30, Key: 9}); again.Stopped != 0 {
		if _, ok := again.At(day(21)); !ok {
			t.Error("what was begun again is stopped")
		}
	}
}

func TestPrescriptionsCountWhereNobodySawAHandOver(t *testing.T) {
	t.Parallel()
	c := Course{}.With(Fill{At: day(0), Days: 90, Prescribed: true, Key: 1})
	if s, ok := c.At(day(1)); !ok || !s.Estimated || s.Until != day(90) {
		t.Error(s, ok)
	}
	c = c.With(Fill{At: day(2), Days: 30, Key: 2})
	if s, ok := c.At(day(3)); !ok || s.Estimated || s.Until != day(32) {
		t.Error(s, ok)
	}
}

func TestTheShareOfDaysCovered(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		it    string
		fills Course
		at    float64
		want  float64
	}{
		{"all of them", course(0, 30, 30, 30), 60, 1},
		{"a gap of ten days in sixty", course(0, 30, 40, 30), 60, 50. / 60},
		{"what is fetched early covers later days", course(0, 30, 15, 30), 60, 1},
		{"since the first fill", course(100, 30), 120, 1},
		{"only what lies in the window", course(0, 30, 200, 60), 230, 30. / 30},
		{"nothing for longer than the window", course(0, 30), 300, 0},
	} {
		got, ok := c.fills.Covered(day(c.at))
		if !ok || math.Abs(got-c.want) > 1e-9 {
			t.Errorf("it is %s: %g, want %g", c.it, got, c.want)
		}
	}
	fresh, none := course(0, 30), Course{}
	if _, ok := fresh.Covered(day(.5)); ok {
		t.Error("half a day is a share")
	}
	if _, ok := none.Covered(day(1)); ok {
		t.Error("nothing is a share")
	}
}

// The share is what one finds by counting days, whatever was fetched when, in whatever order that is told.
func TestTheShareIsWhatCountingDaysFinds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(rt, "fills")
		at := rapid.IntRange(2, 400).Draw(rt, "at")
		starts, days := make([]int, n), make([]int, n)
		var in []Fill
		for i := range n {
			starts[i], days[i] = rapid.IntRange(0, 380).Draw(rt, "start"), rapid.IntRange(1, 90).Draw(rt, "days")
			in = append(in, Fill{At: day(float64(starts[i])), Days: uint32(days[i]), Key: uint64(i + 1)})
		}
		var c, other Course
		for _, f := range in {
			c = c.With(f)
		}
		for _, f := range rapid.Permutation(in).Draw(rt, "order") {
			other = other.With(f).With(f)
		}
		got, ok := c.Covered(day(float64(at)))
		if again, okToo := other.Covered(day(float64(at))); got != again || ok != okToo {
			rt.Fatalf("told in another order it is %g, not %g", again, got)
		}
		// By hand: pills in a box, one taken each day.
		pills, first, had, since := 0, -1, 0, max(0, at-180)
		for d := range at {
			for i := range n {
				if starts[i] == d {
					pills += days[i]
				}
			}
			if pills == 0 {
				continue
			}
			pills--
			if d >= since {
				if first < 0 {
					first = d
				}
				had++
			}
		}
		any := false
		for i := range n {
			any = any || starts[i] <= at
		}
		switch {
		case first < 0 && !ok:
		case first < 0:
			if any && got != 0 && c.Fills[len(c.Fills)-1].At != day(float64(at)) {
				rt.Fatalf("%g of days without any supply", got)
			}
		case !ok || math.Abs(got-float64(had)/float64(at-first)) > 1e-9:
			rt.Fatalf("%g %v, by hand %d of %d", got, ok, had, at-first)
		}
	})
}
