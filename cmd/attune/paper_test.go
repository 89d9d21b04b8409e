package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/paper/papertest"
)

// What reviewers and patients read on paper is written by commands, into files which nobody else may read; what cannot be is said.
func TestDocumentsAreWrittenForPaper(t *testing.T) {
	// A program that says something at once.
	eager := filepath.Join(t.TempDir(), "diabetes")
	if err := os.CopyFS(eager, os.DirFS(diabetes)); err != nil {
		t.Fatal(err)
	}
	journey := filepath.Join(eager, "journeys", "welcome.yaml")
	text, err := os.ReadFile(journey)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(journey, []byte(strings.Replace(string(text), "  - wait: 5m\n", "", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	c := newClinic(t)
	c.hears(eager, `"event":"clinical.condition_recorded","properties":{"codes":["44054006"]}`, `"event":"medication.prescribed","properties":{}`)
	to := filepath.Join(t.TempDir(), "it.pdf")
	for _, x := range []struct {
		args, want []string
	}{
		{[]string{"journey", "walkthrough", diabetes, "welcome"}, []string{"The journey “Welcome to the program”, step by step", "The files in the folder diabetes", "What it says: welcome", "Ana"}},
		{[]string{"content", "review", diabetes, "refill_reminder"}, []string{"What “refill_reminder” says", "As it is written", "Puede que le toque su recarga"}},
		{[]string{"why", "app:ana", "--letter", to, "--data", c.data}, []string{"Why you got", "Written on", "Green Lane Diabetes Team"}},
	} {
		args := x.args
		if args[0] != "why" {
			args = append(args, "-o", to)
		}
		code, out, complaint := attune(t, args...)
		if code != 0 || !strings.Contains(out, to) {
			t.Fatalf("%v: %d %s%s", x.args, code, out, complaint)
		}
		is, err := os.Stat(to)
		if err != nil || is.Mode().Perm() != 0o600 {
			t.Fatalf("%v: %v %v", x.args, is, err)
		}
		b, err := os.ReadFile(to)
		if err != nil {
			t.Fatal(err)
		}
		said := papertest.Words(t, b)
		for _, want := range x.want {
			if !strings.Contains(said, want) {
				t.Errorf("%v does not say %q", x.args, want)
			}
		}
	}
	for _, wrong := range [][]string{{"journey", "walkthrough", diabetes, "none"}, {"journey", "walkthrough", t.TempDir(), "welcome"}, {"content", "review", diabetes, "none"}, {"why", "app:nobody", "--letter", to, "--data", c.data}} {
		if code, out, complaint := attune(t, wrong...); code == 0 || complaint == "" {
			t.Errorf("%v is done: %s", wrong, out)
		}
	}
}
