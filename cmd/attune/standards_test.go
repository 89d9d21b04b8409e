package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/app"
)

const livingWell = "../../internal/programdir/testdata/programs/living_well"

func standards(t *testing.T, args ...string) (string, string, int) {
	t.Helper()
	var out, err strings.Builder
	code := run(t.Context(), append([]string{"standards"}, args...), streams{&out, &err})
	return out.String(), err.String(), code
}

func TestStandardsReportsWhereAProgramStands(t *testing.T) {
	t.Parallel()
	out, _, code := standards(t, livingWell)
	for _, want := range []string{
		"diabetes stands under house, eu\n",
		"policy.zone: Europe/Madrid, from house\n",
		`policy.contact_hours: {from: "09:00", to: "20:30"}, from diabetes, stricter than house (../standards/house.yaml:6:18): {from: "08:00", to: "21:00"}`,
		"policy.caps: [{count: 3, within: 7d}, {count: 6, within: 30d}, {count: 2, within: 7d, channel: sms}, {count: 1, within: 30d, purpose: offers}, {count: 2, within: 7d, theme: refills}, {count: 4, within: 30d, each: theme}], from house, eu, diabetes",
		"policy.consent.without_record: {treatment_support: [email, sms, call, letter]}, from eu\n",
	} {
		if !strings.Contains(out, want) || code != 0 {
			t.Errorf("exit %d, and there is no %q in\n%s", code, want, out)
		}
	}
	if strings.Contains(out, "drifted") {
		t.Errorf("something drifted from nothing:\n%s", out)
	}
}

// A copy of the programs whose house standard changes afterwards has drifted.
func TestStandardsTellsWhatDrifted(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Dir(livingWell))); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "living_well")
	if out, _, code := standards(t, livingWell, "--since", copied); code != 0 || !strings.Contains(out, "nothing has drifted") {
		t.Errorf("exit %d:\n%s", code, out)
	}
	house := filepath.Join(dir, "standards", "house.yaml")
	text, err := os.ReadFile(house)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(house, []byte(strings.Replace(string(text), "count: 3", "count: 2", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, said, code := standards(t, copied, "--since", livingWell, "--json")
	// The program writes 3 within 7d itself, which is looser now.
	if code != 1 || !strings.Contains(said, "3 within 7d is looser than 2 within 7d in the standard house") {
		t.Errorf("exit %d: %s%s", code, out, said)
	}
	policy := filepath.Join(copied, "policy.yaml")
	if text, err = os.ReadFile(policy); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(policy, []byte(strings.Replace(string(text), "count: 3", "count: 1", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	out, said, code = standards(t, copied, "--since", livingWell, "--json")
	var report struct {
		Programs []struct {
			Fields []struct {
				Field   string
				From    []string
				Tighter bool
			}
			Drift []app.Drift
		}
	}
	if err := json.Unmarshal([]byte(out), &report); err != nil || code != 0 || len(report.Programs) != 1 {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, said)
	}
	var drifted []string
	for _, d := range report.Programs[0].Drift {
		drifted = append(drifted, d.What)
	}
	if strings.Join(drifted, ", ") != "standard house, policy.caps" {
		t.Errorf("drifted: %v", report.Programs[0].Drift)
	}
	for _, f := range report.Programs[0].Fields {
		if f.Field == "policy.caps" && (!f.Tighter || strings.Join(f.From, ", ") != "house, eu, diabetes") {
			t.Errorf("%+v", f)
		}
	}
	if _, said, code := standards(t, livingWell, "--since", "../../programs/diabetes"); code != 0 || said != "" {
		t.Errorf("two programs of one name: exit %d: %s", code, said)
	}
}

// What has drifted since the release in force is told by the data folder alone.
func TestStandardsComparesWithWhatIsInForce(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Dir(livingWell))); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(dir, "living_well")
	c := newClinic(t)
	c.hears(copied, `"event":"portal.visited"`)
	if out, said, code := standards(t, copied, "--data", c.data); code != 0 || !strings.Contains(out, "nothing has drifted") {
		t.Errorf("exit %d: %s%s", code, out, said)
	}
	house := filepath.Join(dir, "standards", "house.yaml")
	text, err := os.ReadFile(house)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(house, []byte(strings.Replace(string(text), `to: "21:00"`, `to: "20:45"`, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, said, code := standards(t, copied, "--data", c.data); code != 0 || !strings.Contains(out, "  drifted: standard house was ") {
		t.Errorf("exit %d: %s%s", code, out, said)
	}
	for want, args := range map[string][]string{
		"can't be used together":   {copied, "--data", c.data, "--since", livingWell},
		"is not a data folder":     {copied, "--data", dir},
		`there is no program "p2"`: {renamed(t), "--data", c.data},
	} {
		if out, said, code := standards(t, args...); code == 0 || !strings.Contains(said, want) {
			t.Errorf("exit %d, without %q: %s%s", code, want, out, said)
		}
	}
}

// renamed is a copy of the diabetes program of another name.
func renamed(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "p2")
	if err := os.CopyFS(dir, os.DirFS(diabetes)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "program.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), "program: diabetes", "program: p2", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}
