package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"

	"attune/core/engine"
	"attune/core/event"
	"attune/core/instant"
	"attune/core/release"
	"attune/internal/guardrail"
	"attune/internal/history"
	"attune/internal/learn"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/store"
)

// guards count whom programs lose. What is final of their counts is kept in guardrails.json of the data folder;
// the rest is read from the history at each start.
type guards struct {
	path  string
	tally guardrail.Tally
	// mu is held while programs are paused, and while they are resumed and counted anew.
	mu sync.Mutex
	// resumed is how often each program was resumed after it had paused itself, when its count began.
	resumed map[string]int
	// look tells that a program may have to be paused.
	look atomic.Bool
	// ready tells that the history is counted, up to the frame from. It becomes so while catching is held.
	ready    atomic.Bool
	from     int64
	catching sync.Mutex
}

// guardsFile is guardrails.json.
type guardsFile map[string]keptCount

type keptCount struct {
	Since   instant.Time     `json:"since"`
	Final   []guardrail.Lost `json:"final"`
	Resumed int              `json:"resumed,omitempty"`
}

const guardsName = "guardrails.json"

// openGuards reads what is kept of counts. Which programs are counted is asked of live.
func openGuards(dir string, live func() *release.Release) (*guards, error) {
	g := &guards{path: filepath.Join(dir, guardsName), resumed: map[string]int{}}
	g.tally.Guarded = func(program string) bool {
		pr := programOf(live(), program)
		return pr != nil && pr.Policy.Learning != nil
	}
	data, err := os.ReadFile(g.path)
	if errors.Is(err, fs.ErrNotExist) {
		return g, nil
	}
	file := guardsFile{}
	if err == nil {
		err = json.Unmarshal(data, &file)
	}
	if err != nil {
		return nil, fmt.Errorf("read what programs cost so far: %w: restore %s from a backup, or take it away and all is counted anew", err, g.path)
	}
	for program, c := range file {
		g.tally.Begin(program, c.Since, c.Final)
		g.resumed[program] = c.Resumed
	}
	return g, nil
}

// keep writes what is final. The guards are held.
func (g *guards) keep() error {
	file := guardsFile{}
	for program, c := range g.tally.Counts() {
		file[program] = keptCount{c.Since, c.Final, g.resumed[program]}
	}
	data, err := json.MarshalIndent(file, "", "  ")
	if err != nil {
		return fmt.Errorf("keep what programs cost so far: %w", err)
	}
	return writeDurably(g.path, append(data, '\n'))
}

// recallAll takes in all that the history says of the blocks that may still change.
func (g *guards) recallAll(ctx context.Context, h *history.History, keys *seal.Keys) error {
	after, err := g.before(ctx, h)
	if err == nil {
		_, _, err = g.recall(ctx, h, keys, after, math.MaxInt)
	}
	return err
}

// before is the last frame that no block which may still change needs.
func (g *guards) before(ctx context.Context, h *history.History) (int64, error) {
	since := instant.Never
	for _, c := range g.tally.Counts() {
		since = min(since, c.OpenSince())
	}
	frame, err := framesBefore(ctx, h, since)
	if err != nil {
		return 0, fmt.Errorf("find what programs said lately: %w", err)
	}
	return frame, nil
}

// recall takes in what the history says after a frame, about so many records of it. It tells how far it came, and
// whether that is all.
func (g *guards) recall(ctx context.Context, h *history.History, keys *seal.Keys, after int64, most int) (to int64, all bool, err error) {
	to = after
	enough := errors.New("these are enough for now")
	err = h.Frames(ctx, after, func(f store.Frame) error {
		for _, e := range f.Entries {
			rec, err := openRecord(keys, e.Person, f.Number, e.Body)
			if errors.Is(err, seal.ErrNoKey) {
				continue // erased
			}
			if err != nil {
				return fmt.Errorf("a record of %s in frame %d: %w", e.Person, f.Number, err)
			}
			p := guardrail.Part{Person: e.Person, At: f.At, Effects: rec.Effects}
			if heard, ok := rec.What.(engine.Heard); ok {
				p.Heard = []*event.Event{&heard.Event}
			}
			g.tally.Take(p)
		}
		to = f.Number
		if most -= len(f.Entries); most <= 0 {
			return enough
		}
		return ctx.Err()
	})
	if err != nil && !errors.Is(err, enough) {
		return to, false, fmt.Errorf("count whom programs lost lately: %w", err)
	}
	return to, err == nil, nil
}

// standings are how all that learn stand against their bounds, by program.
func (g *guards) standings(live *release.Release) []guardrail.Standing {
	out := []guardrail.Standing{}
	counts := g.tally.Counts()
	for _, pr := range live.Programs {
		c, counted := counts[pr.ID]
		if pr.Policy.Learning == nil || !counted {
			continue
		}
		for _, l := range guardrail.Losses() {
			out = append(out, c.Stands(pr.ID, l, pr.Policy.Learning.Halt))
		}
	}
	return out
}

// countAtOnce is how many records a start counts before it goes on: as many as take a second at most. Where there are more
// the others are counted while the server serves.
const countAtOnce = 20_000

// openGuardrails begins to count, where it ended when the process last did.
func (n *Node) openGuardrails(ctx context.Context) (err error) {
	if n.guards, err = openGuards(n.Data, n.live); err != nil {
		return err
	}
	n.guards.mu.Lock()
	n.countAnew() // somebody may have resumed a program while nobody served it
	n.guards.mu.Unlock()
	after, err := n.guards.before(ctx, n.History)
	if err != nil {
		return err
	}
	atOnce := countAtOnce
	if n.CountAtOnce != 0 {
		atOnce = max(n.CountAtOnce, 0)
	}
	to, all, err := n.guards.recall(ctx, n.History, n.Keys, after, atOnce)
	if err != nil {
		return err
	}
	if all {
		n.counted(to)
		return nil
	}
	n.countOn(context.WithoutCancel(ctx), to)
	return nil
}

// countOn counts the rest of the history while others work, until the node is closed.
func (n *Node) countOn(ctx context.Context, to int64) {
	ctx, stop := context.WithCancel(ctx)
	var work sync.WaitGroup
	n.closers = append(n.closers, closing(func() error {
		stop()
		work.Wait()
		return nil
	}))
	g := n.guards
	work.Go(func() {
		all, err := false, error(nil)
		for !all && err == nil {
			to, all, err = g.recall(ctx, n.History, n.Keys, to, countAtOnce)
		}
		if err == nil {
			// What was committed meanwhile is little. Nothing is committed until that is counted as well.
			g.catching.Lock()
			if to, _, err = g.recall(ctx, n.History, n.Keys, to, math.MaxInt); err == nil {
				n.counted(to)
			}
			g.catching.Unlock()
		}
		if err != nil && ctx.Err() == nil {
			n.Logger.Error("no program pauses itself until the server is started again: whom they lost could not be counted", "error", err)
		}
		n.halt()
	})
}

// counted tells that what the history says up to a frame is counted: commits after it count at once.
func (n *Node) counted(to int64) {
	n.guards.from = to
	n.guards.ready.Store(true)
	n.guards.look.Store(true)
	n.halt()
}

// guarded takes in a commit, and lets a program that loses too many pause itself.
func (n *Node) guarded(c runner.Change) {
	if n.guards == nil { // what a crash left is read from the history
		return
	}
	if len(c.Effects) == 0 && len(c.Heard) == 0 {
		return
	}
	if !n.guards.takes(c.Frame) {
		return
	}
	lost, keep := n.guards.tally.Take(guardrail.Part{Person: c.Person, At: c.At, Heard: c.Heard, Effects: c.Effects})
	if keep {
		n.guards.mu.Lock()
		if err := n.guards.keep(); err != nil { // the next block, or the next start, writes it again
			n.Logger.Error("what programs cost so far could not be kept", "error", err)
		}
		n.guards.mu.Unlock()
	}
	if lost {
		n.guards.look.Store(true)
	}
	n.halt()
}

// takes tells whether a commit is to be counted now, and not from the history.
func (g *guards) takes(frame int64) bool {
	if !g.ready.Load() {
		g.catching.Lock() // waits where the rest is being counted
		defer g.catching.Unlock()
	}
	return g.ready.Load() && frame > g.from
}

// halt pauses what loses more people than its team accepts. It looks when somebody was lost, and again while a
// pause could not be kept.
func (n *Node) halt() {
	if !n.guards.ready.Load() || !n.guards.look.Load() {
		return
	}
	n.guards.mu.Lock()
	defer n.guards.mu.Unlock()
	failed := false
	for _, s := range n.guards.standings(n.live()) {
		what := Paused{Program: s.Program}
		if !s.Over || slices.ContainsFunc(n.pauses(), func(p Pause) bool { return p.Paused == what }) {
			continue
		}
		p := Pause{Paused: what, ButSafety: true, Why: s.Says(), By: "the program itself", At: n.Wall().String(), Guardrail: s.Loss}
		if err := n.orders.pause(p, n.releases()); err != nil {
			failed = true
			n.Logger.Error("a program that loses too many people could not be paused; pause it by hand", "program", s.Program, "error", err)
			continue
		}
		n.hold()
		n.Logger.Warn("a program paused itself: it loses more people than its team accepts", "program", s.Program, "reason", s.Says())
	}
	n.guards.look.Store(failed)
}

// countAnew begins the count of every program anew that somebody resumed: what was seen before is known to them.
// The guards are held.
func (n *Node) countAnew() {
	resumed := n.orders.resumed()
	changed := false
	for program, times := range resumed {
		if times > n.guards.resumed[program] {
			n.guards.resumed[program] = times
			n.guards.tally.Begin(program, n.Now()+1, nil)
			changed = true
		}
	}
	if !changed {
		return
	}
	if err := n.guards.keep(); err != nil {
		n.Logger.Error("what programs cost so far could not be kept", "error", err)
	}
}

// resumed is how often somebody resumed each program after it had paused itself.
func (o *orders) resumed() map[string]int {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := map[string]int{}
	for _, p := range o.Pauses {
		if p.Guardrail != "" && p.Ended != "" {
			out[p.Program]++
		}
	}
	return out
}

// haltedIn are the programs of a folder that paused themselves.
func haltedIn(dir string) (out []learn.Halted, err error) {
	o, err := openOrders(dir)
	if err != nil {
		return nil, err
	}
	for _, p := range o.now() {
		if p.Guardrail != "" {
			out = append(out, learn.Halted{Program: p.Program, Why: p.Why})
		}
	}
	return out, nil
}

// guardrails are how the programs of the folder stand against what their teams accept.
func (i *Inspector) guardrails(ctx context.Context, live *release.Release) (out []learn.Guardrail, err error) {
	g, err := openGuards(i.dir, func() *release.Release { return live })
	if err != nil {
		return nil, err
	}
	if err := g.recallAll(ctx, i.history, i.keys); err != nil {
		return nil, err
	}
	for _, s := range g.standings(live) {
		out = append(out, learn.Guardrail(s))
	}
	return out, nil
}
