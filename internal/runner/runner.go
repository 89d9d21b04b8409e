package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/record"
	"attune/core/release"
	"attune/internal/alarm"
	"attune/internal/eventlog"
	"attune/internal/seal"
	"attune/internal/store"
)

// Keys opens and seals what belongs to a person.
type Keys interface {
	Seal(p id.Person, kind seal.Kind, name, plain []byte) ([]byte, error)
	Open(p id.Person, kind seal.Kind, name, sealed []byte) ([]byte, error)
}

// Config is what a runner works with.
type Config struct {
	Log     eventlog.Log
	People  store.People
	History store.History
	Keys    Keys
	Release *release.Release
	// ProjectKey is the secret from which people's seeds derive.
	ProjectKey []byte
	// MaxBatch bounds the inputs of one commit. Zero means 500.
	MaxBatch int
	// Committed is told, after each commit, of every person it changed. May be nil.
	Committed func(Change)
}

// Change is one person's part of a commit.
type Change struct {
	Person id.Person
	// Due is when delivery must next look at this person; Never when not.
	Due instant.Time
	// Effects are in the order in which they came about.
	Effects []effect.Effect
}

// Runner owns the order of every person of its log. One goroutine ticks it; Submit and Behind may be
// called from any.
type Runner struct {
	cfg  Config
	mark store.Mark
	// wakes holds when people want to be ticked.
	wakes alarm.Alarms

	mu        sync.Mutex
	submitted []submission
}

// submission is an input from delivery. It waits until the log has been taken up to where it stood
// when the input was made, so that a withdrawal acknowledged before a gate is applied before it.
type submission struct {
	person id.Person
	what   engine.What
	after  eventlog.Position
}

// Open makes a runner and repairs what a crash left: frames that the history has and the state has
// not are applied again. It refuses to start when log, history and state cannot belong together.
func Open(ctx context.Context, cfg Config) (*Runner, error) {
	if cfg.MaxBatch == 0 {
		cfg.MaxBatch = 500
	}
	if cfg.Committed == nil {
		cfg.Committed = func(Change) {}
	}
	r := &Runner{cfg: cfg}
	if err := r.recover(ctx); err != nil {
		return nil, err
	}
	err := cfg.People.Waking(ctx, func(p id.Person, wake, _ instant.Time) error {
		r.wakes.Set(p, wake)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load timers: %w", err)
	}
	return r, nil
}

// Submit hands in gates and settlements, to be taken in the next ticks.
func (r *Runner) Submit(p id.Person, what engine.What) {
	after := r.cfg.Log.Last()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.submitted = append(r.submitted, submission{p, what, after})
}

// DropGates forgets the gates that were asked and not yet tried, before a stop: what passed them would
// not be handed over any more. They are asked again at the next start, since the touches are still due.
func (r *Runner) DropGates() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.submitted = slices.DeleteFunc(r.submitted, func(s submission) bool {
		_, gate := s.what.(engine.Gate)
		return gate
	})
}

// Behind counts the events that are accepted and not yet applied.
func (r *Runner) Behind() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return int(r.cfg.Log.Last() - eventlog.Position(r.mark.Log))
}

// NextWake is the earliest instant at which somebody wants a tick; Never when nobody does.
func (r *Runner) NextWake() instant.Time { return r.wakes.Next() }

// Progress is what one tick did.
type Progress struct {
	// Events, Inputs and Wakes count what was taken: from the log, from delivery, by timers.
	Events, Inputs, Wakes int
	// More tells that there is more to take now.
	More bool
}

// Tick takes one batch: submitted inputs, then events, then timers that are due.
func (r *Runner) Tick(ctx context.Context, now instant.Time) (Progress, error) {
	b := newBatch(r.cfg.Release, r.cfg.ProjectKey, r.mark)
	var progress Progress
	submitted := r.takeSubmitted()
	for _, s := range submitted {
		b.add(s.person, now, s.what)
	}
	progress.Inputs = len(submitted)

	records, err := r.cfg.Log.Read(ctx, eventlog.Position(r.mark.Log), max(1, r.cfg.MaxBatch-len(b.inputs)))
	if err != nil {
		r.giveBack(submitted)
		return progress, fmt.Errorf("read events after %d: %w", r.mark.Log, err)
	}
	for _, rec := range records {
		if err := r.addEvent(b, rec); err != nil {
			r.giveBack(submitted)
			return progress, err
		}
	}
	progress.Events = len(records)

	for len(b.inputs) < r.cfg.MaxBatch && r.wakes.Next() <= now {
		b.add(r.wakes.Pop(), now, engine.Tick{})
		progress.Wakes++
	}
	if len(b.inputs) == 0 && b.to.Log == r.mark.Log {
		return progress, nil
	}
	if err := r.run(ctx, b, now); err != nil {
		// Nothing was committed that is not repaired at start: the caller stops and opens anew.
		return progress, err
	}
	progress.More = r.Behind() > 0 || r.wakes.Next() <= now || r.Waiting()
	return progress, nil
}

func (r *Runner) addEvent(b *batch, rec eventlog.Record) error {
	b.to.Log = int64(rec.Position)
	plain, err := r.cfg.Keys.Open(rec.Person, seal.Event, nil, rec.Body)
	if errors.Is(err, seal.ErrNoKey) {
		return nil // the person was erased
	}
	if err != nil {
		return fmt.Errorf("open event at %d: %w", rec.Position, err)
	}
	e, err := event.Decode(plain)
	if err != nil {
		return fmt.Errorf("event at %d: %w", rec.Position, err)
	}
	b.add(rec.Person, rec.At, engine.Heard{Event: e})
	return nil
}

// run steps, writes the history, commits and tells.
func (r *Runner) run(ctx context.Context, b *batch, now instant.Time) error {
	b.to.Frame++
	if err := r.step(ctx, b); err != nil {
		return err
	}
	frame, err := r.frame(b, now)
	if err != nil {
		return err
	}
	if err := r.cfg.History.Append(ctx, frame); err != nil {
		return fmt.Errorf("append history frame %d: %w", frame.Number, err)
	}
	if err := r.commit(ctx, b); err != nil {
		return err
	}
	for i := range b.people {
		s := &b.people[i]
		r.cfg.Committed(Change{Person: s.is.ID, Due: s.is.Due(), Effects: s.effects})
	}
	return nil
}

// step loads the people and gives each their inputs in order.
func (r *Runner) step(ctx context.Context, b *batch) error {
	ids := b.ids()
	rows, err := r.cfg.People.Load(ctx, ids)
	if err != nil {
		return fmt.Errorf("load %d people: %w", len(ids), err)
	}
	for i, row := range rows {
		p := person.New(ids[i])
		if row.Version > 0 {
			plain, err := r.cfg.Keys.Open(ids[i], seal.State, versionName(row.Version), row.Blob)
			if err != nil {
				return fmt.Errorf("open state of %s: %w", ids[i], err)
			}
			if p, err = person.Decode(ids[i], plain); err != nil {
				return err
			}
		}
		b.people[i].is, b.people[i].version = p, row.Version
	}
	b.step()
	return nil
}

// commit writes what was stepped and moves the mark.
func (r *Runner) commit(ctx context.Context, b *batch) error {
	out := store.Batch{From: r.mark, To: b.to, Tallies: b.tallies()}
	for i := range b.people {
		s := &b.people[i]
		plain, err := s.is.Encode()
		if err != nil {
			return err
		}
		blob, err := r.cfg.Keys.Seal(s.is.ID, seal.State, versionName(s.version+1), plain)
		if err != nil {
			return fmt.Errorf("seal state of %s: %w", s.is.ID, err)
		}
		out.Rows = append(out.Rows, store.Row{Person: s.is.ID, Version: s.version + 1, Wake: s.is.Wake, Due: s.is.Due(), Blob: blob})
	}
	if err := r.cfg.People.Commit(ctx, out); err != nil {
		return fmt.Errorf("commit frame %d: %w", b.to.Frame, err)
	}
	for i := range b.people {
		r.wakes.Set(b.people[i].is.ID, b.people[i].is.Wake)
	}
	r.mu.Lock()
	r.mark = b.to
	r.mu.Unlock()
	return nil
}

// frame writes down what the batch does.
func (r *Runner) frame(b *batch, now instant.Time) (store.Frame, error) {
	f := store.Frame{Number: b.to.Frame, Log: b.to.Log, At: now, Entries: make([]store.FrameEntry, 0, len(b.inputs))}
	for i := range b.inputs {
		in := &b.inputs[i]
		who := b.people[in.person].is.ID
		rec := record.Record{At: in.at, What: in.what, Effects: in.effects}
		plain, err := rec.Encode()
		if err != nil {
			return f, err
		}
		body, err := r.cfg.Keys.Seal(who, seal.Frame, FrameName(f.Number), plain)
		if err != nil {
			return f, fmt.Errorf("seal record of %s: %w", who, err)
		}
		f.Entries = append(f.Entries, store.FrameEntry{Person: who, Body: body})
	}
	return f, nil
}

// Person reads somebody's state as of the last commit; ok is false for somebody without one.
func (r *Runner) Person(ctx context.Context, who id.Person) (p person.Person, ok bool, err error) {
	return ReadPerson(ctx, r.cfg.People, r.cfg.Keys, who)
}

// ReadPerson reads somebody's state from a store.
func ReadPerson(ctx context.Context, people store.People, keys Keys, who id.Person) (p person.Person, ok bool, err error) {
	rows, err := people.Load(ctx, []id.Person{who})
	if err != nil {
		return p, false, fmt.Errorf("load %s: %w", who, err)
	}
	if rows[0].Version == 0 {
		return p, false, nil
	}
	plain, err := keys.Open(who, seal.State, versionName(rows[0].Version), rows[0].Blob)
	if err != nil {
		return p, false, fmt.Errorf("open state of %s: %w", who, err)
	}
	p, err = person.Decode(who, plain)
	return p, err == nil, err
}

func (r *Runner) takeSubmitted() []submission {
	r.mu.Lock()
	defer r.mu.Unlock()
	var take []submission
	keep := r.submitted[:0]
	for _, s := range r.submitted {
		_, gate := s.what.(engine.Gate)
		if len(take) < r.cfg.MaxBatch && (!gate || s.after <= eventlog.Position(r.mark.Log)) {
			take = append(take, s)
		} else {
			keep = append(keep, s)
		}
	}
	r.submitted = keep
	return take
}

func (r *Runner) giveBack(s []submission) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.submitted = append(s, r.submitted...)
}

// Waiting tells that inputs were submitted and not yet taken.
func (r *Runner) Waiting() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.submitted) > 0
}
