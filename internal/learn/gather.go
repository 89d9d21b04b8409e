package learn

import (
	"context"
	"fmt"
	"sync"

	"attune/core/decision"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/record"
	"attune/core/release"
)

// Source is where people's histories come from. It is asked from several goroutines at once.
type Source interface {
	// Records calls f with what is recorded of somebody, oldest first; with nothing for whom nobody can read
	// any more.
	Records(ctx context.Context, who id.Person, f func(record.Record)) error
}

// Config says what to learn from.
type Config struct {
	Source Source
	// People are everybody, in an order that is the same each time.
	People []id.Person
	// Release is the live one: it says what there is to learn.
	Release *release.Release
	// Now is until when histories are read.
	Now instant.Time
	// Library is what other organisations measured; nil for nothing.
	Library *Library
	// Life is told of everybody's rows, at once from several goroutines; n is the person's place among People.
	// It may be nil. The rows are its to keep.
	Life func(n int, l *Life, rows []Row)
}

// Count is how many rounds there were, and what they were good for.
type Count struct {
	// Decisions is how many rounds were drawn; each said something (Drawn) or nothing.
	Decisions int `json:"decisions"`
	Drawn     int `json:"drawn"`
	Nothing   int `json:"nothing"`
	// Known rows have their reward; Open ones wait for it, and an expectation stands in; Young ones are left out.
	Known int `json:"known"`
	Open  int `json:"open"`
	Young int `json:"young"`
	// NoOutcome is how many rounds named none, so that nothing is learned of them.
	NoOutcome int `json:"no_outcome"`
	// Reached and Lost are rows with the outcome, and rounds after which the person was lost.
	Reached int `json:"reached"`
	Lost    int `json:"lost"`
	// People are those with at least one decision; Read is how many histories were read.
	People int `json:"people"`
	Read   int `json:"read"`
}

func (c *Count) add(o Count) {
	c.Decisions += o.Decisions
	c.Drawn += o.Drawn
	c.Nothing += o.Nothing
	c.Known += o.Known
	c.Open += o.Open
	c.Young += o.Young
	c.NoOutcome += o.NoOutcome
	c.Reached += o.Reached
	c.Lost += o.Lost
	c.People += o.People
	c.Read += o.Read
}

// Gathered is what histories say.
type Gathered struct {
	Evidence *decision.Evidence
	// Folds are the two halves of it, of people each: what was learned of one half is tried on the other.
	Folds [2]*decision.Evidence
	Count Count
	// Moved is what saying each engagement does to moving on, by stage.
	Moved []Moved
}

const (
	// shards is into how many parts people are divided. It does not depend on the machine, so that sums come out
	// the same on any.
	shards = 16
	// workers is how many parts are read at once.
	workers = 4
)

// fold is the half that somebody is in, by their place among all.
func fold(n int) int { return n % 2 }

// shard is one part of all people, and what was found of them.
type shard struct {
	people    []int
	open      []int
	space     *decision.Space
	evidence  *decision.Evidence
	surrogate *surrogate
	count     Count
	movings   movings
}

// Gather reads everybody's history and sums up what became of decisions. Its memory does not grow with the
// rows: those who have some whose time is not over are read again, when it is known what to expect of these.
func Gather(ctx context.Context, c Config) (*Gathered, error) {
	space := c.Release.Learning.Space
	p := programsOf(c.Release)
	all := make([]shard, shards)
	for i := range all {
		s := &all[i]
		s.space, s.evidence = space, decision.NewEvidence(space)
		var err error
		if s.surrogate, err = newSurrogate(space); err != nil {
			return nil, err
		}
	}
	for n := range c.People {
		s := &all[n%shards]
		s.people = append(s.people, n)
	}
	if err := eachShard(ctx, all, func(s *shard) error { return c.known(ctx, p, s) }); err != nil {
		return nil, err
	}
	expected := all[0].surrogate
	for i := 1; i < shards; i++ {
		expected.evidence.Merge(all[i].surrogate.evidence)
	}
	if err := expected.learn(); err != nil {
		return nil, err
	}
	if err := eachShard(ctx, all, func(s *shard) error { return c.open(ctx, p, s, expected.copy()) }); err != nil {
		return nil, err
	}
	out := &Gathered{Folds: [2]*decision.Evidence{all[0].evidence, all[1].evidence}, Evidence: decision.NewEvidence(space)}
	var moved movings
	for i := range all {
		if i > 1 {
			out.Folds[fold(i)].Merge(all[i].evidence)
		}
		out.Count.add(all[i].count)
		moved.merge(all[i].movings)
	}
	out.Moved = moved.tell()
	for _, e := range out.Folds {
		out.Evidence.Merge(e)
	}
	return out, nil
}

// copy shares what was learned, and has memory of its own.
func (s *surrogate) copy() *surrogate { return &surrogate{space: s.space, belief: s.belief} }

// eachShard does something with all parts, a few at once, and returns the first part's error.
func eachShard(ctx context.Context, all []shard, do func(*shard) error) error {
	errs := make([]error, len(all))
	next := make(chan int, len(all))
	for i := range all {
		next <- i
	}
	close(next)
	var work sync.WaitGroup
	for range workers {
		work.Go(func() {
			for i := range next {
				if errs[i] = ctx.Err(); errs[i] == nil {
					errs[i] = do(&all[i])
				}
			}
		})
	}
	work.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) life(ctx context.Context, n int) (*Life, error) {
	l := &Life{}
	err := c.Source.Records(ctx, c.People[n], func(r record.Record) {
		if r.At <= c.Now {
			l.Take(r)
		}
	})
	if err != nil {
		return nil, fmt.Errorf("learn from the history of %s: %w", c.People[n], err)
	}
	return l, nil
}

// known takes in the rows whose reward is known.
func (c *Config) known(ctx context.Context, p *programs, s *shard) error {
	for _, n := range s.people {
		l, err := c.life(ctx, n)
		if err != nil {
			return err
		}
		var rows []Row
		open := false
		var own movings
		l.rows(p, func(r *Row) {
			own.take(p, l, r, c.Now)
			if c.Life != nil {
				rows = append(rows, *r)
			}
			open = s.known(p, r, c.Now) || open
		})
		s.movings.person(own)
		s.count.of(l, c.Now)
		if open {
			s.open = append(s.open, n)
		}
		if c.Life != nil {
			c.Life(n, l, rows)
		}
	}
	return nil
}

func (s *shard) known(p *programs, r *Row, now instant.Time) (open bool) {
	if now.Sub(r.Decision.At) < youngest {
		s.count.Young++
		return false
	}
	reward, sure := r.reward(now)
	if !sure {
		s.count.Open++
		return true
	}
	s.count.Known++
	if r.Reached <= now {
		s.count.Reached++
	}
	weight := p.weight(r.Outcome, now.Sub(r.Decision.At))
	s.evidence.Add(s.space, r.Base, r.Arms, r.Drawn, [2]float64{reward, r.loss(now)}, weight)
	s.surrogate.take(r, reward, weight)
	return false
}

// open takes in the rows that wait for their reward.
func (c *Config) open(ctx context.Context, p *programs, s *shard, expected *surrogate) error {
	for _, n := range s.open {
		l, err := c.life(ctx, n)
		if err != nil {
			return err
		}
		l.rows(p, func(r *Row) {
			age := c.Now.Sub(r.Decision.At)
			if _, sure := r.reward(c.Now); sure || age < youngest {
				return
			}
			s.evidence.Add(c.Release.Learning.Space, r.Base, r.Arms, r.Drawn, [2]float64{expected.of(r, c.Now), r.loss(c.Now)}, p.weight(r.Outcome, age))
		})
	}
	return nil
}

// of counts a person's rounds.
func (c *Count) of(l *Life, now instant.Time) {
	c.Read++
	if len(l.Decisions) > 0 {
		c.People++
	}
	for i := range l.Decisions {
		d := &l.Decisions[i]
		for r := range d.Rounds {
			w := &d.Rounds[r]
			c.Decisions++
			if w.Drawn >= 0 {
				c.Drawn++
			} else {
				c.Nothing++
			}
			named := false
			for k := range w.Options {
				named = named || d.Candidates[w.Options[k].Candidate].Outcome != ""
			}
			if !named {
				c.NoOutcome++
			}
		}
		if l.lostAfter(i) <= now {
			c.Lost++
		}
	}
}
