package records

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"attune/core/id"
	"attune/internal/intake"
)

// Pass gives events on that come as they are: each once, however often it comes. Otherwise it is like Take.
func (b *Book) Pass(ctx context.Context, s Source, arrivals []intake.Arrival) (Took, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	t := b.taking(s, len(arrivals))
	if err := t.pass(ctx, arrivals); err != nil {
		return Took{}, fmt.Errorf("take events of %s: %w", s.Name, err)
	}
	return t.Took, nil
}

func (t *taking) pass(ctx context.Context, arrivals []intake.Arrival) error {
	arrivals = slices.Clone(arrivals)
	some := make([]*intake.Arrival, len(arrivals))
	for i := range arrivals {
		some[i] = &arrivals[i]
	}
	whose, more, err := intake.Link(ctx, t.b.cfg.Directory, func(created []id.Person) error { return t.b.cfg.Keys.Ensure(created...) }, some)
	if err != nil {
		return err
	}
	people := make([]id.Person, len(arrivals))
	for i := range whose {
		people[i] = whose[i].Home
		if whose[i].Created {
			t.People++
		}
	}
	for i := range more {
		arrivals, people = append(arrivals, more[i]), append(people, more[i].Person)
	}
	marks := make([]token, len(arrivals))
	for i := range arrivals {
		marks[i] = t.b.hash("event", t.s.Name, arrivals[i].Event.ID)
	}
	return t.within(ctx, func() error {
		before, err := t.lookPassed(ctx, marks)
		if err != nil {
			return err
		}
		for i := range arrivals {
			a := arrivals[i]
			if !t.b.cfg.Keys.Has(people[i]) {
				t.Nobody++
				continue
			}
			if before[marks[i]] {
				t.Known++
				continue
			}
			before[marks[i]] = true
			t.passed = append(t.passed, marks[i])
			a.Person, a.Event.Historical = people[i], !t.s.Live
			t.arrivals = append(t.arrivals, a)
			t.Told++
			t.Events[a.Event.Name]++
		}
		return nil
	})
}

// lookPassed asks which events came before.
func (t *taking) lookPassed(ctx context.Context, marks []token) (map[token]bool, error) {
	before := make(map[token]bool, len(marks))
	return before, look(ctx, t.tx.StmtContext(ctx, t.b.havePassed), marks, func(rows *sql.Rows) error {
		var mark sql.RawBytes
		if err := rows.Scan(&mark); err != nil {
			return err
		}
		before[tokenOf(mark)] = true
		return nil
	})
}
