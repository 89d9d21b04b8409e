package runner

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/record"
	"attune/internal/seal"
	"attune/internal/store"
)

// The orders to make two records one, and two again. They are events of Attune's own in the order of whoever the other
// record becomes or is part of.
const (
	Merge = "person.merged"
	Part  = "person.parted"
)

// ordersMerge tells whether an event is such an order, and for which other record.
func ordersMerge(e *event.Event) (of id.Person, is bool) {
	if e.Source != event.Own || e.Name != Merge && e.Name != Part {
		return of, false
	}
	of, err := id.ParsePerson(e.Field("of").Text)
	return of, err == nil
}

// Forward is whose record somebody's became part of in the end; the person themselves where it stands for itself.
func (r *Runner) Forward(who id.Person) id.Person {
	r.mu.Lock()
	defer r.mu.Unlock()
	return follow(r.forwards, who)
}

func follow(forwards map[id.Person]id.Person, who id.Person) id.Person {
	for {
		to, has := forwards[who]
		if !has {
			return who
		}
		who = to
	}
}

func (r *Runner) loadForwards(ctx context.Context) error {
	all, err := r.cfg.People.Forwards(ctx)
	if err != nil {
		return fmt.Errorf("load forwards: %w", err)
	}
	r.forwards = make(map[id.Person]id.Person, len(all))
	for _, f := range all {
		r.forwards[f.From] = f.To
	}
	return nil
}

// forwarded is what a batch changes of whose record is part of whose.
func (b *batch) forwarded() (out []store.Forward) {
	for i := range b.people {
		for _, e := range b.people[i].effects {
			m, is := e.(effect.Merge)
			switch {
			case is && m.What == effect.BecamePart:
				out = append(out, store.Forward{From: b.people[i].is.ID, To: m.Other})
			case is && m.What == effect.OnItsOwn:
				out = append(out, store.Forward{From: b.people[i].is.ID})
			}
		}
	}
	return out
}

// follow takes in what a commit changed of whose record is part of whose. Others read the map meanwhile.
func (r *Runner) follow(changed []store.Forward) {
	if len(changed) == 0 {
		return
	}
	next := maps.Clone(r.forwards)
	for _, f := range changed {
		if f.To.IsZero() {
			delete(next, f.From)
		} else {
			next[f.From] = f.To
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.forwards = next
}

// order takes an order to merge or part in a commit of its own: both records change together, or neither does.
func (r *Runner) order(ctx context.Context, b *batch, who id.Person, at instant.Time, e *event.Event, now instant.Time) error {
	of, _ := ordersMerge(e)
	var err error
	if e.Name == Merge {
		err = r.merge(ctx, b, who, follow(r.forwards, of), at, e)
	} else {
		err = r.part(ctx, b, who, of, at, e)
	}
	if err != nil {
		return err
	}
	return r.finish(ctx, b, now)
}

// merge lets a record yield, and another take it in.
func (r *Runner) merge(ctx context.Context, b *batch, who, of id.Person, at instant.Time, e *event.Event) error {
	if who == of {
		return r.take(ctx, b) // they are one already
	}
	b.add(of, at, engine.Tick{})
	b.add(of, at, engine.Yield{To: who, Order: e.ID})
	b.add(who, at, engine.Tick{})
	if err := r.take(ctx, b); err != nil {
		if errors.Is(err, seal.ErrNoKey) { // one of them was erased
			b.forget()
			return r.take(ctx, b)
		}
		return err
	}
	// Both live up to the instant; then the one goes into the other.
	l, s := &b.people[b.indexOf[of]], &b.people[b.indexOf[who]]
	last := l.inputs[len(l.inputs)-1]
	l.inputs = l.inputs[:len(l.inputs)-1]
	if err := r.stepOne(ctx, b, l); err != nil {
		return err
	}
	if err := r.stepOne(ctx, b, s); err != nil {
		return err
	}
	w := engine.Absorb{Of: of, Order: *e}
	var err error
	if w.State, err = l.is.Encode(); err != nil {
		return err
	}
	if w.Was, err = s.is.Encode(); err != nil {
		return err
	}
	records, err := r.recall(ctx, of, b.to.Frame)
	if err != nil {
		return err
	}
	w.Facts = record.Facts(append(records, b.recorded(l.inputs)...))
	l.inputs = append(l.inputs, last)
	if err := r.stepOne(ctx, b, l); err != nil {
		return err
	}
	b.add(who, at, w)
	return r.stepOne(ctx, b, s)
}

// part gives a record back that was taken in.
func (r *Runner) part(ctx context.Context, b *batch, who, of id.Person, at instant.Time, e *event.Event) error {
	if into, is := r.forwards[of]; !is || into != who {
		return r.take(ctx, b) // it stands for itself, or is part of another
	}
	b.add(who, at, engine.Tick{})
	b.visit(of)
	if err := r.take(ctx, b); err != nil {
		if errors.Is(err, seal.ErrNoKey) {
			b.forget()
			return r.take(ctx, b)
		}
		return err
	}
	l, s := &b.people[b.indexOf[of]], &b.people[b.indexOf[who]]
	if err := r.stepOne(ctx, b, s); err != nil {
		return err
	}
	records, err := r.recall(ctx, who, b.to.Frame)
	if err != nil {
		return err
	}
	was, found := record.Absorbed(records, of)
	if !found {
		return fmt.Errorf("part %s: the history does not tell how %s became part of it", who, of)
	}
	then, err := person.Decode(of, was.State)
	if err != nil {
		return err
	}
	handed := engine.Handed(&s.is, &then)
	state, err := handed.Encode()
	if err != nil {
		return err
	}
	b.add(who, at, engine.Part{Of: of, State: was.State, Was: was.Was, Order: *e})
	if err := r.stepOne(ctx, b, s); err != nil {
		return err
	}
	b.add(of, at, engine.Restore{From: who, State: state, Order: e.ID})
	return r.stepOne(ctx, b, l)
}

// forget lets a batch be one in which nothing happens.
func (b *batch) forget() { b.inputs, b.people, b.indexOf = nil, nil, map[id.Person]int{} }
