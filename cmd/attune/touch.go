package main

import (
	"context"
	"fmt"
	"strings"

	"attune/internal/app"
)

type touchCmd struct {
	Touch string `arg:"" help:"The touch's id, or eight signs or more that it begins with."`
	dataFolder
	Person string `help:"Whose it is, where an older version of Attune decided it: an id, or SYSTEM:VALUE." placeholder:"WHO"`
	Words  bool   `help:"Also what was said: the address, the subject, the text, and what the person answered."`
	JSON   bool   `help:"Write JSON."`
}

func (touchCmd) Help() string {
	return `Who it is for, why and when it was decided, on which consent it rests, every attempt and what the
carrier said, what came back, how it stands and what happens next. It reads the data folder and may be
run beside the server.

Example: attune touch 7ab375a4 --words`
}

func (c *touchCmd) Run(ctx context.Context, s streams) error {
	i, err := app.Inspect(ctx, c.Data)
	if err != nil {
		return err
	}
	defer i.Close()
	t, err := i.Touch(ctx, c.Touch, c.Person)
	if err != nil {
		return err
	}
	if !c.Words {
		t.WithoutWords()
	}
	if c.JSON {
		return s.asJSON(t)
	}
	next := ""
	if t.Next != "" {
		next = "; next at " + t.Next
	}
	fmt.Fprintf(s.out, "%s  %s %s%s\n", t.Touch.Touch, t.Engagement, t.Says, next)
	row := func(name, says string) {
		if says != "" {
			fmt.Fprintf(s.out, "  %-10s %s\n", name, says)
		}
	}
	row("for", t.Person)
	row("said", strings.Trim(fmt.Sprintf("%s of %s by %s in %s", t.Variant, t.Program, t.Channel, t.Language), " "))
	row("purpose", t.Purpose)
	row("class", t.Class)
	row("decided", fmt.Sprintf("%s, because of %s: worth %g among %d, this variant with probability %g", t.Decided, t.What, t.Value, t.Rivals, t.Propensity))
	row("consent", t.Consent)
	for _, a := range t.Attempts {
		says := a.At + ": no answer yet"
		if a.Outcome != "" {
			says = a.At + ": " + a.Outcome
		}
		if a.Reference != "" {
			says += ", as " + a.Reference
		}
		row("attempt", says)
		if a.Body != "" {
			row("to", a.To)
			row("subject", a.Subject)
			for _, line := range strings.Split(strings.TrimRight(a.Body, "\n"), "\n") {
				row("|", line)
			}
		}
	}
	for _, l := range t.Lines {
		write(s, l)
	}
	return nil
}
