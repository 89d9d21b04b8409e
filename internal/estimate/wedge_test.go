package estimate

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// Two periods on a sheet of paper. In the first, ten of group 1 have begun and do 6, ten of group 2 have not and do
// 4: .2 more. In the second, 30 have begun and do 15, and ten have not and do 2: .3 more. Weighed by n₁n₀/n, 5 and
// 7.5, that is .26.
func TestWithinPeriodsByHand(t *testing.T) {
	t.Parallel()
	got, ok := within([]Cell{{1, 0, true, 10, 6}, {2, 0, false, 10, 4}, {1, 1, true, 10, 6}, {2, 1, true, 20, 9}, {3, 1, false, 10, 2}})
	near(t, "slope", got, .26)
	if !ok {
		t.Error("it was not found")
	}
}

func TestFewGroupsAreTooFew(t *testing.T) {
	t.Parallel()
	var cells []Cell
	for g := range 5 {
		cells = append(cells, Cell{g, 0, g < 2, 100, 50}, Cell{g, 1, true, 100, 50}, Cell{g + 10, 2, true, 100, 50})
	}
	if s, err := Wedge(cells, .95); err == nil || s.Groups != 5 || !strings.Contains(err.Error(), "5 groups can be compared, of at least 6") {
		t.Errorf("%+v, %v", s, err)
	}
	for g := range 8 {
		cells = append(cells, Cell{g, 0, g == 0, 100, 50})
	}
	if _, err := Wedge(cells[len(cells)-8:], .95); err == nil || !strings.Contains(err.Error(), "without one group") {
		t.Errorf("one group alone has begun: %v", err)
	}
	if _, err := Wedge(nil, .95); err == nil {
		t.Error("nothing is enough")
	}
}

// wedgeWorld is a trial of groups that differ, in a world where everything gets better by itself.
func wedgeWorld(r *rand.Rand, groups, steps int, effect float64) (cells []Cell) {
	for g := range groups {
		of, step := .06*r.NormFloat64(), r.IntN(steps)
		people := 30 + r.IntN(60)
		for p := range steps - 1 {
			chance := .3 + .03*float64(p) + of
			if step <= p {
				chance += effect
			}
			c := Cell{Group: g, Period: p, Begun: step <= p, People: float64(people)}
			for range people {
				if r.Float64() < chance {
					c.Sum++
				}
			}
			cells = append(cells, c)
		}
	}
	return cells
}

// Intervals of 95 % hold what is true in some 95 of a hundred trials, with few groups and with more, though the groups
// differ and time alone moves everything.
func TestWedgesCoverTheTruth(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(71, 1))
	for _, groups := range []int{8, 12, 24} {
		for _, truth := range []float64{0, .1} {
			const trials = 600
			read, held, sum := 0, 0, 0.0
			for range trials {
				s, err := Wedge(wedgeWorld(r, groups, 5, truth), .95)
				if err != nil {
					continue // what was drawn left nothing to compare
				}
				read++
				sum += s.Estimate
				if s.Lo <= truth && truth <= s.Hi {
					held++
				}
			}
			cover, off := float64(held)/float64(read), math.Abs(sum/float64(read)-truth)
			if cover < .93 || off > .01 || read < trials/2 {
				t.Errorf("%d groups, %v: %.3f of %d intervals hold, the mean is off by %.4f", groups, truth, cover, read, off)
			}
			t.Logf("%d groups, %v: %.3f of %d", groups, truth, cover, read)
		}
	}
}
