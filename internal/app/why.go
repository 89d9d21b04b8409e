package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/record"
	"attune/core/release"
	"attune/internal/runner"
	"attune/internal/why"
)

// Why takes a person's decisions apart that were made up to an instant, the newest of them last, at most so
// many; with the id of a touch, or of a decision, only the one that decided it.
func (i *Inspector) Why(ctx context.Context, who id.Person, until instant.Time, most int, touch string) ([]why.Decision, error) {
	if err := i.looked(ctx, "Why", who); err != nil {
		return nil, err
	}
	entries, err := i.entries(ctx, who)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("nothing is recorded of %s yet", who)
	}
	seed := id.SeedOf(i.keys.Secret(seedSecret), who)
	type found struct {
		d   effect.Decide
		rel uint64
	}
	var all []found
	lives := uint64(0)
	for _, e := range entries {
		if lives == 0 {
			lives = i.begins(e.frame)
		}
		for _, x := range e.record.Effects {
			if s, is := x.(effect.Switch); is {
				lives = s.To
			}
			if d, is := x.(effect.Decide); is && d.At <= until && (touch == "" || decided(&d, touch)) {
				all = append(all, found{d, lives})
			}
		}
	}
	var out []why.Decision
	records := make([]record.Record, len(entries))
	for n := range entries {
		records[n] = entries[n].record
	}
	whose, err := (&shelf{dir: filepath.Join(i.dir, libraryName)}).owners()
	if err != nil {
		return nil, err
	}
	for _, f := range all[max(0, len(all)-most):] {
		d, err := why.Tell(f.d, seed, engine.Place, func(short uint64, _ instant.Time) (*decision.Model, error) { return i.model(short, f.rel) })
		if err != nil {
			return nil, err
		}
		rel, err := i.compiled(f.rel)
		if err != nil {
			return nil, err
		}
		if rel != nil {
			d.Know(why.ToldIn(records, f.d.At, rel))
			if rel.Learning != nil {
				d.Began(rel.Learning.Prior, whose)
			}
		}
		out = append(out, d)
	}
	return out, nil
}

// decided tells whether a decision has this id, or made a touch that has it; each named by how its id begins.
func decided(d *effect.Decide, touch string) bool {
	if strings.HasPrefix(d.ID.String(), touch) {
		return true
	}
	for _, c := range d.Candidates {
		if !c.Touch.IsZero() && len(touch) > 0 && len(c.Touch.String()) >= len(touch) && c.Touch.String()[:len(touch)] == touch {
			return true
		}
	}
	return false
}

// model finds what a decision was weighed with; 0 is what the release expects before anything is learned.
func (i *Inspector) model(short, rel uint64) (*decision.Model, error) {
	if short == 0 {
		r, err := i.compiled(rel)
		if err != nil || r == nil || r.Learning == nil {
			return nil, errors.Join(err, fmt.Errorf("the release %016x, under which it was decided, is not kept here: restore the data folder's releases from a backup", rel))
		}
		return r.Learning.Prior, nil
	}
	kept := models{dir: filepath.Join(i.dir, modelsName)}
	return kept.Find(short)
}

// modelsUnder finds models by which decisions under a release were weighed.
func (i *Inspector) modelsUnder(rel *release.Release) why.Models {
	return func(short uint64, _ instant.Time) (*decision.Model, error) {
		if short == 0 && rel.Learning != nil {
			return rel.Learning.Prior, nil
		}
		return i.model(short, rel.Short)
	}
}

// begins is the publication under which somebody began to live in a frame.
func (i *Inspector) begins(frame int64) uint64 {
	short := i.archive.list[0].Short
	for _, p := range i.archive.list[1:] {
		if p.Frame < frame {
			short = p.Short
		}
	}
	return short
}

// recorded is one record and the frame it is in.
type recorded struct {
	frame  int64
	record record.Record
	plain  []byte
	// at is when the frame was made.
	at instant.Time
}

func (i *Inspector) entries(ctx context.Context, who id.Person) (out []recorded, err error) {
	err = i.history.Of(ctx, who, func(frame int64, at instant.Time, plain []byte) error {
		rec, err := record.Decode(plain)
		if err != nil {
			return fmt.Errorf("history of %s in frame %d: %w", who, frame, err)
		}
		out = append(out, recorded{frame, rec, bytes.Clone(plain), at})
		return nil
	})
	return out, err
}

// Replayed is what came of living through somebody's records once more.
type Replayed struct {
	Records   int `json:"records"`
	Decisions int `json:"decisions"`
	Rounds    int `json:"rounds"`
	// Models are how many models their decisions were weighed with.
	Models int `json:"models"`
}

// Replay lives through all that is recorded of a person once more, each input under the release and with the
// model of its time, and compares what follows with what was written, byte for byte. It returns an error that
// says where it came out another way.
func (i *Inspector) Replay(ctx context.Context, who id.Person) (Replayed, error) {
	entries, err := i.entries(ctx, who)
	if err != nil {
		return Replayed{}, err
	}
	if len(entries) == 0 {
		return Replayed{}, fmt.Errorf("nothing is recorded of %s yet", who)
	}
	if err := i.looked(ctx, "Replay", who); err != nil {
		return Replayed{}, err
	}
	return i.replay(who, entries)
}

func (i *Inspector) replay(who id.Person, entries []recorded) (Replayed, error) {
	var out Replayed
	p := person.New(who)
	seed := id.SeedOf(i.keys.Secret(seedSecret), who)
	models := map[uint64]bool{}
	var before []record.Record
	for _, e := range entries {
		rel, err := i.lived(&p, &e)
		if err != nil {
			return out, err
		}
		in := engine.Input{At: e.record.At, Seed: seed, Common: id.SeedOf(i.keys.Secret(seedSecret), id.Person{}), What: e.record.What, Stale: e.record.Stale()}
		if short := e.record.Model(); short != 0 {
			if in.Model, err = i.model(short, rel.Short); err != nil {
				return out, err
			}
			models[short] = true
		}
		is, effects := runner.Relive(rel, p, in, before)
		again := record.Record{At: e.record.At, What: e.record.What, Effects: effects}
		plain, err := again.Encode()
		if err != nil {
			return out, err
		}
		if !bytes.Equal(plain, e.plain) {
			return out, fmt.Errorf("record %d of %s, taken at %s, does not come out as it was written: it was written by another version of Attune, or somebody changed it", out.Records+1, who, e.record.At)
		}
		p = is
		before = append(before, e.record)
		out.Records++
		for _, x := range effects {
			if d, ok := x.(effect.Decide); ok {
				out.Decisions++
				out.Rounds += len(d.Rounds)
			}
		}
	}
	out.Models = len(models)
	return out, nil
}

// lived is the release that an input was taken under.
func (i *Inspector) lived(p *person.Person, e *recorded) (*release.Release, error) {
	short := p.Release
	if short == 0 {
		short = i.begins(e.frame)
	}
	if w, switches := e.record.What.(engine.Switch); switches {
		short = w.To
	}
	rel, err := i.compiled(short)
	if err != nil {
		return nil, err
	}
	if rel == nil {
		return nil, fmt.Errorf("the release %016x is not kept here: restore the data folder's releases from a backup", short)
	}
	return rel, nil
}
