package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
	"attune/internal/backtest"
	"attune/internal/chart"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/paper/papertest"
	"attune/internal/simulate"
	"attune/internal/tables"
)

// clinicAPI is the API of a clinic with two programs' worth of panels, and whoever asks it.
type clinicAPI struct {
	t      *testing.T
	n      *Node
	http   http.Handler
	stream *api.Stream
	who    access.Principal
	// ana is of the diabetes program, bob of none.
	ana, bob string
}

func openClinicAPI(t *testing.T) *clinicAPI {
	t.Helper()
	n, _ := apiNode(t)
	c := askedOf(t, n)
	take := func(key, name string, props map[string]string) {
		t.Helper()
		e := event.Event{ID: "app/" + key + name, Name: name, OccurredAt: n.Now()}
		for k, v := range props {
			is := expr.TextOf(v)
			if k == "codes" {
				is = expr.ListOf(v)
			}
			e = e.With(k, is)
		}
		if err := n.Intake.Take(t.Context(), intake.Source{Name: "app"}, []intake.Arrival{{Who: identity.Key{System: "app", Value: key}, Event: e}}); err != nil {
			t.Fatal(err)
		}
		for n.Runner.Behind() > 0 {
			if _, err := n.Runner.Tick(t.Context(), n.Now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	take("ana", "traits.updated", map[string]string{"first_name": "Ana", "last_name": "Meier", "email": "ana@people.example", "birth_date": "1961-04-30"})
	take("ana", "clinical.condition_recorded", map[string]string{"codes": "44054006"})
	take("bob", "traits.updated", map[string]string{"first_name": "Bob", "email": "bob@people.example"})
	c.ana, c.bob = c.id("ana"), c.id("bob")
	return c
}

// askedOf lets somebody ask a node's API.
func askedOf(t *testing.T, n *Node) *clinicAPI {
	t.Helper()
	c := &clinicAPI{t: t, n: n, stream: api.NewStream(10*time.Millisecond, n.topics()...)}
	desk := &api.Desk{
		Operations: n.Operations(), People: apiPeople{n, n.glass}, Answers: n.answers, Stream: c.stream, Logger: slog.New(slog.DiscardHandler), Refused: n.refusals.refused,
		Principal: func(*http.Request) (access.Principal, bool) { return c.who, !c.who.Nobody() },
	}
	h, err := desk.Before(http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	c.http = h
	return c
}

func (c *clinicAPI) id(key string) string {
	c.t.Helper()
	who, err := c.n.whom(c.t.Context(), "app:"+key)
	if err != nil {
		c.t.Fatal(err)
	}
	return who.String()
}

func principal(kind, name string, roles ...access.Role) access.Principal {
	return access.Principal{Kind: kind, ID: name, Name: name, Roles: roles}
}

type replied struct {
	*http.Response
	body []byte
}

func (c *clinicAPI) ask(method, path string, body any, header ...string) replied {
	c.t.Helper()
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			c.t.Fatal(err)
		}
		in = bytes.NewReader(b)
	}
	r := httptest.NewRequestWithContext(c.t.Context(), method, path, in)
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	c.http.ServeHTTP(w, r)
	out := w.Result()
	b, err := io.ReadAll(out.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	return replied{out, b}
}

func (a replied) problem(t *testing.T) (p api.Problem) {
	t.Helper()
	if err := json.Unmarshal(a.body, &p); err != nil {
		t.Fatalf("%d: %s", a.StatusCode, a.body)
	}
	return p
}

// Every operation is refused to every role that has not its permission, and to nobody else for that reason. The operations are those that
// the server answers, and the roles all there are.
func TestEveryRouteIsHeldAgainstEveryRole(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	var nobody access.Principal
	principals := []access.Principal{nobody, principal("account", "without roles")}
	for _, r := range access.Roles() {
		principals = append(principals, principal("account", string(r.Role), r.Role))
	}
	narrowed := principal("key", "narrowed", access.Clinician, access.Publisher, access.Admin)
	narrowed.Permits = []access.Permission{access.WorkRead}
	principals = append(principals, narrowed)
	pairs, allowed := 0, 0
	for _, o := range c.n.Operations() {
		path := strings.NewReplacer("{person}", c.ana).Replace(o.Path)
		for strings.Contains(path, "{") {
			from, to := strings.IndexByte(path, '{'), strings.IndexByte(path, '}')
			path = path[:from] + "nothing" + path[to+1:]
		}
		for _, who := range principals {
			c.who = who
			// A body that no operation takes: whoever may is told so, and nothing is done.
			var body any
			if o.Method != http.MethodGet {
				body = map[string]string{"no such field": "x"}
			}
			if o.ID == "resumeMail" || o.ID == "stopImport" || o.ID == "replay" || o.ID == "claimWork" || o.ID == "releaseWork" || o.ID == "undoRelease" {
				body = nil
			}
			a := c.ask(o.Method, path, body, "Attune-Purpose", "treatment")
			pairs++
			want := who.May(o.Permission)
			got := a.StatusCode != http.StatusForbidden && a.StatusCode != http.StatusUnauthorized
			if want != got {
				t.Errorf("%s %s (%s) by %v: %d, and permitted is %v\n%s", o.Method, path, o.ID, who.Roles, a.StatusCode, want, a.body)
			}
			if who.Nobody() && a.StatusCode != http.StatusUnauthorized {
				t.Errorf("%s answers nobody with %d", o.ID, a.StatusCode)
			}
			if a.StatusCode == http.StatusInternalServerError {
				t.Errorf("%s by %v broke: %s", o.ID, who.Roles, a.body)
			}
			if got {
				allowed++
			}
		}
	}
	t.Logf("%d pairs of operation and role, of which %d are permitted", pairs, allowed)
	if allowed < 100 || pairs-allowed < 500 {
		t.Error("the matrix is nearly empty")
	}
}

// What no role may see, no answer has: each role opens the record, and the bytes that come back hold only what its classes allow.
func TestARecordShowsEachRoleWhatItNeeds(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	secrets := map[access.Class][]string{access.Identity: {"Meier"}, access.Contact: {"ana@people.example"}, access.Clinical: {"44054006"}}
	for _, r := range access.Roles() {
		c.who = principal("account", string(r.Role), r.Role)
		if !c.who.May(access.PersonRead) {
			continue
		}
		for _, path := range []string{"", "/story", "/decisions", "/onward", "/consents", "/may"} {
			a := c.ask("GET", "/v1/people/"+c.ana+path, nil, "Attune-Purpose", "treatment")
			if a.StatusCode != http.StatusOK {
				t.Errorf("%s %s: %d %s", r.Role, path, a.StatusCode, a.body)
			}
			for class, words := range secrets {
				for _, w := range words {
					has := bytes.Contains(a.body, []byte(w))
					if has && !c.who.Sees(class) {
						t.Errorf("%s does not see %s, and %s says %s:\n%s", r.Role, class, path, w, a.body)
					}
					if path == "" && class != access.Clinical && !has && c.who.Sees(class) {
						t.Errorf("%s sees %s, and is not told %s", r.Role, class, w)
					}
				}
			}
		}
	}
}

// Outside one's panel a record opens only with a reason, to the one who gave it, and somebody else looks at why.
func TestARecordOutsideThePanelOpensWithAReason(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	kim := principal("account", "kim", access.Clinician)
	kim.Programs = []string{"diabetes"}
	read := func() int { return c.ask("GET", "/v1/people/"+c.bob, nil, "Attune-Purpose", "treatment").StatusCode }
	c.who = kim
	if got := c.ask("GET", "/v1/people/"+c.ana, nil, "Attune-Purpose", "treatment").StatusCode; got != http.StatusOK {
		t.Fatalf("her own patient: %d", got)
	}
	if got := read(); got != http.StatusForbidden {
		t.Fatalf("a stranger: %d", got)
	}
	if a := c.ask("POST", "/v1/people/"+c.bob+"/openings", map[string]string{"reason": "why not"}); a.StatusCode != http.StatusUnprocessableEntity {
		t.Fatalf("a reason that says nothing: %d", a.StatusCode)
	}
	a := c.ask("POST", "/v1/people/"+c.bob+"/openings", map[string]string{"reason": "On call tonight, the ward asks about him."})
	if a.StatusCode != http.StatusCreated || read() != http.StatusOK {
		t.Fatalf("with a reason: %d %s, then %d", a.StatusCode, a.body, read())
	}
	var opening Opening
	if err := json.Unmarshal(a.body, &opening); err != nil {
		t.Fatal(err)
	}
	c.who = principal("account", "lee", access.Clinician)
	c.who.Programs = []string{"diabetes"}
	if read() != http.StatusForbidden {
		t.Error("who did not break the glass may look through it")
	}
	both := principal("account", "kim", access.Clinician, access.Auditor)
	c.who = both
	if a := c.ask("POST", "/v1/openings/"+opening.ID+"/review", map[string]string{"note": "fine"}); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("who opened it reviewed it: %d", a.StatusCode)
	}
	c.who = principal("account", "officer", access.PrivacyOfficer)
	if a := c.ask("GET", "/v1/openings?unreviewed=true", nil); !bytes.Contains(a.body, []byte("On call tonight")) {
		t.Errorf("%s", a.body)
	}
	if a := c.ask("POST", "/v1/openings/"+opening.ID+"/review", map[string]string{"note": "It was her shift."}); a.StatusCode != http.StatusOK {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
	if a := c.ask("GET", "/v1/openings?unreviewed=true", nil); bytes.Contains(a.body, []byte(opening.ID)) {
		t.Errorf("it still waits: %s", a.body)
	}
	// All of it is kept over a restart, and an hour later the record is closed.
	again, err := openGlass(c.n.Data, c.n.Keys)
	if err != nil {
		t.Fatal(err)
	}
	who, err := id.ParsePerson(c.bob)
	if err != nil {
		t.Fatal(err)
	}
	now := c.n.Wall()
	if !again.opened(&kim, who, now) || again.opened(&kim, who, now.Add(openFor)) {
		t.Error("it is open for an hour, and no longer")
	}
	var broken int
	if err := audit.Each(context.Background(), AuditDir(c.n.Data), audit.Filter{What: string(audit.GlassBroken)}, func(*audit.Record) error { broken++; return nil }); err != nil || broken == 0 {
		t.Errorf("the audit log has %d, %v", broken, err)
	}
}

// The same request with the same key is done once. Another request with that key is refused.
func TestARequestIsDoneOnceForItsKey(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "admin", access.Admin)
	source := func(name, key string) replied {
		return c.ask("POST", "/v1/sources", map[string]string{"source": name}, "Idempotency-Key", key)
	}
	first, again := source("app2", "k1"), source("app2", "k1")
	if first.StatusCode != http.StatusCreated || !bytes.Equal(first.body, again.body) || again.StatusCode != first.StatusCode || again.Header.Get("Idempotency-Replayed") != "true" {
		t.Errorf("%d %s, then %d %s", first.StatusCode, first.body, again.StatusCode, again.body)
	}
	if got := len(c.n.Sources.List()); got != 1 {
		t.Errorf("%d sources", got)
	}
	if a := source("app3", "k1"); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("another request with the same key: %d", a.StatusCode)
	}
	c.who = principal("account", "other", access.Admin)
	if a := source("app3", "k1"); a.StatusCode != http.StatusCreated {
		t.Errorf("somebody else's key: %d", a.StatusCode)
	}
	if a := source("Not a name", "k2"); a.StatusCode != http.StatusUnprocessableEntity || source("app4", "k2").StatusCode != http.StatusCreated {
		t.Error("what was refused was not done, and its key may be used again")
	}
	key := source("app5", "k5")
	if a, err := openAnswers(t.Context(), t.TempDir()+"/answers.db", []byte("0123456789abcdef"), time.Now); err != nil {
		t.Fatal(err)
	} else if err := a.Close(); err != nil || key.StatusCode != http.StatusCreated {
		t.Error(err)
	}
}

// A change names the version that it changes; where somebody else changed it since, both are shown.
func TestAChangeNamesItsVersion(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "pat", access.Publisher)
	live := c.ask("GET", "/v1/releases/live/files", nil)
	tag := live.Header.Get("ETag")
	var files FilesOfPrograms
	if err := json.Unmarshal(live.body, &files); err != nil || tag != `"`+files.Release+`"` {
		t.Fatalf("%s %v", tag, err)
	}
	changed := files.Programs
	changed[0].Files["map.yaml"] = strings.Replace(changed[0].Files["map.yaml"], "What does this mean for me?", "What now?", 1)
	body := map[string]any{"programs": changed}
	if a := c.ask("POST", "/v1/releases", body); a.StatusCode != http.StatusPreconditionRequired || a.problem(t).Field != "If-Match" {
		t.Errorf("without a version: %d %s", a.StatusCode, a.body)
	}
	if a := c.ask("POST", "/v1/programs/check", body); a.StatusCode != http.StatusOK || !bytes.Contains(a.body, []byte(`"valid":true`)) {
		t.Errorf("%d %.300s", a.StatusCode, a.body)
	}
	a := c.ask("POST", "/v1/releases", body, "If-Match", tag)
	if a.StatusCode != http.StatusCreated || a.Header.Get("ETag") == tag {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	b := c.ask("POST", "/v1/releases", map[string]any{"programs": files.Programs}, "If-Match", tag)
	p := b.problem(t)
	yours, current := fmt.Sprint(p.Yours), fmt.Sprint(p.Current)
	if b.StatusCode != http.StatusPreconditionFailed || !strings.Contains(yours, files.Release) || !strings.Contains(current, "What now?") {
		t.Errorf("%d, yours %.80s, current %.80s", b.StatusCode, yours, current)
	}
	if u := c.ask("POST", "/v1/releases/undo", nil, "If-Match", a.Header.Get("ETag")); u.StatusCode != http.StatusCreated || u.Header.Get("ETag") != tag {
		t.Errorf("%d %s", u.StatusCode, u.body)
	}
}

// A problem names the field and the remedy, and never what was sent.
func TestAProblemNamesFieldAndRemedy(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "kim", access.Clinician, access.CareCoordinator)
	for _, x := range []struct {
		it, method, path, body string
		status                 int
		field                  string
	}{
		{"what is not asked for", "GET", "/v1/work?nothing=1", "", 400, ""},
		{"a number that is none", "GET", "/v1/work?limit=SECRET", "", 400, "limit"},
		{"too many", "GET", "/v1/work?limit=501", "", 400, "limit"},
		{"a cursor that is none", "GET", "/v1/work?cursor=%25", "", 400, "cursor"},
		{"a field that is missing", "POST", "/v1/work/abcdefgh/done", `{}`, 400, "outcome"},
		{"a field of another kind", "POST", "/v1/work/abcdefgh/done", `{"outcome":1}`, 400, "outcome"},
		{"a field that is not asked for", "POST", "/v1/work/abcdefgh/done", `{"outcome":"reached","SECRETS":1}`, 400, ""},
		{"a name twice", "POST", "/v1/work/abcdefgh/done", `{"outcome":"reached","outcome":"SECRET"}`, 400, ""},
		{"a name in other letters", "POST", "/v1/work/abcdefgh/done", `{"outcome":"reached","Outcome":"SECRET"}`, 400, ""},
		{"no JSON", "POST", "/v1/work/abcdefgh/done", `{"outcome"`, 400, ""},
		{"a list", "POST", "/v1/work/abcdefgh/done", `[]`, 400, ""},
		{"nobody's id", "GET", "/v1/people/app:SECRET", "", 400, "person"},
		{"somebody nobody knows", "POST", "/v1/people/search", `{"id":"app:SECRET"}`, 422, ""},
		{"no such address", "GET", "/v1/work/a/b/c/d", "", 404, ""},
		{"an instant that is none", "GET", "/v1/deadletters?since=yesterday", "", 422, "since"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), x.method, x.path, strings.NewReader(x.body))
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Attune-Purpose", "treatment")
		w := httptest.NewRecorder()
		c.http.ServeHTTP(w, r)
		var p api.Problem
		if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != x.status || p.Status != x.status || p.Field != x.field || w.Header().Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %d %s", x.it, w.Code, w.Body)
		}
		if strings.Contains(strings.ReplaceAll(w.Body.String(), "SECRETS", ""), "SECRET") {
			t.Errorf("%s: it repeats what was sent: %s", x.it, w.Body)
		}
		if p.Detail == "" && p.Remedy == "" {
			t.Errorf("%s: it tells nothing: %s", x.it, w.Body)
		}
	}
	w := c.ask("POST", "/v1/work/abcdefgh/claim", nil)
	if w.StatusCode != http.StatusUnprocessableEntity || w.problem(t).Request == "" {
		t.Errorf("%d %s", w.StatusCode, w.body)
	}
	if a := c.ask("GET", "/v1/people/"+c.ana, nil); a.StatusCode != http.StatusForbidden || a.problem(t).Field != "Attune-Purpose" {
		t.Errorf("without a purpose: %d %s", a.StatusCode, a.body)
	}
}

// Pages of a list hold every item once, and end.
func TestPagesHoldEverythingOnce(t *testing.T) {
	t.Parallel()
	var all []string
	for i := range 123 {
		all = append(all, fmt.Sprint(i))
	}
	var got []string
	page := api.Page{Limit: 50}
	for {
		list, err := api.PageOf(all, page, func(s *string) string { return *s })
		if err != nil || list.Total != len(all) {
			t.Fatal(list.Total, err)
		}
		got = append(got, list.Items...)
		if page.Cursor = list.Next; page.Cursor == "" {
			break
		}
	}
	if !slices.Equal(got, all) {
		t.Errorf("%v", got)
	}
}

// What takes long runs on by itself: it tells how far it is, gives its result to whom that is for, and can be stopped.
func TestJobsRunAndGiveTheirResult(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	job := func(a replied) (j Job) {
		t.Helper()
		if a.StatusCode != http.StatusAccepted && a.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
		if err := json.Unmarshal(a.body, &j); err != nil {
			t.Fatal(err)
		}
		return j
	}
	over := func(id string) Job {
		t.Helper()
		for {
			if j := job(c.ask("GET", "/v1/jobs/"+id, nil)); j.State != "running" {
				return j
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	c.who = principal("account", "pat", access.Publisher)
	for path, body := range map[string]map[string]any{
		"simulation": {"people": 20, "days": 20}, "backtest": {"against": "live"}, "learning-report": {},
	} {
		j := over(job(c.ask("POST", "/v1/jobs/"+path, body)).ID)
		if path == "learning-report" { // nothing learns here
			if j.State != "failed" || j.Error == "" {
				t.Errorf("%s: %+v", path, j)
			}
			continue
		}
		r := c.ask("GET", "/v1/jobs/"+j.ID+"/result", nil)
		var result map[string]any
		if err := json.Unmarshal(r.body, &result); j.State != "done" || j.Kind != path || j.By != "pat" || r.StatusCode != http.StatusOK || err != nil || len(result) < 3 {
			t.Errorf("%s: %+v, %d %.200s", path, j, r.StatusCode, r.body)
		}
		var zipped bytes.Buffer
		if err := tables.ZipResult(&zipped, r.body); err != nil || zipped.Len() < 10_000 {
			t.Fatalf("%s: tables of %d bytes, %v", path, zipped.Len(), err)
		}
		if a := c.ask("GET", "/v1/jobs/"+j.ID+"/tables", nil); a.StatusCode != http.StatusOK || !bytes.Equal(a.body, zipped.Bytes()) {
			t.Errorf("%s: the tables are not those of the result: %d, %d bytes", path, a.StatusCode, len(a.body))
		}
		printed := c.pdf("/v1/jobs/" + j.ID + "/paper")
		seen(t, path, printed)
		saysRun(t, path, papertest.Words(t, printed), r.body)
		c.who = principal("account", "kim", access.Clinician)
		for _, of := range []string{"result", "tables", "paper", "report"} {
			if a := c.ask("GET", "/v1/jobs/"+j.ID+"/"+of, nil); a.StatusCode != http.StatusNotFound {
				t.Errorf("a clinician has the %s of %s: %d", of, path, a.StatusCode)
			}
		}
		c.who = principal("account", "pat", access.Publisher)
	}
	long := job(c.ask("POST", "/v1/jobs/simulation", map[string]any{"people": 100000, "days": 1100}))
	if a := c.ask("GET", "/v1/jobs/"+long.ID+"/result", nil); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("the result of what runs: %d", a.StatusCode)
	}
	second := job(c.ask("POST", "/v1/jobs/simulation", map[string]any{"people": 100000, "days": 1100}))
	if a := c.ask("POST", "/v1/jobs/simulation", map[string]any{"people": 1, "days": 1}); a.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("a third at once: %d", a.StatusCode)
	}
	for _, j := range []Job{long, second} {
		if a := c.ask("POST", "/v1/jobs/"+j.ID+"/stop", nil); a.StatusCode != http.StatusOK || over(j.ID).State != "stopped" {
			t.Errorf("%d %+v", a.StatusCode, over(j.ID))
		}
	}
	for _, x := range []struct {
		body  map[string]any
		field string
	}{
		{map[string]any{"try": "draft/nothing"}, "draft"}, {map[string]any{"try": "12345"}, "release"}, {map[string]any{"try": "live", "only": []string{"hiv"}}, "only"},
		{map[string]any{"beside": "live", "compare": []ProgramFiles{{ID: "x"}}}, "beside"},
	} {
		if a := c.ask("POST", "/v1/jobs/simulation", x.body); a.StatusCode < 400 || a.problem(t).Field != x.field {
			t.Errorf("%v: %d %s", x.body, a.StatusCode, a.body)
		}
	}
	tried := over(job(c.ask("POST", "/v1/jobs/simulation", map[string]any{"name": "Twice the same", "try": "live", "beside": "1", "people": 20, "days": 20, "only": []string{"diabetes"}})).ID)
	var two struct {
		Touches int `json:"touches"`
		Other   struct {
			Touches int `json:"touches"`
		} `json:"other"`
	}
	if err := json.Unmarshal(c.ask("GET", "/v1/jobs/"+tried.ID+"/result", nil).body, &two); err != nil || tried.Tried != (Tried{"Twice the same", "live", "1"}) || two.Touches == 0 || two.Touches != two.Other.Touches {
		t.Errorf("a version beside itself: %v, %+v, %+v", err, tried, two)
	}
	if now := c.n.jobs.now(); now[tried.ID] != (JobProgress{"done", 20, 20}) {
		t.Errorf("the stream tells %+v", now[tried.ID])
	}
	if a := c.ask("POST", "/v1/jobs/simulation", map[string]any{"people": -1}); a.problem(t).Field != "people" {
		t.Errorf("%s", a.body)
	}
}

// Work of other programs is not there for who has a panel: neither listed, nor taken or answered by its id.
func TestWorkOutsideThePanelIsNotThere(t *testing.T) {
	s := newShift(t)
	s.comes("ana", "+12025550140", "portal.visited")
	s.until(monday)
	s.desk()
	c := askedOf(t, s.Node)
	work := s.list(WorkFilter{})[0].Request
	kim := principal("account", "kim", access.CareCoordinator)
	kim.Programs = []string{"rheumatoid"}
	c.who = kim
	if a := c.ask("GET", "/v1/work", nil); a.StatusCode != http.StatusOK || bytes.Contains(a.body, []byte(work)) {
		t.Errorf("it is listed: %d %s", a.StatusCode, a.body)
	}
	for _, id := range []string{work, work[:8], strings.ToUpper(work[:8])} {
		for path, body := range map[string]any{"claim": nil, "release": nil, "done": map[string]string{"outcome": "reached"}, "referral": map[string]string{"outcome": "accepted"}, "answer": map[string]any{}} {
			a := c.ask("POST", "/v1/work/"+id+"/"+path, body)
			if a.StatusCode != http.StatusNotFound || bytes.Contains(a.body, []byte("+1202")) {
				t.Errorf("%s of %s: %d %s", path, id, a.StatusCode, a.body)
			}
		}
	}
	c.who.Programs = []string{"diabetes"}
	if a := c.ask("POST", "/v1/work/"+work+"/claim", nil); a.StatusCode != http.StatusOK || !bytes.Contains(a.body, []byte("+12025550140")) {
		t.Errorf("her own: %d %s", a.StatusCode, a.body)
	}
}

// Who parts two records learns nothing of others: one that is not part of the person's, one of a stranger, and one that there is not are the same.
func TestPartingTellsNothingOfOthers(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	c.who = principal("account", "kim", access.CareCoordinator)
	c.who.Programs = []string{"diabetes"}
	var said []string
	for _, of := range []string{"app:bob", c.bob, "app:nobody"} {
		p := c.ask("POST", "/v1/people/"+c.ana+"/part", map[string]string{"of": of}).problem(t)
		p.Request = ""
		said = append(said, p.Error())
	}
	if said[0] != said[1] || said[1] != said[2] || !strings.Contains(said[0], "of") {
		t.Errorf("%q", said)
	}
}

// What the stream tells of stands in the documents, with what it takes.
func TestTopicsAreInTheDocuments(t *testing.T) {
	t.Parallel()
	written, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, topic := range (&Node{}).topics() {
		name := topic.Name
		if topic.One != nil {
			name += ":ID"
		}
		row := regexp.MustCompile("(?m)^\\| `" + regexp.QuoteMeta(name) + "` \\| .+ \\| `" + regexp.QuoteMeta(string(topic.Permission)) + "` \\|$")
		if !row.Match(written) {
			t.Errorf("docs/api.md does not say what the topic %s is and that it takes %s", name, topic.Permission)
		}
	}
}

// saysRun holds a run's document against its result: what it is worth, and the numbers that each table begins with.
func saysRun(t *testing.T, kind, said string, result []byte) {
	t.Helper()
	var r struct {
		Note     string
		Touches  json.RawMessage
		Messages []simulate.Difference `json:"with_and_without_messages"`
		Phases   []simulate.Phase
		Happened *backtest.Counts
		Against  *backtest.Side
	}
	if err := json.Unmarshal(result, &r); err != nil {
		t.Fatal(err)
	}
	want := []string{squeezed(r.Note)}
	for _, d := range r.Messages {
		want = append(want, fmt.Sprintf("%.1f", d.With)+" ", fmt.Sprintf("%+.1f %.1f to %.1f", d.Diff, d.Low, d.High))
	}
	for _, p := range r.Phases {
		if p.Phase != "" {
			want = append(want, fmt.Sprintf("%s %s %s %s", chart.Grouped(p.Entered), chart.Grouped(p.Moved), chart.Grouped(p.Left), chart.Grouped(p.Here)))
		}
	}
	if r.Happened != nil {
		want = append(want, "really", "release "+r.Against.Release)
		for _, e := range r.Happened.Engagements {
			want = append(want, " "+chart.Grouped(e.Touches))
		}
	}
	for _, w := range want {
		if !strings.Contains(said, w) {
			t.Errorf("the document of the %s does not say %q: %.3000s", kind, w, said)
		}
	}
}
