package decision

import (
	"fmt"
	"slices"
)

// Known is a feature that a model has room for, and what is expected of it before anything was learned: by
// how much one of it moves the chance of the behaviour, and of losing the person, each with how sure that is.
type Known struct {
	Name    string
	Feature Feature
	Group   Group
	Effect  Prior
	Loss    Prior
}

// Prior is a mean and a standard deviation, on the scale of probabilities.
type Prior struct{ Mean, SD float64 }

// Most is how many features a model may have: what it costs to learn grows with the third power.
const Most = 512

// Space is the features of one model, sorted by feature.
type Space struct {
	known []Known
}

// NewSpace takes features by name; those that are named twice count once, as they stand first.
func NewSpace(known []Known) (*Space, error) {
	s := &Space{known: make([]Known, 0, len(known))}
	for _, k := range known {
		k.Feature = FeatureOf(k.Name)
		at, there := s.find(k.Feature)
		if there {
			if other := s.known[at].Name; other != k.Name {
				return nil, fmt.Errorf("the features %q and %q cannot be told apart: rename what one of them is called after", other, k.Name)
			}
			continue
		}
		s.known = slices.Insert(s.known, at, k)
	}
	if len(s.known) > Most {
		return nil, fmt.Errorf("%d features are more than the %d that a model may have", len(s.known), Most)
	}
	return s, nil
}

// Known are the features in order.
func (s *Space) Known() []Known { return s.known }

// Sceptical is the space with no effect expected of anything, of the usual spread. What is claimed to be shown
// rests on it: on the evidence alone, and not on what theory or a team expects.
func (s *Space) Sceptical() *Space {
	out := &Space{known: slices.Clone(s.known)}
	for i := range out.known {
		if k := &out.known[i]; k.Group != Baseline {
			k.Effect.Mean = 0
		}
	}
	return out
}

// Moved is the space with other means expected of effects before anything is learned, by how much each moves. How
// sure that is stays as it was: where one begins changes, and not how soon one learns otherwise.
func (s *Space) Moved(by []float64) *Space {
	out := &Space{known: slices.Clone(s.known)}
	for i := range out.known {
		out.known[i].Effect.Mean += by[i]
	}
	return out
}

// Index is the place of a feature, or -1.
func (s *Space) Index(f Feature) int {
	if i, ok := s.find(f); ok {
		return i
	}
	return -1
}

func (s *Space) find(f Feature) (int, bool) {
	low, high := 0, len(s.known)
	for low < high {
		mid := int(uint(low+high) >> 1)
		if s.known[mid].Feature < f {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low, low < len(s.known) && s.known[low].Feature == f
}
