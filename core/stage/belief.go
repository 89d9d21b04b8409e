package stage

import (
	"cmp"
	"math"
	"slices"

	"attune/core/expr"
	"attune/core/instant"
)

// Piece is one piece of evidence about a person.
type Piece struct {
	// At is when it happened, and Order ranks it among events of that instant.
	At    instant.Time
	Order expr.Order
	// Evidence is the index of its kind in the model, and so means nothing without it.
	Evidence int
	// Score is what was read: a score, or the number of the stage it named. It is 0 for kinds of
	// evidence that have neither.
	Score float64
}

func (p Piece) compare(q Piece) int {
	switch {
	case p.At != q.At:
		return cmp.Compare(p.At, q.At)
	case p.Order.Less(q.Order):
		return -1
	case q.Order.Less(p.Order):
		return 1
	}
	return cmp.Or(cmp.Compare(p.Evidence, q.Evidence), cmp.Compare(p.Score, q.Score))
}

// Belief is what is believed about one person and one behaviour. The zero Belief knows nothing. It is
// always a function of its Pieces and of the instant up to which it was advanced, so that only Pieces
// need to be stored: [Model.Replay] computes the rest.
type Belief struct {
	// Pieces are the newest pieces of each kind of evidence, oldest first. The memory behind them is
	// never written to, so that copies of a belief may share it.
	Pieces []Piece
	// P is how probable each stage was right after the newest piece, and At when that was.
	P  Distribution
	At instant.Time
	// Mode is the stage that is shown, None before there is evidence; Since is when it was reached.
	Mode  Stage
	Since instant.Time
}

// Fold adds a piece of evidence and advances the belief to now, which is no earlier than the piece.
// The belief becomes the same whatever the order in which pieces are folded, and folding one twice
// changes nothing. It does not write to what it was given.
func (m *Model) Fold(b Belief, p Piece, now instant.Time) Belief {
	at, known := slices.BinarySearchFunc(b.Pieces, p, Piece.compare)
	if known || !m.takes(p) {
		return m.Advance(b, now)
	}
	oldest, same := -1, 0
	for i, q := range b.Pieces {
		if q.Evidence == p.Evidence {
			same++
			if oldest < 0 {
				oldest = i
			}
		}
	}
	full := same >= m.evidence[p.Evidence].keep
	if full && at <= oldest {
		return m.Advance(b, now) // older than everything that is kept of its kind
	}
	inOrder := at == len(b.Pieces) && !full && b.Since <= p.At
	kept := make([]Piece, 0, len(b.Pieces)+1)
	kept = append(kept, b.Pieces[:at]...)
	kept = append(kept, p)
	kept = append(kept, b.Pieces[at:]...)
	if full {
		kept = slices.Delete(kept, oldest, oldest+1)
	}
	if !inOrder {
		return m.Replay(kept, now)
	}
	b.Pieces = kept
	m.settle(&b, p.At)
	m.apply(&b, p)
	m.settle(&b, now)
	return b
}

// Replay computes the belief that kept pieces lead to, advanced to now. They are in order, as they
// are in a Belief, and the belief takes them over, without those that the model does not know.
func (m *Model) Replay(pieces []Piece, now instant.Time) Belief {
	if foreign := func(p Piece) bool { return !m.takes(p) }; slices.ContainsFunc(pieces, foreign) {
		pieces = slices.DeleteFunc(slices.Clone(pieces), foreign)
	}
	b := Belief{Pieces: pieces}
	for _, p := range pieces {
		m.settle(&b, p.At)
		m.apply(&b, p)
	}
	m.settle(&b, now)
	return b
}

// Advance lets the shown stage follow the drift up to t. It touches neither P nor At: drift is
// computed at reading, so any number of steps leads to the same belief as one.
func (m *Model) Advance(b Belief, t instant.Time) Belief {
	m.settle(&b, t)
	return b
}

// At returns how probable each stage is at t.
func (m *Model) At(b Belief, t instant.Time) Distribution { return m.at(&b, t) }

// Mode returns the stage that is shown at t, which is no earlier than the instant up to which the
// belief was advanced.
func (m *Model) Mode(b Belief, t instant.Time) Stage {
	m.settle(&b, t)
	return b.Mode
}

// Horizon returns the first instant after the last change at which the shown stage becomes another
// one by the passing of time alone, and Never if it never does.
func (m *Model) Horizon(b Belief) instant.Time {
	if b.Mode == None {
		return instant.Never
	}
	end := b.At.Add(forgotten * m.half)
	if m.overtaken(&b, m.left(&b, end)) == None {
		return instant.Never
	}
	return m.crossing(&b, end)
}

// at is At without a copy.
func (m *Model) at(b *Belief, t instant.Time) Distribution {
	if b.Mode == None {
		return m.prior
	}
	left := m.left(b, t)
	if left == 1 {
		return b.P // to the bit
	}
	d := m.prior
	for i, p := range b.P {
		d[i] += float64(left * (p - m.prior[i]))
	}
	return d
}

// left is how much of what was believed at the newest evidence is left at t: s in the package's
// formula.
func (m *Model) left(b *Belief, t instant.Time) float64 {
	elapsed := t.Sub(b.At)
	if t <= b.At {
		return 1
	}
	if elapsed < 0 { // more than can be counted
		return 0
	}
	return decay(elapsed, m.half)
}

// apply takes a piece by Bayes' rule.
func (m *Model) apply(b *Belief, p Piece) {
	d := m.at(b, p.At)
	sum := 0.0
	for i, l := range m.says(p) {
		d[i] = float64(d[i] * l)
		sum += d[i]
	}
	for i := range d {
		d[i] /= sum
	}
	b.P, b.At = d, p.At
	if b.Mode == None {
		b.Mode, b.Since = d.Likeliest(), p.At
	} else if to := m.overtaken(b, 1); to != None {
		b.Mode, b.Since = to, p.At
	}
}

// overtaken returns the stage that takes the shown one's place when left is left of what was believed:
// the likeliest of those that are more probable by the margin, among equals the earlier; None if there
// is none. A lead is computed as one multiplication and one addition with constants, so rounding cannot
// make it waver: it rises or falls with left all the way.
func (m *Model) overtaken(b *Belief, left float64) Stage {
	mode := int(b.Mode) - 1
	to, most := None, 0.0
	for i := range b.P {
		if i == mode {
			continue
		}
		ahead := m.prior[i] - m.prior[mode] - m.margin
		slope := (b.P[i] - m.prior[i]) - (b.P[mode] - m.prior[mode])
		if lead := ahead + float64(left*slope); lead > most {
			to, most = All()[i], lead
		}
	}
	return to
}

// settle makes the changes of the shown stage that drift brings up to t. Two stages overtake each
// other once at most, leads being linear in what is left, so no stage is shown twice.
func (m *Model) settle(b *Belief, t instant.Time) {
	if b.Mode == None {
		return
	}
	for range b.P {
		if m.overtaken(b, m.left(b, t)) == None {
			return
		}
		b.Since = m.crossing(b, t)
		b.Mode = m.overtaken(b, m.left(b, b.Since))
	}
}

// crossing returns the first instant at which another stage takes the shown one's place, given that
// one has done so by t. Where nobody has overtaken yet, those who will are gaining all the time, so
// trying around the instant of the closed form finds the right millisecond whatever the rounding of
// its logarithm.
func (m *Model) crossing(b *Belief, t instant.Time) instant.Time {
	before, by := max(b.Since, b.At), min(t, b.At.Add(forgotten*m.half)) // nothing moves after that
	return first(before, by, m.guess(b), func(t instant.Time) bool { return m.overtaken(b, m.left(b, t)) != None })
}

// first returns the first instant after before at which something is so that is so at by, stays so
// once it is, and begins about at try.
func first(before, by, try instant.Time, is func(instant.Time) bool) instant.Time {
	for step := instant.Time(1); try > before && try < by; step *= 2 {
		if is(try) {
			by, try = try, try-step
		} else {
			before, try = try, try+step
		}
	}
	for by-before > 1 {
		if middle := before + (by-before)/2; is(middle) {
			by = middle
		} else {
			before = middle
		}
	}
	return by
}

// guess is about when the shown stage is first overtaken: a lead of ahead + left × slope becomes
// positive where left falls to −ahead / slope, which is after half-life × log2(−slope / ahead). How
// near it comes decides how long crossing takes, never what it finds.
func (m *Model) guess(b *Belief) instant.Time {
	mode, most := int(b.Mode)-1, 0.0
	for i := range b.P {
		ahead := m.prior[i] - m.prior[mode] - m.margin
		slope := (b.P[i] - m.prior[i]) - (b.P[mode] - m.prior[mode])
		if i != mode && ahead > 0 && slope < 0 {
			most = max(most, ahead/-slope)
		}
	}
	if most <= 0 {
		return b.At
	}
	return b.At.Add(instant.Duration(float64(m.half) * min(forgotten, max(0, -math.Log2(most)))))
}
