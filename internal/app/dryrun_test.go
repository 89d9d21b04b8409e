package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"attune/core/effect"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/access"
	"attune/internal/story"
	"attune/internal/storytest"
)

// A dry-run tells what a story tells, with reasons and every word; it goes on to the next message, and what it tells can be kept as a story that holds.
func TestADryRun(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "kim", access.Author)
	d, _ := c.drafted("Another sentence")
	run := func(on bool, events ...map[string]any) (out DryRun, r replied) {
		r = c.ask("POST", "/v1/drafts/"+d.Draft+"/dry-run", map[string]any{"program": "diabetes", "events": events, "on": on})
		if r.StatusCode == http.StatusOK {
			if err := json.Unmarshal(r.body, &out); err != nil {
				t.Fatal(err)
			}
		}
		return out, r
	}
	ana := map[string]any{"at": "2027-03-01T10:00:00Z", "traits": map[string]any{"first_name": "Ana", "email": "ana@example.org", "timezone": "America/New_York", "language": "en"}}
	diagnosed := map[string]any{"at": "2027-03-01T10:00:00Z", "event": "clinical.condition_recorded", "props": map[string]any{"codes": []string{"44054006"}}}
	out, _ := run(false, ana, diagnosed)
	if len(out.Journeys) != 1 || out.Journeys[0].Journey != "welcome" || out.Journeys[0].Due != "2027-03-01T10:05:00Z" || out.Next != "2027-03-01T10:05:00Z" || out.Phase != "diagnosis" {
		t.Errorf("%+v", out)
	}
	c.changes(d.Draft, "", map[string]any{"file": "journeys/welcome.yaml", "do": "set", "path": "/steps/0/wait", "value": "7m"})
	if out, _ = run(false, ana, diagnosed); out.Next != "2027-03-01T10:07:00Z" {
		t.Errorf("the draft is not what runs: %s", out.Next)
	}
	out, _ = run(true, ana, diagnosed)
	sent := slices.IndexFunc(out.Lines, func(l story.Line) bool { return l.Kind == "sending" })
	if sent < 0 || out.Lines[sent].Why == "" {
		t.Fatalf("%+v", out.Lines)
	}
	later, _ := run(false, ana, diagnosed, map[string]any{"at": "2027-03-02T15:00:00Z", "tick": true})
	said := slices.IndexFunc(later.Lines, func(l story.Line) bool { return l.Kind == "message" && strings.Contains(l.Body, "Ana") })
	if said < 0 || later.Journeys[0].Why != "welcomed" {
		t.Errorf("%+v", later)
	}
	if difference, _, err := storytest.Check(c.n.live(), later.Story); err != nil || !strings.Contains(difference, "10:07") {
		t.Errorf("what the draft does is not what is live: %v %s", err, difference)
	}
	if r := c.ask("PUT", "/v1/drafts/"+d.Draft+"/files", map[string]any{"program": "diabetes", "files": map[string]string{"stories/tried.txtar": "Ana is welcomed.\n\n" + later.Story}}); r.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	var x Checked
	if r := c.ask("GET", "/v1/drafts/"+d.Draft+"/check", nil); json.Unmarshal(r.body, &x) != nil {
		t.Fatal(r.StatusCode)
	}
	if k := slices.IndexFunc(x.Stories, func(s StoryResult) bool { return s.Story == "stories/tried.txtar" }); k < 0 || !x.Stories[k].OK {
		t.Errorf("the story does not hold that was just told: %+v", x.Stories)
	}
	for name, events := range map[string][]map[string]any{
		"no lines":          {},
		"an unknown event":  {{"at": "2027-03-01T10:00:00Z", "event": "clinical.condition_recordd"}},
		"an unknown field":  {{"at": "2027-03-01T10:00:00Z", "event": "clinical.condition_recorded", "props": map[string]any{"kodes": 1}}},
		"the past":          {ana, {"at": "2026-03-01T10:00:00Z", "tick": true}},
		"two at once":       {{"at": "2027-03-01T10:00:00Z", "tick": true, "carrier": "accepted"}},
		"no instant at all": {{"at": "tomorrow", "tick": true}},
	} {
		if _, r := run(false, events...); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(r.body), "events") {
			t.Errorf("%s: %d %s", name, r.StatusCode, r.body)
		}
	}
	if r := c.ask("POST", "/v1/releases/live/dry-run", map[string]any{"program": "none", "events": []any{ana}}); r.StatusCode != http.StatusNotFound {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	again, _ := run(true, ana, diagnosed)
	if !slices.Equal(linesOf(out), linesOf(again)) {
		t.Error("the same lines tell another life")
	}
}

func linesOf(d DryRun) (out []string) {
	for _, l := range d.Lines {
		out = append(out, l.When+l.Says)
	}
	return out
}

// A dry-run walks every kind of step there is: what is asked is answered by the lines that it says would answer, and time goes on to the next
// thing. What it tells holds as a story.
func TestADryRunWalksEveryKindOfStep(t *testing.T) {
	t.Parallel()
	rel, _ := mustLoad(t, "../programdir/testdata/programs/living_well")
	in := dryRunLines{}
	for line := range strings.Lines(`{"at":"2027-03-01T10:00:00Z","traits":{"first_name":"Ana","email":"ana@example.org","timezone":"Europe/London","language":"en"}}
{"at":"2027-03-01T10:00:00Z","event":"clinical.condition_recorded","props":{"codes":["44054006"]}}
{"at":"2027-03-01T10:00:01Z","event":"consent.granted","props":{"purpose":"treatment_support"}}
{"at":"2027-03-01T10:00:02Z","event":"medication.prescribed","props":{"code":"860975","display":"no way there"}}
{"at":"2027-03-10T10:00:00Z","event":"portal.visited"}`) {
		var l HeardLine
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err)
		}
		in.Events = append(in.Events, l)
	}
	seen, answered := map[string]bool{}, map[string]bool{}
	branches := 0
	for range 150 {
		events, err := in.story()
		if err != nil {
			t.Fatal(err)
		}
		is, run, err := in.tried(&storytest.Trial{Release: rel, Events: events})
		if err != nil {
			t.Fatal(err)
		}
		branches = len(run.Branches)
		walked := 0
		for _, r := range is.Records {
			for _, e := range r.Effects {
				if w, walks := e.(effect.Walk); walks {
					if j := rel.Program(w.Program).Journey(w.Journey); j != nil {
						if k, found := j.Find(w.Step); found {
							kind := kindOfStep(j.Steps[k])
							seen[kind] = true
							if kind == "branch" && w.What == "reached" {
								walked++
							}
						}
					}
				}
			}
		}
		if walked > branches {
			t.Fatalf("of %d branches that were come to it is told of %d which cases were so", walked, branches)
		}
		next := run.Next
		for _, o := range run.Open {
			name := o.Journey + o.Step + fmt.Sprint(o.Props)
			if answered[name] || len(answered) > 8 {
				continue
			}
			answered[name] = true
			switch {
			case o.Props["task"] != "" && len(answered) <= 3: // the first times nobody answers the telephone
				o.Props["outcome"] = "no_answer"
			case o.Props["task"] != "":
				o.Props["outcome"] = "reached"
			case slices.Contains(o.Outcomes, "high"):
				o.Props["status"] = "high"
			}
			props, err := json.Marshal(o.Props)
			if err != nil {
				t.Fatal(err)
			}
			in.Events, next = append(in.Events, HeardLine{At: run.Now, Event: o.Event, Props: props}), ""
			break
		}
		if next != "" {
			if last := &in.Events[len(in.Events)-1]; last.Tick {
				last.At = next
			} else {
				in.Events = append(in.Events, HeardLine{At: next, Tick: true})
			}
		} else if run.Next == "" {
			break
		}
		if difference, _, err := storytest.Check(rel, "-- events.jsonl --\n"+events+"-- touches.jsonl --\n"+is.Touches); difference != "" || err != nil {
			t.Fatalf("the story goes another way: %s, %v", difference, err)
		}
	}
	for _, kind := range []string{"wait", "await", "goal", "split", "send", "ask", "branch", "task", "update", "call", "decide", "refer", "exit"} {
		if !seen[kind] {
			t.Errorf("no step of the kind %s was come to", kind)
		}
	}
	if branches == 0 {
		t.Error("no branch is told")
	}
}

// Somebody real goes on from where their record ends, under a draft too, and nothing of them is changed by it.
func TestADryRunOfSomebodyChangesNothing(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	n := livedWorld(t, 20, 60)
	var p person.Person
	err := eachPerson(ctx, n.People, n.Keys, func(x *person.Person) error {
		if p.ID.IsZero() && x.Release != 0 && len(x.Enrollments) > 0 {
			p = *x
		}
		return nil
	})
	if err != nil || p.ID.IsZero() {
		t.Fatal("nobody is in a journey", err)
	}
	before := image(t, n.People)
	i, err := n.inspector(ctx)
	if err != nil {
		t.Fatal(err)
	}
	in := dryRunLines{Events: []HeardLine{{At: p.Now.Add(instant.Day).String(), Event: "appointment.noshow"}, {At: p.Now.Add(20 * instant.Day).String(), Tick: true}}}
	live, err := n.filesOf("live")
	if err != nil {
		t.Fatal(err)
	}
	for _, programs := range [][]ProgramFiles{nil, live.Programs} {
		rel, err := n.compiled(programs)
		if err != nil {
			t.Fatal(err)
		}
		run, err := i.DryRun(ctx, p.ID, rel, &in)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(run.Journeys, func(j PassageTried) bool { return j.Journey == "missed_visit" }) {
			t.Errorf("who misses a visit enters no journey: %+v", run.Journeys)
		}
		if run.Story != "" {
			t.Error("somebody's life is told as a story")
		}
	}
	if string(image(t, n.People)) != string(before) {
		t.Error("a dry-run changed what is kept")
	}
	in.Events[0].At = p.Now.Add(-instant.Day).String()
	if _, err := i.DryRun(ctx, p.ID, n.live(), &in); err == nil || !strings.Contains(err.Error(), "heard of them last") {
		t.Errorf("a line before the record's end: %v", err)
	}
}
