package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"attune/core/instant"
	"attune/core/source"
	"attune/internal/app"
	"attune/internal/mine"
)

type mineCmd struct {
	Log             string `arg:"" help:"The log: CSV, CSV packed with gzip, or Parquet." type:"path"`
	Case            string `help:"The column of the case: whose journey it is." default:"case_id" placeholder:"COLUMN"`
	Activity        string `help:"The column of what was done." default:"activity" placeholder:"COLUMN"`
	Timestamp       string `help:"The column of when." default:"timestamp" placeholder:"COLUMN"`
	Resource        string `help:"The column of who did it; resource, where there is one, if nothing is said." placeholder:"COLUMN"`
	Order           string `help:"A column of numbers that tells which of a case's events at the same time came first; else the rows do." placeholder:"COLUMN"`
	Lifecycle       string `help:"Read only rows with this value in the lifecycle's column, such as COMPLETE." placeholder:"VALUE"`
	LifecycleColumn string `help:"The column of the stage of an activity." default:"lifecycle" placeholder:"COLUMN"`
	Zone            string `help:"The time zone of times that name none, such as Europe/Madrid." default:"UTC" placeholder:"ZONE"`
	SkipIncomplete  bool   `help:"Pass over rows without a case, an activity or a time, and count them."`
	Funnel          string `help:"Count who gets from one activity to the next: \"A > B > C\"." placeholder:"STEPS"`
	Mode            string `help:"How the funnel's steps are matched: ordered, strict-time or window." enum:"ordered,strict-time,window" default:"ordered"`
	Within          string `help:"How long after its first step the funnel may take, such as 24h or 30d." placeholder:"TIME"`
	Survival        string `help:"Follow everybody from the first A to the first later B: \"A -> B\"." placeholder:"A -> B"`
	Exits           string `help:"Activities by which one leaves before B, with commas between." placeholder:"X,Y"`
	Horizon         string `help:"Where the curve ends, such as 30d." placeholder:"TIME"`
	By              string `help:"Take the curve apart by this column, as it was known when the case entered." placeholder:"COLUMN"`
	Top             int    `help:"How many variants are listed; 0 is all." default:"20"`
	JSON            bool   `help:"Write all numbers as JSON instead of the report."`
	HTML            string `help:"Write the report as a page that needs nothing else." type:"path" placeholder:"FILE"`
	DraftMap        string `help:"Write the folder of a program with a first map, to begin a workshop with." type:"path" placeholder:"FOLDER"`
}

func (mineCmd) Help() string {
	return `Finds the journey in a log of events that another system kept, one row for each: which activities follow each
other and after how long, on which ways, with which repeats and hand-overs. It reads the log and nothing
else, and names no case. docs/mine.md has the definitions.

Times are ISO 8601. An empty field is missing; NA is a value like any other. What is wrong in the file is
told with file, line, column and remedy, and the exit status is 2.

Examples:
  attune mine log.csv
  attune mine log.csv.gz --lifecycle complete --funnel "Registration > Triage > Check-out" --within 24h
  attune mine log.parquet --survival "Referral -> First visit" --exits "Died,Moved away" --horizon 90d --json`
}

func (c *mineCmd) Run(ctx context.Context, s streams) error {
	how, err := c.reading(s)
	if err != nil {
		return badInput{err}
	}
	defer app.TradeMemory(app.MinerGarbage)()
	l, problems, err := mine.Read(ctx, c.Log, how)
	if isTerminal(s.err) {
		fmt.Fprint(s.err, "\r\x1b[K")
	}
	if len(problems) > 0 {
		return badInput{tell(s, problems)}
	}
	if errors.Is(err, os.ErrNotExist) {
		return badInput{fmt.Errorf("there is no file %s", c.Log)}
	}
	if err != nil {
		return err
	}
	a := mine.Mine(l, c.Top)
	if err := c.ask(l, a); err != nil {
		return badInput{err}
	}
	if c.HTML != "" {
		if err := toFile(c.HTML, func(w io.Writer) error { return a.WriteHTML(w, l) }); err != nil {
			return err
		}
	}
	if c.DraftMap != "" {
		d := l.Draft(a)
		if err := d.Write(c.DraftMap); err != nil {
			return badInput{err}
		}
		fmt.Fprintf(s.err, "Drew a map of %d phases, %d lanes and %d moments: %s. Look at it with attune validate %s.\n", d.Phases, d.Lanes, d.Moments, filepath.Join(c.DraftMap, "map.yaml"), c.DraftMap)
	}
	if c.JSON {
		return s.asJSON(a)
	}
	return a.WriteText(s.out, look())
}

// reading says how the log is read.
func (c *mineCmd) reading(s streams) (mine.Reading, error) {
	r := mine.Reading{
		Case: c.Case, Activity: c.Activity, Timestamp: c.Timestamp, Resource: c.Resource, Order: c.Order,
		Lifecycle: c.Lifecycle, LifecycleColumn: c.LifecycleColumn, By: c.By, Incomplete: c.SkipIncomplete,
	}
	if c.Top < 0 {
		return r, errors.New("--top is 0 or more")
	}
	if c.Survival == "" && (c.Exits != "" || c.Horizon != "" || c.By != "") {
		return r, errors.New(`--exits, --horizon and --by belong to --survival "A -> B"`)
	}
	if c.Funnel == "" && (c.Within != "" || c.Mode != string(mine.Ordered)) {
		return r, errors.New(`--mode and --within belong to --funnel "A > B > C"`)
	}
	if c.Zone != "UTC" {
		zones, err := instant.LoadZones()
		if err != nil {
			return r, err
		}
		zone, ok := zones.Find(c.Zone)
		if !ok {
			return r, fmt.Errorf("--zone: there is no time zone %q; write it as Europe/Madrid", c.Zone)
		}
		r.Zone = zone
	}
	if isTerminal(s.err) {
		r.Progress = func(rows int) { fmt.Fprintf(s.err, "\r\x1b[K%d rows ", rows) }
	}
	return r, nil
}

// ask adds what only some want to know.
func (c *mineCmd) ask(l *mine.Log, a *mine.Answer) error {
	if c.Funnel != "" {
		p := mine.Path{Mode: mine.Mode(c.Mode), Steps: parts(c.Funnel, " > ", ">")}
		var err error
		if p.Within, err = nanoseconds("--within", c.Within); err != nil {
			return err
		}
		if len(p.Steps) < 2 {
			return errors.New(`--funnel has two steps or more: "A > B"`)
		}
		if p.Mode == mine.Window && p.Within == 0 {
			return errors.New("a window has a length: add --within, such as 24h")
		}
		if err := known("--funnel", l, p.Steps); err != nil {
			return err
		}
		a.Funnel = l.Funnel(p)
	}
	if c.Survival != "" {
		ends := parts(c.Survival, " -> ", "->")
		if len(ends) != 2 {
			return errors.New(`--survival has a beginning and an end: "A -> B"`)
		}
		p := mine.Passage{From: ends[0], To: ends[1], By: c.By}
		if c.Exits != "" {
			if p.Exits = []string{strings.TrimSpace(c.Exits)}; !slices.Contains(l.Activities, p.Exits[0]) {
				p.Exits = parts(c.Exits, ",", ",")
			}
		}
		if slices.Contains(p.Exits, p.To) {
			return fmt.Errorf("--exits: %q is where the journey leads, and no exit", p.To)
		}
		var err error
		if p.Horizon, err = nanoseconds("--horizon", c.Horizon); err != nil {
			return err
		}
		if err := errors.Join(known("--survival", l, ends), known("--exits", l, p.Exits)); err != nil {
			return err
		}
		a.Survival = l.Survival(p)
	}
	return nil
}

// parts takes a text apart at separators with spaces around them, or without any where there are none, so
// that names may have such letters.
func parts(s, spaced, bare string) []string {
	if !strings.Contains(s, spaced) {
		spaced = bare
	}
	list := strings.Split(s, spaced)
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// known tells of names that no activity of the log has.
func known(flag string, l *mine.Log, names []string) error {
	var errs []error
	for _, n := range names {
		if _, ok := slices.BinarySearch(l.Activities, n); !ok {
			err := fmt.Errorf("%s: the log has no activity %q", flag, n)
			if hint := source.Suggest(n, l.Activities); hint != "" {
				err = fmt.Errorf("%w; %s", err, hint)
			}
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

func nanoseconds(flag, s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	d, err := instant.ParseDuration(s)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%s: %q is no time; write it as 24h or 30d", flag, s)
	}
	return int64(d) * 1_000_000, nil
}
