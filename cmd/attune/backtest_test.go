package main

import (
	"archive/zip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/paper/papertest"
)

func TestABacktestFromTheCommandLine(t *testing.T) {
	c := newClinic(t)
	c.hears(diabetes, `"event":"clinical.condition_recorded","properties":{"codes":["44054006"]}`, `"event":"appointment.noshow"`)
	try := filepath.Join(t.TempDir(), "diabetes")
	if err := os.CopyFS(try, os.DirFS(diabetes)); err != nil {
		t.Fatal(err)
	}
	page, list, numbers, zipped := filepath.Join(t.TempDir(), "r.html"), filepath.Join(t.TempDir(), "l.csv"), filepath.Join(t.TempDir(), "r.json"), filepath.Join(t.TempDir(), "r.zip")
	printed := filepath.Join(t.TempDir(), "r.pdf")
	code, out, complaint := attune(t, "backtest", try, "--data", c.data, "--html", page, "--list", list, "--json", numbers, "--tables", zipped, "--pdf", printed)
	if code != 0 || !strings.Contains(out, "Backtest of diabetes, release") || !strings.Contains(out, "publication 1") || !strings.Contains(out, "What this cannot tell") {
		t.Errorf("%d: %s%s", code, out, complaint)
	}
	for file, want := range map[string]string{page: "<h1>Backtest of", list: "person,program,engagement,change,times_tried,times_against\n", numbers: `"people": 1`} {
		if text, err := os.ReadFile(file); err != nil || !strings.Contains(string(text), want) {
			t.Errorf("%s has no %q: %v", filepath.Base(file), want, err)
		}
	}
	hasTables(t, zipped, numbers)
	b, err := os.ReadFile(printed)
	if err != nil {
		t.Fatal(err)
	}
	if said := papertest.Words(t, b); !strings.Contains(said, "What a backtest came to") || !strings.Contains(said, "publication 1") {
		t.Errorf("the document says %s", said)
	}
	code, out, _ = attune(t, "backtest", try, "--data", c.data, "--json", "-")
	if text, _ := os.ReadFile(numbers); code != 0 || !json.Valid([]byte(out)) || out != string(text) {
		t.Errorf("%d: the second time it says something else", code)
	}
	if err := os.WriteFile(filepath.Join(try, "signals.yaml"), []byte("signals:\n  late: coun(\"portal.visited\", \"14d\") < 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for it, x := range map[string]struct {
		args []string
		code int
		want string
	}{
		"lists the versions there are":     {[]string{diabetes, "--against", "99"}, 2, "published here were:\n  1  "},
		"knows days and instants":          {[]string{diabetes, "--from", "yesterday"}, 2, `--from "yesterday" is no day and no instant: write it as`},
		"wants the end after the begin":    {[]string{diabetes, "--from", "2027-02-01", "--to", "2027-01-01"}, 2, "--to 2027-01-01 is not after --from 2027-02-01"},
		"knows when the history ends":      {[]string{diabetes, "--from", "2999-01-01"}, 2, "the history here ends at"},
		"tells what is wrong with it":      {[]string{try}, 2, "signals.yaml:2"},
		"needs a folder that was used":     {[]string{diabetes, "--data", t.TempDir()}, 1, "is not a data folder"},
		"says where the programs are not":  {[]string{filepath.Join(try, "nowhere")}, 2, "nowhere"},
		"takes instants with their offset": {[]string{diabetes, "--to", "1999-01-01T08:00:00+01:00"}, 2, "the history here begins at"},
	} {
		args := append([]string{"backtest", "--data", c.data}, x.args...)
		if code, out, complaint := attune(t, args...); code != x.code || !strings.Contains(complaint, x.want) {
			t.Errorf("it %s: %d %s%s", it, code, out, complaint)
		}
	}
}

// hasTables looks whether a zip file has tables, and beside them the result as it is written elsewhere.
func hasTables(t *testing.T, zipped, numbers string) {
	t.Helper()
	z, err := zip.OpenReader(zipped)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	kinds := map[string]int{}
	for _, f := range z.File {
		kinds[filepath.Ext(f.Name)]++
	}
	f, err := z.Open("result.json")
	if err != nil {
		t.Fatal(err)
	}
	inside, _ := io.ReadAll(f)
	if text, err := os.ReadFile(numbers); err != nil || string(text) != string(inside) || kinds[".csv"] < 3 || kinds[".csv"] != kinds[".parquet"] {
		t.Errorf("%v, %v", kinds, err)
	}
}
