package estimate

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Cell is what the people of one group did in one period of a step-wedge.
type Cell struct {
	Group, Period int
	// Begun tells whether the group had begun.
	Begun bool
	// People is how many of them there were, and Sum what they did in all.
	People, Sum float64
}

// Stepped is by how much more people do in periods in which their group has begun.
type Stepped struct {
	Estimate, StdErr, Lo, Hi float64
	// Groups are those that were compared with others in at least one period.
	Groups int
}

// LeastGroups is of how many groups a step-wedge is read.
const LeastGroups = 6

// Wedge compares, within each period, the people of groups that have begun with those of groups that have not, by
// least squares with an effect of each period (vertical comparisons alone, so that what changes with the season is
// laid to no one; Thompson and others, Statistics in Medicine 2018). Groups differ by more than chance does among
// people, so the error is by group: the jackknife that leaves out one after the other, which is right on the careful
// side with few of them, and t on two degrees of freedom less than there are groups.
func Wedge(cells []Cell, level float64) (Stepped, error) {
	cells = slices.DeleteFunc(slices.Clone(cells), func(c Cell) bool { return c.People <= 0 })
	slices.SortFunc(cells, func(a, b Cell) int {
		if a.Period != b.Period {
			return a.Period - b.Period
		}
		return a.Group - b.Group
	})
	cells = compared(cells)
	var groups []int
	for _, c := range cells {
		if at, found := slices.BinarySearch(groups, c.Group); !found {
			groups = slices.Insert(groups, at, c.Group)
		}
	}
	out := Stepped{Groups: len(groups)}
	if len(groups) < LeastGroups {
		return out, fmt.Errorf("%d groups can be compared, of at least %d", len(groups), LeastGroups)
	}
	var ok bool
	if out.Estimate, ok = within(cells); !ok {
		return out, fmt.Errorf("in no period some groups had begun and others had not")
	}
	mean := 0.0
	without := make([]float64, len(groups))
	for i, g := range groups {
		if without[i], ok = within(slices.DeleteFunc(slices.Clone(cells), func(c Cell) bool { return c.Group == g })); !ok {
			return out, fmt.Errorf("without one group nothing is left to compare")
		}
		mean += without[i] / float64(len(groups))
	}
	n := float64(len(groups))
	for _, x := range without {
		out.StdErr += (x - mean) * (x - mean)
	}
	out.StdErr = math.Sqrt(out.StdErr * (n - 1) / n)
	half := out.StdErr * distuv.StudentsT{Sigma: 1, Nu: n - 2}.Quantile((1+level)/2)
	out.Lo, out.Hi = out.Estimate-half, out.Estimate+half
	return out, nil
}

// compared keeps the periods in which some groups had begun and others had not. The cells are sorted by period.
func compared(cells []Cell) (out []Cell) {
	eachPeriod(cells, func(of []Cell) {
		begun := func(is bool) bool { return slices.ContainsFunc(of, func(c Cell) bool { return c.Begun == is }) }
		if begun(true) && begun(false) {
			out = append(out, of...)
		}
	})
	return out
}

func eachPeriod(cells []Cell, f func([]Cell)) {
	for i := 0; i < len(cells); {
		k := i
		for k < len(cells) && cells[k].Period == cells[i].Period {
			k++
		}
		f(cells[i:k])
		i = k
	}
}

// within is the slope on having begun, once the mean of each period is taken off both sides.
func within(cells []Cell) (slope float64, ok bool) {
	var xx, xy float64
	eachPeriod(cells, func(of []Cell) {
		var people, begun, sum float64
		for _, c := range of {
			people, sum = people+c.People, sum+c.Sum
			if c.Begun {
				begun += c.People
			}
		}
		for _, c := range of {
			x := -begun / people
			if c.Begun {
				x++
			}
			xx += c.People * x * x
			xy += x * (c.Sum - c.People*sum/people)
		}
	})
	return xy / xx, xx > 0
}
