package sim

import (
	"sync"
	"time"

	"attune/core/instant"
)

// Clock is the one clock of a demonstration: set by hand while a past is lived, then running at a
// multiple of the wall's pace. It may be used from any goroutine.
type Clock struct {
	mu   sync.Mutex
	at   instant.Time
	from time.Time
	// pace is how many virtual milliseconds pass in one of the wall's; zero stands still.
	pace float64
	wall func() time.Time
}

// NewClock makes a clock that stands at an instant. Wall is the wall clock; nil means time.Now.
func NewClock(at instant.Time, wall func() time.Time) *Clock {
	if wall == nil {
		wall = time.Now
	}
	return &Clock{at: at, wall: wall}
}

// Now reads the clock.
func (c *Clock) Now() instant.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now()
}

func (c *Clock) now() instant.Time {
	if c.pace == 0 {
		return c.at
	}
	return c.at.Add(instant.Duration(float64(c.wall().Sub(c.from).Milliseconds()) * c.pace))
}

// Set moves a standing clock forward.
func (c *Clock) Set(at instant.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = max(c.now(), at)
	c.from = c.wall()
}

// Run lets the clock go on from where it stands, at a multiple of the wall's pace.
func (c *Clock) Run(pace float64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.from, c.pace = c.now(), c.wall(), pace
}
