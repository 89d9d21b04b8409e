package simulate

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
)

// Lived is one person's life, as the engine heard and told it.
type Lived struct {
	Number int
	Who    id.Person
	Steps  []LivedStep
}

// LivedStep is one step of the engine: what was heard, where something was, and what it had as its effects.
type LivedStep struct {
	At      instant.Time
	Heard   *event.Event
	Effects []effect.Effect
}

// Lives lets everybody live under the release and hands each life over when it is lived, in the order of the people's
// numbers and one at a time. Nothing is counted, so studies of many seeds can count what they need.
func Lives(ctx context.Context, c Config, messages Messages, each func(Lived) error) error {
	s, err := c.setting()
	if err != nil {
		return err
	}
	workers := c.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	lives, broken := make([]Lived, block*workers), make([]error, workers)
	for from := 0; from < c.People; from += len(lives) {
		if err := context.Cause(ctx); err != nil {
			return fmt.Errorf("simulate: stopped after %d of %d people: %w", from, c.People, err)
		}
		to := min(from+len(lives), c.People)
		var group sync.WaitGroup
		for w := range workers {
			group.Go(func() {
				for n := from + w; n < to && broken[w] == nil; n += workers {
					keep := &keeper{}
					l := begin(s, arm{rel: c.Release, messages: messages}, n, keep)
					l.live()
					lives[n-from], broken[w] = Lived{n, l.p.ID, keep.steps}, l.broken
				}
			})
		}
		group.Wait()
		for _, err := range broken {
			if err != nil {
				return err
			}
		}
		for _, l := range lives[:to-from] {
			if err := each(l); err != nil {
				return err
			}
		}
	}
	return nil
}

// keeper keeps what a life told.
type keeper struct{ steps []LivedStep }

func (k *keeper) stepped(_ *life, in engine.Input, effects []effect.Effect) {
	s := LivedStep{At: in.At, Effects: effects}
	if heard, ok := in.What.(engine.Heard); ok {
		s.Heard = &heard.Event
	}
	if s.Heard != nil || len(effects) > 0 {
		k.steps = append(k.steps, s)
	}
}

func (k *keeper) ended(*life) {}
