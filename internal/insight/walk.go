package insight

import (
	"attune/core/instant"
	"attune/core/journeymap"
)

// How a person's rows become passages over a map. A passage of phase k begins with the first entry into k since the person came onto the
// map, and has one end: a later phase is entered (on), the map is left (out), or neither is so yet (waiting). So of every phase
// entered = on + out + waiting, whatever is asked for. Going back to a phase that was entered before is a loop: it begins no passage.
// Whoever leaves the map and comes back begins anew.

// End is how a passage stands.
type End uint8

// The ends of a passage.
const (
	Waiting End = iota
	On          // a later phase was entered
	Out         // the map was left, the program was left, or the phase ended without another
)

// Passage is one person's way through one phase.
type Passage struct {
	Case int32
	// Phase is the one entered, at Entered; of an end Until is when, and To the phase that was entered then (On), or the exit's place (Out).
	Phase          int16
	End            End
	To             int16
	Entered, Until instant.Time
}

// Ways out that are no exits of the map, as Passage.To.
const (
	LeftProgram = -1 // the person left the program
	JustEnded   = -2 // the phase ended without another taking its place
)

// wayOf is what walking needs to know of a map: what each of the columns' whats means on it.
type wayOf struct {
	phases, exits int
	// of a what: its kind, and its place among phases, exits, moments or attributes; -1 where the map does not have it.
	kinds  []Kind
	places []int16
	// final are exits after which nothing follows.
	final []bool
}

func newWay(c *columns, m *journeymap.Map) *wayOf {
	w := &wayOf{phases: len(m.Phases), exits: len(m.Exits)}
	for _, e := range m.Exits {
		w.final = append(w.final, e.Final())
	}
	for _, x := range c.whats.all {
		place := -1
		switch x.kind { //nolint:exhaustive // others have no place on the map
		case Entered, Ended:
			place = m.Index(x.name)
		case Exited:
			place = m.Exit(x.name)
		case Seen:
			place = m.Moment(x.name)
		case Is:
			place = m.Attribute(x.name)
		}
		w.kinds = append(w.kinds, x.kind)
		w.places = append(w.places, int16(place))
	}
	return w
}

// walk is one person's way: its memory is used again for the next.
type walk struct {
	*wayOf
	asOf instant.Time
	// passages are those of the person, in the order in which they began.
	passages []Passage
	// open is the place of the phase's passage among passages, -1 where none is open; begun whether it was entered since the person came.
	open []int32
	been []bool
	// steps are entries into phases, in their order; skips are phases that were passed over.
	steps []stride
	skips []int16

	enrolled, quit      instant.Time
	entered             int16
	enteredAt, exitedAt instant.Time
	exit                int16
	ends                []instant.Time
	// last is the phase of the newest entry since the person came, at lastAt; -1 before the first.
	last   int16
	lastAt instant.Time
	// back is the step that went back, of which the person is not as far again as before; -1 without.
	back int
	// dead: nothing follows any more.
	dead bool
}

// stride is an entry into a phase, from the one entered before since the person came: -1 for none.
type stride struct {
	from, to int16
	at       instant.Time
	// after is how long after the step before.
	after instant.Duration
	// again tells that the phase was entered before since the person came. Of a step back, lost is how long it took until the person was
	// as far as before, or has taken until now.
	again bool
	lost  instant.Duration
}

func newWalk(w *wayOf, asOf instant.Time) *walk {
	return &walk{wayOf: w, asOf: asOf, open: make([]int32, w.phases), been: make([]bool, w.phases), ends: make([]instant.Time, w.phases)}
}

func (w *walk) begin() {
	for k := range w.open {
		w.open[k], w.been[k], w.ends[k] = -1, false, 0
	}
	w.passages, w.steps, w.skips = w.passages[:0], w.steps[:0], w.skips[:0]
	w.enrolled, w.quit, w.entered, w.enteredAt, w.exitedAt, w.exit, w.last, w.lastAt, w.back, w.dead = 0, 0, -1, 0, 0, -1, -1, 0, -1, false
}

// over goes over a person's rows up to the instant asked for. It is false for somebody who was never in the program by then.
func (w *walk) over(who int32, rows []row) bool {
	w.begin()
	knownBy := seconds(w.asOf)
	for n := 0; n < len(rows); n++ {
		r := &rows[n]
		if r.at > w.asOf {
			break
		}
		if r.known > knownBy || int(r.what) >= len(w.kinds) || w.dead {
			continue
		}
		place := w.places[r.what]
		switch w.kinds[r.what] { //nolint:exhaustive // others move nobody
		case Enrolled:
			w.enrolled = r.at
		case Quit:
			w.quit = r.at
			w.out(LeftProgram, r.at)
		case Entered:
			if place >= 0 {
				w.enter(who, place, r.at)
			}
		case Ended:
			if place >= 0 {
				w.end(place, r.at)
			}
		case Exited:
			if place >= 0 {
				w.exitedAt, w.exit = r.at, place
				w.out(place, r.at)
				w.dead = w.final[place]
			}
		}
	}
	if w.back >= 0 {
		w.steps[w.back].lost = w.asOf.Sub(w.steps[w.back].at)
	}
	return w.enrolled != 0
}

func (w *walk) enter(who int32, k int16, at instant.Time) {
	together := int16(-1) // of phases entered at one instant the one further right stands
	if w.entered > k && w.enteredAt == at {
		together = w.entered
	} else {
		w.entered, w.enteredAt = k, at
	}
	w.step(k, at)
	for j := range k {
		w.close(j, On, k, at)
	}
	if w.been[k] {
		return
	}
	w.been[k] = true
	w.open[k] = int32(len(w.passages))
	w.passages = append(w.passages, Passage{Case: who, Phase: k, Entered: at, Until: w.asOf})
	if together >= 0 {
		w.close(k, On, together, at)
	}
}

// step notes where an entry came from.
func (w *walk) step(k int16, at instant.Time) {
	if w.last == k {
		return
	}
	s := stride{from: w.last, to: k, at: at, again: w.been[k]}
	if w.last >= 0 {
		s.after = at.Sub(w.lastAt)
		for j := w.last + 1; j < k; j++ {
			if !w.been[j] {
				w.skips = append(w.skips, j)
			}
		}
	}
	if w.back >= 0 && k >= w.steps[w.back].from {
		w.steps[w.back].lost = at.Sub(w.steps[w.back].at)
		w.back = -1
	}
	if s.again && k < w.last && w.back < 0 {
		w.back = len(w.steps)
	}
	w.steps = append(w.steps, s)
	w.last, w.lastAt = k, at
}

func (w *walk) close(k int16, end End, to int16, at instant.Time) {
	if n := w.open[k]; n >= 0 {
		p := &w.passages[n]
		p.End, p.To, p.Until = end, to, at
		w.open[k] = -1
	}
}

// end closes one passage: the phase ended without another. Whoever enters it again begins anew.
func (w *walk) end(k int16, at instant.Time) {
	w.ends[k] = at
	w.close(k, Out, JustEnded, at)
	w.been[k] = false
}

// out closes all passages: the person left. Whoever comes back begins anew.
func (w *walk) out(exit int16, at instant.Time) {
	for k := range w.open {
		w.close(int16(k), Out, exit, at)
		w.been[k] = false
	}
	if w.back >= 0 {
		w.steps[w.back].lost = at.Sub(w.steps[w.back].at)
		w.back = -1
	}
	w.last = -1
}

// here is the phase the person is in by now, or -1: as the engine has it.
func (w *walk) here() int16 {
	switch {
	case w.enrolled == 0 || w.enrolled <= w.quit || w.entered < 0:
		return -1
	case w.exit >= 0 && w.exitedAt >= w.enteredAt:
		return -1
	case w.ends[w.entered] != 0 && w.ends[w.entered] >= w.enteredAt:
		return -1
	}
	return w.entered
}
