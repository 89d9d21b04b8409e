package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"attune/core/form"
	"attune/core/instant"
	"attune/core/program"
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

type standing struct {
	Program   string          `json:"program"`
	Standards []standardLine  `json:"standards"`
	Fields    []standingField `json:"fields"`
	Drift     *[]drift        `json:"drift,omitempty"`
}

type standardLine struct {
	Standard string `json:"standard"`
	Name     string `json:"name,omitempty"`
	Hash     string `json:"hash"`
}

type standingField struct {
	Field   string       `json:"field"`
	Holds   string       `json:"holds"`
	From    []string     `json:"from"`
	Tighter bool         `json:"tighter"`
	Said    []levelWords `json:"said"`
}

type levelWords struct {
	Level string `json:"level"`
	Says  string `json:"says"`
	Place string `json:"place"`
}

// drift is one thing that is not what it was: a standard, by its hash, or what holds in a field.
type drift struct {
	What string `json:"what"`
	Was  string `json:"was"`
	Is   string `json:"is"`
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
	all := []standing{}
	for _, p := range rel.Programs {
		st := standingOf(p)
		if was != nil {
			b := was.Program(p.ID)
			if b == nil {
				return fmt.Errorf("%s: there is no program %q to compare with", cmp.Or(strings.Join(c.Since, ", "), c.Data), p.ID)
			}
			changes := driftOf(standingOf(b), st)
			st.Drift = &changes
		}
		all = append(all, st)
	}
	if c.JSON {
		return s.asJSON(map[string]any{"programs": all})
	}
	for i := range all {
		all[i].tell(s)
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

func standingOf(p *program.Program) standing {
	st := standing{Program: p.ID, Standards: []standardLine{}, Fields: []standingField{}}
	for _, level := range p.Standards {
		st.Standards = append(st.Standards, standardLine{level.ID, level.Name, level.Hash})
	}
	for _, f := range p.Stands {
		line := standingField{Field: f.Field, Holds: form.Flow(f.Holds), From: f.From(), Tighter: f.Tighter(p.ID)}
		for _, l := range f.Said {
			line.Said = append(line.Said, levelWords{l.Name, form.Flow(l.Node), l.Node.Pos.String()})
		}
		st.Fields = append(st.Fields, line)
	}
	return st
}

// driftOf lists what changed: standards first, then what holds.
func driftOf(was, is standing) []drift {
	before, now := map[string]string{}, map[string]string{}
	var names []string
	note := func(in map[string]string, what, says string) {
		if in[what] = says; !slices.Contains(names, what) {
			names = append(names, what)
		}
	}
	for _, side := range []struct {
		in map[string]string
		of standing
	}{{before, was}, {now, is}} {
		for _, level := range side.of.Standards {
			note(side.in, "standard "+level.Standard, level.Hash[:12])
		}
	}
	for _, side := range []struct {
		in map[string]string
		of standing
	}{{before, was}, {now, is}} {
		for _, f := range side.of.Fields {
			note(side.in, f.Field, f.Holds)
		}
	}
	out := []drift{}
	for _, name := range names {
		if before[name] != now[name] {
			out = append(out, drift{name, before[name], now[name]})
		}
	}
	return out
}

func (st *standing) tell(s streams) {
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
