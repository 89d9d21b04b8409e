package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"attune/internal/app"
	"attune/internal/chart"
)

type reportCmd struct {
	Program string `arg:"" optional:"" help:"The program's name, such as diabetes; without it, all programs, one row each."`
	windowFlags
	Standard string `help:"Without a program: only those under this standard, such as a region or a brand." placeholder:"STANDARD"`
	By       string `help:"Divide the report by an attribute of the map, such as practice." placeholder:"ATTRIBUTE"`
	Few      bool   `help:"Tell also what is of few people: for the care team alone."`
	HTML     string `help:"Write a page for a browser." placeholder:"FILE" type:"path"`
	PDF      string `help:"Write sheets for paper." placeholder:"FILE" type:"path"`
	Tables   string `help:"Write every table as CSV and Parquet into this folder." placeholder:"FOLDER" type:"path"`
	JSON     bool   `help:"Write JSON."`
}

func (reportCmd) Help() string {
	return `Reports, for everybody who was in a program in a period: what they answered to messages, by channel; who moved on
and who stayed; outcomes; days covered with medicine; how health changed, by an amount that matters; how it was
for them, and whether they would recommend it; stages of change; what chance shows was changed; what it cost,
what one outcome cost, and what came back. With 95 % intervals.

Without a program it is one row for each, with sums for each standard (a house, a region, a brand).

What tells of fewer than 11 people is hidden, unless --few is given: a report is made to be handed on.
It reads the data folder and may be run beside the server.

Example: attune report diabetes --data data --html report.html --pdf report.pdf --tables tables`
}

func (c *reportCmd) Run(ctx context.Context, s streams) error {
	return c.look(ctx, c.Program, func(i *app.Inspector, o app.LivedOf) error {
		r, err := i.Report(ctx, app.ReportOf{LivedOf: o, Standard: c.Standard, By: c.By, Few: c.Few})
		if err != nil {
			return err
		}
		for _, f := range []struct{ to, format string }{{c.HTML, "html"}, {c.PDF, "pdf"}} {
			if f.to == "" {
				continue
			}
			x, err := app.WriteReport(r, f.format)
			if err != nil {
				return err
			}
			if err := os.WriteFile(f.to, x.Body, 0o600); err != nil {
				return err
			}
		}
		if c.Tables != "" {
			if err := writeTables(r, c.Tables); err != nil {
				return err
			}
		}
		switch {
		case c.JSON:
			return r.WriteJSON(s.out)
		case c.HTML+c.PDF+c.Tables != "":
			return nil
		}
		return r.WriteText(s.out, chart.Look{Width: 140})
	})
}

// writeTables writes every table of a report into a folder, which is made where it is not there.
func writeTables(r *app.Report, dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("a folder for the tables: %w", err)
	}
	for _, t := range r.Files() {
		f, err := os.OpenFile(filepath.Join(dir, t.Name), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		if err := t.Write(f); err != nil {
			_ = f.Close()
			return err
		}
		if err := f.Close(); err != nil {
			return err
		}
	}
	return nil
}
