package evaluate

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write samples and golden answers anew")

// folder copies a sample, so that nothing is written into testdata.
func folder(t *testing.T, sample string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join("testdata", sample))); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSamples(t *testing.T) {
	if *update {
		writeSamples(t)
	}
	for sample := range samples {
		t.Run(sample, func(t *testing.T) {
			dir := folder(t, sample)
			var out bytes.Buffer
			problems, err := Run(t.Context(), Config{Dir: dir, Out: &out, Note: func(note string) { t.Error(note) }})
			if err != nil || len(problems) > 0 {
				t.Fatal(problems, err)
			}
			golden := filepath.Join("testdata", sample, "answer.json")
			if *update {
				if err := os.WriteFile(golden, out.Bytes(), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			same(t, read(t, out.Bytes()), read(t, want))
		})
	}
}

// read decodes an answer.
func read(t *testing.T, text []byte) (out []map[string]any) {
	t.Helper()
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return out
}

// same compares answers: words as they are, numbers to 1e-9, since processors round differently.
func same(t *testing.T, got, want []map[string]any) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d elements, and not %d", len(got), len(want))
	}
	for i := range want {
		if len(got[i]) != len(want[i]) {
			t.Errorf("element %d has the fields of %v", i, got[i])
		}
		for field, w := range want[i] {
			g := got[i][field]
			x, ok := g.(float64)
			y, number := w.(float64)
			if ok && number && math.Abs(x-y) <= 1e-12+1e-9*math.Abs(y) {
				continue
			}
			if g != w {
				t.Errorf("element %d: %s is %v and not %v", i, field, g, w)
			}
		}
	}
}

// These were computed from the samples by a program of its own, written from the definitions in
// another language: sums with 40 digits, Gaussian elimination, whole hat matrices, and Newton's
// method on the equation of EMEE as it is printed.
func TestIndependentReferences(t *testing.T) {
	t.Parallel()
	for sample, want := range map[string][]map[string]any{
		"reminders": {
			{"estimator": "ips", "value": 0.31560926184852861, "stderr": 0.013718769666003877, "ess": 1324.9386073452374, "max_weight": 0.001973055180917076},
			{"estimator": "ips_clip2", "value": 0.29478998569860415, "stderr": 0.012035166025430087},
			{"estimator": "snips", "value": 0.31135724461782677, "stderr": 0.012263128431138599},
			{"estimator": "dm", "value": 0.31631274311559776, "stderr": 0.0018092959077289101},
			{"estimator": "dr", "value": 0.31370769874144344, "stderr": 0.012357116838454205, "ci_lo": 0.31370769874144344 - 1.959963985*0.012357116838454205, "ci_hi": 0.31370769874144344 + 1.959963985*0.012357116838454205},
			{"estimator": "sndr", "value": 0.31374279496612573, "stderr": 0.012193355887533638},
			{"estimator": "switch_dr2", "value": 0.30890064365193692, "stderr": 0.009962430301780064},
			{"estimator": "dros10", "value": 0.31469039379849095, "stderr": 0.0087989614890753159},
		},
		"walks": {
			{"term": "(Intercept)", "estimate": 0.47401555690454944, "stderr": 0.18143936771777702, "df2": 25.},
			{"term": "day", "estimate": -0.016787173482080038, "stderr": 0.072238672163635442, "df2": 25.},
		},
		"replies": {
			{"term": "(Intercept)", "estimate": 0.6218448953375294, "stderr": 0.24616611610700961, "df2": 24.},
			{"term": "day", "estimate": -0.11659316649792391, "stderr": 0.11248248313573368, "df2": 24.},
		},
		"looks": {
			{"t": 100., "mean": 0.098068, "lo": -0.2226581341107397, "hi": 0.4187941341107396},
			{"t": 200., "mean": 0.0879215, "lo": -0.13047738151543692, "hi": 0.30632038151543695},
			{"t": 300., "mean": 0.09306566666666666, "lo": -0.08779300000087578, "hi": 0.27392433333420907},
			{"t": 400., "mean": 0.09654674999999996, "lo": -0.06086995145973573, "hi": 0.2539634514597357},
		},
	} {
		t.Run(sample, func(t *testing.T) {
			t.Parallel()
			got := read(t, answers(t, filepath.Join("testdata", sample)))
			for i := range got {
				for field := range got[i] {
					if _, ok := want[i][field]; !ok {
						delete(got[i], field)
					}
				}
			}
			same(t, got, want)
		})
	}
	t.Run("without units and without the correction", func(t *testing.T) {
		t.Parallel()
		dir := folder(t, "reminders")
		write(t, dir, "spec.json", `{"task":"ope","estimators":["ips","snips","dr","sndr"],"outcome_model":{"type":"ols_per_action","folds":2},"clip":null,"cluster":null}`)
		for i, se := range []float64{0.014723666466531796, 0.013077362001235188, 0.013082572503288875, 0.012907185651870738} {
			if got := read(t, answers(t, dir))[i]["stderr"].(float64); math.Abs(got-se) > 1e-12 {
				t.Errorf("se %d is %g and not %g", i, got, se)
			}
		}
		dir = folder(t, "walks")
		write(t, dir, "spec.json", `{"task":"mrt","estimator":"wcls","moderators":["day"],"controls":["day","before"],"numerator":0.4}`)
		for i, se := range []float64{0.17255124546322198, 0.068789495867761521} {
			if got := read(t, answers(t, dir))[i]["stderr"].(float64); math.Abs(got-se) > 1e-12 {
				t.Errorf("se %d is %g and not %g", i, got, se)
			}
		}
	})
}

// answers runs a folder in which nothing is wrong.
func answers(t *testing.T, dir string) []byte {
	t.Helper()
	var out bytes.Buffer
	problems, err := Run(t.Context(), Config{Dir: dir, Out: &out})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	return out.Bytes()
}

func write(t *testing.T, dir, file, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// The table in docs/evaluate.md is what the sample answers.
func TestThePageShowsWhatIsAnswered(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/evaluate.md")
	if err != nil {
		t.Fatal(err)
	}
	answer := read(t, answers(t, filepath.Join("testdata", "reminders")))
	for _, e := range answer {
		row := fmt.Sprintf("| %s | %.4f | %.4f | %.4f to %.4f |\n", e["estimator"], e["value"], e["stderr"], e["ci_lo"], e["ci_hi"])
		if !strings.Contains(string(page), row) {
			t.Errorf("the page does not show %s", row)
		}
	}
	for sample := range samples {
		spec, err := os.ReadFile(filepath.Join("testdata", sample, "spec.json"))
		if err != nil {
			t.Fatal(err)
		}
		shown := strings.TrimSuffix(strings.TrimSpace(string(spec)), "}")
		if sample != "replies" && !strings.Contains(string(page), shown) {
			t.Errorf("the page does not show the spec of %s", sample)
		}
	}
}
