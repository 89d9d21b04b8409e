package leverage

import (
	"math"

	"attune/internal/estimate"
)

// Passage is what became of those who came: Entered = Converted + Exited + Waiting, always.
type Passage struct {
	Transition
	Entered   int `json:"entered"`
	Converted int `json:"converted"`
	Exited    int `json:"exited"`
	Waiting   int `json:"waiting"`
	// PresumedLost are those of Waiting who wait longer than LostAfter days; they are never counted as having left.
	PresumedLost int `json:"presumed_lost"`
	LostAfter    int `json:"lost_after"`
	// Share goes on within the horizon, by Aalen and Johansen. Interval is missing below ten events. Followed
	// tells that somebody was followed so far.
	Share    float64         `json:"share"`
	Interval *estimate.Share `json:"interval,omitempty"`
	Followed bool            `json:"followed"`
	// Naive is what one would say who takes those who left for people who still wait (Kaplan and Meier), where that
	// is more than two points off.
	Naive *float64 `json:"naive,omitempty"`
	// Waits are the days by which 25, 50 and 75 of a hundred who came have gone on; missing where so many never
	// did. Those who have not gone on count, so quick ones do not make waiting look short.
	Waits [3]*int `json:"waits"`
	// Late stayed longer than the target; those who wait count with the days they have waited so far. DaysLost are all days
	// beyond the target, and Excess how many of them a person.
	Late     int     `json:"late"`
	DaysLost int     `json:"days_lost"`
	Excess   float64 `json:"excess"`
	// Steady compares who waits now with who would if as many came every day as in the window, and went as quickly
	// (Little's law).
	Steady Steady `json:"steady"`
	// Withheld tells that fewer came than the smallest cell; everything else is empty then.
	Withheld bool `json:"withheld,omitempty"`
}

// Steady is the check that a phase is as full as its flow makes it. Where it is Off by more than a fifth, and by more than
// chance, the past is not what comes.
type Steady struct {
	Expected float64 `json:"expected"`
	Waiting  int     `json:"waiting"`
	Off      bool    `json:"off"`
}

// days counts by day what happened to all of a cohort.
type days struct{ events, exits, ends []int32 }

func (c *Cohort) days() days {
	last := int32(0)
	for i, e := range c.Entered {
		last = max(last, c.Ended[i]-e)
	}
	d := days{make([]int32, last+1), make([]int32, last+1), make([]int32, last+1)}
	for i, e := range c.Entered {
		at := c.Ended[i] - e
		switch c.Outcome[i] {
		case Converted:
			d.events[at]++
		case Exited:
			d.exits[at]++
		case Waiting:
			d.ends[at]++
		}
	}
	return d
}

// passage reckons it.
func (c *Cohort) passage(t *Transition, d days, o *Options) Passage {
	p := Passage{Transition: *t, Entered: len(c.Entered)}
	if p.Entered > 0 && p.Entered < o.minCell() {
		return Passage{Transition: *t, Withheld: true}
	}
	var curve, naive, all estimate.Curve
	at, gone, stays := int32(p.Entered), 0, 0.0
	quantiles := [...]float64{.25, .5, .75}
	for day := range d.events {
		e, x, z := d.events[day], d.exits[day], d.ends[day]
		p.Converted, p.Exited, p.Waiting = p.Converted+int(e), p.Exited+int(x), p.Waiting+int(z)
		if day > 0 {
			stays += all.Free()
		}
		if over := day - int(t.Target); t.Target > 0 && over > 0 {
			p.Late += int(e + x + z)
			p.DaysLost += over * int(e+x+z)
		}
		if e+x > 0 {
			all.Step(float64(at), float64(e), float64(x))
			if day <= int(t.Horizon) {
				curve = all
			}
		}
		if e > 0 && day <= int(t.Horizon) {
			gone += int(e)
			naive.Step(float64(at), float64(e), 0)
		}
		for q, share := range quantiles {
			if p.Waits[q] == nil && all.F() >= share-1e-12 {
				p.Waits[q] = new(day)
			}
		}
		at -= e + x + z
		if day == int(t.Horizon) {
			p.Followed = p.Followed || at > 0 || e+x+z > 0
		}
	}
	p.Followed = p.Followed || curve.Free() < 1e-12
	p.Share = curve.F()
	if gone >= 10 {
		p.Interval = new(estimate.LogLog(curve.F(), curve.StdErr(), .95))
	}
	if off := naive.F() - curve.F(); math.Abs(off) > .02 {
		p.Naive = new(naive.F())
	}
	p.lost(d)
	if p.Entered > 0 {
		p.Excess = float64(p.DaysLost) / float64(p.Entered)
		p.Steady = Steady{Expected: float64(p.Entered) / float64(t.Window) * stays, Waiting: p.Waiting}
		off := math.Abs(float64(p.Waiting) - p.Steady.Expected)
		p.Steady.Off = off > .2*p.Steady.Expected && off > 2*math.Sqrt(p.Steady.Expected)
	}
	return p
}

// lost counts who waits longer than anybody goes on after.
func (p *Passage) lost(d days) {
	p.LostAfter = int(p.Lost)
	if p.LostAfter == 0 {
		p.LostAfter = int(p.Horizon)
		sum := 0
		for day, e := range d.events {
			if sum += int(e); e > 0 && float64(sum) >= .95*float64(p.Converted) {
				p.LostAfter = max(p.LostAfter, day)
				break
			}
		}
	}
	for day := p.LostAfter + 1; day < len(d.ends); day++ {
		p.PresumedLost += int(d.ends[day])
	}
}
