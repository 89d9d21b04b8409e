package simulate

import (
	"fmt"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/record"
	"attune/internal/story"
)

// Story tells one person's life, as attune story tells a real one: from the records of the engine's
// steps. The person lives again for it, and what happens is the same as in [Run].
func Story(c Config, key string) ([]story.Line, error) {
	var n int
	if _, err := fmt.Sscanf(key, "p%d", &n); err != nil || n < 1 || n > c.People || Key(n-1) != key {
		return nil, fmt.Errorf("there is nobody called %q: people are called %s to %s", key, Key(0), Key(c.People-1))
	}
	s, err := c.setting()
	if err != nil {
		return nil, err
	}
	r := &recorder{}
	l := begin(s, arm{rel: c.Release}, n-1, r)
	l.full = true
	l.live()
	return story.Tell(r.records), l.broken
}

// recorder keeps what the history would.
type recorder struct{ records []record.Record }

func (r *recorder) stepped(_ *life, in engine.Input, effects []effect.Effect) {
	if _, tick := in.What.(engine.Tick); !tick || len(effects) > 0 {
		r.records = append(r.records, record.Record{At: in.At, What: in.What, Effects: effects})
	}
}

func (r *recorder) ended(*life) {}
