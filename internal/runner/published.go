package runner

import (
	"fmt"

	"attune/core/engine"
	"attune/core/instant"
	"attune/core/release"
	"attune/internal/eventlog"
)

// Published is a release and its place in the order: what was accepted up to Log, and done up to Frame,
// came before it.
type Published struct {
	// Release decides from here on. Its short id is this publication's own, so that a person's state tells
	// which one they live under though a release was published more than once. It may be nil for a former
	// publication that is not Exact.
	Release *release.Release
	// Short is the release's short id here.
	Short uint64
	// Exact tells that Release decides as it did when people lived under it. Otherwise nobody is stepped
	// under it any more: who still lives there is moved on from where they stand.
	Exact bool
	Log   eventlog.Position
	Frame int64
	At    instant.Time
	// IncludeExisting lets what is true already count as an edge.
	IncludeExisting bool
}

// First is a release that was there before everything else.
func First(rel *release.Release) []Published {
	return []Published{{Release: rel, Short: rel.Short, Exact: true}}
}

// Place is a point in the order.
type Place struct {
	Log   eventlog.Position
	Frame int64
	At    instant.Time
}

// Publish puts a release at the end of the order. keep is told where that is and makes it durable;
// nothing is taken meanwhile. Who lives under a former release is moved before their next input, or by
// and by when there is time.
func (r *Runner) Publish(now instant.Time, keep func(Place) (Published, error)) error {
	r.ordered.Lock()
	defer r.ordered.Unlock()
	at := Place{Log: r.cfg.Log.Last(), Frame: r.mark.Frame, At: max(now, r.newest)}
	p, err := keep(at)
	if err != nil {
		return err
	}
	if err := r.publish(p); err != nil {
		return err
	}
	r.startSweep()
	return nil
}

func (r *Runner) publish(p Published) error {
	if r.short == nil {
		r.short = map[uint64]int{}
	}
	if _, twice := r.short[p.Short]; twice {
		return fmt.Errorf("release %016x is published twice under one short id", p.Short)
	}
	r.short[p.Short] = len(r.published)
	r.published = append(r.published, p)
	return nil
}

// reached counts the publications that hold for a frame that begins at a log position.
func (r *Runner) reached(frame int64, log int64) int {
	n := 1
	for n < len(r.published) && r.published[n].Log <= eventlog.Position(log) && r.published[n].Frame < frame {
		n++
	}
	return n
}

// missed are the inputs that bring somebody from the release they live under to the newest of the
// batch's: for each publication in between a tick under the former release, then the switch, both at
// the publication's own instant. So it does not matter when they are given.
func (b *batch) missed(short uint64) ([]input, error) {
	at, known := b.short[short]
	if !known {
		return nil, fmt.Errorf("somebody lives under the release %016x, which is not among those that were published here: restore the data folder's releases from a backup", short)
	}
	var out []input
	for i := at + 1; i < len(b.published); i++ {
		p := &b.published[i]
		if b.published[i-1].Exact {
			out = append(out, input{at: p.At, what: engine.Tick{}, model: b.model, stale: b.stale})
		}
		out = append(out, input{at: p.At, what: engine.Switch{To: p.Short, IncludeExisting: p.IncludeExisting}, model: b.model, stale: b.stale})
	}
	return out, nil
}

// bringUp gives everybody the switches they missed, before their first input.
func (b *batch) bringUp() error {
	live := b.published[len(b.published)-1].Short
	before := make([][]input, len(b.people))
	any := false
	for i := range b.people {
		at := b.people[i].is.Release
		if at == 0 || at == live {
			continue
		}
		in, err := b.missed(at)
		if err != nil {
			return err
		}
		before[i], any = in, true
	}
	if !any {
		return nil
	}
	was := b.inputs
	b.inputs = make([]input, 0, len(was)+2*len(b.people))
	for i := range b.people {
		b.people[i].inputs = nil
	}
	put := func(who int, in input) {
		in.person = who
		b.people[who].inputs = append(b.people[who].inputs, len(b.inputs))
		b.inputs = append(b.inputs, in)
	}
	catchUp := func(who int) {
		for _, in := range before[who] {
			put(who, in)
		}
		before[who] = nil
	}
	for _, in := range was {
		catchUp(in.person)
		put(in.person, in)
	}
	for i := range b.people { // who is only swept
		catchUp(i)
	}
	return nil
}

// under is the release that an input is taken under.
func (b *batch) under(short uint64, what engine.What) (*release.Release, error) {
	if w, switches := what.(engine.Switch); switches {
		short = w.To
	}
	if short == 0 {
		return b.published[len(b.published)-1].Release, nil
	}
	i, known := b.short[short]
	if !known || b.all[i].Release == nil {
		return nil, fmt.Errorf("the release %016x is needed and not kept here", short)
	}
	return b.all[i].Release, nil
}
