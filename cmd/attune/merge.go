package main

import (
	"context"
	"fmt"

	"attune/internal/app"
)

type mergeCmd struct {
	Who  string `arg:"" help:"Whose record goes on: a person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	Of   string `arg:"" help:"The other record, which becomes part of it."`
	By   string `help:"Who says so." required:"" placeholder:"NAME"`
	Note string `help:"How it is known, for those who look after the person." placeholder:"TEXT"`
	dataFolder
}

func (mergeCmd) Help() string {
	return `What was heard of either is one history from now on, and what either is known by means this person. Every no of
either stands until the person says yes again, messages to both count together, and of the same journey
twice the older goes on. Nothing is sent because of it. attune people part undoes it. The command speaks to
the running server of the data folder.

Example: attune people merge mrn:1042 mrn:1188 --by "nurse Kim" --note "Same passport, two spellings"`
}

func (c *mergeCmd) Run(ctx context.Context, s streams) error {
	i, who, err := find(ctx, c.Data, c.Who)
	if err != nil {
		return err
	}
	of, err := i.Who(ctx, c.Of)
	if closed := i.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	if err := app.SayMerge(ctx, c.Data, app.MergeWord{Person: who.String(), Of: of.String(), By: c.By, Note: c.Note}); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s becomes part of %s. To undo it: attune people part %s --by NAME\n", of, who, of)
	return nil
}

type partCmd struct {
	Of   string `arg:"" help:"The record that became part of another by mistake: its id, which attune person shows, or SYSTEM:VALUE."`
	By   string `help:"Who says so." required:"" placeholder:"NAME"`
	Note string `help:"How it is known." placeholder:"TEXT"`
	dataFolder
}

func (partCmd) Help() string {
	return `The record goes on from where it was, with what became of its own messages and journeys since. What was heard of
the person in between stays with the other record, but for words that took consent back: they stand for
both.

Example: attune people part mrn:1188 --by "nurse Kim" --note "Twins"`
}

func (c *partCmd) Run(ctx context.Context, s streams) error {
	i, err := app.Inspect(ctx, c.Data)
	if err != nil {
		return err
	}
	of, err := i.Record(ctx, c.Of)
	if closed := i.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	if err := app.SayMerge(ctx, c.Data, app.MergeWord{Person: of.String(), Of: of.String(), Apart: true, By: c.By, Note: c.Note}); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s stands for itself again.\n", of)
	return nil
}
