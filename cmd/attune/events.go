package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/program"
	"attune/core/source"
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

// listed is one event for scripts.
type listed struct {
	Name     string        `json:"name"`
	Says     string        `json:"says"`
	Retracts bool          `json:"retracts"`
	Fields   []listedField `json:"fields"`
}

type listedField struct {
	Name        string          `json:"name"`
	Type        string          `json:"type"`
	Unit        string          `json:"unit,omitempty"`
	OneOf       []string        `json:"one_of,omitempty"`
	Sensitivity string          `json:"sensitivity"`
	Example     json.RawMessage `json:"example"`
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
		out := []listed{}
		for _, d := range catalogue.All() {
			out = append(out, list(d))
		}
		return s.asJSON(out)
	}
	for _, d := range catalogue.All() {
		fmt.Fprintf(s.out, "%s\t%s\n", d.Name, d.Says)
		for _, f := range d.Fields {
			fmt.Fprintf(s.out, "  %s\n", strings.TrimRight(fmt.Sprintf("%-20s %-8s %-9s %s", f.Name, f.Type, f.Sensitivity, cmp.Or(f.Unit, strings.Join(f.OneOf, ", "))), " "))
		}
	}
	return nil
}

func list(d event.Definition) listed {
	out := listed{Name: d.Name, Says: d.Says, Retracts: d.Retracts, Fields: []listedField{}}
	for _, f := range d.Fields {
		out.Fields = append(out.Fields, listedField{f.Name, f.Type.String(), f.Unit, f.OneOf, f.Sensitivity.String(), json.RawMessage(f.Example)})
	}
	return out
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
			fmt.Fprintf(s.out, "  %-20s %s\n", p.Name, seen(p.Types))
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

// seen tells types as "integer 12, text 1", the most frequent first.
func seen(types map[string]int64) string {
	names := slices.SortedFunc(maps.Keys(types), func(a, b string) int {
		if types[a] != types[b] {
			return int(types[b] - types[a])
		}
		return strings.Compare(a, b)
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%s %d", name, types[name])
	}
	return strings.Join(names, ", ")
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
		if d.Fields, left, err = asSeen(c.Name, arrived); err != nil {
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

// asSeen makes fields of the properties that an event arrived with, and tells which it left out and
// why. A property that was both whole and not is a number; one of several other types is left out,
// since whatever type were declared, some of what comes would go into quarantine.
func asSeen(name string, arrived []app.Arrival) (fields []event.FieldDef, left []string, err error) {
	types := map[string]map[string]int64{}
	var names []string
	found := false
	for _, a := range arrived {
		names = append(names, a.Name)
		if a.Name != name {
			continue
		}
		found = true
		for _, p := range a.Props {
			if types[p.Name] == nil {
				types[p.Name] = map[string]int64{}
			}
			for t, n := range p.Types {
				types[p.Name][t] += n
			}
		}
	}
	if !found {
		hint := ""
		if near := source.Nearest(name, names); near != "" {
			hint = fmt.Sprintf("; did you mean %q?", near)
		}
		return nil, nil, fmt.Errorf("no event %q has arrived there%s; attune events arrivals shows which did, and without --data the event is declared without fields", name, hint)
	}
	for _, prop := range slices.Sorted(maps.Keys(types)) {
		t := settled(types[prop])
		switch {
		case !program.CanNameField(prop):
			left = append(left, prop+", since rules cannot write that name")
		case t == expr.Missing:
			left = append(left, fmt.Sprintf("%s, since it came as %s; declare it once its source sends one type", prop, seen(types[prop])))
		default:
			fields = append(fields, event.FieldDef{Name: prop, Type: t, Sensitivity: event.Clinical})
		}
	}
	return fields, left, nil
}

// settled is the type that takes everything seen; Missing when there is none.
func settled(seen map[string]int64) expr.Type {
	takes := map[expr.Type][]expr.Type{
		expr.Number: {expr.Integer, expr.Number}, expr.Integer: {expr.Integer}, expr.Text: {expr.Text, expr.Moment},
		expr.Moment: {expr.Moment}, expr.Flag: {expr.Flag}, expr.List: {expr.List},
	}
	for _, t := range []expr.Type{expr.Integer, expr.Number, expr.Moment, expr.Text, expr.Flag, expr.List} {
		all := true
		for name := range seen {
			all = all && slices.ContainsFunc(takes[t], func(x expr.Type) bool { return x.String() == name })
		}
		if all {
			return t
		}
	}
	return expr.Missing
}
