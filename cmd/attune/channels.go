package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"attune/core/channel"
	"attune/internal/app"
)

type channelsCmd struct {
	Show channelsShowCmd `cmd:"" default:"withargs" help:"Show how each channel does; this is what attune channels does by itself."`
	Test channelsTestCmd `cmd:"" help:"Hand a message over to see whether a channel's carrier takes it."`
}

type channelsShowCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (c *channelsShowCmd) Run(ctx context.Context, s streams) error {
	list, err := app.ChannelsIn(ctx, c.Data)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(list)
	}
	for _, x := range list {
		var says []string
		for _, class := range channel.Classes() {
			if n := x.Due[class.String()]; n > 0 {
				says = append(says, fmt.Sprintf("%d %s due", n, class))
			}
		}
		if x.Held > 0 {
			says = append(says, fmt.Sprintf("%d of them held", x.Held))
		}
		if x.Above > 0 {
			says = append(says, fmt.Sprintf("%d of them above their engagement's ceiling", x.Above))
		}
		says = append(says, fmt.Sprintf("%d later", x.Later), fmt.Sprintf("%d of %d under way", x.UnderWay, x.AtOnce))
		if x.Rate > 0 {
			says = append(says, fmt.Sprintf("at most %g a second", x.Rate))
		}
		switch {
		case x.Box:
			says = append(says, "into the capture box")
		case x.Until != "":
			says = append(says, "the carrier fails and is not asked until "+x.Until)
		case x.Breaker != "closed":
			says = append(says, "the carrier failed and is tried with one at a time")
		}
		fmt.Fprintf(s.out, "%-7s %s\n", x.Channel, strings.Join(says, ", "))
	}
	return nil
}

type channelsTestCmd struct {
	Channel string `arg:"" help:"Which one, such as email or sms."`
	To      string `arg:"" help:"An address of your own: name@example.org, or +447700900123."`
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (channelsTestCmd) Help() string {
	return `The message says that it is a test. It is nobody's: no rule of a program is asked, it counts nowhere, and a pause does not
hold it back. That somebody tried the channel is in the audit log, without the address. The command fails where the carrier did not
take it, and says why and what may help. It speaks to the running server of the data folder.

Example: attune channels test email kim@example.org`
}

func (c *channelsTestCmd) Run(ctx context.Context, s streams) error {
	tried, err := app.TestChannel(ctx, c.Data, c.Channel, c.To)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := s.asJSON(tried); err != nil {
			return err
		}
	}
	if !tried.OK {
		return fmt.Errorf("%s did not go out: %s: %s", tried.Channel, tried.Why, tried.Remedy)
	}
	if !c.JSON {
		fmt.Fprintf(s.out, "The carrier took it in %d ms. Its name there: %s\n", tried.Took, cmp.Or(tried.Reference, "none"))
	}
	return nil
}
