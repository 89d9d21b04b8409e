package programdir_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/programdir"
)

func TestEveryFileNamesItsSchema(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/programs")); err != nil {
		t.Fatal(err)
	}
	house := filepath.Join(dir, "standards", "house.yaml")
	dir = filepath.Join(dir, "living_well")
	commented, err := programdir.WriteSchemas(dir)
	if err != nil || len(commented) < 12 {
		t.Fatalf("%v: %v", commented, err)
	}
	for _, name := range commented {
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		_, schema, found := strings.Cut(first, "$schema=")
		if _, err := os.Stat(filepath.Join(dir, filepath.Dir(name), schema)); err != nil || !found {
			t.Errorf("%s begins with %q: %v", name, first, err)
		}
	}
	if text, err := os.ReadFile(house); err != nil || strings.Contains(string(text), "$schema") {
		t.Errorf("a standard beside the program was written to: %v", err)
	}
	signals, err := os.ReadFile(filepath.Join(dir, ".attune/schemas/signals.schema.json"))
	if err != nil || !strings.Contains(string(signals), `"foot_check.sent"`) {
		t.Errorf("the program's own event is not suggested: %v", err)
	}
	before, after := readFolder(t, "testdata/programs/living_well"), readFolder(t, dir)
	if dump(t, before) == dump(t, after) {
		t.Error("the release does not show that files changed")
	}
	before.Texts = after.Texts
	if dump(t, before) != dump(t, after) {
		t.Error("the comments changed what is read")
	}
	if commented, err := programdir.WriteSchemas(dir); err != nil || len(commented) > 0 {
		t.Errorf("a second time: %v, %v", commented, err)
	}
}
