package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const reference = "../../docs/reference"

// What is committed is what the forms say; make docs writes it anew.
func TestTheCommittedDocumentsAreCurrent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	page, err := os.ReadFile(filepath.Join(reference, "program.md"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "program.md"), page, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := generate(dir); err != nil {
		t.Fatal(err)
	}
	files := 0
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		want, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return err
		}
		if got, err := os.ReadFile(filepath.Join(reference, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("docs/reference/%s is not what the forms say: run make docs (%v)", name, err)
		}
		return nil
	})
	if err != nil || files < 10 {
		t.Errorf("%d files: %v", files, err)
	}
	committed, err := filepath.Glob(filepath.Join(reference, "schemas", "*"))
	if err != nil || len(committed) != files-2 {
		t.Errorf("docs/reference/schemas holds %d files, and the forms make %d", len(committed), files-2)
	}
}

func TestThePageOfMapsIsCurrent(t *testing.T) {
	t.Parallel()
	committed := filepath.Join(reference, mapsPage)
	want, err := os.ReadFile(committed)
	if err != nil {
		t.Fatal(err)
	}
	page := filepath.Join(t.TempDir(), "csv.md")
	if err := os.WriteFile(page, want, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := generateMaps(page); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(page); err != nil || !bytes.Equal(got, want) {
		t.Errorf("docs/interop/csv.md is not what the form says: run make docs (%v)", err)
	}
}

func TestEveryFormHasItsPlace(t *testing.T) {
	t.Parallel()
	for page, want := range map[string]string{
		"no marks":                              "no place",
		"<!-- form thing -->\n":                 "no end",
		"<!-- form other -->\nx<!-- end -->":    "no form",
		"a\n<!-- form thing -->\n<!-- end -->b": "",
	} {
		got, err := fill([]byte(page), map[string]string{"thing": "|x|\n"})
		if want == "" && (err != nil || string(got) != "a\n<!-- form thing -->\n|x|\n<!-- end -->b") {
			t.Errorf("%q becomes %q: %v", page, got, err)
		}
		if want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v", page, err)
		}
	}
}
