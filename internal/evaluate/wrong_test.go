package evaluate

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/core/source"
)

const (
	opeSpec   = `{"task": "ope", "estimators": ["ips", "dr"]}`
	opeLog    = "unit,t,action,propensity,reward,x_a\nu1,0,a,0.5,1,2\nu1,1,b,0.5,0,3\nu2,0,a,0.5,1,4\nu2,1,b,0.5,1,5\n"
	opeTarget = "a,b\n0.5,0.5\n0.5,0.5\n1,0\n0,1\n"
	mrtSpec   = `{"task": "mrt", "estimator": "wcls", "numerator": 0.5}`
	mrtLog    = "unit,t,avail,action,propensity,reward\nu1,0,1,1,0.5,2\nu1,1,0,,,NA\nu2,0,1,0,0.5,1\nu3,0,1,1,0.5,4\nu4,0,1,0,0.5,2\n"
)

// files are a folder; a file with an empty text is not there.
func files(spec string, more ...string) map[string]string {
	out := map[string]string{"spec.json": spec}
	for i := 0; i < len(more); i += 2 {
		out[more[i]] = more[i+1]
	}
	return out
}

func opeFiles(spec, log, target string) map[string]string {
	return files(spec, "log.csv", log, "target.csv", target)
}

// told runs a folder and returns what is said of it, without the folder's own name.
func told(t *testing.T, texts map[string]string) (problems []string, out string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		if text != "" {
			write(t, dir, name, text)
		}
	}
	var answer bytes.Buffer
	found, err := Run(t.Context(), Config{Dir: dir, Out: &answer})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range found {
		problems = append(problems, strings.TrimPrefix(p.String(), filepath.ToSlash(dir)+"/"))
	}
	return problems, answer.String()
}

func TestWhatIsWrongIsTold(t *testing.T) {
	t.Parallel()
	replace := strings.Replace
	for name, c := range map[string]struct {
		files map[string]string
		want  []string // problems, or their beginnings
	}{
		"no spec":                 {files(""), []string{`spec.json: there is no spec; write one, such as {"task": "ope"`}},
		"no JSON":                 {files(`{"task": }`), []string{"spec.json:1:10: "}},
		"a name twice":            {files(`{"task": "ope", "task": "mrt"}`), []string{"spec.json:1:17: a name occurs twice in one object"}},
		"a list":                  {files(`[]`), []string{"spec.json:1:1: the spec is a list and has to be an object"}},
		"no task":                 {files(`{}`), []string{`spec.json:1:1: "task" is missing; write one of confidence_sequence, learn, leverage, mrt, ope`}},
		"an unknown task":         {files(`{"task": "oep"}`), []string{`spec.json:1:10: "task" cannot be "oep"; did you mean "ope"?`}},
		"an unknown field":        {files("{\"task\": \"ope\",\n \"estimator\": [\"ips\"]}"), []string{`spec.json:2:15: there is no field "estimator"; did you mean "estimators"?`}},
		"a field of another task": {files(`{"task": "learn", "tune_at": 3}`), []string{`spec.json:1:30: there is no field "tune_at"`}},
		"no estimators":           {opeFiles(`{"task": "ope"}`, opeLog, opeTarget), []string{`spec.json:1:1: "estimators" is missing or empty; write which`}},
		"an unknown estimator":    {opeFiles(`{"task": "ope", "estimators": ["snip"]}`, opeLog, opeTarget), []string{`spec.json:1:32: there is no estimator "snip"; did you mean "snips"?`}},
		"clipping at nothing":     {opeFiles(`{"task": "ope", "estimators": ["ips_clip"]}`, opeLog, opeTarget), []string{`spec.json:1:32: there is no estimator "ips_clip"; write "clip": 10 beside it`}},
		"clipping at a word":      {opeFiles(`{"task": "ope", "estimators": ["dros-1"]}`, opeLog, opeTarget), []string{`spec.json:1:32: there is no estimator "dros-1"; write a number above 0 after its name, such as dros10`}},
		"a level of 95":           {opeFiles(`{"task": "ope", "estimators": ["ips"], "ci": 95}`, opeLog, opeTarget), []string{`spec.json:1:46: "ci" cannot be 95; write a number above 0 and below 1`}},
		"one fold":                {opeFiles(`{"task": "ope", "estimators": ["ips"], "outcome_model": {"folds": 1}}`, opeLog, opeTarget), []string{`spec.json:1:67: "folds" cannot be 1; write a whole number from 2`}},
		"an unknown cluster":      {opeFiles(`{"task": "ope", "estimators": ["ips"], "cluster": "person"}`, opeLog, opeTarget), []string{`spec.json:1:51: "cluster" cannot be "person"; known are unit`}},
		"an unknown model":        {opeFiles(`{"task": "ope", "estimators": ["ips"], "outcome_model": {"type": "ols"}}`, opeLog, opeTarget), []string{`spec.json:1:66: "type" cannot be "ols"; `}},

		"no log":                {opeFiles(opeSpec, "", opeTarget), []string{"log.csv: there is no such file; put it there, or log.csv.gz"}},
		"no target":             {opeFiles(opeSpec, opeLog, ""), []string{"target.csv: there is no such file"}},
		"no predictions":        {opeFiles(`{"task": "ope", "estimators": ["dr"], "outcome_model": {"type": "columns"}}`, opeLog, opeTarget), []string{"q.csv: there is no such file"}},
		"an empty file":         {opeFiles(opeSpec, "\n", opeTarget), []string{"log.csv: the file is empty; begin with a row of column names"}},
		"no rows":               {opeFiles(opeSpec, "action,propensity,reward\n", opeTarget), []string{"log.csv: there are no rows after the header"}},
		"no column":             {opeFiles(opeSpec, replace(opeLog, "propensity", "proprensity", 1), opeTarget), []string{`log.csv:1:1: there is no column "propensity"; is it "proprensity"? It has the probability with which it was chosen`}},
		"no unit":               {opeFiles(`{"task": "ope", "estimators": ["ips"], "cluster": "unit"}`, replace(opeLog, "unit,", "x_u,", 1), opeTarget), []string{`log.csv:1:1: there is no column "unit"; add it: whose decision it was`}},
		"an empty unit":         {opeFiles(`{"task": "ope", "estimators": ["ips"], "cluster": "unit"}`, replace(opeLog, "u2,0", ",0", 1), opeTarget), []string{"log.csv:4:1: unit is empty; "}},
		"a column twice":        {opeFiles(opeSpec, replace(opeLog, "unit,t", "t,t", 1), opeTarget), []string{`log.csv:1:3: there are two columns "t"; leave one out`}},
		"a row too short":       {opeFiles(opeSpec, replace(opeLog, "u2,0,a,0.5,1,4", "u2,0,a,0.5,1", 1), opeTarget), []string{"log.csv:4:1: the row has another number of fields than the header; every row has a field for each of the 6 columns"}},
		"quotes":                {opeFiles(opeSpec, replace(opeLog, "u2,0,a", `u2,0,"a"b`, 1), opeTarget), []string{"log.csv:4:8: the quotes are wrong; "}},
		"a missing value":       {opeFiles(opeSpec, replace(opeLog, "0.5,1,4", "0.5,NA,4", 1), opeTarget), []string{"log.csv:4:12: reward is missing (NA); fill it in, or leave the row out"}},
		"an empty value":        {opeFiles(opeSpec, replace(opeLog, "0.5,1,4", "0.5,1,", 1), opeTarget), []string{"log.csv:4:14: x_a is empty; "}},
		"infinity":              {opeFiles(opeSpec, replace(opeLog, "0.5,1,4", "0.5,-Inf,4", 1), opeTarget), []string{"log.csv:4:12: reward is infinite or too large; "}},
		"too large":             {opeFiles(opeSpec, replace(opeLog, "0.5,1,4", "0.5,1e999,4", 1), opeTarget), []string{"log.csv:4:12: reward is infinite or too large; "}},
		"a word":                {opeFiles(opeSpec, replace(opeLog, "0.5,1,4", "0.5,yes,4", 1), opeTarget), []string{"log.csv:4:12: reward is no number; write it as 0.25"}},
		"hexadecimal":           {opeFiles(opeSpec, replace(opeLog, "0.5,1,4", "0.5,0x1p-2,4", 1), opeTarget), []string{"log.csv:4:12: reward is no number; "}},
		"a certain other":       {opeFiles(opeSpec, replace(opeLog, "0.5,1,4", "0,1,4", 1), opeTarget), []string{"log.csv:4:8: propensity cannot be 0; it is above 0 and at most 1"}},
		"more than certain":     {opeFiles(opeSpec, replace(opeLog, "0.5,1,4", "1.5,1,4", 1), opeTarget), []string{"log.csv:4:8: propensity cannot be 1.5; "}},
		"an unknown action":     {opeFiles(opeSpec, replace(opeLog, "u2,0,a", "u2,0,c", 1), opeTarget), []string{`log.csv:4:6: there is no action "c"; did you mean "a"?; target.csv has a column for each action`}},
		"more than one":         {opeFiles(opeSpec, opeLog, replace(opeTarget, "1,0", "1,0.00001", 1)), []string{"target.csv:4:1: the row sums to 1.00001; "}},
		"less than nothing":     {opeFiles(opeSpec, opeLog, replace(opeTarget, "1,0", "2,-1", 1)), []string{"target.csv:4:1: a cannot be 2; it is a probability"}},
		"a row too few":         {opeFiles(opeSpec, opeLog, "a,b\n0.5,0.5\n0.5,0.5\n1,0\n"), []string{"target.csv: it has 3 rows, and log.csv 4; write one row for each"}},
		"predictions too few":   {files(opeSpec, "log.csv", opeLog, "target.csv", opeTarget, "q.csv", "a,b\n0,0\n"), []string{"q.csv: it has 1 rows, and log.csv 4"}},
		"predictions of others": {files(opeSpec, "log.csv", opeLog, "target.csv", opeTarget, "q.csv", "a,c\n0,0\n"), []string{`q.csv:1:1: there is no column "b"; `}},
		"several at once":       {opeFiles(opeSpec, replace(replace(opeLog, "0.5,1,2", "7,1,2", 1), "0.5,1,4", "0.5,?,4", 1), opeTarget), []string{"log.csv:2:8: propensity cannot be 7", "log.csv:4:12: reward is no number"}},
		"both packed and not":   {files(opeSpec, "log.csv", opeLog, "log.csv.gz", "x", "target.csv", opeTarget), []string{"log.csv.gz: there is a log.csv, too; take one of them away"}},
		"packed by nobody":      {files(opeSpec, "log.csv.gz", "x", "target.csv", opeTarget), []string{"log.csv.gz: it is not packed with gzip"}},
		"packed and cut":        {files(opeSpec, "log.csv.gz", packed(opeLog)[:40], "target.csv", opeTarget), []string{"log.csv.gz: the file is damaged or cut short"}},

		"a trial's estimator":  {files(`{"task": "mrt", "estimator": "wlcs", "numerator": 0.5}`, "log.csv", mrtLog), []string{`spec.json:1:30: "estimator" cannot be "wlcs"; did you mean "wcls"?`}},
		"no numerator":         {files(`{"task": "mrt", "estimator": "wcls"}`, "log.csv", mrtLog), []string{`spec.json:1:1: "numerator" is missing; write the share`}},
		"a numerator of 1":     {files(`{"task": "mrt", "estimator": "wcls", "numerator": 1}`, "log.csv", mrtLog), []string{`spec.json:1:51: "numerator" cannot be 1; `}},
		"no such numerator":    {files(`{"task": "mrt", "estimator": "wcls", "numerator": "rho"}`, "log.csv", mrtLog), []string{`log.csv:1:1: there is no column "rho"`}},
		"no such moderator":    {files(`{"task": "mrt", "estimator": "wcls", "numerator": 0.5, "moderators": ["rewards"]}`, "log.csv", mrtLog), []string{`log.csv:1:1: there is no column "rewards", which spec.json names; did you mean "reward"?`}},
		"half available":       {files(mrtSpec, "log.csv", replace(mrtLog, "u3,0,1", "u3,0,0.5", 1)), []string{"log.csv:5:6: avail cannot be 0.5; write 0 or 1"}},
		"certain treatment":    {files(mrtSpec, "log.csv", replace(mrtLog, "1,0.5,4", "1,1,4", 1)), []string{"log.csv:5:10: propensity cannot be 1; it is above 0 and below 1"}},
		"available, and empty": {files(mrtSpec, "log.csv", replace(mrtLog, "1,0.5,4", "1,0.5,", 1)), []string{"log.csv:5:14: reward is empty"}},
		"too few units":        {files(mrtSpec, "log.csv", strings.Join(strings.SplitAfter(mrtLog, "\n")[:4], "")), []string{"spec.json: 2 units cannot carry 2 columns"}},
		"risks below 0":        {files(replace(mrtSpec, "wcls", "emee", 1), "log.csv", replace(mrtLog, "0.5,4", "0.5,-4", 1)), []string{"log.csv:5:14: reward is below 0; emee compares risks"}},

		"no tuning":         {files(`{"task": "confidence_sequence"}`, "stream.csv", "value\n1\n"), []string{`spec.json:1:1: "tune_at" is missing; write a number above 0`}},
		"a look too late":   {files(`{"task": "confidence_sequence", "tune_at": 1, "at": [1, 3]}`, "stream.csv", "value\n1\n2\n"), []string{"spec.json:1:57: stream.csv has 2 values, and not 3; leave it out"}},
		"a look at 0":       {files(`{"task": "confidence_sequence", "tune_at": 1, "at": [0]}`, "stream.csv", "value\n1\n2\n"), []string{`spec.json:1:54: "at" cannot have 0; write whole numbers from 1 on`}},
		"no values":         {files(`{"task": "confidence_sequence", "tune_at": 1}`, "stream.csv", "values\n1\n"), []string{`stream.csv:1:1: there is no column "value"; is it "values"?`}},
		"an unknown burden": {files(`{"task": "learn", "burden": {"cal": 1}}`, "log.csv", replace(replace(opeLog, ",a,", ",call,", -1), ",b,", ",sms,", -1)), []string{`spec.json:1:37: the log has no action "cal"; did you mean "call"?`}},
		"a burden in words": {files(`{"task": "learn", "burden": {"a": "much"}}`, "log.csv", opeLog), []string{`spec.json:1:35: the burden of "a" is text and has to be a number; write a number`}},
		"nothing to learn":  {files(`{"task": "learn"}`, "log.csv", strings.Join(strings.SplitAfter(opeLog, "\n")[:3], "")), []string{"log.csv: a policy cannot be fitted and judged on 2 rows"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, out := told(t, c.files)
			if out != "" {
				t.Errorf("it answers %s", out)
			}
			if len(got) != len(c.want) {
				t.Fatalf("it says\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			for i := range got {
				if !strings.HasPrefix(got[i], c.want[i]) {
					t.Errorf("it says\n%s\nand not\n%s", got[i], c.want[i])
				}
			}
		})
	}
}

func packed(text string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, _ = z.Write([]byte(text))
	_ = z.Close()
	return b.String()
}

// However wrong a file is, one is not told of every row, and never whose it is.
func TestALongListOfProblemsEnds(t *testing.T) {
	t.Parallel()
	log := "unit,action,propensity,reward\n" + strings.Repeat("maria-lopez,a,2,?\n", 1000)
	got, _ := told(t, opeFiles(`{"task":"ope","estimators":["ips"],"cluster":"unit"}`, log, opeTarget))
	if len(got) < mostProblems || len(got) > mostProblems+2 || strings.Contains(strings.Join(got, ""), "maria") {
		t.Errorf("%d problems: %v", len(got), got)
	}
}

func TestFilesThatLookDifferentSayTheSame(t *testing.T) {
	t.Parallel()
	_, want := told(t, opeFiles(opeSpec, opeLog, opeTarget))
	for name, texts := range map[string]map[string]string{
		"packed":           files(opeSpec, "log.csv.gz", packed(opeLog), "target.csv.gz", packed(opeTarget)),
		"from Windows":     opeFiles(opeSpec, "\ufeff"+strings.ReplaceAll(opeLog, "\n", "\r\n"), strings.ReplaceAll(opeTarget, "\n", "\r\n")),
		"with spaces":      opeFiles(opeSpec, strings.ReplaceAll(opeLog, ",", ", "), opeTarget),
		"in another order": opeFiles(opeSpec, opeLog, "b,a\n0.5,0.5\n0.5,0.5\n0,1\n1,0\n"),
		"with quotes":      opeFiles(opeSpec, strings.ReplaceAll(opeLog, ",a,", `,"a",`), opeTarget),
		"with more":        opeFiles(`{"task": "ope", "estimators": ["ips", "dr"], "clip": null, "cluster": null, "ci": 0.95, "outcome_model": null}`, opeLog, opeTarget),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			problems, got := told(t, texts)
			if len(problems) > 0 || got != want {
				t.Errorf("%v %s", problems, got)
			}
		})
	}
}

func TestOneIsToldWhatIsNoError(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"a column that means nothing": {opeFiles(opeSpec, strings.Replace(opeLog, "x_a", "xa", 1), opeTarget), "log.csv: not used: xa"},
		"predictions beside a fit":    {files(`{"task": "ope", "estimators": ["dr"], "outcome_model": {"type": "ols_per_action"}}`, "log.csv", opeLog, "target.csv", opeTarget, "q.csv", opeTarget), "q.csv: not used, since outcome_model asks for ols_per_action"},
		"the direct method alone":     {opeFiles(`{"task": "ope", "estimators": ["dm"]}`, opeLog, opeTarget), "dm alone shows no error"},
		"what was never done":         {opeFiles(opeSpec, opeLog, "a,b,c\n0.5,0.5,0\n0.5,0,0.5\n1,0,0\n0,1,0\n"), "12.5 % of the target's probability goes to actions that were never taken"},
		"a correction emee has not":   {files(`{"task": "mrt", "estimator": "emee", "numerator": 0.5, "small_sample": true}`, "log.csv", mrtLog), "small_sample is for wcls"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for file, text := range c.files {
				write(t, dir, file, text)
			}
			var notes []string
			problems, err := Run(t.Context(), Config{Dir: dir, Out: new(bytes.Buffer), Note: func(n string) { notes = append(notes, n) }})
			if err != nil || len(problems) > 0 || len(notes) != 1 || !strings.Contains(notes[0], c.want) {
				t.Errorf("%v %v %v", notes, problems, err)
			}
		})
	}
}

// What cannot be computed is null, and not a number.
func TestWhatIsNoNumberIsNull(t *testing.T) {
	t.Parallel()
	_, out := told(t, opeFiles(`{"task": "ope", "estimators": ["snips"]}`, "action,propensity,reward\na,1,1\n", "a,b\n0,1\n"))
	if got := read(t, []byte(out))[0]; got["value"] != nil || got["reliable"] != false || got["why"] != "the target policy never does what was done in the log" {
		t.Error(got)
	}
}

// Four rows with a model of one's own, on a sheet of paper: w is 1, 1, 2, 2; V is ½, ½, 0, 1; what is
// left over is 1, −1, 1, 0.
func TestAModelOfOnesOwn(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{
		`{"task": "ope", "estimators": ["dm", "dr", "sndr"], "outcome_model": {"type": "columns"}, "ci": 0.9}`,
		`{"task": "ope", "estimators": ["dm", "dr", "sndr"], "ci": 0.9}`,
	} {
		_, out := told(t, files(spec, "log.csv", opeLog, "target.csv", opeTarget, "q.csv", "b,a\n1,0\n1,0\n1,0\n1,0\n"))
		got := read(t, []byte(out))
		for i, want := range []float64{.5, (1.5 - .5 + 2 + 1) / 4., .5 + (1.-1+2)/6} {
			if v := got[i]["value"].(float64); math.Abs(v-want) > 1e-15 {
				t.Errorf("%v is %g and not %g", got[i]["estimator"], v, want)
			}
		}
		// dr: scores 1.5, −.5, 2, 1 around 1; z at .9 is 1.6448536269514722.
		se := math.Sqrt((.25 + 2.25 + 1) / 3 / 4)
		if hi := got[1]["ci_hi"].(float64); math.Abs(hi-1-1.6448536269514722*se) > 1e-9 {
			t.Errorf("the interval ends at %g", hi)
		}
	}
}

// A numerator in a column is the same as in the spec, and rows that are not available are the same as
// none.
func TestTrialsSaidInOtherWords(t *testing.T) {
	t.Parallel()
	for _, sample := range []string{"walks", "replies"} {
		text, err := os.ReadFile(filepath.Join("testdata", sample, "log.csv"))
		if err != nil {
			t.Fatal(err)
		}
		want := read(t, answers(t, filepath.Join("testdata", sample)))
		var column, fewer strings.Builder
		for i, row := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			rho := ",0.4"
			if i == 0 {
				rho = ",rho"
			}
			column.WriteString(row + rho + "\n")
			if strings.Split(row, ",")[2] != "0" {
				fewer.WriteString(row + "\n")
			}
		}
		dir := folder(t, sample)
		write(t, dir, "log.csv", fewer.String())
		same(t, read(t, answers(t, dir)), want)
		spec, err := os.ReadFile(filepath.Join(dir, "spec.json"))
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, "log.csv", column.String())
		write(t, dir, "spec.json", strings.Replace(string(spec), "0.4", `"rho"`, 1))
		same(t, read(t, answers(t, dir)), want)
	}
}

// What learn says its policy earns is what ope says of the target that it writes, less the burden.
func TestLearnAndOPEAgree(t *testing.T) {
	t.Parallel()
	dir := folder(t, "habits")
	learned := read(t, answers(t, dir))
	target, err := os.ReadFile(filepath.Join(dir, "target.csv"))
	if err != nil {
		t.Fatal(err)
	}
	log, err := os.ReadFile(filepath.Join(dir, "log.csv"))
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.SplitAfter(strings.TrimRight(string(log), "\n")+"\n", "\n")
	rest := rows[0]
	for i := 2; i < len(rows)-1; i += 2 {
		rest += rows[i]
	}
	other := t.TempDir()
	write(t, other, "log.csv", rest)
	write(t, other, "target.csv", string(target))
	write(t, other, "spec.json", `{"task": "ope", "estimators": ["dr"], "outcome_model": {"type": "ols_per_action", "folds": 2}, "cluster": "unit"}`)
	judged := read(t, answers(t, other))[0]
	calls := float64(strings.Count(string(target), "1,0,0\n")) // call, none, sms
	value := learned[0]["value"].(float64) + .05*calls/1000
	if want := judged["value"].(float64); math.Abs(value-want) > 1e-12 || learned[0]["ess"] != judged["ess"] {
		t.Errorf("learn says %.12f with ess %v, and ope %.12f with ess %v", value, learned[0]["ess"], want, judged["ess"])
	}
	best := 0.
	for _, c := range learned[1:] {
		best = max(best, c["value"].(float64))
	}
	if gain := learned[0]["gain"].(float64); math.Abs(learned[0]["value"].(float64)-best-gain) > 1e-12 {
		t.Errorf("a gain of %g over %g", gain, best)
	}
	if left, err := fs.Glob(os.DirFS(dir), ".target-*"); err != nil || len(left) > 0 {
		t.Error("something is left over:", left, err)
	}
}

func FuzzSpec(f *testing.F) {
	for _, s := range []string{opeSpec, mrtSpec, `{"task":"learn","burden":{"a":1}}`, `{"task":"confidence_sequence","tune_at":3,"at":[1]}`, `{"task":"ope","outcome_model":{"type":"columns"},"clip":3,"estimators":["ips_clip","dros1e3"]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r := &run{Config: Config{Dir: "d", Note: func(string) {}}}
		s, err := r.parseSpec(text)
		if (err == nil) != r.problems.Empty() {
			t.Fatalf("%v beside %v", err, r.problems.List())
		}
		if err != nil {
			placed(t, r.problems.List(), text)
			return
		}
		s.level()
		s.cluster()
		for _, e := range s.estimators() {
			if e.by == nil || e.name == "" {
				t.Errorf("%q is an estimator that computes nothing", e.name)
			}
		}
		s.outcomeModel()
		s.numerator()
		s.looks()
		s.words("controls")
		placed(t, r.problems.List(), text)
	})
}

// placed sees that every problem stands somewhere in the text.
func placed(t *testing.T, list []source.Problem, text []byte) {
	t.Helper()
	lines := bytes.Split(text, []byte("\n"))
	for _, p := range list {
		if p.Pos.Line < 1 || p.Pos.Line > len(lines) || p.Pos.Column < 1 || p.Pos.Column > len(lines[p.Pos.Line-1])+1 {
			t.Errorf("%s is not in %q", p, text)
		}
	}
}

// What is read is finite, complete and within its bounds, or there is a problem.
func FuzzLog(f *testing.F) {
	f.Add(opeLog)
	f.Add("unit,action,propensity,reward,x_\n\"u\n1\",a,1e-3,-0,+1\n")
	f.Add(strings.ReplaceAll(opeLog, "0.5", "NaN"))
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		write(t, dir, "log.csv", text)
		r := &run{Config: Config{Dir: dir, Note: func(string) {}}, ctx: t.Context()}
		var actions names
		l, err := r.readLog(&actions, false, true)
		if err != nil {
			if !errors.Is(err, errWrong) || r.problems.Empty() {
				t.Fatalf("%v without a problem", err)
			}
			return
		}
		n := l.Len()
		if n == 0 || len(l.Unit) != n || len(l.Propensity) != n || len(l.Reward) != n || !r.problems.Empty() {
			t.Fatalf("%+v with %v", l, r.problems.List())
		}
		for i := range n {
			if p := l.Propensity[i]; !(p > 0 && p <= 1) || math.IsNaN(l.Reward[i]-l.Reward[i]) || int(l.Action[i]) >= len(actions.list) {
				t.Errorf("row %d is %v %v %v", i, l.Action[i], p, l.Reward[i])
			}
			for _, x := range l.X {
				if math.IsNaN(x[i] - x[i]) {
					t.Errorf("row %d has %g", i, x[i])
				}
			}
		}
	})
}

// A million rows of a log with eight columns of context, and their target.
func BenchmarkOPEMillion(b *testing.B) {
	dir := b.TempDir()
	var log, target strings.Builder
	log.WriteString("unit,t,action,propensity,reward,x_1,x_2,x_3,x_4,x_5,x_6,x_7,x_8\n")
	target.WriteString("none,sms\n")
	for i := range 500_000 {
		x := []string{"0.25", "1.5", "3", "0.125", "7", "2.25", "0.5", "1"}
		x[i%8] = "4.75"
		row := ",0.5,1," + strings.Join(x, ",") + "\n"
		log.WriteString("u1,0,none" + row + "u2,1,sms" + strings.Replace(row, ",1,", ",0,", 1))
		target.WriteString("0.25,0.75\n0.5,0.5\n")
	}
	for file, text := range map[string]string{"log.csv": log.String(), "target.csv": target.String(), "spec.json": opeSpec} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(log.Len() + target.Len()))
	for b.Loop() {
		if problems, err := Run(b.Context(), Config{Dir: dir, Out: new(bytes.Buffer)}); err != nil || len(problems) > 0 {
			b.Fatal(problems, err)
		}
	}
}
