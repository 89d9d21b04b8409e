package records

import (
	"context"
	"fmt"

	"attune/core/id"
	"attune/internal/intake"
	"attune/internal/intake/identity"
)

// Pass gives events on that come as they are: each once, however often it comes. Otherwise it is like Take.
func (b *Book) Pass(ctx context.Context, s Source, arrivals []intake.Arrival) (Took, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := taking{b: b, s: s, pages: map[int64]*noted{}, names: map[token]*noted{}}
	t.Entries, t.Events = len(arrivals), map[string]int{}
	if err := t.pass(ctx, arrivals); err != nil {
		return Took{}, fmt.Errorf("take events of %s: %w", s.Name, err)
	}
	return t.Took, nil
}

func (t *taking) pass(ctx context.Context, arrivals []intake.Arrival) error {
	groups := make([][]identity.Key, len(arrivals))
	for i := range arrivals {
		groups[i] = []identity.Key{arrivals[i].Who}
	}
	people := make([]id.Person, len(arrivals))
	if err := t.claim(ctx, groups, func(i int, p id.Person) { people[i] = p }); err != nil {
		return err
	}
	marks := make([]token, len(arrivals))
	for i := range arrivals {
		marks[i] = t.b.hash("event", t.s.Name, arrivals[i].Event.ID)
	}
	return t.within(ctx, func() error {
		if err := t.lookVersions(ctx, marks); err != nil {
			return err
		}
		for i := range arrivals {
			a := arrivals[i]
			if !t.b.cfg.Keys.Has(people[i]) {
				t.Nobody++
				continue
			}
			if known, err := t.seen(ctx, marks[i]); err != nil || known {
				t.Known++
				if err != nil {
					return err
				}
				continue
			}
			t.came(marks[i])
			a.Person, a.Event.Historical = people[i], !t.s.Live
			t.arrivals = append(t.arrivals, a)
			t.Told++
			t.Events[a.Event.Name]++
		}
		return nil
	})
}
