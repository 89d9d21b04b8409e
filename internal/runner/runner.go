package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/record"
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

// History is where frames go, and what is recorded of one person comes from.
type History interface {
	store.History
	// Of calls f with what is recorded of this person, oldest first, opened, up to the newest frame.
	Of(ctx context.Context, p id.Person, f func(frame int64, at instant.Time, record []byte) error) error
}

// Models keep all that ever decided, each for ever: a decision is played again with the model that it was made
// with. Both may be called from any goroutine.
type Models interface {
	// Current is the newest, nil before anything is learned, and whether it is too old to go by.
	Current(now instant.Time) (m *decision.Model, stale bool)
	// Find returns the model of that short id, or an error.
	Find(short uint64) (*decision.Model, error)
}

// Config is what a runner works with.
type Config struct {
	Log     eventlog.Log
	People  store.People
	History History
	Keys    Keys
	// Published are the releases that people live or lived under, in their order; the first began it.
	Published []Published
	// Models are what was learned of what is best to say; nil where nothing is.
	Models Models
	// ProjectKey is the secret from which people's seeds derive.
	ProjectKey []byte
	// Slept is how long after its time a tick is one after a sleep of the system; zero where time may leap.
	Slept instant.Duration
	// MaxBatch bounds the inputs of one commit. Zero means 500.
	MaxBatch int
	// Remember bounds, in bytes, the states kept in memory so as not to read and unseal them again. Zero
	// means 128 MB; negative means none.
	Remember int
	// Sweep is how many people a tick looks at, to move those who live under a former release and of whom
	// nothing is heard. Zero means 16; negative moves nobody who is not stepped anyway.
	Sweep int
	// Committed is told, after each commit, of every person it changed. May be nil.
	Committed func(Change)
}

// Change is one person's part of a commit.
type Change struct {
	Person id.Person
	// Frame is the commit's number. Everybody whom a commit changed is told of before the next commit.
	Frame int64
	// At is when the commit was made.
	At instant.Time
	// Heard are the events that were taken.
	Heard []*event.Event
	// Told tells that what is known of the person may have changed; Traits is then what is known now.
	Told   bool
	Traits []person.Trait
	// Gated are the touches whose gate was tried.
	Gated []id.Key
	// Waiting are the touches that wait for the gate.
	Waiting []person.Waiting
	// Effects are in the order in which they came about.
	Effects []effect.Effect
}

// Runner owns the order of every person of its log. One goroutine ticks it; Submit and Behind may be
// called from any.
type Runner struct {
	cfg  Config
	mark store.Mark
	// wakes holds when people want to be ticked.
	wakes  alarm.Alarms
	states states
	// arrivals is what the state knows of undeclared events, whose names words hides.
	arrivals *arrivals
	words    *seal.Words
	// ordered is held while a batch is taken, and while a release is put into the order.
	ordered   sync.Mutex
	published []Published
	// short finds a publication by its short id.
	short map[uint64]int
	sweep sweep
	// forwards are whose record became part of whose. Only a tick changes it, and a new map takes its place.
	forwards map[id.Person]id.Person
	// erased are those who were erased in this process: what was submitted for them is dropped.
	erased map[id.Person]bool
	// newest is the latest instant of anything that was taken in this process.
	newest instant.Time

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
	if cfg.Remember == 0 {
		cfg.Remember = 128 << 20
	}
	if cfg.Sweep == 0 {
		cfg.Sweep = sweepWidth
	}
	if len(cfg.Published) == 0 {
		return nil, errors.New("there is no release to live under")
	}
	r := &Runner{cfg: cfg, states: states{most: cfg.Remember / 2}, words: Words(cfg.ProjectKey)}
	arrived, err := cfg.People.Tallies(ctx, arrivalPrefix)
	if err != nil {
		return nil, fmt.Errorf("load arrivals: %w", err)
	}
	r.arrivals = newArrivals(arrived)
	if err := r.loadForwards(ctx); err != nil {
		return nil, err
	}
	for _, p := range cfg.Published {
		if err := r.publish(p); err != nil {
			return nil, err
		}
	}
	if err := r.recover(ctx); err != nil {
		return nil, err
	}
	behind, err := r.behindhand(ctx)
	if err != nil {
		return nil, err
	}
	if behind > 0 {
		r.startSweep()
	}
	err = cfg.People.Waking(ctx, func(p id.Person, wake, _ instant.Time) error {
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

// Rests tells that up to an instant nothing is left to take: no event, input or timer.
func (r *Runner) Rests(now instant.Time) bool {
	r.ordered.Lock()
	defer r.ordered.Unlock()
	return r.Behind() == 0 && !r.Waiting() && r.wakes.Next() > now
}

// Progress is what one tick did.
type Progress struct {
	// Events, Inputs and Wakes count what was taken: from the log, from delivery, by timers.
	Events, Inputs, Wakes int
	// More tells that there is more to take now.
	More bool
}

// Tick takes one batch: settlements, then events, then gates, then timers that are due. Gates come after
// events, so that a withdrawal wins over a gate whenever it can. No batch goes over the place of a
// publication: while there are events before one, only those are taken, and timers up to its instant. An order to make
// two records one is taken by itself.
func (r *Runner) Tick(ctx context.Context, now instant.Time) (Progress, error) {
	r.ordered.Lock()
	defer r.ordered.Unlock()
	r.newest = max(r.newest, now)
	b := r.newBatch()
	if r.cfg.Models != nil {
		b.model, b.stale = r.cfg.Models.Current(now)
	}
	var progress Progress
	if progress.Wakes = r.afterSleep(b, now); progress.Wakes > 0 {
		progress.More = true
		return progress, r.run(ctx, b, now)
	}
	until, most := now, r.cfg.MaxBatch
	var submitted []submission
	if next := len(b.published); next < len(r.published) {
		until = min(now, r.published[next].At)
		most = min(most, int(r.published[next].Log)-int(r.mark.Log))
	} else {
		submitted = r.passOver(r.takeSubmitted(), now)
	}
	records, err := r.cfg.Log.Read(ctx, eventlog.Position(r.mark.Log), max(1, most-len(submitted)))
	if err != nil {
		r.giveBack(submitted)
		return progress, fmt.Errorf("read events after %d: %w", r.mark.Log, err)
	}
	heard, err := r.open(records)
	if err != nil {
		r.giveBack(submitted)
		return progress, err
	}
	if len(heard) > 0 && heard[0].orders {
		r.giveBack(submitted)
		progress.Events, progress.More = 1, true
		first := &heard[0]
		b.to.Log = int64(first.position)
		return progress, r.order(ctx, b, follow(r.forwards, first.person), first.at, &first.event, now)
	}
	var gates []submission
	for _, s := range submitted {
		if _, gate := s.what.(engine.Gate); gate {
			gates = append(gates, s)
		} else {
			b.add(follow(r.forwards, s.person), now, s.what)
		}
	}
	progress.Inputs = len(submitted)
	progress.Events = r.addEvents(b, heard)
	for _, s := range gates {
		b.add(follow(r.forwards, s.person), now, s.what)
	}

	for len(b.inputs) < r.cfg.MaxBatch && r.wakes.Next() <= until {
		b.add(r.wakes.Pop(), until, engine.Tick{})
		progress.Wakes++
	}
	if len(b.published) == len(r.published) {
		if err := r.sweepInto(ctx, b); err != nil {
			r.giveBack(submitted)
			return progress, err
		}
	}
	if len(b.people) == 0 && b.to.Log == r.mark.Log {
		progress.More = r.sweep.on
		return progress, nil
	}
	if err := r.run(ctx, b, now); err != nil {
		// Nothing was committed that is not repaired at start: the caller stops and opens anew.
		return progress, err
	}
	progress.More = r.Behind() > 0 || r.wakes.Next() <= now || r.Waiting() || r.sweep.on
	return progress, nil
}

// afterSleep wakes those first whose time came so long ago that the system must have slept, before anything else could
// wake them as if it had not, and returns how many they are.
func (r *Runner) afterSleep(b *batch, now instant.Time) (n int) {
	if r.cfg.Slept == 0 || len(b.published) < len(r.published) { // first comes what was published meanwhile
		return 0
	}
	for ; n < r.cfg.MaxBatch && r.wakes.Next() <= now.Add(-r.cfg.Slept); n++ {
		b.add(r.wakes.Pop(), now, engine.Tick{Slept: true})
	}
	return n
}

// heard is an event as the log has it, opened.
type heard struct {
	person   id.Person
	at       instant.Time
	position eventlog.Position
	event    event.Event
	// erased tells that nobody can read it any more, orders that it makes two records one, or two again.
	erased, orders bool
}

// open opens what the log has.
func (r *Runner) open(records []eventlog.Record) ([]heard, error) {
	out := make([]heard, len(records))
	return out, each(len(records), func(i int) error {
		rec, h := &records[i], &out[i]
		h.person, h.at, h.position = rec.Person, rec.At, rec.Position
		plain, err := r.cfg.Keys.Open(rec.Person, seal.Event, nil, rec.Body)
		if errors.Is(err, seal.ErrNoKey) {
			h.erased = true
			return nil
		}
		if err != nil {
			return fmt.Errorf("open event at %d: %w", rec.Position, err)
		}
		if h.event, err = event.Decode(plain); err != nil {
			return fmt.Errorf("event at %d: %w", rec.Position, err)
		}
		_, h.orders = ordersMerge(&h.event)
		return nil
	})
}

// addEvents adds what was heard, in the log's order and up to an order that is taken by itself, and returns how many
// that were. Events of erased people are passed over: nobody can read them any more.
func (r *Runner) addEvents(b *batch, all []heard) (n int) {
	b.grow(len(all))
	for i := range all {
		h := &all[i]
		if h.orders {
			return i
		}
		b.to.Log = int64(h.position)
		if !h.erased {
			b.add(follow(r.forwards, h.person), h.at, engine.Heard{Event: h.event})
		}
	}
	return len(all)
}

// run steps, writes the history, commits and tells.
func (r *Runner) run(ctx context.Context, b *batch, now instant.Time) error {
	if err := r.take(ctx, b); err != nil {
		return err
	}
	if err := each(len(b.people), func(i int) error { return r.stepOne(ctx, b, &b.people[i]) }); err != nil {
		return err
	}
	return r.finish(ctx, b, now)
}

// take reads the states of a batch and brings everybody up to its release.
func (r *Runner) take(ctx context.Context, b *batch) error {
	b.to.Frame++
	if err := r.load(ctx, b); err != nil {
		b.to.Frame--
		return err
	}
	return b.bringUp()
}

func (r *Runner) stepOne(ctx context.Context, b *batch, s *stepped) error {
	return b.step(s, func(who id.Person) ([]record.Record, error) { return r.recall(ctx, who, b.to.Frame) })
}

// finish counts what the steps of a batch did, writes it down, commits it and tells of it.
func (r *Runner) finish(ctx context.Context, b *batch, now instant.Time) error {
	b.countAll()
	frame, err := r.frame(b, now)
	if err != nil {
		return err
	}
	// While the disk takes the history the states are made ready; none is written before it has.
	appended := make(chan error, 1)
	go func() { appended <- r.cfg.History.Append(ctx, frame) }()
	ready, err := r.ready(b)
	if failed := <-appended; failed != nil {
		return fmt.Errorf("append history frame %d: %w", frame.Number, failed)
	}
	if err != nil {
		return err
	}
	if err := r.commit(ctx, b, ready); err != nil {
		return err
	}
	for i := range b.people {
		s := &b.people[i]
		r.cfg.Committed(b.change(s, now))
	}
	return nil
}

// sameTraits tells that a step left the traits alone: it never writes through what it was given.
func sameTraits(was, is []person.Trait) bool {
	return len(was) == len(is) && (len(is) == 0 || &was[0] == &is[0])
}

// load reads the people's states.
func (r *Runner) load(ctx context.Context, b *batch) error {
	was := make([]remembered, len(b.people))
	var strangers []id.Person
	var places []int
	for i := range b.people {
		who := b.people[i].is.ID
		known := false
		if was[i], known = r.states.get(who); !known {
			strangers, places = append(strangers, who), append(places, i)
		}
	}
	rows, err := r.cfg.People.Load(ctx, strangers)
	if err != nil {
		return fmt.Errorf("load %d people: %w", len(strangers), err)
	}
	err = each(len(rows), func(k int) error {
		row := &rows[k]
		if row.Version == 0 {
			return nil
		}
		plain, err := r.cfg.Keys.Open(row.Person, seal.State, versionName(row.Version), row.Blob)
		if err != nil {
			return fmt.Errorf("open state of %s: %w", row.Person, err)
		}
		was[places[k]] = remembered{row.Version, plain}
		return nil
	})
	if err != nil {
		return err
	}
	return each(len(b.people), func(i int) (err error) {
		s := &b.people[i]
		if s.version = was[i].version; s.version > 0 {
			s.is, err = person.Decode(s.is.ID, was[i].plain)
			s.was, s.known = s.is.Release, s.is.Traits
		}
		return err
	})
}

// recall reads what is recorded of somebody before a frame.
func (r *Runner) recall(ctx context.Context, who id.Person, before int64) (records []record.Record, err error) {
	err = r.cfg.History.Of(ctx, who, func(frame int64, _ instant.Time, plain []byte) error {
		if frame >= before {
			return nil
		}
		rec, err := record.Decode(plain)
		records = append(records, rec)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("recall the history of %s: %w", who, err)
	}
	return records, nil
}

// made is a stepped person's state made ready to be written.
type made struct {
	row   store.Row
	plain []byte
}

// ready encodes and seals everybody's new state.
func (r *Runner) ready(b *batch) ([]made, error) {
	out := make([]made, len(b.people))
	return out, each(len(b.people), func(i int) error {
		s := &b.people[i]
		plain, err := s.is.Encode()
		if err != nil {
			return err
		}
		blob, err := r.cfg.Keys.Seal(s.is.ID, seal.State, versionName(s.version+1), plain)
		if err != nil {
			return fmt.Errorf("seal state of %s: %w", s.is.ID, err)
		}
		out[i] = made{store.Row{Person: s.is.ID, Version: s.version + 1, Wake: s.is.Wake, Due: s.is.Due(), Notable: engine.Notable(&s.is), Blob: blob}, plain}
		return nil
	})
}

// commit writes what was stepped and moves the mark.
func (r *Runner) commit(ctx context.Context, b *batch, ready []made) error {
	out := store.Batch{From: r.mark, To: b.to, Tallies: b.tallies(), Touches: b.touches(), Forwards: b.forwarded(), Rows: make([]store.Row, len(ready))}
	for i := range ready {
		out.Rows[i] = ready[i].row
	}
	if err := r.cfg.People.Commit(ctx, out); err != nil {
		return fmt.Errorf("commit frame %d: %w", b.to.Frame, err)
	}
	r.arrivals.add(out.Tallies)
	r.follow(out.Forwards)
	for i := range ready {
		row := &ready[i].row
		r.wakes.Set(row.Person, row.Wake)
		r.states.put(row.Person, row.Version, ready[i].plain)
	}
	r.mu.Lock()
	r.mark = b.to
	r.mu.Unlock()
	return nil
}

// frame writes down what the batch does.
func (r *Runner) frame(b *batch, now instant.Time) (store.Frame, error) {
	f := store.Frame{Number: b.to.Frame, Log: b.to.Log, At: now, Entries: make([]store.FrameEntry, len(b.inputs))}
	return f, each(len(b.inputs), func(i int) error {
		in := &b.inputs[i]
		who := b.people[in.person].is.ID
		rec := record.Record{At: in.at, What: in.what, Effects: in.effects}
		plain, err := rec.Encode()
		if err != nil {
			return err
		}
		body, err := r.cfg.Keys.Seal(who, seal.Frame, seal.FrameName(f.Number), plain)
		if err != nil {
			return fmt.Errorf("seal record of %s: %w", who, err)
		}
		f.Entries[i] = store.FrameEntry{Person: who, Body: body}
		return nil
	})
}

// Person reads somebody's state as of the last commit; ok is false for somebody without one.
func (r *Runner) Person(ctx context.Context, who id.Person) (p person.Person, ok bool, err error) {
	return ReadPerson(ctx, r.cfg.People, r.cfg.Keys, who)
}

// ReadPerson reads somebody's state from a store: that of whoever's record theirs became part of.
func ReadPerson(ctx context.Context, people store.People, keys Keys, who id.Person) (p person.Person, ok bool, err error) {
	rows, err := people.Load(ctx, []id.Person{who})
	if err != nil {
		return p, false, fmt.Errorf("load %s: %w", who, err)
	}
	if rows[0].Version == 0 {
		return p, false, nil
	}
	if p, err = OpenRow(keys, &rows[0]); err == nil && !p.Into.IsZero() {
		return ReadPerson(ctx, people, keys, p.Into)
	}
	return p, err == nil, err
}

// OpenRow opens a stored state.
func OpenRow(keys Keys, row *store.Row) (p person.Person, err error) {
	plain, err := keys.Open(row.Person, seal.State, versionName(row.Version), row.Blob)
	if err != nil {
		return p, fmt.Errorf("open state of %s: %w", row.Person, err)
	}
	return person.Decode(row.Person, plain)
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
