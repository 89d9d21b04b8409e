package stage

import (
	"cmp"
	"slices"
	"strconv"

	"attune/core/expr"
	"attune/core/instant"
)

// Later tells whether coming to a stage is moving on from another: any stage that stands later in their order,
// and after a relapse every other one. From or to nowhere nothing moves.
func Later(from, to Stage) bool {
	switch {
	case from == None || to == None || to == Relapse:
		return false
	case from == Relapse:
		return true
	}
	return to > from
}

// Next is one stage on: after a relapse, thinking about it again. Maintenance has none, and None has none.
func (s Stage) Next() Stage {
	switch s {
	case None, Maintenance:
		return None
	case Relapse:
		return Contemplation
	case Precontemplation, Contemplation, Preparation, Action:
	}
	return s + 1
}

// Onward tells how far somebody is from another stage, and which evidence would bring it.
type Onward struct {
	// At is the instant that is told of, Stage what is shown then, P how probable each is.
	At    instant.Time
	Stage Stage
	P     Distribution
	// Next is one stage on, and Short by how much more probable it would have to be to be shown instead.
	Next  Stage
	Short float64
	// Enough are kinds of evidence that would bring a later stage, those that need the fewest first.
	Enough []Enough
	// Silent is the stage that silence alone brings, at SilentAt; None where it brings no other.
	Silent   Stage
	SilentAt instant.Time
}

// Enough is evidence after which a later stage would be shown. It was tried: the model was given it.
type Enough struct {
	// Evidence is the kind, by its place in the model, and Label its words.
	Evidence int
	Label    string
	// Read is the stage that it would have to name, or the scores it would have to come with; empty where it
	// has neither. Score is the lowest of these scores.
	Read  string
	Score float64
	// Times is how often it would have to be seen, each a day after the one before, the first now.
	Times int
	// Then is the stage that would be shown, with Probability.
	Then        Stage
	Probability float64
}

// Onward tells what would move somebody on. What is tried is each kind of evidence by itself, as often as it
// is remembered; what only time brings is not said of evidence.
func (m *Model) Onward(b Belief, t instant.Time) Onward {
	b = m.Advance(b, t)
	o := Onward{At: t, Stage: b.Mode, P: m.At(b, t), Next: b.Mode.Next()}
	if b.Mode == None {
		return o
	}
	if o.Next != None {
		o.Short = o.P.Of(b.Mode) + m.margin - o.P.Of(o.Next)
	}
	if at := m.Horizon(b); at != instant.Never {
		o.Silent, o.SilentAt = m.Mode(b, at), at
	}
	for k := range m.evidence {
		if best, found := m.enough(b, k, t); found {
			o.Enough = append(o.Enough, best)
		}
	}
	slices.SortStableFunc(o.Enough, func(a, b Enough) int { return cmp.Compare(a.Times, b.Times) })
	return o
}

// enough finds the reading of a kind of evidence that brings a later stage with the fewest pieces.
func (m *Model) enough(b Belief, evidence int, t instant.Time) (best Enough, found bool) {
	k := &m.evidence[evidence]
	low := k.from
	for n, band := range k.bands {
		score := 0.0
		if k.scored {
			score = low
		}
		if k.named {
			score = float64(n + 1)
		}
		e := Enough{Evidence: evidence, Label: k.label, Score: score, Read: k.reads(n, low)}
		if m.try(&e, b, t) && (!found || e.Times < best.Times) {
			best, found = e, true
		}
		low = band.Below
	}
	return best, found
}

// reads says what a band takes.
func (k *kind) reads(band int, low float64) string {
	plain := func(f float64) string { return strconv.FormatFloat(f, 'g', 6, 64) }
	switch {
	case k.named:
		return Stage(band + 1).String()
	case !k.scored:
		return ""
	case band == len(k.bands)-1:
		return plain(low) + " to " + plain(k.to)
	}
	return plain(low) + " to below " + plain(k.bands[band].Below)
}

// try gives the model the evidence again and again until a later stage is shown, and notes how often it took.
func (m *Model) try(e *Enough, b Belief, t instant.Time) bool {
	from := b.Mode
	for _, p := range e.Pieces(t, m.evidence[e.Evidence].keep) {
		if Later(from, m.Mode(b, p.At)) && e.Times == 0 {
			return false // time alone
		}
		b = m.Fold(b, p, p.At)
		e.Times++
		if Later(from, b.Mode) {
			e.Then, e.Probability = b.Mode, m.At(b, p.At).Of(b.Mode)
			return true
		}
	}
	return false
}

// Pieces are so many pieces of the evidence, the first right after an instant and each a day after the one
// before. They rank after what a person's own events of that instant can be.
func (e *Enough) Pieces(t instant.Time, times int) []Piece {
	out := make([]Piece, times)
	for i := range out {
		out[i] = Piece{At: t.Add(1 + instant.Duration(i)*instant.Day), Order: expr.Order{ID: uint64(i) + 1}, Evidence: e.Evidence, Score: e.Score}
	}
	return out
}
