package app

import (
	"context"
	"fmt"
	"path/filepath"

	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/record"
	"attune/core/release"
	"attune/internal/runner"
	"attune/internal/why"
)

// Onward tells what would move somebody one stage on, as they were at an instant; Never for now.
func (i *Inspector) Onward(ctx context.Context, who id.Person, until instant.Time) ([]why.Onward, error) {
	if err := i.looked(ctx, "Onward", who); err != nil {
		return nil, err
	}
	entries, err := i.entries(ctx, who)
	if err != nil {
		return nil, err
	}
	p, rel, records, err := i.lifeUntil(who, entries, until)
	if err != nil || rel == nil {
		return nil, err
	}
	at := until
	if at == instant.Never {
		at = i.now()
	}
	at = max(at, p.Now) // a demonstration's people may be ahead of the wall's clock
	known, err := i.knownMoves()
	if err != nil {
		return nil, err
	}
	told := why.ToldIn(records, at, rel)
	var out []why.Onward
	for k, o := range engine.OnwardOf(rel, &p, at) {
		var events []string
		for _, e := range rel.Behaviors[k].Evidence {
			events = append(events, e.On)
		}
		out = append(out, why.OnwardOf(&o, events, known, told))
	}
	return out, nil
}

// lifeUntil is somebody as they were at an instant, lived from their records, and the release they lived under;
// nil where nothing was recorded by then.
func (i *Inspector) lifeUntil(who id.Person, entries []recorded, until instant.Time) (p person.Person, rel *release.Release, before []record.Record, err error) {
	p = person.New(who)
	seed := id.SeedOf(i.keys.Secret(seedSecret), who)
	for n := range entries {
		e := &entries[n]
		if e.record.At > until {
			break
		}
		if rel, err = i.lived(&p, e); err != nil {
			return p, nil, nil, err
		}
		in := engine.Input{At: e.record.At, Seed: seed, Common: id.SeedOf(i.keys.Secret(seedSecret), id.Person{}), What: e.record.What, Stale: e.record.Stale()}
		if short := e.record.Model(); short != 0 {
			if in.Model, err = i.model(short, rel.Short); err != nil {
				return p, nil, nil, err
			}
		}
		p, _ = runner.Relive(rel, p, in, before)
		before = append(before, e.record)
	}
	return p, rel, before, nil
}

// knownMoves is what the model that decides now knows of moving on. Without a model nothing is known.
func (i *Inspector) knownMoves() (why.Known, error) {
	nothing := func(string, string, string) *why.More { return nil }
	m, err := openModels(i.dir)
	if err != nil || m.newest() == nil {
		return nothing, err
	}
	made, err := readMade(filepath.Join(m.dir, m.newest().ID+".json"))
	if err != nil {
		return nothing, fmt.Errorf("what is known of moving on: %w", err)
	}
	return func(program, engagement, stage string) *why.More {
		for _, x := range made.Moved {
			if x.Program == program && x.Engagement == engagement && x.Stage == stage && x.More.Enough {
				return &why.More{Value: x.More.Value, Lo: x.More.Lo, Hi: x.More.Hi}
			}
		}
		return nil
	}, nil
}
