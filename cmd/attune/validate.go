package main

import (
	"fmt"
	"strings"
	"time"

	"attune/core/instant"
	"attune/core/program"
	"attune/core/release"
	"attune/core/source"
	"attune/internal/programdir"
)

type validateCmd struct {
	Programs []string `arg:"" help:"Folders of programs, such as programs/diabetes."`
	On       string   `help:"The day as of which to check what runs out, such as references; today without it." placeholder:"2028-01-31"`
	JSON     bool     `help:"Write the problems as JSON."`
}

func (validateCmd) Help() string {
	return `Every problem is told with its file, line and column and what to type instead; the exit status
is 1 when there is one. Warnings are told in the same way and are worth a look; they leave the exit
status at 0. With --json: {"valid", "release", "problems": [{"file", "line", "column", "what", "hint"}],
"warnings": [...]}.

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
	on, err := c.day()
	if err != nil {
		return err
	}
	rel, problems, err := load(c.Programs)
	if err != nil {
		return err
	}
	var warnings []source.Problem
	if rel != nil {
		for i, p := range rel.Programs {
			problems = append(problems, programdir.Within(c.Programs[i], p.Outdated(on))...)
			warnings = append(warnings, p.Warnings...)
		}
	}
	if c.JSON {
		out := struct {
			Valid    bool      `json:"valid"`
			Release  string    `json:"release,omitempty"`
			Problems []problem `json:"problems"`
			Warnings []problem `json:"warnings"`
		}{Valid: len(problems) == 0, Problems: asProblems(problems), Warnings: asProblems(warnings)}
		if out.Valid {
			out.Release = rel.ID
		}
		if err := s.asJSON(out); err != nil {
			return err
		}
		if !out.Valid {
			return errTold
		}
		return nil
	}
	for _, w := range warnings {
		fmt.Fprintf(s.err, "%s (a warning)\n", w)
	}
	if len(problems) > 0 {
		return tell(s, problems)
	}
	for _, p := range rel.Programs {
		fmt.Fprintf(s.out, "%s is valid: %s\n", p.ID, contents(p))
	}
	fmt.Fprintf(s.out, "release %.12s asks %d rules; of each person it remembers at most %d values of %d kinds\n",
		rel.ID, len(rel.Rules), rel.Plan.Memory(), len(rel.Plan.Describe()))
	return nil
}

// day is the one as of which the programs are checked.
func (c *validateCmd) day() (instant.Time, error) {
	if c.On == "" {
		return instant.Of(time.Now()), nil
	}
	d, ok := instant.ParseDate(c.On)
	if !ok {
		return 0, badInput{fmt.Errorf("--on %s is no day; write it as 2028-01-31", c.On)}
	}
	return instant.Time(d.Days() * int64(instant.Day)), nil
}

func asProblems(list []source.Problem) []problem {
	out := []problem{}
	for _, p := range list {
		out = append(out, problem{p.Pos.File, p.Pos.Line, p.Pos.Column, p.What, p.Hint})
	}
	return out
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
		{"behaviors", "behavior", len(p.Behaviors)}, {"outcomes", "outcome", len(p.Outcomes)}, {"measures", "measure", len(p.Measures)}, {"value sets", "value set", len(p.ValueSets)},
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
