package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"attune/internal/app"
)

type attentionCmd struct {
	List   attentionListCmd   `cmd:"" help:"List passages through journeys that cannot go on by themselves, and why."`
	Resume attentionResumeCmd `cmd:"" help:"Let one go on, where it stands or at another step."`
}

func (attentionCmd) Help() string {
	return `A passage that cannot go on does not guess: it stops where it stands, says why, and waits for
somebody. Letting one go on needs a running server.`
}

type attentionListCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (c *attentionListCmd) Run(ctx context.Context, s streams) error {
	list, err := attention(ctx, c.Data)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(list)
	}
	for _, a := range list {
		fmt.Fprintf(s.out, "%s  %s  %s/%s, step %s: %s\n", a.Enrollment, a.Person, a.Program, a.Journey, a.Step, a.Why)
	}
	if len(list) == 0 {
		fmt.Fprintln(s.out, "No passage needs attention.")
	}
	return nil
}

func attention(ctx context.Context, data string) ([]app.Attention, error) {
	i, err := app.Inspect(ctx, data)
	if err != nil {
		return nil, err
	}
	list, err := i.Attention(ctx)
	return list, errors.Join(err, i.Close())
}

type attentionResumeCmd struct {
	Enrollment string `arg:"" help:"The passage's id, as attune attention list shows it, or the beginning of it."`
	dataFolder
	At string `help:"The step to go on at; empty is where it stands." placeholder:"STEP"`
}

func (c *attentionResumeCmd) Run(ctx context.Context, s streams) error {
	list, err := attention(ctx, c.Data)
	if err != nil {
		return err
	}
	var found []app.Attention
	for _, a := range list {
		if strings.HasPrefix(a.Enrollment, c.Enrollment) {
			found = append(found, a)
		}
	}
	if len(found) != 1 {
		return fmt.Errorf("%d of the %d passages that need attention begin with %q: attune attention list shows them", len(found), len(list), c.Enrollment)
	}
	a := found[0]
	if err := app.ResumeIn(ctx, c.Data, a, c.At); err != nil {
		return err
	}
	step := a.Step
	if c.At != "" {
		step = c.At
	}
	fmt.Fprintf(s.out, "It goes on at %s.\n", step)
	return nil
}
