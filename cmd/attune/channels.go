package main

import (
	"context"
	"fmt"
	"strings"

	"attune/core/channel"
	"attune/internal/app"
)

type channelsCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (c *channelsCmd) Run(ctx context.Context, s streams) error {
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
