package app

import (
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"attune/core/instant"
	"attune/core/person"
	"attune/internal/config"
	"attune/internal/runner"
	"attune/internal/sim"
	"attune/internal/store"
)

// mailbox is a real mail server on a socket.
type mailbox struct {
	mu sync.Mutex
	// letters are what it took, whole.
	letters []string
	// fate decides about each letter after its last byte: take it, or hang up without a word.
	fate func(n int) bool
	seen int
}

func (m *mailbox) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.letters)
}

func (m *mailbox) NewSession(c *smtp.Conn) (smtp.Session, error) { return &postman{m, c}, nil }

type postman struct {
	*mailbox
	conn *smtp.Conn
}

func (*postman) Mail(string, *smtp.MailOptions) error { return nil }
func (*postman) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (*postman) Reset()                               {}
func (*postman) Logout() error                        { return nil }
func (p *postman) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen++
	p.letters = append(p.letters, string(b))
	if !p.fate(p.seen) {
		_ = p.conn.Conn().Close()
	}
	return nil
}

func startMail(t *testing.T, fate func(n int) bool) (*mailbox, config.Email) {
	t.Helper()
	m := &mailbox{fate: fate}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(m)
	server.Domain = "localhost"
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return m, config.Email{Transport: config.SMTP, Host: "127.0.0.1", Port: listener.Addr().(*net.TCPAddr).Port, TLS: config.TLSNone, From: "Green Lane <care@clinic.example>"}
}

// feedByMail lives the numbered feed with a real mail server as the carrier.
func feedByMail(t *testing.T, cfg config.Email, events int) (*Node, func()) {
	t.Helper()
	channels, closeChannel, err := Channels(config.Config{Email: cfg})
	if err != nil {
		t.Fatal(err)
	}
	clock := sim.NewClock(crashBegin, nil)
	rel, _ := mustLoad(t, diabetes)
	n, err := Open(t.Context(), Options{Data: t.TempDir(), Organisation: "mail", Release: rel, Now: clock.Now, Channels: channels, Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	feed(t.Context(), t, n, clock, 0, events, func(int) {})
	clock.Set(clock.Now().Add(10 * instant.Day))
	if err := (sim.Drive{Runner: n.Runner, Delivery: n.Delivery}).Settle(t.Context(), clock.Now()); err != nil {
		t.Fatal(err)
	}
	return n, func() {
		closeChannel()
		_ = n.Close()
	}
}

func TestAnEventBecomesALetterAtARealMailServer(t *testing.T) {
	box, cfg := startMail(t, func(int) bool { return true })
	n, done := feedByMail(t, cfg, 600)
	defer done()
	tallies, err := n.People.Tallies(t.Context(), "touch/")
	if err != nil {
		t.Fatal(err)
	}
	handed := newTotals(tallies)["touch/email/handed_over"]
	if handed == 0 || int(handed) != len(box.letters) {
		t.Fatalf("%d handed over, %d letters arrived", handed, len(box.letters))
	}
	letter := box.letters[0]
	for _, want := range []string{"From: \"Green Lane\" <care@clinic.example>", "@patients.example", "Ana", "Green Lane Diabetes Team", "Auto-Submitted: auto-generated"} {
		if !strings.Contains(letter, want) {
			t.Errorf("the letter lacks %q:\n%s", want, letter)
		}
	}
}

// A server that takes a letter and goes silent leaves an outcome that nobody knows. It stays that
// way: the letter is never sent again blindly.
func TestAnUnknownOutcomeIsNeverSentAgain(t *testing.T) {
	box, cfg := startMail(t, func(int) bool { return false })
	n, done := feedByMail(t, cfg, 600)
	defer done()
	states := map[person.TouchState]int{}
	err := n.People.Each(t.Context(), func(r store.Row) error {
		p, _, err := runner.ReadPerson(context.Background(), n.People, n.Keys, r.Person)
		for _, touch := range p.Touches {
			states[touch.State]++
			if touch.State != person.Ended && touch.Attempts > 1 {
				t.Errorf("touch %s was attempted %d times", touch.ID, touch.Attempts)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if states[person.HandedOver] == 0 || states[person.Pending]+states[person.InFlight] > 0 {
		t.Errorf("after ten days: %v, want all presumed handed over", states)
	}
	subjects := map[string]int{}
	for _, letter := range box.letters {
		id, _, _ := strings.Cut(letter[strings.Index(letter, "Message-ID:"):], "\r\n")
		subjects[id]++
	}
	for id, k := range subjects {
		if k > 1 {
			t.Errorf("%s arrived %d times", id, k)
		}
	}
}

func TestSignInLinksWorkOnceAndInTime(t *testing.T) {
	links := OpenLinks(t.TempDir())
	now := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	token, err := links.New(now)
	if err != nil {
		t.Fatal(err)
	}
	if ok, _ := links.Use("another", now); ok {
		t.Error("a made-up token was taken")
	}
	if ok, err := links.Use(token, now.Add(14*time.Minute)); !ok || err != nil {
		t.Error("the link does not work", err)
	}
	if ok, _ := links.Use(token, now.Add(14*time.Minute)); ok {
		t.Error("the link worked twice")
	}
	if token, err = links.New(now); err != nil {
		t.Fatal(err)
	}
	if ok, _ := links.Use(token, now.Add(16*time.Minute)); ok {
		t.Error("the link worked after its time")
	}
}
