package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"attune/core/instant"
	"attune/internal/app"
	"attune/internal/programdir"
)

type journeyCmd struct {
	Walkthrough journeyWalkthroughCmd `cmd:"" help:"Write a journey step by step as PDF, with all that it says."`
}

type journeyWalkthroughCmd struct {
	Program string `arg:"" help:"The folder of a program, such as programs/diabetes."`
	Journey string `arg:"" help:"The journey's id, such as first_weeks."`
	Out     string `short:"o" help:"The file to write; without it, JOURNEY.pdf." type:"path" placeholder:"FILE"`
}

func (journeyWalkthroughCmd) Help() string {
	return `Writes sheets for who reviews a journey and has no screen: who enters and what ends it, each step in plain words,
each text as it would be sent to somebody who does not exist, in every language and on every channel, with its hash
and its approvals, and what holds for all that is said: hours, limits, consent.

Texts need not be approved for it; the program's rules have to be right. The link by which readers of an e-mail say no
is added by the server, and not in it.

Example: attune journey walkthrough programs/diabetes first_weeks -o first_weeks.pdf`
}

func (c *journeyWalkthroughCmd) Run(s streams) error {
	p, err := printedFrom(c.Program)
	if err != nil {
		return err
	}
	b, err := p.WriteWalkthrough(c.Journey)
	if err != nil {
		return badInput{err}
	}
	return s.writes(cmp.Or(c.Out, c.Journey+".pdf"), b)
}

// printedFrom reads a program's folder, to make documents of it.
func printedFrom(dir string) (*app.Printed, error) {
	zones, err := instant.LoadZones()
	if err != nil {
		return nil, err
	}
	files, problems, err := programdir.ReadFiles(dir)
	if err != nil {
		return nil, badInput{err}
	}
	if len(problems) > 0 {
		return nil, badInput{fmt.Errorf("%s", problems[0])}
	}
	whole, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	p, err := app.PrintedFrom(files, zones, instant.Of(time.Now()), "The files in the folder "+filepath.Base(whole)+", which may differ from what is live", "")
	if err != nil {
		return nil, badInput{err}
	}
	return p, nil
}

// writes writes a document, and says how large it is.
func (s streams) writes(to string, b []byte) error {
	if err := os.WriteFile(to, b, 0o600); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%s: %d kB\n", to, (len(b)+999)/1000)
	return nil
}
