package delivery

import (
	"attune/core/channel"
	"attune/core/instant"
)

// State is how a channel does.
type State struct {
	Channel string
	// Carried tells that something carries it.
	Carried bool
	Limits  Limits
	// Carrier is how what carries it does; until Until it is not asked where it is open.
	Carrier Health
	Until   instant.Time
	// Due are the touches whose time has come, and Later those whose has not, by class.
	Due, Later map[channel.Class]int
	// Held are those of Due that somebody paused, and Above those above their engagement's ceiling.
	Held, Above int
	// UnderWay are gates asked and hand-overs begun.
	UnderWay int
}

// States tells how the channels do, by name.
func (d *Delivery) States() []State {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := make([]State, 0, len(d.lanes))
	pooled := map[*line]int{}
	for _, p := range d.pools {
		for _, e := range p.due.list {
			pooled[e.line]++
		}
	}
	for _, l := range d.lanes {
		s := State{
			Channel: l.name, Carried: l.carrier != nil, Limits: Limits{Rate: l.pace.rate(), AtOnce: l.atOnce}, Carrier: l.breaker.health(d.now),
			Until: l.breaker.until, Due: map[channel.Class]int{}, Later: map[channel.Class]int{}, UnderWay: l.busy(),
		}
		for _, x := range l.lines {
			due := len(x.due.list) + pooled[x]
			s.Due[x.class] += due
			s.Later[x.class] += x.count - due
			switch {
			case x.paused:
				s.Held += due
			case x.opens(d.now) > d.now:
				s.Above += due
			}
		}
		out = append(out, s)
	}
	return out
}
