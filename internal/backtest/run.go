package backtest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"attune/core/id"
	"attune/core/instant"
	"attune/core/release"
	"attune/internal/seal"
)

// Past is what was recorded. It is read by several goroutines.
type Past interface {
	// People are those whose past can be read, in any order.
	People() []id.Person
	// Of calls f with what is recorded of somebody, oldest first, as [history.History.Of] does.
	Of(ctx context.Context, who id.Person, f func(frame int64, at instant.Time, record []byte) error) error
}

// Publication is a release that was put live, and where its time began.
type Publication struct {
	// Release decides as its people were decided about, where Exact says so. Otherwise it is what this
	// version of Attune makes of the same files, or of the next ones that it can read.
	Release *release.Release
	Exact   bool
	// ID is what it was published as, Number its place among all.
	ID     string
	Number int
	At     instant.Time
	// First is the first frame of the history for which it holds.
	First           int64
	IncludeExisting bool
}

// Version is one that is tried.
type Version struct {
	Release *release.Release
	// Number is that of its publication; zero where it was never published.
	Number int
}

// Config says what is tried on what.
type Config struct {
	Past Past
	// Seeds is the secret from which people's seeds derive, so that everybody draws what they drew.
	Seeds []byte
	// Published are all publications, in order.
	Published []Publication
	// Candidate is tried, Against is what it is held against.
	Candidate, Against Version
	// The window is from From on, up to and not including To. Nothing later than Frame is looked at.
	From, To instant.Time
	Frame    int64
	// IncludeExisting lets what is true of people already when the window begins count as news.
	IncludeExisting bool
	// List keeps who would have been engaged under one version and not under the other.
	List bool
	// Workers is how many people are played at once; zero is one for each core. It changes nothing but the
	// time it takes.
	Workers int
	// Progress is told now and then how many people are done, of how many, and how many events were heard;
	// nil for nobody. It is called from several goroutines.
	Progress func(people, of int, events int64)
}

// block is how many people a worker takes at once.
const block = 8

// job is a run under way.
type job struct {
	Config
	// places finds publications by their short ids.
	places map[uint64]int
	people []id.Person
	next   atomic.Int64
	done   atomic.Int64
	events atomic.Int64
}

// Run plays everybody's window under both versions and says how it went. It returns ctx's error when it
// is stopped.
func Run(ctx context.Context, c Config) (*Result, error) {
	if c.To <= c.From {
		return nil, fmt.Errorf("the window ends at %s, before it begins at %s", c.To, c.From)
	}
	j := &job{Config: c, places: map[uint64]int{}, people: slices.Clone(c.Past.People())}
	for i := range c.Published {
		j.places[c.Published[i].Release.Short] = i
	}
	slices.SortFunc(j.people, func(a, b id.Person) int { return slices.Compare(a[:], b[:]) })
	workers := c.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	parts := make([]*part, workers)
	broken := make([]error, workers)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	var group sync.WaitGroup
	for i := range parts {
		parts[i] = j.newPart()
		group.Go(func() {
			if broken[i] = j.work(ctx, parts[i]); broken[i] != nil {
				stop(broken[i])
			}
		})
	}
	group.Wait()
	if err := context.Cause(ctx); err != nil {
		return nil, fmt.Errorf("backtest: stopped after %d of %d people: %w", j.done.Load(), len(j.people), err)
	}
	whole := parts[0]
	for _, p := range parts[1:] {
		whole.add(p)
	}
	return j.result(whole), nil
}

func (j *job) work(ctx context.Context, p *part) error {
	for {
		from := int(j.next.Add(block)) - block
		if from >= len(j.people) || ctx.Err() != nil {
			return nil
		}
		to := min(from+block, len(j.people))
		before := p.heard
		for _, who := range j.people[from:to] {
			if ctx.Err() != nil {
				return nil
			}
			err := j.person(ctx, who, p)
			if errors.Is(err, seal.ErrNoKey) {
				continue // erased meanwhile
			}
			if err != nil {
				return fmt.Errorf("%s: %w", who, err)
			}
		}
		done, events := j.done.Add(int64(to-from)), j.events.Add(p.heard-before)
		if j.Progress != nil {
			j.Progress(int(done), len(j.people), events)
		}
	}
}

// at finds the publication that holds for a frame.
func (j *job) at(frame int64) *Publication {
	n := 0
	for n+1 < len(j.Published) && j.Published[n+1].First <= frame {
		n++
	}
	return &j.Published[n]
}
