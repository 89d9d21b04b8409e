package app

import (
	"fmt"
	"slices"

	"attune/core/form"
	"attune/core/program"
	"attune/core/release"
)

// ProgramStanding is where a program stands against the standards it is under.
type ProgramStanding struct {
	Program   string          `json:"program"`
	Standards []StandardLine  `json:"standards"`
	Fields    []StandardField `json:"fields"`
	// Drift is what changed since the version it was compared with; nil where there is none.
	Drift *[]Drift `json:"drift,omitempty"`
}

// StandardLine is a standard, and the hash of its bytes.
type StandardLine struct {
	Standard string `json:"standard"`
	Name     string `json:"name,omitempty"`
	Hash     string `json:"hash"`
}

// StandardField is what holds in a field that standards may hold, and where it comes from.
type StandardField struct {
	Field string   `json:"field"`
	Holds string   `json:"holds"`
	From  []string `json:"from"`
	// Tighter tells that the program is stricter than what stands above it.
	Tighter bool         `json:"tighter"`
	Said    []LevelWords `json:"said"`
}

// LevelWords are what one level says of a field, and where.
type LevelWords struct {
	Level string `json:"level"`
	Says  string `json:"says"`
	Place string `json:"place"`
}

// Drift is one thing that is not what it was: a standard, by its hash, or what holds in a field.
type Drift struct {
	What string `json:"what"`
	Was  string `json:"was"`
	Is   string `json:"is"`
}

// StandingsAgainst tells where programs stand, and what has drifted since another version of them; nil compares with nothing.
func StandingsAgainst(rel, was *release.Release) ([]ProgramStanding, error) {
	all := []ProgramStanding{}
	for _, p := range rel.Programs {
		st := standingOf(p)
		if was != nil {
			b := was.Program(p.ID)
			if b == nil {
				return nil, fmt.Errorf("there is no program %q to compare with", p.ID)
			}
			changes := driftOf(standingOf(b), st)
			st.Drift = &changes
		}
		all = append(all, st)
	}
	return all, nil
}

func standingOf(p *program.Program) ProgramStanding {
	st := ProgramStanding{Program: p.ID, Standards: []StandardLine{}, Fields: []StandardField{}}
	for _, level := range p.Standards {
		st.Standards = append(st.Standards, StandardLine{level.ID, level.Name, level.Hash})
	}
	for _, f := range p.Stands {
		line := StandardField{Field: f.Field, Holds: form.Flow(f.Holds), From: f.From(), Tighter: f.Tighter(p.ID)}
		for _, l := range f.Said {
			line.Said = append(line.Said, LevelWords{l.Name, form.Flow(l.Node), l.Node.Pos.String()})
		}
		st.Fields = append(st.Fields, line)
	}
	return st
}

// driftOf lists what changed: standards first, then what holds.
func driftOf(was, is ProgramStanding) []Drift {
	before, now := map[string]string{}, map[string]string{}
	var names []string
	note := func(in map[string]string, what, says string) {
		if in[what] = says; !slices.Contains(names, what) {
			names = append(names, what)
		}
	}
	for _, side := range []struct {
		in map[string]string
		of ProgramStanding
	}{{before, was}, {now, is}} {
		for _, level := range side.of.Standards {
			note(side.in, "standard "+level.Standard, level.Hash[:12])
		}
	}
	for _, side := range []struct {
		in map[string]string
		of ProgramStanding
	}{{before, was}, {now, is}} {
		for _, f := range side.of.Fields {
			note(side.in, f.Field, f.Holds)
		}
	}
	out := []Drift{}
	for _, name := range names {
		if before[name] != now[name] {
			out = append(out, Drift{name, before[name], now[name]})
		}
	}
	return out
}
