package app

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"attune/core/consent"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/config"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/runner"
	"attune/internal/sim"
)

const (
	withdrawEnv = "ATTUNE_WITHDRAW_TEST"
	// withdrawMorning is when contact hours begin for those who came at night: everybody is due at once.
	withdrawMorning = crashBegin + instant.Time(16*instant.Hour)
	// withdrawPace lets the two minutes after which an attempt is given up pass in six seconds.
	withdrawPace = 20
)

// withdrawClock is the same in every process: it goes on while none lives.
func withdrawClock(start time.Time) func() instant.Time {
	return func() instant.Time {
		return withdrawMorning.Add(instant.Duration(time.Since(start).Milliseconds() * withdrawPace))
	}
}

func withdrawMail(port int) config.Config {
	return config.Config{Email: config.Email{Transport: config.SMTP, Host: "127.0.0.1", Port: port, TLS: config.TLSNone, From: "Green Lane <care@clinic.example>", AtOnce: 32}}
}

// serveWithdrawals is the process that is killed while messages go out and consent is taken back.
func serveWithdrawals(dir string) {
	tb := &childTB{}
	port, _ := strconv.Atoi(os.Getenv(withdrawEnv + "_PORT"))
	start, _ := strconv.ParseInt(os.Getenv(withdrawEnv+"_START"), 10, 64)
	channels, _, err := Channels(withdrawMail(port))
	if err != nil {
		tb.Fatal(err)
	}
	rel, _ := mustLoad(tb, diabetes)
	n, err := Open(context.Background(), Options{Data: dir, Organisation: "withdraw", Release: rel, Now: withdrawClock(time.Unix(0, start)), Channels: channels})
	if err != nil {
		tb.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	fmt.Println("http://" + listener.Addr().String())
	if err := (&Server{Node: n, Pace: 1, Demo: true}).Run(context.Background(), listener); err != nil {
		tb.Fatal(err)
	}
}

// ledger is a mail server's own book of what it took, and when each letter's handing over began. It is
// the truth that the rest is held to.
type ledger struct {
	mu      sync.Mutex
	draw    *rand.Rand
	letters []entered
}

type entered struct {
	begun   time.Time
	to      string
	attempt string
}

func (l *ledger) NewSession(c *smtp.Conn) (smtp.Session, error) {
	return &clerk{ledger: l, conn: c}, nil
}

func (l *ledger) all() []entered {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]entered(nil), l.letters...)
}

type clerk struct {
	*ledger
	conn  *smtp.Conn
	begun time.Time
	to    string
}

func (c *clerk) Mail(string, *smtp.MailOptions) error {
	c.begun = time.Now()
	return nil
}

func (c *clerk) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.to = to
	return nil
}
func (*clerk) Reset()        {}
func (*clerk) Logout() error { return nil }
func (c *clerk) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err // killed in the middle: nothing was taken
	}
	letter, err := mail.ReadMessage(bytes.NewReader(b))
	if err != nil {
		return err
	}
	attempt, _, _ := strings.Cut(strings.TrimPrefix(letter.Header.Get("Message-Id"), "<"), "@")
	c.mu.Lock()
	pause, silent := time.Duration(10+c.draw.IntN(60))*time.Millisecond, c.draw.IntN(12) == 0
	c.letters = append(c.letters, entered{c.begun, c.to, attempt})
	c.mu.Unlock()
	time.Sleep(pause)
	if silent {
		_ = c.conn.Conn().Close()
	}
	return nil
}

// withdrawing takes people's consent back over HTTP while the server is killed and started.
type withdrawing struct {
	t     *testing.T
	dir   string
	key   string
	mu    sync.Mutex
	url   string // of the process that lives now
	order []int
	// acknowledged are those whose word was acknowledged, and effective when it was seen to be in effect:
	// in their order, and nothing that it covers in flight.
	acknowledged map[int]bool
	effective    map[int]time.Time
}

func (w *withdrawing) who(k int) string { return fmt.Sprintf("somebody-%d", k) }

// post takes back the consent of the next one, until it is acknowledged, whatever dies meanwhile.
func (w *withdrawing) post(ctx context.Context) {
	for ctx.Err() == nil {
		w.mu.Lock()
		if len(w.order) == 0 {
			w.mu.Unlock()
			return
		}
		k, url := w.order[0], w.url
		w.order = w.order[1:]
		w.mu.Unlock()
		if w.say(ctx, url, k) {
			w.mu.Lock()
			w.acknowledged[k] = true
			w.mu.Unlock()
		} else {
			w.mu.Lock()
			w.order = append(w.order, k)
			w.mu.Unlock()
		}
		select {
		case <-ctx.Done():
		case <-time.After(4 * time.Millisecond):
		}
	}
}

func (w *withdrawing) say(ctx context.Context, url string, k int) bool {
	if url == "" {
		return false
	}
	body := fmt.Sprintf(`{"userId":%q,"messageId":"no-%d","event":"consent.withdrawn","properties":{"purpose":"treatment_support"}}`, w.who(k), k)
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url+"/v1/track", strings.NewReader(body))
	if err != nil {
		return false
	}
	r.SetBasicAuth(w.key, "")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode == http.StatusOK
}

// seen waits until so many words were seen to be in effect, and not for ever.
func (w *withdrawing) seen(words int) {
	for range 2000 {
		w.mu.Lock()
		enough := len(w.effective) >= words || len(w.order) == 0
		w.mu.Unlock()
		if enough {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// watch reads, beside the server, whose word is in effect.
func (w *withdrawing) watch(ctx context.Context) {
	for ctx.Err() == nil {
		if err := w.look(ctx); err != nil && ctx.Err() == nil {
			w.t.Error(err)
			return
		}
		select {
		case <-ctx.Done():
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (w *withdrawing) look(ctx context.Context) error {
	i, err := Inspect(ctx, w.dir)
	if err != nil {
		return err
	}
	defer i.Close()
	w.mu.Lock()
	var open []int
	for k := range w.acknowledged {
		if w.effective[k].IsZero() {
			open = append(open, k)
		}
	}
	w.mu.Unlock()
	for _, k := range open {
		who, err := i.Who(ctx, "feed:"+w.who(k))
		if err != nil {
			return err
		}
		p, ok, err := runner.ReadPerson(ctx, i.people, i.keys, who)
		if err != nil {
			return err
		}
		if ok && withdrawn(&p) && len(p.Withdrawals) == 0 {
			w.mu.Lock()
			w.effective[k] = time.Now()
			w.mu.Unlock()
		}
	}
	return nil
}

func withdrawn(p *person.Person) bool {
	for _, word := range p.Consents {
		if word.Purpose == "treatment_support" && word.Answer == consent.Withdrawn {
			return true
		}
	}
	return false
}

// Consent is taken back while sends are due, and the process is killed again and again. By the mail
// server's own ledger and the history:
//
//   - every word that was acknowledged is in its person's order;
//   - no attempt at a message it covers was committed after it was;
//   - no letter's handing over began after the word was seen to be in effect;
//   - nobody got a message twice.
func TestKilledWhileConsentIsTakenBackNothingGoesOutAfterwards(t *testing.T) {
	people, kills := 400, 10
	if testing.Short() {
		people, kills = 240, 5
	}
	dir := filepath.Join(t.TempDir(), "data")
	night(t, dir, people)
	sources, err := OpenSources(dir)
	if err != nil {
		t.Fatal(err)
	}
	key, err := sources.Add("feed", "")
	if err != nil {
		t.Fatal(err)
	}
	l := &ledger{draw: rand.New(rand.NewPCG(2, 3))}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	post := smtp.NewServer(l)
	post.Domain, post.ErrorLog = "localhost", log.New(io.Discard, "", 0) // it tells of every kill
	port := listener.Addr().(*net.TCPAddr).Port
	go func() { _ = post.Serve(listener) }()
	defer post.Close()

	draw := rand.New(rand.NewPCG(17, 19))
	w := &withdrawing{t: t, dir: dir, key: key, order: draw.Perm(people)[:people/2], acknowledged: map[int]bool{}, effective: map[int]time.Time{}}
	start := time.Now()
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	work.Go(func() { w.post(ctx) })
	work.Go(func() { w.post(ctx) })
	work.Go(func() { w.watch(ctx) })
	for n := range kills {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), withdrawEnv+"="+dir, withdrawEnv+"_PORT="+strconv.Itoa(port), withdrawEnv+"_START="+strconv.FormatInt(start.UnixNano(), 10))
		var complaint bytes.Buffer
		child.Stderr = &complaint
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		if lines.Scan() { // it serves
			w.mu.Lock()
			w.url = lines.Text()
			w.mu.Unlock()
		}
		w.seen(2 * (n + 1)) // a slow machine takes longer before there is anything to kill
		time.Sleep(time.Duration(20+draw.IntN(250)) * time.Millisecond)
		_ = child.Process.Kill()
		_ = child.Wait()
		if complaint.Len() > 0 {
			t.Fatalf("the process complained: %s", complaint.String())
		}
	}
	stop()
	work.Wait()

	// The last one lives on, days later, until all has come to rest.
	channels, closeChannel, err := Channels(withdrawMail(port))
	if err != nil {
		t.Fatal(err)
	}
	defer closeChannel()
	clock := sim.NewClock(withdrawClock(start)(), nil)
	rel, _ := mustLoad(t, diabetes)
	n, err := Open(t.Context(), Options{Data: dir, Organisation: "withdraw", Release: rel, Now: clock.Now, Channels: channels})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for range 5 {
		if err := (sim.Drive{Runner: n.Runner, Delivery: n.Delivery}).Settle(t.Context(), clock.Now()); err != nil {
			t.Fatal(err)
		}
		clock.Set(clock.Now().Add(instant.Day))
	}
	w.judge(n, l.all(), people)
}

// night brings everybody into the program while nobody may be written to.
func night(t *testing.T, dir string, people int) {
	t.Helper()
	clock := sim.NewClock(crashBegin, nil)
	rel, _ := mustLoad(t, diabetes)
	n, err := Open(t.Context(), Options{Data: dir, Organisation: "withdraw", Release: rel, Now: clock.Now})
	if err != nil {
		t.Fatal(err)
	}
	var all []intake.Arrival
	for k := range people {
		who := identity.Key{System: "feed", Value: fmt.Sprintf("somebody-%d", k)}
		for i, e := range []event.Event{
			event.Event{Name: "traits.updated"}.With("email", expr.TextOf(who.Value+"@patients.example")).With("first_name", expr.TextOf("Ana")),
			event.Event{Name: "clinical.condition_recorded"}.With("codes", expr.ListOf("44054006")),
		} {
			e.ID, e.OccurredAt, e.ReceivedAt = fmt.Sprintf("feed/%d-%d", k, i), crashBegin, crashBegin
			all = append(all, intake.Arrival{Who: who, Event: e})
		}
	}
	if err := n.Intake.Take(t.Context(), intake.Source{Name: "feed"}, all); err != nil {
		t.Fatal(err)
	}
	if err := (sim.Drive{Runner: n.Runner, Delivery: n.Delivery}).Settle(t.Context(), clock.Now()); err != nil {
		t.Fatal(err)
	}
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
}

// judge holds the ledger and the history against each other.
func (w *withdrawing) judge(n *Node, letters []entered, people int) {
	t := w.t
	t.Helper()
	sends := map[string]id.Key{} // by attempt, its touch
	spared, silenced := 0, 0
	reached := map[string]bool{}
	for _, l := range letters {
		reached[l.to] = true
	}
	for k := range people {
		who, ok, err := n.Directory.Find(t.Context(), identity.Key{System: "feed", Value: w.who(k)})
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		records, err := (&Server{Node: n}).view().records(t.Context(), who)
		if err != nil {
			t.Fatal(err)
		}
		taken, effective := false, false
		for _, r := range records {
			heard, is := r.What.(engine.Heard)
			taken = taken || is && heard.Event.Name == "consent.withdrawn"
			for _, e := range r.Effects {
				switch x := e.(type) {
				case effect.Send:
					if taken {
						t.Errorf("%s: an attempt was committed after consent was taken back", w.who(k))
					}
					sends[x.Attempt.String()] = x.Touch
				case effect.Effective:
					effective = true
				}
			}
		}
		if w.acknowledged[k] && !taken {
			t.Errorf("%s: what was acknowledged is lost", w.who(k))
		}
		if taken != effective {
			t.Errorf("%s: the word is taken: %v, and in effect at last: %v", w.who(k), taken, effective)
		}
		to := w.who(k) + "@patients.example"
		switch {
		case taken && !reached[to]:
			spared++
		case !taken && !reached[to]:
			silenced++ // its attempt died with the process, and nobody can tell
		}
	}
	touches := map[id.Key]bool{}
	for _, l := range letters {
		touch, known := sends[l.attempt]
		if !known {
			t.Errorf("%s got a letter that nobody decided to send", l.to)
		}
		if touches[touch] {
			t.Errorf("%s got a message twice", l.to)
		}
		touches[touch] = true
		k, err := strconv.Atoi(strings.TrimSuffix(strings.TrimPrefix(l.to, "somebody-"), "@patients.example"))
		if err != nil {
			t.Fatal(err)
		}
		if at := w.effective[k]; !at.IsZero() && l.begun.After(at) {
			t.Errorf("%s was written to %s after the word was in effect", l.to, l.begun.Sub(at))
		}
	}
	if len(letters) == 0 || spared == 0 || len(w.effective) == 0 || len(w.acknowledged) == 0 {
		t.Errorf("nothing was tried: %d letters, %d spared, %d seen in effect", len(letters), spared, len(w.effective))
	}
	t.Logf("%d people, %d words acknowledged, %d seen in effect; %d letters, %d spared by their word, %d attempts of which nobody can tell", people, len(w.acknowledged), len(w.effective), len(letters), spared, silenced)
}
