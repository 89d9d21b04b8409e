package decision

import "math"

// Weight is how one option was weighed.
type Weight struct {
	// Effect is by how much it is expected to change the chance of the behaviour, and SD how sure that is.
	Effect, SD float64
	// Hazard is the chance that it loses the person; Burden is its cost and what that chance is worth.
	Hazard, Burden float64
	// Score is what it is worth against saying nothing.
	Score float64
	// Probability is with which chance it is drawn.
	Probability float64
}

// Scales weigh options. They keep their memory between uses, so that weighing allocates nothing; one
// goroutine uses them at a time. The zero Scales are ready.
type Scales struct {
	weights []Weight
	votes   []int32
	depth   []int     // how many levels of an option's choices are shared out
	scores  []float64 // of each option, in each of 64 draws
	best    [Draws]float64
	winner  [Draws]int32
	choices []choice
	nothing float64
}

// Weigh scores all options with a person's bank and says with which chance each is drawn. What is left to 1
// is the chance of saying nothing. The list is the scales' own and holds until they weigh again.
//
// Where there is no model, or it gives a number that is none, what was to be learned is the fallback instead,
// and the second answer says so.
func (s *Scales) Weigh(m *Model, bank int, options []Option, how Manner) (weights []Weight, by Policy) {
	s.prepare(len(options))
	if len(options) == 0 {
		s.nothing = 1
		return s.weights, how.Policy
	}
	sound := m != nil && s.score(m, bank%Banks, options)
	if !sound && how.Policy.goesByModel() {
		how.Policy = Fallback
	}
	s.vote(options, how.Policy)
	s.share(options, how)
	return s.weights, how.Policy
}

// Nothing is the chance that nothing is said.
func (s *Scales) Nothing() float64 { return s.nothing }

// Pick finds the option at a place in [0, 1); -1 for nothing, whose part is the last.
func (s *Scales) Pick(place float64) int {
	sum := 0.0
	for i := range s.weights {
		sum += s.weights[i].Probability
		if place < sum && s.weights[i].Probability > 0 {
			return i
		}
	}
	if s.nothing > 0 {
		return -1
	}
	for i := len(s.weights) - 1; i >= 0; i-- { // rounding left a crumb
		if s.weights[i].Probability > 0 {
			return i
		}
	}
	return -1
}

func (s *Scales) prepare(n int) {
	if cap(s.weights) < n {
		s.weights, s.votes, s.depth = make([]Weight, n), make([]int32, n), make([]int, n)
	}
	s.weights, s.votes, s.depth = s.weights[:n], s.votes[:n], s.depth[:n]
	if cap(s.scores) < n*Draws {
		s.scores = make([]float64, n*Draws)
	}
	s.scores = s.scores[:n*Draws]
	clear(s.weights)
	clear(s.votes)
	clear(s.scores)
	for i := range s.best {
		s.best[i], s.winner[i] = math.Inf(-1), -1
	}
}

// score fills in what each option is worth, and finds for each draw of the bank which one is the best. It is
// false where a number was none.
func (s *Scales) score(m *Model, bank int, options []Option) bool {
	d := len(m.Space.known)
	draws := m.banks[bank*d*Draws : (bank+1)*d*Draws]
	sound := true
	for i := range options {
		o, w := &options[i], &s.weights[i]
		scores := (*[Draws]float64)(s.scores[i*Draws:])
		for _, t := range o.Terms {
			at, known := m.Space.find(t.Feature)
			if !known {
				continue
			}
			v := float64(t.Value)
			w.Effect += float64(m.Mean[at] * v)
			w.Hazard += float64(m.Loss[at] * v)
			addTo(scores, (*[Draws]float32)(draws[at*Draws:]), v)
		}
		w.Hazard = bound(w.Hazard, 0, 1)
		w.Burden = o.Cost + float64(w.Hazard*o.Reach)
		w.Score = o.score(w.Effect, w.Burden)
		spread := 0.0
		for n, x := range scores {
			off := x - w.Effect
			spread += float64(off * off)
			scores[n] = o.score(x, w.Burden)
			if scores[n] > s.best[n] {
				s.best[n], s.winner[n] = scores[n], int32(i)
			}
		}
		w.SD = math.Sqrt(spread / Draws)
		if off := w.Score - w.Score + spread - spread; off != 0 {
			sound = false
		}
	}
	return sound
}

// addTo adds a feature's draws, each rounded so that every machine has the same sum.
func addTo(sum *[Draws]float64, draws *[Draws]float32, v float64) {
	for n := 0; n < Draws; n += 4 {
		sum[n] += float64(float64(draws[n]) * v)
		sum[n+1] += float64(float64(draws[n+1]) * v)
		sum[n+2] += float64(float64(draws[n+2]) * v)
		sum[n+3] += float64(float64(draws[n+3]) * v)
	}
}

// pays counts in how many draws it is worth to say something, when what is said is drawn by the votes. That is
// asked of the draw as a whole and not of its winner: the best of many options that do nothing looks good in
// nearly every draw, by luck alone.
func (s *Scales) pays() int32 {
	n := int32(0)
	for draw := range Draws {
		worth := 0.0
		for i, v := range s.votes {
			if v > 0 {
				worth += float64(float64(v) * s.scores[i*Draws+draw])
			}
		}
		if worth > 0 {
			n++
		}
	}
	return n
}

// vote counts for how many draws each option is the best. All but these two ask no model: the vote goes to
// what is worth the most by the program's and the stage's word, the first among equals, and to all its ways
// that are worth as much.
func (s *Scales) vote(options []Option, by Policy) {
	switch by {
	case Learned, Pinned:
		for _, w := range s.winner {
			if w >= 0 {
				s.votes[w]++
			}
		}
		return
	case Uniform:
		return
	case Ranked, Fallback, ByStage, ByValue:
	}
	worth := (*Option).worth
	if by == ByValue {
		worth = (*Option).valued
	}
	const even = 1e-9
	top := math.Inf(-1)
	first := 0
	for i := range options {
		if w := worth(&options[i]); w > top+even {
			top, first = w, i
		}
	}
	for i := range options {
		if worth(&options[i]) >= top-even && options[i].Path[What] == options[first].Path[What] {
			s.votes[i] = 1
		}
	}
}
