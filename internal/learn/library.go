package learn

import (
	"math"

	"attune/core/decision"
	"attune/core/id"
)

// Library is what other organisations measured, as far as it moves what is expected here before anything is learned.
type Library struct {
	// Files are the SHA-256 of those that it comes from, in hexadecimal.
	Files []string
	// By is by how much the mean of each feature of the release's space moves.
	By []float64
}

// trustSD is how far from 1 the multiplier on a library is expected before anything was seen here, as for the matrix of
// stages and processes.
const trustSD = matchSD

// weigh finds how much of a library the evidence leaves standing, from none to all. The score is a parabola in it, since
// it moves means in proportion: three points tell where the top is. Without evidence all of it stands.
func (l *Library) weigh(s *decision.Space, e *decision.Evidence, h decision.Hyper) float64 {
	var at [3]float64
	for i := range at {
		share := float64(i) / 2
		v, ok := tuner{space: s.Moved(l.times(share)), evidence: e}.score(h)
		if !ok {
			return 0
		}
		off := (share - 1) / trustSD
		at[i] = v - off*off/2
	}
	bend := at[0] - 2*at[1] + at[2]
	if !(bend < 0) || math.IsInf(bend, 0) {
		return 0
	}
	return max(0, min(1, .5-.25*(at[2]-at[0])/bend))
}

func (l *Library) times(share float64) []float64 {
	out := make([]float64, len(l.By))
	for i, v := range l.By {
		out[i] = float64(v * share)
	}
	return out
}

// Fit fits a model to evidence, with what others measured as the beginning as far as the evidence leaves it standing.
func Fit(s *decision.Space, e *decision.Evidence, start decision.Hyper, key id.Seed, l *Library) (m *decision.Model, share float64, err error) {
	if l == nil || len(l.Files) == 0 {
		m, err = decision.Fit(s, e, Tune(s, e, start), key)
		return m, 0, err
	}
	share = l.weigh(s, e, Tune(s, e, start))
	moved := s.Moved(l.times(share))
	if m, err = decision.Fit(moved, e, Tune(moved, e, start), key); err == nil {
		m, err = m.From(l.Files)
	}
	return m, share, err
}
