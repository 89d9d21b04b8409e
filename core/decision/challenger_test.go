package decision

import (
	"math"
	"testing"
)

// One option fits the stage and is worth less, the other is worth more and does not fit.
func TestWaysToBeComparedWith(t *testing.T) {
	t.Parallel()
	options := []Option{
		{Path: [Levels]uint32{0}, Value: 10, Fit: 1.5, Context: 1, Lever: 1},
		{Path: [Levels]uint32{1}, Value: 12, Fit: .5, Context: 1, Lever: 1},
	}
	how := Careful()
	how.Explore = .2
	for by, best := range map[Policy]int{ByStage: 0, ByValue: 1} {
		var s Scales
		how.Policy = by
		weights, was := s.Weigh(nil, 0, options, how)
		if was != by {
			t.Errorf("%s became %s", by, was)
		}
		// Something is said with .9, and of that .2 is drawn evenly.
		if p := weights[best].Probability; math.Abs(p-.9*.9) > 1e-12 || math.Abs(weights[1-best].Probability-.9*.1) > 1e-12 || math.Abs(s.Nothing()-.1) > 1e-12 {
			t.Errorf("%s: %v and %v, nothing %v", by, p, weights[1-best].Probability, s.Nothing())
		}
	}
}
