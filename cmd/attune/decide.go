package main

import (
	"context"
	"errors"
	"os"

	"attune/internal/decide"
)

type decideCmd struct {
	Stdio    bool    `help:"Speak over standard input and output; there is no other way yet." required:""`
	Prior    string  `help:"What is expected of which intervention in which stage: a file, standard or flat." default:"standard" placeholder:"FILE"`
	Policy   string  `help:"learned, uniform, matched, none, or the name of an action that is said whenever it may be." default:"learned"`
	Seed     uint64  `help:"Sets all that is drawn: the same seed and the same world give the same bytes." default:"1"`
	Explore  float64 `help:"The least share that is drawn evenly, at each level." default:"0.05"`
	Least    float64 `help:"The least chance that something is said, where it may be." default:"0.1"`
	Most     float64 `help:"The greatest." default:"0.9"`
	HalfLife float64 `help:"After how many days what was seen weighs half." default:"60"`
	Cost     float64 `help:"What a message has to gain at least, as a change of the chance of the behaviour." default:"0.002"`
}

func (decideCmd) Help() string {
	return `Decides day by day for the patients of a simulator or a trial platform: it reads JSON Lines, answers each
line of type decide with one line, and learns overnight from the rewards. The line of type end brings a
report on standard error: what was said, what was learned of each action, and of which no effect could
be shown. What may not be said, because of the cap or an opt-out, never is.

The prior file is YAML or JSON, and says for which stages an intervention is made:

    inform: [precontemplation]
    support: [action, maintenance]

The lines, the model and what is learned are described in docs/decide.md. The exit status is 2 when an
option or a line is wrong; the line is named.

Example: attune population --theory misleading --against "attune decide --stdio --seed 7"`
}

func (c *decideCmd) Run(ctx context.Context, s streams) error {
	matrix, err := decide.ReadMatrix(c.Prior)
	if err != nil {
		return badInput{err}
	}
	cfg := decide.Config{
		Matrix: matrix, Policy: c.Policy, Seed: c.Seed, Explore: c.Explore, Least: c.Least, Most: c.Most, HalfLife: c.HalfLife, Cost: c.Cost,
	}
	err = decide.Serve(ctx, cfg, os.Stdin, s.out, s.err)
	if _, wrong := errors.AsType[*decide.Fault](err); wrong {
		return badInput{err}
	}
	return err
}
