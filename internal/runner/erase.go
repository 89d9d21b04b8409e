package runner

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/record"
	"attune/internal/seal"
	"attune/internal/store"
)

// Erase takes people out of the order: their states, and what counted them among those who are here. Nothing is taken
// meanwhile, and nothing of theirs after. destroy has to destroy their keys; it is called once their states are gone, so
// that after a crash between the two Erase can be called again.
//
// Counters of what happened, such as how many messages went out, stay: they are of nobody. They are lower once a state is
// made anew from the history, where nobody can read any more what happened to them.
func (r *Runner) Erase(ctx context.Context, people []id.Person, destroy func() error) error {
	r.ordered.Lock()
	defer r.ordered.Unlock()
	var leave []store.Tally
	for _, who := range people {
		counted, err := r.counted(ctx, who)
		if err != nil {
			return fmt.Errorf("erase %s: %w", who, err)
		}
		leave = append(leave, counted...)
	}
	if err := r.cfg.People.Forget(ctx, people, leave); err != nil {
		return err
	}
	if r.erased == nil {
		r.erased = map[id.Person]bool{}
	}
	next := maps.Clone(r.forwards)
	for _, who := range people {
		r.erased[who] = true
		r.wakes.Set(who, instant.Never)
		r.states.drop(who)
		maps.DeleteFunc(next, func(from, to id.Person) bool { return from == who || to == who })
	}
	r.mu.Lock()
	r.forwards = next
	r.mu.Unlock()
	return destroy()
}

// standing are the counters of who is here and where, by how their keys begin. The others count what happened.
func standing(key string) bool {
	for _, begins := range []string{"members/", "phase/", "audience/", "stage/", "hold/", "trial/"} {
		if strings.HasPrefix(key, begins) {
			return true
		}
	}
	return key == MergedKey
}

// counted is what takes somebody out of the counters of who is here; nothing for one without a state.
func (r *Runner) counted(ctx context.Context, who id.Person) (out []store.Tally, err error) {
	rows, err := r.cfg.People.Load(ctx, []id.Person{who})
	if err != nil || rows[0].Version == 0 {
		return nil, err
	}
	p, err := OpenRow(r.cfg.Keys, &rows[0])
	if errors.Is(err, seal.ErrNoKey) {
		return nil, nil // nobody can tell any more
	}
	if err != nil {
		return nil, err
	}
	b := batch{counts: map[string]int64{}}
	err = r.cfg.History.Of(ctx, who, func(_ int64, _ instant.Time, plain []byte) error {
		rec, err := record.Decode(plain)
		if err == nil {
			b.count(&input{what: engine.Tick{}, effects: rec.Effects})
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, t := range b.tallies() {
		if standing(t.Key) {
			out = append(out, store.Tally{Key: t.Key, Add: -t.Add})
		}
	}
	return append(out, store.Tally{Key: "people", Add: -1}, store.Tally{Key: releaseKey(p.Release), Add: -1}), nil
}

// passOver drops what was submitted for people who were erased, and lets those who asked their gates know.
func (r *Runner) passOver(submitted []submission, now instant.Time) []submission {
	if len(r.erased) == 0 {
		return submitted
	}
	left := submitted[:0]
	for _, s := range submitted {
		if !r.erased[s.person] {
			left = append(left, s)
			continue
		}
		if gate, is := s.what.(engine.Gate); is {
			r.cfg.Committed(Change{Person: s.person, Frame: r.mark.Frame, At: now, Gated: gate.Touches})
		}
	}
	return left
}
