package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"attune/core/instant"
	"attune/internal/app"
)

type deadletterCmd struct {
	List   deadletterListCmd   `cmd:"" help:"List touches that their carriers refused, did not take, or may have taken."`
	Replay deadletterReplayCmd `cmd:"" help:"Put some back: they wait for the gate like new ones, and everything is asked again."`
}

// deadFilter says which are meant.
type deadFilter struct {
	Channel string        `help:"Only those of a channel, such as sms." placeholder:"CHANNEL"`
	Reason  string        `help:"Only undeliverable, carrier_refused, uncertain or unconfirmed ones." enum:"undeliverable,carrier_refused,uncertain,unconfirmed," default:""`
	Since   time.Duration `help:"Only those that ended within so long, such as 48h." placeholder:"TIME"`
}

func (f *deadFilter) find(ctx context.Context, data string) ([]app.DeadLetter, error) {
	i, err := app.Inspect(ctx, data)
	if err != nil {
		return nil, err
	}
	filter := app.DeadFilter{Channel: f.Channel, Reason: f.Reason}
	if f.Since > 0 {
		filter.Since = instant.Of(time.Now().Add(-f.Since))
	}
	list, err := i.DeadLetters(ctx, filter)
	return list, errors.Join(err, i.Close())
}

type deadletterListCmd struct {
	dataFolder
	deadFilter
	JSON bool `help:"Write JSON."`
}

func (c *deadletterListCmd) Run(ctx context.Context, s streams) error {
	list, err := c.find(ctx, c.Data)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(list)
	}
	for _, d := range list {
		fmt.Fprintf(s.out, "%s  %s  %s of %s by %s for %s: %s\n", d.Touch[:8], minutes(d.At), d.Engagement, d.Program, d.Channel, d.Person, d.Says)
	}
	fmt.Fprintf(s.err, "%d dead letters\n", len(list))
	return nil
}

type deadletterReplayCmd struct {
	Touches []string `arg:"" optional:"" help:"Touches, as attune deadletter list shows them, or how they begin." placeholder:"TOUCH"`
	dataFolder
	deadFilter
	All          bool   `help:"All that match, but those that may have been delivered."`
	NotDelivered string `name:"i-know-it-was-not-delivered" help:"One touch that may have been delivered, and was not: you asked the carrier, or the person." placeholder:"TOUCH"`
}

func (deadletterReplayCmd) Help() string {
	return `A touch put back waits as long as a new one would, and the gate asks everything again: consent, limits,
hours. Its next attempt has an id of its own. What may have been delivered is put back one at a time, by
somebody who knows that it was not.

Examples:
  attune deadletter replay 7ab375a4
  attune deadletter replay --all --channel sms --since 6h
  attune deadletter replay --i-know-it-was-not-delivered 7ab375a4`
}

func (c *deadletterReplayCmd) Run(ctx context.Context, s streams) error {
	named := c.Touches
	if c.NotDelivered != "" {
		named = append(named, c.NotDelivered)
	}
	switch {
	case c.All == (len(named) > 0):
		return badInput{errors.New("name touches, or say --all")}
	case c.NotDelivered != "" && len(c.Touches) > 0:
		return badInput{errors.New("--i-know-it-was-not-delivered is about one touch, by itself")}
	}
	list, err := c.find(ctx, c.Data)
	if err != nil {
		return err
	}
	var chosen []app.DeadLetter
	if c.All {
		for _, d := range list {
			if !d.MaybeDelivered {
				chosen = append(chosen, d)
			}
		}
	}
	for _, name := range named {
		var found []app.DeadLetter
		for _, d := range list {
			if len(name) >= 8 && strings.HasPrefix(d.Touch, strings.ToLower(name)) {
				found = append(found, d)
			}
		}
		if len(found) != 1 {
			return fmt.Errorf("%d of %d dead letters begin with %q, which needs eight signs or more: attune deadletter list shows them", len(found), len(list), name)
		}
		chosen = append(chosen, found[0])
	}
	n, not, err := app.ReplayIn(ctx, c.Data, chosen, c.NotDelivered != "")
	if err != nil {
		return err
	}
	for _, why := range not {
		fmt.Fprintln(s.err, why)
	}
	fmt.Fprintf(s.out, "%d of %d put back.\n", n, len(chosen))
	if len(not) > 0 {
		return errTold
	}
	return nil
}
