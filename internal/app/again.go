package app

import (
	"context"
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
