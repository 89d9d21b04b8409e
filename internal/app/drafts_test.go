package app

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"attune/internal/access"
)

func (c *clinicAPI) drafted(name string) (d Draft, tag string) {
	c.t.Helper()
	r := c.ask("POST", "/v1/drafts", map[string]string{"name": name})
	if err := json.Unmarshal(r.body, &d); err != nil || r.StatusCode != http.StatusCreated {
		c.t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	return d, r.Header.Get("ETag")
}

func (c *clinicAPI) draft(id string) (d Draft) {
	c.t.Helper()
	if r := c.ask("GET", "/v1/drafts/"+id, nil); json.Unmarshal(r.body, &d) != nil || r.StatusCode != http.StatusOK {
		c.t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	return d
}

func (c *clinicAPI) changes(id, tag string, list ...map[string]any) replied {
	c.t.Helper()
	for _, x := range list {
		x["program"] = "diabetes"
		if x["file"] == nil {
			x["file"] = "map.yaml"
		}
	}
	header := []string{}
	if tag != "" {
		header = []string{"If-Match", tag}
	}
	return c.ask("POST", "/v1/drafts/"+id+"/changes", map[string]any{"changes": list}, header...)
}

// From the first stroke to what is live: what a board changes is one line of a file, a problem is told where it stands, and what is published is
// given back byte for byte.
func TestADraftBecomesWhatIsLive(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "pat", access.Publisher)
	d, _ := c.drafted("Another name for a phase")
	was := d.Programs[0].Files["map.yaml"]
	if r := c.changes(d.Draft, "", map[string]any{"do": "set", "path": "/phases/follow_up/name", "value": "Day by day"}); r.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	is := c.draft(d.Draft)
	before, after := strings.Split(was, "\n"), strings.Split(is.Programs[0].Files["map.yaml"], "\n")
	differ := 0
	for i := range before {
		if i >= len(after) || before[i] != after[i] {
			differ++
		}
	}
	if differ != 1 || len(before) != len(after) || is.Version != 2 || is.Steps[0].What != "set diabetes/map.yaml /phases/follow_up/name" {
		t.Errorf("%d lines differ, version %d, %+v", differ, is.Version, is.Steps)
	}
	check := func() (out Checked) {
		r := c.ask("GET", "/v1/drafts/"+d.Draft+"/check", nil)
		if err := json.Unmarshal(r.body, &out); err != nil || r.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
		return out
	}
	if x := check(); !x.Valid || x.Plan == nil || len(x.Stories) == 0 {
		t.Errorf("%+v", x)
	}
	if r := c.changes(d.Draft, "", map[string]any{"do": "set", "path": "/phases/follow_up/enter", "value": "sinse(1)"}); r.StatusCode != http.StatusOK {
		t.Fatalf("a draft may be wrong for a while: %d %s", r.StatusCode, r.body)
	}
	if x := check(); x.Valid || len(x.Problems) == 0 || x.Problems[0].File != "diabetes/map.yaml" || x.Problems[0].Line == 0 {
		t.Errorf("%+v", x)
	}
	publish := func(tag string) replied {
		return c.ask("POST", "/v1/drafts/"+d.Draft+"/publish", map[string]any{}, "If-Match", tag)
	}
	if r := publish(`"` + c.draft(d.Draft).Tag() + `"`); r.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("what is no program is published: %d %s", r.StatusCode, r.body)
	}
	c.changes(d.Draft, "", map[string]any{"do": "set", "path": "/phases/follow_up/enter", "value": `since("medication.prescribed") > days(90)`})
	last := c.draft(d.Draft)
	if r := publish(`"` + d.Tag() + `"`); r.StatusCode != http.StatusPreconditionFailed {
		t.Errorf("another version than was looked at is published: %d %s", r.StatusCode, r.body)
	}
	if r := publish(`"` + last.Tag() + `"`); r.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	var live FilesOfPrograms
	if r := c.ask("GET", "/v1/releases/live/files", nil); json.Unmarshal(r.body, &live) != nil || live.Programs[0].Files["map.yaml"] != last.Programs[0].Files["map.yaml"] {
		t.Errorf("other files are live than were drafted: %.200s", r.body)
	}
	if r := c.ask("GET", "/v1/drafts/"+d.Draft, nil); r.StatusCode != http.StatusNotFound {
		t.Errorf("the draft is there still: %d", r.StatusCode)
	}
}

// Many hands: changes without a version are done one after the other and none is lost; who names a version is told where it is another.
func TestManyWorkOnOneDraft(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "pat", access.Publisher)
	d, tag := c.drafted("A workshop")
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			id := "idea_" + string(rune('a'+i))
			if r := c.changes(d.Draft, "", map[string]any{"do": "add", "path": "/moments", "value": map[string]any{"id": id, "phase": "follow_up", "by": "patient", "name": "An idea"}}); r.StatusCode != http.StatusOK {
				t.Errorf("%d %s", r.StatusCode, r.body)
			}
		})
	}
	all.Wait()
	is := c.draft(d.Draft)
	if n := strings.Count(is.Programs[0].Files["map.yaml"], "An idea"); n != 12 || is.Version != 13 || len(is.Steps) != 13 {
		t.Errorf("%d ideas of 12 are there, version %d", n, is.Version)
	}
	if r := c.changes(d.Draft, tag, map[string]any{"do": "remove", "path": "/moments/idea_a"}); r.StatusCode != http.StatusPreconditionFailed {
		t.Errorf("an old version was changed: %d %s", r.StatusCode, r.body)
	}
	// All of several changes, or none.
	if r := c.changes(d.Draft, "", map[string]any{"do": "remove", "path": "/moments/idea_a"}, map[string]any{"do": "remove", "path": "/moments/nowhere"}); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(r.body), "changes.1") {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	if again := c.draft(d.Draft); again.Version != 13 || !strings.Contains(again.Programs[0].Files["map.yaml"], "idea_a") {
		t.Error("half of a change was done")
	}
}

// Who began before somebody else published brings the draft up first; files that only one changed are put together by themselves.
func TestADraftIsBroughtUpToWhatIsLive(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "pat", access.Publisher)
	first, _ := c.drafted("First")
	second, _ := c.drafted("Second")
	set := func(d Draft, file, path, value string) {
		t.Helper()
		if r := c.changes(d.Draft, "", map[string]any{"do": "set", "file": file, "path": path, "value": value}); r.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
	}
	publish := func(d Draft) replied {
		return c.ask("POST", "/v1/drafts/"+d.Draft+"/publish", map[string]any{}, "If-Match", `"`+c.draft(d.Draft).Tag()+`"`)
	}
	set(first, "map.yaml", "/phases/follow_up/name", "First's name")
	set(second, "program.yaml", "/name", "Second's program")
	if r := publish(first); r.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	if r := publish(second); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(r.body), "updateDraft") {
		t.Errorf("what somebody else published is overwritten: %d %s", r.StatusCode, r.body)
	}
	update := func(take string) replied {
		return c.ask("POST", "/v1/drafts/"+second.Draft+"/update", map[string]string{"take": take})
	}
	if r := update(""); r.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	files := c.draft(second.Draft).Programs[0].Files
	if !strings.Contains(files["map.yaml"], "First's name") || !strings.Contains(files["program.yaml"], "Second's program") {
		t.Error("what one of the two changed is lost")
	}
	third, _ := c.drafted("Third")
	set(third, "map.yaml", "/phases/follow_up/name", "Third's name")
	set(second, "map.yaml", "/phases/follow_up/name", "Second's name")
	if r := publish(third); r.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	if r := update(""); r.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(string(r.body), "diabetes/map.yaml") {
		t.Errorf("both changed the map, and nobody is told: %d %s", r.StatusCode, r.body)
	}
	if r := update("draft"); r.StatusCode != http.StatusOK || !strings.Contains(c.draft(second.Draft).Programs[0].Files["map.yaml"], "Second's name") {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
	if r := publish(second); r.StatusCode != http.StatusCreated {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
}

// What somebody changes while a draft is being published is not lost with it.
func TestWhatIsChangedWhileADraftIsPublishedStays(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "pat", access.Publisher)
	d, _ := c.drafted("Published")
	looked := c.draft(d.Draft)
	if r := c.changes(d.Draft, "", map[string]any{"do": "set", "path": "/phases/follow_up/name", "value": "Late idea"}); r.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	if err := c.n.drafts.published(&looked); err != nil {
		t.Fatal(err)
	}
	if is := c.draft(d.Draft); !strings.Contains(is.Programs[0].Files["map.yaml"], "Late idea") {
		t.Error("the idea is lost")
	}
	is := c.draft(d.Draft)
	if err := c.n.drafts.published(&is); err != nil {
		t.Fatal(err)
	}
	if r := c.ask("GET", "/v1/drafts/"+d.Draft, nil); r.StatusCode != http.StatusNotFound {
		t.Errorf("what is live is a draft still: %d", r.StatusCode)
	}
}

// A path leads nowhere but into the draft.
func TestADraftHasNoWayOut(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "pat", access.Publisher)
	d, _ := c.drafted("Away")
	for _, name := range []string{"../policy.yaml", "/etc/passwd", "content/../../x", ".hidden", `a\b`} {
		r := c.ask("PUT", "/v1/drafts/"+d.Draft+"/files", map[string]any{"program": "diabetes", "files": map[string]string{name: "x"}})
		if r.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("%s is written: %d", name, r.StatusCode)
		}
	}
	for _, id := range []string{"nowhere", "..%2Freleases%2Fpublications", "%2e%2e"} {
		if r := c.ask("GET", "/v1/drafts/"+id, nil); r.StatusCode == http.StatusOK {
			t.Errorf("the draft %s is given: %s", id, r.body)
		}
	}
}

// A story that goes another way is told again where that is what was meant, and only then.
func TestStoriesAreToldAgainInADraft(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "pat", access.Publisher)
	d, _ := c.drafted("Another sentence")
	differing := func() (out []StoryResult) {
		var x Checked
		if r := c.ask("GET", "/v1/drafts/"+d.Draft+"/check", nil); json.Unmarshal(r.body, &x) != nil || len(x.Stories) < 2 {
			t.Fatalf("%d %s", r.StatusCode, r.body)
		}
		for _, s := range x.Stories {
			if !s.OK {
				out = append(out, s)
			}
		}
		return out
	}
	if r := c.ask("POST", "/v1/drafts/"+d.Draft+"/stories", map[string]any{}); r.StatusCode != http.StatusOK || c.draft(d.Draft).Version != d.Version {
		t.Errorf("where every story goes as told there is nothing to do: %d %s", r.StatusCode, r.body)
	}
	c.changes(d.Draft, "", map[string]any{"file": "journeys/welcome.yaml", "do": "set", "path": "/steps/0/wait", "value": "7m"})
	was := differing()
	if len(was) < 2 {
		t.Fatalf("stories that go another way: %+v", was)
	}
	if r := c.ask("POST", "/v1/drafts/"+d.Draft+"/stories", map[string]any{"stories": []any{map[string]any{"program": "diabetes", "story": "stories/none.txtar"}}}); r.StatusCode != http.StatusNotFound {
		t.Errorf("a story that is not there: %d %s", r.StatusCode, r.body)
	}
	if r := c.ask("POST", "/v1/drafts/"+d.Draft+"/stories", map[string]any{"stories": []any{map[string]any{"program": was[0].Program, "story": was[0].Story}}}); r.StatusCode != http.StatusOK {
		t.Fatalf("%d %s", r.StatusCode, r.body)
	}
	if is := differing(); len(is) != len(was)-1 {
		t.Errorf("%d stories differ after one was told again, before %d", len(is), len(was))
	}
	if r := c.ask("POST", "/v1/drafts/"+d.Draft+"/stories", map[string]any{}); r.StatusCode != http.StatusOK || len(differing()) > 0 {
		t.Errorf("%d %s", r.StatusCode, r.body)
	}
}
