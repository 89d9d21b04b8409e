package insight

import (
	"math"
	"slices"
	"strings"

	"attune/core/instant"
	"attune/core/program"
	"attune/internal/leverage"
)

// usualHorizon is within how long somebody should have gone on where the map says nothing, and aimWithin within how long after that the aim
// should be reached.
const (
	usualHorizon = 180 * instant.Day
	aimWithin    = 365
)

// mostLevels bounds the levels of an attribute that segments are made of: the rarest others are one.
const mostLevels = 200

// Question puts together what is asked about leverage: for each phase but the last, everybody who came into it in the window.
func (c *Columns) Question(pr *program.Program, f Filter, o leverage.Options) (*leverage.Question, error) {
	c.mu.RLock()
	defer c.mu.RUnlock()
	m := &pr.Map
	q := &leverage.Question{Options: o}
	for i := range m.Attributes {
		a := &m.Attributes[i]
		q.Attributes = append(q.Attributes, leverage.Attribute{Name: a.Name, CaseMix: a.CaseMix, Fairness: a.Fairness, Levels: []string{""}})
	}
	g := &gathering{q: q, pr: pr, f: &f, known: seconds(f.AsOf), levels: make([]map[uint16]uint16, len(m.Attributes)), strata: map[string]uint16{}}
	for k := range m.Phases {
		if k == len(m.Phases)-1 {
			break
		}
		g.add(k)
	}
	err := c.each(pr, &f, func(cs *columns, who int32, w *walk, rows []row) {
		g.draws(cs, rows)
		if a, drawn := c.arms[cs.who[who]]; drawn {
			g.drawn = append(g.drawn, a)
		}
		g.person(cs, w, rows)
	})
	if err != nil {
		return nil, err
	}
	g.voices()
	g.evenOut()
	for k := range q.Cases {
		q.Cases[k].Transition.Window = g.window()
	}
	return q, nil
}

// gathering is what is put together.
type gathering struct {
	q        *leverage.Question
	pr       *program.Program
	f        *Filter
	known    uint32
	levels   []map[uint16]uint16
	strata   map[string]uint16
	earliest int32
	any      bool
	incident map[int16][2]int
	drawn    []arm // of the person at hand
}

func day(t instant.Time) int32 { return int32(math.Floor(float64(t) / float64(instant.Day))) }

func days32(d instant.Duration) int32 { return int32(math.Ceil(float64(d) / float64(instant.Day))) }

func (g *gathering) add(k int) {
	m := &g.pr.Map
	p := &m.Phases[k]
	horizon := p.Horizon
	if horizon == 0 {
		horizon = max(usualHorizon, 3*p.Expect)
	}
	t := leverage.Transition{From: p.Name, To: m.Phases[k+1].Name, Horizon: days32(horizon), Target: days32(p.Expect), Goal: p.Goal}
	if i := slices.IndexFunc(g.pr.Outcomes, func(x program.Outcome) bool { return x.ID == m.Aim }); i >= 0 {
		t.Value, t.Outcomes, t.ResultWithin = g.pr.Outcomes[i].Value, "times “"+g.pr.Outcomes[i].Name+"”", aimWithin
	} else {
		t.Outcomes = "people in “" + m.Phases[k+1].Name + "”"
	}
	g.q.Cases = append(g.q.Cases, leverage.Case{Transition: t, Cohort: leverage.Cohort{
		Now: day(g.f.AsOf), Level: make([][]uint16, len(m.Attributes)), Known: make([][]int32, len(m.Attributes)),
	}})
}

// person adds somebody's passages.
func (g *gathering) person(cs *columns, w *walk, rows []row) {
	for i := range w.passages {
		p := &w.passages[i]
		if int(p.Phase) >= len(g.q.Cases) || !g.f.within(p.Entered) {
			continue
		}
		c := &g.q.Cases[p.Phase].Cohort
		entered := day(p.Entered)
		if !g.any || entered < g.earliest {
			g.any, g.earliest = true, entered
		}
		c.Entered = append(c.Entered, entered)
		c.Ended = append(c.Ended, day(p.Until))
		c.Outcome = append(c.Outcome, [...]leverage.Outcome{Waiting: leverage.Waiting, On: leverage.Converted, Out: leverage.Exited}[p.End])
		g.attributes(cs, c, p.Entered, rows)
		g.parts(c, p.Entered)
		if g.pr.Map.Aim != "" {
			g.result(cs, c, w, p, rows)
		}
	}
	g.incidents(cs, rows)
}

// draws are what was drawn for somebody in the program.
func (g *gathering) draws(cs *columns, rows []row) {
	g.drawn = g.drawn[:0]
	for i := range rows {
		if r := &rows[i]; r.known <= g.known {
			if is := cs.whats.get(r.what); is.kind == Arm {
				g.drawn = append(g.drawn, arm{is.name, cs.levels.get(r.level).level, r.at})
			}
		}
	}
}

// parts adds which part of each trial was drawn first, if that was before they came in: as it was drawn, whatever they were told.
func (g *gathering) parts(c *leverage.Cohort, entered instant.Time) {
	row := len(c.Entered) - 1
	for i, d := range g.drawn {
		if d.at > entered || slices.ContainsFunc(g.drawn[:i], func(o arm) bool { return o.layer == d.layer }) {
			continue
		}
		layer := slices.IndexFunc(g.q.Layers, func(l leverage.Layer) bool { return l.Name == d.layer })
		if layer < 0 {
			layer = len(g.q.Layers)
			g.q.Layers = append(g.q.Layers, leverage.Layer{Name: d.layer, Parts: []string{"", partSays("usual")}})
		}
		l := &g.q.Layers[layer]
		part := slices.Index(l.Parts, partSays(d.arm))
		if part < 0 {
			if part = len(l.Parts); part > math.MaxUint8 {
				continue
			}
			l.Parts = append(l.Parts, partSays(d.arm))
		}
		for len(c.Part) <= layer {
			c.Part = append(c.Part, nil)
		}
		for len(c.Part[layer]) < row {
			c.Part[layer] = append(c.Part[layer], 0)
		}
		c.Part[layer] = append(c.Part[layer], uint8(part))
	}
}

// evenOut gives every row of every trial a part: none where nothing was drawn.
func (g *gathering) evenOut() {
	for k := range g.q.Cases {
		c := &g.q.Cases[k].Cohort
		for len(c.Part) < len(g.q.Layers) {
			c.Part = append(c.Part, nil)
		}
		for l := range c.Part {
			for len(c.Part[l]) < len(c.Entered) {
				c.Part[l] = append(c.Part[l], 0)
			}
		}
	}
}

// partSays is what a part of a trial is, as sentences have it.
func partSays(arm string) string {
	switch arm {
	case "usual":
		return "who are treated as usual"
	case "holdout", "control":
		return "who are told nothing but what must be said"
	case "uniform":
		return "for whom what is said is drawn evenly"
	}
	return "drawn for “" + arm + "”"
}

// attributes adds the levels that were known when somebody came in, or else the first that became known.
func (g *gathering) attributes(cs *columns, c *leverage.Cohort, entered instant.Time, rows []row) {
	var stratum strings.Builder
	for a := range g.pr.Map.Attributes {
		at := g.place(cs, a)
		level, since := uint16(0), int32(math.MinInt32)
		for i := range rows {
			r := &rows[i]
			if int(r.what) != at || r.known > g.known {
				continue
			}
			if r.at > entered {
				if level == 0 {
					level, since = g.level(cs, a, r.level), day(r.at)
					if since == day(entered) {
						since++ // it became known after they came in
					}
				}
				break
			}
			level = g.level(cs, a, r.level)
		}
		c.Level[a] = append(c.Level[a], level)
		c.Known[a] = append(c.Known[a], since)
		if g.pr.Map.Attributes[a].CaseMix {
			if since > day(entered) {
				level = 0
			}
			stratum.WriteString(g.q.Attributes[a].Levels[level])
			stratum.WriteByte(0)
		}
	}
	n, known := g.strata[stratum.String()]
	if !known {
		n = uint16(min(len(g.strata), leverage.MostStrata-1))
		g.strata[stratum.String()] = n
	}
	c.Stratum = append(c.Stratum, n)
}

func (g *gathering) place(cs *columns, a int) int {
	if i, known := cs.whats.at[what{Is, g.pr.Map.Attributes[a].ID}]; known {
		return int(i)
	}
	return -1
}

func (g *gathering) level(cs *columns, a int, l uint16) uint16 {
	if n, known := g.levels[a][l]; known {
		return n
	}
	name := cs.levels.get(l).level
	if name == "" {
		return 0
	}
	x := &g.q.Attributes[a]
	n := slices.Index(x.Levels, name)
	if n < 0 {
		if len(x.Levels) > mostLevels {
			name = "others"
		}
		if n = slices.Index(x.Levels, name); n < 0 {
			n = len(x.Levels)
			x.Levels = append(x.Levels, name)
		}
	}
	if g.levels[a] == nil {
		g.levels[a] = map[uint16]uint16{}
	}
	g.levels[a][l] = uint16(n)
	return uint16(n)
}

// result adds whether somebody who went on reached the map's aim.
func (g *gathering) result(cs *columns, c *leverage.Cohort, w *walk, p *Passage, rows []row) {
	aim := what{Reached, g.pr.Map.Aim}
	is, at := leverage.NotYet, day(g.f.AsOf)
	if p.End == On {
		for i := range rows {
			r := &rows[i]
			if r.at >= p.Until && cs.whats.get(r.what) == aim && r.known <= g.known && r.at <= g.f.AsOf {
				is, at = leverage.Reached, day(r.at)
				break
			}
		}
		if is == leverage.NotYet && w.exit >= 0 && w.exitedAt >= p.Until && w.here() < 0 {
			is, at = leverage.Missed, day(w.exitedAt)
		}
	} else {
		at = day(p.Until)
	}
	c.Result = append(c.Result, is)
	c.ResultAt = append(c.ResultAt, at)
}

// incidents adds what somebody told of moments.
func (g *gathering) incidents(cs *columns, rows []row) {
	for i := range rows {
		r := &rows[i]
		if r.at > g.f.AsOf || r.known > g.known || !g.f.within(r.at) {
			continue
		}
		x := cs.whats.get(r.what)
		if x.kind != Measured || !slices.ContainsFunc(g.pr.Measures, func(m program.Measure) bool { return m.ID == x.name && m.Kind == "incident" }) {
			continue
		}
		if m := g.pr.Map.Moment(cs.levels.get(r.level).level); m >= 0 {
			if g.incident == nil {
				g.incident = map[int16][2]int{}
			}
			n := g.incident[int16(m)]
			n[0]++
			if math.Float32frombits(r.value) < 0 {
				n[1]++
			}
			g.incident[int16(m)] = n
		}
	}
}

// voices tells of each moment what people told.
func (g *gathering) voices() {
	for m := range g.pr.Map.Moments {
		if n := g.incident[int16(m)]; n[0] > 0 {
			x := &g.pr.Map.Moments[m]
			at := g.pr.Map.Index(x.Phase)
			if at >= len(g.q.Cases) {
				at = -1
			}
			g.q.Incidents = append(g.q.Incidents, leverage.Incidents{Moment: x.Name, At: at, Count: n[0], Negative: n[1]})
		}
	}
}

// window is of how many days the cohorts are.
func (g *gathering) window() int32 {
	from, to := g.earliest, day(g.f.AsOf)
	if g.f.From != 0 {
		from = day(g.f.From)
	}
	if g.f.To != 0 && g.f.To < g.f.AsOf {
		to = day(g.f.To)
	}
	return max(1, to-from)
}
