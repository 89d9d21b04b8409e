package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"attune/core/instant"
	"attune/core/program"
	"attune/core/release"
	"attune/internal/chart"
	"attune/internal/simulate"
	"attune/internal/story"
)

type simulateCmd struct {
	Programs   []string `arg:"" help:"Folders of programs, such as programs/diabetes."`
	People     int      `help:"How many people there are." default:"2000"`
	Days       int      `help:"How many days they are watched." default:"180"`
	Seed       uint64   `help:"Draws other people, and other luck." default:"1"`
	Start      string   `help:"The first day." default:"2027-01-01" placeholder:"DAY"`
	World      string   `help:"The world they live in; world.yaml of the first program where it exists, else one derived from the rules." type:"path" placeholder:"FILE"`
	PrintWorld bool     `help:"Write the derived world as YAML, to go on from, and simulate nothing."`
	Planted    bool     `help:"Tell what the seed plants in the world: which groups differ, by what they are or did, and what messages do; and simulate nothing; as JSON with --json -."`
	Stories    int      `help:"Tell so many people's stories: the most touched, one who opted out, one who left." default:"0"`
	Story      string   `help:"Tell one person's story, such as p000042, and nothing else." placeholder:"KEY"`
	Compare    string   `help:"Another version of the program, for the same people." type:"path" placeholder:"FOLDER"`
	runFiles
}

func (simulateCmd) Help() string {
	return `Lets people who do not exist live under the program, with the real engine, in memory: what it would
say to whom, what it would refuse and why, where people would be on the map, which rules never fire.
Everybody also lives without ever seeing a message, so that the difference can be told.

What happens to people, what they tend to do and what a message changes is described by a world
(docs/simulate.md). Its numbers are somebody's assumptions: the result shows what the program does in
such a world, and is no evidence of what it does to patients. The same seed gives the same bytes.

The exit status is 2 when the program, the world or an option is wrong, and 1 when it was stopped.

Example: attune simulate programs/diabetes --people 5000 --html report.html`
}

func (c *simulateCmd) Run(ctx context.Context, s streams) error {
	cfg, err := c.config(s)
	if err != nil {
		return badInput{err}
	}
	if c.PrintWorld {
		_, err := io.WriteString(s.out, simulate.Derive(c.Days, releases(cfg)...))
		return err
	}
	if c.Planted {
		return c.truth(s, cfg)
	}
	if c.Story != "" {
		lines, err := simulate.Story(cfg, c.Story)
		if err != nil {
			return badInput{err}
		}
		tellStory(s, lines)
		return nil
	}
	done := c.progress(s, &cfg)
	r, err := simulate.Run(ctx, cfg)
	done()
	if err != nil {
		return err
	}
	if err := c.write(s, r); err != nil {
		return err
	}
	for _, pick := range r.Stories[:min(c.Stories, len(r.Stories))] {
		fmt.Fprintf(s.out, "\n%s, %s\n\n", pick.Key, pick.Why)
		lines, err := simulate.Story(cfg, pick.Key)
		if err != nil {
			return err
		}
		tellStory(s, lines)
	}
	return nil
}

// truth tells what the seed planted in the world.
func (c *simulateCmd) truth(s streams, cfg simulate.Config) error {
	planted := cfg.World.Truth(cfg.Seed)
	if c.JSON != "" {
		asJSON := func(w io.Writer) error {
			return intoJSON(w, map[string]any{"world": cfg.World.Name, "seed": cfg.Seed, "planted": planted})
		}
		if c.JSON == "-" {
			return asJSON(s.out)
		}
		return toFile(c.JSON, asJSON)
	}
	if len(planted) == 0 {
		fmt.Fprintf(s.out, "The seed %d plants nothing in the world %s: no group differs from others.\n", cfg.Seed, cfg.World.Name)
		return nil
	}
	fmt.Fprintf(s.out, "The seed %d plants in the world %s:\n", cfg.Seed, cfg.World.Name)
	for _, p := range planted {
		fmt.Fprintf(s.out, "  from %s to %s, %s: %s\n", p.Transition.From, p.Transition.To, p.Whom(), p.Says())
	}
	return nil
}

func tellStory(s streams, lines []story.Line) {
	for _, l := range lines {
		write(s, l)
	}
}

// config reads everything that was asked for.
func (c *simulateCmd) config(s streams) (simulate.Config, error) {
	rel, err := mustLoad(s, c.Programs)
	if err != nil {
		return simulate.Config{}, err
	}
	return c.configFor(s, rel)
}

// configFor does so for programs that were read already.
func (c *simulateCmd) configFor(s streams, rel *release.Release) (simulate.Config, error) {
	cfg := simulate.Config{Release: rel, People: c.People, Days: c.Days, Seed: c.Seed}
	if c.People < 1 || c.People > 10_000_000 || c.Days < 1 || c.Days > 3650 {
		return cfg, errors.New("a simulation has 1 to 10000000 people and 1 to 3650 days")
	}
	if c.Stories < 0 || c.Stories > 20 {
		return cfg, errors.New("--stories is a number from 0 to 20")
	}
	if c.JSON == "-" && c.Stories > 0 {
		return cfg, errors.New("--json - leaves no place for stories: write the JSON into a file")
	}
	day, err := time.Parse(time.DateOnly, c.Start)
	if err != nil {
		return cfg, fmt.Errorf("--start %q is not a day: write it as 2027-01-01", c.Start)
	}
	cfg.Start = instant.Of(day)
	if c.Compare != "" {
		if cfg.Other, err = mustLoad(s, []string{c.Compare}); err != nil {
			return cfg, err
		}
	}
	cfg.World, err = c.world(s, releases(cfg))
	return cfg, err
}

func releases(cfg simulate.Config) []*release.Release {
	if cfg.Other == nil {
		return []*release.Release{cfg.Release}
	}
	return []*release.Release{cfg.Release, cfg.Other}
}

// world reads the world that was named, or that comes with the first program, or derives one.
func (c *simulateCmd) world(s streams, releases []*release.Release) (*simulate.World, error) {
	file := c.World
	if file == "" {
		file = filepath.Join(c.Programs[0], program.World)
		if _, err := os.Stat(file); errors.Is(err, os.ErrNotExist) {
			return simulate.Derived(c.Days, releases...)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the world: %w", err)
	}
	w, problems := simulate.Read(filepath.ToSlash(file), text, releases...)
	if w == nil {
		return nil, tell(s, problems)
	}
	return w, nil
}

// progress tells a terminal how far it is. What is returned ends that.
func (c *simulateCmd) progress(s streams, cfg *simulate.Config) (done func()) {
	if !isTerminal(s.err) {
		return func() {}
	}
	var mu sync.Mutex
	most := 0
	cfg.Progress = func(people int) {
		mu.Lock()
		defer mu.Unlock()
		if step := max(1, c.People/100); people/step > most/step {
			most = people
			fmt.Fprintf(s.err, "\r%d %% of %s people ", 100*int64(people)/int64(c.People), chart.Grouped(int64(c.People)))
		}
	}
	return func() { fmt.Fprint(s.err, "\r\x1b[K") }
}

func toFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return errors.Join(write(f), f.Close())
}

// look is how the terminal says it can be written to: COLUMNS, and whether its letters are UTF-8.
func look() chart.Look {
	l := chart.Look{Width: 100, Plain: true}
	if n, err := strconv.Atoi(os.Getenv("COLUMNS")); err == nil && n > 0 {
		l.Width = n
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(os.Getenv(name)); v != "" {
			l.Plain = !strings.Contains(v, "utf-8") && !strings.Contains(v, "utf8")
			break
		}
	}
	return l
}
