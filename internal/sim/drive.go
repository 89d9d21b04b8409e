package sim

import (
	"context"
	"fmt"

	"attune/core/instant"
	"attune/internal/delivery"
	"attune/internal/proposal"
	"attune/internal/runner"
)

// Drive runs runner and delivery without goroutines: every hand-over is made at once, in order.
type Drive struct {
	Runner   *runner.Runner
	Delivery *delivery.Delivery
	// Proposals are carried from one person's order to another's; nil where nobody has anything to say to
	// others.
	Proposals *proposal.Post
}

// maxRounds bounds how long one instant may take to come to rest; more is a fault.
const maxRounds = 1_000_000

// Settle lets everything happen that is to happen by now, until nothing more is to be done.
func (d Drive) Settle(ctx context.Context, now instant.Time) error {
	for range maxRounds {
		progress, err := d.Runner.Tick(ctx, now)
		if err != nil {
			return err
		}
		handovers := d.Delivery.Tick(now)
		for _, hand := range handovers {
			hand(ctx)
		}
		carried := 0
		if d.Proposals != nil {
			if carried, err = d.Proposals.Carry(ctx); err != nil {
				return err
			}
		}
		if carried == 0 && !progress.More && len(handovers) == 0 && d.Delivery.Idle() && !d.Runner.Waiting() && d.Delivery.NextDue() > now {
			return nil
		}
	}
	return fmt.Errorf("the world does not come to rest at %s", now)
}
