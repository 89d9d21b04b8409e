package main

import (
	"cmp"
	"fmt"
	"strings"

	"attune/core/instant"
	"attune/core/release"
	"attune/internal/app"
)

type standardsCmd struct {
	Programs []string `arg:"" help:"Folders of programs, such as programs/diabetes."`
	Since    []string `help:"Folders with the same programs as they were, to tell what has changed since." type:"existingdir" xor:"before"`
	Data     string   `help:"A data folder, to tell what has changed since the release in force there." type:"existingdir" xor:"before"`
	JSON     bool     `help:"Write the report as JSON."`
}

func (standardsCmd) Help() string {
	return `For each field that standards may hold: what holds, the level it comes from, and whether the program
is stricter than the standards above it. With --since, also what has drifted: standards that are not
what they were in another copy of the program, such as one that was checked out at an older commit or
pulled from a server, and the fields in which that made a difference. With --data, the other copy is
what is in force in a data folder, whether a server runs on it or not. Programs are told apart by their
names. A program that loosens a standard is not valid; the exit status is 1 then.

With --json: {"programs": [{"program", "standards": [{"standard", "name", "hash"}], "fields": [{"field",
"holds", "from", "tighter", "said": [{"level", "says", "place"}]}], "drift": [{"what", "was", "is"}]}]}.
Without --since and --data there is no "drift".

Examples: attune standards programs/diabetes
          attune standards programs/diabetes --data data`
}

func (c *standardsCmd) Run(s streams) error {
	rel, err := mustLoad(s, c.Programs)
	if err != nil {
		return err
	}
	was, err := c.before(s, rel.Zones)
	if err != nil {
		return err
	}
	all, err := app.StandingsAgainst(rel, was)
	if err != nil {
		return fmt.Errorf("%s: %w", cmp.Or(strings.Join(c.Since, ", "), c.Data), err)
	}
	if c.JSON {
		return s.asJSON(map[string]any{"programs": all})
	}
	for i := range all {
		tellStanding(s, &all[i])
	}
	return nil
}

// before is what to compare with; nil for nothing.
func (c *standardsCmd) before(s streams, zones *instant.Zones) (*release.Release, error) {
	switch {
	case len(c.Since) > 0:
		return mustLoad(s, c.Since)
	case c.Data != "":
		return app.Live(c.Data, zones)
	}
	return nil, nil //nolint:nilnil // there need not be anything to compare with
}

func tellStanding(s streams, st *app.ProgramStanding) {
	var under []string
	for _, level := range st.Standards {
		under = append(under, level.Standard)
	}
	if len(under) == 0 {
		fmt.Fprintf(s.out, "%s stands under no standard\n", st.Program)
	} else {
		fmt.Fprintf(s.out, "%s stands under %s\n", st.Program, strings.Join(under, ", "))
	}
	for _, f := range st.Fields {
		fmt.Fprintf(s.out, "  %s: %s, from %s", f.Field, f.Holds, strings.Join(f.From, ", "))
		if f.Tighter {
			above := f.Said[len(f.Said)-2]
			fmt.Fprintf(s.out, ", stricter than %s (%s): %s", above.Level, above.Place, above.Says)
		}
		fmt.Fprintln(s.out)
	}
	if st.Drift == nil {
		return
	}
	if len(*st.Drift) == 0 {
		fmt.Fprintln(s.out, "  nothing has drifted")
	}
	for _, d := range *st.Drift {
		switch {
		case d.Was == "":
			fmt.Fprintf(s.out, "  drifted: %s is new: %s\n", d.What, d.Is)
		case d.Is == "":
			fmt.Fprintf(s.out, "  drifted: %s is gone; it was %s\n", d.What, d.Was)
		default:
			fmt.Fprintf(s.out, "  drifted: %s was %s and is %s\n", d.What, d.Was, d.Is)
		}
	}
}
