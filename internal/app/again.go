package app

import (
	"context"
	"sync/atomic"
	"time"
)

// againEvery is how often what could not be done at once is tried again.
const againEvery = time.Second

// again does something every second, and whenever it is said to be ready, until ctx ends. What goes wrong
// is logged once, until it goes right again.
func (s *Server) again(ctx context.Context, ready <-chan struct{}, wrong string, do func() error) {
	tick := time.NewTicker(againEvery)
	defer tick.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-ready:
		}
		err := do()
		if err != nil && !failing && ctx.Err() == nil {
			s.Node.Logger.Error(wrong+"; it is kept and tried again", "error", err)
		}
		failing = err != nil
	}
}

// What has time waits while there is something to do, and not for ever: people who are engaged come first, and a long
// day of much work still has its housekeeping.
const (
	restful   = 300 * time.Millisecond
	longestIn = 30 * time.Second
)

// leisure tells work that has time when to be done.
type leisure struct{ worked atomic.Pointer[time.Time] }

// busy notes that there is something to do now.
func (l *leisure) busy() {
	now := time.Now()
	l.worked.Store(&now)
}

// now tells that nothing was to be done for a moment, or that what has time was done last too long ago.
func (l *leisure) now(last time.Time) bool { return l.at(time.Now(), last) }

func (l *leisure) at(now, last time.Time) bool {
	worked := l.worked.Load()
	return worked == nil || now.Sub(*worked) >= restful || now.Sub(last) >= longestIn
}
