package sim

import (
	"context"
	"errors"

	"attune/core/id"
	"attune/internal/delivery"
)

// Reader sees what was handed over to them.
type Reader interface{ Reached(m delivery.Message) }

// Carry lets readers see what a channel took, as people see their mail.
func Carry(c delivery.Channel, readers ...Reader) delivery.Channel { return &carried{c, readers} }

type carried struct {
	delivery.Channel
	readers []Reader
}

func (c *carried) Send(ctx context.Context, m delivery.Message) (delivery.Receipt, error) {
	receipt, err := c.Channel.Send(ctx, m)
	if err == nil {
		for _, r := range c.readers {
			r.Reached(m)
		}
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
