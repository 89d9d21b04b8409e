package main

import (
	"context"
	"fmt"
	"strings"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/app"
	"attune/internal/why"
)

type whyCmd struct {
	Who string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	dataFolder
	At     string `help:"Decisions made up to this instant, such as 2027-03-01T09:00:00Z; without it, up to now." placeholder:"INSTANT"`
	Last   int    `help:"The newest so many decisions." default:"1"`
	Touch  string `help:"The decision that made this touch: its id, or how that begins." placeholder:"ID"`
	For    string `help:"For whom: patient, clinician or auditor." enum:"patient,clinician,auditor" default:"clinician"`
	Onward bool   `help:"Only what would move the person one stage on."`
	Letter string `help:"Write the newest, or the one of --touch, as a letter to the person into this PDF." type:"path" placeholder:"FILE"`
	JSON   bool   `help:"Write one JSON object for each decision, with everything that is on record, or with --onward for each behavior."`
}

func (whyCmd) Help() string {
	return `Why something was said, or nothing was: what was proposed, what stood against each, what each option was
expected to bring and cost, with which chance it was drawn, and what would have changed it. The decision is
made again from its record, so what it tells is what happened, and each change that it names was tried.

A clinician is also told what would move the person one stage on: which evidence would show a later stage, tried
on the person's own belief; what keeps them from it, in their own words; which engagements are made for that, and
what is known of them. --onward tells that alone. The auditor's view has none of the person's words.

--letter writes what the patient's view says as a letter, in the person's language where it is English or Spanish and
in English otherwise, by the name they like.

Example: attune why demo:patient-0042 --data data/demo
Example: attune why demo:patient-0042 --letter why.pdf --data data/demo
Example: attune why demo:patient-0042 --onward --data data/demo
Example: attune why app:user-17 --touch 5f0c2a91 --for patient`
}

func (c *whyCmd) Run(ctx context.Context, s streams) error {
	until := instant.Time(instant.Never)
	if c.At != "" {
		var err error
		if until, err = instant.Parse(c.At); err != nil {
			return fmt.Errorf("--at: %w", err)
		}
	}
	i, who, err := find(ctx, c.Data, c.Who)
	if err != nil {
		return err
	}
	defer i.Close()
	if c.Onward {
		return c.onward(ctx, s, i, who, until)
	}
	if c.Letter != "" {
		b, err := i.Letter(ctx, who, until, c.Touch)
		if err != nil {
			return err
		}
		return s.writes(c.Letter, b)
	}
	most := max(c.Last, 1)
	if c.Touch != "" {
		most = 1
	}
	decisions, err := i.Why(ctx, who, until, most, strings.ToLower(c.Touch))
	if err != nil {
		return err
	}
	if len(decisions) == 0 {
		fmt.Fprintln(s.out, "Nothing was decided about them up to then: nothing was proposed.")
		return nil
	}
	for n := range decisions {
		if c.JSON {
			if err := writeLine(s, decisions[n]); err != nil {
				return err
			}
			continue
		}
		if n > 0 {
			fmt.Fprintln(s.out)
		}
		fmt.Fprint(s.out, decisions[n].Text(why.View(c.For), ""))
	}
	if c.JSON || why.View(c.For) != why.Clinician {
		return nil
	}
	return c.onward(ctx, s, i, who, until)
}

func (c *whyCmd) onward(ctx context.Context, s streams, i *app.Inspector, who id.Person, until instant.Time) error {
	all, err := i.Onward(ctx, who, until)
	if err != nil {
		return err
	}
	for n := range all {
		if c.JSON {
			if err := writeLine(s, all[n]); err != nil {
				return err
			}
			continue
		}
		if n > 0 || !c.Onward {
			fmt.Fprintln(s.out)
		}
		fmt.Fprint(s.out, all[n].Text(""))
	}
	if len(all) == 0 && c.Onward && !c.JSON {
		fmt.Fprintln(s.out, "No program that they live under has stages of change.")
	}
	return nil
}

type replayCmd struct {
	Who string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	dataFolder
}

func (replayCmd) Help() string {
	return `Lives through all that is recorded of the person once more, each input under the release and with the
model of its time, and compares what follows with what was written, byte for byte. It changes nothing.

Example: attune replay demo:patient-0042 --data data/demo`
}

func (c *replayCmd) Run(ctx context.Context, s streams) error {
	i, who, err := find(ctx, c.Data, c.Who)
	if err != nil {
		return err
	}
	defer i.Close()
	r, err := i.Replay(ctx, who)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "%d records with %d decisions in %d rounds, by %d learned models: all came out byte for byte as they were written.\n", r.Records, r.Decisions, r.Rounds, r.Models)
	return nil
}
