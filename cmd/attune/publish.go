package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"attune/internal/app"
)

type publishCmd struct {
	Programs []string `arg:"" optional:"" help:"Folders of all programs that are to be live, such as programs/diabetes." type:"path"`
	dataFolder
	IncludeExisting bool `help:"Let what is true of people already start what it would have started."`
	DryRun          bool `help:"Say what would change, and change nothing."`
	Undo            bool `help:"Put the former release live again, within fifteen minutes of the last publishing."`
	JSON            bool `help:"Write JSON."`
}

func (publishCmd) Help() string {
	return `Checks the programs, says what is different from what is live and who stands on steps that are
taken away, and puts them live, for new people and for those who live under them already. Journeys
under way go on in the new version; what is true of people already starts nothing, unless
--include-existing says so. It needs no restart: a running server takes it at once, and without one
the next start does. attune releases shows how far people have been moved.

Example: attune publish programs/diabetes --data data --dry-run`
}

// published is what was done, for scripts.
type published struct {
	app.Plan
	Published bool   `json:"published"`
	Number    int    `json:"number,omitempty"`
	At        string `json:"at,omitempty"`
	Undoes    int    `json:"undoes,omitempty"`
	Running   bool   `json:"running"`
}

func (c *publishCmd) Run(ctx context.Context, s streams) error {
	if c.Undo {
		return c.undo(ctx, s)
	}
	if len(c.Programs) == 0 {
		return errors.New("name the programs' folders, such as: attune publish programs/diabetes")
	}
	rel, err := mustLoad(s, c.Programs)
	if err != nil {
		return err
	}
	i, err := app.Inspect(ctx, c.Data)
	if err != nil {
		return err
	}
	out := published{}
	out.Plan, err = i.Plan(ctx, rel)
	if err = errors.Join(err, i.Close()); err != nil {
		return err
	}
	if !c.JSON {
		tellPlan(s, &out.Plan)
	}
	if out.Live == out.Release {
		if c.DryRun {
			if c.JSON {
				return s.asJSON(out)
			}
			return nil
		}
		return app.ErrNothingNew
	}
	if c.DryRun {
		if c.JSON {
			return s.asJSON(out)
		}
		fmt.Fprintln(s.out, "Nothing was published: this was a dry run.")
		return nil
	}
	p, running, err := app.PublishTo(ctx, c.Data, rel, c.IncludeExisting)
	if err != nil {
		return err
	}
	return c.tell(s, out, p, running)
}

func (c *publishCmd) undo(ctx context.Context, s streams) error {
	if len(c.Programs) > 0 || c.IncludeExisting || c.DryRun {
		return errors.New("--undo takes no programs and no other choice: it puts the former release live again")
	}
	p, running, err := app.UndoIn(ctx, c.Data)
	if err != nil {
		return err
	}
	return c.tell(s, published{Plan: app.Plan{Release: p.Release, Changes: []app.Change{}, Stranded: []app.Stranded{}}}, p, running)
}

func (c *publishCmd) tell(s streams, out published, p app.Publication, running bool) error {
	out.Published, out.Number, out.At, out.Undoes, out.Running = true, p.Number, p.At.String(), p.Undoes, running
	if c.JSON {
		return s.asJSON(out)
	}
	what := "is live"
	if p.Undoes != 0 {
		what = fmt.Sprintf("is live again, number %d is undone", p.Undoes)
	}
	fmt.Fprintf(s.out, "Release %.12s %s, as number %d of %s.\n", p.Release, what, p.Number, p.At)
	if !running {
		fmt.Fprintln(s.out, "No server runs on this data folder: people are moved when the next one starts.")
	}
	if p.Undoes == 0 {
		fmt.Fprintln(s.out, "For fifteen minutes attune publish --undo takes it back.")
	}
	return nil
}

func tellPlan(s streams, p *app.Plan) {
	if p.Live == p.Release {
		fmt.Fprintf(s.out, "Release %.12s is live already.\n", p.Live)
		return
	}
	fmt.Fprintf(s.out, "Compared with release %.12s, which is live:\n", p.Live)
	for _, change := range p.Changes {
		fmt.Fprintf(s.out, "  %s\n", change)
	}
	if len(p.Stranded) > 0 {
		fmt.Fprintln(s.out, "On steps that are taken away:")
	}
	for _, x := range p.Stranded {
		fmt.Fprintf(s.out, "  %s\n", x)
	}
}

type releasesCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (releasesCmd) Help() string {
	return `The newest first: when each was published, and how many people live under it. While people are
being moved to a new release some still live under the one before; nothing happens to them under it.

Example: attune releases --data data`
}

func (c *releasesCmd) Run(ctx context.Context, s streams) error {
	i, err := app.Inspect(ctx, c.Data)
	if err != nil {
		return err
	}
	defer i.Close()
	list, err := i.Releases(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(list)
	}
	behind := int64(0)
	for _, r := range list {
		fmt.Fprintf(s.out, "%3d  %.12s  %s  %7d people  %s%s\n", r.Number, r.Release, r.At, r.People, strings.Join(r.Programs, ", "), notes(r))
		if !r.Live {
			behind += r.People
		}
	}
	if behind > 0 {
		fmt.Fprintf(s.out, "%d people are still to be moved to the live release.\n", behind)
	}
	return nil
}

func notes(r app.Release) string {
	var out string
	if r.Live {
		out += "; live"
	}
	if r.IncludeExisting {
		out += "; what was so already counted"
	}
	if r.Undoes != 0 {
		out += fmt.Sprintf("; undid number %d", r.Undoes)
	}
	if r.Upgrade {
		out += "; came with a new version of Attune"
	}
	return out
}
