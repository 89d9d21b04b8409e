package leverage

import (
	"slices"

	"attune/internal/estimate"
)

// Peak is a time since coming in at which people leave more than twice as fast as they usually do.
type Peak struct {
	From int `json:"from"` // days, both included
	To   int `json:"to"`
	// Left of AtRisk who were still there on the first of these days; Times is how many times as fast as usual.
	Left   int     `json:"left"`
	AtRisk int     `json:"at_risk"`
	Times  float64 `json:"times"`
}

const (
	// smooth is over how many days the pace of leaving is averaged.
	smooth = 7
	// thinnest is the fewest people still there for a day to count.
	thinnest = 50
	// luck is how likely the peaks of all days together may be chance.
	luck = .01
)

// peaks finds them. Days on which few are left are not looked at: one who leaves of three is no peak. A peak has as
// many people as the smallest cell, and more than chance would have brought at the usual pace, all days
// together.
func (d days) peaks(n int, o *Options) []Peak {
	atRisk := make([]int, 0, len(d.exits))
	at := n
	for day := range d.exits {
		if at < thinnest {
			break
		}
		atRisk = append(atRisk, at)
		at -= int(d.events[day] + d.exits[day] + d.ends[day])
	}
	if len(atRisk) < 2*smooth {
		return nil
	}
	pace := make([]float64, len(atRisk))
	var left, there, all, days float64
	for day, n := range atRisk {
		all, days = all+float64(d.exits[day]), days+float64(n)
	}
	for day := range pace {
		left, there = 0, 0
		for i := max(0, day-smooth/2); i <= min(len(pace)-1, day+smooth/2); i++ {
			left, there = left+float64(d.exits[i]), there+float64(atRisk[i])
		}
		pace[day] = left / there
	}
	ordered := slices.Clone(pace)
	slices.Sort(ordered)
	usual := percentile(ordered, .5)
	if usual == 0 { // on most days nobody leaves
		usual = all / days
	}
	var list []Peak
	for day := 0; day < len(pace); day++ {
		if usual == 0 || pace[day] <= 2*usual {
			continue
		}
		p := Peak{From: day, AtRisk: atRisk[day]}
		there := 0.0
		for ; day < len(pace) && pace[day] > 2*usual; day++ {
			p.Left, there, p.To = p.Left+int(d.exits[day]), there+float64(atRisk[day]), day
		}
		p.Times = float64(p.Left) / there / usual
		if p.Left >= o.minCell() && estimate.PoissonAtLeast(p.Left, usual*there) < luck/float64(len(pace)) {
			list = append(list, p)
		}
	}
	return list
}
