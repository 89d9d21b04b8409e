package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"attune/core/instant"
	"attune/internal/app"
)

type mapCmd struct {
	Show       mapShowCmd       `cmd:"" help:"Show what really happens on a program's map, in numbers."`
	Export     mapExportCmd     `cmd:"" help:"Draw a program's map with its numbers, to be hung on a wall."`
	Groups     mapGroupsCmd     `cmd:"" help:"Find groups of people whose doings tell whether they move on."`
	People     mapPeopleCmd     `cmd:"" help:"List the people behind a number of a phase."`
	Journeys   mapJourneysCmd   `cmd:"" help:"Show who stands where in a program's journeys, in numbers."`
	Travellers mapTravellersCmd `cmd:"" help:"List the people behind a number of a journey or of one of its steps."`
	Leverage   mapLeverageCmd   `cmd:"" help:"Find where on a program's map a change would help patients most."`
}

// livedFlags say whose passages over a map are asked for.
type livedFlags struct {
	Program string `arg:"" help:"The program's name, such as diabetes."`
	windowFlags
}

// windowFlags say of when and of whom something is asked.
type windowFlags struct {
	dataFolder
	AsOf string   `help:"Only what had happened, and was known, by this instant, such as 2027-03-01T09:00:00Z." placeholder:"INSTANT"`
	From string   `help:"Only passages that began from this instant on." placeholder:"INSTANT"`
	To   string   `help:"Only passages that began before this instant." placeholder:"INSTANT"`
	Is   []string `help:"Only people of whom an attribute of the map is so, such as practice:Millbrook. May be repeated." placeholder:"ATTRIBUTE:LEVEL"`
	Saw  string   `help:"Only people who saw this moment." placeholder:"MOMENT"`
	Not  string   `help:"Only people who did not see this moment." placeholder:"MOMENT"`
}

func (c *windowFlags) asked(program string) (o app.LivedOf, err error) {
	o = app.LivedOf{Program: program, Is: c.Is, Saw: c.Saw, Not: c.Not}
	for _, x := range []struct {
		flag, says string
		to         *instant.Time
	}{{"as-of", c.AsOf, &o.AsOf}, {"from", c.From, &o.From}, {"to", c.To, &o.To}} {
		if x.says == "" {
			continue
		}
		at, err := time.Parse(time.RFC3339, x.says)
		if err != nil {
			return o, badInput{fmt.Errorf("--%s is no instant: write it as 2027-03-01T09:00:00Z", x.flag)}
		}
		*x.to = instant.Of(at)
	}
	return o, nil
}

// look reads the data folder for what is asked of a program's map.
func (c *livedFlags) look(ctx context.Context, do func(*app.Inspector, app.LivedOf) error) error {
	return c.windowFlags.look(ctx, c.Program, do)
}

func (c *windowFlags) look(ctx context.Context, program string, do func(*app.Inspector, app.LivedOf) error) error {
	o, err := c.asked(program)
	if err != nil {
		return err
	}
	i, err := app.Inspect(ctx, c.Data)
	if err != nil {
		return err
	}
	return errors.Join(do(i, o), i.Close())
}

// texted is an answer that can be written for a terminal.
type texted interface{ WriteText(io.Writer) error }

// tell writes an answer as JSON or for a terminal.
func (s streams) tell(json bool, x texted) error {
	if json {
		return s.asJSON(x)
	}
	return x.WriteText(s.out)
}

type exportCmd struct {
	Facts exportFactsCmd `cmd:"" help:"Export the facts that numbers are made of, as Parquet."`
}

type exportFactsCmd struct {
	Folder string `arg:"" help:"The folder to be written, which is not there yet." type:"path"`
	dataFolder
	Program string `help:"Only this program's facts." placeholder:"PROGRAM"`
	From    string `help:"Only what happened from this instant on." placeholder:"INSTANT"`
	To      string `help:"Only what happened before this instant." placeholder:"INSTANT"`
}

func (exportFactsCmd) Help() string {
	return `Writes every fact that numbers are made of (who came into which phase and when, what was seen, said, measured
and reached) as Parquet files, by program and month, for any other engine. People stand in them as pseudonyms,
which are the same in every export of one installation; texts, names and addresses are not in them. Whoever
asked that nothing be used of them is left out.

It reads the data folder and may be run beside the server.

Example: attune export facts facts/ --data data --program diabetes`
}

func (c *exportFactsCmd) Run(ctx context.Context, s streams) error {
	of := windowFlags{dataFolder: c.dataFolder, From: c.From, To: c.To}
	return of.look(ctx, c.Program, func(i *app.Inspector, o app.LivedOf) error {
		out, err := i.ExportFacts(ctx, c.Folder, app.FactsOf{Program: o.Program, From: o.From, To: o.To})
		if err == nil {
			fmt.Fprintf(s.out, "%d facts in %d files in %s\n", out.Facts, len(out.Files), out.Folder)
		}
		return err
	})
}

type mapLeverageCmd struct {
	livedFlags
	JSON bool `help:"Write JSON."`
}

func (mapLeverageCmd) Help() string {
	return `Finds the moments that matter, hottest first, each with its reasons in a sentence: what would be gained if segments did
as well as the best quartile of their own case mix; when people leave; what they say. Intervals hold as
often as they say (docs/proof/leverage-coverage.md); what is withheld says why. What was observed differs, what was
adjusted still differs, and only what was randomised was changed by something.

It reads the data folder and may be run beside the server.

Example: attune map leverage rheumatoid_referral --data data`
}

func (c *mapLeverageCmd) Run(ctx context.Context, s streams) error {
	return c.look(ctx, func(i *app.Inspector, o app.LivedOf) error {
		x, err := i.Leverage(ctx, o)
		if err != nil {
			return err
		}
		return s.tell(c.JSON, x)
	})
}

type mapExportCmd struct {
	livedFlags
	Size     string `help:"The paper: A0, A1, A3, or A4-tiles, which are glued together." default:"A3" placeholder:"SIZE"`
	Format   string `help:"svg, pdf or png, or csv or json for all its numbers as a table; without it, as the file's name ends." placeholder:"FORMAT"`
	DPI      int    `help:"How finely a PNG is drawn, in dots an inch; at most 150 without it." name:"dpi" placeholder:"N"`
	Language string `help:"The language of the poster's own words: en or es. What the map says, and sentences about where to act, stay as they were written." default:"en" placeholder:"LANGUAGE"`
	Out      string `short:"o" help:"The file to write; without it, PROGRAM-SIZE.FORMAT." type:"path" placeholder:"FILE"`
}

func (mapExportCmd) Help() string {
	return `Draws a program's map for a wall: phases, lanes and moments, who is where, who moved on, left or waits, where to act
first, and how it feels. Numbers are rounded to 5, and hidden where they are about few people or would tell of
such. Moments that no event shows are dashed.

It reads the data folder and may be run beside the server.

Example: attune map export rheumatoid_referral --data data --size A0 -o wall.pdf`
}

func (c *mapExportCmd) Run(ctx context.Context, s streams) error {
	format := strings.ToLower(cmp.Or(c.Format, strings.TrimPrefix(filepath.Ext(c.Out), "."), "pdf"))
	size := strings.ToLower(c.Size)
	return c.look(ctx, func(i *app.Inspector, o app.LivedOf) error {
		p, err := i.Poster(ctx, app.PosterOf{LivedOf: o, Size: size, Format: format, DPI: c.DPI, Language: c.Language})
		if err != nil {
			return err
		}
		out := cmp.Or(c.Out, c.Program+"-"+size+"."+format)
		if err := os.WriteFile(out, p.Body, 0o600); err != nil {
			return err
		}
		for _, w := range p.Warnings {
			fmt.Fprintln(s.err, w)
		}
		fmt.Fprintf(s.out, "%s: %d kB\n", out, (len(p.Body)+999)/1000)
		return nil
	})
}

type mapGroupsCmd struct {
	livedFlags
	Phase string `arg:"" help:"The phase they came into, such as treatment."`
	JSON  bool   `help:"Write JSON."`
}

func (mapGroupsCmd) Help() string {
	return `Finds groups of people, by what they did in the 28 and 90 days before they came into a phase, which differ in who
moves on: in words, with intervals, how stable they are, and as lines for audiences.yaml. One half of the people chooses
the groups, the other tests and estimates; where nothing holds, it says so. It takes 200 people or more.

It reads the data folder and may be run beside the server.

Example: attune map groups rheumatoid_referral diagnosis --data data`
}

func (c *mapGroupsCmd) Run(ctx context.Context, s streams) error {
	return c.look(ctx, func(i *app.Inspector, o app.LivedOf) error {
		x, err := i.Groups(ctx, o, c.Phase)
		if err != nil {
			return err
		}
		return s.tell(c.JSON, x)
	})
}

type mapPeopleCmd struct {
	livedFlags
	Phase string `arg:"" help:"The phase, such as treatment."`
	End   string `help:"Which number: entered, on, left, waiting or here." default:"here" placeholder:"NUMBER"`
	JSON  bool   `help:"Write JSON."`
}

func (mapPeopleCmd) Help() string {
	return `Lists whose passages a number of attune map show counts, by their ids: as many as it says.

It reads the data folder and may be run beside the server.

Example: attune map people diabetes treatment --end left --data data`
}

func (c *mapPeopleCmd) Run(ctx context.Context, s streams) error {
	return c.look(ctx, func(i *app.Inspector, o app.LivedOf) error {
		all, err := i.Passages(ctx, o, c.Phase, c.End)
		if err != nil {
			return err
		}
		if c.JSON {
			return s.asJSON(all)
		}
		for _, p := range all {
			fmt.Fprintf(s.out, "%s  entered %s  %s %s %s\n", p.Person, p.Entered, p.End, p.To, p.Until)
		}
		return nil
	})
}

type mapTravellersCmd struct {
	dataFolder
	Program string `arg:"" help:"The program's name, such as diabetes."`
	Journey string `arg:"" help:"The journey, such as welcome."`
	Step    string `arg:"" optional:"" help:"The step, as attune map journeys names it. Without it, the whole journey."`
	End     string `help:"Which number: entered, here, passed, left or stuck." default:"here" placeholder:"NUMBER"`
	JSON    bool   `help:"Write JSON."`
}

func (mapTravellersCmd) Help() string {
	return `Lists whom a number of attune map journeys counts, by their ids, and since when: as many as it says.

It reads the data folder and may be run beside the server.

Example: attune map travellers diabetes first_weeks --end stuck --data data`
}

func (c *mapTravellersCmd) Run(ctx context.Context, s streams) error {
	of := windowFlags{dataFolder: c.dataFolder}
	return of.look(ctx, c.Program, func(i *app.Inspector, _ app.LivedOf) error {
		all, err := i.Travellers(ctx, c.Program, c.Journey, c.Step, c.End)
		if err != nil {
			return err
		}
		if c.JSON {
			return s.asJSON(all)
		}
		for _, x := range all {
			fmt.Fprintf(s.out, "%s  %s since %s  %s %s\n", x.Person, x.Step, x.Since, x.End, x.Until)
		}
		return nil
	})
}

type mapJourneysCmd struct {
	dataFolder
	Program string `arg:"" help:"The program's name, such as diabetes."`
	JSON    bool   `help:"Write JSON."`
}

func (mapJourneysCmd) Help() string {
	return `Shows, for each step of a program's journeys, how many people came to it, are there now, passed on, or left the
journey there, and how long it holds them. Everybody is counted once, as their newest coming to the step went on, so
those who came are those who are there, passed and left.

It reads the data folder and may be run beside the server.

Example: attune map journeys diabetes --data data`
}

func (c *mapJourneysCmd) Run(ctx context.Context, s streams) error {
	of := windowFlags{dataFolder: c.dataFolder}
	return of.look(ctx, c.Program, func(i *app.Inspector, _ app.LivedOf) error {
		x, err := i.Journeys(ctx, c.Program)
		if err != nil {
			return err
		}
		return s.tell(c.JSON, x)
	})
}

type mapShowCmd struct {
	livedFlags
	JSON bool `help:"Write JSON."`
}

func (mapShowCmd) Help() string {
	return `Shows, for each phase of a program's map, who is there, how many entered it, moved on, left or wait, and how
long that takes; what moments promised and kept; and what was handed from one lane to another. Of every phase
those who entered it moved on, left, or wait, so the numbers add up.

It reads the data folder and may be run beside the server.

Example: attune map show diabetes --data data --from 2027-01-01T00:00:00Z`
}

func (c *mapShowCmd) Run(ctx context.Context, s streams) error {
	return c.look(ctx, func(i *app.Inspector, o app.LivedOf) error {
		x, err := i.Lived(ctx, o)
		if err != nil {
			return err
		}
		return s.tell(c.JSON, x)
	})
}
