package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/outbound"
)

const begin = instant.Time(1_800_000_000_000)

// bench is a service on a socket, and calls to it under a clock that is moved by hand.
type bench struct {
	t     *testing.T
	calls *Calls
	now   instant.Time
	log   strings.Builder

	mu      sync.Mutex
	heard   []*http.Request
	bodies  [][]byte
	answers map[id.Key][]Answer
	refused map[id.Key]int
	// broken makes answers impossible to keep.
	broken error
}

var secret = []byte("a secret of twenty-four by")

func newBench(t *testing.T, serve http.HandlerFunc, change ...func(*Config)) *bench {
	t.Helper()
	b := &bench{t: t, now: begin, answers: map[id.Key][]Answer{}, refused: map[id.Key]int{}}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		b.mu.Lock()
		b.heard, b.bodies = append(b.heard, r), append(b.bodies, body)
		b.mu.Unlock()
		serve(w, r)
	}))
	t.Cleanup(server.Close)
	cfg := Config{
		Services: []Service{{Name: "risk_score", URL: server.URL + "/hook?token=canary", Secrets: [][]byte{secret}}},
		Client:   outbound.New(outbound.Config{Allow: []string{server.Listener.Addr().String()}}),
		Now:      func() instant.Time { return b.now }, Wall: func() time.Time { return b.now.Std() }, Chance: func() float64 { return 1 },
		Logger: slog.New(slog.NewTextHandler(&b.log, nil)),
		Answered: func(_ context.Context, request id.Key, a Answer) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			if b.broken != nil {
				return b.broken
			}
			b.answers[request] = append(b.answers[request], a)
			return nil
		},
		Refused: func(_ context.Context, request id.Key) error { b.refused[request]++; return nil },
	}
	for _, f := range change {
		f(&cfg)
	}
	b.calls = New(cfg)
	return b
}

func request(n byte, within instant.Duration) effect.Request {
	r := effect.Request{At: begin, ID: id.Key{n}, Program: "diabetes", Journey: "start", Step: "call-1", Kind: effect.Call, What: "risk_score", Due: begin.Add(within)}
	r.Fields = []event.Prop{
		{Name: "language", Value: expr.TextOf("es")}, {Name: "age", Value: expr.IntegerOf(61)}, {Name: "smokes", Value: expr.FlagOf(true)}, {Name: "codes", Value: expr.ListOf("a", "b")},
	}
	return r
}

func (b *bench) add(n byte, within instant.Duration) id.Key {
	r := request(n, within)
	b.calls.Committed(id.Person{9}, []effect.Effect{r})
	return r.ID
}

// tick makes the attempts of now, one after the other, and returns how many there were.
func (b *bench) tick() int {
	made := b.calls.Tick(b.now)
	for _, attempt := range made {
		attempt(b.t.Context())
	}
	return len(made)
}

// until ticks each second until there was an attempt, and returns how long that took.
func (b *bench) until(most time.Duration) time.Duration {
	b.t.Helper()
	from := b.now
	for b.now.Sub(from) <= span(most) {
		if b.tick() > 0 {
			return time.Duration(b.now.Sub(from)) * time.Millisecond
		}
		b.now = b.now.Add(instant.Second)
	}
	b.t.Fatalf("no attempt within %s", most)
	return 0
}

func says(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, answer) }
}

func TestACallTellsWhatItMayAndIsSigned(t *testing.T) {
	b := newBench(t, says(`{"status":"high","result":"needs a nurse","number":0.82,"further":1}`))
	key := b.add(1, instant.Hour)
	b.tick()
	b.tick()
	if len(b.heard) != 1 || b.calls.Len() != 0 {
		t.Fatalf("%d requests were made, and %d are open", len(b.heard), b.calls.Len())
	}
	r, body := b.heard[0], b.bodies[0]
	var got, want map[string]any
	wanted := fmt.Sprintf(`{"id":%q,"person":%q,"program":"diabetes","journey":"start","step":"call-1","fields":{"language":"es","age":61,"smokes":true,"codes":["a","b"]},"due":"2027-01-15T09:00:00Z"}`, key, id.Person{9})
	if err := errors.Join(json.Unmarshal(body, &got), json.Unmarshal([]byte(wanted), &want)); err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the body is %s, want %s (%v)", body, wanted, err)
	}
	m := hmac.New(sha256.New, secret)
	fmt.Fprintf(m, "%s.%s.%s", key, "1800000000", body)
	for name, want := range map[string]string{
		"webhook-id": key.String(), "Idempotency-Key": key.String(), "webhook-timestamp": "1800000000", "Content-Type": "application/json",
		"webhook-signature": "v1," + base64.StdEncoding.EncodeToString(m.Sum(nil)),
	} {
		if got := r.Header.Get(name); r.Method != http.MethodPost || got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if a := b.answers[key]; len(a) != 1 || a[0].Status != "high" || a[0].Result != "needs a nurse" || *a[0].Number != 0.82 {
		t.Errorf("the answer came as %+v", a)
	}
}

// The vector that libraries for Standard Webhooks are tested with.
func TestTheSignatureIsThatOfStandardWebhooks(t *testing.T) {
	secrets, err := ParseSecrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
	if err != nil {
		t.Fatal(err)
	}
	got := Sign(secrets, "msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("it is %s, want %s", got, want)
	}
	if two := Sign(append(secrets, secret), "a", time.Unix(1, 0), nil); len(strings.Fields(two)) != 2 {
		t.Errorf("two secrets sign as %s", two)
	}
}

func TestSecretsAreRead(t *testing.T) {
	good := SecretPrefix + base64.StdEncoding.EncodeToString(make([]byte, 32))
	if s, err := ParseSecrets(good + "\n" + good + "\r\n"); err != nil || len(s) != 2 {
		t.Errorf("two lines are %d secrets, %v", len(s), err)
	}
	for _, bad := range []string{"", "\n", "canary", "whsec_", "whsec_canary!", "whsec_Y2FuYXJ5", good + "\ncanary", SecretPrefix + base64.StdEncoding.EncodeToString(make([]byte, 65))} {
		if _, err := ParseSecrets(bad); err == nil || strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "Y2Fu") {
			t.Errorf("%q: the error is %v", bad, err)
		}
	}
}

// Whatever a service does wrong, it is asked again and again until it answers, under the same id.
func TestWhatFailsIsAskedAgain(t *testing.T) {
	reset := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = conn.Close()
		}
	}
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	slow := func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-time.After(5 * time.Second):
		}
	}
	for name, fault := range map[string]http.HandlerFunc{
		"429": status(429), "408": status(408), "500": status(500), "502": status(502), "503": status(503), "reset": reset, "slow": slow,
		"no JSON": says("<html>"), "no status": says(`{"result":"x"}`), "another type": says(`{"status":5}`), "too long": says(`{"status":"` + strings.Repeat("x", maxAnswer) + `"}`), "nothing": says(""),
	} {
		t.Run(name, func(t *testing.T) {
			var failures atomic.Int32
			b := newBench(t, func(w http.ResponseWriter, r *http.Request) {
				if failures.Add(1) <= 3 {
					fault(w, r)
					return
				}
				says(`{"status":"ok"}`)(w, r)
			}, func(c *Config) { c.Services[0].Timeout = 150 * time.Millisecond })
			key := b.add(1, instant.Hour)
			for _, want := range []time.Duration{0, time.Second, 2 * time.Second, 4 * time.Second} {
				if waited := b.until(time.Minute); waited != want {
					t.Errorf("an attempt came after %s, want %s", waited, want)
				}
			}
			if len(b.answers[key]) != 1 || b.calls.Len() != 0 {
				t.Errorf("it was answered %d times, and %d are open", len(b.answers[key]), b.calls.Len())
			}
			for _, r := range b.heard {
				if r.Header.Get("webhook-id") != key.String() {
					t.Errorf("an attempt had the id %s", r.Header.Get("webhook-id"))
				}
			}
			if log := b.log.String(); strings.Count(log, "made again") != 3 || strings.Contains(log, "canary") || strings.Contains(log, "language") {
				t.Errorf("the log says\n%s", log)
			}
		})
	}
}

func TestRetryAfterIsKept(t *testing.T) {
	for _, value := range []string{"90", begin.Add(90 * instant.Second).Std().UTC().Format(http.TimeFormat)} {
		first := true
		b := newBench(t, func(w http.ResponseWriter, r *http.Request) {
			if first {
				first = false
				w.Header().Set("Retry-After", value)
				w.WriteHeader(429)
				return
			}
			says(`{"status":"ok"}`)(w, r)
		})
		one := b.add(1, instant.Hour)
		b.tick()
		two := b.add(2, instant.Hour) // who comes later waits too
		if waited := b.until(time.Hour); waited != 90*time.Second {
			t.Errorf("Retry-After: %s: it was asked again after %s", value, waited)
		}
		if len(b.answers[one]) != 1 || len(b.answers[two]) != 1 {
			t.Errorf("answers: %v", b.answers)
		}
	}
	for value, want := range map[string]time.Duration{"": 0, "soon": 0, "-5": 0, "7": 7 * time.Second, "99999999": longestRest, "Thu, 01 Jan 1970 00:00:00 GMT": 0} {
		if got := retryAfter(value, begin.Std()); got != want {
			t.Errorf("Retry-After: %s is %s, want %s", value, got, want)
		}
	}
}

func TestAServiceThatFailsAgainAndAgainRests(t *testing.T) {
	up := false
	b := newBench(t, func(w http.ResponseWriter, r *http.Request) {
		if !up {
			w.WriteHeader(500)
			return
		}
		says(`{"status":"ok"}`)(w, r)
	})
	for n := range byte(40) {
		b.add(n+1, 24*instant.Hour)
	}
	for b.now < begin.Add(instant.Hour) {
		b.tick()
		b.now = b.now.Add(instant.Second)
	}
	// Eight are under way when the first fails; from then on one a rest, of 15 s at first and 5 min at last.
	if n := len(b.heard); n < 15 || n > 40 {
		t.Errorf("a service that was down for an hour was asked %d times", n)
	}
	up = true
	b.until(restMost + time.Second)
	b.now = b.now.Add(instant.Duration(longestWait.Milliseconds()))
	for range 20 {
		b.tick()
		b.now = b.now.Add(instant.Second)
	}
	if len(b.answers) != 40 || b.calls.Len() != 0 {
		t.Errorf("once it was up it answered %d of 40 calls; %d are open", len(b.answers), b.calls.Len())
	}
}

func TestARefusalIsFinal(t *testing.T) {
	for _, code := range []int{400, 401, 403, 404, 410, 422, 301, 307} {
		elsewhere := false
		b := newBench(t, func(w http.ResponseWriter, r *http.Request) {
			elsewhere = elsewhere || r.URL.Path == "/elsewhere"
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(code)
		})
		key := b.add(1, instant.Hour)
		for range 100 {
			b.tick()
			b.now = b.now.Add(instant.Second)
		}
		if len(b.heard) != 1 || b.refused[key] != 1 || len(b.answers) > 0 || elsewhere {
			t.Errorf("%d: asked %d times, refused %d times, answered %v, redirected: %v", code, len(b.heard), b.refused[key], b.answers, elsewhere)
		}
	}
}

func TestWhatIsAnsweredLaterIsNotAskedAgain(t *testing.T) {
	b := newBench(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(202) })
	key := b.add(1, instant.Hour)
	b.tick()
	b.calls.Add(id.Person{9}, request(1, instant.Hour))
	for range 100 {
		b.tick()
		b.now = b.now.Add(instant.Second)
	}
	if len(b.heard) != 1 || len(b.answers) > 0 || b.calls.Len() != 1 {
		t.Errorf("asked %d times, answered %v, %d open", len(b.heard), b.answers, b.calls.Len())
	}
	b.calls.Committed(id.Person{9}, []effect.Effect{effect.Close{Request: key}})
	if b.calls.Len() != 0 {
		t.Error("a closed call is still open")
	}
}

func TestNobodyIsAskedOnceNobodyWaits(t *testing.T) {
	b := newBench(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	key := b.add(1, instant.Hour)
	b.add(2, 3*instant.Second)
	b.tick()
	b.calls.Committed(id.Person{9}, []effect.Effect{effect.Close{Request: key, Why: "left"}})
	b.now = b.now.Add(3 * instant.Second)
	for range 100 {
		b.tick()
		b.now = b.now.Add(instant.Second)
	}
	if len(b.heard) != 2 || b.calls.Len() != 0 {
		t.Errorf("two calls, one closed and one late, were asked %d times; %d are open", len(b.heard), b.calls.Len())
	}

	// An attempt under way ends, and what it brings is not told.
	entered, done := make(chan bool), make(chan bool)
	b = newBench(t, func(_ http.ResponseWriter, r *http.Request) {
		close(entered)
		<-r.Context().Done()
	})
	key = b.add(1, instant.Hour)
	attempt := b.calls.Tick(b.now)[0]
	go func() { attempt(context.Background()); close(done) }()
	<-entered
	b.calls.Committed(id.Person{9}, []effect.Effect{effect.Close{Request: key}})
	<-done
	if len(b.answers) > 0 || b.calls.Len() != 0 {
		t.Errorf("a call closed under way was answered: %v", b.answers)
	}
}

func TestAnAnswerThatCannotBeKeptIsAskedForAgain(t *testing.T) {
	b := newBench(t, says(`{"status":"ok"}`))
	b.broken = errors.New("the disk is full")
	key := b.add(1, instant.Hour)
	b.tick()
	b.broken = nil
	b.until(time.Minute)
	if len(b.heard) != 2 || len(b.answers[key]) != 1 {
		t.Errorf("asked %d times, answered %v", len(b.heard), b.answers)
	}
}

func TestCertificatesAreChecked(t *testing.T) {
	asked := false
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	defer server.Close()
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	b := newBench(t, says(""), func(c *Config) {
		c.Services[0].URL, c.Client = server.URL, outbound.New(outbound.Config{Allow: []string{server.Listener.Addr().String()}})
	})
	b.add(1, instant.Hour)
	b.tick()
	if asked || !strings.Contains(b.log.String(), "its certificate is not valid") {
		t.Errorf("asked: %v; the log says %s", asked, b.log.String())
	}
}

func TestOtherRequestsAreNotCalls(t *testing.T) {
	b := newBench(t, says(""))
	task, elsewhere := request(1, instant.Hour), request(2, instant.Hour)
	task.Kind, elsewhere.What = effect.Task, "unknown"
	b.calls.Committed(id.Person{9}, []effect.Effect{task, elsewhere})
	if b.calls.Len() != 0 || !b.calls.Serves("risk_score") || b.calls.Serves("unknown") {
		t.Errorf("%d calls are open", b.calls.Len())
	}
}
