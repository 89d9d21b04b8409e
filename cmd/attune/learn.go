package main

import (
	"context"
	"fmt"
	"strings"

	"attune/internal/app"
)

type learnCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (learnCmd) Help() string {
	return `Reads everybody's history, finds out what messages did, and lets decisions go by it: in the server that
runs on the folder at once, else at its next start. A server does this each night by itself. What is
said stays within what the programs' learning sections allow.

Example: attune learn --data data/demo`
}

func (c *learnCmd) Run(ctx context.Context, s streams) error {
	night, err := app.LearnIn(ctx, c.Data)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(night)
	}
	fmt.Fprintln(s.out, night.Says)
	return nil
}

type modelsCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (modelsCmd) Help() string {
	return `What was learned, oldest first: when, from how many decisions, and what changed most by it. Decisions name
the model that they were made with by the first 16 digits of its id. The one that decides now has a star.

Example: attune models --data data/demo`
}

func (c *modelsCmd) Run(s streams) error {
	list, err := app.ModelsIn(c.Data)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(list)
	}
	for _, m := range list {
		star := " "
		if m.Current {
			star = "*"
		}
		var changed []string
		for _, x := range m.Changed[:min(2, len(m.Changed))] {
			changed = append(changed, fmt.Sprintf("%s %+.1f → %+.1f points", x.Feature, 100*x.Was, 100*x.Is))
		}
		fmt.Fprintf(s.out, "%s %.16s  %s  %d decisions  %s\n", star, m.ID, minutes(m.Made), m.Rows, strings.Join(changed, "; "))
	}
	if len(list) == 0 {
		fmt.Fprintln(s.out, "Nothing was learned yet: what is expected before anything is decides.")
	}
	return nil
}
