package outcomes

import (
	"cmp"
	"math"
	"slices"

	"attune/core/program"
	"attune/internal/estimate"
)

// Tally adds people up, one after the other. It holds a few numbers of each, and no more.
type Tally struct {
	of Of
	slice
	// levels are the same of each level of the attribute that the report is divided by.
	levels map[string]*slice
}

// slice is a part of all people.
type slice struct {
	people, came int
	reached      worth // how often each outcome was reached, in the days that somebody was there in the period
	spells       []estimate.Spell
	phases       [][]estimate.Spell
	outcomes     []outcomeTally
	response     map[response]*responseTally
	channels     map[response]*responseTally
	measures     []measureTally
	moments      map[about]*momentTally
	stages       map[string]*stageTally
	arms         map[armKey]*armTally
	first        float64 // when the first came
}

// outcomeTally is of one outcome: how often, in which time, by how many of those who were there.
type outcomeTally struct {
	rate   ratio
	people int
}

type response struct{ engagement, channel string }

// responseTally are messages, and of how many people they were; of what happened to them too.
type responseTally struct {
	people, sent                                int
	failed, delivered, opened, clicked, replied counted
	complained                                  counted
	due, reached                                int
	dueBy                                       int
	reachedBy                                   int
	rate                                        ratio
}

// counted is how often something happened to messages, and to messages of how many people.
type counted struct{ n, people int }

// measureTally is of one measure. Change is from the first value to the last, where they are four weeks apart.
type measureTally struct {
	people, times       int
	first, last, change mean
	better, worse, good int
	goodOf              int
	// Of a supply: the shares of days covered of who was followed long enough and got two or more, and how many got one.
	covered mean
	bins    [5]int
	single  int
}

type about struct {
	measure      int
	moment, code string
}

// momentTally is what people said of a moment; the last word of each counts.
type momentTally struct {
	value                           mean
	good                            int
	promoters, passives, detractors int
	negative                        int
}

type stageTally struct {
	people        int
	from, to      map[string]int
	moves         map[[2]string]int
	forward, back int
}

type armKey struct{ layer, arm string }

// armTally is what became of those of one part of a trial, from when it was drawn.
type armTally struct {
	people   int
	reached  worth
	outcomes []outcomeTally
	measures []measureTally
}

// NewTally begins to add up.
func NewTally(of Of) *Tally {
	return &Tally{of: of, slice: newSlice(of.Program), levels: map[string]*slice{}}
}

func newSlice(pr *program.Program) slice {
	return slice{
		phases: make([][]estimate.Spell, len(pr.Map.Phases)), outcomes: make([]outcomeTally, len(pr.Outcomes)), response: map[response]*responseTally{},
		channels: map[response]*responseTally{}, measures: make([]measureTally, len(pr.Measures)), moments: map[about]*momentTally{}, stages: map[string]*stageTally{}, arms: map[armKey]*armTally{},
		first: math.Inf(1), reached: newWorth(len(pr.Outcomes)),
	}
}

// Add adds somebody, unless they were not there in the period, and tells whether they were.
func (t *Tally) Add(p *Person) bool {
	if p.Enrolled >= t.of.Period.Until || p.Gone <= t.of.Period.From && p.Gone < t.of.Period.Until {
		return false
	}
	t.add(t.of, p)
	if t.of.By == "" {
		return true
	}
	s := t.levels[p.Level]
	if s == nil {
		n := newSlice(t.of.Program)
		s = &n
		t.levels[p.Level] = s
	}
	s.add(t.of, p)
	return true
}

func (s *slice) add(of Of, p *Person) {
	from, until := max(p.Enrolled, of.Period.From), min(p.Gone, of.Period.Until)
	s.people++
	s.first = min(s.first, from)
	if of.Period.has(p.Enrolled) {
		s.came++
		s.spells = append(s.spells, estimate.Spell{Time: until - p.Enrolled, Cause: cause(p, of.Period)})
	}
	for _, x := range p.Passages {
		s.phases[x.Phase] = append(s.phases[x.Phase], estimate.Spell{Time: x.Days, Cause: x.Cause})
	}
	reach(s.outcomes, &s.reached, p, of.Period, from, max(until-from, 0))
	s.touches(of, p)
	s.values(of, p)
	s.moves(of, p)
	s.trials(of, p)
}

// reach adds what somebody reached from an instant on, of so many days.
func reach(outcomes []outcomeTally, all *worth, p *Person, of Period, from, followed float64) {
	times := make([]float64, len(outcomes))
	for _, r := range p.Reached {
		if r.At >= from && r.At < of.Until {
			times[r.Outcome]++
		}
	}
	for i, n := range times {
		outcomes[i].rate.add(n, followed)
		if n > 0 {
			outcomes[i].people++
		}
	}
	all.add(times, followed)
}

// cause is how somebody's time ended within the period.
func cause(p *Person, of Period) int {
	if p.Gone >= of.Until {
		return 0
	}
	return int(p.End)
}

func (s *slice) touches(of Of, p *Person) {
	pr := of.Program
	type sums struct {
		of                                                               *responseTally
		failed, delivered, opened, clicked, replied, complains, due, hit int
	}
	var mine []sums
	find := func(all map[response]*responseTally, key response) *sums {
		r := all[key]
		if r == nil {
			r = &responseTally{}
			all[key] = r
		}
		i := slices.IndexFunc(mine, func(x sums) bool { return x.of == r })
		if i < 0 {
			i = len(mine)
			mine = append(mine, sums{of: r})
			r.people++
		}
		return &mine[i]
	}
	for k := range p.Touches {
		x := &p.Touches[k]
		if !of.Period.has(x.At) {
			continue
		}
		due, hit := answered(pr, p, x, of.Period.Until)
		for _, to := range []struct {
			all map[response]*responseTally
			key response
		}{{s.response, response{x.Engagement, x.Channel}}, {s.channels, response{"", x.Channel}}} {
			m := find(to.all, to.key)
			m.of.sent++
			for _, c := range []struct {
				is bool
				of *counted
				my *int
			}{
				{x.Failed, &m.of.failed, &m.failed}, {x.Delivered, &m.of.delivered, &m.delivered}, {x.Opened, &m.of.opened, &m.opened},
				{x.Clicked, &m.of.clicked, &m.clicked}, {x.Replied, &m.of.replied, &m.replied}, {x.Complains, &m.of.complained, &m.complains},
			} {
				if c.is {
					c.of.n++
					if *c.my++; *c.my == 1 {
						c.of.people++
					}
				}
			}
			if due {
				m.due++
				m.of.due++
				if hit {
					m.hit++
					m.of.reached++
				}
			}
		}
	}
	for i := range mine {
		if m := &mine[i]; m.due > 0 {
			m.of.dueBy++
			m.of.rate.add(float64(m.hit), float64(m.due))
			if m.hit > 0 {
				m.of.reachedBy++
			}
		}
	}
}

// answered tells whether the outcome of a message was reached within its time, and whether that is known: its time is over.
func answered(pr *program.Program, p *Person, x *Touch, until float64) (due, hit bool) {
	e := slices.IndexFunc(pr.Engagements, func(e program.Engagement) bool { return e.ID == x.Engagement })
	if e < 0 || pr.Engagements[e].Outcome == "" || x.Failed {
		return false, false
	}
	o := slices.IndexFunc(pr.Outcomes, func(o program.Outcome) bool { return o.ID == pr.Engagements[e].Outcome })
	if o < 0 {
		return false, false
	}
	end := x.At + days(pr.Outcomes[o].Within)
	if end > until {
		return false, false
	}
	return true, slices.ContainsFunc(p.Reached, func(r Reached) bool { return r.Outcome == o && r.At > x.At && r.At <= end })
}

func costOf(pr *program.Program, channel string) float64 {
	for _, c := range pr.Costs.Messages {
		if c.Channel == channel {
			return c.Value
		}
	}
	return 0
}

// apart is how many days a first and a last value are apart at least, to tell of a change.
const apart = 28

// What the share of days covered is of: the Pharmacy Quality Alliance asks for 91 days of treatment or more and for two supplies; a year
// from the first supply on is looked at.
const (
	leastCovered = 91
	mostCovered  = 365
)

func (s *slice) values(of Of, p *Person) {
	pr := of.Program
	for m := range pr.Measures {
		s.measures[m].add(&pr.Measures[m], m, p, of.Period)
	}
	last := map[about]*Value{}
	for i := range p.Values {
		v := &p.Values[i]
		if !of.Period.has(v.At) {
			continue
		}
		switch pr.Measures[v.Measure].Kind {
		case "satisfaction", "effort", "recommendation", "feeling":
			last[about{v.Measure, v.Moment, ""}] = v
		case "incident":
			last[about{v.Measure, v.Moment, v.Code}] = v
		}
	}
	for key, v := range last {
		m := s.moments[key]
		if m == nil {
			m = &momentTally{}
			s.moments[key] = m
		}
		m.value.add(v.Value)
		if isGood(&pr.Measures[v.Measure], v.Value) {
			m.good++
		}
		switch {
		case v.Value >= 9:
			m.promoters++
		case v.Value >= 7:
			m.passives++
		default:
			m.detractors++
		}
		if v.Value < 0 {
			m.negative++
		}
	}
}

func isGood(m *program.Measure, x float64) bool {
	return m.Good != nil && (m.Lower && x <= *m.Good || !m.Lower && x >= *m.Good)
}

// add adds somebody's values of the measure with this place.
func (m *measureTally) add(d *program.Measure, place int, p *Person, of Period) {
	var first, last *Value
	for i := range p.Values {
		v := &p.Values[i]
		if v.Measure != place || !of.has(v.At) {
			continue
		}
		if first == nil {
			first = v
		}
		last = v
		m.times++
	}
	if first == nil {
		return
	}
	m.people++
	switch d.Kind {
	case "supply":
		m.supply(d, place, p, of)
	case "clinical", "reported":
		if d.Good != nil {
			m.goodOf++
			if isGood(d, last.Value) {
				m.good++
			}
		}
		if last.At-first.At < apart {
			return
		}
		change := last.Value - first.Value
		m.first.add(first.Value)
		m.last.add(last.Value)
		m.change.add(change)
		if d.Lower {
			change = -change
		}
		// Facts hold numbers to seven digits.
		matters := d.Matters - 1e-6*max(1, math.Abs(first.Value), math.Abs(last.Value))
		if d.Matters > 0 && change >= matters {
			m.better++
		}
		if d.Matters > 0 && change <= -matters {
			m.worse++
		}
	}
}

// supply adds the share of days that somebody had the medicine: what is fetched early is put on top, by what it is of; a day on which they
// had any of them counts once.
func (m *measureTally) supply(d *program.Measure, place int, p *Person, of Period) {
	var codes []string
	var fills []*Value
	for i := range p.Values {
		if v := &p.Values[i]; v.Measure == place && v.At < of.Until && v.Value > 0 {
			fills = append(fills, v)
			if !slices.Contains(codes, v.Code) {
				codes = append(codes, v.Code)
			}
		}
	}
	if len(fills) == 0 {
		return
	}
	from := max(fills[0].At, of.From)
	until := min(of.Until, p.Gone, from+mostCovered)
	if until-from < leastCovered {
		return
	}
	if len(fills) < 2 {
		m.single++
		return
	}
	type span struct{ from, to float64 }
	var spans []span
	for _, code := range codes {
		end := math.Inf(-1)
		for _, v := range fills {
			if v.Code != code {
				continue
			}
			begin := max(v.At, end)
			end = begin + v.Value
			spans = append(spans, span{begin, end})
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	covered, at := 0.0, from
	for _, x := range spans {
		begin, end := max(x.from, at), min(x.to, until)
		if end > begin {
			covered += end - begin
			at = end
		}
	}
	share := min(1, covered/(until-from))
	m.covered.add(share)
	m.bins[min(4, int(share*5))]++
	if share >= d.Enough() {
		m.good++
	}
}

func (s *slice) moves(of Of, p *Person) {
	type way struct{ from, to string }
	ways := map[string]*way{}
	for _, x := range p.Moves {
		if !of.Period.has(x.At) {
			continue
		}
		if w := ways[x.Behavior]; w != nil {
			w.to = x.To
		} else {
			// The first belief comes from none.
			from := x.From
			if readiness(from) < 0 {
				from = x.To
			}
			ways[x.Behavior] = &way{from, x.To}
		}
	}
	for b, w := range ways {
		t := s.stages[b]
		if t == nil {
			t = &stageTally{from: map[string]int{}, to: map[string]int{}, moves: map[[2]string]int{}}
			s.stages[b] = t
		}
		t.people++
		t.moves[[2]string{w.from, w.to}]++
		switch d := readiness(w.to) - readiness(w.from); {
		case d > 0:
			t.forward++
		case d < 0:
			t.back++
		}
	}
}

func (s *slice) trials(of Of, p *Person) {
	pr := of.Program
	for i, a := range p.Arms {
		if slices.ContainsFunc(p.Arms[:i], func(b Arm) bool { return b.Layer == a.Layer }) {
			continue // as assigned first
		}
		key := armKey{a.Layer, a.Arm}
		t := s.arms[key]
		if t == nil {
			t = &armTally{outcomes: make([]outcomeTally, len(pr.Outcomes)), reached: newWorth(len(pr.Outcomes)), measures: make([]measureTally, len(pr.Measures))}
			s.arms[key] = t
		}
		// Whoever leaves goes on to be counted: they left as one of that part.
		from, until := max(a.At, of.Period.From), of.Period.Until
		if until <= from {
			continue
		}
		t.people++
		// What was reached at the very instant of the draw was not changed by it.
		reach(t.outcomes, &t.reached, p, of.Period, math.Nextafter(from, math.Inf(1)), until-from)
		after := Period{from, of.Period.Until}
		for m := range pr.Measures {
			t.measures[m].add(&pr.Measures[m], m, p, after)
		}
	}
}
