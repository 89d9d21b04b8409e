package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"attune/core/instant"
	"attune/internal/app"
)

type ceilingCmd struct {
	List  ceilingListCmd  `cmd:"" help:"List what each engagement said within an hour and a day, and what waits above its ceiling."`
	Raise ceilingRaiseCmd `cmd:"" help:"Let an engagement say more for a time. Two people have to say so."`
}

type ceilingListCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (c *ceilingListCmd) Run(ctx context.Context, s streams) error {
	list, err := app.CeilingsIn(ctx, c.Data)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(list)
	}
	for _, x := range list {
		says := []string{within(x.Hour, x.CeilingHour, "an hour"), within(x.Day, x.CeilingDay, "a day")}
		if x.Raised != "" {
			says = append(says, "raised until "+minutes(x.Raised))
		}
		if x.Waiting > 0 {
			says = append(says, fmt.Sprintf("%d wait, the next until %s", x.Waiting, minutes(x.Opens)))
		}
		fmt.Fprintf(s.out, "%s of %s: %s\n", x.Engagement, x.Program, strings.Join(says, ", "))
	}
	if len(list) == 0 {
		fmt.Fprintln(s.out, "Nothing went out within a day.")
	}
	return nil
}

func within(n, most int, span string) string {
	if most == 0 {
		return fmt.Sprintf("%d in %s", n, span)
	}
	return fmt.Sprintf("%d of %d in %s", n, most, span)
}

type ceilingRaiseCmd struct {
	dataFolder
	Engagement string `arg:"" help:"The engagement."`
	Program    string `help:"Its program, where several have an engagement of that name." placeholder:"PROGRAM"`
	To         int    `help:"How many may go in an hour, and in a day where its ceiling is lower." required:"" placeholder:"N"`
	For        string `help:"For how long, such as 24h; 7d at most." required:"" placeholder:"TIME"`
	AskedBy    string `help:"Who asks for it." required:"" placeholder:"NAME"`
	By         string `help:"Who else has looked and confirms it." required:"" placeholder:"NAME"`
}

func (ceilingRaiseCmd) Help() string {
	return `What waits above the ceiling goes at once. Both names are kept in delivery.json of the data folder.
Look at a few of the messages first: attune pause stops them.

Example: attune ceiling raise recall --to 5000 --for 24h --asked-by "Kim Lee" --by "Ana Ruiz"`
}

func (c *ceilingRaiseCmd) Run(ctx context.Context, s streams) error {
	r := app.Raise{Program: c.Program, Engagement: c.Engagement, To: c.To, For: c.For, AskedBy: c.AskedBy, By: c.By}
	raised, err := app.RaiseIn(ctx, c.Data, r, instant.Of(time.Now()))
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Up to %d of %s of %s go until %s; asked by %s, confirmed by %s.\n", raised.To, raised.Engagement, raised.Program, minutes(raised.Until), raised.AskedBy, raised.By)
	return nil
}
