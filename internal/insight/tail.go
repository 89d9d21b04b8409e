package insight

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
)

// Commit is one person's part of a commit of the history.
type Commit struct {
	Frame   int64
	At      instant.Time
	Person  id.Person
	Heard   []*event.Event
	Effects []effect.Effect
}

// History is where facts are read off that neither memory nor file has.
type History interface {
	// Newest is the number of the newest commit.
	Newest(ctx context.Context) (int64, error)
	// Commits calls f with what commits after one, up to another, say of people whom somebody can read, in their order.
	Commits(ctx context.Context, after, upTo int64, f func(Commit) error) error
	// People are all who may be in it, in any order, also after it was asked once.
	People() []id.Person
}

// Tail follows commits: into the columns at once, into the file a little later. Commits are told to it in their order by one goroutine.
type Tail struct {
	Columns *Columns
	base    Base
	history History
	secret  []byte
	logger  *slog.Logger

	mu sync.Mutex
	// pending are parts that are not in the file; those up to done of a commit that is over. Until caught up they are not in the columns
	// either.
	pending []Part
	newest  int64
	// from is the newest commit that was there when the tail began; read is how far it was read by now.
	from, read int64
	// started: commits are listened to; before, everything is read off the history when it is needed. lost: more waited than may.
	started, ready, lost bool
	// loaded is how many facts were read off the file.
	loaded    atomic.Int64
	forgotten map[Pseudonym]bool

	// file is held while the base is used.
	file sync.Mutex

	names names
}

// mostPending bounds what waits for the file in memory; what is more is read off the history again.
const mostPending = 1 << 17

// NewTail makes a tail that does not listen yet.
func NewTail(h History, secret []byte, logger *slog.Logger) *Tail {
	return &Tail{Columns: NewColumns(), history: h, secret: secret, logger: logger, forgotten: map[Pseudonym]bool{}}
}

// Start listens to commits from now on; what was before is for [Tail.CatchUp] to read. base may be nil: then nothing is kept.
func (t *Tail) Start(ctx context.Context, base Base) (err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.from, err = t.history.Newest(ctx); err != nil {
		return fmt.Errorf("read facts: %w", err)
	}
	t.newest, t.started, t.base = t.from, true, base
	return nil
}

// Pseudonym is what stands for somebody.
func (t *Tail) Pseudonym(who id.Person) Pseudonym { return PseudonymOf(t.secret, who) }

// Told takes in what a commit says of somebody.
func (t *Tail) Told(frame int64, who id.Person, at instant.Time, heard []*event.Event, effects []effect.Effect) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.started || frame <= t.from {
		return // it is read off the history
	}
	p := Of(PseudonymOf(t.secret, who), frame, at, heard, effects)
	t.newest = max(t.newest, frame)
	if t.forgotten[p.Who] {
		return
	}
	t.names.told(p.Who, who)
	if !p.Fresh && len(p.Facts) == 0 {
		return
	}
	t.pending = append(t.pending, p)
	if t.ready && len(t.pending) > mostPending {
		t.pending, t.lost = nil, t.base != nil // they are in the columns; the file has them from the history
	}
	if t.ready {
		t.Columns.Add(p)
	}
}

// CatchUp fills the columns with everything from before, and then with what came meanwhile. It may take long, and be called beside
// everything else.
func (t *Tail) CatchUp(ctx context.Context) error {
	after := int64(0)
	if t.base != nil {
		t.file.Lock()
		defer t.file.Unlock()
		var err error
		if after, err = t.base.Mark(ctx); err != nil {
			return fmt.Errorf("read facts: %w", err)
		}
		if after > t.from { // the history is older than the file: it was restored from a backup
			if err := t.base.Clear(ctx); err != nil {
				return err
			}
			after = 0
		}
		err = t.Columns.Load(func(f func(*Fact) error) error {
			return t.base.Load(ctx, func(x *Fact) error {
				t.loaded.Add(1)
				return f(x)
			})
		})
		if err != nil {
			return err
		}
	}
	if err := t.gather(ctx, after, t.from, true); err != nil {
		return fmt.Errorf("read facts off the history: %w", err)
	}
	t.names.fill(t.secret, t.history.People)
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, p := range t.pending {
		if !t.forgotten[p.Who] {
			t.Columns.Add(p)
		}
	}
	t.ready = true
	return nil
}

// batch is how many parts go into the file at once.
const batch = 1 << 14

// gather reads commits off the history, into the file, and into the columns if they are to have them.
func (t *Tail) gather(ctx context.Context, after, upTo int64, show bool) error {
	var parts []Part
	last := after
	put := func(mark int64) error {
		if t.base == nil || mark <= after {
			parts = parts[:0]
			return nil
		}
		err := t.base.Append(ctx, parts, mark)
		parts = parts[:0]
		return err
	}
	err := t.history.Commits(ctx, after, upTo, func(c Commit) error {
		if c.Frame > last {
			if len(parts) >= batch {
				if err := put(last); err != nil {
					return err
				}
			}
			last = c.Frame
			t.mu.Lock()
			t.read = last
			t.mu.Unlock()
		}
		p := Of(t.Pseudonym(c.Person), c.Frame, c.At, c.Heard, c.Effects)
		if !p.Fresh && len(p.Facts) == 0 || t.isForgotten(p.Who) {
			return nil
		}
		parts = append(parts, p)
		if show {
			t.Columns.Add(p)
		}
		return nil
	})
	if err != nil {
		return err
	}
	return put(upTo)
}

func (t *Tail) isForgotten(who Pseudonym) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.forgotten[who]
}

// Flush puts into the file what commits said that are over. The newest may have more to say; it waits for the next one, or for Sync.
func (t *Tail) Flush(ctx context.Context) error {
	t.mu.Lock()
	if !t.ready {
		t.mu.Unlock()
		return nil
	}
	over, lost := t.newest-1, t.lost
	t.lost = false
	var parts, rest []Part
	for _, p := range t.pending {
		if p.Frame <= over {
			parts = append(parts, p)
		} else {
			rest = append(rest, p)
		}
	}
	t.pending = rest
	t.mu.Unlock()
	if t.base == nil || len(parts) == 0 && !lost {
		return nil
	}
	t.file.Lock()
	defer t.file.Unlock()
	mark, err := t.base.Mark(ctx)
	if err != nil {
		return err
	}
	if mark >= over {
		return nil
	}
	if lost {
		return t.gather(ctx, mark, over, false)
	}
	parts = keepParts(parts, func(p *Part) bool { return p.Frame > mark && !t.isForgotten(p.Who) })
	if err := t.base.Append(ctx, parts, over); err != nil {
		t.mu.Lock()
		t.lost = true
		t.mu.Unlock()
		return fmt.Errorf("keep facts: %w", err)
	}
	return nil
}

func keepParts(all []Part, which func(*Part) bool) []Part {
	out := all[:0]
	for i := range all {
		if which(&all[i]) {
			out = append(out, all[i])
		}
	}
	return out
}

// Sync has the file hold everything up to the newest commit.
func (t *Tail) Sync(ctx context.Context) error {
	if t.base == nil {
		return ErrNoBase
	}
	if err := t.Flush(ctx); err != nil {
		t.logger.Warn("facts are read off the history again", "error", err)
	}
	t.file.Lock()
	defer t.file.Unlock()
	mark, err := t.base.Mark(ctx)
	if err != nil {
		return err
	}
	newest, err := t.history.Newest(ctx)
	if err != nil || newest <= mark {
		return err
	}
	return t.gather(ctx, mark, newest, false)
}

// Loaded is how many facts were read off the file so far.
func (t *Tail) Loaded() int64 { return t.loaded.Load() }

// Progress is how many commits were read, of how many that were there at the start, and whether that is over.
func (t *Tail) Progress() (read, of int64, ready bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.read, t.from, t.ready
}

// Forget takes everything of somebody out of memory and file. Whatever is said of them later is not taken in.
func (t *Tail) Forget(ctx context.Context, who id.Person) error {
	p := PseudonymOf(t.secret, who)
	t.mu.Lock()
	t.forgotten[p] = true
	t.pending = keepParts(t.pending, func(x *Part) bool { return x.Who != p })
	t.mu.Unlock()
	t.Columns.Forget(p)
	t.names.forget(p)
	if t.base == nil {
		return nil
	}
	t.file.Lock()
	defer t.file.Unlock()
	return t.base.Forget(ctx, p)
}

// Export writes everything up to now as Parquet files.
func (t *Tail) Export(ctx context.Context, dir string, o ExportOf) (int64, error) {
	if err := t.Sync(ctx); err != nil {
		return 0, err
	}
	o.Except = append(o.Except, t.Columns.withheld()...)
	t.file.Lock()
	defer t.file.Unlock()
	return t.base.Export(ctx, dir, o)
}

// Close closes the file, after what is over was put into it.
func (t *Tail) Close() error {
	var err error
	if t.base == nil {
		return nil
	}
	if _, _, ready := t.Progress(); ready {
		err = t.Flush(context.Background())
	}
	t.file.Lock()
	defer t.file.Unlock()
	return errors.Join(err, t.base.Close())
}
