// Package mutant plants a mistake in a package's source and runs one of its tests, to see that the test
// is able to fail. The mistake is compiled in without touching the file. Only tests import it.
package mutant

import (
	"encoding/json"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Mistake is a change of one place of a file.
type Mistake struct {
	// File is its path from where the test runs; Right stands in it once, and Wrong takes its place.
	File, Right, Wrong string
}

// Run tests a property of the package in dir with the mistake in it, and returns what was said and whether
// it failed. Where the source does not say what is right any more, the calling test fails: the mistake must
// be written anew. In short tests that is all that is looked at, and the calling test is skipped.
func Run(t testing.TB, dir string, m Mistake, property string, flags ...string) (said string, failed bool) {
	t.Helper()
	source := m.stands(t)
	if testing.Short() {
		t.Skip("its place is there; trying it compiles the package once more")
	}
	scratch := t.TempDir()
	changed := filepath.Join(scratch, filepath.Base(m.File))
	if err := os.WriteFile(changed, []byte(strings.Replace(source, m.Right, m.Wrong, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	original, err := filepath.Abs(m.File)
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(scratch, "overlay.json")
	if err := os.WriteFile(list, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"test", "-count=1", "-vet=off", "-overlay=" + list, "-run=^" + property + "$", dir}, flags...)
	out, err := exec.CommandContext(t.Context(), "go", args...).CombinedOutput()
	return string(out), err != nil
}

// stands returns the source that the mistake changes. Where it does not say what is right any more, the test
// fails.
func (m Mistake) stands(t testing.TB) string {
	t.Helper()
	source, err := os.ReadFile(m.File)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(source), m.Right); n != 1 {
		t.Fatalf("%s has %d places that say %q: write the mistake anew", m.File, n, m.Right)
	}
	return string(source)
}

// All is the variable that has every mistake tried; without it one in nine is, always the same, and of the
// others only that their place is still there. make torture sets it.
const All = "ATTUNE_MUTANTS"

// Found fails the test unless the property fails with the mistake: it itself, not the compiler.
func Found(t testing.TB, dir string, m Mistake, property string, flags ...string) {
	t.Helper()
	if os.Getenv(All) == "" && crc32.ChecksumIEEE([]byte(m.Right+m.Wrong))%9 != 0 {
		m.stands(t)
		t.Skipf("its place is there; make torture, or %s=1, tries it", All)
	}
	if said, failed := Run(t, dir, m, property, flags...); !failed || !strings.Contains(said, "--- FAIL: "+property) {
		t.Errorf("nobody noticed:\n%s", said)
	}
}
