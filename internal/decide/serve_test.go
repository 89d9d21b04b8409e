package decide

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
)

const started = `{"type":"start","actions":["none","inform:sms","plan:sms","plan:push"],"stages":["precontemplation","preparation"],"patients":2,"days":3,"cap":2,"window_days":7}`

func serve(cfg Config, lines ...string) (out, report string, err error) {
	var o, r bytes.Buffer
	err = Serve(context.Background(), cfg, strings.NewReader(strings.Join(lines, "\n")), &o, &r)
	return o.String(), r.String(), err
}

func TestItAnswersEveryDayAndReports(t *testing.T) {
	t.Parallel()
	out, report, err := serve(
		Defaults(), started,
		`{"type":"decide","day":0,"patients":[{"id":10,"stage":"preparation","app_user":true,"age":50,"recent_sends":0,"opted_out":false},{"id":9,"stage":1,"app_user":0,"age":70,"recent_sends":2,"opted_out":0},{"id":11,"stage":null,"recent_sends":0,"opted_out":true}]}`,
		`{"type":"reward","day":0,"rewards":[1,0,null],"rejected":0}`,
		``,
		`{"type":"decide","day":2,"patients":[]}`,
		`{"type":"reward","day":2,"rewards":[],"rejected":3}`,
		`{"type":"end","note":"all over"}`,
	)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != 2 || lines[1] != `{"decisions":[]}` {
		t.Fatalf("it answers %q", lines)
	}
	var a struct {
		Decisions []struct {
			ID         int
			Action     string
			Propensity float64
		}
	}
	if err := json.Unmarshal([]byte(lines[0]), &a); err != nil {
		t.Fatal(err)
	}
	d := a.Decisions
	if len(d) != 3 || d[0].ID != 10 || d[1].ID != 9 || d[2].ID != 11 {
		t.Fatalf("decisions are not in the order in which patients were listed: %+v", d)
	}
	for _, i := range []int{1, 2} {
		if d[i].Action != None || d[i].Propensity != 1 {
			t.Errorf("of whom nothing may be said, %+v is said", d[i])
		}
	}
	if !(d[0].Propensity > 0 && d[0].Propensity < 1) {
		t.Errorf("where there is a choice, its chance is %v", d[0].Propensity)
	}
	for _, want := range []string{"all over", "No effect could be shown", "refused 3 decisions", "mean reward 0.5000 of 2"} {
		if !strings.Contains(report, want) {
			t.Errorf("the report does not say %q:\n%s", want, report)
		}
	}
}

func TestItNamesTheLineAndWhatToDo(t *testing.T) {
	t.Parallel()
	patient := func(more string) string {
		return `{"id":1,"stage":"preparation","recent_sends":0,"opted_out":false` + more + `}`
	}
	ask := func(day int, patients ...string) string {
		return fmt.Sprintf(`{"type":"decide","day":%d,"patients":[%s]}`, day, strings.Join(patients, ","))
	}
	for _, c := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"it wants a start", []string{ask(0)}, "line 1: a line of type decide came before the one of type start"},
		{"it knows four types", []string{started, `{"type":"reword"}`}, `line 2: the type "reword" is unknown; did you mean "reward"?`},
		{"it wants a type", []string{`{}`}, `line 1: "type" is missing`},
		{"it wants JSON", []string{started, `decide`}, "line 2: byte 1: this is not JSON"},
		{"it starts once", []string{started, started}, "line 2: a world starts once"},
		{"it wants none among the actions", []string{strings.Replace(started, `"none",`, "", 1)}, `"actions" has no "none"`},
		{"it wants a channel", []string{strings.Replace(started, "plan:push", "push", 1)}, `the action "push" is not written as intervention:channel`},
		{"it wants an action once", []string{strings.Replace(started, "plan:push", "plan:sms", 1)}, `"plan:sms" is listed twice`},
		{"it wants a cap that can be", []string{strings.Replace(started, `"cap":2`, `"cap":-1`, 1)}, `"cap" has to be 0 or more`},
		{"it wants days as a number", []string{strings.Replace(started, `"days":3`, `"days":"3"`, 1)}, `"days" is a string where a whole number is wanted`},
		{"it wants a day", []string{started, `{"type":"decide","patients":[]}`}, `"day" is missing`},
		{"it wants patients", []string{started, `{"type":"decide","day":1}`}, `"patients" is missing`},
		{"it wants rewards before the next day", []string{started, ask(0), ask(1)}, "line 3: the rewards of day 0 have to come"},
		{"it wants days to go forward", []string{started, ask(4), `{"type":"reward","day":4,"rewards":[]}`, ask(3)}, "line 4: day 3 comes after day 4"},
		{"it wants rewards once", []string{started, `{"type":"reward","day":0,"rewards":[]}`}, "line 2: rewards came twice, or before any decision"},
		{"it wants as many rewards as patients", []string{started, ask(0, patient("")), `{"type":"reward","day":0,"rewards":[1,0]}`}, "line 3: 2 rewards came for 1 patients"},
		{"it wants the rewards of that day", []string{started, ask(0), `{"type":"reward","day":1,"rewards":[]}`}, "line 3: these are rewards of day 1"},
		{"it wants rewards from 0 to 1", []string{started, ask(0, patient("")), `{"type":"reward","day":0,"rewards":[2]}`}, "line 3: the reward 2 is not a number from 0 to 1"},
		{"it wants each patient once", []string{started, ask(0, patient(""), patient(""))}, "line 2: the id 1 is there twice"},
		{"it wants ids of one kind", []string{started, ask(0, patient(""), strings.Replace(patient(""), `"id":1`, `"id":"a"`, 1))}, "some ids are numbers and some are texts"},
		{"it wants an id", []string{started, ask(0, `{"stage":0,"recent_sends":0,"opted_out":false}`)}, `the 1st patient (id ): "id" has to be a whole number or a text`},
		{"it wants to know of opt-outs", []string{started, ask(0, `{"id":1,"stage":0,"recent_sends":0}`)}, `"opted_out" and "recent_sends" must be there`},
		{"it knows the stages", []string{started, ask(0, strings.Replace(patient(""), "preparation", "preperation", 1))}, `the stage "preperation" is not among those of the start line; did you mean "preparation"?`},
		{"it counts stages from 0", []string{started, ask(0, `{"id":1,"stage":2,"recent_sends":0,"opted_out":false}`)}, "a place in its list from 0 to 1"},
		{"it wants yes or no", []string{started, ask(0, patient(`,"app_user":"maybe"`))}, `"maybe" is neither true nor false`},
		{"it wants the rewards before the end", []string{started, ask(0), `{"type":"end"}`}, "line 3: the rewards of day 0 have to come before the end"},
		{"it wants an end", []string{started}, "the input ended without a line"},
		{"it wants anything at all", nil, "line 1: the input ended before a line of type start"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, _, err := serve(Defaults(), c.lines...)
			var fault *Fault
			if !errors.As(err, &fault) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("it says %v, and not %s", err, c.want)
			}
		})
	}
}

func TestSettingsAreChecked(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(c *Config){
		"--explore":   func(c *Config) { c.Explore = 2 },
		"--least":     func(c *Config) { c.Least = .95 },
		"--half-life": func(c *Config) { c.HalfLife = 0 },
		"--cost":      func(c *Config) { c.Cost = -1 },
		"--policy":    func(c *Config) { c.Policy = "plan:fax" },
	} {
		cfg := Defaults()
		change(&cfg)
		if _, _, err := serve(cfg, started); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("it says %v of %s", err, want)
		}
	}
}

func TestRewardsAreInTheOrderOfIDs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, listed, want string }{
		{"it counts numbers", "10 9 -1 100", "-1 9 10 100"},
		{"it keeps texts that count", `"p1" "p2" "p10"`, `"p1" "p2" "p10"`},
		{"it keeps texts that are in order", `"p1" "p10" "p2"`, `"p1" "p10" "p2"`},
		{"it sorts other texts by their letters", `"b" "p10" "a" "p2"`, `"a" "b" "p10" "p2"`},
	} {
		var patients []Patient
		for _, raw := range strings.Fields(c.listed) {
			patients = append(patients, Patient{ID: IDOf(raw)})
		}
		if err := inOrder(patients); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range patients {
			got = append(got, p.ID.String())
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s, and gives %v", c.name, got)
		}
	}
}

func TestPriorFiles(t *testing.T) {
	t.Parallel()
	m, err := ParseMatrix("prior.yaml", []byte("inform: [preparation]\nnudge: [action, relapse]\nidle: []\n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		intervention, stage string
		want                opinion
	}{
		{"inform", "preparation", matched},
		{"inform", "action", mismatched},
		{"inform", "termination", silent},
		{"nudge", "relapse", matched},
		{"idle", "action", silent},
		{"unheard", "action", silent},
	} {
		if got := m.of(c.intervention, c.stage); got != c.want {
			t.Errorf("%s in %s is %d", c.intervention, c.stage, got)
		}
	}
	if _, err := ParseMatrix("prior.json", []byte(`{"inform": ["preparation"]}`)); err != nil {
		t.Error(err)
	}
	for text, want := range map[string]string{
		"":                          "prior.yaml: the file says nothing",
		"- inform":                  "prior.yaml:1:1: this is not a list of interventions",
		"inform: preparation":       `prior.yaml:1:1: "inform" has no list of stages`,
		"plan: [a]\ninform: [a, a]": `prior.yaml:2:13: "inform" has the stage "a" twice`,
		"inform: [[a]]":             "is not a name",
	} {
		if _, err := ParseMatrix("prior.yaml", []byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("of %q it says %v", text, err)
		}
	}
	cfg := Defaults()
	cfg.Matrix, _ = ParseMatrix("p.yaml", []byte("infrom: [preparation]\nplan: [precontemplaton]"))
	_, report, err := serve(cfg, started, `{"type":"end"}`)
	if err != nil || !strings.Contains(report, `p.yaml:1:1: no action has the intervention "infrom"; did you mean "inform"?`) || !strings.Contains(report, `no stage "precontemplaton"`) {
		t.Errorf("slips of the pen go unsaid: %v\n%s", err, report)
	}
}

// What a world says never makes it panic, and what it answers is JSON.
func FuzzServe(f *testing.F) {
	f.Add(started + "\n" + `{"type":"decide","day":0,"patients":[{"id":1,"stage":"preparation","recent_sends":0,"opted_out":false}]}` + "\n" + `{"type":"reward","day":0,"rewards":[1],"rejected":0}` + "\n" + `{"type":"end"}`)
	f.Add(`{"type":"start"}`)
	f.Fuzz(func(t *testing.T, text string) {
		var out bytes.Buffer
		if err := Serve(t.Context(), Defaults(), strings.NewReader(text), &out, io.Discard); err != nil {
			return
		}
		for line := range strings.Lines(out.String()) {
			if !json.Valid([]byte(line)) {
				t.Errorf("it answers %q", line)
			}
		}
	})
}

func FuzzMatrix(f *testing.F) {
	f.Add("inform: [preparation]")
	f.Fuzz(func(_ *testing.T, text string) { _, _ = ParseMatrix("p.yaml", []byte(text)) })
}
