package sim

import (
	"context"
	"errors"

	"attune/core/id"
	"attune/internal/delivery"
)

// Carry lets a population see what a channel took, as a reader sees their mail.
func Carry(c delivery.Channel, p *Population) delivery.Channel { return &carried{c, p} }

type carried struct {
	delivery.Channel
	population *Population
}

func (c *carried) Send(ctx context.Context, m delivery.Message) (delivery.Receipt, error) {
	receipt, err := c.Channel.Send(ctx, m)
	if err == nil {
		c.population.Reached(m)
	}
	return receipt, err
}

var errCannotFind = errors.New("this channel cannot be asked about attempts")

// Find asks the channel, where it can be asked.
func (c *carried) Find(ctx context.Context, attempt id.Key) (delivery.Receipt, bool, error) {
	if f, ok := c.Channel.(delivery.Finder); ok {
		return f.Find(ctx, attempt)
	}
	return delivery.Receipt{}, false, errCannotFind
}
