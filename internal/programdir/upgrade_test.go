package programdir_test

import (
	"encoding/json"
	"path/filepath"
	"testing"

	"golang.org/x/tools/txtar"

	"attune/core/program"
	"attune/core/source"
	"attune/internal/programdir"
)

// TestUpgrades reads testdata/upgrade: a journey in an older format, and the same in the newest. They
// read as one program.
func TestUpgrades(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/upgrade/*.txtar")
	if err != nil || len(paths) != program.Format-1 {
		t.Fatalf("there are %d upgrades and %d formats: %v", len(paths), program.Format, err)
	}
	for _, path := range paths {
		a, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		before := readJourney(t, "", string(a.Files[0].Data))
		after := readJourney(t, "format: 2\n", string(a.Files[1].Data))
		if before != after {
			t.Errorf("%s: it reads as\n%s\nand should as\n%s", path, before, after)
		}
	}
}

// readJourney writes what a journey reads as in the good program, with a line more in program.yaml.
func readJourney(t *testing.T, line, text string) string {
	t.Helper()
	folder := program.Folder{Trees: map[string]*source.Node{}, Texts: map[string]string{}}
	var found source.Problems
	for _, f := range append(txtar.Parse([]byte(good)).Files, txtar.File{Name: "journeys/start.yaml", Data: []byte(text)}) {
		if f.Name == "program.yaml" {
			f.Data = append([]byte(line), f.Data...)
		}
		if filepath.Ext(f.Name) == ".yaml" {
			folder.Trees[f.Name] = programdir.ParseYAML(f.Name, f.Data, &found)
		} else {
			folder.Texts[f.Name] = string(f.Data)
		}
	}
	p, problems := program.Read(folder, zones())
	if len(problems)+len(found.List()) > 0 {
		t.Fatal(problems, found.List())
	}
	journey, err := json.Marshal(p.Journeys)
	if err != nil {
		t.Fatal(err)
	}
	return string(journey)
}

func TestNewerFormatsAreRefused(t *testing.T) {
	t.Parallel()
	got := problems(t, write(t, good, "-- program.yaml --\nprogram: care\nformat: 3\nnew_field: x\n"))
	want := "program.yaml:2:9: the program is written in format 3, and this version of Attune reads formats 1 to 2; take a newer Attune, or write the program in format 2"
	if len(got) != 1 || got[0] != want {
		t.Errorf("a newer format is told as\n%v\nand should be as\n%s", got, want)
	}
}

// Steps put in before others leave their names as they are.
func TestStepsKeepTheirNames(t *testing.T) {
	t.Parallel()
	const head = "journey: start\nenter: {on: medication.prescribed}\nsteps:\n"
	short := readJourney(t, "format: 2\n", head+"  - send: hello\n  - wait: 3d\n  - send: hello\n")
	long := readJourney(t, "format: 2\n", head+"  - {id: first, wait: 1d}\n  - goal: begun\n  - send: hello\n  - wait: 3d\n  - send: hello\n")
	for _, journey := range []string{short, long} {
		var read []struct{ Steps []struct{ ID string } }
		if err := json.Unmarshal([]byte(journey), &read); err != nil {
			t.Fatal(err)
		}
		last := read[0].Steps[len(read[0].Steps)-3:]
		if last[0].ID != "send-hello" || last[1].ID != "wait" || last[2].ID != "send-hello-2" {
			t.Errorf("the steps are called %v", last)
		}
	}
}
