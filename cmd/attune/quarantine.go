package main

import (
	"context"
	"errors"
	"fmt"

	"attune/internal/app"
)

type quarantineCmd struct {
	List  quarantineListCmd  `cmd:"" help:"List the newest events that could not be used, or why all of them could not."`
	Show  quarantineShowCmd  `cmd:"" help:"Show one event as it came."`
	Retry quarantineRetryCmd `cmd:"" help:"Send some once more, as their source sent them."`
	Drop  quarantineDropCmd  `cmd:"" help:"Take some out of quarantine for good."`
}

func (quarantineCmd) Help() string {
	return `An event that cannot be used is kept, sealed, with the reason. Once the reason is gone (an event was
declared, a type was changed in a program, a key may send more), it is sent again from here.`
}

// quarantined says which events are meant.
type quarantined struct {
	Source string `help:"Only those of a source." placeholder:"NAME"`
	Field  string `help:"Only those with this field at fault." placeholder:"FIELD"`
	Reason string `help:"Only those of this reason, as the list has it." placeholder:"TEXT"`
}

func (q *quarantined) which(events []string) app.QuarantineWhich {
	return app.QuarantineWhich{Events: events, Source: q.Source, Field: q.Field, Reason: q.Reason}
}

// some asks that the command says which are meant.
func (q *quarantined) some(events []string) error {
	if (len(events) == 0) == (q.Source == "" && q.Reason == "") {
		return badInput{errors.New("name events, or a --source or --reason")}
	}
	return nil
}

type quarantineListCmd struct {
	dataFolder
	quarantined
	Reasons bool `help:"Why events are there, and how many for each reason."`
	JSON    bool `help:"Write JSON."`
}

func (c *quarantineListCmd) Run(ctx context.Context, s streams) error {
	events, reasons, err := app.QuarantineIn(ctx, c.Data, c.which(nil))
	if err != nil {
		return err
	}
	if c.Reasons {
		if c.JSON {
			return s.asJSON(reasons)
		}
		for _, r := range reasons {
			fmt.Fprintf(s.out, "%d from %s: %s; %s\n", r.Events, r.Source, wrongWith(r.Field, r.Reason), r.Remedy)
		}
		return nil
	}
	if c.JSON {
		return s.asJSON(events)
	}
	for _, e := range events {
		fmt.Fprintf(s.out, "%s  %s  %s: %s; %s\n", e.Event, minutes(e.At), e.Source, wrongWith(e.Field, e.Reason), e.Remedy)
	}
	fmt.Fprintf(s.err, "%d events in quarantine\n", len(events))
	return nil
}

func wrongWith(field, reason string) string {
	if field == "" {
		return reason
	}
	return field + ": " + reason
}

type quarantineShowCmd struct {
	Event string `arg:"" help:"The event, as attune quarantine list shows it."`
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (quarantineShowCmd) Help() string {
	return `It may say anything of anybody: that it was shown is recorded, of whom too where that is known. Write
keys in it are taken out.`
}

func (c *quarantineShowCmd) Run(ctx context.Context, s streams) error {
	e, err := app.QuarantinedIn(ctx, c.Data, c.Event)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(e)
	}
	fmt.Fprintf(s.out, "%s, from %s\n%s\n%s\n\n%s\n", minutes(e.At), e.Source, wrongWith(e.Field, e.Reason), e.Remedy, e.Text)
	return nil
}

type quarantineRetryCmd struct {
	Events []string `arg:"" optional:"" help:"Events, as attune quarantine list shows them." placeholder:"EVENT"`
	dataFolder
	quarantined
	JSON bool `help:"Write JSON."`
}

func (quarantineRetryCmd) Help() string {
	return `Each goes through the same door as before: what its source's keys may send now, and what is declared now.
It happened when it did, and counts once. What still cannot be used stays, with its reason.

Examples:
  attune quarantine retry 5d41402abc4b2a76b9719d911017c592
  attune quarantine retry --source app --reason "found text where integer is declared"`
}

func (c *quarantineRetryCmd) Run(ctx context.Context, s streams) error {
	if err := c.some(c.Events); err != nil {
		return err
	}
	out, err := app.SendAgainIn(ctx, c.Data, c.which(c.Events))
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(out)
	}
	for _, e := range out.Still {
		fmt.Fprintf(s.err, "%s: %s; %s\n", e.Event, wrongWith(e.Field, e.Reason), e.Remedy)
	}
	fmt.Fprintf(s.out, "%d taken, %d not tried yet.\n", out.Taken, out.Left)
	if len(out.Still) > 0 {
		return errTold
	}
	return nil
}

type quarantineDropCmd struct {
	Events []string `arg:"" optional:"" help:"Events, as attune quarantine list shows them." placeholder:"EVENT"`
	dataFolder
	quarantined
	Why string `required:"" help:"Why they are not needed. The audit log keeps it."`
}

func (c *quarantineDropCmd) Run(ctx context.Context, s streams) error {
	if err := c.some(c.Events); err != nil {
		return err
	}
	out, err := app.DropQuarantinedIn(ctx, c.Data, c.which(c.Events), c.Why)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d dropped.\n", out.Dropped)
	return nil
}
