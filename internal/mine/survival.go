package mine

import (
	"slices"

	"attune/internal/estimate"
)

// Passage asks how many cases get from one activity to another, and when, where some leave by an exit.
type Passage struct {
	From, To string
	Exits    []string
	// Horizon ends the curve, in nanoseconds; 0 draws all of it.
	Horizon int64
	// By tells whether cases are told apart by the attribute that was read with the log, as it was known
	// when they entered.
	By string
}

// Survival is who entered, and what became of them: always Entered = Converted + Exited + Waiting.
// The curve is the probability of having arrived by a time after entering, where exits compete (Aalen and
// Johansen, "An empirical transition matrix", 1978). Whoever waits is followed until the log's last event.
type Survival struct {
	From      string   `json:"from"`
	To        string   `json:"to"`
	Exits     []string `json:"exits"`
	Entered   int      `json:"entered"`
	Converted int      `json:"converted"`
	Exited    int      `json:"exited"`
	Waiting   int      `json:"waiting"`
	Curve     []Point  `json:"curve"`
	By        string   `json:"by,omitempty"`
	Groups    []Group  `json:"groups,omitempty"` // most entered first, then by value; "" is not known
}

// Group is the same of those who have one value of the attribute.
type Group struct {
	Value     string  `json:"value"`
	Entered   int     `json:"entered"`
	Converted int     `json:"converted"`
	Exited    int     `json:"exited"`
	Waiting   int     `json:"waiting"`
	Curve     []Point `json:"curve"`
}

// Point is a time at which somebody arrived or left: how many were still there just before, which share
// has arrived by then, and its standard error.
type Point struct {
	T      float64 `json:"t_s"`
	AtRisk int     `json:"at_risk"`
	F1     float64 `json:"f1"`
	SE     float64 `json:"se"`
}

// Survival follows everybody who entered, from their first event of the one activity to the first later
// one of the other, or of an exit, whichever comes first in their case.
func (l *Log) Survival(p Passage) *Survival {
	from, to := l.activity(p.From), l.activity(p.To)
	exit := make([]bool, len(l.Activities))
	for _, x := range p.Exits {
		if i := l.activity(x); i >= 0 {
			exit[i] = true
		}
	}
	type followed struct {
		estimate.Spell
		is uint32
	}
	parts := make([][]followed, lanes)
	l.each(func(lane, first, end int) {
		for c := first; c < end; c++ {
			i, z := int(l.Off[c]), int(l.Off[c+1])
			is := uint32(0)
			for ; i < z && int(l.Act[i]) != from; i++ {
				if l.Is != nil && l.Is[i] != 0 {
					is = l.Is[i]
				}
			}
			if i == z {
				continue
			}
			if l.Is != nil && l.Is[i] != 0 {
				is = l.Is[i]
			}
			began := l.At[i]
			f := followed{estimate.Spell{Time: seconds(l.Last - began)}, is}
			for i++; i < z; i++ {
				if x := int(l.Act[i]); x == to || exit[x] {
					f.Time, f.Cause = seconds(l.At[i]-began), 2
					if x == to {
						f.Cause = 1
					}
					break
				}
			}
			parts[lane] = append(parts[lane], f)
		}
	})
	var spells []estimate.Spell
	groups := map[uint32][]estimate.Spell{}
	for _, part := range parts {
		for _, f := range part {
			spells = append(spells, f.Spell)
			if p.By != "" {
				groups[f.is] = append(groups[f.is], f.Spell)
			}
		}
	}
	all := groupOf("", spells, p.Horizon)
	s := &Survival{From: p.From, To: p.To, Exits: append([]string{}, p.Exits...), Entered: all.Entered, Converted: all.Converted, Exited: all.Exited, Waiting: all.Waiting, Curve: all.Curve, By: p.By}
	for is, spells := range groups {
		s.Groups = append(s.Groups, groupOf(l.Levels[is], spells, p.Horizon))
	}
	slices.SortFunc(s.Groups, func(a, b Group) int {
		if a.Entered != b.Entered {
			return b.Entered - a.Entered
		}
		if a.Value < b.Value {
			return -1
		}
		return 1
	})
	return s
}

func groupOf(value string, spells []estimate.Spell, horizon int64) Group {
	g := Group{Value: value, Entered: len(spells), Curve: []Point{}}
	for _, s := range spells {
		switch s.Cause {
		case 0:
			g.Waiting++
		case 1:
			g.Converted++
		case 2:
			g.Exited++
		}
	}
	for _, x := range estimate.Incidence(spells, 1) {
		if horizon > 0 && x.Time > seconds(horizon) {
			break
		}
		g.Curve = append(g.Curve, Point{x.Time, x.AtRisk, x.F, x.StdErr})
	}
	return g
}
