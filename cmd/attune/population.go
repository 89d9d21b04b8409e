package main

import (
	"context"
	"errors"
	"fmt"

	"attune/internal/population"
)

type populationCmd struct {
	Theory   string  `help:"What stage theory is worth: true, irrelevant, misleading, or none where nothing has an effect." default:"true"`
	Patients int     `help:"How many patients there are." default:"2000"`
	Days     int     `help:"How many days are lived." default:"90"`
	Seed     uint64  `help:"Draws another world, other people and other luck." default:"1"`
	Cap      int     `help:"How many messages somebody may get within the window." default:"4"`
	Window   int     `help:"How many days the window has." default:"7"`
	Wrong    float64 `help:"The share of recorded stages that are wrong." default:"0.15"`
	Change   int     `help:"From which day on other messages help than before; 0 for never." default:"0" placeholder:"DAY"`
	Against  string  `help:"The program that decides, with its options." default:"attune decide --stdio" placeholder:"COMMAND"`
	JSON     bool    `help:"Write all numbers as JSON."`
}

func (populationCmd) Help() string {
	return `Lives with patients who do not exist and asks a program what to say to each of them every day, over the
lines that docs/decide.md describes. Their stages, how they get used to messages, move on, fall back and
opt out is made up; what is not told is what helps whom. The world keeps its own account: what was done,
what the best messages would have brought, what it had to refuse, and whether the stated chances are
those that were drawn with.

The numbers show how an engine does in such a world, and are no evidence about patients. The same seed
gives the same people and the same luck whatever is said to them.

Example: attune population --theory irrelevant --seed 3 --against "attune decide --stdio --policy uniform"`
}

func (c *populationCmd) Run(ctx context.Context, s streams) error {
	cfg := population.Config{
		Theory: c.Theory, Patients: c.Patients, Days: c.Days, Seed: c.Seed, Cap: c.Cap, Window: c.Window, Wrong: c.Wrong, Change: c.Change,
	}
	if cfg.Wrong == 0 {
		cfg.Wrong = -1 // none, and not the usual share
	}
	r, err := population.Command(ctx, cfg, c.Against, s.err)
	if errors.Is(err, population.ErrSetting) {
		return badInput{err}
	}
	if err != nil {
		return fmt.Errorf("the world stopped: %w", err)
	}
	if c.JSON {
		return s.asJSON(r)
	}
	return r.WriteText(s.out)
}
