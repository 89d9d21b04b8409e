package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"attune/core/program"
	"attune/internal/programdir"
	"attune/internal/storytest"
)

type testCmd struct {
	Programs []string `arg:"" help:"Folders of programs, such as programs/diabetes."`
	Update   bool     `help:"Write what follows now into the stories that differ, to be looked through before it is kept."`
}

func (testCmd) Help() string {
	return `A story is a file stories/NAME.txtar of a program: what is heard of one person, and what follows.

  -- events.jsonl --
  {"at":"2027-03-01T09:00:00Z","traits":{"first_name":"Ana","email":"ana@example.org"}}
  {"at":"2027-03-01T09:00:00Z","event":"clinical.condition_recorded","props":{"codes":["44054006"]}}
  {"at":"2027-03-08T09:00:00Z","tick":true}
  -- touches.jsonl --
  {"at":"2027-03-01T09:05:00Z","sent":"welcome","channel":"email","language":"en","says":"Hello Ana"}

Each line of events.jsonl has an instant and one of event (with props), traits, tick (time passes up to
the instant) and carrier (what carriers answer from then on: accepted, as at first, rejected, postponed,
unknown). What is due between two lines happens at its instant, and carriers answer after a second. A
request in touches.jsonl is called request-1 and so on; an event answers it as "@request-1".

A story that goes another way is shown with what it says (-) and what follows now (+), and the exit
status is 1. With --update it is written anew, and a story without touches.jsonl gets one.

Example: attune test programs/diabetes`
}

func (c *testCmd) Run(s streams) error {
	failed := 0
	for _, dir := range c.Programs {
		rel, err := mustLoad(s, []string{dir})
		if err != nil {
			return err
		}
		files, _, err := programdir.ReadFiles(dir)
		if err != nil {
			return err
		}
		told := 0
		for _, path := range slices.Sorted(maps.Keys(files.Texts)) {
			if !strings.HasPrefix(path, program.Stories) {
				continue
			}
			told++
			difference, rewritten, err := storytest.Check(rel, files.Texts[path])
			place := filepath.ToSlash(filepath.Join(dir, path))
			switch {
			case err != nil:
				failed++
				fmt.Fprintf(s.out, "FAIL  %s: %v\n", place, err)
			case difference == "":
				fmt.Fprintf(s.out, "ok    %s\n", place)
			case c.Update:
				if err := os.WriteFile(filepath.Join(dir, filepath.FromSlash(path)), []byte(rewritten), 0o644); err != nil {
					return fmt.Errorf("update story: %w", err)
				}
				fmt.Fprintf(s.out, "wrote %s\n", place)
			default:
				failed++
				fmt.Fprintf(s.out, "FAIL  %s goes another way, in %s", place, difference)
			}
		}
		if told == 0 {
			fmt.Fprintf(s.out, "%s has no stories: write stories/NAME.txtar\n", dir)
		}
	}
	if failed > 0 {
		return errTold
	}
	return nil
}
