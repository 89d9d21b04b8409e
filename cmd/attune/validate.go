package main

import (
	"fmt"

	"attune/core/instant"
	"attune/core/release"
	"attune/core/source"
	"attune/internal/programdir"
)

type validateCmd struct {
	Programs []string `arg:"" help:"Folders of programs, such as programs/diabetes."`
	JSON     bool     `help:"Write the problems as JSON."`
}

func (validateCmd) Help() string {
	return `Every problem is told with its file, line and column and what to type instead; the exit status
is 1 when there is one. With --json: {"valid", "release", "problems": [{"file", "line", "column",
"what", "hint"}]}.

Example: attune validate programs/diabetes`
}

type problem struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	What   string `json:"what"`
	Hint   string `json:"hint,omitempty"`
}

func (c *validateCmd) Run(s streams) error {
	rel, problems, err := load(c.Programs)
	if err != nil {
		return err
	}
	if c.JSON {
		out := struct {
			Valid    bool      `json:"valid"`
			Release  string    `json:"release,omitempty"`
			Problems []problem `json:"problems"`
		}{Valid: rel != nil, Problems: []problem{}}
		if rel != nil {
			out.Release = rel.ID
		}
		for _, p := range problems {
			out.Problems = append(out.Problems, problem{p.Pos.File, p.Pos.Line, p.Pos.Column, p.What, p.Hint})
		}
		if err := s.asJSON(out); err != nil {
			return err
		}
		if rel == nil {
			return errTold
		}
		return nil
	}
	if rel == nil {
		return tell(s, problems)
	}
	for _, p := range rel.Programs {
		fmt.Fprintf(s.out, "%s is valid: %d phases, %d signals, %d engagements, %d journeys, %d texts in %d languages\n",
			p.ID, len(p.Map.Phases), len(p.Signals), len(p.Engagements), len(p.Journeys), len(p.Content), len(p.Languages))
	}
	fmt.Fprintf(s.out, "release %.12s asks %d rules; of each person it remembers at most %d values of %d kinds\n",
		rel.ID, len(rel.Rules), rel.Plan.Memory(), len(rel.Plan.Describe()))
	return nil
}

func load(dirs []string) (*release.Release, []source.Problem, error) {
	zones, err := instant.LoadZones()
	if err != nil {
		return nil, nil, err
	}
	return programdir.Load(zones, dirs...)
}

// tell writes problems for people.
func tell(s streams, problems []source.Problem) error {
	for _, p := range problems {
		fmt.Fprintln(s.err, p)
	}
	word := "problems"
	if len(problems) == 1 {
		word = "problem"
	}
	fmt.Fprintf(s.err, "%d %s\n", len(problems), word)
	return errTold
}

// mustLoad loads programs or tells why not.
func mustLoad(s streams, dirs []string) (*release.Release, error) {
	rel, problems, err := load(dirs)
	if err != nil {
		return nil, err
	}
	if rel == nil {
		return nil, tell(s, problems)
	}
	return rel, nil
}
