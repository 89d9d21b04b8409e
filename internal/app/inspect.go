package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/record"
	"attune/core/release"
	"attune/internal/delivery/capture"
	"attune/internal/eventlog/sqlitelog"
	"attune/internal/history"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/store"
	"attune/internal/store/sqlite"
	"attune/internal/story"
)

// Inspector reads a data folder beside the server that writes it, or while none runs.
type Inspector struct {
	view
	dir       string
	archive   *archive
	directory *identity.Directory
	// forwards are whose record became part of whose.
	forwards map[id.Person]id.Person
	// audit is opened with the first look that is recorded; saw is what was.
	audit   *recorder
	saw     map[sight]bool
	closers []io.Closer
	// releases are those that were compiled so far, by their short ids.
	releases map[uint64]*release.Release
}

// Inspect opens a data folder for reading.
func Inspect(ctx context.Context, dir string) (_ *Inspector, err error) {
	pinned, ok, err := readPin(dir)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%s is not a data folder that a server has used: name it with --data", dir)
	}
	i := &Inspector{dir: dir, releases: map[uint64]*release.Release{}}
	if i.archive, err = openArchive(dir); err != nil {
		return nil, err
	}
	if len(i.archive.list) == 0 {
		return nil, fmt.Errorf("%s was made by a version of Attune that kept no releases: start this version's server on it once", dir)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, i.Close())
		}
	}()
	if i.keys, err = seal.OpenReadOnly(filepath.Join(dir, "keys"), pinned.Organisation); err != nil {
		return nil, err
	}
	i.closers = append(i.closers, i.keys)
	people, err := sqlite.OpenPeople(dir, sqlite.Config{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	i.closers = append(i.closers, people)
	if err := i.openHistory(ctx); err != nil {
		return nil, err
	}
	if i.directory, err = identity.Open(ctx, identity.Config{Path: filepath.Join(dir, "directory.db"), Secret: i.keys.Secret("directory"), ReadOnly: true}); err != nil {
		return nil, err
	}
	i.closers = append(i.closers, i.directory)
	if i.quarantine, err = intake.OpenQuarantine(ctx, intake.QuarantineConfig{Path: filepath.Join(dir, "quarantine.db"), Secret: i.keys.Secret("quarantine"), ReadOnly: true}); err != nil {
		return nil, err
	}
	i.closers = append(i.closers, i.quarantine)
	if i.box, err = capture.OpenReadOnly(ctx, capture.Config{File: filepath.Join(dir, "capture.db"), Name: "email", Sealer: sealer{i.keys}}); err != nil {
		return nil, err
	}
	i.closers = append(i.closers, i.box)
	i.people = people
	if err := i.loadForwards(ctx); err != nil {
		return nil, err
	}
	i.now = func() instant.Time { return instant.Of(time.Now()) }
	return i, nil
}

// openHistory uses the chunks if there are any and they are of this history.
func (i *Inspector) openHistory(ctx context.Context) error {
	frames, err := sqlite.OpenHistory(i.dir, sqlite.Config{ReadOnly: true})
	if err != nil {
		return err
	}
	i.closers = append(i.closers, frames)
	i.history = history.New(frames, nil, i.keys)
	chunks, err := sqlite.OpenChunks(i.dir, sqlite.Config{ReadOnly: true})
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	i.closers = append(i.closers, chunks)
	with := history.New(frames, chunks, i.keys)
	matches, err := with.Matches(ctx)
	if matches {
		i.history = with
	}
	return err
}

// Close closes what is open.
func (i *Inspector) Close() error {
	var err error
	for k := len(i.closers) - 1; k >= 0; k-- {
		err = errors.Join(err, i.closers[k].Close())
	}
	i.closers = nil
	return err
}

// Who finds a person by id or by SYSTEM:VALUE.
func (i *Inspector) Who(ctx context.Context, s string) (id.Person, error) {
	if p, err := id.ParsePerson(s); err == nil {
		return p, nil
	}
	if len(identity.Candidates(s)) == 0 {
		return id.Person{}, fmt.Errorf("%q is neither a person id nor SYSTEM:VALUE, such as app:user-17", s)
	}
	if p, ok, err := find(ctx, i.directory, s); err != nil || ok {
		return p, err
	}
	return id.Person{}, errors.New("nobody is known by that identifier: SYSTEM is the source's system (attune keys list shows them), VALUE exactly what it sends")
}

// loadForwards lets what people are known by mean whoever's record theirs became part of.
func (i *Inspector) loadForwards(ctx context.Context) error {
	all, err := i.people.Forwards(ctx)
	if err != nil {
		return err
	}
	i.forwards = make(map[id.Person]id.Person, len(all))
	for _, f := range all {
		i.forwards[f.From] = f.To
	}
	i.directory.Follow(func(p id.Person) id.Person {
		trail := i.trail(p)
		return trail[len(trail)-1]
	})
	return nil
}

// trail is a record, and those that it became part of.
func (i *Inspector) trail(who id.Person) []id.Person {
	out := []id.Person{who}
	for to, is := i.forwards[who]; is; to, is = i.forwards[to] {
		out = append(out, to)
	}
	return out
}

// Record finds a record by id or by SYSTEM:VALUE, also where it became part of another.
func (i *Inspector) Record(ctx context.Context, s string) (id.Person, error) {
	if p, err := i.Who(ctx, s); err != nil {
		return p, err
	} else if parsed, err := id.ParsePerson(s); err == nil {
		return parsed, nil
	}
	for _, k := range identity.Candidates(s) {
		if p, ok, err := i.directory.Home(ctx, k); err != nil || ok {
			return p, err
		}
	}
	return id.Person{}, errors.New("nobody is known by that identifier")
}

// Story tells a person's history.
func (i *Inspector) Story(ctx context.Context, who id.Person) ([]story.Line, error) {
	records, err := i.all(ctx, who)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 {
		return nil, fmt.Errorf("nothing is recorded of %s yet", who)
	}
	return story.Tell(records), i.looked(ctx, "Story", who)
}

// all is what is recorded of a person, under their own record and those that are part of it.
func (i *Inspector) all(ctx context.Context, who id.Person) ([]record.Record, error) {
	records, err := i.records(ctx, who)
	if err != nil {
		return nil, err
	}
	var parts []id.Person
	for from, to := range i.forwards {
		if to == who {
			parts = append(parts, from)
		}
	}
	slices.SortFunc(parts, func(a, b id.Person) int { return slices.Compare(a[:], b[:]) })
	for _, from := range parts {
		more, err := i.all(ctx, from)
		if err != nil {
			return nil, err
		}
		records = append(records, more...)
	}
	slices.SortStableFunc(records, func(a, b record.Record) int { return cmp.Compare(a.At, b.At) })
	return records, nil
}

// Thread tells what a person was told about somebody else, and what came back.
func (i *Inspector) Thread(ctx context.Context, who, about id.Person) ([]story.Line, error) {
	records, err := i.records(ctx, who)
	if err != nil {
		return nil, err
	}
	return story.Thread(records, about), i.looked(ctx, "Thread", who, about)
}

// Person returns a person's state and how many events of each name were taken.
func (i *Inspector) Person(ctx context.Context, who id.Person) (p person.Person, events map[string]int, err error) {
	p, ok, err := runner.ReadPerson(ctx, i.people, i.keys, who)
	if err != nil {
		return p, nil, err
	}
	if !ok {
		return p, nil, fmt.Errorf("nothing is recorded of %s yet", who)
	}
	lines, err := i.Story(ctx, p.ID) // and with it the look is recorded
	if err != nil {
		return p, nil, err
	}
	events = map[string]int{}
	for _, l := range lines {
		if l.Kind == "event" {
			events[l.Event]++
		}
	}
	return p, events, nil
}

// Arrival is what is known about an undeclared event from one source.
type Arrival = runner.Arrival

// Arrivals returns the events that arrived and that nobody had declared.
func (i *Inspector) Arrivals(ctx context.Context) ([]Arrival, error) {
	return runner.ReadArrivals(ctx, i.people, runner.Words(i.keys.Secret(seedSecret)))
}

// Finding is one thing that doctor looked at.
type Finding struct {
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	Says string `json:"says"`
}

// Checkup is what doctor found.
type Checkup struct {
	Findings []Finding `json:"findings"`
	Log      struct {
		First int64 `json:"first"`
		Last  int64 `json:"last"`
	} `json:"log"`
	History struct {
		Frames int64 `json:"frames"`
		Log    int64 `json:"log"`
	} `json:"history"`
	Chunks history.Checked `json:"chunks"`
	State  struct {
		Frame int64 `json:"frame"`
		Log   int64 `json:"log"`
	} `json:"state"`
	People      int64            `json:"people"`
	Keys        int              `json:"keys"`
	Quarantined int64            `json:"quarantined"`
	Captured    int              `json:"captured"`
	Events      map[string]int64 `json:"events"`
	Ignored     map[string]int64 `json:"ignored"`
	Counters    map[string]int64 `json:"counters"`
}

// Healthy tells that nothing is wrong.
func (c *Checkup) Healthy() bool {
	return !slices.ContainsFunc(c.Findings, func(f Finding) bool { return !f.OK })
}

// Checkup looks at every part of the data folder and at whether they belong together.
func (i *Inspector) Checkup(ctx context.Context) (c Checkup, err error) {
	note := func(name string, ok bool, format string, args ...any) {
		c.Findings = append(c.Findings, Finding{name, ok, fmt.Sprintf(format, args...)})
	}
	if err := i.checkFiles(ctx, &c); err != nil {
		return c, err
	}
	note("log", c.Log.Last >= c.State.Log && c.Log.First <= c.State.Log+1,
		"%d events were accepted, the newest %d of them are kept here; the state has taken %d", c.Log.Last, c.Log.Last-c.Log.First+1, c.State.Log)
	note("history", c.History.Frames >= c.State.Frame, "%d commits are recorded; the state contains %d of them", c.History.Frames, c.State.Frame)
	if c.Chunks, err = i.history.Check(ctx); err != nil {
		return c, err
	}
	note("chunks", c.Chunks.Damaged == 0, "%s", c.Chunks)
	var rows, damaged int64
	err = i.people.Each(ctx, func(r store.Row) error {
		rows++
		if _, _, err := runner.ReadPerson(ctx, i.people, i.keys, r.Person); err != nil {
			damaged++
		}
		return nil
	})
	if err != nil {
		return c, err
	}
	note("state", damaged == 0, "%d people's states were opened and read, %d could not be", rows, damaged)
	note("keys", int64(c.Keys) >= rows, "%d people have a key of their own", c.Keys)
	note("counters", c.People == rows, "the live counter of people says %d", c.People)
	fence, err := readFence(i.dir)
	if err != nil {
		return c, err
	}
	if fence.stands() {
		note("fence", true, "restored from a backup that was made %s: nothing is handed over until attune restore release", fence.Made)
	}
	note("quarantine", true, "%d events could not be used", c.Quarantined)
	return c, i.looked(ctx, "Checkup")
}

func (i *Inspector) checkFiles(ctx context.Context, c *Checkup) error {
	// The mark is read before the ends of what it must not be ahead of, since a server may be at work.
	mark, err := i.people.Mark(ctx)
	if err != nil {
		return err
	}
	last, err := i.history.Last(ctx)
	if err != nil {
		return err
	}
	begin, end, err := sqlitelog.Ends(ctx, i.dir)
	if err != nil {
		return err
	}
	c.State.Frame, c.State.Log, c.History.Frames, c.History.Log = mark.Frame, mark.Log, last.Frame, last.Log
	c.Log.First, c.Log.Last = int64(begin), int64(end)
	tallies, err := i.people.Tallies(ctx, "")
	if err != nil {
		return err
	}
	c.Counters, c.Events, c.Ignored = map[string]int64{}, map[string]int64{}, map[string]int64{}
	live := newTotals(tallies)
	live.reveal(runner.Words(i.keys.Secret(seedSecret)))
	for key, n := range live {
		c.Counters[key] = n
		if rest, ok := strings.CutPrefix(key, "events/"); ok {
			c.Events[rest] = n
		}
		if rest, ok := strings.CutPrefix(key, "ignored/"); ok {
			c.Ignored[rest] = n
		}
	}
	c.People, c.Keys = c.Counters["people"], i.keys.Len()
	if c.Quarantined, err = i.quarantine.Count(ctx); err != nil {
		return err
	}
	c.Captured, err = i.box.Count(ctx)
	return err
}
