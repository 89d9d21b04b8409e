package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is no library is refused with what is wrong and what to do; what needs a data folder says so.
func TestLibraryRefusesWhatIsNone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "nonsense.attune-library")
	if err := os.WriteFile(file, []byte(`{"library": {"format": "attune pattern library", "version": 7}, "key": "", "signature": ""}`), 0o600); err != nil {
		t.Fatal(err)
	}
	none := filepath.Join(dir, "none")
	for _, c := range []struct {
		args []string
		exit int
		says string
	}{
		{[]string{"library", "show", file, "--data", none}, 2, "update Attune"},
		{[]string{"library", "import", file, "--data", none}, 2, "update Attune"},
		{[]string{"library", "start", file, "diabetes", filepath.Join(dir, "out"), "--data", none}, 2, "update Attune"},
		{[]string{"library", "export", filepath.Join(dir, "out.attune-library"), "--data", none}, 1, "--data"},
		{[]string{"library", "keys", "--data", none}, 1, "--data"},
		{[]string{"library", "list", "--data", none}, 1, "--data"},
		{[]string{"library", "forget", "North Clinic", "--data", none}, 1, "--data"},
		{[]string{"library", "trust", "ed25519:x", "--data", none}, 2, "--name"},
	} {
		var out, complaint bytes.Buffer
		if exit := run(t.Context(), append([]string{}, c.args...), streams{&out, &complaint}); exit != c.exit || !strings.Contains(complaint.String(), c.says) {
			t.Errorf("attune %s: exit %d\n%s%s", strings.Join(c.args, " "), exit, out.String(), complaint.String())
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "out")); err == nil {
		t.Error("something was written")
	}
}
