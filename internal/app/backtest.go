package app

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"attune/core/decision"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/release"
	"attune/internal/backtest"
	"attune/internal/history"
	"attune/internal/store"
)

// Backtest says what to try on the past of a data folder.
type Backtest struct {
	// Release is tried. Against is what it is held against: a publication's number, or the beginning of a
	// release's id; empty for what is live.
	Release *release.Release
	Against string
	// Model is what lives in the window go by: how a model's id begins, none for what is expected before anything
	// is learned, or empty for the newest that was made by the time the window begins.
	Model string
	// From and To bound the window; zero is the history's beginning, and its end.
	From, To              instant.Time
	IncludeExisting, List bool
	Workers               int
	Progress              func(people, of int, events int64)
}

// past is everybody's history whose key there is.
type past struct {
	*history.Everybody
	people []id.Person
}

func (p past) People() []id.Person { return p.people }

// AskedWrong is an error in what was asked for.
type AskedWrong struct{ error }

func (e *AskedWrong) Unwrap() error { return e.error }

func askedWrong(format string, args ...any) error { return &AskedWrong{fmt.Errorf(format, args...)} }

// Backtest plays the past of everybody under another release. It writes nothing.
func (i *Inspector) Backtest(ctx context.Context, b Backtest) (*backtest.Result, error) {
	if err := i.looked(ctx, "Backtest"); err != nil {
		return nil, err
	}
	if err := i.archive.pin(b.Release); err != nil {
		return nil, &AskedWrong{err}
	}
	last, err := i.history.Last(ctx)
	if err != nil {
		return nil, err
	}
	c := backtest.Config{
		Seeds: i.keys.Secret(seedSecret), Candidate: backtest.Version{Release: b.Release}, From: b.From, To: b.To,
		Frame: last.Frame, IncludeExisting: b.IncludeExisting, List: b.List, Workers: b.Workers, Progress: b.Progress,
	}
	begin, end, err := i.span(ctx, last.Frame)
	if err != nil {
		return nil, err
	}
	c.Until = end
	if c.To == 0 || c.To > end {
		c.To = end
	}
	if c.From == 0 {
		c.From = begin
	}
	switch {
	case c.From >= end:
		return nil, askedWrong("the window begins at %s, and the history here ends at %s", c.From, end)
	case c.To <= c.From && b.To != 0 && b.To <= begin:
		return nil, askedWrong("the window ends at %s, and the history here begins at %s", b.To, begin)
	case c.To <= c.From:
		return nil, askedWrong("the window ends at %s, before it begins at %s", c.To, c.From)
	}
	if c.Published, err = i.published(ctx, b.Release.Zones); err != nil {
		return nil, err
	}
	if c.Against, err = i.against(b.Against, c.Published); err != nil {
		return nil, err
	}
	for _, p := range c.Published {
		if p.Release.ID == b.Release.ID {
			c.Candidate.Number = p.Number
		}
	}
	if c.Model, c.Made, err = i.chosen(b.Model, c.From); err != nil {
		return nil, err
	}
	c.Models = func(short uint64) (*decision.Model, error) { return i.model(short, 0) }
	people, err := usable(ctx, i.people, i.keys, i.keys.People())
	if err != nil {
		return nil, err
	}
	everybody, err := i.history.Everybody(ctx, people, last.Frame)
	if err != nil {
		return nil, err
	}
	c.Past = past{everybody, people}
	r, err := backtest.Run(ctx, c)
	if err != nil {
		return nil, err
	}
	r.Asked(b.From, b.To, begin, end)
	return r, nil
}

// chosen is the model that lives in a window go by, and when it was made.
func (i *Inspector) chosen(name string, from instant.Time) (*decision.Model, string, error) {
	if name == "none" {
		return nil, "", nil
	}
	m, err := openModels(i.dir)
	if err != nil {
		return nil, "", err
	}
	list, err := m.list()
	if err != nil {
		return nil, "", err
	}
	var fits []Made
	for _, made := range list {
		at, err := instant.Parse(made.Made)
		if err != nil {
			return nil, "", fmt.Errorf("when the model %.16s was made: %w", made.ID, err)
		}
		if name == "" && at <= from || name != "" && strings.HasPrefix(made.ID, name) {
			fits = append(fits, made)
		}
	}
	switch {
	case name == "" && len(fits) == 0:
		return nil, "", nil
	case name != "" && len(fits) != 1:
		return nil, "", askedWrong("--model %s names %d of the %d models in %s: write more of its id, as attune models shows it, or none", name, len(fits), len(list), m.dir)
	}
	is := fits[len(fits)-1]
	model, err := m.load(is.ID)
	return model, is.Made, err
}

// errFound ends a look through frames.
var errFound = errors.New("found")

// span is when the history begins, and the instant after its last frame.
func (i *Inspector) span(ctx context.Context, last int64) (begin, end instant.Time, err error) {
	if last == 0 {
		return 0, 0, fmt.Errorf("nothing has happened in %s yet", i.dir)
	}
	look := func(after int64) (at instant.Time, err error) {
		err = i.history.Frames(ctx, after, func(f store.Frame) error {
			at = f.At
			// A person's record is never of a later instant than its frame, and of an earlier one where their
			// turn came late.
			for _, e := range f.Entries {
				if rec, err := openRecord(i.keys, e.Person, f.Number, e.Body); err == nil {
					at = min(at, rec.At)
				}
			}
			return errFound
		})
		if errors.Is(err, errFound) {
			err = nil
		}
		return at, err
	}
	if begin, err = look(0); err != nil {
		return 0, 0, err
	}
	err = i.history.Frames(ctx, last-1, func(f store.Frame) error {
		end = f.At + 1
		return errFound
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return begin, end, err
}

// published compiles all publications, and finds the first frame of each. One that this version of Attune
// cannot read any more has the next one's release in its place.
func (i *Inspector) published(ctx context.Context, zones *instant.Zones) ([]backtest.Publication, error) {
	all, err := i.archive.load(zones)
	if err != nil {
		return nil, err
	}
	out := make([]backtest.Publication, len(all))
	for k := len(all) - 1; k >= 0; k-- {
		s := &all[k]
		rel := s.rel
		if rel == nil {
			again := *out[k+1].Release
			again.Short = s.Short
			rel = &again
		}
		out[k] = backtest.Publication{Release: rel, Exact: s.rel != nil && s.exact, ID: s.Release, Number: s.Number, At: s.At, IncludeExisting: s.IncludeExisting}
	}
	for k := 1; k < len(all); k++ {
		if out[k].First, err = i.firstUnder(ctx, &all[k].Publication); err != nil {
			return nil, err
		}
		out[k].First = max(out[k].First, out[k-1].First)
	}
	return out, nil
}

// firstUnder is the first frame for which a publication holds: after its place, where all has been taken
// that had been accepted by then.
func (i *Inspector) firstUnder(ctx context.Context, p *Publication) (first int64, err error) {
	first = p.Frame + 1
	err = i.history.Frames(ctx, p.Frame-1, func(f store.Frame) error {
		if f.Number >= p.Frame {
			first = f.Number + 1
		}
		if f.Log >= p.Log {
			return errFound
		}
		return nil
	})
	if errors.Is(err, errFound) {
		err = nil
	}
	return first, err
}

// against finds what to hold a release against.
func (i *Inspector) against(name string, published []backtest.Publication) (backtest.Version, error) {
	number := i.archive.live().Number
	if name != "" {
		p, err := i.archive.find(name)
		if err != nil {
			return backtest.Version{}, askedWrong("%w\n%s", err, i.known())
		}
		number = p.Number
	}
	v := published[number-1]
	if v.Release.ID != v.ID && !v.Exact {
		// Either the same files under this version of Attune, or, where it cannot read them, others.
		if _, _, err := i.archive.compile(&i.archive.list[number-1], v.Release.Zones); err != nil {
			return backtest.Version{}, err
		}
	}
	return backtest.Version{Release: v.Release, Number: number}, nil
}

// known lists what was published, for whoever named something else.
func (i *Inspector) known() string {
	var b strings.Builder
	b.WriteString("published here were:")
	for k := range i.archive.list {
		p := &i.archive.list[k]
		fmt.Fprintf(&b, "\n  %d  %.12s  %s", p.Number, p.Release, p.At)
	}
	return b.String()
}
