package policy

import (
	"cmp"
	"slices"

	"attune/core/channel"
	"attune/core/id"
	"attune/core/instant"
)

// Capacity is what a team does in a day of what goes by a channel that people carry.
type Capacity struct {
	Channel, Team string
	PerDay        int
}

// CapacityOf tells which team carries a channel; false where the policy sets no bound.
func (p *Policy) CapacityOf(name string) (Capacity, bool) {
	i := slices.IndexFunc(p.Capacity, func(c Capacity) bool { return c.Channel == name })
	if i < 0 {
		return Capacity{}, false
	}
	return p.Capacity[i], true
}

// Pool is a team's work of a day: one for all programs and channels that name the team.
type Pool struct {
	Team   string
	PerDay int
	// Zone is the clock of the team's day.
	Zone string
}

// Pools are the teams of some policies, sorted by name. Of several numbers for a team the lowest holds,
// and its day is that of the first policy that names it.
func Pools(policies ...*Policy) (out []Pool) {
	for _, p := range policies {
		for _, c := range p.Capacity {
			i, known := slices.BinarySearchFunc(out, c.Team, func(x Pool, team string) int { return cmp.Compare(x.Team, team) })
			if !known {
				out = slices.Insert(out, i, Pool{Team: c.Team, PerDay: c.PerDay, Zone: p.Zone})
			}
			out[i].PerDay = min(out[i].PerDay, c.PerDay)
		}
	}
	return out
}

// Contender is a contact that waits for a place in a team's day.
type Contender struct {
	Touch id.Key
	Class channel.Class
	Value float64
	Due   instant.Time
}

// Outranks orders contenders: by class, then by value, then by how long they have been due. Of two that
// are alike in all of it the one with the lower id goes first, so that everybody's order is the same.
func (c *Contender) Outranks(other *Contender) bool { return compare(c, other) < 0 }

func compare(a, b *Contender) int {
	switch {
	case a.Class.Before(b.Class):
		return -1
	case b.Class.Before(a.Class):
		return 1
	}
	return cmp.Or(cmp.Compare(b.Value, a.Value), cmp.Compare(a.Due, b.Due), slices.Compare(a.Touch[:], b.Touch[:]))
}

// Best ranks contenders, and splits them into those that get one of the places and the others.
func Best(all []Contender, places int) (in, out []Contender) {
	ranked := slices.Clone(all)
	slices.SortFunc(ranked, func(a, b Contender) int { return compare(&a, &b) })
	n := max(0, min(places, len(ranked)))
	return ranked[:n:n], ranked[n:]
}

// DayOf is the day on the zone's clock that t is in: from its first instant up to, not including, until.
func DayOf(z *instant.Zone, t instant.Time) (from, until instant.Time) {
	from = midnight(z, t.Add(-2*instant.Day))
	for until = midnight(z, from); until <= t; until = midnight(z, from) {
		from = until
	}
	return from, until
}

// midnight is the first instant of the day after t's. It walks the zone's segments as NextOpen does.
func midnight(z *instant.Zone, t instant.Time) instant.Time {
	_, today, _ := z.Local(t)
	for {
		ofDay, day, change := z.Local(t)
		if day > today {
			return t
		}
		t = min(t.Add(instant.Day-ofDay), change)
	}
}
