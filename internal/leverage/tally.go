package leverage

import (
	"attune/internal/estimate"
)

// tally counts by cell and day what happened until the horizon. A cell is a stratum and a level.
type tally struct {
	levels, days int // days is the horizon + 1, from day 0
	events       []int32
	exits        []int32
	ends         []int32 // who was seen no further on that day
	beyond       []int32 // who was still there after the horizon, by cell
	n            []int32 // who came, by cell
	fairN, fairX []int32 // of those who came a horizon ago or longer: how many, and how many of them went on in time
	known, late  int     // rows with a level known in time, and only later
}

func (t *tally) cell(stratum, level int) int { return stratum*t.levels + level }

// reset makes room for so many cells, and forgets.
func (t *tally) reset(strata, levels int, horizon int32) {
	t.levels, t.days, t.known, t.late = levels, int(horizon)+1, 0, 0
	cells := strata * levels
	for _, x := range []*[]int32{&t.events, &t.exits, &t.ends} {
		*x = zeros(*x, cells*t.days)
	}
	for _, x := range []*[]int32{&t.beyond, &t.n, &t.fairN, &t.fairX} {
		*x = zeros(*x, cells)
	}
}

// tooLate tells that levels became known only after people came in, of too many to look away from.
func (t *tally) tooLate() bool {
	return float64(t.late) > mostLate*float64(t.late+t.known)
}

func zeros(of []int32, n int) []int32 {
	if cap(of) < n {
		return make([]int32, n)
	}
	of = of[:n]
	clear(of)
	return of
}

// count counts attribute a; with a < 0 everybody is of level 0.
func (t *tally) count(c *Cohort, horizon int32, strata, a, levels int) {
	t.reset(strata, levels, horizon)
	for i, entered := range c.Entered {
		level := 0
		if a >= 0 {
			var late bool
			if level, late = c.level(a, i); late {
				t.late++
			} else if level != 0 {
				t.known++
			}
		}
		cell := c.stratum(i)*levels + level
		t.n[cell]++
		waited := c.Ended[i] - entered
		if comparable, hit := c.fair(i, horizon); comparable {
			t.fairN[cell]++
			if hit {
				t.fairX[cell]++
			}
		}
		if waited > horizon {
			t.beyond[cell]++
			continue
		}
		at := cell*t.days + int(waited)
		switch c.Outcome[i] {
		case Converted:
			t.events[at]++
		case Exited:
			t.exits[at]++
		case Waiting:
			t.ends[at]++
		}
	}
}

// fair tells of those who came a horizon ago or longer whether they went on in time. Of them all is known, whatever
// it was, so that shares of them are shares. Who was seen no further in between is not among them.
func (c *Cohort) fair(i int, horizon int32) (comparable, hit bool) {
	if c.Now-c.Entered[i] < horizon {
		return false, false
	}
	waited := c.Ended[i] - c.Entered[i]
	if c.Outcome[i] == Waiting && waited < horizon {
		return false, false
	}
	return true, c.Outcome[i] == Converted && waited <= horizon
}

// curve is the cell's incidence at the horizon, and whether anybody was followed so far.
func (t *tally) curve(cell int) (c estimate.Curve, followed bool) {
	at := t.n[cell]
	for i := cell * t.days; i < (cell+1)*t.days; i++ {
		if e, x := t.events[i], t.exits[i]; e+x > 0 {
			c.Step(float64(at), float64(e), float64(x))
		}
		at -= t.events[i] + t.exits[i] + t.ends[i]
	}
	return c, t.beyond[cell] > 0 || c.Free() < 1e-12 || t.lastDay(cell)
}

// lastDay tells whether somebody was still seen on the day of the horizon itself.
func (t *tally) lastDay(cell int) bool {
	last := (cell+1)*t.days - 1
	return t.events[last]+t.exits[last]+t.ends[last] > 0
}

// pace is a group's daily chances of going on and of leaving, from which follows how much a smaller group can say.
type pace struct{ on, off []float64 }

// paceOf is that of several cells together.
func (t *tally) paceOf(cells []int, p *pace) estimate.Curve {
	if cap(p.on) < t.days {
		p.on, p.off = make([]float64, t.days), make([]float64, t.days)
	}
	p.on, p.off = p.on[:t.days], p.off[:t.days]
	at := int32(0)
	for _, c := range cells {
		at += t.n[c]
	}
	var curve estimate.Curve
	for d := range t.days {
		var e, x, z int32
		for _, c := range cells {
			i := c*t.days + d
			e, x, z = e+t.events[i], x+t.exits[i], z+t.ends[i]
		}
		p.on[d], p.off[d] = 0, 0
		if e+x > 0 {
			p.on[d], p.off[d] = float64(e)/float64(at), float64(x)/float64(at)
			curve.Step(float64(at), float64(e), float64(x))
		}
		at -= e + x + z
	}
	return curve
}

// worth is how many people followed to the horizon would say as much as the cell's people do, at the pace of all:
// F(1−F)/Var F, with the variance that the cell's own numbers at risk give. Its own few events would make a
// variance that is small by luck exactly where F is far out by luck.
func (t *tally) worth(cell int, p *pace, f float64) float64 {
	at := t.n[cell]
	if f <= 0 || f >= 1 {
		known := at
		for i := cell * t.days; i < (cell+1)*t.days-1; i++ {
			known -= t.ends[i]
		}
		return float64(known)
	}
	var curve estimate.Curve
	for d := range t.days {
		i := cell*t.days + d
		if p.on[d]+p.off[d] > 0 {
			if at <= 0 {
				break
			}
			n := float64(at)
			curve.Step(n, p.on[d]*n, p.off[d]*n)
		}
		at -= t.events[i] + t.exits[i] + t.ends[i]
	}
	se := curve.StdErr()
	if se == 0 {
		return float64(t.n[cell])
	}
	return min(float64(t.n[cell]), f*(1-f)/(se*se))
}
