package storytest_test

import (
	"strings"
	"testing"

	"attune/core/instant"
	"attune/core/release"
	"attune/internal/programdir"
	"attune/internal/storytest"
)

func load(t *testing.T, dir string) *release.Release {
	t.Helper()
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	rel, problems, err := programdir.Load(zones, dir)
	if rel == nil {
		t.Fatal(problems, err)
	}
	return rel
}

const begin = `{"at":"2027-03-01T10:00:00Z","traits":{"first_name":"Ana","email":"ana@example.org","timezone":"Europe/London"}}
{"at":"2027-03-01T10:00:00Z","event":"clinical.condition_recorded","props":{"codes":["44054006"]}}
`

func TestWhatIsHeardIsChecked(t *testing.T) {
	t.Parallel()
	rel := load(t, "../../programs/diabetes")
	for _, c := range []struct{ it, events, want string }{
		{"needs an instant", `{"event":"portal.visited"}`, "line 1: at is no instant"},
		{"needs something that happens", `{"at":"2027-03-01T10:00:00Z"}`, "line 1: write one of event, traits, tick and carrier"},
		{"takes one thing at a time", `{"at":"2027-03-01T10:00:00Z","tick":true,"carrier":"accepted"}`, "line 1: write one of"},
		{"refuses a misspelt field", `{"at":"2027-03-01T10:00:00Z","evnt":"portal.visited"}`, `line 1: json: unknown field "evnt"`},
		{"refuses an unknown event", `{"at":"2027-03-01T10:00:00Z","event":"portal.visitted"}`, `did you mean "portal.visited"?`},
		{"refuses an unknown property", `{"at":"2027-03-01T10:00:00Z","event":"medication.dispensed","props":{"day_supply":3}}`, `did you mean "days_supply"?`},
		{"refuses an unknown answer", `{"at":"2027-03-01T10:00:00Z","carrier":"acepted"}`, `did you mean "accepted"?`},
		{"refuses a list of numbers", `{"at":"2027-03-01T10:00:00Z","event":"clinical.condition_recorded","props":{"codes":[1]}}`, "a list holds texts"},
		{"goes forward", begin + `{"at":"2027-02-01T10:00:00Z","tick":true}`, "line 3: 2027-02-01T10:00:00Z is before the line above it"},
	} {
		_, _, err := storytest.Check(rel, "-- events.jsonl --\n"+c.events+"\n")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("it %s: %v", c.it, err)
		}
	}
	for text, want := range map[string]string{
		"-- event.jsonl --\n":   `did you mean "events.jsonl"?`,
		"-- touches.jsonl --\n": "no part -- events.jsonl --",
	} {
		if _, _, err := storytest.Check(rel, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// What a story is rewritten to is what follows: told again, there is no difference, and any line that is
// changed afterwards is one.
func TestStoriesSeeChanges(t *testing.T) {
	t.Parallel()
	rel := load(t, "../../programs/diabetes")
	story := "A note.\n-- events.jsonl --\n" + begin + `{"at":"2027-03-05T10:00:00Z","tick":true}` + "\n"
	difference, rewritten, err := storytest.Check(rel, story)
	if err != nil || !strings.Contains(difference, `+ {"at":"2027-03-01T10:05:00Z","sent":"welcome"`) || !strings.HasPrefix(rewritten, "A note.\n") {
		t.Fatalf("%v, %s", err, difference)
	}
	if again, _, err := storytest.Check(rel, rewritten); again != "" || err != nil {
		t.Errorf("told again: %v, %s", err, again)
	}
	_, touches, _ := strings.Cut(rewritten, "-- touches.jsonl --\n")
	for line := range strings.Lines(touches) {
		if d, _, _ := storytest.Check(rel, strings.Replace(rewritten, line, "", 1)); !strings.Contains(d, "+ "+line) {
			t.Errorf("a story without %sshows %q", line, d)
		}
		changed := strings.Replace(line, "2027", "2026", 1)
		if d, _, _ := storytest.Check(rel, strings.Replace(rewritten, line, changed, 1)); !strings.Contains(d, "- "+changed) || !strings.Contains(d, "+ "+line) {
			t.Errorf("a story with %sshows %q", changed, d)
		}
	}
}

// A request is answered by its name, and the carrier's answers change what follows.
func TestAnswers(t *testing.T) {
	t.Parallel()
	rel := load(t, "../programdir/testdata/programs/living_well")
	told, err := storytest.Tell(rel, begin+
		`{"at":"2027-03-02T10:00:00Z","event":"medication.prescribed"}
{"at":"2027-03-20T10:00:00Z","event":"questionnaire.completed","props":{"questionnaire":"readiness","score":3}}
{"at":"2027-03-21T10:00:00Z","event":"task.done","props":{"task":"@request-2","outcome":"reached"}}
`)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"asks":"ask","request":"request-1","what":"readiness"`, `"closes":"request-2","why":"answered","outcome":"reached"`} {
		if !strings.Contains(told, want) {
			t.Errorf("there is no %s in\n%s", want, told)
		}
	}
	shipped := load(t, "../../programs/diabetes")
	for carrier, want := range map[string]string{
		"rejected":  `"carrier":"ended","channel":"email","why":"carrier_refused"`,
		"postponed": `"carrier":"pending","channel":"email"`,
		"unknown":   `"carrier":"uncertain","channel":"email"`,
	} {
		told, err := storytest.Tell(shipped, `{"at":"2027-03-01T09:00:00Z","carrier":"`+carrier+`"}`+"\n"+begin+`{"at":"2027-03-02T10:00:00Z","tick":true}`)
		if err != nil || !strings.Contains(told, want) {
			t.Errorf("%s: %v\n%s", carrier, err, told)
		}
	}
}
