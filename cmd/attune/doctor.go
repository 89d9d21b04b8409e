package main

import (
	"context"
	"encoding/json"
	"fmt"

	"attune/internal/app"
)

type doctorCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (doctorCmd) Help() string {
	return `Opens every part of the data folder for reading, reads every person's state and the chunks of their
history, and checks that log, history, chunks and state belong together. The exit status is 1 when something is wrong. It may be run
beside the server.`
}

func (c *doctorCmd) Run(ctx context.Context, s streams) error {
	i, err := app.Inspect(ctx, c.Data)
	if err != nil {
		return err
	}
	defer i.Close()
	found, err := i.Checkup(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		err = s.asJSON(found)
	} else {
		for _, f := range found.Findings {
			mark := "ok   "
			if !f.OK {
				mark = "WRONG"
			}
			fmt.Fprintf(s.out, "%s %-11s %s\n", mark, f.Name, f.Says)
		}
	}
	if err == nil && !found.Healthy() {
		err = errTold
	}
	return err
}

func writeLine(s streams, l any) error {
	e := json.NewEncoder(s.out)
	e.SetEscapeHTML(false)
	return e.Encode(l)
}
