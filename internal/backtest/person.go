package backtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/record"
	"attune/core/release"
	"attune/internal/learn"
)

// turn is one person's turn: what really happened to them, as their history tells it.
type turn struct {
	*job
	who  id.Person
	part *part
	// real is their life as it was.
	real *life
	// was is them when the window began; nil until then.
	was  *life
	over bool
	// known tells that anything is recorded of them before the window's end, and differs that some of it
	// does not come out as it was written.
	known, differs bool
	// late tells that the window is over.
	late   bool
	doings *doings
	inputs []input
	// judged are the window's decisions that were left to chance, and life is what came of them, also later.
	judged map[decided]chanced
	life   learn.Life
}

// errEnough ends a history of which nothing more is needed.
var errEnough = errors.New("enough")

// person plays one person's window, as it was and under both versions.
func (j *job) person(ctx context.Context, who id.Person, p *part) error {
	t := &turn{job: j, who: who, part: p, real: &life{p: person.New(who), seed: id.SeedOf(j.Seeds, who), common: id.SeedOf(j.Seeds, id.Person{})}, doings: newDoings(j.From)}
	p.clear()
	err := j.Past.Of(ctx, who, func(frame int64, _ instant.Time, written []byte) error {
		if frame > j.Frame || t.over {
			return errEnough
		}
		rec, err := record.Decode(written)
		if err == nil {
			err = t.take(frame, &rec, written)
		}
		if err != nil {
			return fmt.Errorf("frame %d: %w", frame, err)
		}
		return nil
	})
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	if !t.known {
		return nil
	}
	if err := t.begins(); err != nil {
		return err
	}
	if err := t.ends(); err != nil {
		return err
	}
	t.earned()
	p.replayed += t.real.steps
	if t.differs {
		p.differs++
	}
	if err := t.play(p.tried, j.Candidate.Release); err != nil {
		return err
	}
	if err := t.play(p.other, j.Against.Release); err != nil {
		return err
	}
	p.compare(who, j.List)
	return nil
}

// take plays one record again.
func (t *turn) take(frame int64, rec *record.Record, written []byte) error {
	if t.late || rec.At >= t.To {
		if t.late = true; len(t.judged) == 0 {
			t.over = true
		} else {
			t.life.Take(*rec)
		}
		return nil
	}
	t.known = true
	inside := rec.At >= t.From
	if inside {
		if err := t.begins(); err != nil {
			return err
		}
	}
	rel, err := t.decides(frame, rec.What)
	if err != nil {
		return err
	}
	l := t.real
	l.rel = rel
	if l.model, err = t.model(rec.Model()); err != nil {
		return err
	}
	l.stale = rec.Stale()
	effects, err := l.step(rec.At, rec.What)
	if err != nil {
		return err
	}
	again := record.Record{At: rec.At, What: rec.What, Effects: effects}
	if plain, err := again.Encode(); err != nil || !bytes.Equal(plain, written) {
		t.differs = true
	}
	if inside {
		t.window(rec)
		t.life.Take(*rec)
		t.weighs(rel, rec.Effects)
	}
	return nil
}

// decides is the release under which a record was taken.
func (t *turn) decides(frame int64, what engine.What) (*release.Release, error) {
	short := t.real.p.Release
	if w, switches := what.(engine.Switch); switches {
		short = w.To
	}
	if short == 0 {
		return t.at(frame).Release, nil
	}
	at, known := t.places[short]
	if !known {
		return nil, unknownRelease(short)
	}
	return t.Published[at].Release, nil
}

// window takes in what was recorded within the window.
func (t *turn) window(rec *record.Record) {
	t.part.real.told(&t.real.p, rec.What, rec.Effects)
	t.doings.note(rec.Effects)
	heard, is := rec.What.(engine.Heard)
	switch {
	case !is && !ofBefore(rec.What, &t.was.p):
	case is && t.doings.caused(&heard.Event):
		t.part.leftOut[heard.Event.Name]++
	default:
		if is {
			t.part.heard++
		}
		t.inputs = append(t.inputs, input{rec.At, rec.What})
	}
}

// begins is where the window does: all that was due before has happened.
func (t *turn) begins() error {
	if t.was != nil {
		return nil
	}
	t.was = t.real.fork()
	t.was.model, t.was.stale = t.Model, false
	t.part.people++
	if t.was.p.Release == 0 {
		t.part.arrived++
	} else if _, err := t.catchUp(t.was, t.From); err != nil {
		return err
	}
	t.part.real.begins(&t.was.p)
	return nil
}

// ends is where the window does.
func (t *turn) ends() error {
	l := t.real.fork()
	l.model, l.stale = t.Model, false
	if l.p.Release != 0 {
		effects, err := t.catchUp(l, t.To)
		if err != nil {
			return err
		}
		t.part.real.told(&l.p, engine.Tick{}, effects)
	}
	t.part.real.ends(&l.p)
	return nil
}

// play lets them live through the window under a version.
func (t *turn) play(into *tally, v *release.Release) error {
	l := t.was.fork()
	into.begins(&l.p)
	told := func(what engine.What, effects []effect.Effect) { into.told(&l.p, what, effects) }
	if err := t.under(l, v, told); err != nil {
		return err
	}
	if err := l.live(t.inputs, t.From, t.To, told); err != nil {
		return err
	}
	into.ends(&l.p)
	t.part.steps += l.steps
	return nil
}
