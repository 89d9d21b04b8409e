package app

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/intake"
	"attune/internal/returns"
	"attune/internal/runner"
)

// stranger is somebody whom no program of whoever asks has, with everything that the API can name of somebody: all of it has a canary in it.
type stranger struct {
	*clinicAPI
	s      *shift
	person id.Person
	// objects are what can stand in a path, by its parameter.
	objects map[string]object
}

// object is something that a path names. Of the stranger it must be as if it were not there; of nobody it tells nothing of anybody.
type object struct {
	value string
	of    bool
	// may is the permission that its operation cannot say, since it depends on the object; empty for most.
	may access.Permission
}

func canaries() []string {
	return []string{"Zyxcanary", "Qwvcanary", "+12025550140", "2025550140", "canarytext", "canary.example", "canaryreason"}
}

func openStranger(t *testing.T) *stranger {
	t.Helper()
	s := newShift(t)
	s.comes("Zyxcanary", "+12025550140", "portal.visited")
	s.until(monday)
	s.desk()
	x := &stranger{clinicAPI: askedOf(t, s.Node), s: s}
	var err error
	if x.person, err = s.whom(t.Context(), "feed:Zyxcanary"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Returns.Receive(t.Context(), returns.Word{Channel: "sms", From: "+12025550140", Text: "canarytext", ID: "1", Verdict: returns.Unsure}); err != nil {
		t.Fatal(err)
	}
	list, err := s.Inbox.List(t.Context(), 9)
	if err != nil || len(list) != 1 || len(list[0].People) != 1 || list[0].People[0] != x.person {
		t.Fatalf("the inbox has %+v, %v", list, err)
	}
	p, ok, err := runner.ReadPerson(t.Context(), s.People, s.Keys, x.person)
	if err != nil || !ok || len(p.Touches) == 0 {
		t.Fatalf("%+v, %v", p, err)
	}
	lee := principal("account", "lee", access.CareCoordinator)
	opening, err := s.glass.open(&lee, x.person, "canaryreason, as somebody has to look", s.Wall())
	if err != nil {
		t.Fatal(err)
	}
	erasure, err := s.askToErase(api.WithPrincipal(t.Context(), &lee), EraseWord{Person: x.person.String(), Reason: "canaryreason", By: "lee"})
	if err != nil {
		t.Fatal(err)
	}
	job, err := s.jobs.begin(api.WithPrincipal(t.Context(), &lee), "backtest", access.HistoryPlay, s.Wall, func(context.Context, func(int, int)) (any, error) { return "canarytext", nil })
	if err != nil {
		t.Fatal(err)
	}
	s.jobs.working.Wait()
	upload, err := s.uploads.begin(&lee, "canarytext.csv")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Quarantine.Put(t.Context(), []intake.Quarantined{{At: s.Now(), Source: "app", Problem: intake.Problem{Reason: "r", Remedy: "m"}, Raw: []byte(`{}`)}}); err != nil {
		t.Fatal(err)
	}
	quarantined, err := s.Quarantine.List(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	_, rel := s.Live()
	x.objects = map[string]object{
		"person": {value: x.person.String(), of: true}, "work": {value: s.list(WorkFilter{})[0].Request, of: true}, "touch": {value: p.Touches[0].ID.String(), of: true}, "message": {value: list[0].ID, of: true},
		"passage": {value: p.Touches[0].ID.String(), of: true}, "opening": {value: opening.ID, of: true}, "erasure": {value: erasure.ID, of: true}, "job": {value: job.ID, of: true, may: access.HistoryPlay},
		"hold": {value: "bereavement"}, "program": {value: "diabetes"}, "release": {value: rel.ID}, "source": {value: "app"}, "token": {value: "none"}, "service": {value: "none"},
		"draft": {value: "none"}, "channel": {value: "email"}, "event": {value: quarantined[0].ID}, "upload": {value: upload.Upload, of: true}, "to": {value: "profiling"}, "fact": {value: "born"}, "phase": {value: "treatment"}, "journey": {value: "welcome"}, "engagement": {value: "welcome"}, "decision": {value: p.Touches[0].ID.String(), of: true},
	}
	return x
}

var inPath = regexp.MustCompile(`\{([a-z_]+)\}`)

// request makes a request of an operation that names the stranger wherever it can, and something plausible elsewhere.
func (x *stranger) request(o *api.Operation) (path string, body map[string]any, of bool, may access.Permission) {
	x.t.Helper()
	may = o.Permission
	path = inPath.ReplaceAllStringFunc(o.Path, func(m string) string {
		is, known := x.objects[strings.Trim(m, "{}")]
		if !known {
			x.t.Fatalf("%s names %s, and this test does not know how to make one: plant one of the stranger's in openStranger", o.ID, m)
		}
		if of = of || is.of; is.may != "" {
			may = is.may
		}
		return is.value
	})
	takes, err := o.Takes()
	if err != nil {
		x.t.Fatal(err)
	}
	query := url.Values{}
	for _, f := range takes {
		value := any("bereavement")
		switch {
		case f.Whom:
			value, of = x.person.String(), true
		case f.List:
			value = []string{}
		case f.Number:
			value = 1
		case f.Is:
			value = false
		}
		switch {
		case f.In == "query" && (f.Whom || f.Required):
			query.Set(f.Name, fmt.Sprint(value))
		case f.In == "body" && body == nil && o.Method != http.MethodGet:
			body = map[string]any{}
		}
		if f.In == "body" && !f.Whole && (f.Whom || f.Required) {
			body[f.Name] = value
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return path, body, of, may
}

// Every operation, every role with a panel, and every object of somebody outside it: it answers as if that were not there, and no byte of the stranger
// comes back. What names nobody tells nothing of them either: lists, searches, the stream. The operations are those that the server answers, and an object that
// this test cannot make fails it.
func TestNoByteOfAStrangerComesBack(t *testing.T) {
	x := openStranger(t)
	var who []access.Principal
	for _, r := range access.Roles() {
		p := principal("account", string(r.Role), r.Role)
		p.Programs = []string{"rheumatoid"}
		who = append(who, p)
	}
	both := principal("account", "both", access.Clinician, access.CareCoordinator)
	both.Programs = []string{"rheumatoid", "asthma"}
	token := principal("key", "token", access.CareCoordinator)
	token.Programs = []string{"rheumatoid"}
	who = append(who, both, token)
	asked, refused := 0, 0
	operations := x.n.Operations()
	for i := range operations {
		o := &operations[i]
		if o.ID == "openRecord" { // that is how it is opened
			continue
		}
		path, body, of, may := x.request(o)
		for _, p := range who {
			if !p.May(o.Permission) || p.Everybody(may) && may != access.OwnAccount {
				continue // refused for another reason, or somebody whose panel is everybody
			}
			x.who = p
			var a replied
			if body != nil {
				a = x.ask(o.Method, path, body, "Attune-Purpose", "treatment")
			} else {
				a = x.ask(o.Method, path, nil, "Attune-Purpose", "treatment")
			}
			asked++
			for _, word := range canaries() {
				if bytes.Contains(a.body, []byte(word)) {
					t.Errorf("%s by %s tells %s: %d %s", o.ID, p.ID, word, a.StatusCode, a.body)
				}
			}
			if of {
				refused++
				gone := a.StatusCode == http.StatusForbidden || a.StatusCode == http.StatusNotFound || a.StatusCode == http.StatusUnprocessableEntity && strings.Contains(string(a.body), "of your panel")
				if !gone {
					t.Errorf("%s of a stranger by %s: %d %s", o.ID, p.ID, a.StatusCode, a.body)
				}
			}
		}
	}
	t.Logf("%d pairs of operation and role, %d with an object of the stranger's", asked, refused)
	if asked < 60 || refused < 40 {
		t.Error("hardly anything was asked")
	}

	// Whoever cares for them has it all, so that the canaries are where they are looked for.
	x.who = principal("account", "kim", access.Clinician, access.CareCoordinator)
	x.who.Programs = []string{"diabetes"}
	for path, word := range map[string]string{"/v1/people/" + x.person.String(): "Zyxcanary", "/v1/inbox": "canarytext", "/v1/work": x.objects["work"].value} {
		if a := x.ask("GET", path, nil, "Attune-Purpose", "treatment"); a.StatusCode != http.StatusOK || !bytes.Contains(a.body, []byte(word)) {
			t.Errorf("%s does not tell %s to whose patient it is: %d %s", path, word, a.StatusCode, a.body)
		}
	}
}

// People outside a panel are not found, but for their bare id where an identifier names them, or a name and birth date do: their record opens with a reason.
func TestSearchIsCutByPanel(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	search := func(body map[string]string) (out FoundPeople, text string) {
		t.Helper()
		a := c.ask("POST", "/v1/people/search", body, "Attune-Purpose", "treatment")
		if err := json.Unmarshal(a.body, &out); err != nil || a.StatusCode != http.StatusOK {
			t.Fatalf("%d %s", a.StatusCode, a.body)
		}
		return out, string(a.body)
	}
	c.who = principal("account", "kim", access.CareCoordinator)
	c.who.Programs = []string{"diabetes"}
	if got, _ := search(map[string]string{"name": "Meier"}); len(got.People) != 1 || got.People[0].Person != c.ana || got.Outside != "" {
		t.Errorf("her own: %+v", got)
	}
	c.who.Programs = []string{"rheumatoid"}
	for _, body := range []map[string]string{{"name": "Meier"}, {"born": "1961-04-30"}, {"name": "Ana", "born": "1961"}} {
		if got, text := search(body); len(got.People) != 0 || got.More != 0 || got.Outside != "" || strings.Contains(text, "Meier") {
			t.Errorf("%v: %s", body, text)
		}
	}
	for _, body := range []map[string]string{{"id": "app:ana"}, {"name": "Ana Meier", "born": "1961-04-30"}} {
		if got, text := search(body); len(got.People) != 0 || got.Outside != c.ana || strings.Contains(text, "Meier") || strings.Contains(text, "1961") {
			t.Errorf("%v: %s", body, text)
		}
	}
	if a := c.ask("POST", "/v1/people/"+c.ana+"/openings", map[string]string{"reason": "On call tonight, the ward asks about her."}); a.StatusCode != http.StatusCreated {
		t.Fatalf("%d %s", a.StatusCode, a.body)
	}
	if got, _ := search(map[string]string{"id": "app:ana"}); len(got.People) != 1 || got.Outside != "" {
		t.Errorf("opened: %+v", got)
	}
	for _, of := range []string{c.bob, "app:bob"} { // one of the two is of the panel
		if a := c.ask("POST", "/v1/people/"+c.ana+"/merge", map[string]string{"of": of, "note": "x"}); a.StatusCode != http.StatusForbidden || a.problem(t).Field != "of" {
			t.Errorf("merged with a stranger: %d %s", a.StatusCode, a.body)
		}
	}
	if a := c.ask("GET", "/v1/me", nil, "Attune-Purpose", "treatment"); a.StatusCode != http.StatusOK {
		t.Error(a.StatusCode)
	}
	c.who = principal("key", "k", access.CareCoordinator)
	c.who.Purposes = []string{"safety"}
	if a := c.ask("GET", "/v1/me", nil, "Attune-Purpose", "treatment"); a.StatusCode != http.StatusForbidden || a.problem(t).Field != "Attune-Purpose" {
		t.Errorf("a token looks for what it is not for: %d %s", a.StatusCode, a.body)
	}
	if a := c.ask("GET", "/v1/people/"+c.ana, nil, "Attune-Purpose", "safety"); a.StatusCode != http.StatusOK {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

// The stream tells whoever has a panel of its work alone, and others of all.
func TestTheStreamIsCutByPanel(t *testing.T) {
	s := newShift(t)
	s.comes("ana", "+12025550140", "portal.visited")
	s.until(monday)
	s.desk()
	c := askedOf(t, s.Node)
	hears := func() string {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		w := httptest.NewRecorder()
		c.http.ServeHTTP(w, httptest.NewRequestWithContext(ctx, "GET", "/v1/stream?topics=work", nil))
		return w.Body.String()
	}
	c.who = principal("account", "kim", access.CareCoordinator)
	if got := hears(); !strings.Contains(got, `"contact":1`) {
		t.Errorf("without a panel: %s", got)
	}
	c.who.Programs = []string{"rheumatoid"}
	if got := hears(); !strings.Contains(got, `"state":`) || strings.Contains(got, `"contact"`) {
		t.Errorf("another's work: %s", got)
	}
	c.who.Programs = []string{"diabetes"}
	if got := hears(); !strings.Contains(got, `"contact":1`) {
		t.Errorf("her own work: %s", got)
	}
}

// Whoever may read somebody's record hears that something about them is new, and not what; of others they hear nothing.
func TestTheStreamTellsThatSomethingIsNewOfWhomOneMayRead(t *testing.T) {
	s := newShift(t)
	s.comes("ana", "+12025550140", "portal.visited")
	s.until(monday)
	s.desk()
	c := askedOf(t, s.Node)
	ana, err := everybody(t.Context(), s.Node.People)
	if err != nil || len(ana) != 1 {
		t.Fatal(ana, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.stream.Run(ctx, func(topic string, err error) { t.Errorf("%s: %v", topic, err) })
	}()
	server := httptest.NewServer(c.http)
	defer server.Close()
	hear := func(of string) (*http.Response, *bufio.Scanner) {
		t.Helper()
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/v1/stream?topics="+of, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		return a, bufio.NewScanner(a.Body)
	}
	next := func(in *bufio.Scanner) string {
		t.Helper()
		for in.Scan() {
			if data, is := strings.CutPrefix(in.Text(), "data: "); is {
				return data
			}
		}
		t.Fatal("the stream ended")
		return ""
	}
	topic := "person:" + ana[0].String()
	c.who = principal("account", "kim", access.CareCoordinator)
	var seq []int64
	for range 2 { // again after everybody had left
		a, in := hear(topic)
		if a.StatusCode != http.StatusOK {
			t.Fatal(a.Status)
		}
		first := next(in)
		s.comes("ana", "+12025550140", "portal.visited")
		s.until(s.now.Add(instant.Minute))
		for _, told := range []string{first, next(in)} {
			var e struct {
				Topic        string
				Seq          int64
				State, Patch map[string]any
			}
			if err := json.Unmarshal([]byte(told), &e); err != nil || e.Topic != topic {
				t.Fatalf("%s: %v", told, err)
			}
			for _, is := range []map[string]any{e.State, e.Patch} {
				delete(is, "changes")
				if len(is) > 0 {
					t.Errorf("it tells what is new: %s", told)
				}
			}
			seq = append(seq, e.Seq)
		}
		_ = a.Body.Close()
	}
	if !slices.IsSorted(seq) || seq[0] == seq[1] || seq[2] == seq[3] {
		t.Errorf("the numbers were %v", seq)
	}
	for _, x := range []struct {
		of       string
		programs []string
		status   int
	}{
		{topic, []string{"rheumatoid"}, http.StatusForbidden},
		{topic, []string{"diabetes"}, http.StatusOK},
		{topic + "," + topic, nil, http.StatusBadRequest},
		{"person", nil, http.StatusBadRequest},
		{"work:" + ana[0].String(), nil, http.StatusBadRequest},
		{"person:app:ana", nil, http.StatusBadRequest},
		{"person:" + id.Person{1}.String(), []string{"diabetes"}, http.StatusForbidden},
	} {
		c.who.Programs = x.programs
		a, _ := hear(x.of)
		_ = a.Body.Close()
		if a.StatusCode != x.status {
			t.Errorf("%s of the panel %v: %s", x.of, x.programs, a.Status)
		}
	}
	stop()
	<-ended
}
