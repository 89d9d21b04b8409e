package app

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"attune/core/program"
	"attune/core/release"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/chart"
	"attune/internal/disclose"
	"attune/internal/insight"
	"attune/internal/outcomes"
	"attune/internal/tables"
)

// ReportOf says what a report is of. Without a program it is of all that are under a standard, or of all there are.
type ReportOf struct {
	LivedOf
	Standard string
	// By is the attribute by whose levels the report is divided.
	By string
	// Few tells also what is of few people: for the care team alone. A report is made to be handed on.
	Few bool
}

// Report is what became of a program's people, and what that was worth.
type Report = outcomes.Report

// Report tells what became of a program's people and what that was worth, or sums programs up.
func (i *Inspector) Report(ctx context.Context, o ReportOf) (*Report, error) {
	var rel *release.Release
	var of []*program.Program
	var err error
	if o.Program != "" {
		var pr *program.Program
		if rel, pr, err = i.liveProgram(o.Program); err != nil {
			return nil, err
		}
		of = append(of, pr)
	} else if rel, of, err = i.rolledUp(o); err != nil {
		return nil, err
	}
	if o.Few && !seesFew(ctx) {
		return nil, api.NotAllowed("few", "what is of few people is for the care team, who may list people", "leave it out")
	}
	if err := mayDivide(ctx, of[0], o.By); err != nil {
		return nil, err
	}
	if err := i.looked(ctx, "Report"); err != nil {
		return nil, err
	}
	facts, err := i.gathered(ctx)
	if err != nil {
		return nil, err
	}
	f, err := o.filter(i.now())
	if err != nil {
		return nil, err
	}
	tallies := make([]*outcomes.Tally, len(of))
	for n, pr := range of {
		tallies[n] = outcomes.NewTally(outcomes.Of{Program: pr, Period: insight.PeriodOf(f), By: o.By})
		counted, err := facts.Columns.Outcomes(pr, f, o.By, tallies[n].Add)
		if err != nil {
			return nil, api.Refused("is", err.Error(), "name what the map has")
		}
		if i.guards != nil && !seesFew(ctx) {
			if err := i.guards.ask(ctx, "map", pr.ID, i.now(), facts.Columns, counted); err != nil {
				return nil, err
			}
		}
	}
	var r *Report
	if o.Program != "" {
		r, err = tallies[0].Report(o.Few)
	} else {
		r, err = outcomes.RollUp(cmp.Or(o.Standard, "All programs"), tallies, o.Few)
	}
	if err != nil {
		return nil, err
	}
	until := f.AsOf
	if f.To != 0 {
		until = min(until, f.To)
	}
	r.Basis = outcomes.Basis{Release: rel.ID, Until: until.String(), Filter: o.words()}
	if f.From != 0 {
		r.Basis.From = f.From.String()
	}
	if !o.Few {
		r.Basis.Smallest = disclose.DefaultLeast
	}
	return r, nil
}

// mayDivide refuses an attribute that the map does not have, or by which only who watches over fairness may look.
func mayDivide(ctx context.Context, pr *program.Program, by string) error {
	if by == "" {
		return nil
	}
	at := pr.Map.Attribute(by)
	if at < 0 {
		var known []string
		for n := range pr.Map.Attributes {
			known = append(known, pr.Map.Attributes[n].ID)
		}
		return api.Refused("by", fmt.Sprintf("the map has no attribute %q", by), "choose one of "+cmp.Or(strings.Join(known, ", "), "none: map.yaml has no attributes"))
	}
	if p := api.PrincipalOf(ctx); pr.Map.Attributes[at].Fairness && !p.Nobody() && !p.May(access.FairnessRead) {
		return api.NotAllowed("by", "people are divided by "+by+" only for who watches over fairness", "choose another attribute")
	}
	return nil
}

// rolledUp are the live programs under a standard, or all.
func (i *Inspector) rolledUp(o ReportOf) (rel *release.Release, of []*program.Program, err error) {
	if o.By != "" || len(o.Is) > 0 || o.Saw != "" || o.Not != "" {
		return nil, nil, api.Refused("is", "attributes and moments are those of one program's map", "name a program")
	}
	programs := i.programs()
	if len(programs) == 0 {
		return nil, nil, api.NotFound("program", "no program is live here")
	}
	if rel, _, err = i.liveProgram(programs[0]); err != nil {
		return nil, nil, err
	}
	var known []string
	for n := range rel.Programs {
		pr := rel.Programs[n]
		under := o.Standard == ""
		for _, s := range pr.Standards {
			under = under || s.ID == o.Standard
			if !slices.Contains(known, s.ID) {
				known = append(known, s.ID)
			}
		}
		if under {
			of = append(of, pr)
		}
	}
	if len(of) == 0 {
		return nil, nil, api.NotFound("standard", "no live program is under a standard %q; known are %s", o.Standard, cmp.Or(strings.Join(known, ", "), "none"))
	}
	return rel, of, nil
}

// ReportFormats are the files that a report is written as: zip holds every table as CSV and Parquet.
func ReportFormats() []string { return []string{"html", "pdf", "json", "text", "zip"} }

// WriteReport writes a report in a format, and says of what type that is.
func WriteReport(r *Report, format string) (api.Text, error) {
	var b bytes.Buffer
	var err error
	kind := ""
	switch format {
	case "html":
		kind, err = "text/html; charset=utf-8", r.WriteHTML(&b)
	case "pdf":
		kind, err = "application/pdf", r.WritePDF(&b)
	case "json":
		kind, err = "application/json", r.WriteJSON(&b)
	case "text":
		kind, err = "text/plain; charset=utf-8", r.WriteText(&b, chart.Look{Width: 140})
	case "zip":
		kind, err = "application/zip", zipOf(&b, r)
	default:
		return api.Text{}, api.Refused("format", fmt.Sprintf("a report is not written as %q", format), "choose one of "+strings.Join(ReportFormats(), ", "))
	}
	return api.Text{Type: kind, Body: b.Bytes()}, err
}

// zipOf writes every table of a report, and the report itself.
func zipOf(w io.Writer, r *Report) error {
	return tables.Zip(w, append(r.Files(), tables.File{Name: "report.json", Write: r.WriteJSON}))
}
