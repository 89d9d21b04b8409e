package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"attune/core/id"
	"attune/internal/app"
	"attune/internal/story"
)

type storyCmd struct {
	Who string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	dataFolder
	Last int  `help:"Only the newest so many lines; 0 is all." default:"0"`
	JSON bool `help:"Write one JSON object on each line."`
}

func (storyCmd) Help() string {
	return `Everything that was recorded of the person, oldest first: what was reported, what followed from
it, what was decided and why, what was refused and why, and every message word for word. It reads
the data folder and may be run beside the server.

Example: attune story demo:patient-0042 --data data/demo`
}

func (c *storyCmd) Run(ctx context.Context, s streams) error {
	i, who, err := find(ctx, c.Data, c.Who)
	if err != nil {
		return err
	}
	defer i.Close()
	lines, err := i.Story(ctx, who)
	if err != nil {
		return err
	}
	if c.Last > 0 && len(lines) > c.Last {
		lines = lines[len(lines)-c.Last:]
	}
	return writeStory(s, lines, c.JSON)
}

func writeStory(s streams, lines []story.Line, asJSON bool) error {
	for _, l := range lines {
		if asJSON {
			if err := writeLine(s, l); err != nil {
				return err
			}
			continue
		}
		write(s, l)
	}
	return nil
}

type threadCmd struct {
	Who   string `arg:"" help:"The caregiver or clinician: an id, or SYSTEM:VALUE as a source knows them."`
	About string `help:"The patient: an id, or SYSTEM:VALUE." required:""`
	dataFolder
	JSON bool `help:"Write one JSON object on each line."`
}

func (threadCmd) Help() string {
	return `What was proposed, said and taken back about one patient, and what came back, oldest first. It is the part
of attune story that is about that patient.

Example: attune thread crm:eva-2 --about crm:ana-1`
}

func (c *threadCmd) Run(ctx context.Context, s streams) error {
	i, who, err := find(ctx, c.Data, c.Who)
	if err != nil {
		return err
	}
	defer i.Close()
	about, err := i.Who(ctx, c.About)
	if err != nil {
		return err
	}
	lines, err := i.Thread(ctx, who, about)
	if err != nil {
		return err
	}
	return writeStory(s, lines, c.JSON)
}

// find opens the data folder and looks for the person. The caller closes the inspector.
func find(ctx context.Context, data, who string) (*app.Inspector, id.Person, error) {
	i, err := app.Inspect(ctx, data)
	if err != nil {
		return nil, id.Person{}, err
	}
	p, err := i.Who(ctx, who)
	if err != nil {
		return nil, id.Person{}, errors.Join(err, i.Close())
	}
	return i, p, nil
}

func write(s streams, l story.Line) {
	fmt.Fprintf(s.out, "%s  %s\n", l.At.Std().Format("2006-01-02 15:04"), l.Says)
	if l.Why != "" {
		fmt.Fprintf(s.out, "%18swhy: %s\n", "", l.Why)
	}
	if l.Body != "" {
		fmt.Fprintf(s.out, "%18sto %s: %s\n", "", l.To, l.Subject)
		for _, row := range strings.Split(strings.TrimRight(l.Body, "\n"), "\n") {
			fmt.Fprintf(s.out, "%18s| %s\n", "", row)
		}
	}
}

type personCmd struct {
	Who string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (personCmd) Help() string {
	return `Who they are, where they are on the map and what happened there, which audiences they are in and which
stages they are believed to be in, each with why, what they consented to, which journeys are under
way, and what was or will be said to them.

Example: attune person app:user-17 --json`
}

func (c *personCmd) Run(ctx context.Context, s streams) error {
	i, who, err := find(ctx, c.Data, c.Who)
	if err != nil {
		return err
	}
	defer i.Close()
	out, err := i.State(ctx, who)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(out)
	}
	writePerson(out, s)
	return nil
}

func writePerson(p app.PersonState, s streams) {
	fmt.Fprintf(s.out, "%s, %s\n", p.ID, p.Kind)
	if p.Died != "" {
		fmt.Fprintf(s.out, "  died %s\n", p.Died)
	}
	for _, r := range p.Records {
		fmt.Fprintf(s.out, "  the record %s is part of this one since %s\n", r.ID, r.Since)
	}
	for _, name := range p.Order {
		fmt.Fprintf(s.out, "  %-16s %s\n", name, p.Traits[name])
	}
	for _, m := range p.Programs {
		state := "not in it"
		if m.Active {
			state = "in it since " + m.Enrolled
		}
		if m.Exit != "" {
			state = "left the map: " + m.Exit
		}
		fmt.Fprintf(s.out, "program %s: %s\n", m.Program, state)
		if m.Phase != "" {
			fmt.Fprintf(s.out, "  phase %s since %s\n", m.Phase, m.Since)
		}
	}
	for _, m := range p.Moments {
		fmt.Fprintf(s.out, "moment %s: seen %d×, last on %s", strings.TrimSpace(m.Moment+" "+m.Key), m.Count, m.Last)
		if m.Late {
			fmt.Fprint(s.out, "; what it promised is late")
		}
		fmt.Fprintln(s.out)
	}
	for _, a := range p.Audiences {
		fmt.Fprintf(s.out, "audience %s since %s, because of %s\n", a.Audience, a.Since, a.Because)
	}
	for _, x := range p.Stages {
		fmt.Fprintf(s.out, "stage of %s: %s since %s, probability %.2f\n", x.Behavior, x.Stage, x.Since, x.Probability)
		for _, reason := range x.Reasons {
			fmt.Fprintf(s.out, "  %s\n", reason)
		}
	}
	for _, a := range p.Arms {
		fmt.Fprintf(s.out, "arm of %s %s: %s\n", a.Journey, a.Split, a.Arm)
	}
	for _, h := range p.Holds {
		fmt.Fprintf(s.out, "left alone (%s) since %s until %s\n", h.Hold, h.Since, h.Until)
	}
	for _, l := range p.Limits {
		fmt.Fprintf(s.out, "%s since %s\n", map[string]string{"profiling": "objects to profiling", "marketing": "objects to what advertises", "processing": "nothing may be done with what is known"}[l.Limit], l.Since)
	}
	tellQuestioned(s, p.Corrections, false)
	for _, c := range p.Consents {
		fmt.Fprintf(s.out, "consent %s %s %s: %s on %s\n", c.Purpose, c.Channel, c.Topic, c.Answer, c.At)
	}
	for _, j := range p.Journeys {
		fmt.Fprintf(s.out, "journey %s: at %s since %s", j.Journey, j.Step, j.Entered)
		if j.Left != "" {
			fmt.Fprintf(s.out, "; left %s (%s)", j.Left, j.Why)
		}
		fmt.Fprintln(s.out)
	}
	for _, t := range p.Touches {
		fmt.Fprintf(s.out, "touch %s: %s (%s) by %s in %s, %s", t.ID[:8], t.Engagement, t.Variant, t.Channel, t.Language, t.State)
		if t.Why != "" {
			fmt.Fprintf(s.out, ": %s", t.Why)
		}
		if t.About != "" {
			fmt.Fprintf(s.out, ", about %s", t.About)
		}
		fmt.Fprintln(s.out)
	}
	for _, x := range p.Shares {
		state := "shared since " + x.Since
		switch {
		case !x.Shared && x.Ended != "":
			state = "not shared any more, and not there either since " + x.Ended
		case !x.Shared:
			state = "not shared any more; it has not taken effect there yet"
		case x.Until != "":
			state += " until " + x.Until
		}
		fmt.Fprintf(s.out, "share of %s with %s (%s): %s\n", x.Purpose, x.With, x.Relation, state)
	}
	var names []string
	for name := range p.Events {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(s.out, "event %-32s %d\n", name, p.Events[name])
	}
}
