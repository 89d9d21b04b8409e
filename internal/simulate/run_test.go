package simulate

import (
	"encoding/json"
	"os"
	"testing"

	"attune/core/instant"
	"attune/core/release"
	"attune/internal/programdir"
)

func load(t testing.TB, dir string) *release.Release {
	t.Helper()
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	rel, problems, err := programdir.Load(zones, dir)
	if err != nil || rel == nil {
		t.Fatal(err, problems)
	}
	return rel
}

const diabetes = "../../programs/diabetes"

func worldOf(t testing.TB, rel *release.Release, file string) *World {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	w, problems := Read(file, text, rel)
	if w == nil {
		t.Fatal(problems)
	}
	return w
}

var start, _ = instant.Parse("2027-01-01T00:00:00Z")

func run(t testing.TB, c Config) *Result {
	t.Helper()
	if c.Start == 0 {
		c.Start = start
	}
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func asJSON(t testing.TB, r *Result) string {
	t.Helper()
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTheNumberOfWorkersChangesNothing(t *testing.T) {
	rel := load(t, diabetes)
	c := Config{Release: rel, Other: rel, World: worldOf(t, rel, diabetes+"/world.yaml"), People: 150, Days: 120, Seed: 7, Workers: 1}
	one := asJSON(t, run(t, c))
	c.Workers = 4
	if four := asJSON(t, run(t, c)); four != one {
		t.Error("four workers counted something else than one")
	}
	c.Seed = 8
	if other := asJSON(t, run(t, c)); other == one {
		t.Error("another seed lives the same lives")
	}
	t.Log(one)
}
