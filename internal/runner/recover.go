package runner

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"attune/core/decision"
	"attune/core/record"
	"attune/internal/eventlog"
	"attune/internal/seal"
	"attune/internal/store"
)

// recover brings the state to where the history ends. With no state at all, that is a whole rebuild.
func (r *Runner) recover(ctx context.Context) error {
	var err error
	if r.mark, err = r.cfg.People.Mark(ctx); err != nil {
		return fmt.Errorf("read the state's mark: %w", err)
	}
	last, err := r.cfg.History.Last(ctx)
	if err != nil {
		return fmt.Errorf("read the history's end: %w", err)
	}
	if r.mark.Frame > last.Frame {
		return fmt.Errorf("the state is at frame %d and the history ends at %d: they do not belong together; restore both from one backup", r.mark.Frame, last.Frame)
	}
	if end := r.cfg.Log.Last(); eventlog.Position(last.Log) > end {
		return fmt.Errorf("the history has taken events up to %d and the log ends at %d: they do not belong together; restore both from one backup", last.Log, end)
	}
	// What the log has forgotten the history must have.
	if first := r.cfg.Log.First(); eventlog.Position(last.Log) < first-1 {
		return fmt.Errorf("the history has taken events up to %d and the log begins with %d: they do not belong together; restore both from one backup", last.Log, first)
	}
	if r.mark.Frame == last.Frame {
		return nil
	}
	return r.cfg.History.Frames(ctx, r.mark.Frame, func(f store.Frame) error { return r.replay(ctx, f) })
}

// replay applies a frame that the history has. The step must come to the very records that were
// written: anything else means that another program or version made them, and nothing is changed.
func (r *Runner) replay(ctx context.Context, f store.Frame) error {
	b := r.newBatch()
	b.to = store.Mark{Frame: f.Number, Log: f.Log}
	var written [][]byte
	for _, e := range f.Entries {
		plain, err := r.cfg.Keys.Open(e.Person, seal.Frame, seal.FrameName(f.Number), e.Body)
		if errors.Is(err, seal.ErrNoKey) {
			continue // erased: nobody can read it any more, and their state is gone
		}
		if err != nil {
			return fmt.Errorf("open frame %d: %w", f.Number, err)
		}
		rec, err := record.Decode(plain)
		if err != nil {
			return fmt.Errorf("frame %d: %w", f.Number, err)
		}
		if b.model, err = r.modelOf(&rec); err != nil {
			return fmt.Errorf("frame %d: %w", f.Number, err)
		}
		b.stale = rec.Stale()
		b.add(e.Person, rec.At, rec.What)
		written = append(written, plain)
	}
	if err := r.load(ctx, b); err != nil {
		return err
	}
	if err := each(len(b.people), func(i int) error { return r.stepOne(ctx, b, &b.people[i]) }); err != nil {
		return fmt.Errorf("frame %d: %w", f.Number, err)
	}
	b.countAll()
	for i := range b.inputs {
		in := &b.inputs[i]
		again := record.Record{At: in.at, What: in.what, Effects: in.effects}
		plain, err := again.Encode()
		if err != nil {
			return err
		}
		if !bytes.Equal(plain, written[i]) {
			return fmt.Errorf("frame %d does not come out the same: it was written under another program or version; start with the one it was written under", f.Number)
		}
	}
	ready, err := r.ready(b)
	if err != nil {
		return err
	}
	return r.commit(ctx, b, ready)
}

// modelOf finds the model that a record's decisions were weighed with.
func (r *Runner) modelOf(rec *record.Record) (*decision.Model, error) {
	short := rec.Model()
	if short == 0 {
		return nil, nil
	}
	if r.cfg.Models == nil {
		return nil, fmt.Errorf("its decisions were weighed with the model %016x, and there are no models", short)
	}
	return r.cfg.Models.Find(short)
}
