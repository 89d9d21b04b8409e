package estimate

import (
	"math"
	"slices"
)

// Bin is rows of similar predicted effect.
type Bin struct {
	N int
	// Predicted is the mean prediction, Found the mean score with its standard error.
	Predicted, Found, StdErr float64
}

// Calibration tells whether predicted effects come true.
type Calibration struct {
	Bins []Bin
	// Slope is of what was found on what was predicted, over the bins, each by its rows: 1 when
	// predictions are right, above when they are too timid, below when they promise too much. It is
	// NaN where all predictions are the same.
	Slope, Intercept float64
}

// Calibrate sorts rows by their predicted effect into bins of equal size and compares each bin's mean
// prediction with the mean of its scores: doubly robust differences, such as of [Scores] between an
// action and none. Unit is as in [Log].
func Calibrate(predicted, scores []float64, unit []int32, bins int) Calibration {
	order := make([]int, len(predicted))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		switch {
		case predicted[a] < predicted[b]:
			return -1
		case predicted[a] > predicted[b]:
			return 1
		}
		return 0
	})
	var c Calibration
	for b := range bins {
		at := order[b*len(order)/bins : (b+1)*len(order)/bins]
		if len(at) == 0 {
			continue
		}
		found := mean(pick(scores, at))
		var of []int32
		if unit != nil {
			of = pick(unit, at)
		}
		c.Bins = append(c.Bins, Bin{len(at), mean(pick(predicted, at)).Value, found.Value, found.StdErr(of)})
	}
	c.Slope, c.Intercept = line(c.Bins)
	return c
}

// line is the least-squares line through the bins.
func line(bins []Bin) (slope, intercept float64) {
	var n, x, y, xx, xy float64
	for _, b := range bins {
		n += float64(b.N)
		x += float64(b.N) * b.Predicted
		y += float64(b.N) * b.Found
	}
	x, y = x/n, y/n
	for _, b := range bins {
		xx += float64(b.N) * (b.Predicted - x) * (b.Predicted - x)
		xy += float64(b.N) * (b.Predicted - x) * (b.Found - y)
	}
	if xx == 0 {
		return math.NaN(), math.NaN()
	}
	return xy / xx, y - xy/xx*x
}
