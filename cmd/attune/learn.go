package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"attune/internal/app"
)

type learnCmd struct {
	dataFolder
	Look   bool   `help:"Only report: learn nothing, and change nothing."`
	Report string `help:"Also write the report as one page for a browser." placeholder:"FILE.html" type:"path"`
	JSON   bool   `help:"Write JSON."`
}

func (learnCmd) Help() string {
	return `Reads everybody's history, finds out what messages did, and lets decisions go by it: in the server that
runs on the folder at once, else at its next start. A server does this each night by itself. What is
said stays within what the programs' learning sections allow.

Then it reports: what was learned, how sure that is, whether it is better than doing always the same,
whether predictions come true, how trials stand, and how people of different ages, languages and reach
fare. Where there is not enough evidence it says so. docs/learning.md tells how to read it.

Examples:
  attune learn --data data/demo
  attune learn --look --report learning.html --data data/demo`
}

func (c *learnCmd) Run(ctx context.Context, s streams) error {
	night := app.Night{}
	if !c.Look {
		var err error
		if night, err = app.LearnIn(ctx, c.Data); err != nil {
			return err
		}
		fmt.Fprintln(s.err, night.Says)
	}
	i, err := app.Inspect(ctx, c.Data)
	if err != nil {
		return err
	}
	defer i.Close()
	report, err := i.LearningReport(ctx)
	if err != nil {
		return err
	}
	if c.Report != "" {
		var page bytes.Buffer
		if err := report.WriteHTML(&page); err != nil {
			return err
		}
		if err := os.WriteFile(c.Report, page.Bytes(), 0o600); err != nil {
			return fmt.Errorf("write the report: %w", err)
		}
	}
	if c.JSON {
		return s.asJSON(report)
	}
	return report.WriteText(s.out)
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
		if m.Current {
			for i := range m.Retired {
				fmt.Fprintf(s.out, "    %s\n", m.Retired[i].Says())
			}
		}
	}
	if len(list) == 0 {
		fmt.Fprintln(s.out, "Nothing was learned yet: what is expected before anything is decides.")
	}
	return nil
}
