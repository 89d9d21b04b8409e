package main

import (
	"context"
	"fmt"
	"strings"

	"attune/core/instant"
	"attune/internal/app"
)

type decisionsCmd struct {
	dataFolder
	Person     string `help:"Only about this person: an id, or SYSTEM:VALUE." placeholder:"WHO"`
	Program    string `help:"Only of this program." placeholder:"PROGRAM"`
	Engagement string `help:"Only about this engagement." placeholder:"ENGAGEMENT"`
	Channel    string `help:"Only by this channel." placeholder:"CHANNEL"`
	Outcome    string `help:"Only what became of it: chosen, sent, withheld, vetoed, held_out or not_chosen." placeholder:"OUTCOME"`
	Reason     string `help:"Only refused for this reason, such as no_consent." placeholder:"REASON"`
	From       string `help:"Only from this instant on, such as 2027-03-01T00:00:00Z." placeholder:"INSTANT"`
	To         string `help:"Only up to this instant." placeholder:"INSTANT"`
	Last       int    `help:"The newest so many." default:"50"`
	JSON       bool   `help:"Write JSON."`
}

func (decisionsCmd) Help() string {
	return `Lists what was decided, across all people: what was chosen to be said, what was handed to its carrier, what was
withheld after that, and what was refused and why. People stand in it by their ids; attune why takes one decision apart.

It reads the data folder, back in time, and may be run beside the server.

Example: attune decisions --outcome vetoed --last 20 --data data/demo
Example: attune decisions --person demo:patient-0042 --engagement refill_reminder --data data/demo`
}

func (c *decisionsCmd) Run(ctx context.Context, s streams) error {
	o := app.DecidedOf{Person: c.Person, Program: c.Program, Engagement: c.Engagement, Channel: c.Channel, Outcome: c.Outcome, Reason: c.Reason}
	for _, x := range []struct {
		flag, says string
		to         *instant.Time
	}{{"--from", c.From, &o.From}, {"--to", c.To, &o.To}} {
		if x.says == "" {
			continue
		}
		var err error
		if *x.to, err = instant.Parse(x.says); err != nil {
			return fmt.Errorf("%s: %w", x.flag, err)
		}
	}
	i, err := app.Inspect(ctx, c.Data)
	if err != nil {
		return err
	}
	defer i.Close()
	all := []app.Fate{}
	for len(all) < c.Last {
		o.Most = min(c.Last-len(all), 500)
		page, err := i.Decided(ctx, o)
		if err != nil {
			return err
		}
		all = append(all, page.Items...)
		if o.After = page.Next; o.After == "" {
			break
		}
	}
	if c.JSON {
		return s.asJSON(all)
	}
	for _, f := range all {
		line := fmt.Sprintf("%s  %s  %s/%s %s %s %s", f.At, f.Person, f.Program, f.Engagement, f.Channel, f.Outcome, f.Says)
		fmt.Fprintln(s.out, strings.TrimRight(line, " "))
	}
	if len(all) == 0 {
		fmt.Fprintln(s.out, "Nothing was decided that fits.")
	}
	return nil
}
