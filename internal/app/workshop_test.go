package app

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"attune/core/instant"
	"attune/internal/access"
)

func (c *clinicAPI) workshop(draft string, act map[string]any) (w Workshop, r replied) {
	c.t.Helper()
	r = c.ask("POST", "/v1/drafts/"+draft+"/workshop", act)
	if r.StatusCode == http.StatusOK {
		if err := json.Unmarshal(r.body, &w); err != nil {
			c.t.Fatal(err)
		}
	}
	return w, r
}

// A workshop from its beginning to its end: notes wait in the tray, one becomes a moment, dots are silent until the voting is closed.
func TestAWorkshop(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	kim, pat := principal("account", "kim", access.Author), principal("account", "pat", access.Publisher)
	c.who = kim
	d, _ := c.drafted("A workshop")
	refused := func(what string, act map[string]any) {
		t.Helper()
		if _, r := c.workshop(d.Draft, act); r.StatusCode < 400 || r.StatusCode >= 500 {
			t.Errorf("%s: %d %s", what, r.StatusCode, r.body)
		}
	}
	refused("a note before it began", map[string]any{"do": "note", "text": "Too early"})
	refused("a program that is not there", map[string]any{"do": "begin", "program": "none"})
	w, _ := c.workshop(d.Draft, map[string]any{"do": "begin", "program": "diabetes"})
	if !w.On || w.By == "" || w.Program != "diabetes" || w.Version != d.Version {
		t.Fatalf("%+v", w)
	}
	refused("one more", map[string]any{"do": "begin", "program": "diabetes"})
	refused("a note of nothing", map[string]any{"do": "note", "text": "  "})
	refused("a note that is a letter", map[string]any{"do": "note", "text": strings.Repeat("a", 281)})
	w, _ = c.workshop(d.Draft, map[string]any{"do": "note", "text": " Rings  to ask "})
	if len(w.Notes) != 1 || w.Notes[0].Text != "Rings to ask" || w.Notes[0].By == "" {
		t.Fatalf("%+v", w.Notes)
	}
	note := w.Notes[0].Note
	w, _ = c.workshop(d.Draft, map[string]any{"do": "reword", "note": note, "text": "Rings the desk"})
	if w.Notes[0].Text != "Rings the desk" {
		t.Errorf("%+v", w.Notes)
	}
	refused("a phase that no one named", map[string]any{"do": "place", "note": note, "lane": "patient", "id": "rings"})
	w, _ = c.workshop(d.Draft, map[string]any{"do": "place", "note": note, "phase": "treatment", "lane": "patient", "id": "rings"})
	is := c.draft(d.Draft)
	if w.Notes[0].Moment != "rings" || !strings.Contains(is.Programs[0].Files["map.yaml"], "{id: rings, phase: treatment, by: patient, name: Rings the desk}") {
		t.Errorf("%+v\n%s", w.Notes, is.Programs[0].Files["map.yaml"])
	}
	if !strings.HasPrefix(is.Steps[0].What, "add diabetes/map.yaml /moments/rings, a note of ") || is.Version != d.Version+1 {
		t.Errorf("%+v", is.Steps[0])
	}
	refused("what is on the map already", map[string]any{"do": "place", "note": note, "phase": "treatment", "lane": "patient", "id": "again"})
	c.changes(d.Draft, "", map[string]any{"do": "remove", "path": "/moments/rings"})
	if w, _ = c.workshop(d.Draft, map[string]any{"do": "place", "note": note, "phase": "follow_up", "lane": "patient", "id": "rings"}); w.Notes[0].Moment != "rings" {
		t.Error("a note whose moment was taken away cannot be placed again")
	}

	refused("a dot while nobody votes", map[string]any{"do": "vote", "moment": "rings"})
	c.workshop(d.Draft, map[string]any{"do": "open_votes", "dots": 2})
	c.workshop(d.Draft, map[string]any{"do": "vote", "moment": "rings"})
	w, _ = c.workshop(d.Draft, map[string]any{"do": "vote", "moment": "rings"})
	if w.Mine["rings"] != 2 || len(w.Sums) > 0 || w.Voters != 1 {
		t.Errorf("%+v", w)
	}
	refused("a third dot", map[string]any{"do": "vote", "moment": "prescribed"})
	c.workshop(d.Draft, map[string]any{"do": "unvote", "moment": "rings"})
	refused("a dot that was not given", map[string]any{"do": "unvote", "moment": "prescribed"})
	c.who = pat
	w, _ = c.workshop(d.Draft, map[string]any{"do": "vote", "moment": "prescribed"})
	if len(w.Mine) != 1 || w.Mine["rings"] != 0 || len(w.Sums) > 0 || w.Voters != 2 {
		t.Errorf("whose dots are told: %+v", w)
	}
	w, r := c.workshop(d.Draft, map[string]any{"do": "close_votes"})
	if w.Sums["rings"] != 1 || w.Sums["prescribed"] != 1 || strings.Contains(string(r.body), "account kim") {
		t.Errorf("%s", r.body)
	}

	refused("a timer of no time", map[string]any{"do": "timer"})
	w, _ = c.workshop(d.Draft, map[string]any{"do": "timer", "minutes": 5})
	if ends, err := instant.Parse(w.Ends); err != nil || ends <= c.n.Wall() {
		t.Errorf("it ends %q", w.Ends)
	}
	c.ask("POST", "/v1/drafts/"+d.Draft+"/presence", nil)
	w, _ = c.workshop(d.Draft, map[string]any{"do": "stop_timer"})
	if w.Ends != "" || len(w.Here) != 1 {
		t.Errorf("%+v", w)
	}
	if here := c.n.presence.here(d.Draft, c.n.Wall().Add(presenceLasts+1)); len(here) > 0 {
		t.Errorf("who is not heard of is here still: %v", here)
	}
	if w, _ = c.workshop(d.Draft, map[string]any{"do": "end"}); w.On || w.Ended == "" || len(w.Notes) != 1 {
		t.Errorf("%+v", w)
	}
	refused("a note after its end", map[string]any{"do": "note", "text": "Too late"})
	refused("what nobody does", map[string]any{"do": "dance"})
	c.who = principal("account", "vi", access.Analyst)
	refused("who may not change programs", map[string]any{"do": "begin", "program": "diabetes"})
}

func TestManyInOneWorkshop(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "kim", access.Author)
	d, _ := c.drafted("A workshop")
	c.workshop(d.Draft, map[string]any{"do": "begin", "program": "diabetes"})
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			for k := range 5 {
				if _, r := c.workshop(d.Draft, map[string]any{"do": "note", "text": fmt.Sprintf("Note %d.%d", i, k)}); r.StatusCode != http.StatusOK {
					t.Errorf("%d %s", r.StatusCode, r.body)
				}
			}
			if r := c.changes(d.Draft, "", map[string]any{"do": "add", "path": "/moments", "value": map[string]any{"id": fmt.Sprintf("m_%d", i), "phase": "follow_up", "by": "patient", "name": "A moment"}}); r.StatusCode != http.StatusOK {
				t.Errorf("%d %s", r.StatusCode, r.body)
			}
		})
	}
	all.Wait()
	var w Workshop
	if r := c.ask("GET", "/v1/drafts/"+d.Draft+"/workshop", nil); json.Unmarshal(r.body, &w) != nil || len(w.Notes) != 60 {
		t.Errorf("%d notes of 60: %d", len(w.Notes), r.StatusCode)
	}
	if text := c.draft(d.Draft).Programs[0].Files["map.yaml"]; strings.Count(text, "name: A moment") != 12 {
		t.Errorf("moments were lost:\n%s", text)
	}
}
