package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/internal/simulate"
)

// attune runs a command as the shell would.
func attune(t *testing.T, args ...string) (code int, out, complaint string) {
	t.Helper()
	var o, e bytes.Buffer
	code = run(t.Context(), args, streams{&o, &e})
	return code, o.String(), e.String()
}

const (
	diabetes   = "../../programs/diabetes"
	rheumatoid = "../../programs/rheumatoid_referral"
)

func TestWhatCommandsSayAndHowTheyEnd(t *testing.T) {
	empty := t.TempDir()
	for _, c := range []struct {
		name string
		args []string
		code int
		// out and complaint must be contained in what is written.
		out, complaint string
	}{
		{"nothing shows the help", nil, 0, "Start a living demonstration", ""},
		{"an unknown command", []string{"dance"}, 2, "", "dance"},
		{"an unknown flag", []string{"doctor", "--fast"}, 2, "", "--fast"},
		{"a valid program", []string{"validate", diabetes}, 0, "diabetes is valid", ""},
		{"no program", []string{"validate", empty}, 1, "", "program.yaml"},
		{"no folder", []string{"validate", filepath.Join(empty, "nowhere")}, 1, "", "not a folder"},
		{"a folder that is no data folder", []string{"doctor", "--data", empty}, 1, "", "is not a data folder"},
		{"somebody in no data folder", []string{"story", "app:ana", "--data", empty}, 1, "", "is not a data folder"},
		{"publishing in no data folder", []string{"publish", diabetes, "--data", empty}, 1, "", "is not a data folder"},
		{"publishing a program with mistakes", []string{"publish", empty, "--data", empty}, 1, "", "program.yaml"},
		{"pulling from no data folder", []string{"pull", empty, "--data", empty}, 1, "", "is not a data folder"},
		{"releases of no data folder", []string{"releases", "--data", empty}, 1, "", "is not a data folder"},
		{"undoing in no data folder", []string{"publish", "--undo", "--data", empty}, 1, "", "is not a data folder"},
		{"a source's bad name", []string{"keys", "add", "My App", "--data", empty}, 1, "", "cannot be a source's name"},
		{"an origin that is none", []string{"keys", "add", "site", "--origin", "app.example", "--data", empty}, 1, "", "https://app.example"},
		{"a source there is none of", []string{"keys", "revoke", "app", "--data", empty}, 1, "", `there is no source "app"`},
		{"a demonstration for all the world", []string{"demo", "--listen", "0.0.0.0:8080"}, 1, "", "not a loopback address"},
		{"a simulation", []string{"simulate", diabetes, "--people", "40", "--days", "30"}, 0, "no evidence of what it does to patients", ""},
		{"a simulated life", []string{"simulate", diabetes, "--people", "40", "--story", "p000007"}, 0, "traits.updated was reported by world", ""},
		{"somebody who is not simulated", []string{"simulate", diabetes, "--people", "40", "--story", "p000041"}, 2, "", "people are called p000001 to p000040"},
		{"what a seed hides", []string{"simulate", rheumatoid, "--planted", "--seed", "8"}, 0, "from referral to diagnosis, clinic Infirmary: they wait 2.1 times as long", ""},
		{"what somebody did, which a seed hides", []string{"simulate", rheumatoid, "--planted", "--seed", "8"}, 0, "from treatment to living, who did not do “looks_in” before they came: of those who would go on, 23 of 100 leave while they wait", ""},
		{"what a message does, which a seed hides", []string{"simulate", rheumatoid, "--planted", "--seed", "3"}, 0, "from diagnosis to treatment, who reads “explain_to_family”: what is left of their wait is ", ""},
		{"what a seed hides, as JSON", []string{"simulate", rheumatoid, "--planted", "--seed", "8", "--json", "-"}, 0, `"size": 2.1`, ""},
		{"a world that hides nothing", []string{"simulate", diabetes, "--planted"}, 0, "plants nothing", ""},
		{"a derived world", []string{"simulate", diabetes, "--print-world"}, 0, "world: derived", ""},
		{"a simulation of nobody", []string{"simulate", diabetes, "--people", "0"}, 2, "", "1 to 10000000 people"},
		{"a simulation of no program", []string{"simulate", empty}, 2, "", "program.yaml"},
		{"a simulation from some day on", []string{"simulate", diabetes, "--start", "soon"}, 2, "", `"soon" is not a day`},
		{"a world that is a program", []string{"simulate", diabetes, "--world", diabetes + "/program.yaml"}, 2, "", `program.yaml:1:1: a world has no field "program"`},
		{"a world there is none of", []string{"simulate", diabetes, "--world", filepath.Join(empty, "w.yaml")}, 2, "", "read the world"},
		{"a world that says nothing", []string{"decide", "--stdio"}, 2, "", "line 1: the input ended before a line of type start came"},
		{"a prior there is none of", []string{"decide", "--stdio", "--prior", filepath.Join(empty, "p.yaml")}, 2, "", "read the prior"},
		{"a theory there is none of", []string{"population", "--theory", "flat"}, 2, "", `the theory "flat" is unknown`},
		{"an engine there is none of", []string{"population", "--against", filepath.Join(empty, "engine")}, 1, "", "the world stopped"},
		{"a rule in plain words", []string{"explain", diabetes + "/signals.yaml:slipping", "--people", "40"}, 0, "at least 3 times in the last 42\ndays and not at all in the last 14 days.", ""},
		{"a rule and a life", []string{"explain", diabetes + "/signals.yaml:slipping", "--people", "40"}, 0, "Read that life: attune simulate " + diabetes + " --people 40 --days 180 --seed 1 --story p0000", ""},
		{"a program in plain words", []string{"explain", diabetes, "--no-simulate"}, 0, "What can be said\n----------------\n", ""},
		{"a misspelt rule", []string{"explain", diabetes + "/signals.yaml:sliping"}, 2, "", "did you mean slipping?"},
		{"a thing in a folder", []string{"explain", diabetes + ":slipping"}, 2, "", "is a folder: name a file in it"},
		{"a folder within a program", []string{"explain", diabetes + "/journeys"}, 2, "", "is a folder within a program"},
		{"a file that is nowhere", []string{"explain", diabetes + "/sig.yaml:slipping"}, 2, "", "there is no"},
		{"a file of no program", []string{"explain", empty}, 2, "", "is in no folder with a program.yaml in it"},
		{"a demonstration in no world", []string{"demo", "--listen", "127.0.0.1:0", "--program", diabetes, "--world", "nowhere.yaml"}, 2, "", "nowhere.yaml"},
		{"a demonstration of nobody", []string{"demo", "--people", "0"}, 1, "", "1 to 100000 people"},
	} {
		t.Run(c.name, func(t *testing.T) {
			code, out, complaint := attune(t, c.args...)
			if code != c.code || !strings.Contains(out, c.out) || !strings.Contains(complaint, c.complaint) {
				t.Errorf("ended with %d\nsaid %s\ncomplained %s", code, out, complaint)
			}
		})
	}
}

func TestEveryCommandTeaches(t *testing.T) {
	for _, command := range []string{"demo", "serve", "validate", "explain", "simulate", "story", "person", "keys", "keys add", "doctor", "events list", "events arrivals", "events declare", "publish", "releases", "pull", "attention", "attention list", "attention resume", "work", "work list", "work done", "work refer", "work answer"} {
		code, out, _ := attune(t, append(strings.Fields(command), "--help")...)
		if code != 0 || len(out) < 200 {
			t.Errorf("attune %s --help says %q", command, out)
		}
	}
}

func TestProblemsAsJSON(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "diabetes")
	if err := os.CopyFS(dir, os.DirFS(diabetes)); err != nil {
		t.Fatal(err)
	}
	signals := filepath.Join(dir, "signals.yaml")
	text, err := os.ReadFile(signals)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(signals, bytes.Replace(text, []byte("appointment.noshow"), []byte("apointment.noshow"), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, _ := attune(t, "validate", "--json", dir)
	var said struct {
		Valid    bool
		Problems []problem
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil {
		t.Fatal(err, out)
	}
	if code != 1 || said.Valid || len(said.Problems) != 1 {
		t.Fatalf("ended with %d and said %+v", code, said)
	}
	if p := said.Problems[0]; !strings.HasSuffix(p.File, "signals.yaml") || p.Line == 0 || p.Column == 0 || p.Hint != `did you mean "appointment.noshow"?` {
		t.Errorf("%+v", p)
	}
}

func TestAnExplanationAsJSON(t *testing.T) {
	var said struct {
		Path, Kind, ID, Source string
		Words, Wakes           []string
		UsedBy                 []struct{ Path, Kind, ID string } `json:"used_by"`
		Simulation             *struct {
			People int64
			Rule   simulate.Rule
		}
	}
	place := diabetes + "/signals.yaml:refill_late"
	code, out, complaint := attune(t, "explain", place, "--json", "--people", "100", "--simulate")
	if err := json.Unmarshal([]byte(out), &said); err != nil || code != 0 {
		t.Fatal(code, err, complaint, out)
	}
	if said.Path != place || said.Kind != "signal" || said.ID != "refill_late" || !strings.Contains(said.Source, "absent: medication.dispensed") || len(said.Words) == 0 ||
		strings.Join(said.Wakes, " ") != "medication.dispensed time" || len(said.UsedBy) != 1 || said.UsedBy[0].Path != diabetes+"/engagements/refill_reminder.yaml" {
		t.Errorf("%+v", said)
	}
	if said.Simulation == nil || said.Simulation.People != 100 || said.Simulation.Rule.Fired == 0 || said.Simulation.Rule.LastFor == "" {
		t.Errorf("%+v", said.Simulation)
	}
	if _, out, _ := attune(t, "explain", place, "--json", "--no-simulate"); strings.Contains(out, `"simulation"`) {
		t.Error("it was simulated all the same")
	}
}

// A program with problems is not explained: they are told.
func TestProblemsComeBeforeExplanations(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "diabetes")
	if err := os.CopyFS(dir, os.DirFS(diabetes)); err != nil {
		t.Fatal(err)
	}
	signals := filepath.Join(dir, "signals.yaml")
	if err := os.WriteFile(signals, []byte("signals:\n  slipping: count(\"portal.visted\", \"14d\") < 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out, complaint := attune(t, "explain", signals+":slipping")
	if code != 1 || out != "" || !strings.Contains(complaint, "did you mean portal.visited?") {
		t.Errorf("ended with %d, said %q and complained %q", code, out, complaint)
	}
}

func TestAWriteKeyIsShownOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	code, out, _ := attune(t, "keys", "add", "app", "--data", dir, "--json")
	var said struct {
		WriteKey string `json:"write_key"`
	}
	if err := json.Unmarshal([]byte(out), &said); err != nil || code != 0 || !strings.HasPrefix(said.WriteKey, "wk_") {
		t.Fatal(code, out, err)
	}
	if _, out, _ := attune(t, "keys", "list", "--data", dir); !strings.HasPrefix(out, "app\tapp\t") || strings.Contains(out, said.WriteKey) {
		t.Errorf("the list is %q", out)
	}
	if code, _, _ := attune(t, "keys", "revoke", "app", "--data", dir); code != 0 {
		t.Error("the key cannot be taken away")
	}
	if code, out, _ := attune(t, "keys", "sign-in", "--data", dir); code != 0 || !strings.HasPrefix(out, "http://localhost:8080/sign-in?token=") {
		t.Error(code, out)
	}
}

func TestASimulationIsWrittenWhereItIsAskedFor(t *testing.T) {
	dir := t.TempDir()
	args := []string{"simulate", diabetes, "--people", "60", "--days", "60"}
	code, out, complaint := attune(t, append(args, "--json", "-")...)
	var said simulate.Result
	if err := json.Unmarshal([]byte(out), &said); code != 0 || err != nil || said.People != 60 || said.Seed != 1 || said.World.Name != "living-with-diabetes" {
		t.Fatal(code, complaint, err, said)
	}
	file, page := filepath.Join(dir, "r.json"), filepath.Join(dir, "r.html")
	if code, _, complaint := attune(t, append(args, "--json", file, "--html", page, "--stories", "2", "--compare", diabetes)...); code != 0 {
		t.Fatal(complaint)
	}
	again, err := os.ReadFile(file)
	if err != nil || !bytes.Contains(again, []byte(`"other"`)) {
		t.Errorf("%v: %.300s", err, again)
	}
	if html, err := os.ReadFile(page); err != nil || !bytes.HasPrefix(html, []byte("<!doctype html>")) {
		t.Errorf("%v: %.100s", err, html)
	}
	if _, same, _ := attune(t, append(args, "--json", "-")...); same != out {
		t.Error("the same command wrote other bytes")
	}
}

func TestAStoppedSimulationSaysHowFarItCame(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	stop()
	var o, e bytes.Buffer
	if code := run(ctx, []string{"simulate", diabetes}, streams{&o, &e}); code != 1 || !strings.Contains(e.String(), "stopped after 0 of 2000 people") || o.Len() > 0 {
		t.Errorf("ended with %d\nsaid %s\ncomplained %s", code, o.String(), e.String())
	}
}

func TestTheWorldIsNoPartOfTheRelease(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "diabetes")
	if err := os.CopyFS(dir, os.DirFS(diabetes)); err != nil {
		t.Fatal(err)
	}
	_, before, _ := attune(t, "validate", "--json", dir)
	if err := os.WriteFile(filepath.Join(dir, "world.yaml"), []byte("world: another\nlife: [{id: lives, every: 9d, emit: portal.visited}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, after, _ := attune(t, "validate", "--json", dir); after != before {
		t.Errorf("%s\nbecame\n%s", before, after)
	}
}
