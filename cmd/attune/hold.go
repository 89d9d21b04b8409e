package main

import (
	"context"
	"fmt"

	"attune/core/instant"
	"attune/internal/app"
)

type holdCmd struct {
	Set  holdSetCmd  `cmd:"" help:"Leave somebody alone, for a while or until it is lifted."`
	Lift holdLiftCmd `cmd:"" help:"Say that what somebody was left alone for is over."`

	Legal legalHoldCmd `cmd:"" help:"Say that the law forbids to erase somebody, or does not any more."`
}

func (holdCmd) Help() string {
	return `During a hold nothing is said to the person by any program; what waits goes on afterwards. Programs begin
holds of their own (policy.yaml), and so does what people write that sounds like danger, or may have been
a stop. attune person shows which are on. These commands speak to the running server of the data folder.`
}

type holdSetCmd struct {
	Who  string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	Hold string `arg:"" help:"Its name, such as bereavement."`
	dataFolder
	By    string `help:"Who says so." required:"" placeholder:"NAME"`
	Until string `help:"When it ends by itself, such as 2027-04-01T00:00:00Z; without it, when it is lifted." placeholder:"TIME"`
	Note  string `help:"Why, for those who look after the person." placeholder:"TEXT"`
}

func (holdSetCmd) Help() string {
	return `Example: attune hold set app:user-17 bereavement --by "nurse Kim" --until 2027-04-01T00:00:00Z`
}

func (c *holdSetCmd) Run(ctx context.Context, s streams) error {
	w := app.HoldWord{Hold: c.Hold, By: c.By, Note: c.Note}
	if c.Until != "" {
		var err error
		if w.Until, err = instant.Parse(c.Until); err != nil {
			return fmt.Errorf("--until %s is no instant: write it as 2027-04-01T00:00:00Z", c.Until)
		}
	}
	return sayHold(ctx, s, c.Data, c.Who, w, "is left alone")
}

type holdLiftCmd struct {
	Who  string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	Hold string `arg:"" help:"Its name, such as crisis."`
	dataFolder
	By   string `help:"Who says so." required:"" placeholder:"NAME"`
	Note string `help:"How the person is, for those who look after them." placeholder:"TEXT"`
}

func (holdLiftCmd) Help() string {
	return `Example: attune hold lift app:user-17 crisis --by "nurse Kim" --note "Spoke with her, safe at home"`
}

func (c *holdLiftCmd) Run(ctx context.Context, s streams) error {
	return sayHold(ctx, s, c.Data, c.Who, app.HoldWord{Hold: c.Hold, Lift: true, By: c.By, Note: c.Note}, "is no longer left alone")
}

func sayHold(ctx context.Context, s streams, data, who string, w app.HoldWord, says string) error {
	i, person, err := find(ctx, data, who)
	if err != nil {
		return err
	}
	if err := i.Close(); err != nil {
		return err
	}
	w.Person = person.String()
	if err := app.SayHold(ctx, data, w); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s %s (%s)\n", person, says, w.Hold)
	return nil
}
