package reputation

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"attune/core/channel"
)

// Config sets a guard up.
type Config struct {
	// File keeps what is counted. It is made when it does not exist.
	File string
	// Domain is the sending domain. Each has counts of its own in the file.
	Domain string
	// Now is the clock; nil is the machine's.
	Now func() time.Time
	// Changed is called when promotional letters were stopped, or may go on. Nil is nobody.
	Changed func()
	// Log is told when the domain comes to stand worse; nil discards it.
	Log *slog.Logger
}

// Guard counts for one domain. It may be used by many at once.
type Guard struct {
	cfg Config

	mu    sync.Mutex
	all   map[string]*tally
	mine  *tally
	saved time.Time
	dirty bool
	told  Level
}

// saveEvery is how much of the count of letters a crash may lose.
const saveEvery = time.Minute

// Open reads what was counted.
func Open(cfg Config) (*Guard, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	all, err := read(cfg.File)
	if err != nil {
		return nil, err
	}
	g := &Guard{cfg: cfg, all: all, mine: all[cfg.Domain], saved: cfg.Now()}
	if g.mine == nil {
		g.mine = &tally{}
		all[cfg.Domain] = g.mine
	}
	g.told = g.mine.level(cfg.Now())
	return g, nil
}

func read(file string) (map[string]*tally, error) {
	all := map[string]*tally{}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return all, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil {
		return nil, fmt.Errorf("read how the sending domain stands: %w", err)
	}
	return all, nil
}

// HandedOver counts a letter that a carrier took.
func (g *Guard) HandedOver(class channel.Class) {
	if class != channel.Promotional && class != channel.Service {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.cfg.Now()
	g.mine.at(now).Handed++
	g.dirty = true
	if now.Sub(g.saved) >= saveEvery {
		if err := g.save(now); err != nil {
			g.cfg.Log.Error("the count of letters could not be kept", "error", err)
		}
	}
}

// Complained counts a complaint by its name, once. It is durable when the error is nil.
func (g *Guard) Complained(name string) error {
	stopped, err := g.complained(name)
	if stopped && g.cfg.Changed != nil {
		g.cfg.Changed()
	}
	return err
}

// complained tells whether promotional letters are stopped from here on.
func (g *Guard) complained(name string) (stopped bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	now := g.cfg.Now()
	if g.mine.complain(name, now) {
		g.dirty = true
	}
	if g.dirty { // also what an earlier attempt could not write
		err = g.save(now)
	}
	// They stop even when that cannot be kept.
	return g.tell(now) == Paused, err
}

// tell says once that the domain stands worse, and returns how it stands where that is new.
func (g *Guard) tell(now time.Time) Level {
	level := g.mine.level(now)
	if level == g.told {
		return ""
	}
	g.told = level
	r := g.mine.rate(now)
	switch level {
	case Alarmed:
		g.cfg.Log.Warn("one letter of a thousand is complained about: look at what is sent before providers refuse it", "domain", g.cfg.Domain, "handed_over", r.Handed, "complaints", r.Complaints)
	case Paused:
		g.cfg.Log.Error("promotional e-mail is paused since one letter of five hundred is complained about; attune email resume lets it go on", "domain", g.cfg.Domain, "handed_over", r.Handed, "complaints", r.Complaints)
	case Good:
	}
	return level
}

// Paused tells whether contacts of the class are stopped, and why.
func (g *Guard) Paused(class channel.Class) (why string, paused bool) {
	if class != channel.Promotional {
		return "", false
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.mine.PausedAt.IsZero() {
		return "", false
	}
	return "promotional e-mail is paused because of complaints", true
}

// Resume lets promotional letters go on, and counts anew from now on.
func (g *Guard) Resume() error {
	err := g.resume()
	if err == nil && g.cfg.Changed != nil {
		g.cfg.Changed()
	}
	return err
}

func (g *Guard) resume() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	was := *g.mine
	g.mine.resume()
	if err := g.save(g.cfg.Now()); err != nil {
		*g.mine = was
		return err
	}
	g.told = Good
	return nil
}

// Standing is how a domain stands.
type Standing struct {
	Domain string `json:"domain"`
	Level  Level  `json:"level"`
	Rate
	// PausedAt and PausedBy tell since when and by what rate promotional letters are stopped.
	PausedAt time.Time `json:"paused_at,omitzero"`
	PausedBy *Rate     `json:"paused_by,omitempty"`
}

// Standing tells how the domain stands now.
func (g *Guard) Standing() Standing {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.mine.standing(g.cfg.Domain, g.cfg.Now())
}

func (t *tally) standing(domain string, now time.Time) Standing {
	return Standing{Domain: domain, Level: t.level(now), Rate: t.rate(now), PausedAt: t.PausedAt, PausedBy: t.Rate}
}

// Close keeps what was counted.
func (g *Guard) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.dirty {
		return nil
	}
	return g.save(g.cfg.Now())
}

// save writes the file anew and puts it in the old one's place.
func (g *Guard) save(now time.Time) (err error) {
	g.saved = now
	text, err := json.Marshal(g.all)
	if err == nil {
		err = replace(g.cfg.File, text)
	}
	if err != nil {
		return fmt.Errorf("keep how the sending domain stands: %w", err)
	}
	g.dirty = false
	return nil
}

func replace(file string, text []byte) error {
	next := file + ".new"
	f, err := os.OpenFile(next, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(next, file); err != nil {
		return err
	}
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
