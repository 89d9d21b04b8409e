package runner

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/record"
	"attune/core/release"
	"attune/internal/seal"
	"attune/internal/store"
)

// batch is what one commit does: inputs in order, and the people they are for.
type batch struct {
	// all are the publications there are; published those that hold for this batch, and short finds them.
	all, published []Published
	short          map[uint64]int

	key     []byte
	common  id.Seed
	to      store.Mark
	inputs  []input
	people  []stepped
	indexOf map[id.Person]int
	counts  map[string]int64
	// arrivals is what the state knows of undeclared events, and kinds what this batch adds to its kinds.
	arrivals *arrivals
	kinds    map[string]int
	words    *seal.Words
	// model is what decisions of new inputs are weighed with, and stale tells that it is too old for that.
	model *decision.Model
	stale bool
}

type input struct {
	person  int
	at      instant.Time
	what    engine.What
	effects []effect.Effect
	// rel is what it was taken under, and model what its decisions are weighed with; nil for none.
	rel   *release.Release
	model *decision.Model
	stale bool
}

type stepped struct {
	is person.Person
	// was is the release the person lived under before; 0 for somebody new.
	was     uint64
	version uint64
	// known are the traits the person had before.
	known []person.Trait
	// inputs are the places of this person's inputs, in order.
	inputs  []int
	effects []effect.Effect
	// done are how many of the inputs were given.
	done int
}

func (r *Runner) newBatch() *batch {
	return &batch{
		all: r.published, published: r.published[:r.reached(r.mark.Frame+1, r.mark.Log)], short: r.short, key: r.cfg.ProjectKey, common: id.SeedOf(r.cfg.ProjectKey, id.Person{}), to: r.mark, indexOf: map[id.Person]int{},
		counts: map[string]int64{}, arrivals: r.arrivals, kinds: map[string]int{}, words: r.words,
	}
}

// grow makes room for that many more inputs.
func (b *batch) grow(n int) {
	b.inputs, b.people = slices.Grow(b.inputs, n), slices.Grow(b.people, n)
}

// visit lets somebody take part and returns their place.
func (b *batch) visit(who id.Person) int {
	i, known := b.indexOf[who]
	if !known {
		i = len(b.people)
		b.indexOf[who] = i
		b.people = append(b.people, stepped{is: person.New(who)})
	}
	return i
}

func (b *batch) add(who id.Person, at instant.Time, what engine.What) {
	i := b.visit(who)
	b.people[i].inputs = append(b.people[i].inputs, len(b.inputs))
	b.inputs = append(b.inputs, input{person: i, at: at, what: what, model: b.model, stale: b.stale})
}

// maxAgain bounds how often one input is given again; a thousand instants each time make a century.
const maxAgain = 100_000

// step gives one person their inputs, in order. It touches nobody else's, so people may be stepped at
// the same time and the outcome is the same. recall reads what was recorded of somebody before this batch.
func (b *batch) step(s *stepped, recall func(id.Person) ([]record.Record, error)) (err error) {
	seed := id.SeedOf(b.key, s.is.ID)
	var records []record.Record
	recalled := false
	for nth, i := range s.inputs[s.done:] {
		nth += s.done
		in := &b.inputs[i]
		if in.rel, err = b.under(s.is.Release, in.what); err != nil {
			return fmt.Errorf("step %s: %w", s.is.ID, err)
		}
		in.at = max(in.at, s.is.Now) // as the step takes it, so that the record says when
		with := engine.Input{At: in.at, Seed: seed, Common: b.common, What: in.what, Model: in.model, Stale: in.stale}
		for range maxAgain {
			is, effects := engine.Step(in.rel, s.is, with)
			if n := len(effects); n > 0 && effects[n-1] == (effect.NeedHistory{}) {
				if !recalled {
					if records, err = recall(s.is.ID); err != nil {
						return err
					}
					recalled = true
				}
				with.History, with.Recalled = record.FactsFor(append(records[:len(records):len(records)], b.recorded(s.inputs[:nth])...), in.what), true
				continue
			}
			s.is = is
			again := false
			if n := len(effects); n > 0 {
				if _, again = effects[n-1].(effect.Again); again {
					effects = effects[:n-1]
				}
			}
			in.effects = append(in.effects, effects...)
			if !again {
				break
			}
		}
		s.effects = append(s.effects, in.effects...)
	}
	s.done = len(s.inputs)
	return nil
}

// change is what others are told of somebody's part.
func (b *batch) change(s *stepped, now instant.Time) Change {
	c := Change{
		Person: s.is.ID, Frame: b.to.Frame, At: now, Told: !sameTraits(s.known, s.is.Traits), Traits: s.is.Traits, Waiting: s.is.Waiting(), Effects: s.effects,
	}
	for _, i := range s.inputs {
		switch what := b.inputs[i].what.(type) { //nolint:gochecksumtype // others are not told of
		case engine.Gate:
			c.Gated = append(c.Gated, what.Touches...)
		case engine.Heard:
			c.Heard = append(c.Heard, &what.Event)
		}
	}
	return c
}

// touches are those that were decided, so that whoever names one finds whose it is.
func (b *batch) touches() (out []store.Touch) {
	for i := range b.people {
		s := &b.people[i]
		for _, e := range s.effects {
			decided, ok := e.(effect.Decide)
			if !ok {
				continue
			}
			for _, c := range decided.Candidates {
				if !c.Touch.IsZero() {
					out = append(out, store.Touch{ID: c.Touch, Person: s.is.ID})
				}
			}
		}
	}
	return out
}

// recorded is what inputs of this batch will be in the history.
func (b *batch) recorded(inputs []int) []record.Record {
	out := make([]record.Record, 0, len(inputs))
	for _, i := range inputs {
		in := &b.inputs[i]
		out = append(out, record.Record{At: in.at, What: in.what, Effects: in.effects})
	}
	return out
}

// countAll keeps the live counters once everybody is stepped.
func (b *batch) countAll() {
	for i := range b.people {
		s := &b.people[i]
		if s.version == 0 {
			b.tally("people", 1)
		}
		if s.was != s.is.Release {
			if s.was != 0 {
				b.tally(releaseKey(s.was), -1)
			}
			b.tally(releaseKey(s.is.Release), 1)
		}
	}
	for i := range b.inputs {
		b.count(&b.inputs[i])
	}
}

func (b *batch) tally(key string, n int64) { b.counts[key] += n }

// tallies returns the counts that changed, sorted.
func (b *batch) tallies() []store.Tally {
	var out []store.Tally
	for key, n := range b.counts {
		if n != 0 {
			out = append(out, store.Tally{Key: key, Add: n})
		}
	}
	slices.SortFunc(out, func(x, y store.Tally) int { return strings.Compare(x.Key, y.Key) })
	return out
}

// versionName binds a sealed state to its version.
func versionName(v uint64) []byte { return binary.BigEndian.AppendUint64(nil, v) }
