package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"attune/core/event"
	"attune/internal/app"
	"attune/internal/programdir"
)

type eventsCmd struct {
	List     eventsListCmd     `cmd:"" default:"withargs" help:"List the events that rules may use, or write them as a JSON Schema."`
	Arrivals eventsArrivalsCmd `cmd:"" help:"Show the events that arrived and that nobody declared."`
	Declare  eventsDeclareCmd  `cmd:"" help:"Declare an event in a program, so that rules may use it."`
}

func (eventsCmd) Help() string {
	return `The catalogue says which events there are, and which fields of which type. Events of other names
are kept and counted, and no rule may use them until a program declares them in its events.yaml.`
}

type eventsListCmd struct {
	Programs []string `arg:"" optional:"" help:"Folders of programs, whose own events are listed too."`
	Schema   bool     `help:"Write a JSON Schema (draft 2020-12) of what sources send."`
	JSON     bool     `help:"Write JSON."`
}

func (eventsListCmd) Help() string {
	return `Each event with what it says and its fields. With --schema, the body of a track call as a JSON
Schema: a source can check by it what it sends.

Examples: attune events list programs/diabetes
          attune events --schema > events.schema.json`
}

func (c *eventsListCmd) Run(s streams) error {
	catalogue := event.Standard()
	if len(c.Programs) > 0 {
		rel, err := mustLoad(s, c.Programs)
		if err != nil {
			return err
		}
		catalogue = rel.Catalogue
	}
	if c.Schema {
		schema, err := catalogue.Schema()
		if err == nil {
			_, err = s.out.Write(schema)
		}
		return err
	}
	if c.JSON {
		return s.asJSON(app.EventsOf(catalogue))
	}
	for _, d := range catalogue.All() {
		fmt.Fprintf(s.out, "%s\t%s\n", d.Name, d.Says)
		for _, f := range d.Fields {
			fmt.Fprintf(s.out, "  %s\n", strings.TrimRight(fmt.Sprintf("%-20s %-8s %-9s %s", f.Name, f.Type, f.Sensitivity, cmp.Or(f.Unit, strings.Join(f.OneOf, ", "))), " "))
		}
	}
	return nil
}

type eventsArrivalsCmd struct {
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (eventsArrivalsCmd) Help() string {
	return `For each source and name: how often, when first and last, and the names of properties with the
types that were seen. Values are never shown. Of each source the first 200 names are kept apart, and
of each name the first 64 properties. It may be run beside the server.

Example: attune events arrivals --data data/clinic`
}

func (c *eventsArrivalsCmd) Run(ctx context.Context, s streams) error {
	arrived, err := arrivals(ctx, c.Data)
	if err != nil {
		return err
	}
	if c.JSON {
		return s.asJSON(arrived)
	}
	for _, a := range arrived {
		fmt.Fprintf(s.out, "%s from %s, %d times, first %s, last %s\n", a.Name, a.Source, a.Times, a.First.Std().Format(time.DateOnly), a.Last.Std().Format(time.DateOnly))
		for _, p := range a.Props {
			fmt.Fprintf(s.out, "  %-20s %s\n", p.Name, app.SeenAs(p.Types))
		}
	}
	if len(arrived) == 0 {
		fmt.Fprintln(s.err, "Every event that arrived was declared.")
	}
	return nil
}

func arrivals(ctx context.Context, data string) ([]app.Arrival, error) {
	i, err := app.Inspect(ctx, data)
	if err != nil {
		return nil, err
	}
	arrived, err := i.Arrivals(ctx)
	return arrived, errors.Join(err, i.Close())
}

type eventsDeclareCmd struct {
	Name    string `arg:"" help:"The event's name, such as foot_check.sent."`
	Program string `arg:"" help:"The program's folder."`
	Says    string `required:"" help:"What happened, in one sentence for people."`
	Data    string `help:"A data folder in which the event has arrived: its fields are declared with the types that were seen." type:"path"`
}

func (eventsDeclareCmd) Help() string {
	return `Adds the event to the program's events.yaml and validates the program. Every field is declared as
clinical, the most careful rank; say less where a value tells less.

Example: attune events declare foot_check.sent programs/diabetes --data data/clinic \
           --says "The person sent a photo of the foot."`
}

func (c *eventsDeclareCmd) Run(ctx context.Context, s streams) error {
	d := event.Definition{Name: c.Name, Says: strings.TrimSpace(c.Says)}
	if d.Says == "" {
		return errors.New("--says is empty: write what happened, in one sentence for people")
	}
	var left []string
	if c.Data != "" {
		arrived, err := arrivals(ctx, c.Data)
		if err != nil {
			return err
		}
		if d.Fields, left, err = app.AsSeen(c.Name, arrived); err != nil {
			return err
		}
	}
	added, err := programdir.Declare(c.Program, d)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Added to %s/events.yaml:\n\n%s\n", strings.TrimRight(c.Program, "/"), added)
	for _, l := range left {
		fmt.Fprintf(s.out, "Left out: %s\n", l)
	}
	if _, err := mustLoad(s, []string{c.Program}); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "The program is valid, and its rules may use %s. Look at its types, units\nand sensitivity; a changed program is another release.\n", c.Name)
	return nil
}
