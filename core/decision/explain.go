package decision

import (
	"cmp"
	"slices"
)

// Part is what one feature adds to an option's expected effect. The parts of an option add up to its effect.
type Part struct {
	Name string
	// Value is how much of the feature there is, Effect what that adds, and SD how sure that is.
	Value, Effect, SD float64
}

// Parts takes an option's expected effect apart, the largest part first. Features that the model does not
// have add nothing, and are left out.
func (m *Model) Parts(o *Option) []Part {
	var out []Part
	for _, t := range o.Terms {
		i := m.Space.Index(t.Feature)
		if i < 0 {
			continue
		}
		v := float64(t.Value)
		out = append(out, Part{Name: m.Space.known[i].Name, Value: v, Effect: float64(m.Mean[i] * v), SD: abs(float64(m.SD[i] * v))})
	}
	slices.SortStableFunc(out, func(a, b Part) int { return cmp.Compare(abs(b.Effect), abs(a.Effect)) })
	return out
}

// Flip is a change after which another option would have been the likeliest choice.
type Flip struct {
	// Option is the one that would have been, by its place.
	Option int
	// Value is what its engagement would have to be worth.
	Value float64
}

// mostFlip is by how many times a flip changes a value at most: what needs more is no close call.
const mostFlip = 64

// Flip finds how much another thing to say would have to be worth at least to be the likeliest, all else
// being equal, and false where no value would do. What it answers was tried, not worked out.
func (s *Scales) Flip(m *Model, bank int, options []Option, how Manner, option int) (Flip, bool) {
	changed := slices.Clone(options)
	what := options[option].Path[What]
	leads := func(times float64) bool {
		for i := range changed {
			if options[i].Path[What] == what {
				changed[i].Value = float64(options[i].Value * times)
			}
		}
		weights, _ := s.Weigh(m, bank, changed, how)
		return options[Likeliest(weights)].Path[What] == what
	}
	if !(options[option].Value > 0) || leads(1) || !leads(mostFlip) {
		return Flip{}, false
	}
	low, high := 1.0, float64(mostFlip)
	for range 40 {
		if mid := (low + high) / 2; leads(mid) {
			high = mid
		} else {
			low = mid
		}
	}
	return Flip{Option: option, Value: float64(options[option].Value * high)}, leads(high)
}

// Likeliest is the option with the greatest chance, the first among equals; -1 where there is none.
func Likeliest(weights []Weight) int {
	best := -1
	for i := range weights {
		if best < 0 || weights[i].Probability > weights[best].Probability {
			best = i
		}
	}
	return best
}
