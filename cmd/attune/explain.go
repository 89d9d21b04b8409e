package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"attune/core/program"
	"attune/core/release"
	"attune/internal/explain"
	"attune/internal/programdir"
	"attune/internal/simulate"
)

type explainCmd struct {
	Path     string `arg:"" help:"A program's folder, a file in it, or a thing in a file, such as programs/diabetes/signals.yaml:refill_late; also file:line."`
	Simulate *bool  `help:"Tell also what a simulation counted. Without either, it does where the program has a world.yaml." negatable:""`
	People   int    `help:"How many people are simulated." default:"500"`
	Days     int    `help:"How many days they are watched." default:"180"`
	Seed     uint64 `help:"Draws other people, and other luck." default:"1"`
	World    string `help:"The world they live in, instead of world.yaml." type:"path" placeholder:"FILE"`
	JSON     bool   `help:"Write the explanation as JSON."`
}

func (explainCmd) Help() string {
	return `Says in plain English what a program, or one thing in it, means: when it is so and what does not
count, which events can change it, what it depends on, what asks for it, and what follows. It is told
from the checked rules and not from their text. Then it tells how often that happened to people who do
not exist, when last and to whom.

A thing is named behind a colon: a signal, phase, exit, moment, audience, behavior, outcome, enroll or
leave, or a step, goal, interrupt or variant in its file. A number is a line: the thing at that line.

A program with problems is not explained: they are told, and the exit status is 1. It is 2 when there
is no such thing.

Examples: attune explain programs/diabetes
          attune explain programs/diabetes/signals.yaml:refill_late
          attune explain programs/diabetes/journeys/first_weeks.yaml:ask --no-simulate`
}

func (c *explainCmd) Run(ctx context.Context, s streams) error {
	dir, file, part, err := placeIn(c.Path)
	if err != nil {
		return badInput{err}
	}
	rel, err := mustLoad(s, []string{dir})
	if err != nil {
		return err
	}
	folder, _, err := programdir.Read(dir)
	if err != nil {
		return err
	}
	// What cannot be found is told before anybody is simulated.
	if _, problem := explain.New(rel, folder, nil).Find(file, part); problem != nil {
		return badInput{errors.New(problem.String())}
	}
	counted, err := c.counted(ctx, s, dir, rel)
	if err != nil {
		return err
	}
	said, _ := explain.New(rel, folder, counted).Find(file, part)
	if c.JSON {
		return s.asJSON(said)
	}
	if err := said.WriteText(s.out, look().Width); err != nil {
		return err
	}
	if said.Simulation != nil && said.Simulation.Rule != nil && said.Simulation.Rule.Fired > 0 {
		c.story(s, dir, said.Simulation.Rule.LastFor)
	}
	return nil
}

// story says how to read the whole life of somebody for whom a rule fired.
func (c *explainCmd) story(s streams, dir, key string) {
	world := ""
	if c.World != "" {
		world = " --world " + c.World
	}
	fmt.Fprintf(s.out, "Read that life: attune simulate %s --people %d --days %d --seed %d%s --story %s\n", dir, c.People, c.Days, c.Seed, world, key)
}

// counted simulates, where that is asked for or the program brings a world.
func (c *explainCmd) counted(ctx context.Context, s streams, dir string, rel *release.Release) (*simulate.Result, error) {
	wanted := c.World != ""
	if _, err := os.Stat(filepath.Join(dir, program.World)); err == nil {
		wanted = true
	}
	if c.Simulate != nil {
		wanted = *c.Simulate
	}
	if !wanted {
		return nil, nil
	}
	run := simulateCmd{Programs: []string{dir}, People: c.People, Days: c.Days, Seed: c.Seed, World: c.World, Start: "2027-01-01"}
	cfg, err := run.configFor(s, rel)
	if err != nil {
		return nil, badInput{err}
	}
	return simulate.Run(ctx, cfg)
}

// placeIn takes a path apart: the program's folder, the file in it, and the thing in that.
func placeIn(path string) (dir, file, part string, err error) {
	whole := path
	info, err := os.Stat(path)
	if err != nil {
		if i := strings.LastIndexByte(path, ':'); i > 0 {
			path, part = path[:i], path[i+1:]
			info, err = os.Stat(path)
			if err == nil && info.IsDir() {
				return "", "", "", fmt.Errorf("%s is a folder: name a file in it before :%s", path, part)
			}
		}
	}
	if err != nil {
		return "", "", "", fmt.Errorf("there is no %s: name a program's folder, a file in it, or a thing as file.yaml:name", whole)
	}
	dir = path
	if !info.IsDir() {
		dir = filepath.Dir(path)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "program.yaml")); err == nil {
			break
		}
		up := filepath.Dir(dir)
		if above, err := filepath.Abs(dir); dir == "." && err == nil {
			up = filepath.Dir(above)
		}
		if up == dir {
			return "", "", "", fmt.Errorf("%s is in no folder with a program.yaml in it", whole)
		}
		dir = up
	}
	if info.IsDir() && dir != path {
		return "", "", "", fmt.Errorf("%s is a folder within a program: name the program's folder, %s, or a file", whole, dir)
	}
	if info.IsDir() {
		return dir, "", "", nil
	}
	from, err := filepath.Abs(dir)
	if err != nil {
		return "", "", "", err
	}
	to, err := filepath.Abs(path)
	if err != nil {
		return "", "", "", err
	}
	file, err = filepath.Rel(from, to)
	return dir, filepath.ToSlash(file), part, err
}
