package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/app"
)

// attune report writes to the terminal, as JSON, and into files which nobody else may read.
func TestAReportIsWritten(t *testing.T) {
	c := newClinic(t)
	c.hears(diabetes,
		`"event":"clinical.condition_recorded","properties":{"codes":["44054006"]}`,
		`"event":"medication.prescribed","properties":{}`,
		`"event":"medication.dispensed","properties":{"days_supply":30}`)
	code, out, complaint := attune(t, "report", "diabetes", "--data", c.data, "--few", "--json")
	var r app.Report
	if err := json.Unmarshal([]byte(out), &r); code != 0 || err != nil || len(r.Sections) == 0 {
		t.Fatalf("%d %v %s%s", code, err, out, complaint)
	}
	if code, out, complaint = attune(t, "report", "diabetes", "--data", c.data, "--few"); code != 0 || !strings.Contains(out, "IN SHORT") || !strings.Contains(out, "FROM PHASE TO PHASE") {
		t.Errorf("%s%s", out, complaint)
	}
	// One person is few.
	if code, out, complaint = attune(t, "report", "diabetes", "--data", c.data); code != 0 || strings.Contains(out, "First supply") {
		t.Errorf("%s%s", out, complaint)
	}
	to := t.TempDir()
	page, sheets, tables := filepath.Join(to, "r.html"), filepath.Join(to, "r.pdf"), filepath.Join(to, "tables")
	if code, out, complaint = attune(t, "report", "--data", c.data, "--few", "--html", page, "--pdf", sheets, "--tables", tables); code != 0 {
		t.Fatalf("%s%s", out, complaint)
	}
	for _, name := range []string{page, sheets, filepath.Join(tables, "programs.csv"), filepath.Join(tables, "programs.parquet")} {
		is, err := os.Stat(name)
		if err != nil || is.Size() == 0 || is.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, is, err)
		}
	}
	for _, wrong := range [][]string{{"report", "measles"}, {"report", "diabetes", "--by", "shoe_size"}, {"report", "--standard", "mars"}} {
		if code, _, complaint = attune(t, append(wrong, "--data", c.data)...); code == 0 || complaint == "" {
			t.Errorf("%v is done: %s", wrong, complaint)
		}
	}
}
