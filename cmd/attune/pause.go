package main

import (
	"context"
	"errors"
	"fmt"
	"os/user"
	"time"

	"attune/core/instant"
	"attune/internal/app"
)

type pauseCmd struct {
	Begin pauseBeginCmd `cmd:"" default:"withargs" help:"Pause something; this is what attune pause does by itself."`
	List  pauseListCmd  `cmd:"" help:"List what is paused, since when, by whom and why."`
}

func (pauseCmd) Help() string {
	return `From the moment this command returns no hand-over of what is paused begins. What a carrier has
already is its own. Touches wait as they are, and those whose time passes meanwhile end as expired. A
pause outlives restarts, until attune resume ends it.

Examples:
  attune pause --all --why "wrong price in the letter"
  attune pause --channel sms --but-safety --why "provider sends twice"
  attune pause list`
}

// scope says what is meant.
type scope struct {
	All        bool   `help:"Everything."`
	Channel    string `help:"What goes over a channel, such as sms." placeholder:"CHANNEL"`
	Program    string `help:"What a program says." placeholder:"PROGRAM"`
	Engagement string `help:"What an engagement says; with --program only that program's." placeholder:"ENGAGEMENT"`
	Journey    string `help:"What passages through a journey say; with --program only that program's." placeholder:"JOURNEY"`
}

func (s *scope) paused() (app.Paused, error) {
	p := app.Paused{Channel: s.Channel, Program: s.Program, Engagement: s.Engagement, Journey: s.Journey}
	switch none := p == (app.Paused{}); {
	case none && !s.All:
		return p, badInput{errors.New("say what: --all, --channel, --program, --journey or --engagement")}
	case !none && s.All:
		return p, badInput{errors.New("--all is everything: leave it out, or the others")}
	}
	return p, nil
}

// whoever is who says so: the name given, or the one that is logged in here.
func whoever(by string) string {
	if by != "" {
		return by
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return ""
}

type pauseBeginCmd struct {
	dataFolder
	scope
	ButSafety bool   `help:"Let what is about safety go all the same."`
	Why       string `help:"Why, for those who find nothing going out." required:"" placeholder:"TEXT"`
	By        string `help:"Who you are; empty is your name on this machine." placeholder:"NAME"`
}

func (c *pauseBeginCmd) Run(ctx context.Context, s streams) error {
	what, err := c.paused()
	if err != nil {
		return err
	}
	p := app.Pause{Paused: what, ButSafety: c.ButSafety, Why: c.Why, By: whoever(c.By)}
	if err := app.PauseIn(ctx, c.Data, p, instant.Of(time.Now())); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Paused: %s\n", p.Says())
	return nil
}

type pauseListCmd struct {
	dataFolder
	Past bool `help:"Also those that are over."`
	JSON bool `help:"Write JSON."`
}

func (c *pauseListCmd) Run(s streams) error {
	list, err := app.PausesIn(c.Data, c.Past)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(list)
	}
	for _, p := range list {
		until := ""
		if p.Ended != "" {
			until = " until " + minutes(p.Ended) + " by " + p.EndedBy
		}
		fmt.Fprintf(s.out, "since %s%s: %s\n", minutes(p.At), until, p.Says())
	}
	if len(list) == 0 {
		fmt.Fprintln(s.out, "Nothing is paused.")
	}
	return nil
}

type resumeCmd struct {
	dataFolder
	scope
	By string `help:"Who you are; empty is your name on this machine." placeholder:"NAME"`
}

func (resumeCmd) Help() string {
	return `Ends the pause of just what is named: --all ends the one of everything, and not that of a channel.

Example: attune resume --channel sms`
}

func (c *resumeCmd) Run(ctx context.Context, s streams) error {
	what, err := c.paused()
	if err != nil {
		return err
	}
	if err := app.ResumePausedIn(ctx, c.Data, what, whoever(c.By), instant.Of(time.Now())); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "It goes on: %s\n", what)
	left, err := app.PausesIn(c.Data, false)
	for _, p := range left {
		fmt.Fprintf(s.out, "Still paused: %s\n", p.Says())
	}
	return err
}
