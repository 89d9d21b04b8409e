package delivery

import (
	"slices"

	"attune/core/channel"
)

// Pause holds back what it is about: touches wait as they are, and may expire meanwhile. An empty field
// means all; of several given ones all have to match.
type Pause struct {
	Channel, Program, Engagement string
	// Journey is one of the program's: what its passages say.
	Journey string
	// ButSafety lets what is about safety go all the same.
	ButSafety bool
	// Promotional holds back only what is promotional.
	Promotional bool
}

func (p *Pause) holds(program, engagement, journey, over string, class channel.Class) bool {
	return (p.Channel == "" || p.Channel == over) && (p.Program == "" || p.Program == program) &&
		(p.Engagement == "" || p.Engagement == engagement) && (p.Journey == "" || p.Journey == journey) && !(p.ButSafety && class == channel.Safety) && (!p.Promotional || class == channel.Promotional)
}

// SetPauses says what is paused from here on. When it returns no hand-over begins that one of them holds;
// those that carriers have already are theirs.
func (d *Delivery) SetPauses(pauses []Pause) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.pauses = slices.Clone(pauses)
	for _, l := range d.lines {
		l.paused = d.paused(l.program, l.engagement, l.journey, l.lane.name, l.class)
	}
	for _, p := range d.pools {
		p.changed = true
	}
}

func (d *Delivery) paused(program, engagement, journey, over string, class channel.Class) bool {
	return slices.ContainsFunc(d.pauses, func(p Pause) bool { return p.holds(program, engagement, journey, over, class) })
}
