package learn

import (
	"math"

	"attune/core/decision"
)

const (
	// mostMatch bounds the multiplier on the matrix of stages and processes.
	mostMatch = 1.5
	// matchSD is how far from 1 the multiplier is expected before anything was seen: stage theory is a good
	// guess and no law. It is worth about as much as the first hundreds of messages.
	matchSD = .5
	// scaleSD is how far a group's scale is expected to be from 1, as a logarithm; scaleStep is one step of the
	// search, and leastScale and mostScale bound it.
	scaleSD               = 1.5
	scaleStep             = math.Sqrt2
	leastScale, mostScale = .1, 3.0
	// sweeps is how often all groups are looked at, at most.
	sweeps = 3
	// noiseRows is for how many rows the noise that one starts with counts.
	noiseRows = 200
)

// leastNoise keeps the belief finite where rewards hardly ever differ.
var leastNoise = [2]float64{.05, .01} //nolint:gochecknoglobals // a constant; Go has no constant arrays

// Tune chooses by all evidence together what a single fit takes as given (empirical Bayes): the noise by what
// is left unexplained, and the multiplier of the matrix and the scale of each group by how probable they make
// what was seen. It searches one of them after the other, beginning where the last search ended, so that a
// night's search is short. Weak opinions of its own keep it where it is until there is evidence.
//
// With no evidence, or where a number is none, what comes back is the start.
func Tune(s *decision.Space, e *decision.Evidence, start decision.Hyper) decision.Hyper {
	t := tuner{space: s, evidence: e}
	if _, weight := e.Rows(); !(weight > 0) {
		return start
	}
	h := t.noise(start)
	var used [len(h.Scale)]bool
	for _, k := range s.Known() {
		used[k.Group] = true
	}
	for range sweeps {
		h = t.match(h)
		best, ok := t.score(h)
		if !ok {
			return start
		}
		moved := false
		for g := range h.Scale {
			if !used[g] || decision.Group(g) == decision.Baseline {
				continue
			}
			next, value := t.scale(h, g, best)
			moved = moved || value > best
			h, best = next, value
		}
		h = t.noise(h)
		if !moved {
			break
		}
	}
	if !finite(h) {
		return start
	}
	return h
}

// tuner asks how probable the evidence is.
type tuner struct {
	space    *decision.Space
	evidence *decision.Evidence
}

// score is the logarithm of how probable the behaviours seen are, and the settings themselves.
func (t tuner) score(h decision.Hyper) (float64, bool) {
	off := (h.Match - 1) / matchSD
	sum := -off * off / 2
	for _, scale := range h.Scale {
		l := math.Log(scale) / scaleSD
		sum -= l * l / 2
	}
	p, err := t.evidence.Posterior(t.space, decision.Effect, h)
	if err != nil {
		return 0, false
	}
	sum += p.LogEvidence
	return sum, !math.IsNaN(sum) && !math.IsInf(sum, 0)
}

// noise is what the model leaves unexplained, and a little of what was assumed.
func (t tuner) noise(h decision.Hyper) decision.Hyper {
	_, weight := t.evidence.Rows()
	for _, head := range []decision.Head{decision.Effect, decision.Loss} {
		p, err := t.evidence.Posterior(t.space, head, h)
		if err != nil {
			return h
		}
		was := h.Noise[head]
		h.Noise[head] = max(leastNoise[head], math.Sqrt((noiseRows*was*was+weight*p.Residual)/(noiseRows+weight)))
	}
	return h
}

// match finds the best multiplier. The score is a parabola in it, since it moves the means of a normal prior in
// proportion: three points tell where the top is.
func (t tuner) match(h decision.Hyper) decision.Hyper {
	var at [3]float64
	for i := range at {
		h.Match = float64(i) / 2
		v, ok := t.score(h)
		if !ok {
			return h
		}
		at[i] = v
	}
	h.Match = 1
	if bend := at[0] - 2*at[1] + at[2]; bend < 0 {
		h.Match = max(0, min(mostMatch, .5-.25*(at[2]-at[0])/bend))
	}
	return h
}

// scale walks one group's scale up or down as long as that makes the evidence more probable.
func (t tuner) scale(h decision.Hyper, g int, best float64) (decision.Hyper, float64) {
	for _, step := range []float64{scaleStep, 1 / scaleStep} {
		moved := false
		for {
			next := h
			next.Scale[g] *= step
			if next.Scale[g] > mostScale*1.001 || next.Scale[g] < leastScale/1.001 {
				break
			}
			v, ok := t.score(next)
			if !ok || v <= best+1e-6 {
				break
			}
			h, best, moved = next, v, true
		}
		if moved {
			break
		}
	}
	return h, best
}

func finite(h decision.Hyper) bool {
	sum := h.Match
	for _, v := range append(h.Noise[:], h.Scale[:]...) {
		sum += v
	}
	return !math.IsNaN(sum) && !math.IsInf(sum, 0)
}
