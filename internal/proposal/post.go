package proposal

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/id"
	"attune/internal/intake"
)

// Taker takes events in. *intake.Intake is one.
type Taker interface {
	Take(ctx context.Context, source intake.Source, arrivals []intake.Arrival) error
}

// Config is what a post works with.
type Config struct {
	Intake Taker
	// Find returns whom an identifier, SYSTEM:VALUE, means; false where nobody has it.
	Find func(ctx context.Context, written string) (id.Person, bool, error)
	// Same says what is to become of two records of which a source says that they are one person's: the event that
	// orders it, and for whom it is; false where nothing is.
	Same func(ctx context.Context, who id.Person, x effect.Same) (id.Person, event.Event, bool, error)
	// Known tells whether somebody has data here; who was erased has none, and is told nothing.
	Known func(id.Person) bool
	// Keep keeps the newest commit of which everything was carried.
	Keep func(frame int64) error
}

// letter is one thing that somebody's step said to another's.
type letter struct {
	frame int64
	from  id.Person
	says  effect.Effect
}

// Post is what is to be carried. It may be used from any goroutine.
type Post struct {
	cfg Config
	// carrying is held while something is carried.
	carrying sync.Mutex
	ready    chan struct{}

	mu    sync.Mutex
	queue []letter
	// newest is the newest commit that was told of, kept the one up to which all is known to be carried.
	newest, kept int64
}

// New makes a post that has carried everything up to a commit.
func New(cfg Config, carried int64) *Post {
	return &Post{cfg: cfg, ready: make(chan struct{}, 1), newest: carried, kept: carried}
}

// Committed takes in what a commit has for others.
func (p *Post) Committed(frame int64, from id.Person, effects []effect.Effect) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.newest = max(p.newest, frame)
	before := len(p.queue)
	for _, e := range effects {
		switch e.(type) { //nolint:gochecksumtype // no other effect is for anybody else
		case effect.Propose, effect.Recall, effect.Recalled, effect.Same:
			p.queue = append(p.queue, letter{frame, from, e})
		}
	}
	if len(p.queue) > before {
		select {
		case p.ready <- struct{}{}:
		default:
		}
	}
}

// Ready is signalled when there is something to carry.
func (p *Post) Ready() <-chan struct{} { return p.ready }

const (
	// atOnce is how many letters are carried together.
	atOnce = 256
	// seldom is how many commits with nothing for others pass before they are noted as carried.
	seldom = 1000
)

// Carry hands over what there is, and returns how many letters that were. On an error the rest is kept.
func (p *Post) Carry(ctx context.Context) (carried int, err error) {
	p.carrying.Lock()
	defer p.carrying.Unlock()
	for {
		p.mu.Lock()
		letters := slices.Clone(p.queue[:min(len(p.queue), atOnce)])
		p.mu.Unlock()
		if len(letters) == 0 {
			return carried, p.keep(carried > 0)
		}
		if err := p.take(ctx, letters); err != nil {
			return carried, err
		}
		carried += len(letters)
		p.mu.Lock()
		p.queue = slices.Delete(p.queue, 0, len(letters))
		p.mu.Unlock()
	}
}

// keep notes how far everything was carried. Of the newest commit there may be more to come.
func (p *Post) keep(now bool) error {
	p.mu.Lock()
	upTo := p.newest - 1
	if len(p.queue) > 0 {
		upTo = min(upTo, p.queue[0].frame-1)
	}
	due := upTo > p.kept && (now || upTo >= p.kept+seldom)
	p.mu.Unlock()
	if !due {
		return nil
	}
	if err := p.cfg.Keep(upTo); err != nil {
		return fmt.Errorf("keep how far proposals were carried: %w", err)
	}
	p.mu.Lock()
	p.kept = max(p.kept, upTo)
	p.mu.Unlock()
	return nil
}

// take hands letters to the orders of those they are for.
func (p *Post) take(ctx context.Context, letters []letter) error {
	var arrivals []intake.Arrival
	for i := range letters {
		a, ok, err := p.arrival(ctx, &letters[i])
		if err != nil {
			return err
		}
		if ok && p.cfg.Known(a.Person) {
			arrivals = append(arrivals, a)
		}
	}
	return p.cfg.Intake.Take(ctx, intake.Source{Name: event.Own}, arrivals)
}

// arrival is what a letter is to whom it is for; false where there is nothing to be said.
func (p *Post) arrival(ctx context.Context, l *letter) (intake.Arrival, bool, error) {
	switch x := l.says.(type) { //nolint:gochecksumtype // no other effect is for anybody else
	case effect.Propose:
		to, found, err := p.cfg.Find(ctx, x.To)
		if err != nil {
			return intake.Arrival{}, false, fmt.Errorf("find whom a proposal is for: %w", err)
		}
		if !found {
			return intake.Arrival{Person: l.from, Event: undelivered(&x)}, true, nil
		}
		return intake.Arrival{Person: to, Event: proposed(l.from, &x)}, true, nil
	case effect.Recall:
		to, found, err := p.cfg.Find(ctx, x.To)
		if err != nil {
			return intake.Arrival{}, false, fmt.Errorf("find whom a recall is for: %w", err)
		}
		if !found { // they were never told anything
			return intake.Arrival{Person: l.from, Event: ended(x.ID, x.To, x.Purpose, x.At, x.At)}, x.Ends, nil
		}
		return intake.Arrival{Person: to, Event: recalled(l.from, &x)}, true, nil
	case effect.Recalled:
		return intake.Arrival{Person: x.About, Event: ended(x.Recall, x.With, x.Purpose, x.Said, x.At)}, true, nil
	case effect.Same:
		to, order, ok, err := p.cfg.Same(ctx, l.from, x)
		return intake.Arrival{Person: to, Event: order}, ok, err
	}
	return intake.Arrival{}, false, nil
}
