package segment

import (
	"slices"

	"attune/internal/estimate"
)

// scores is one number a person whose mean over a group is by how much more of them moved on within the horizon than of
// all; with a treatment, how much more the treatment changed.
//
// Who was not followed to the horizon says nothing, and those who were stand for them: inverse probability of
// censoring weighting, with the Kaplan-Meier estimate of still being followed. It supposes that how long somebody was
// followed has nothing to do with what they did. What is told of a group in the end does not suppose it across groups.
func scores(in *Input) []float64 {
	n := len(in.Days)
	censored := make([]estimate.Spell, n)
	for i, d := range in.Days {
		censored[i] = estimate.Spell{Time: d}
		if in.Became[i] == Waiting {
			censored[i].Cause = 1
		}
	}
	steps := estimate.Incidence(censored, 1)
	followed := func(t float64) float64 { // the chance of being followed up to right before t
		k, _ := slices.BinarySearchFunc(steps, t, func(s estimate.Incident, t float64) int {
			if s.Time < t {
				return -1
			}
			return 1
		})
		if k == 0 {
			return 1
		}
		return steps[k-1].Free
	}
	weight, sum, total := make([]float64, n), 0., 0.
	moved := func(i int) float64 {
		if in.Became[i] == MovedOn && in.Days[i] <= in.Horizon {
			return 1
		}
		return 0
	}
	for i, d := range in.Days {
		if in.Became[i] == Waiting && d < in.Horizon {
			continue
		}
		weight[i] = 1 / max(followed(min(d, in.Horizon)), .05)
		sum, total = sum+weight[i]*moved(i), total+weight[i]
	}
	s := make([]float64, n)
	for i := range s {
		s[i] = weight[i] * (moved(i) - sum/max(total, 1))
		if in.Treated != nil {
			e := in.Propensity[i]
			if in.Treated[i] {
				s[i] /= e
			} else {
				s[i] /= -(1 - e)
			}
		}
	}
	return s
}
