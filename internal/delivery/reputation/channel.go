package reputation

import (
	"context"

	"attune/internal/delivery"
)

// Channel counts what the carrier takes.
func (g *Guard) Channel(carrier delivery.Channel) delivery.Channel {
	if f, ok := carrier.(delivery.Finder); ok {
		return &finder{counted{carrier, g}, f}
	}
	return &counted{carrier, g}
}

type counted struct {
	delivery.Channel
	guard *Guard
}

type finder struct {
	counted
	delivery.Finder
}

// Send implements delivery.Channel.
func (c *counted) Send(ctx context.Context, m delivery.Message) (delivery.Receipt, error) {
	r, err := c.Channel.Send(ctx, m)
	if err == nil {
		c.guard.HandedOver(m.Class)
	}
	return r, err
}
