package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A text past its target is valid and gets a warning; one whose reference has run out is not, from the
// day after.
func TestValidateWarns(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../programs/diabetes")); err != nil {
		t.Fatal(err)
	}
	const voice = `
grade: {en: {target: 2}}
claims: [{claim: can help, language: en, reference: trial}]
references: {trial: {text: A trial, expires: 2028-01-31}}
`
	if err := os.WriteFile(filepath.Join(dir, "voice.yaml"), []byte(voice), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		on             string
		code, problems int
	}{{"2028-01-31", 0, 0}, {"2028-02-01", 1, 1}} {
		var out, said strings.Builder
		code := run(t.Context(), []string{"validate", dir, "--on", c.on, "--json"}, streams{&out, &said})
		var report struct {
			Valid              bool
			Problems, Warnings []problem
		}
		if err := json.Unmarshal([]byte(out.String()), &report); err != nil {
			t.Fatal(err, said.String())
		}
		if code != c.code || report.Valid != (c.code == 0) || len(report.Problems) != c.problems || len(report.Warnings) == 0 {
			t.Errorf("on %s: exit %d, %s", c.on, code, out.String())
		}
		for _, p := range append(report.Problems, report.Warnings...) {
			if _, err := os.Stat(p.File); err != nil || p.Line < 1 || p.Hint == "" {
				t.Errorf("on %s: %+v: %v", c.on, p, err)
			}
		}
	}
	var out, said strings.Builder
	if code := run(t.Context(), []string{"validate", dir, "--on", "2028-01-31"}, streams{&out, &said}); code != 0 || !strings.Contains(said.String(), "(a warning)") {
		t.Errorf("exit %d: %s%s", code, out.String(), said.String())
	}
	if code := run(t.Context(), []string{"validate", dir, "--on", "tomorrow"}, streams{&out, &said}); code != 2 {
		t.Errorf("a day that is none: exit %d", code)
	}
}
