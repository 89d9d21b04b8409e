package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestProgramsTellTheirStories(t *testing.T) {
	t.Parallel()
	tell := func(args ...string) (string, int) {
		var out, said strings.Builder
		code := run(t.Context(), append([]string{"test"}, args...), streams{&out, &said})
		return out.String() + said.String(), code
	}
	const diabetes = "../../programs/diabetes"
	out, code := tell(diabetes)
	if code != 0 || strings.Count(out, "ok ") < 2 {
		t.Errorf("exit %d:\n%s", code, out)
	}
	if out, code := tell(rheumatoid); code != 0 || strings.Count(out, "ok ") < 6 {
		t.Errorf("rheumatoid_referral: exit %d:\n%s", code, out)
	}
	if out, code := tell(livingWell); code != 0 || !strings.Contains(out, "ok ") {
		t.Errorf("living_well: exit %d:\n%s", code, out)
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(diabetes)); err != nil {
		t.Fatal(err)
	}
	welcome := filepath.Join(dir, "journeys", "welcome.yaml")
	text, err := os.ReadFile(welcome)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(welcome, []byte(strings.Replace(string(text), "exit: welcomed", "exit: greeted", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, code = tell(dir)
	if code != 1 || !strings.Contains(out, `- {"at":"2027-03-01T10:05:01Z","journey":"welcome","what":"left","step":"exit-3","why":"welcomed"}`) || !strings.Contains(out, `"why":"greeted"}`) {
		t.Errorf("another exit: exit %d:\n%s", code, out)
	}
	before, err := os.ReadFile(filepath.Join(diabetes, "stories", "says-stop.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if out, code := tell(dir, "--update"); code != 0 || strings.Count(out, "wrote ") != 4 {
		t.Errorf("updating: exit %d:\n%s", code, out)
	}
	after, err := os.ReadFile(filepath.Join(dir, "stories", "says-stop.txtar"))
	if err != nil || strings.ReplaceAll(string(after), "greeted", "welcomed") != string(before) {
		t.Errorf("%v: rewritten as\n%s", err, after)
	}
	if out, code := tell(dir); code != 0 {
		t.Errorf("after the update: exit %d:\n%s", code, out)
	}
	if err := os.WriteFile(filepath.Join(dir, "stories", "broken.txtar"), []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, code := tell(dir, "--update"); code != 1 || !strings.Contains(out, "broken.txtar: the story has no part") {
		t.Errorf("a broken story: exit %d:\n%s", code, out)
	}
}

// A story changes nothing for anybody: it makes no other release.
func TestStoriesAreNoPartOfTheRelease(t *testing.T) {
	t.Parallel()
	const diabetes = "../../programs/diabetes"
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(diabetes)); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "stories")); err != nil {
		t.Fatal(err)
	}
	with, _, err := load([]string{diabetes})
	if err != nil {
		t.Fatal(err)
	}
	without, _, err := load([]string{dir})
	if err != nil || with.ID != without.ID {
		t.Errorf("%v: the releases are %s and %s", err, with.ID, without.ID)
	}
	if err := os.Mkdir(filepath.Join(dir, "stories"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "stories", "a.yaml"), []byte("a: b"), 0o600); err != nil {
		t.Fatal(err)
	}
	if rel, problems, _ := load([]string{dir}); rel != nil || !strings.Contains(problems[0].String(), "name it stories/first-weeks.txtar") {
		t.Errorf("a file that is no story: %v", problems)
	}
}
