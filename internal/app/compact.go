package app

import (
	"context"
	"fmt"
	"time"

	"attune/internal/eventlog"
)

// When the compactor runs: as soon as a run is worth its while and there is leisure, and otherwise now and then, so
// that little has to be looked for in frames.
const (
	compactLook   = time.Second
	compactFrames = 256
	compactIdle   = time.Minute
)

// compact keeps the history in chunks and the event log short, beside everything else, until ctx ends.
// What fails is tried again; commits do not depend on it.
func (s *Server) compact(ctx context.Context) {
	look := time.NewTicker(compactLook)
	defer look.Stop()
	began, failing := time.Now(), false
	last := began.Add(-compactIdle) // at the start there may be something of the time before
	for {
		waiting, err := s.Node.History.Waiting(ctx)
		if err == nil && s.leisure.now(began) && (waiting >= compactFrames || waiting > 0 && time.Since(last) >= compactIdle) {
			err = s.Node.Compact(ctx)
			last = time.Now()
			began = last
		}
		if err != nil && ctx.Err() == nil && !failing {
			s.Node.Logger.Error("the history is not compacted, and the event log grows", "error", err)
		}
		failing = err != nil
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

// Compact sorts what the history has into chunks, and lets the log forget what is in them.
func (n *Node) Compact(ctx context.Context) error {
	n.compacting.Lock()
	defer n.compacting.Unlock()
	for more := true; more; {
		done, err := n.History.Compact(ctx)
		if err != nil {
			return fmt.Errorf("compact the history: %w", err)
		}
		if err := n.Log.Trim(ctx, eventlog.Position(done.To.Log)); err != nil {
			return fmt.Errorf("trim the log: %w", err)
		}
		more = done.More
	}
	return nil
}
