package segment

import (
	"fmt"
	"math"
)

// Fewest is of how many people groups are looked for at least.
const Fewest = 200

// Feature is how often each person had an event in the days before.
type Feature struct {
	// Says is what they did, in the past: "opened the portal".
	Says string
	// Event and Days are the event counted and the window, as in count("portal.visited", "28d").
	Event string
	Days  int
	// Counts is how often, for each person.
	Counts []float32
}

// What became of somebody.
const (
	Waiting uint8 = iota // not known further than their time
	MovedOn
	Left
)

// Input is people by column; person i of every column is the same.
type Input struct {
	Features []Feature
	// Days is how long each was followed, and Became what ended it.
	Days   []float64
	Became []uint8
	// Horizon is within how many days moving on counts.
	Horizon float64
	// Treated and Propensity tell what was drawn by lot, with which chance of being treated. With them, groups
	// are looked for that the treatment changes more or less than others. Both or none.
	Treated    []bool
	Propensity []float64
	// Seed draws halves and resamples.
	Seed uint64
	// Least is of how many people a group is; 0 is 50, and less than 22 is an error: a half has to show it.
	Least int
	// Points is the least difference that is told, in percentage points; 0 is 5.
	Points float64
	// Resamples is how often stability is tried; 0 is 50, and a negative number none.
	Resamples int
}

func (in *Input) check() error {
	n := len(in.Days)
	switch {
	case n < Fewest:
		return fmt.Errorf("groups are looked for among %d people or more: there are %d", Fewest, n)
	case len(in.Became) != n:
		return fmt.Errorf("there are %d times and %d outcomes: give both for everybody", n, len(in.Became))
	case !(in.Horizon > 0) || math.IsInf(in.Horizon, 0):
		return fmt.Errorf("the horizon is %g days: it has to be more than 0", in.Horizon)
	case len(in.Treated) != len(in.Propensity) || in.Treated != nil && len(in.Treated) != n:
		return fmt.Errorf("there are %d treatments with %d propensities for %d people: give both for everybody, or none", len(in.Treated), len(in.Propensity), n)
	case in.Least != 0 && in.Least < 22:
		return fmt.Errorf("the least size of a group is %d: it has to be 22 or more", in.Least)
	case in.Points < 0 || in.Points >= 100:
		return fmt.Errorf("the least difference is %g points: it has to be from 0 to 100", in.Points)
	}
	for i, d := range in.Days {
		if !(d >= 0) || math.IsInf(d, 0) || in.Became[i] > Left {
			return fmt.Errorf("person %d: %g days and outcome %d: days are 0 or more, outcomes 0, 1 or 2", i, d, in.Became[i])
		}
		if in.Propensity != nil && !(in.Propensity[i] > 0 && in.Propensity[i] < 1) {
			return fmt.Errorf("person %d: a propensity of %g: it has to be between 0 and 1, or nothing was drawn", i, in.Propensity[i])
		}
	}
	for _, f := range in.Features {
		if len(f.Counts) != n {
			return fmt.Errorf("feature %q has %d counts for %d people", f.Says, len(f.Counts), n)
		}
		if f.Days < 1 || f.Event == "" || f.Says == "" {
			return fmt.Errorf("feature %q counts %q over %d days: it needs words, an event and a day at least", f.Says, f.Event, f.Days)
		}
		for i, x := range f.Counts {
			if x < 0 || x != float32(math.Trunc(float64(x))) || x > math.MaxInt32 {
				return fmt.Errorf("feature %q of person %d is %g: a count is a whole number, 0 or more", f.Says, i, x)
			}
		}
	}
	return nil
}

func (in *Input) least() int {
	if in.Least == 0 {
		return 50
	}
	return in.Least
}

func (in *Input) points() float64 {
	if in.Points == 0 {
		return .05
	}
	return in.Points / 100
}

func (in *Input) resamples() int {
	if in.Resamples == 0 {
		return 50
	}
	return max(in.Resamples, 0)
}
