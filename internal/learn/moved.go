package learn

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"attune/core/instant"
)

// Moved is what saying an engagement does to moving on: by how much more people came to a later stage in a
// decision's time after it than after nothing. Each decision weighs as much as its chance was small, so that what
// was chosen for whom does not count. A later stage is believed and not seen, so this is a hint and no outcome.
type Moved struct {
	Program    string `json:"program"`
	Engagement string `json:"engagement"`
	Stage      string `json:"stage"`
	// Said and Nothing are how many decisions said it, or nothing where it could have been said.
	Said    int `json:"said"`
	Nothing int `json:"nothing"`
	// More is the difference of the chances to move on.
	More Interval `json:"more"`
}

// leastMoves is how many decisions of each kind, and how many people who moved, a difference needs to be told.
const leastMoves = 30

// sums are one person's sums, of what was said and of nothing: how many moved, and how many there were, each by
// the inverse of its chance.
type sums [4]float64

// moving sums up one engagement in one stage.
type moving struct {
	program, engagement, stage string
	said, nothing, moved       int
	sum                        sums
	// square holds sums of products of each person's sums, for the error by people.
	square [4][4]float64
}

// movings are sorted by their names.
type movings []moving

func (m *movings) of(program, engagement, stage string) *moving {
	i, found := slices.BinarySearchFunc(*m, moving{program: program, engagement: engagement, stage: stage}, compareMoving)
	if !found {
		*m = slices.Insert(*m, i, moving{program: program, engagement: engagement, stage: stage})
	}
	return &(*m)[i]
}

func compareMoving(a, b moving) int {
	return cmp.Or(strings.Compare(a.program, b.program), strings.Compare(a.engagement, b.engagement), strings.Compare(a.stage, b.stage))
}

// take adds a row of one person.
func (m *movings) take(p *programs, l *Life, r *Row, now instant.Time) {
	if now < r.Closes || r.Round.Nothing <= 0 {
		return
	}
	type found struct {
		program, engagement, stage string
		chance                     float64
		drawn                      bool
	}
	var all []found
	for k := range r.Round.Options {
		o := &r.Round.Options[k]
		c := &r.Decision.Candidates[o.Candidate]
		if c.Outcome != r.Outcome || o.Confidence == 0 || p.behavior(c.Program, c.Engagement) == "" {
			continue
		}
		i := slices.IndexFunc(all, func(f found) bool { return f.program == c.Program && f.engagement == c.Engagement })
		if i < 0 {
			i = len(all)
			all = append(all, found{program: c.Program, engagement: c.Engagement, stage: o.Stage.String()})
		}
		all[i].chance += o.Probability
		all[i].drawn = all[i].drawn || k == r.Round.Drawn
	}
	for _, f := range all {
		if f.chance <= 0 || !f.drawn && r.Round.Drawn >= 0 {
			continue
		}
		behavior := p.behavior(f.program, f.engagement)
		moved := 0.0
		if firstIn(l.moved, r.Decision.At, r.Closes, func(h *Happening) bool { return h.What == behavior }) != instant.Never {
			moved = 1
		}
		x := m.of(f.program, f.engagement, f.stage)
		x.moved += int(moved)
		at, chance := 0, f.chance
		if f.drawn {
			x.said++
		} else {
			x.nothing++
			at, chance = 2, r.Round.Nothing
		}
		x.sum[at] += moved / chance
		x.sum[at+1] += 1 / chance
	}
}

// person adds what one person's rows came to.
func (m *movings) person(own movings) {
	for i := range own {
		o := &own[i]
		x := m.of(o.program, o.engagement, o.stage)
		for a := range o.sum {
			for b := range o.sum {
				o.square[a][b] = o.sum[a] * o.sum[b]
			}
		}
		x.add(o)
	}
}

func (m *moving) add(o *moving) {
	m.said, m.nothing, m.moved = m.said+o.said, m.nothing+o.nothing, m.moved+o.moved
	for a := range m.sum {
		m.sum[a] += o.sum[a]
		for b := range m.square[a] {
			m.square[a][b] += o.square[a][b]
		}
	}
}

func (m *movings) merge(o movings) {
	for i := range o {
		m.of(o[i].program, o[i].engagement, o[i].stage).add(&o[i])
	}
}

// tell says what it came to: the difference of two weighed means, and its error by people (linearised).
func (m movings) tell() (out []Moved) {
	for i := range m {
		x := &m[i]
		told := Moved{Program: x.program, Engagement: x.engagement, Stage: x.stage, Said: x.said, Nothing: x.nothing}
		why := ""
		if x.said < leastMoves || x.nothing < leastMoves || x.moved < leastMoves {
			why = "nothing known yet"
		}
		if x.sum[1] > 0 && x.sum[3] > 0 {
			said, nothing := x.sum[0]/x.sum[1], x.sum[2]/x.sum[3]
			slope := sums{1 / x.sum[1], -said / x.sum[1], -1 / x.sum[3], nothing / x.sum[3]}
			variance := 0.0
			for a := range slope {
				for b := range slope {
					variance += slope[a] * slope[b] * x.square[a][b]
				}
			}
			told.More = interval(said-nothing, math.Sqrt(max(variance, 0)), Enough, why)
		} else {
			told.More = Interval{Why: "nothing known yet"}
		}
		out = append(out, told)
	}
	return out
}
