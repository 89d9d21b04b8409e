package delivery

import (
	"context"
	"slices"
	"strings"
	"time"

	"attune/core/channel"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/policy"

	"attune/core/effect"
)

// Teams tells what the people who carry channels can do.
type Teams interface {
	// Of tells which team carries a program's contacts over a channel; false where nothing bounds them.
	Of(program, channel string) (Team, bool)
	// HandedOver counts what a team was handed over from an instant up to another.
	HandedOver(ctx context.Context, team string, from, until instant.Time) (int, error)
}

// Team carries a program's contacts over a channel.
type Team struct {
	Name   string
	PerDay int
	// Zone is the clock of its day.
	Zone *instant.Zone
	// Hours are when it takes contacts, on the clock Clock.
	Hours policy.Hours
	Clock *instant.Zone
}

// pool is a team's day, and what is due for it and has no place in it. Places are given when the team's
// hours open, and again when something falls due or a place becomes free.
type pool struct {
	name   string
	perDay int
	// from and until are the day, and handed is what was handed over in it; known once it was counted.
	from, until instant.Time
	handed      int
	known       bool
	// asked are those of its places whose gate is asked.
	asked int
	due   waiting
	// changed tells that ranking anew may give another answer.
	changed bool
}

func (d *Delivery) pool(t *Team) *pool {
	at, found := slices.BinarySearchFunc(d.pools, t.Name, func(p *pool, name string) int { return strings.Compare(p.name, name) })
	if !found {
		d.pools = slices.Insert(d.pools, at, &pool{name: t.Name, due: waiting{less: sooner}})
	}
	return d.pools[at]
}

// poolOf is the pool that an attempt takes a place of; nil where none does.
func (d *Delivery) poolOf(s *effect.Send) *pool {
	if !channel.Human(s.Channel) {
		return nil
	}
	for _, l := range d.lane(s.Channel).lines {
		if l.team != nil && l.program == s.Program && l.engagement == s.Engagement && l.class == s.Class {
			return d.pool(l.team)
		}
	}
	return nil
}

// findTeams asks anew who carries what, since programs may have been published.
func (d *Delivery) findTeams() {
	if d.cfg.Teams == nil {
		return
	}
	for _, l := range d.lanes {
		if !channel.Human(l.name) {
			continue
		}
		for _, x := range l.lines {
			was := x.team
			x.team = nil
			if t, bounded := d.cfg.Teams.Of(x.program, l.name); bounded {
				x.team = &t
			}
			if was != nil && (x.team == nil || *x.team != *was) {
				d.pool(was).changed = true
			}
		}
	}
}

// stand lets a touch whose time has come stand in line, or contend for a place in its team's day.
func (d *Delivery) stand(e *entry, now instant.Time) {
	t := e.line.team
	if t == nil {
		e.line.due.put(e)
		return
	}
	if e.from = t.Hours.NextOpen(t.Clock, now); e.from > now {
		d.queue.later.put(e)
		return
	}
	p := d.pool(t)
	p.due.put(e)
	p.changed = true
}

// ranked carries over what is known of a person's touches that are noted anew, and notes which pools have
// to be ranked anew because of it.
func (d *Delivery) ranked(was []*entry, waiting []person.Waiting) {
	for _, e := range was {
		if e.line.team == nil {
			continue
		}
		d.pool(e.line.team).changed = true
		for i := range waiting {
			if w := &waiting[i]; w.Touch == e.touch && w.Due == e.due && e.outranked {
				w.Outranked = true
			}
		}
	}
}

// rank gives the places that are left of a team's day to the best of what is due for it. When the day is
// full the others are told so, each once.
func (d *Delivery) rank(p *pool, now instant.Time) {
	if now >= p.until {
		p.changed = true
	}
	if !p.changed {
		return
	}
	entries := map[id.Key]*entry{}
	var all []policy.Contender
	var of *Team
	for _, e := range slices.Clone(p.due.list) {
		t := e.line.team
		if t == nil || t.Name != p.name || t.Hours.NextOpen(t.Clock, now) > now {
			p.due.take(e)
			d.stand(e, now)
			continue
		}
		of = t
		if !e.line.paused {
			entries[e.touch] = e
			all = append(all, policy.Contender{Touch: e.touch, Class: e.line.class, Value: e.value, Due: e.due})
		}
	}
	p.changed = false
	if of == nil || !d.count(p, of, now) {
		return
	}
	in, out := policy.Best(all, p.perDay-p.handed-p.asked-d.placed(p))
	for _, c := range in {
		e := entries[c.Touch]
		p.due.take(e)
		e.line.due.put(e)
	}
	if p.handed < p.perDay {
		return
	}
	told := map[id.Person][]id.Key{}
	var people []id.Person
	for _, c := range out {
		e := entries[c.Touch]
		if e.outranked {
			continue
		}
		e.outranked = true
		if told[e.person] == nil {
			people = append(people, e.person)
		}
		told[e.person] = append(told[e.person], e.touch)
	}
	for _, who := range people {
		d.cfg.Inputs.Submit(who, engine.Outranked{Touches: told[who]})
	}
}

// countWithin bounds how long counting a team's day may take.
const countWithin = 5 * time.Second

// count finds out what a team was handed over today, where that is not known. Where nobody can tell, no
// place is given, and it is asked again.
func (d *Delivery) count(p *pool, t *Team, now instant.Time) bool {
	p.perDay = t.PerDay
	if p.known && now < p.until {
		return true
	}
	p.from, p.until = policy.DayOf(t.Zone, now)
	ctx, cancel := context.WithTimeout(context.Background(), countWithin)
	defer cancel()
	var err error
	p.handed, err = d.cfg.Teams.HandedOver(ctx, p.name, p.from, p.until)
	p.known = err == nil
	if err != nil {
		p.changed = true
		d.cfg.Logger.Error("what a team was handed over today could not be counted, so it gets nothing", "team", p.name, "error", err)
	}
	return p.known
}

// placed are the places of a day whose gate is not asked yet.
func (d *Delivery) placed(p *pool) (n int) {
	for _, l := range d.lanes {
		for _, x := range l.lines {
			if x.team != nil && x.team.Name == p.name {
				n += len(x.due.list)
			}
		}
	}
	return n
}

// Day is how a team's day stands.
type Day struct {
	Team   string
	PerDay int
	// HandedOver is what it got, and Waiting what is due for it and has no place.
	HandedOver, Waiting int
}

// Days tells how the days of teams stand that something was due for, by name.
func (d *Delivery) Days() (out []Day) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.pools {
		if p.known {
			out = append(out, Day{Team: p.name, PerDay: p.perDay, HandedOver: p.handed, Waiting: len(p.due.list)})
		}
	}
	return out
}
