package app

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/record"
	"attune/core/release"
	"attune/internal/config"
	"attune/internal/control"
	"attune/internal/history"
	"attune/internal/learn"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/store"
	"attune/internal/store/sqlite"
)

const callLearn = "learn"

var errNothingLearns = errors.New("no program learns: the section learning of a policy.yaml says that one does, and how much is left to chance")

// Night is what learning came to.
type Night struct {
	// Made is the model; its ID is empty where there is not enough to learn from yet.
	Made Made `json:"made"`
	// Says tells it in a sentence.
	Says string `json:"says"`
}

// lives reads histories for learning. What is recorded under several records of one person is one life.
type lives struct {
	history *history.History
	// parts are the records that became part of another.
	parts map[id.Person][]id.Person
}

// newLives reads histories of people who are not part of another record.
func newLives(ctx context.Context, h *history.History, people store.People) (lives, error) {
	all, err := people.Forwards(ctx)
	l := lives{h, map[id.Person][]id.Person{}}
	for _, f := range all {
		l.parts[f.To] = append(l.parts[f.To], f.From)
	}
	return l, err
}

// Records implements learn.Source.
func (l lives) Records(ctx context.Context, who id.Person, f func(record.Record)) error {
	for _, part := range l.parts[who] {
		if err := l.Records(ctx, part, f); err != nil {
			return err
		}
	}
	err := l.history.Of(ctx, who, func(_ int64, _ instant.Time, plain []byte) error {
		rec, err := record.Decode(plain)
		if err == nil {
			f(rec)
		}
		return err
	})
	if errors.Is(err, seal.ErrNoKey) {
		return nil // erased: nobody can read them any more
	}
	return err
}

// everybody lists the people in the order of their rows, but for records that are part of another.
func everybody(ctx context.Context, people store.People) (all []id.Person, err error) {
	forwards, err := people.Forwards(ctx)
	if err != nil {
		return nil, err
	}
	part := make(map[id.Person]bool, len(forwards))
	for _, f := range forwards {
		part[f.From] = true
	}
	err = people.Each(ctx, func(r store.Row) error {
		if !part[r.Person] {
			all = append(all, r.Person)
		}
		return nil
	})
	return all, err
}

// school is what learning needs, of a node or of a folder that nobody serves.
type school struct {
	data    string
	people  store.People
	history *history.History
	models  *models
	release *release.Release
	now     instant.Time
	secret  []byte
	keys    *seal.Keys
}

// lessons are the histories that are learned from.
func (s *school) lessons(ctx context.Context) (of learn.Config, err error) {
	if s.release.Learning == nil {
		return of, errNothingLearns
	}
	all, err := everybody(ctx, s.people)
	if err == nil {
		all, err = usable(ctx, s.people, s.keys, all)
	}
	if err != nil {
		return of, fmt.Errorf("learn: %w", err)
	}
	source, err := newLives(ctx, s.history, s.people)
	return learn.Config{Source: source, People: all, Release: s.release, Now: s.now}, err
}

// learn makes a model of everything up to now, and lets decisions go by it.
func (s *school) learn(ctx context.Context) (Night, error) {
	of, err := s.lessons(ctx)
	if err != nil {
		return Night{}, err
	}
	books := &shelf{dir: filepath.Join(s.data, libraryName)}
	began, files, err := books.beginning(s.release)
	if err != nil {
		return Night{}, err
	}
	if began != nil {
		of.Library = &began.Library
	}
	was := s.models.newest()
	key := id.Seed(id.Derive(id.SeedOf(s.secret, id.Person{}), "model", uint64(s.now)))
	out, err := learn.Learn(ctx, of, was, key)
	if err != nil {
		return Night{}, err
	}
	night := Night{Made: Made{Made: s.now.String(), Release: s.release.ID, Count: out.Count}}
	if out.Model == nil {
		night.Says = fmt.Sprintf("There are %d decisions whose time is over, and %d are needed before anything is concluded: what was expected before goes on deciding.", out.Count.Known, learn.Enough)
		return night, nil
	}
	before := was
	if before == nil {
		before = s.release.Learning.Prior
	}
	night.Made.ID, night.Made.Rows, night.Made.Weight, night.Made.Features = out.Model.ID, out.Model.Rows, out.Model.Weight, len(out.Model.Mean)
	night.Made.Changed = learn.Changes(before, out.Model, mostChanged)
	night.Made.Retired, night.Made.Moved = out.Retired, out.Moved
	night.Says = fmt.Sprintf("Learned from %d decisions: model %.16s decides from now on.", out.Model.Rows, out.Model.ID)
	if began != nil {
		night.Made.Library = &MadeFrom{Files: out.Model.Library, Organisations: organisationsOf(files), Standing: out.Library}
		night.Says += fmt.Sprintf(" It began from what %s measured, of which %.0f %% stands.", strings.Join(night.Made.Library.Organisations, ", "), 100*out.Library)
	}
	if err := s.models.keep(out.Model, night.Made); err != nil {
		return night, err
	}
	return night, s.models.use(out.Model, s.now)
}

// mostChanged is how many features a model is told by.
const mostChanged = 5

// Learn makes a model of everything up to now. Decisions go by it from the next batch on.
func (n *Node) Learn(ctx context.Context) (Night, error) {
	n.learning.Lock()
	defer n.learning.Unlock()
	if n.live().Learning == nil {
		return (&school{release: n.live()}).learn(ctx)
	}
	if err := n.Compact(ctx); err != nil { // people's histories are read one by one
		return Night{}, err
	}
	return n.school().learn(ctx)
}

// school is what learning needs, of a node that runs.
func (n *Node) school() *school {
	return &school{data: n.Data, people: n.People, history: n.History, models: n.models, release: n.live(), now: n.Now(), secret: n.Keys.Secret(seedSecret), keys: n.Keys}
}

func (n *Node) handleLearning(mux *http.ServeMux) {
	answer(n, mux, callLearn, func(ctx context.Context, _ nothing) (Night, error) { return n.Learn(ctx) })
}

// LearnIn learns now in a data folder: in the server that runs on it, which decides by it at once, or for its
// next start.
func LearnIn(ctx context.Context, data string) (Night, error) {
	night, err := ask[nothing, Night](ctx, data, callLearn, nothing{})
	if !errors.Is(err, control.ErrNobody) {
		return night, err
	}
	pinned, ok, err := readPin(data)
	if err != nil || !ok {
		return Night{}, errors.Join(err, notUsed(data))
	}
	keys, err := seal.Open(filepath.Join(data, "keys"), pinned.Organisation)
	if err != nil {
		return Night{}, err
	}
	defer keys.Close() // until then nobody else writes the folder
	n := &Node{Options: Options{Data: data}, Keys: keys}
	defer n.Close()
	return auditedAside(ctx, data, callLearn, nothing{}, func(ctx context.Context, _ nothing) (Night, error) { return n.learnAside(ctx) })
}

// learnAside learns in a folder that nobody serves. The keys are open.
func (n *Node) learnAside(ctx context.Context) (Night, error) {
	s, err := n.schoolAside(ctx)
	if err != nil {
		return Night{}, err
	}
	return s.learn(ctx)
}

// schoolAside opens what learning needs in a folder that nobody serves. The keys are open.
func (n *Node) schoolAside(ctx context.Context) (*school, error) {
	live, err := liveIn(n.Data)
	if err != nil {
		return nil, err
	}
	s := &school{data: n.Data, release: live[0], secret: n.Keys.Secret(seedSecret), keys: n.Keys}
	if s.models, err = openModels(n.Data); err != nil {
		return nil, err
	}
	frames, err := sqlite.OpenHistory(n.Data, sqlite.Config{})
	if err != nil {
		return nil, err
	}
	n.closers = append(n.closers, frames)
	chunks, err := sqlite.OpenChunks(n.Data, sqlite.Config{})
	if err != nil {
		return nil, err
	}
	n.closers = append(n.closers, chunks)
	s.history = history.New(frames, chunks, n.Keys)
	if matches, err := s.history.Matches(ctx); err != nil || !matches {
		if err = errors.Join(err, s.history.Reset(ctx)); err != nil {
			return nil, err
		}
	}
	for more := true; more; {
		done, err := s.history.Compact(ctx)
		if err != nil {
			return nil, fmt.Errorf("compact the history: %w", err)
		}
		more = done.More
	}
	people, err := sqlite.OpenPeople(n.Data, sqlite.Config{ReadOnly: true})
	if err != nil {
		return nil, err
	}
	n.closers = append(n.closers, people)
	s.people = people
	if s.now, err = newest(ctx, s.history); err != nil {
		return nil, err
	}
	s.now = max(s.now, instant.Of(time.Now()))
	return s, nil
}

// LearningReport tells what was learned in the folder, and what it is worth.
func (i *Inspector) LearningReport(ctx context.Context) (*learn.Report, error) {
	if err := i.looked(ctx, "LearningReport"); err != nil {
		return nil, err
	}
	zones, err := instant.LoadZones()
	if err != nil {
		return nil, err
	}
	live, _, err := i.archive.compile(i.archive.live(), zones)
	if err != nil {
		return nil, err
	}
	if live.Learning == nil {
		return nil, errNothingLearns
	}
	m, err := openModels(i.dir)
	if err != nil {
		return nil, err
	}
	last, err := newest(ctx, i.history)
	if err != nil {
		return nil, err
	}
	source, err := newLives(ctx, i.history, i.people)
	if err != nil {
		return nil, err
	}
	s := learn.Studied{Model: m.newest(), Config: learn.Config{Source: source, Release: live, Now: max(last, i.now())}}
	not, err := unused(ctx, i.people, i.keys)
	if err != nil {
		return nil, err
	}
	var levels [][]learn.Level
	err = i.people.Each(ctx, func(r store.Row) error {
		p, err := runner.OpenRow(i.keys, &r)
		if errors.Is(err, seal.ErrNoKey) {
			return nil
		}
		if not[r.Person] {
			return nil
		}
		s.People, levels = append(s.People, r.Person), append(levels, levelsOf(&p, s.Now))
		return err
	})
	if err != nil {
		return nil, err
	}
	s.Levels = func(n int) []learn.Level { return levels[n] }
	if s.Guardrails, err = i.guardrails(ctx, live); err != nil {
		return nil, err
	}
	if s.Halted, err = haltedIn(i.dir); err != nil {
		return nil, err
	}
	made, err := m.list()
	if err != nil {
		return nil, err
	}
	for _, x := range made {
		if x.Current {
			s.Retired = x.Retired
		}
	}
	return learn.Study(ctx, s)
}

// levelsOf is what somebody is in the respects that fairness is watched in.
func levelsOf(p *person.Person, now instant.Time) []learn.Level {
	said := func(trait string) string {
		if v := p.Trait(trait).Text; v != "" {
			return v
		}
		return "not known"
	}
	reach := "no address"
	switch mail, phone := p.Trait("email").Text != "", p.Trait("phone").Text != ""; {
	case mail && phone:
		reach = "e-mail and telephone"
	case mail:
		reach = "e-mail alone"
	case phone:
		reach = "telephone alone"
	}
	return []learn.Level{{Respect: "age", Is: ageBand(p.Trait("birth_date").Text, now)}, {Respect: "sex", Is: said("sex")}, {Respect: "language", Is: said("language")}, {Respect: "reach", Is: reach}}
}

// ageBand is the part of life somebody is in.
func ageBand(birth string, now instant.Time) string {
	day, err := time.Parse(time.DateOnly, birth)
	switch age := now.Std().Sub(day).Hours() / (365.25 * 24); {
	case err != nil:
		return "not known"
	case age < 18:
		return "under 18"
	case age < 40:
		return "18 to 39"
	case age < 65:
		return "40 to 64"
	}
	return "65 and over"
}

// newest is when the newest commit was made; a demonstration's people may be ahead of the wall's clock.
func newest(ctx context.Context, h *history.History) (at instant.Time, err error) {
	last, err := h.Last(ctx)
	if err != nil || last.Frame == 0 {
		return 0, err
	}
	err = h.Frames(ctx, last.Frame-1, func(f store.Frame) error {
		at = f.At
		return nil
	})
	return at, err
}

const (
	// DefaultLearnAt is the hour of the organisation's night in which is learned.
	DefaultLearnAt = 3*instant.Hour + 30*instant.Minute
	// learnLook is how often is looked whether it is that hour, and learnPause how long is waited at least on the
	// wall's clock: a demonstration's nights follow each other fast.
	learnLook  = time.Second
	learnPause = time.Minute
)

// LearnAtOf is the hour that the configuration names.
func LearnAtOf(c config.Config) instant.Duration {
	at, err := time.Parse("15:04", c.LearnAt)
	if err != nil {
		return DefaultLearnAt
	}
	of := instant.Duration(at.Hour())*instant.Hour + instant.Duration(at.Minute())*instant.Minute
	return max(of, 1) // midnight, told apart from nothing
}

// learnAt is the next hour of learning after an instant.
func (n *Node) learnAt(after instant.Time) instant.Time {
	live := n.live()
	z, _ := live.Zones.Find(live.Programs[0].Policy.Zone)
	at := n.LearnAt
	if at == 0 {
		at = DefaultLearnAt
	}
	return z.NextAt(after, at, nil)
}

// learn learns each night until ctx ends. What fails is tried the next night; decisions go on by what was
// learned before.
func (s *Server) learn(ctx context.Context) {
	n := s.Node
	last, err := n.models.madeAt()
	if err != nil {
		n.Logger.Error("what was learned cannot be listed", "error", err)
	}
	if last == 0 {
		last = n.Now()
	}
	look := time.NewTicker(learnLook)
	defer look.Stop()
	var rested time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
		now := n.Now()
		if n.live().Learning == nil || n.learnAt(last) > now || time.Since(rested) < learnPause {
			continue
		}
		began := time.Now()
		night, err := audited(ctx, n, n.audit, callLearn, nothing{}, func(ctx context.Context, _ nothing) (Night, error) { return n.Learn(ctx) })
		last, rested = now, time.Now()
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			n.Logger.Error("nothing could be learned this night; decisions go on by what was learned before, until that is out of date", "error", err)
		default:
			n.Logger.Info("learned from decisions", "count", night.Made.Count.Known+night.Made.Count.Open, "took", time.Since(began).Round(time.Millisecond).String())
		}
	}
}
