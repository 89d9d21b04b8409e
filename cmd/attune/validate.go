package main

import (
	"fmt"
	"strings"

	"attune/core/instant"
	"attune/core/program"
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
		fmt.Fprintf(s.out, "%s is valid: %s\n", p.ID, contents(p))
	}
	fmt.Fprintf(s.out, "release %.12s asks %d rules; of each person it remembers at most %d values of %d kinds\n",
		rel.ID, len(rel.Rules), rel.Plan.Memory(), len(rel.Plan.Describe()))
	return nil
}

// contents counts what a program holds, of each kind that there is.
func contents(p *program.Program) string {
	var parts []string
	for _, kind := range []struct {
		many, one string
		n         int
	}{
		{"phases", "phase", len(p.Map.Phases)}, {"stakeholders", "stakeholder", len(p.Map.Stakeholders)}, {"moments", "moment", len(p.Map.Moments)},
		{"events of its own", "event of its own", len(p.Events)}, {"signals", "signal", len(p.Signals)}, {"audiences", "audience", len(p.Audiences)},
		{"behaviors", "behavior", len(p.Behaviors)}, {"outcomes", "outcome", len(p.Outcomes)}, {"value sets", "value set", len(p.ValueSets)},
		{"word categories", "word category", len(p.Words)}, {"standards", "standard", len(p.Standards)}, {"engagements", "engagement", len(p.Engagements)}, {"journeys", "journey", len(p.Journeys)},
	} {
		switch {
		case kind.n == 1:
			parts = append(parts, "1 "+kind.one)
		case kind.n > 1:
			parts = append(parts, fmt.Sprintf("%d %s", kind.n, kind.many))
		}
	}
	texts, languages := "texts", "languages"
	if len(p.Content) == 1 {
		texts = "text"
	}
	if len(p.Languages) == 1 {
		languages = "language"
	}
	return fmt.Sprintf("%s, %d %s in %d %s", strings.Join(parts, ", "), len(p.Content), texts, len(p.Languages), languages)
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
