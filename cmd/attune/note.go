package main

import (
	"context"
	"fmt"

	"attune/internal/app"
)

type noteCmd struct {
	Who  string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	Text string `arg:"" optional:"" help:"Word for word. A note, and what they told, need it."`
	dataFolder
	By      string `help:"Who writes it." required:"" placeholder:"NAME"`
	Kind    string `help:"What it is: note, told (of their own story), call or visit." enum:"note,told,call,visit" default:"note"`
	Fact    string `help:"Of what they told: reason, goal, barrier, motivation or support." placeholder:"FACT"`
	Names   string `help:"Of what they told: what the program calls the barrier or motivation." placeholder:"ID"`
	Over    bool   `help:"Of what they told: it is so no longer."`
	Outcome string `help:"Of a call or visit: how it went, such as reached, no_answer or done." placeholder:"OUTCOME"`
	Minutes int    `help:"Of a call or visit: how long it took." placeholder:"N"`
}

func (noteCmd) Help() string {
	return `What is written stands in the person's record for good, for whoever of the team may see it, and programs act on it as on
any event: a note is note.written, what they told story.told, a call call.held and a visit visit.held.

Examples:
  attune note app:user-17 "Prefers to be rung before noon" --by "nurse Kim"
  attune note app:user-17 "To walk to the market again" --kind told --fact goal --by "nurse Kim"
  attune note app:user-17 "Sleeps better" --kind call --outcome reached --minutes 12 --by "nurse Kim"`
}

func (c *noteCmd) Run(ctx context.Context, s streams) error {
	i, person, err := find(ctx, c.Data, c.Who)
	if err != nil {
		return err
	}
	if err := i.Close(); err != nil {
		return err
	}
	note := app.Note{Kind: c.Kind, Text: c.Text, Fact: c.Fact, Names: c.Names, Over: c.Over, Outcome: c.Outcome, Minutes: c.Minutes}
	if err := app.WriteNote(ctx, c.Data, app.Noted{Person: person.String(), By: c.By, Note: note}); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "It stands in the record of %s.\n", person)
	return nil
}
