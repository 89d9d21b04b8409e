package programdir_test

import (
	"slices"
	"strings"
	"testing"

	"attune/core/instant"
	"attune/internal/programdir"
)

// A starter is a program that stands by itself, with nothing of the house that wrote it, and nothing approved.
func TestAStarterStandsByItself(t *testing.T) {
	t.Parallel()
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"../../programs/diabetes", "../../programs/rheumatoid_referral"} {
		files, problems, err := programdir.ReadFiles(dir)
		if err != nil || len(problems) > 0 {
			t.Fatal(err, problems)
		}
		for path, canary := range map[string]string{
			"policy.yaml": "capacity: {visit: {team: canary_team, per_day: 3}}\n# canary: ask Ana, extension 4711\n", "approvals.yaml": "canary: yes\n", "README.md": "canary",
		} {
			files.Texts[path] += canary
		}
		some := ""
		for path := range files.Texts {
			if strings.HasSuffix(path, ".liquid") && (some == "" || path < some) {
				some = path
			}
		}
		files.Texts[some] += "\nCall +1 202 555 0143, write to canary@clinic.example or see https://canary.example/now\n"
		texts, left, err := programdir.Starter(zones, files)
		if err != nil {
			t.Fatal(err)
		}
		for path, text := range texts {
			for _, house := range []string{"canary", "Green Lane", "555 0143", "New_York", "London", "4711"} {
				if strings.Contains(text, house) && (house == "canary" || path == "policy.yaml" || path == some) {
					t.Errorf("%s: %q left the house:\n%s", path, house, text)
				}
			}
		}
		for _, gone := range []string{"policy.yaml: sender", "policy.yaml: zone", "policy.yaml: capacity", "policy.yaml: consent.without_record", "approvals.yaml", "README.md", "world.yaml", some + ": e-mail addresses, links and telephone numbers"} {
			if !slices.Contains(left, gone) {
				t.Errorf("%s is not told to have been left out: %v", gone, left)
			}
		}
		rel, problems := programdir.Compile(zones, programdir.Files{Home: "starter", Texts: texts})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		for _, c := range rel.Programs[0].Standings {
			if len(c.Given) > 0 {
				t.Error("something in a starter is approved")
			}
		}
	}
}
