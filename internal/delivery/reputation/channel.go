package reputation

import (
	"context"
	"errors"
	"time"

	"attune/internal/delivery"
)

// Channel counts what the carrier takes, and is the last to hold back what is stopped.
func (g *Guard) Channel(carrier delivery.Channel) delivery.Channel {
	if f, ok := carrier.(delivery.Finder); ok {
		return &finder{guarded{carrier, g}, f}
	}
	return &guarded{carrier, g}
}

type guarded struct {
	delivery.Channel
	guard *Guard
}

type finder struct {
	guarded
	delivery.Finder
}

// holdFor is when a letter that was held back is looked at again.
const holdFor = time.Hour

// Send implements delivery.Channel.
func (c *guarded) Send(ctx context.Context, m delivery.Message) (delivery.Receipt, error) {
	if why, paused := c.guard.Paused(m.Class); paused {
		return delivery.Receipt{}, delivery.RetryAfter(errors.New(why), holdFor)
	}
	r, err := c.Channel.Send(ctx, m)
	if err == nil {
		c.guard.HandedOver(m.Class)
	}
	return r, err
}
