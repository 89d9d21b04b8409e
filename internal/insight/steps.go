package insight

import (
	"slices"

	"attune/core/instant"
	"attune/core/journey"
	"attune/core/program"
)

// What a passage did, as facts say it. Done is a passage that left since it came past its last step.
const (
	stepEntered = "entered"
	stepReached = "reached"
	stepFailed  = "failed"
	stepResumed = "resumed"
	stepLeft    = "left"
	stepDone    = "done"
	// wayEnded is why the engine says that a passage leaves which came past its last step.
	wayEnded = "finished"
)

// Count is how people do who came to something: entered = here + passed + left. Everybody is counted once, as their newest coming to it
// went on; who is there with any passage is there.
type Count struct {
	Entered, Here, Passed, Left int
	// Stuck are those of here who cannot go on by themselves.
	Stuck int
}

func (c *Count) add(n *newest) {
	c.Entered++
	switch n.end {
	case endNone: // nobody is counted who never came
	case endHere:
		c.Here++
		if n.stuck {
			c.Stuck++
		}
	case endPassed:
		c.Passed++
	case endLeft:
		c.Left++
	}
}

// StepCount are a step's numbers, and how long it holds people until they pass.
type StepCount struct {
	Step string
	Count
	Stay Spread
}

// JourneyCount are a journey's numbers: passed are those who came to an end that it has, left those whom something took out before.
type JourneyCount struct {
	Journey string
	Count
	Steps []StepCount
}

type ending uint8

const (
	endNone ending = iota
	endHere
	endPassed
	endLeft
)

// newest is how somebody's newest coming to something went on.
type newest struct {
	end   ending
	stuck bool
}

func (n *newest) is(end ending, stuck bool) {
	if n.end != endHere {
		*n = newest{end, stuck}
	} else if end == endHere && n.stuck {
		n.stuck = stuck
	}
}

// trip is a passage that is gone over: which journey's, at which of its steps (-1 where the journey has it no longer), and since when.
type trip struct {
	journey int
	of      uint32
	step    int
	since   instant.Time
	over    bool
	stuck   bool
	end     ending
}

// visit is one coming to a step that is over.
type visit struct {
	journey, step int
	end           ending
}

// Journeys counts who stands where in a program's journeys, as was known at an instant. Whom nothing may be counted of is left out.
func (c *Columns) Journeys(pr *program.Program, asOf instant.Time) []JourneyCount {
	c.mu.RLock()
	defer c.mu.RUnlock()
	out := make([]JourneyCount, len(pr.Journeys))
	curves := make([][]curve, len(pr.Journeys))
	for j := range pr.Journeys {
		out[j].Journey = pr.Journeys[j].ID
		out[j].Steps = make([]StepCount, len(pr.Journeys[j].Steps))
		curves[j] = make([]curve, len(out[j].Steps))
		for k, s := range pr.Journeys[j].Steps {
			out[j].Steps[k].Step = s.Label()
		}
	}
	cs := c.walks[pr.ID]
	if cs == nil {
		cs = &columns{}
	}
	places := newPlaces(pr, cs)
	steps := make([][]newest, len(out))
	for j := range out {
		steps[j] = make([]newest, len(out[j].Steps))
	}
	whole := make([]newest, len(out))
	var trips []trip
	var visits []visit
	for i := range cs.who {
		rows := cs.of(int32(i))
		if len(rows) == 0 || c.limited[cs.who[i]].withheld() {
			continue
		}
		trips, visits = places.over(rows, asOf, trips[:0], visits[:0], func(v visit, took instant.Duration) { curves[v.journey][v.step].add(took, endOf(v.end)) })
		for _, v := range visits {
			steps[v.journey][v.step].is(v.end, false)
		}
		for k := range trips {
			t := &trips[k]
			if t.over {
				whole[t.journey].is(t.end, false)
				continue
			}
			whole[t.journey].is(endHere, t.stuck)
			if t.step >= 0 {
				steps[t.journey][t.step].is(endHere, t.stuck)
				curves[t.journey][t.step].add(instant.Duration(asOf-t.since), Waiting)
			}
		}
		for j := range out {
			if whole[j].end == endNone {
				continue
			}
			out[j].add(&whole[j])
			whole[j] = newest{}
			for k := range steps[j] {
				if steps[j][k].end != endNone {
					out[j].Steps[k].add(&steps[j][k])
					steps[j][k] = newest{}
				}
			}
		}
	}
	for j := range out {
		for k := range out[j].Steps {
			out[j].Steps[k].Stay = curves[j][k].spread()
		}
	}
	return out
}

func endOf(e ending) End {
	if e == endPassed {
		return On
	}
	return Out
}

// places find the journey and step that rows name.
type places struct {
	journeys []int // by what
	steps    [][]int
	exits    [][]bool
	codes    []string // by level
}

func newPlaces(pr *program.Program, cs *columns) *places {
	p := &places{}
	for _, w := range cs.whats.all {
		p.journeys = append(p.journeys, slices.IndexFunc(pr.Journeys, func(j journey.Journey) bool { return j.ID == w.name }))
	}
	for _, l := range cs.levels.all {
		p.codes = append(p.codes, l.code)
	}
	for j := range pr.Journeys {
		steps := make([]int, len(cs.levels.all))
		for n, l := range cs.levels.all {
			k, found := pr.Journeys[j].Find(l.level)
			if steps[n] = k; !found {
				steps[n] = -1
			}
		}
		exits := make([]bool, len(pr.Journeys[j].Steps))
		for k, s := range pr.Journeys[j].Steps {
			_, exits[k] = s.(journey.Exit)
		}
		p.steps, p.exits = append(p.steps, steps), append(p.exits, exits)
	}
	return p
}

// over goes over one person's rows: which comings to steps are over, and where each passage is.
func (p *places) over(rows []row, asOf instant.Time, trips []trip, visits []visit, took func(visit, instant.Duration)) ([]trip, []visit) {
	for _, r := range rows {
		if r.at > asOf {
			break
		}
		if int(r.what) >= len(p.journeys) || int(r.level) >= len(p.codes) || p.journeys[r.what] < 0 {
			continue
		}
		j := p.journeys[r.what]
		step, code := p.steps[j][r.level], p.codes[r.level]
		i := slices.IndexFunc(trips, func(t trip) bool { return t.journey == j && t.of == r.value })
		if i < 0 {
			i = len(trips)
			trips = append(trips, trip{journey: j, of: r.value, step: -1, over: true})
		}
		t := &trips[i]
		ends := func(end ending) {
			if !t.over && t.step >= 0 {
				v := visit{j, t.step, end}
				visits = append(visits, v)
				took(v, instant.Duration(r.at-t.since))
			}
		}
		switch code {
		case stepEntered, stepReached:
			ends(endPassed)
			*t = trip{journey: j, of: r.value, step: step, since: r.at}
		case stepResumed:
			if step != t.step || t.over {
				ends(endPassed)
				*t = trip{journey: j, of: r.value, step: step, since: r.at}
			}
			t.stuck = false
		case stepFailed:
			t.stuck = true
		case stepLeft, stepDone:
			t.end = endLeft
			if code == stepDone || t.step >= 0 && p.exits[j][t.step] {
				t.end = endPassed
			}
			ends(t.end)
			t.over = true
		}
	}
	return trips, visits
}
