package app

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"attune/core/instant"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/disclose"
)

// cell is what stands in a report's row that begins with these words; nil where it is not told.
func cell(t *testing.T, r *Report, table, column string, begin ...string) *float64 {
	t.Helper()
	for _, x := range r.Tables() {
		if x.ID != table {
			continue
		}
		at := x.Column(column)
		if at < 0 {
			t.Fatalf("the table %s has no column %s", table, column)
		}
		for _, row := range x.Rows {
			fits := true
			for k, b := range begin {
				fits = fits && row[k].Says == b
			}
			if fits {
				return row[at].Value
			}
		}
	}
	return nil
}

// as asks for a report in the name of somebody with a role.
func (n *Node) as(t *testing.T, role access.Role, o ReportOf) (*Report, error) {
	t.Helper()
	i, err := n.inspector(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return i.Report(api.WithPrincipal(t.Context(), new(principal("account", string(role), role))), o)
}

// What a report says is what the runner counted when it happened, and what the map shows: each counts in its own way.
func TestAReportSaysWhatTheEngineKnows(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	n := livedWorld(t, 60, 120)
	i, err := n.inspector(ctx)
	if err != nil {
		t.Fatal(err)
	}
	r, err := i.Report(ctx, ReportOf{LivedOf: LivedOf{Program: "diabetes"}, Few: true})
	if err != nil {
		t.Fatal(err)
	}
	counters := counters(t, n)
	_, pr, err := i.liveProgram("diabetes")
	if err != nil {
		t.Fatal(err)
	}
	some := 0.0
	for _, o := range pr.Outcomes {
		v := cell(t, r, "outcomes", "times", o.Name)
		if v == nil || int64(*v) != counters["success/diabetes/"+o.ID] {
			t.Errorf("%s was reached %v times, and the engine counts %d", o.ID, v, counters["success/diabetes/"+o.ID])
			continue
		}
		some += *v
	}
	if some == 0 {
		t.Error("nothing was reached, so this shows nothing")
	}
	messages := 0
	for key, want := range counters {
		channel, is := strings.CutSuffix(strings.TrimPrefix(key, "touch/"), "/handed_over")
		if !is || strings.Contains(channel, "/") {
			continue
		}
		messages++
		if v := cell(t, r, "channels", "sent", channel); v == nil || int64(*v) != want {
			t.Errorf("by %s went another number of messages than the %d that the engine counts", channel, want)
		}
	}
	if messages == 0 {
		t.Error("nothing was said, so this shows nothing")
	}
	l, err := i.Lived(ctx, LivedOf{Program: "diabetes"})
	if err != nil {
		t.Fatal(err)
	}
	for k, p := range l.Phases {
		for column, want := range map[string]*int{"entered": p.Entered, "moved_on": p.MovedOn, "left": p.Left, "waiting": p.Waiting} {
			v := cell(t, r, "conversion", column, pr.Map.Phases[k].Name)
			if *p.Entered > 0 && (v == nil || int(*v) != *want) {
				t.Errorf("%s, %s: %v, and the map shows %d", p.Phase, column, v, *want)
			}
		}
	}
}

// Outside the care team few people are hidden, whatever is asked for; one may look at the map and at the report on one day, and not at
// reports of whom a few are.
func TestAReportIsMadeToBeHandedOn(t *testing.T) {
	t.Parallel()
	n := livedWorld(t, 80, 90)
	diabetes := LivedOf{Program: "diabetes"}
	var problem *api.Problem
	if _, err := n.as(t, access.Analyst, ReportOf{LivedOf: diabetes, Few: true}); !errors.As(err, &problem) || problem.Status != 403 {
		t.Errorf("an analyst sees few people: %v", err)
	}
	if _, err := n.as(t, access.CareCoordinator, ReportOf{LivedOf: diabetes, Few: true}); err != nil {
		t.Errorf("the care team does not: %v", err)
	}
	if _, err := n.as(t, access.Analyst, ReportOf{LivedOf: diabetes, By: "shoe_size"}); err == nil || !strings.Contains(err.Error(), "shoe_size") {
		t.Errorf("an attribute that there is not: %v", err)
	}
	i, err := n.inspector(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx := api.WithPrincipal(t.Context(), new(principal("account", "analyst", access.Analyst)))
	if _, err := i.Lived(ctx, diabetes); err != nil {
		t.Fatal(err)
	}
	r, err := i.Report(ctx, ReportOf{LivedOf: diabetes})
	if err != nil {
		t.Fatalf("who saw the map may not see the report: %v", err)
	}
	if r.Basis.Smallest != disclose.DefaultLeast {
		t.Errorf("%+v", r.Basis)
	}
	hidden, small := 0, 0
	for _, x := range r.Tables() {
		for _, row := range x.Rows {
			for k, c := range row {
				if c.Hidden {
					hidden++
				}
				if x.Columns[k].Kind == "count" && c.Value != nil && *c.Value > 0 && *c.Value < disclose.DefaultLeast {
					small++
					t.Errorf("%s, %s: %g is told", x.ID, x.Columns[k].ID, *c.Value)
				}
			}
		}
	}
	if hidden == 0 {
		t.Error("nothing is hidden, so this shows nothing")
	}
	for day := range 30 { // periods that differ by a day's arrivals
		if _, err := i.Report(ctx, ReportOf{LivedOf: LivedOf{Program: "diabetes", To: n.Now().Add(-instant.Duration(30+day) * instant.Day)}}); err != nil {
			return
		}
	}
	t.Error("thirty periods were told that differ by a few people each")
}

// All programs are one row each, and what is written is what was asked for.
func TestReportsOfAllPrograms(t *testing.T) {
	t.Parallel()
	n := livedWorld(t, 40, 60)
	i, err := n.inspector(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	one, err := i.Report(t.Context(), ReportOf{LivedOf: LivedOf{Program: "diabetes"}, Few: true})
	if err != nil {
		t.Fatal(err)
	}
	all, err := i.Report(t.Context(), ReportOf{Few: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, column := range []string{"people", "messages", "cost", "value_month"} {
		a, b := cell(t, one, "overview", column), cell(t, all, "programs", column, one.Title)
		c := cell(t, all, "levels", column, "all programs")
		if a == nil || b == nil || c == nil || *a != *b || *a != *c {
			t.Errorf("%s: %v alone, %v among all, %v together", column, a, b, c)
		}
	}
	if _, err := i.Report(t.Context(), ReportOf{Standard: "mars"}); err == nil || !strings.Contains(err.Error(), "mars") {
		t.Errorf("a standard that there is not: %v", err)
	}
	for format, begins := range map[string]string{"html": "<!doctype html>", "pdf": "%PDF-", "json": "{", "text": one.Title, "zip": "PK"} {
		x, err := WriteReport(one, format)
		if err != nil || !strings.HasPrefix(strings.ToLower(string(x.Body[:min(200, len(x.Body))])), strings.ToLower(begins)) {
			t.Errorf("%s: %v %.40q", format, err, x.Body)
		}
		if format != "zip" {
			continue
		}
		z, err := zip.NewReader(bytes.NewReader(x.Body), int64(len(x.Body)))
		if err != nil {
			t.Fatal(err)
		}
		names := map[string]bool{}
		for _, f := range z.File {
			in, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			if b, err := io.ReadAll(in); err != nil || len(b) == 0 {
				t.Errorf("%s: %d bytes, %v", f.Name, len(b), err)
			}
			names[f.Name] = true
		}
		for _, x := range one.Tables() {
			if !names[x.ID+".csv"] || !names[x.ID+".parquet"] {
				t.Errorf("the table %s is no file", x.ID)
			}
		}
	}
	if _, err := WriteReport(one, "docx"); err == nil || !strings.Contains(err.Error(), "docx") {
		t.Errorf("a format that there is not: %v", err)
	}
}
