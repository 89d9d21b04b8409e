package app

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

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
