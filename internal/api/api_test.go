package api

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/audit"
	"attune/internal/story"
)

const now = instant.Time(1_800_014_400_000)

var ana = id.Person{1, 2, 3}

// scene is a View with a little of everything, and with text that would be a script elsewhere.
type scene struct{ broken bool }

func (s *scene) Overview(_ context.Context, people bool) (Overview, error) {
	if !people {
		return Overview{Now: now, Pace: 1, People: 1234}, nil
	}
	if s.broken {
		return Overview{}, errors.New("the disk is gone")
	}
	return Overview{
		Now: now, Pace: 600, Demo: true, People: 1234, Total: 27180, Events: []Count{{"portal.visited", 27180}}, Arrivals: []Count{{"Odd Name", 3}},
		Quarantined: 1, Quarantine: []Quarantined{{At: now, Source: "app", Field: "days_supply", Reason: "it is text", Remedy: "send 30"}},
		Programs: []Program{{ID: "p", Name: "A program", Members: 10, Phases: []Phase{{ID: "x", Name: "First", N: 4, Share: 40}}, Exits: []Count{{"died", 2}}}},
		Paused:   []Held{{"the channel sms, by <kim>: it sends twice", "attune resume --channel sms"}},
		Above:    []Held{{"12 of recall of p wait above its ceiling; the next may go at ten", "attune ceiling raise recall"}},
		Channels: []Channel{{Name: "email", Attempts: 5, HandedOver: 4, Uncertain: 1}}, Refused: []Count{{"the person said no", 7}},
		Refusals: []Refusal{{At: now - 60_000, Person: ana, Engagement: "refill", Reason: "the person said no", AtGate: true}},
		Messages: []Message{{At: now, Person: ana, Channel: "email", To: "ana@patients.example", Language: "en", Subject: "<script>alert(1)</script>", Body: "Dear Ana"}, {At: now, Person: ana, Channel: "sms", To: "+12025550140", Language: "en", Body: "Your refill is due."}},
		Waiting:  []Count{{"tasks", 3}}, Requests: []Request{{ID: "5f0c9a1b", Person: ana, Says: "Task for nurse: Call <b>", Since: now - 60_000, Due: now}},
		Person: ana,
	}, nil
}

func (s *scene) Story(_ context.Context, who id.Person) (Portrait, bool, error) {
	if who != ana {
		return Portrait{}, false, nil
	}
	return Portrait{ID: ana, Name: "Ana <b>", Facts: []Fact{{"language", "en"}}, Requests: []Request{{ID: "6a1d", Says: "Referral to rheumatology", Due: now}}, Lines: []story.Line{{At: now, When: now.String(), Kind: "event", Says: "portal.visited was reported by app."}, {At: now, When: now.String(), Kind: "message", Says: "The message went to the carrier.", To: "+12025550140", Body: "Your refill is due."}}}, true, nil
}

// onceLinks knows one token and lets it work once.
type onceLinks struct {
	mu    sync.Mutex
	token string
}

func (l *onceLinks) Use(token string, _ time.Time) (bool, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	ok := token != "" && token == l.token
	if ok {
		l.token = ""
	}
	return ok, nil
}

// signs writes who came in into an audit log.
type signs struct {
	log *audit.Log
	dir string
}

func openSigns(t *testing.T) *signs {
	t.Helper()
	dir, keys := t.TempDir(), t.TempDir()
	log, err := audit.Open(audit.Config{Dir: dir, Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	return &signs{log, dir}
}

func (s *signs) Signed(ctx context.Context, what audit.What, outcome audit.Outcome) error {
	c := audit.Of(ctx)
	return s.log.Append(ctx, audit.Record{What: what, Actor: &c.Actor, Via: c.Via, Request: c.Request, Outcome: outcome})
}

func serve(t *testing.T, cfg Config) *httptest.Server {
	t.Helper()
	cfg.Logger = slog.New(slog.DiscardHandler)
	if cfg.Door != nil && cfg.Signs == nil {
		cfg.Signs = openSigns(t)
	}
	if cfg.View == nil {
		cfg.View = &scene{}
	}
	if cfg.Healthy == nil {
		cfg.Healthy = func() error { return nil }
	}
	h, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func get(t *testing.T, c *http.Client, u string) (int, string, http.Header) {
	t.Helper()
	r, err := c.Get(u)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(b), r.Header
}

func TestThePageShowsEverythingAndRunsNothingOfIt(t *testing.T) {
	s := serve(t, Config{})
	code, body, header := get(t, s.Client(), s.URL)
	if code != 200 {
		t.Fatal(code, body)
	}
	for _, want := range []string{"1\u202f234", "27\u202f180", "portal.visited", "Odd Name (3)", "A program", "2 left: died", "by &lt;kim&gt;: it sends twice", "<code>attune resume --channel sms</code>", "wait above its ceiling", "<code>attune ceiling raise recall</code>", "the person said no", "(at the gate)", "1 min ago",
		"ana@patients.example", "Dear Ana", "&lt;script&gt;alert(1)&lt;/script&gt;", "Ana &lt;b&gt;", "days_supply", "send 30", "×600", "3 tasks", "Task for nurse: Call &lt;b&gt;", "5f0c9a1b"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if strings.Contains(body, "<script>alert") {
		t.Error("a message's text became part of the page")
	}
	if csp := header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe") {
		t.Errorf("policy %q", csp)
	}
	if code, body, _ = get(t, s.Client(), s.URL+"/people/"+ana.String()); code != 200 || !strings.Contains(body, "portal.visited was reported") || !strings.Contains(body, "Referral to rheumatology") {
		t.Error("the person's page", code)
	}
	for _, path := range []string{"/people/" + (id.Person{9}).String(), "/people/x", "/nothing", "/page/overview.html", "/overview.html"} {
		if code, _, _ := get(t, s.Client(), s.URL+path); code != 404 {
			t.Errorf("%s: %d", path, code)
		}
	}
}

// A text message has no subject: what opens it has a name all the same, for who hears the page.
func TestWhatOpensAMessageHasAName(t *testing.T) {
	t.Parallel()
	s := serve(t, Config{})
	for path, least := range map[string]int{"/": 3, "/people/" + ana.String(): 1} {
		_, body, _ := get(t, s.Client(), s.URL+path)
		names := regexp.MustCompile(`<summary>([^<]*)`).FindAllStringSubmatch(body, -1)
		if len(names) < least {
			t.Errorf("%s has %d messages", path, len(names))
		}
		for _, n := range names {
			if strings.TrimSpace(n[1]) == "" {
				t.Errorf("%s: what opens a message has no name", path)
			}
		}
	}
}

func TestTheOpenPageAnswersToThisMachineOnly(t *testing.T) {
	s := serve(t, Config{})
	r, _ := http.NewRequest("GET", s.URL, nil)
	r.Host = "evil.example"
	answer, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusMisdirectedRequest {
		t.Errorf("a name that points here was answered: %d", answer.StatusCode)
	}
}

func TestAFaultIsToldWithoutDetails(t *testing.T) {
	s := serve(t, Config{View: &scene{broken: true}, Healthy: func() error { return errors.New("secret path") }})
	if code, body, _ := get(t, s.Client(), s.URL); code != 500 || strings.Contains(body, "disk") {
		t.Error(code, body)
	}
	if code, body, _ := get(t, s.Client(), s.URL+"/healthz"); code != 503 || strings.Contains(body, "secret") {
		t.Error(code, body)
	}
}

func TestSignInWorksOnceByButtonOnly(t *testing.T) {
	links := &onceLinks{token: "good"}
	wall := time.Now()
	door := &Door{Links: links, Now: func() time.Time { return wall }}
	records := openSigns(t)
	s := serve(t, Config{Door: door, Signs: records})
	browser := func() *http.Client {
		jar, _ := cookiejar.New(nil)
		return &http.Client{Jar: jar}
	}
	me := browser()
	if code, body, _ := get(t, me, s.URL); code != 401 || strings.Contains(body, "Dear Ana") {
		t.Fatal("without sign-in:", code)
	}
	// A scanner that opens the link does not use it up.
	if code, body, _ := get(t, browser(), s.URL+"/sign-in?token=good"); code != 200 || !strings.Contains(body, `value="good"`) {
		t.Fatal("opening the link:", code)
	}
	post := func(c *http.Client, path, token string) int {
		t.Helper()
		r, err := c.PostForm(s.URL+path, url.Values{"token": {token}})
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		return r.StatusCode
	}
	if code := post(me, "/sign-in", "bad"); code != 403 {
		t.Error("a made-up token:", code)
	}
	if code := post(me, "/sign-in", "good"); code != 200 {
		t.Error("the token:", code)
	}
	if code, body, _ := get(t, me, s.URL); code != 200 || !strings.Contains(body, "1\u202f234") || strings.Contains(body, "Dear Ana") {
		t.Error("a link shows numbers, and nobody's messages:", code)
	}
	if code, body, _ := get(t, me, s.URL+"/people/"+ana.String()); code != 403 || strings.Contains(body, "portal.visited") {
		t.Error("a link opened somebody's record:", code)
	}
	if code := post(browser(), "/sign-in", "good"); code != 403 {
		t.Error("the token again:", code)
	}
	wall = wall.Add(sessionTime + time.Second)
	if code, _, _ := get(t, me, s.URL); code != 401 {
		t.Error("after the session's time:", code)
	}
	links.token = "another"
	post(me, "/sign-in", "another")
	post(me, "/sign-out", "")
	if code, _, _ := get(t, me, s.URL); code != 401 {
		t.Error("after signing out:", code)
	}
	var told []string
	err := audit.Each(t.Context(), records.dir, audit.Filter{}, func(r *audit.Record) error {
		told = append(told, string(r.What)+" "+string(r.Outcome)+" "+string(r.Actor.Kind))
		return nil
	})
	want := []string{
		"staff.signed_in refused anybody", "staff.signed_in done session", "staff.signed_in refused anybody", "staff.signed_in done session", "staff.signed_out done session",
	}
	if err != nil || !slices.Equal(told, want) {
		t.Errorf("recorded %q, %v", told, err)
	}
}

func TestAnotherSiteCannotSignAnyoneIn(t *testing.T) {
	s := serve(t, Config{Door: &Door{Links: &onceLinks{token: "good"}}})
	r, _ := http.NewRequest("POST", s.URL+"/sign-in", strings.NewReader("token=good"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	answer, err := s.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != 403 {
		t.Errorf("a cross-site form was taken: %d", answer.StatusCode)
	}
}
