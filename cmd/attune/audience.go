package main

import (
	"context"
	"fmt"

	"attune/internal/app"
)

type audienceCmd struct {
	Try  audienceTryCmd  `cmd:"" help:"Tell how many people would be in an audience now, who some of them are, and why."`
	Read audienceReadCmd `cmd:"" help:"Say in plain words what a condition means, or what is wrong with it."`
}

// ruleFlags name a condition of a program that is live.
type ruleFlags struct {
	dataFolder
	Program string `arg:"" help:"The program's name, such as diabetes."`
	When    string `arg:"" help:"The condition, as audiences.yaml has it."`
	JSON    bool   `help:"Write JSON."`
}

func (c *ruleFlags) look(ctx context.Context, do func(*app.Inspector, *app.Written) error) error {
	i, err := app.Inspect(ctx, c.Data)
	if err != nil {
		return err
	}
	defer i.Close()
	of, err := i.Written(c.Program)
	if err != nil {
		return err
	}
	return do(i, of)
}

type audienceTryCmd struct {
	ruleFlags
	Beside string `help:"Another condition, to see who is in both." placeholder:"CONDITION"`
	Show   int    `help:"Of how many people it tells who they are and why they are in it; 10 at most." default:"10"`
	Within int    `help:"For how many milliseconds people are looked at; where that is not everybody, numbers are reckoned." default:"20000" placeholder:"MS"`
}

func (audienceTryCmd) Help() string {
	return `Asks a condition of everybody, as they are now. Nothing is written, and nobody is put into an audience. People
stand in it by their ids. Whoever objects to profiling is in none.

It reads the data folder and may be run beside the server.

Example: attune audience try diabetes 'phase() == "treatment"' --data data/demo
Example: attune audience try diabetes 'since("portal.visited") > days(30)' --beside '!has_happened("portal.visited")' --data data/demo`
}

func (c *audienceTryCmd) Run(ctx context.Context, s streams) error {
	return c.look(ctx, func(i *app.Inspector, of *app.Written) error {
		x, err := i.Audience(ctx, of, &app.AudienceTry{RuleAsked: app.RuleAsked{Program: c.Program, When: c.When}, Beside: c.Beside, Show: c.Show, Within: c.Within})
		if err != nil {
			return err
		}
		if c.JSON {
			return s.asJSON(x)
		}
		told := func(what string, n *app.Share) {
			switch {
			case n == nil:
			case x.Whole:
				fmt.Fprintf(s.out, "%-16s %d of %d\n", what, n.People, x.Known)
			default:
				fmt.Fprintf(s.out, "%-16s about %d (%d to %d) of %d, from %d who were looked at\n", what, n.People, n.Low, n.High, x.Known, x.Looked)
			}
		}
		told("in it", &x.In)
		told("in the other", x.Beside)
		told("in both", x.Both)
		told("only in it", x.Only)
		told("only in the other", x.OnlyBeside)
		for _, p := range x.Some {
			fmt.Fprintf(s.out, "%s  since %s, because of %s\n", p.Person, p.Since, p.Because)
		}
		return nil
	})
}

type audienceReadCmd struct{ ruleFlags }

func (audienceReadCmd) Help() string {
	return `Says what a condition means in a program that is live, in plain words, or what is wrong with it and behind how many
characters. attune explain says what a whole program means.

Example: attune audience read diabetes 'count("portal.visited", "28d") < 4' --data data/demo`
}

func (c *audienceReadCmd) Run(ctx context.Context, s streams) error {
	return c.look(ctx, func(_ *app.Inspector, of *app.Written) error {
		x, err := of.Read(c.When)
		if err != nil {
			return err
		}
		if c.JSON {
			return s.asJSON(x)
		}
		for _, w := range x.Words {
			fmt.Fprintln(s.out, w)
		}
		if x.Problem == nil {
			return nil
		}
		where := ""
		if x.Problem.At >= 0 {
			where = fmt.Sprintf(" (behind %d characters)", x.Problem.At)
		}
		hint := ""
		if x.Problem.Hint != "" {
			hint = "; " + x.Problem.Hint
		}
		return badInput{fmt.Errorf("the condition%s: %s%s", where, x.Problem.What, hint)}
	})
}
