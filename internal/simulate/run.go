package simulate

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"attune/core/instant"
	"attune/core/release"
)

// Config says what is simulated.
type Config struct {
	Release *release.Release
	// Other is another version of the program, for the same people; nil for none.
	Other *release.Release
	World *World
	// People is how many there are, and Days how long they are watched from Start on.
	People, Days int
	Start        instant.Time
	Seed         uint64
	// Forced is one of what the seed plants, of which everybody is then: of that level, or having done that or not. Where Lifted is set, too, it
	// is not planted. The two tell its true size.
	Forced *Planted
	Lifted bool
	// Workers is how many lives are lived at once; zero is one for each core. It changes nothing but
	// the time it takes.
	Workers int
	// Progress is told now and then how many people are done; nil for nobody. It is called from
	// several goroutines.
	Progress func(people int)
}

// block is how many people a worker takes at once.
const block = 16

// maxStories bounds how many stories are offered.
const maxStories = 20

// job is a run under way.
type job struct {
	Config
	setting *setting
	arms    []arm
	next    atomic.Int64
	done    atomic.Int64
}

// part is what one worker counted: a tally for each arm, and the differences of each other arm from
// the first.
type part struct {
	tallies []*tally
	pairs   []map[string]*pair
	broken  error
}

// pair compares one outcome between two arms, person by person.
type pair struct {
	with, without int64
	// diff and square are the sums of each person's difference and of its square.
	diff, square int64
}

func (c Config) setting() (*setting, error) {
	s := &setting{world: c.World, seed: c.Seed, truth: c.World.planted(c.Seed), start: c.Start, end: c.Start.Add(instant.Duration(c.Days) * instant.Day)}
	if c.Forced != nil {
		i := slices.IndexFunc(s.truth, func(p planted) bool { return p.Planted == *c.Forced })
		if i < 0 {
			return nil, fmt.Errorf("simulate: the seed %d does not plant that %s %s", c.Seed, c.Forced.Whom(), c.Forced.Says())
		}
		s.forced = new(s.truth[i])
		if c.Lifted {
			s.truth = slices.Delete(s.truth, i, i+1)
		}
	}
	for _, name := range c.World.People.Zones.Names {
		z, ok := c.Release.Zones.Find(name)
		if !ok {
			return nil, fmt.Errorf("simulate: there is no time zone %q", name)
		}
		s.zones = append(s.zones, z)
	}
	return s, nil
}

// Run lives everybody's life, with the program's messages and without anybody ever seeing one, and
// says how it went. It returns ctx's error when it is stopped.
func Run(ctx context.Context, c Config) (*Result, error) {
	s, err := c.setting()
	if err != nil {
		return nil, err
	}
	j := &job{Config: c, setting: s, arms: []arm{{rel: c.Release}, {rel: c.Release, messages: Unseen}}}
	if c.Other != nil {
		j.arms = append(j.arms, arm{rel: c.Other})
	}
	workers := c.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	parts := make([]*part, workers)
	var group sync.WaitGroup
	for i := range parts {
		parts[i] = j.newPart()
		group.Go(func() { j.work(ctx, parts[i]) })
	}
	group.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("simulate: stopped after %d of %d people: %w", j.done.Load(), c.People, err)
	}
	whole := parts[0]
	for _, p := range parts {
		if p.broken != nil {
			return nil, p.broken
		}
	}
	for _, p := range parts[1:] {
		whole.add(p)
	}
	return j.result(whole), nil
}

func (j *job) newPart() *part {
	p := &part{}
	for i, a := range j.arms {
		p.tallies = append(p.tallies, newTally(j.setting, a.rel))
		if i > 0 {
			p.pairs = append(p.pairs, map[string]*pair{})
		}
	}
	return p
}

func (j *job) work(ctx context.Context, p *part) {
	for p.broken == nil {
		from := int(j.next.Add(block)) - block
		if from >= j.People || ctx.Err() != nil {
			return
		}
		to := min(from+block, j.People)
		for n := from; n < to && p.broken == nil && ctx.Err() == nil; n++ {
			p.lives(j, n)
		}
		done := j.done.Add(int64(to - from))
		if j.Progress != nil {
			j.Progress(int(done))
		}
	}
}

// lives lives one person's life under every arm, and compares.
func (p *part) lives(j *job, n int) {
	for i, a := range j.arms {
		t := p.tallies[i]
		t.clear()
		l := begin(j.setting, a, n, t)
		l.live()
		if l.broken != nil {
			p.broken = l.broken
			return
		}
		counts := t.counted(l)
		if i > 0 {
			p.compare(i-1, p.tallies[0].now.counts, counts)
		}
	}
}

// compare takes a person's outcomes under the first arm and under another in.
func (p *part) compare(k int, first, other map[string]int64) {
	note := func(name string, with, without int64) {
		x := made(p.pairs[k], name)
		d := with - without
		x.with, x.without, x.diff, x.square = x.with+with, x.without+without, x.diff+d, x.square+d*d
	}
	for name, with := range first {
		note(name, with, other[name])
	}
	for name, without := range other {
		if _, both := first[name]; !both {
			note(name, 0, without)
		}
	}
}

func (p *part) add(o *part) {
	for i, t := range p.tallies {
		t.add(o.tallies[i])
	}
	for k, pairs := range o.pairs {
		for name, x := range pairs {
			y := made(p.pairs[k], name)
			y.with, y.without, y.diff, y.square = y.with+x.with, y.without+x.without, y.diff+x.diff, y.square+x.square
		}
	}
}
