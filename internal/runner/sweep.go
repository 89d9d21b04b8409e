package runner

import (
	"context"
	"errors"
	"fmt"

	"attune/internal/seal"
)

// sweep moves those who live under a former release and of whom nothing is heard, a few in each tick.
// It goes through the rows in their order, and begins again when the process does: who was moved is
// passed over.
type sweep struct {
	on bool
	// after is the row up to which everybody was looked at.
	after int64
}

// sweepWidth is how many people of a tick are looked at for the sweep, sweepPages in how many reads.
const (
	sweepWidth = 16
	sweepPages = 16
)

func (r *Runner) startSweep() { r.sweep = sweep{on: r.cfg.Sweep >= 0, after: -1} }

// sweepInto adds people whom the sweep finds.
func (r *Runner) sweepInto(ctx context.Context, b *batch) error {
	live := b.published[len(b.published)-1].Short
	width := min(r.cfg.Sweep, r.cfg.MaxBatch-len(b.inputs))
	for range sweepPages {
		if !r.sweep.on || width <= 0 {
			return nil
		}
		rows, err := r.cfg.People.Page(ctx, r.sweep.after, width)
		if err != nil {
			return fmt.Errorf("look for people to move: %w", err)
		}
		found := false
		for i := range rows {
			row := &rows[i]
			p, err := OpenRow(r.cfg.Keys, row)
			r.sweep.after = row.Person.Row()
			if errors.Is(err, seal.ErrNoKey) {
				continue // erased
			}
			if err != nil {
				return err
			}
			if p.Release != live {
				b.visit(row.Person)
				found = true
			}
		}
		if len(rows) < width {
			r.sweep.on = false
		}
		if found {
			return nil
		}
	}
	return nil
}
