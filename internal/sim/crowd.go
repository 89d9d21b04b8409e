package sim

import (
	"sync"

	"attune/core/instant"
	"attune/core/release"
	"attune/internal/delivery"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/runner"
	"attune/internal/simulate"
)

// Crowd is the people of a written world, in a demonstration: they do what the world says, and what they are sent does to
// them what it says. It may be used from any goroutine.
type Crowd struct {
	mu     sync.Mutex
	source string
	crowd  *simulate.Crowd
}

// NewCrowd makes a world's people ready to live from an instant on. Source is the system that their events come from.
func NewCrowd(source string, w *simulate.World, rel *release.Release, seed uint64, people int, start instant.Time) (*Crowd, error) {
	c, err := simulate.NewCrowd(source, w, rel, seed, people, start)
	if err != nil {
		return nil, err
	}
	return &Crowd{source: source, crowd: c}, nil
}

// Source is the system that the crowd's events come from.
func (c *Crowd) Source() intake.Source { return intake.Source{Name: c.source, System: c.source} }

// Until lets people do what they do up to and including an instant, and returns it as arrivals.
func (c *Crowd) Until(now instant.Time) []intake.Arrival {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []intake.Arrival
	for _, h := range c.crowd.Until(now) {
		out = append(out, intake.Arrival{Who: identity.Key{System: c.source, Value: h.Key}, Event: h.Event})
	}
	return out
}

// Watch tells the crowd of a commit: what was heard of whom, and what is going to be said or asked.
func (c *Crowd) Watch(change runner.Change) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range change.Heard {
		if e.Source == c.source {
			c.crowd.Heard(change.Person, e.ID)
		}
	}
	for _, e := range change.Effects {
		c.crowd.Did(change.Person, e)
	}
}

// Reached tells the crowd that a message was handed over.
func (c *Crowd) Reached(m delivery.Message) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.crowd.Reached(m.Touch, instant.Of(m.At))
}
