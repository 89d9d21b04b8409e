package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/app"
)

// The whole life of a change from the command line: look, publish, list, take it back, pull.
func TestAChangeIsPublishedAndTakenBack(t *testing.T) {
	program := filepath.Join(t.TempDir(), "diabetes")
	if err := os.CopyFS(program, os.DirFS(diabetes)); err != nil {
		t.Fatal(err)
	}
	c := newClinic(t)
	c.hears(program, `"event":"portal.visited"`)
	do := func(want int, args ...string) (string, string) {
		t.Helper()
		code, out, complaint := attune(t, append(args, "--data", c.data)...)
		if code != want {
			t.Fatalf("%v ended with %d: %s%s", args, code, out, complaint)
		}
		return out, complaint
	}
	if _, complaint := do(1, "publish", program); !strings.Contains(complaint, "live already") {
		t.Errorf("publishing what is live: %s", complaint)
	}
	path := filepath.Join(program, "policy.yaml")
	policy, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	later := bytes.Replace(policy, []byte(`"21:00"`), []byte(`"20:00"`), 1)
	if err := os.WriteFile(path, later, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, _ := do(0, "publish", program, "--dry-run"); !strings.Contains(out, "diabetes: policy is changed") || !strings.Contains(out, "Nothing was published") {
		t.Errorf("a dry run says %s", out)
	}
	if out, _ := do(0, "releases"); strings.Count(out, "\n") != 1 {
		t.Errorf("after a dry run there are\n%s", out)
	}
	if out, _ := do(0, "publish", program); !strings.Contains(out, "is live, as number 2") || !strings.Contains(out, "No server runs") {
		t.Errorf("publishing says %s", out)
	}
	if out, _ := do(0, "releases"); !strings.Contains(out, "1 people are still to be moved") {
		t.Errorf("before the next start:\n%s", out)
	}
	var undone published
	out, _ := do(0, "publish", "--undo", "--json")
	if err := json.Unmarshal([]byte(out), &undone); err != nil || undone.Undoes != 2 || undone.Number != 3 || undone.Running {
		t.Errorf("%s, %v", out, err)
	}
	if _, complaint := do(1, "publish", "--undo"); !strings.Contains(complaint, "undid number 2 already") {
		t.Errorf("undone twice: %s", complaint)
	}
	c.hears(program, `"event":"portal.visited"`) // the folder is not what is live; the server starts all the same
	var list []app.Release
	out, _ = do(0, "releases", "--json")
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != 3 || list[0].People != 1 || !list[0].Live || list[2].People != 0 {
		t.Errorf("%s, %v", out, err)
	}
	if _, complaint := do(0, "pull", program); complaint != "" { // it is as number 2 has it
		t.Error(complaint)
	}
	if is, err := os.ReadFile(path); err != nil || !bytes.Equal(is, policy) {
		t.Errorf("pulled %s, %v", is, err)
	}
	if err := os.WriteFile(path, append(policy, "# mine\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, complaint := do(1, "pull", program); !strings.Contains(complaint, "policy.yaml") || !strings.Contains(complaint, "--force") {
		t.Errorf("over a local change: %s", complaint)
	}
	do(0, "pull", program, "--release", "2", "--force")
	if is, err := os.ReadFile(path); err != nil || !bytes.Equal(is, later) {
		t.Errorf("number 2 has %s, %v", is, err)
	}
	if out, _ := do(0, "attention", "list"); !strings.Contains(out, "No passage needs attention") {
		t.Error(out)
	}
	if _, complaint := do(1, "attention", "resume", "abc"); !strings.Contains(complaint, "0 of the 0") {
		t.Error(complaint)
	}
	if _, complaint := do(1, "publish", program, "--undo"); !strings.Contains(complaint, "takes no programs") {
		t.Error(complaint)
	}
	if _, complaint := do(1, "publish"); !strings.Contains(complaint, "name the programs' folders") {
		t.Error(complaint)
	}
}
