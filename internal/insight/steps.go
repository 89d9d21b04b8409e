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
	if n.end == endNone {
		return // nobody is counted who never came
	}
	c.Entered++
	switch n.end {
	case endNone:
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

// newest is how somebody's newest coming to something went on: at which step, from when until when.
type newest struct {
	end          ending
	stuck        bool
	step         int
	since, until instant.Time
}

func (n *newest) is(x newest) {
	if n.end != endHere {
		*n = x
	} else if x.end == endHere && n.stuck {
		n.stuck = x.stuck
	}
}

// trip is a passage that is gone over: which journey's, at which of its steps (-1 where the journey has it no longer), and since when.
type trip struct {
	journey int
	of      uint32
	step    int
	since   instant.Time
	until   instant.Time // when it was over
	over    bool
	stuck   bool
	end     ending
}

// visit is one coming to a step that is over.
type visit struct {
	journey, step int
	end           ending
	since, until  instant.Time
}

func (v *visit) newest() newest {
	return newest{end: v.end, step: v.step, since: v.since, until: v.until}
}

// Journeys counts who stands where in a program's journeys, as was known at an instant.
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
	c.standing(pr, asOf, func(v visit, end End) {
		curves[v.journey][v.step].add(instant.Duration(v.until-v.since), end)
	}, func(_ Pseudonym, whole []newest, steps [][]newest) {
		for j := range out {
			out[j].add(&whole[j])
			for k := range steps[j] {
				out[j].Steps[k].add(&steps[j][k])
			}
		}
	})
	for j := range out {
		for k := range out[j].Steps {
			out[j].Steps[k].Stay = curves[j][k].spread()
		}
	}
	return out
}

// Traveller is somebody behind a number of a journey or of one of its steps.
type Traveller struct {
	Who Pseudonym
	// Step is the one that they are at, or came to last; empty where the program has it no longer.
	Step string
	// Since is when they came to the step, and Until when they went; zero while they are there.
	Since, Until instant.Time
	// End is how it went on, as numbers are called: here, passed or left.
	End string
	// Stuck tells that they cannot go on by themselves.
	Stuck bool
}

// EachTraveller says those whom Journeys counts of a journey, or of its step where one is given, in no particular order. A step is given
// by its place; -1 is the whole journey. Nothing of the columns may be asked for meanwhile.
func (c *Columns) EachTraveller(pr *program.Program, asOf instant.Time, journey, step int, do func(*Traveller)) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	c.standing(pr, asOf, nil, func(who Pseudonym, whole []newest, steps [][]newest) {
		n := &whole[journey]
		if step >= 0 {
			n = &steps[journey][step]
		}
		if n.end == endNone {
			return
		}
		x := Traveller{Who: who, Since: n.since, Until: n.until, End: [...]string{endHere: "here", endPassed: "passed", endLeft: "left"}[n.end], Stuck: n.stuck}
		if n.step >= 0 {
			x.Step = pr.Journeys[journey].Steps[n.step].Label()
		}
		do(&x)
	})
}

// standing goes over all who came to a journey of the program, and says how their newest coming to each went on, and to each of its steps;
// and of every coming to a step how long it took or takes. Whom nothing may be counted of is left out. What do is given holds until it returns.
func (c *Columns) standing(pr *program.Program, asOf instant.Time, took func(visit, End), do func(who Pseudonym, whole []newest, steps [][]newest)) {
	cs := c.walks[pr.ID]
	if cs == nil {
		return
	}
	places := newPlaces(pr, cs)
	whole := make([]newest, len(pr.Journeys))
	steps := make([][]newest, len(pr.Journeys))
	for j := range steps {
		steps[j] = make([]newest, len(pr.Journeys[j].Steps))
	}
	var trips []trip
	var visits []visit
	for i := range cs.who {
		rows := cs.of(int32(i))
		if len(rows) == 0 || c.limited[cs.who[i]].withheld() {
			continue
		}
		trips, visits = places.over(rows, asOf, trips[:0], visits[:0])
		for k := range visits {
			v := &visits[k]
			steps[v.journey][v.step].is(v.newest())
			if took != nil {
				took(*v, endOf(v.end))
			}
		}
		for k := range trips {
			t := &trips[k]
			now := newest{end: t.end, step: t.step, since: t.since, until: t.until}
			if !t.over {
				now.end, now.stuck = endHere, t.stuck
				if t.step >= 0 {
					steps[t.journey][t.step].is(now)
					if took != nil {
						took(visit{t.journey, t.step, endHere, t.since, asOf}, Waiting)
					}
				}
			}
			whole[t.journey].is(now)
		}
		do(cs.who[i], whole, steps)
		for j := range whole {
			if whole[j].end != endNone {
				whole[j] = newest{}
				clear(steps[j])
			}
		}
	}
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
func (p *places) over(rows []row, asOf instant.Time, trips []trip, visits []visit) ([]trip, []visit) {
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
				visits = append(visits, visit{j, t.step, end, t.since, r.at})
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
			t.over, t.until = true, r.at
		}
	}
	return trips, visits
}
