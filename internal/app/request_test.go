package app

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/person"
	"attune/internal/config"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/runner"
	"attune/internal/store"
	"attune/internal/telemetry"
	"attune/internal/webhook"
)

// fourKinds asks for everything that a journey can ask for.
const fourKinds = `
journey: four_kinds
enter: {on: medication.prescribed}
steps:
  - {id: score, call: {service: risk_score, send: [language], within: 1h, else: late, outcomes: {high: nurse, refused: refused}}}
  - exit: low
  - {id: nurse, task: {for: nurse, do: Call about the refills, priority: 2, within: 3d, else: late, outcomes: {no_answer: late, reached: referral}}}
  - exit: done in another way
  - {id: referral, refer: {to: rheumatology, reason: Swollen joints, priority: urgent, within: 14d, else: late, outcomes: {declined: late}}}
  - {id: readiness, ask: {questionnaire: readiness, within: 7d, else: late}}
  - exit: all answered
  - {id: refused, exit: refused}
  - {id: late, exit: late}
`

// withJourney is the diabetes program with one more journey.
func withJourney(tb testing.TB, journey string) string {
	dir := filepath.Join(tb.TempDir(), "diabetes")
	if err := os.CopyFS(dir, os.DirFS(diabetes)); err != nil {
		tb.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "journeys", "four_kinds.yaml"), []byte(journey), 0o600); err != nil {
		tb.Fatal(err)
	}
	return dir
}

var hookSecret = []byte("a secret of twenty-four by")

// insideOf are the servers of services, which are called inside the network in tests only.
func insideOf(services []webhook.Service) (out []string) {
	for _, s := range services {
		out = append(out, strings.TrimPrefix(s.URL, "http://"))
	}
	return out
}

func servicesAt(url string) []webhook.Service {
	return []webhook.Service{{Name: "risk_score", URL: url, Secrets: [][]byte{hookSecret}, Timeout: time.Second}}
}

// comes brings people into the program and onto the journey.
func comes(t *testing.T, n *Node, people ...string) {
	t.Helper()
	var all []intake.Arrival
	for _, who := range people {
		for k, e := range []event.Event{
			event.Event{Name: "traits.updated"}.With("language", expr.TextOf("es")).With("email", expr.TextOf(who+"@patients.example")),
			event.Event{Name: "clinical.condition_recorded"}.With("codes", expr.ListOf("44054006")),
			{Name: "medication.prescribed"},
		} {
			e.ID = fmt.Sprintf("feed/%s-%d", who, k)
			all = append(all, intake.Arrival{Who: identity.Key{System: "feed", Value: who}, Event: e})
		}
	}
	if err := n.Intake.Take(t.Context(), intake.Source{Name: "feed"}, all); err != nil {
		t.Fatal(err)
	}
}

// passages are how people stand on the journey, by step, or by why they left.
func passages(ctx context.Context, n *Node) (map[string]int, error) {
	out := map[string]int{}
	err := n.People.Each(ctx, func(r store.Row) error {
		p, _, err := runner.ReadPerson(ctx, n.People, n.Keys, r.Person)
		if err != nil {
			return err
		}
		for i := range p.Enrollments {
			if e := &p.Enrollments[i]; e.Journey == "four_kinds" {
				out[stands(e)]++
			}
		}
		return nil
	})
	return out, err
}

func stands(e *person.Enrollment) string {
	if e.Left != 0 {
		return "left: " + e.Why
	}
	return "at " + e.Step
}

// eventually waits until a thing is so.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !so(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come about that", what)
		}
	}
}

// running is a node that is served.
type running struct {
	*Node
	url  string
	stop func()
}

func startNode(t *testing.T, dir, program string, services []webhook.Service, logger *slog.Logger) *running {
	t.Helper()
	rel, _ := mustLoad(t, program)
	n, err := Open(t.Context(), Options{Data: dir, Organisation: "requests", Release: rel, Services: services, Outbound: insideOf(services), Logger: logger})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- (&Server{Node: n, Pace: 1, Demo: true}).Run(ctx, listener) }()
	url := "http://" + listener.Addr().String()
	eventually(t, "the server answers", func() bool {
		answer, err := http.Get(url + "/healthz")
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	})
	return &running{n, url, sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	})}
}

func (r *running) stand(t *testing.T, want string) {
	t.Helper()
	eventually(t, "the passage is "+want, func() bool {
		got, err := passages(t.Context(), r.Node)
		if err != nil {
			t.Fatal(err)
		}
		return got[want] == 1
	})
}

// A passage asks a service, a nurse, another clinic and the patient, is interrupted by a restart each
// time, and goes on with every answer.
func TestAPassageThatAsksForEverythingGoesOn(t *testing.T) {
	var mu sync.Mutex
	var heard []string
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		heard = append(heard, r.Header.Get("webhook-id")+" "+string(body))
		first := len(heard) == 1
		mu.Unlock()
		if first { // it takes the call, and is to answer later; then everything is restarted
			w.WriteHeader(http.StatusAccepted)
			return
		}
		_, _ = io.WriteString(w, `{"status":"high","number":0.9}`)
	}))
	defer service.Close()
	dir, program := t.TempDir(), withJourney(t, fourKinds)
	var log syncBuffer
	logger := telemetry.New(&log, slog.LevelDebug, false)
	start := func() *running { return startNode(t, dir, program, servicesAt(service.URL), logger) }

	r := start()
	defer func() { r.stop() }()
	comes(t, r.Node, "sam")
	eventually(t, "the service is asked", func() bool { mu.Lock(); defer mu.Unlock(); return len(heard) == 1 })
	r.stand(t, "at score")
	r.stop()
	r = start()
	r.stand(t, "at nurse")
	mu.Lock()
	if len(heard) != 2 || heard[0] != heard[1] {
		t.Errorf("the service was asked %q", heard)
	}
	var told struct {
		Person string
		Fields map[string]string
	}
	if err := json.Unmarshal([]byte(heard[0][33:]), &told); err != nil || len(told.Fields) != 1 || told.Fields["language"] != "es" || strings.Contains(heard[0], "sam") {
		t.Errorf("the service was told %s (%v)", heard[0], err)
	}
	mu.Unlock()
	r.stop()

	r = start()
	list, err := OpenWork(t.Context(), dir, WorkFilter{Kind: "task", For: "nurse"})
	if err != nil || len(list) != 1 || list[0].What != "Call about the refills" || list[0].Priority != 2 || list[0].Person != told.Person || strings.Join(list[0].Outcomes, " ") != "no_answer reached" {
		t.Fatalf("the work list is %+v, %v", list, err)
	}
	task := list[0].Request
	for _, c := range []struct {
		kind effect.RequestKind
		a    Answer
		want string
	}{
		{effect.Task, Answer{Outcome: "reachd"}, `step nurse has no outcome "reachd"; did you mean "reached"?`},
		{effect.Refer, Answer{Outcome: "accepted"}, "is of the kind task; use attune work done"},
	} {
		if _, err := AnswerWork(t.Context(), dir, task, c.kind, c.a); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.a, err, c.want)
		}
	}
	if w, err := AnswerWork(t.Context(), dir, task[:8], effect.Task, Answer{Outcome: "reached", By: "canary"}); err != nil || w.Request != task {
		t.Fatalf("%+v, %v", w, err)
	}
	r.stand(t, "at referral")
	if _, err := AnswerWork(t.Context(), dir, task[:8], effect.Task, Answer{Outcome: "reached"}); err == nil || !strings.Contains(err.Error(), "no open request") {
		t.Errorf("an answered task was answered: %v", err)
	}
	r.stop()
	if _, err := OpenWork(t.Context(), dir, WorkFilter{}); err == nil || !strings.Contains(err.Error(), "no server runs") {
		t.Errorf("without a server: %v", err)
	}

	// Another clinic's system has the referral's id and a write key, and knows nobody.
	r = start()
	list, err = OpenWork(t.Context(), dir, WorkFilter{Kind: "refer"})
	if err != nil || len(list) != 1 || list[0].What != "rheumatology" || list[0].Urgency != "urgent" {
		t.Fatalf("the work list is %+v, %v", list, err)
	}
	key, err := r.Sources.Add("riverside", "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Sources.Add("attune", ""); err == nil {
		t.Error("a source was called as Attune's own answers are")
	}
	request, err := http.NewRequest(http.MethodPost, r.url+"/v1/answers/"+list[0].Request, strings.NewReader(`{"outcome":"accepted"}`))
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth(key, "")
	answer, err := http.DefaultClient.Do(request)
	if err != nil || answer.StatusCode != 200 {
		t.Fatalf("%+v, %v", answer, err)
	}
	answer.Body.Close()
	r.stand(t, "at readiness")
	r.stop()

	// The patient answers in an app that knows them by its own name.
	r = start()
	if n := r.Requests.Count(); n[effect.Ask] != 1 || len(n) != 1 {
		t.Errorf("open: %v", n)
	}
	for _, path := range []string{"/", "/people/" + told.Person} {
		page, err := http.Get(r.url + path)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(page.Body)
		page.Body.Close()
		if !strings.Contains(string(text), "Questionnaire readiness") {
			t.Errorf("%s does not show what is open", path)
		}
	}
	done := event.Event{ID: "feed/q1", Name: "questionnaire.completed"}.With("questionnaire", expr.TextOf("readiness")).With("score", expr.NumberOf(7))
	if err := r.Intake.Take(t.Context(), intake.Source{Name: "feed"}, []intake.Arrival{{Who: identity.Key{System: "feed", Value: "sam"}, Event: done}}); err != nil {
		t.Fatal(err)
	}
	r.stand(t, "left: all answered")
	if n := r.Requests.Count(); len(n) != 0 {
		t.Errorf("still open: %v", n)
	}
	if said := log.String(); strings.Contains(said, "canary") || strings.Contains(said, "language") || strings.Contains(said, telemetry.Dropped) {
		t.Errorf("the log says\n%s", said)
	}
}

// syncBuffer is a log that several goroutines write.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// Only a step that goes by "refused" hears of a refusal; another one's call is late in its time.
func TestARefusalIsHeardWhereTheStepGoesByIt(t *testing.T) {
	var asked atomic.Int32
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusUnprocessableEntity)
	}))
	defer service.Close()
	r := startNode(t, t.TempDir(), withJourney(t, fourKinds), servicesAt(service.URL), nil)
	defer r.stop()
	comes(t, r.Node, "sam")
	r.stand(t, "left: refused")

	deaf := startNode(t, t.TempDir(), withJourney(t, strings.NewReplacer(", refused: refused", "", "  - {id: refused, exit: refused}\n", "").Replace(fourKinds)), servicesAt(service.URL), nil)
	defer deaf.stop()
	comes(t, deaf.Node, "sam")
	deaf.stand(t, "at score")
	eventually(t, "the refusal was heard", func() bool { return asked.Load() == 2 && deaf.Calls.Len() == 0 })
	deaf.stand(t, "at score")
}

func TestAServiceThatIsNotConfiguredIsTold(t *testing.T) {
	for name, want := range map[string]string{"risk_scores": "is it services.risk_scores?", "eligibility": "set services.risk_score"} {
		rel, _ := mustLoad(t, withJourney(t, fourKinds))
		n, err := Open(t.Context(), Options{Data: t.TempDir(), Organisation: "o", Release: rel, Services: []webhook.Service{{Name: name, URL: "https://x.example"}}})
		if err != nil {
			t.Fatal(err)
		}
		if said := n.Unserved(); len(said) != 1 || !strings.Contains(said[0], "four_kinds.yaml:5:") || !strings.HasSuffix(said[0], want) {
			t.Errorf("it says %q", said)
		}
		n.Close()
	}
	secret := "whsec_" + base64.StdEncoding.EncodeToString(hookSecret)
	if s, err := Services([]config.Service{{Name: "a", URL: "u", Secret: telemetry.Hide(secret), Timeout: time.Second}}); err != nil || len(s) != 1 || !bytes.Equal(s[0].Secrets[0], hookSecret) {
		t.Errorf("%+v, %v", s, err)
	}
	if _, err := Services([]config.Service{{Name: "a", SecretFile: "f", Secret: telemetry.Hide("canary")}}); err == nil || !strings.Contains(err.Error(), "services.a in f") || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v", err)
	}
}

const callsEnv = "ATTUNE_CALLS_TEST"

// serveCalls is the process that is killed while it makes calls.
func serveCalls(dir, url string) {
	tb := &childTB{}
	program := os.Getenv(callsEnv + "_PROGRAM")
	rel, _ := mustLoad(tb, program)
	n, err := Open(context.Background(), Options{Data: dir, Organisation: "calls", Release: rel, Services: servicesAt(url), Outbound: insideOf(servicesAt(url))})
	if err != nil {
		tb.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	fmt.Println("serving")
	if err := (&Server{Node: n, Pace: 1, Demo: true}).Run(context.Background(), listener); err != nil {
		tb.Fatal(err)
	}
}

// moody is a service that fails in every way, and when it answers, answers by the id alone.
type moody struct {
	mu    sync.Mutex
	draw  *rand.Rand
	calm  bool
	asked map[string]int
	// people are whom each id was about.
	people   map[string]string
	problems []string
}

func verdict(key string) string {
	if id.Hash(key)%3 == 0 {
		return "high"
	}
	return "low"
}

func (m *moody) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // killed while it asked
	}
	key := r.Header.Get("webhook-id")
	m.mu.Lock()
	mood := m.draw.IntN(12)
	if m.calm {
		mood = 11
	}
	m.asked[key]++
	var call struct{ ID, Person string }
	stamp, _ := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
	switch at := time.Unix(stamp, 0); {
	case r.Header.Get("webhook-signature") != webhook.Sign([][]byte{hookSecret}, key, at, body):
		m.problems = append(m.problems, "a signature is wrong")
	case time.Since(at).Abs() > time.Minute:
		m.problems = append(m.problems, "a timestamp is "+at.String())
	case json.Unmarshal(body, &call) != nil || call.ID != key || call.Person == "":
		m.problems = append(m.problems, "a body is "+string(body))
	case m.people[key] != "" && m.people[key] != call.Person:
		m.problems = append(m.problems, "one id is about two people")
	}
	m.people[key] = call.Person
	m.mu.Unlock()
	switch mood {
	case 0:
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
	case 1:
		w.WriteHeader(http.StatusInternalServerError)
	case 2: // it answers, and the connection breaks
		if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
			_ = conn.Close()
		}
	case 3:
		time.Sleep(300 * time.Millisecond)
		fallthrough
	default:
		fmt.Fprintf(w, `{"status":%q}`, verdict(key))
	}
}

func TestKilledWhileItCallsEveryCallIsAnsweredOnce(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	program := withJourney(t, fourKinds)
	rel, _ := mustLoad(t, program)
	m := &moody{draw: rand.New(rand.NewPCG(5, 8)), asked: map[string]int{}, people: map[string]string{}}
	service := httptest.NewServer(m)
	defer service.Close()
	n, err := Open(t.Context(), Options{Data: dir, Organisation: "calls", Release: rel})
	if err != nil {
		t.Fatal(err)
	}
	const people = 120
	var all []string
	for k := range people {
		all = append(all, fmt.Sprintf("somebody-%d", k))
	}
	comes(t, n, all...)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	kills := 6
	if testing.Short() {
		kills = 3
	}
	draw := rand.New(rand.NewPCG(3, 4))
	for range kills {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), callsEnv+"="+dir, callsEnv+"_URL="+service.URL, callsEnv+"_PROGRAM="+program)
		var complaint bytes.Buffer
		child.Stderr = &complaint
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		_, _ = out.Read(make([]byte, 8)) // it serves
		time.Sleep(time.Duration(draw.IntN(250)) * time.Millisecond)
		_ = child.Process.Kill()
		_ = child.Wait()
		if complaint.Len() > 0 {
			t.Fatalf("the process complained: %s", complaint.String())
		}
	}
	m.mu.Lock()
	before, again := len(m.asked), 0
	m.calm = true
	m.mu.Unlock()
	if before == 0 {
		t.Error("no call was made before the kills, so nothing was tried")
	}

	r := startNode(t, dir, program, servicesAt(service.URL), nil)
	defer r.stop()
	eventually(t, "every call is answered", func() bool {
		got, err := passages(t.Context(), r.Node)
		if err != nil {
			t.Fatal(err)
		}
		return got["at score"] == 0 && r.Runner.Behind() == 0
	})
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range m.problems {
		t.Error(p)
	}
	want := map[string]int{"at nurse": 0, "left: low": 0}
	for key, times := range m.asked {
		if times > 1 {
			again++
		}
		if verdict(key) == "high" {
			want["at nurse"]++
		} else {
			want["left: low"]++
		}
	}
	got, err := passages(t.Context(), r.Node)
	if err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) || len(m.asked) != people {
		t.Errorf("%d were asked about; the passages are %v, want %v", len(m.asked), got, want)
	}
	tallies, err := r.People.Tallies(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if answered := newTotals(tallies)["events/attune/call.answered"]; answered != people {
		t.Errorf("%d answers were counted, want %d", answered, people)
	}
	t.Logf("%d kills, %d calls, %d of them before the last start, %d made more than once", kills, len(m.asked), before, again)
}

// What programs ask is answered in a demonstration too, by made-up people: not all of it, and not always
// as one would wish.
func TestADemonstrationsTeamAnswers(t *testing.T) {
	rel, zones := mustLoad(t, withJourney(t, `
journey: four_kinds
enter: {on: medication.prescribed}
steps:
  - {id: nurse, task: {for: nurse, do: Call, within: 3d, else: late, outcomes: {no_answer: late}}}
  - {id: referral, refer: {to: rheumatology, reason: Joints, within: 14d, else: late, outcomes: {declined: late}}}
  - {id: readiness, ask: {questionnaire: readiness, within: 7d, else: late}}
  - exit: all answered
  - {id: late, exit: late}
`))
	w, err := NewWorld(t.Context(), Demo{Data: filepath.Join(t.TempDir(), "demo"), Release: rel, People: 120, Days: 60, End: crashBegin, Seed: 7, Pace: 600}, zones)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Node.Close()
	tallies, err := w.Node.People.Tallies(t.Context(), "events/demo/")
	if err != nil {
		t.Fatal(err)
	}
	counts := newTotals(tallies)
	for _, name := range []string{"task.done", "referral.accepted", "referral.declined", "questionnaire.completed"} {
		if counts["events/demo/"+name] == 0 {
			t.Errorf("no %s in %v", name, counts)
		}
	}
	stand, err := passages(t.Context(), w.Node)
	if err != nil || stand["left: all answered"] == 0 || stand["left: late"] == 0 {
		t.Errorf("the passages are %v (%v)", stand, err)
	}
	open := 0
	for _, n := range w.Node.Requests.Count() {
		open += n
	}
	if waiting := stand["at nurse"] + stand["at referral"] + stand["at readiness"]; open != waiting {
		t.Errorf("%d requests are open, and %d passages wait", open, waiting)
	}
}

// What was asked under one release is answered under the next, also after a restart.
func TestAnOpenRequestOutlivesAPublication(t *testing.T) {
	asking := strings.Replace(fourKinds, "  - {id: score, call: {service: risk_score, send: [language], within: 1h, else: late, outcomes: {high: nurse, refused: refused}}}\n  - exit: low\n", "", 1)
	asking = strings.Replace(asking, "  - {id: refused, exit: refused}\n", "", 1)
	dir := t.TempDir()
	r := startNode(t, dir, withJourney(t, asking), nil, nil)
	defer func() { r.stop() }()
	comes(t, r.Node, "sam")
	r.stand(t, "at nurse")
	list, err := OpenWork(t.Context(), dir, WorkFilter{})
	if err != nil || len(list) != 1 {
		t.Fatal(list, err)
	}
	changed := withJourney(t, strings.NewReplacer("Call about the refills", "Write about the refills", "all answered", "answered in the new version").Replace(asking))
	rel, _ := mustLoad(t, changed)
	if _, err := r.Publish(rel, false); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the person lives under the new release", func() bool {
		who, _ := id.ParsePerson(list[0].Person)
		p, _, err := r.Runner.Person(t.Context(), who)
		return err == nil && r.under(p.Release) == r.live()
	})
	r.stop()
	r = startNode(t, dir, changed, nil, nil)
	again, err := OpenWork(t.Context(), dir, WorkFilter{})
	if err != nil || len(again) != 1 || again[0].Request != list[0].Request || again[0].Due != list[0].Due || again[0].What != "Write about the refills" {
		t.Fatalf("%+v\nbecame\n%+v, %v", list, again, err)
	}
	for _, c := range []struct {
		kind effect.RequestKind
		a    Answer
		then string
	}{
		{effect.Task, Answer{Outcome: "reached"}, "at referral"},
		{effect.Refer, Answer{Outcome: "scheduled"}, "at readiness"},
		{effect.Ask, Answer{}, "left: answered in the new version"},
	} {
		eventually(t, "it is asked for", func() bool {
			again, err = OpenWork(t.Context(), dir, WorkFilter{Kind: string(c.kind)})
			return len(again) == 1
		})
		if _, err := AnswerWork(t.Context(), dir, again[0].Request, c.kind, c.a); err != nil {
			t.Fatal(err)
		}
		r.stand(t, c.then)
	}
}
