package main

import (
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const reminders = "../../internal/evaluate/testdata/reminders"

func evaluated(t *testing.T, dir string) (out, said string, code int) {
	t.Helper()
	var o, e strings.Builder
	code = run(t.Context(), []string{"evaluate", dir}, streams{&o, &e})
	return o.String(), e.String(), code
}

func TestEvaluateAnswersInJSON(t *testing.T) {
	t.Parallel()
	out, said, code := evaluated(t, reminders)
	var list []map[string]any
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != 0 || said != "" || len(list) != 8 {
		t.Fatalf("exit %d, %v: %s%s", code, err, out, said)
	}
	order := []string{"estimator", "value", "stderr", "ci_lo", "ci_hi", "ess", "max_weight", "n", "reliable", "why"}
	line := strings.Split(out, "\n")[1]
	at := 0
	for _, field := range order {
		next := strings.Index(line, `"`+field+`":`)
		if next < at || len(list[0]) != len(order) {
			t.Fatalf("%s is missing, too many, or out of order in %s", field, line)
		}
		at = next
	}
}

func TestEvaluateRefusesWhatIsWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(reminders)); err != nil {
		t.Fatal(err)
	}
	spec := filepath.Join(dir, "spec.json")
	if err := os.WriteFile(spec, []byte("{\"task\": \"ope\",\n\"estimators\": [\"pis\"]}"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, said, code := evaluated(t, dir)
	if want := filepath.ToSlash(spec) + `:2:16: there is no estimator "pis"; did you mean "ips"?` + "\n1 problem\n"; code != 2 || out != "" || said != want {
		t.Errorf("exit %d: %s%s", code, out, said)
	}
	if _, said, code = evaluated(t, filepath.Join(dir, "nowhere")); code != 2 || !strings.Contains(said, "is no folder; name one with spec.json") {
		t.Errorf("exit %d: %s", code, said)
	}
}

// The published analysis of HeartSteps, from its public file by the command itself. The columns that
// the contract of the file names are given their names; nothing else is changed.
func TestEvaluateReproducesHeartSteps(t *testing.T) {
	t.Parallel()
	f, err := os.Open("../../../shared/data/decision/heartsteps_v1.csv.gz")
	if err != nil {
		t.Skip("the trial's data are not beside the project")
	}
	defer f.Close()
	dir := t.TempDir()
	withNames(t, f, filepath.Join(dir, "log.csv.gz"), map[string]string{"user": "unit", "send": "action", "rand_prob": "propensity", "log_post30": "reward"})
	spec := `{"task": "mrt", "estimator": "wcls", "moderators": ["study_day"], "controls": ["study_day", "log_pre30"], "numerator": 0.6, "small_sample": true}`
	if err := os.WriteFile(filepath.Join(dir, "spec.json"), []byte(spec), 0o600); err != nil {
		t.Fatal(err)
	}
	out, said, code := evaluated(t, dir)
	if code != 0 || !strings.Contains(out, `{"term":"(Intercept)","estimate":0.50743`) || !strings.Contains(out, `{"term":"study_day","estimate":-0.01848`) {
		t.Errorf("exit %d: %s%s", code, out, said)
	}
}

func withNames(t *testing.T, from *os.File, to string, names map[string]string) {
	t.Helper()
	in, err := gzip.NewReader(from)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(in).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for c, name := range rows[0] {
		if other := names[name]; other != "" {
			rows[0][c] = other
		}
	}
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(out)
	if err := csv.NewWriter(z).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
