package runner

import (
	"encoding/binary"
	"slices"
	"strings"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/release"
	"attune/internal/seal"
	"attune/internal/store"
)

// batch is what one commit does: inputs in order, and the people they are for.
type batch struct {
	rel     *release.Release
	key     []byte
	to      store.Mark
	inputs  []input
	people  []stepped
	indexOf map[id.Person]int
	counts  map[string]int64
	// arrivals is what the state knows of undeclared events, and kinds what this batch adds to its kinds.
	arrivals *arrivals
	kinds    map[string]int
	words    *seal.Words
}

type input struct {
	person  int
	at      instant.Time
	what    engine.What
	effects []effect.Effect
}

type stepped struct {
	is      person.Person
	version uint64
	// inputs are the places of this person's inputs, in order.
	inputs  []int
	effects []effect.Effect
}

func (r *Runner) newBatch() *batch {
	return &batch{
		rel: r.cfg.Release, key: r.cfg.ProjectKey, to: r.mark, indexOf: map[id.Person]int{},
		counts: map[string]int64{}, arrivals: r.arrivals, kinds: map[string]int{}, words: r.words,
	}
}

// grow makes room for that many more inputs.
func (b *batch) grow(n int) {
	b.inputs, b.people = slices.Grow(b.inputs, n), slices.Grow(b.people, n)
}

func (b *batch) add(who id.Person, at instant.Time, what engine.What) {
	i, known := b.indexOf[who]
	if !known {
		i = len(b.people)
		b.indexOf[who] = i
		b.people = append(b.people, stepped{is: person.New(who)})
	}
	b.people[i].inputs = append(b.people[i].inputs, len(b.inputs))
	b.inputs = append(b.inputs, input{person: i, at: at, what: what})
}

// maxAgain bounds how often one input is given again; a thousand instants each time make a century.
const maxAgain = 100_000

// step gives one person their inputs, in order. It touches nobody else's, so people may be stepped at
// the same time and the outcome is the same.
func (b *batch) step(s *stepped) {
	seed := id.SeedOf(b.key, s.is.ID)
	for _, i := range s.inputs {
		in := &b.inputs[i]
		with := engine.Input{At: in.at, Seed: seed, What: in.what}
		for range maxAgain {
			var effects []effect.Effect
			s.is, effects = engine.Step(b.rel, s.is, with)
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
}

// countAll keeps the live counters once everybody is stepped.
func (b *batch) countAll() {
	for i := range b.people {
		if b.people[i].version == 0 {
			b.tally("people", 1)
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
