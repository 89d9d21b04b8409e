package main

import (
	"context"
	"errors"
	"time"

	"attune/core/instant"
	"attune/internal/app"
)

type reachCmd struct {
	Program string `arg:"" help:"The program's name, such as diabetes."`
	dataFolder
	Since string `help:"Count only what was said and refused from this instant on, such as 2027-03-01T09:00:00Z." placeholder:"INSTANT"`
	JSON  bool   `help:"Write JSON."`
}

func (reachCmd) Help() string {
	return `Counts everybody by where they stand with a program and what became of them. Each person is in one row and
one column, so the numbers add up.

  engaged   something was handed over
  waiting   something is decided, and not over
  refused   everything that was proposed was refused, or ended before it was handed over
  nothing   nothing was ever proposed

It reads the data folder and may be run beside the server.

Example: attune reach diabetes --data data --since 2027-03-01T00:00:00Z`
}

func (c *reachCmd) Run(ctx context.Context, s streams) error {
	since := instant.Time(0)
	if c.Since != "" {
		at, err := time.Parse(time.RFC3339, c.Since)
		if err != nil {
			return badInput{errors.New("--since is no instant: write it as 2027-03-01T09:00:00Z")}
		}
		since = instant.Of(at)
	}
	i, err := app.Inspect(ctx, c.Data)
	if err != nil {
		return err
	}
	r, err := i.Reach(ctx, c.Program, since)
	if err = errors.Join(err, i.Close()); err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(r)
	}
	return r.WriteText(s.out)
}
