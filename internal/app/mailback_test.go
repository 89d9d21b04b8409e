package app

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"net/mail"
	"path/filepath"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/emersion/go-smtp"

	"attune/core/channel"
	"attune/core/consent"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/config"
	"attune/internal/delivery/reputation"
	"attune/internal/sim"
	"attune/internal/ticket"
	"attune/internal/unsubscribe"
)

// mailWorld is a server with everything of e-mail set up, and the letters that a mail server took from it.
func mailWorld(t *testing.T) (n *Node, cfg config.Config, letters []string, base, back string) {
	t.Helper()
	box, e := startMail(t, func(int) bool { return true })
	cfg = config.Default()
	cfg.PublicURL, cfg.Organisation = "https://attune.clinic.example", "Green Lane"
	e.DKIMRSASelector, e.DKIMEd25519Selector, e.AtOnce = cfg.Email.DKIMRSASelector, cfg.Email.DKIMEd25519Selector, 8
	e.DKIMRSAKeyFile, e.DKIMEd25519KeyFile = filepath.Join(t.TempDir(), "rsa"), filepath.Join(t.TempDir(), "ed")
	e.BounceDomain, e.BounceListen, e.BounceProtocol = "bounces.clinic.example", "127.0.0.1:0", "smtp"
	cfg.Email = e
	for kind, file := range map[string]string{"rsa": e.DKIMRSAKeyFile, "ed25519": e.DKIMEd25519KeyFile} {
		if err := MakeMailKey(kind, file); err != nil {
			t.Fatal(err)
		}
		if err := MakeMailKey(kind, file); err == nil {
			t.Error("a key was written over")
		}
	}
	channels, done, err := Channels(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(done)
	comes, err := OpenMailBack(cfg)
	if err != nil {
		t.Fatal(err)
	}
	clock := sim.NewClock(crashBegin, nil)
	rel, _ := mustLoad(t, diabetes)
	dir := t.TempDir()
	n, err = Open(t.Context(), Options{Data: dir, Organisation: cfg.Organisation, Release: rel, Now: clock.Now, Channels: channels, Back: comes, Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	feed(t.Context(), t, n, clock, 0, 600, func(int) {})
	clock.Set(clock.Now().Add(10 * instant.Day))
	if err := (sim.Drive{Runner: n.Runner, Delivery: n.Delivery}).Settle(t.Context(), clock.Now()); err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- (&Server{Node: n, Pace: 1, Demo: true}).Run(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		_ = n.Close()
	})
	if len(box.letters) < 6 {
		t.Fatalf("%d letters arrived", len(box.letters))
	}
	return n, cfg, box.letters, "http://" + listener.Addr().String(), comes.Listener.Addr().String()
}

// A letter goes out with all that its reader and their mail system need, and what comes back because of
// it has its effect: an unsubscription, a bounce, complaints.
func TestMailToTheEnd(t *testing.T) {
	n, cfg, letters, base, back := mailWorld(t)
	records, err := MailRecords(cfg.Email)
	if err != nil {
		t.Fatal(err)
	}
	zone := map[string]string{}
	for _, r := range records {
		zone[r.Name] = r.Value
	}
	heads := make([]mail.Header, len(letters))
	for i, letter := range letters {
		found, err := dkim.VerifyWithOptions(strings.NewReader(letter), &dkim.VerifyOptions{LookupTXT: func(name string) ([]string, error) { return []string{zone[name]}, nil }})
		if err != nil || len(found) != 2 || found[0].Err != nil || found[1].Err != nil {
			t.Fatalf("%d signatures, %v:\n%s", len(found), err, letter)
		}
		msg, err := mail.ReadMessage(strings.NewReader(letter))
		if err != nil {
			t.Fatal(err)
		}
		heads[i] = msg.Header
	}

	who := func(i int) ticket.Ticket {
		of, err := n.tickets().Read(ticket.Bounce, heads[i].Get("CFBL-Feedback-ID"))
		if err != nil {
			t.Fatal(err)
		}
		return of
	}
	link, rest, _ := strings.Cut(strings.TrimPrefix(heads[0].Get("List-Unsubscribe"), "<"), ">")
	if !strings.HasPrefix(link, cfg.PublicURL+unsubscribe.Path) || !strings.Contains(rest, "<mailto:u+") || heads[0].Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" {
		t.Fatalf("the way out is %q", heads[0].Get("List-Unsubscribe"))
	}
	withdrawn := func(p id.Person) bool {
		is, _, err := n.Runner.Person(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range is.Consents {
			if r.Answer == consent.Withdrawn && r.Channel == channel.Email {
				return true
			}
		}
		return false
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		if method == http.MethodPost && withdrawn(who(0).Person) {
			t.Fatal("opening the link took consent back")
		}
		req, err := http.NewRequestWithContext(t.Context(), method, base+strings.TrimPrefix(link, cfg.PublicURL), strings.NewReader("List-Unsubscribe=One-Click"))
		if err != nil {
			t.Fatal(err)
		}
		got, err := http.DefaultTransport.RoundTrip(req)
		if err != nil || got.StatusCode != http.StatusOK {
			t.Fatal(got, err)
		}
		_ = got.Body.Close()
	}
	eventually(t, "a POST did not take consent back", func() bool { return withdrawn(who(0).Person) })

	post := func(to, text string) {
		t.Helper()
		c, err := smtp.Dial(back)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if err := c.SendMail("", []string{to}, bytes.NewReader([]byte(strings.ReplaceAll(text, "\n", "\r\n")))); err != nil {
			t.Fatal(err)
		}
	}
	bounced := heads[1].Get("CFBL-Feedback-ID")
	post("b+"+bounced+"@bounces.clinic.example", "Message-ID: <1@mx.example>\nContent-Type: multipart/report; report-type=delivery-status; boundary=x\n\n--x\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nAction: failed\nStatus: 5.1.1\n--x--\n")
	to := strings.Trim(heads[1].Get("To"), "<>")
	if why, suppressed, err := n.suppressed(t.Context(), channel.Email, to); err != nil || !suppressed {
		t.Errorf("an address that does not exist may be used: %s %v", why, err)
	}

	for i := range 5 {
		name := heads[i].Get("CFBL-Feedback-ID")
		for range 2 { // told twice, it counts once
			post("complaints@bounces.clinic.example", fmt.Sprintf("Message-ID: <c%d@mx.example>\nContent-Type: multipart/report; report-type=feedback-report; boundary=x\n\n--x\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\nVersion: 1\n--x\nContent-Type: text/rfc822-headers\n\nCFBL-Feedback-ID: %s\n--x--\n", i, name))
		}
	}
	s, err := MailStanding(t.Context(), n.Data)
	if err != nil || s.Level != reputation.Paused || s.Complaints != 5 || s.Domain != "clinic.example" {
		t.Errorf("the domain stands %+v, %v", s, err)
	}
	if held := n.promotionalPause(); len(held) != 1 {
		t.Errorf("delivery is told to hold %+v", held)
	}
	if told := n.paused(); len(told) != 1 || told[0].Command != "attune email resume" {
		t.Errorf("the page says %+v", told)
	}
	if err := ResumeMail(t.Context(), n.Data); err != nil {
		t.Fatal(err)
	}
	if s, err = MailStanding(t.Context(), n.Data); err != nil || s.Level != reputation.Good || len(n.promotionalPause()) != 0 {
		t.Errorf("then the domain stands %+v, %v", s, err)
	}
}

func TestKeysInTheWrongPlace(t *testing.T) {
	file := filepath.Join(t.TempDir(), "ed")
	if err := MakeMailKey("ed25519", file); err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]config.Email{
		"email.dkim_rsa_key_file: the key in it is of the kind ed25519": {From: "a@b.example", DKIMRSASelector: "s", DKIMRSAKeyFile: file},
		"email.dkim_ed25519_key_file: open":                             {From: "a@b.example", DKIMEd25519Selector: "s", DKIMEd25519KeyFile: file + "x"},
		"email.from is not set":                                         {},
	} {
		if _, err := MailRecords(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if err := MakeMailKey("dsa", file+"y"); err == nil {
		t.Error("a key of no kind was made")
	}
}
