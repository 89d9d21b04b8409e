package evaluate

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/leverage"
)

// referrals is a year of people who do not exist, referred by eight practices, of which two do worse than the others, as
// people whose language is another do. Who was seen last becomes known only when somebody is seen.
func referrals() string {
	r := rand.New(rand.NewPCG(20, 38))
	var out strings.Builder
	out.WriteString("entered,ended,outcome,stratum,a_practice,a_severity,a_language,a_seen by,known_seen by,result,result_at\n")
	practices := []string{"Ash", "Birch", "Cedar", "Elm", "Fir", "Hazel", "Larch", "Oak"}
	for range 2400 {
		practice, severe, other := r.IntN(8), r.IntN(2), r.IntN(3)/2
		share := .72 - .10*float64(severe) - .08*float64(other)
		if practice < 2 {
			share -= .18
		}
		entered := 366 + r.IntN(364)
		ended, outcome, result, at := 730, "waiting", "", ""
		switch u := r.Float64(); {
		case u < share:
			x := r.Float64()
			ended, outcome = entered+int(60*x*x), "converted"
		case u < share+.12:
			ended, outcome = entered+r.IntN(90), "exited"
		}
		if ended >= 730 {
			ended, outcome = 730, "waiting"
		}
		if outcome == "converted" {
			day := ended + 5 + r.IntN(60)
			at = fmt.Sprint(min(730, day))
			if day <= 730 {
				result = []string{"reached", "missed"}[r.IntN(3)/2]
			}
		}
		fmt.Fprintf(&out, "%d,%d,%s,%d,%s,%s,%s,%s,%d,%s,%s\n", entered, ended, outcome, severe, practices[practice],
			[]string{"mild", "severe"}[severe], []string{"first", "other"}[other], []string{"A", "B"}[r.IntN(2)], min(730, ended+1), result, at)
	}
	return out.String()
}

// The sample's answer is the one that the page on leverage shows.
func TestTheLeverageOfASample(t *testing.T) {
	dir := filepath.Join("testdata", "referrals")
	if *update {
		if err := os.WriteFile(filepath.Join(dir, "cohort.csv"), []byte(referrals()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	problems, err := Run(t.Context(), Config{Dir: dir, Out: &out, Note: func(note string) { t.Error(note) }})
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	var list []leverage.Answer
	if err := json.Unmarshal(out.Bytes(), &list); err != nil || len(list) != 1 {
		t.Fatal(err, len(list))
	}
	a := list[0]
	page, err := os.ReadFile("../../docs/leverage.md")
	if err != nil {
		t.Fatal(err)
	}
	shown := []string{a.Points[0].Sentence}
	for _, r := range a.Points[0].Reasons {
		shown = append(shown, r.Sentence)
	}
	for _, c := range append(a.Contrasts, a.Fairness...) {
		shown = append(shown, c.Sentence)
	}
	for _, g := range a.Transitions[0].Gains {
		if !g.Shown {
			shown = append(shown, fmt.Sprintf("| %s | %s |", g.Attribute, g.Why))
		}
	}
	for _, s := range shown {
		if !strings.Contains(string(page), s) {
			t.Errorf("docs/leverage.md does not show what is answered: %s", s)
		}
	}
	if !a.Points[0].Star || len(a.Fairness) != 1 {
		t.Errorf("the point is %+v, the list of fairness %+v", a.Points[0], a.Fairness)
	}
}

func TestWhatIsWrongWithACohortIsTold(t *testing.T) {
	t.Parallel()
	const (
		spec   = `{"task": "leverage", "now": 100, "transitions": [{"from": "a", "to": "b", "horizon": 30, "window": 90}]}`
		cohort = "entered,ended,outcome,a_site\n10,40,converted,x\n20,100,waiting,y\n"
	)
	for name, c := range map[string]struct{ spec, cohort, want string }{
		"no transitions":  {`{"task": "leverage", "now": 1}`, cohort, `spec.json:1:1: "transitions" is missing or empty; write [{`},
		"no day":          {`{"task": "leverage", "transitions": [{"from": "a", "to": "b", "horizon": 30, "window": 90}]}`, cohort, `spec.json:1:1: "now" is missing; write the day`},
		"no horizon":      {strings.Replace(spec, `"horizon": 30, `, "", 1), cohort, `spec.json:1:50: "horizon" is missing; write how many days`},
		"an unknown word": {spec, strings.Replace(cohort, "converted", "done", 1), `cohort.csv:2:7: outcome cannot be "done"; write one of waiting, converted, exited`},
		"an end too soon": {spec, strings.Replace(cohort, "10,40", "10,9", 1), "cohort.csv:2:4: ended has to be a whole number from 10 to 100"},
		"half a day":      {spec, strings.Replace(cohort, "10,40", "10.5,40", 1), "cohort.csv:2:1: entered has to be a whole number from 0 to 100"},
		"no such column":  {strings.Replace(spec, `"now"`, `"fairness": ["sex"], "now"`, 1), cohort, `spec.json:1:35: there is no attribute "sex"; name a column a_…`},
		"no outcome":      {spec, "entered,ended\n1,2\n", `cohort.csv:1:1: there is no column "outcome"; add it: waiting, converted or exited`},
		"a wrong goal":    {strings.Replace(spec, `"window": 90`, `"window": 90, "goal": 80`, 1), cohort, `spec.json:1:112: "goal" cannot be 80; write a number above 0 and below 1`},
	} {
		problems, out := told(t, files(c.spec, "cohort.csv", c.cohort))
		if len(problems) != 1 || !strings.HasPrefix(problems[0], c.want) || out != "" {
			t.Errorf("%s: %q, and should say %q", name, problems, c.want)
		}
	}
}
