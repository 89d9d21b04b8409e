package postbox_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"attune/core/id"
	"attune/internal/postbox"
	"attune/internal/postbox/report"
	"attune/internal/ticket"
)

var (
	ours  = postbox.Addresses{Domain: "bounces.clinic.example", Tickets: ticket.New([]byte("our secret"))}
	ana   = id.Person{7}
	touch = id.Key{1, 2, 3}
	begin = time.Date(2027, 3, 1, 22, 30, 0, 0, time.UTC)

	back        = ours.Tickets.Write(ticket.For(ticket.Bounce, ana, touch, 2))
	out         = ours.Tickets.Write(ticket.For(ticket.Unsubscribe, ana, touch, 2))
	bounces     = ours.Bounces(back)
	unsubscribe = ours.Unsubscribe(out)
)

// desk keeps what it takes, unless it is broken.
type desk struct {
	mu     sync.Mutex
	took   []postbox.Return
	broken bool
}

func (d *desk) take(_ context.Context, r postbox.Return) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.broken {
		return errors.New("the disk is full")
	}
	d.took = append(d.took, r)
	return nil
}

func (d *desk) all() []postbox.Return {
	d.mu.Lock()
	defer d.mu.Unlock()
	return append([]postbox.Return(nil), d.took...)
}

// open opens a postbox on a socket and connects to it as a mail server does.
func open(t *testing.T, d *desk, set func(*postbox.Config)) func() *smtp.Client {
	t.Helper()
	cfg := postbox.Config{Addresses: ours, Take: d.take, Write: "hello@clinic.example", Now: func() time.Time { return begin }}
	if set != nil {
		set(&cfg)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := postbox.New(cfg)
	done := make(chan error, 1)
	go func() { done <- p.Serve(l) }()
	t.Cleanup(func() {
		_ = p.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return func() *smtp.Client {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c := smtp.NewClient(conn)
		if cfg.LMTP {
			c = smtp.NewClientLMTP(conn)
		}
		t.Cleanup(func() { _ = c.Close() })
		return c
	}
}

// send hands a letter in and returns the first answer that is no consent, as its code.
func send(c *smtp.Client, from, to string, letter []byte) (int, string) {
	err := c.SendMail(from, []string{to}, bytes.NewReader(letter))
	var said *smtp.SMTPError
	if errors.As(err, &said) {
		_ = c.Reset()
		return said.Code, said.Message
	}
	if err != nil {
		return 0, err.Error()
	}
	return 250, ""
}

// letter is one of the corpus, about a letter of ours.
func letter(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("report", "testdata", name+".eml"))
	if err != nil {
		t.Fatal(err)
	}
	raw = bytes.ReplaceAll(raw, []byte(strings.Repeat("ticket", 9)+"tick"), []byte(back))
	return bytes.ReplaceAll(raw, []byte(strings.Repeat("unsubs", 9)+"unsu"), []byte(out))
}

func TestWhatComesBackIsTaken(t *testing.T) {
	t.Parallel()
	bounced, left := ticket.For(ticket.Bounce, ana, touch, 2), ticket.For(ticket.Unsubscribe, ana, touch, 2)
	const anybody = "ana@patients.example"
	for name, c := range map[string]struct {
		letter, from, to string
		code             int
		want             *postbox.Return
	}{
		"a failure for good":                 {"postfix-unknown-user", "", bounces, 250, &postbox.Return{Ticket: bounced, What: postbox.Failed, Permanent: true, Code: "5.1.1"}},
		"a failure for now":                  {"postfix-expired", "", bounces, 250, &postbox.Return{Ticket: bounced, What: postbox.Failed, Code: "4.4.1"}},
		"a failure, the address in capitals": {"exchange-not-found", "", strings.ToUpper(bounces), 250, &postbox.Return{Ticket: bounced, What: postbox.Failed, Permanent: true, Code: "5.1.10"}},
		"a delivery":                         {"postfix-delivered", "", bounces, 250, &postbox.Return{Ticket: bounced, What: postbox.Delivered, Code: "2.0.0"}},
		"a delay":                            {"gmail-delayed", "", bounces, 250, nil},
		"somebody on holiday":                {"vacation", "", bounces, 250, nil},
		"a letter that was displayed":        {"displayed", anybody, bounces, 250, nil},
		"a person's answer":                  {"person", anybody, bounces, 550, nil},
		"a complaint":                        {"yahoo-abuse", "feedback@yahoo.example", ours.Complaints(), 250, &postbox.Return{Ticket: bounced, What: postbox.Complained}},
		"a complaint to abuse":               {"comcast-abuse", "feedback@comcast.example", "abuse@bounces.clinic.example", 250, &postbox.Return{Ticket: bounced, What: postbox.Complained}},
		"a complaint by the link alone":      {"redacted-abuse", "", ours.Complaints(), 250, &postbox.Return{Ticket: bounced, What: postbox.Complained}},
		"a complaint to the return address":  {"cfbl-abuse", "", bounces, 250, &postbox.Return{Ticket: bounced, What: postbox.Complained}},
		"no complaint at all":                {"not-spam", "", ours.Complaints(), 250, nil},
		"a failure sent to complaints":       {"postfix-unknown-user", "", ours.Complaints(), 250, nil},
		"a person writes to complaints":      {"person-forwards", anybody, ours.Complaints(), 550, nil},
		"a person asks for no more":          {"person", anybody, unsubscribe, 250, &postbox.Return{Ticket: left, What: postbox.Unsubscribed}},
		"a mail reader asks for no more":     {"vacation", anybody, unsubscribe, 250, &postbox.Return{Ticket: left, What: postbox.Unsubscribed}},
		"a report to the way out":            {"postfix-unknown-user", "", unsubscribe, 250, nil},
		"a machine to the way out":           {"vacation", "", unsubscribe, 250, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, lmtp := range []bool{false, true} {
				d := &desk{}
				client := open(t, d, func(c *postbox.Config) { c.LMTP = lmtp })()
				for range 2 { // the sender did not hear the answer and comes again
					code, said := send(client, c.from, c.to, letter(t, c.letter))
					if code != c.code || code == 550 && !strings.Contains(said, "hello@clinic.example") {
						t.Errorf("LMTP %v: the answer is %d %s, want %d", lmtp, code, said, c.code)
					}
				}
				got := d.all()
				if c.want == nil {
					if len(got) != 0 {
						t.Errorf("it took %+v", got)
					}
					continue
				}
				if len(got) != 2 || got[0] != got[1] || got[0].ID == "" {
					t.Fatalf("it took %+v, want the same twice", got)
				}
				w := *c.want
				w.ID, w.At = got[0].ID, begin
				if got[0] != w {
					t.Errorf("it took %+v, want %+v", got[0], w)
				}
			}
		})
	}
}

// A complaint that names a letter of somebody else's is nobody's: whoever likes can write one.
func TestAForgedComplaintCountsForNobody(t *testing.T) {
	t.Parallel()
	forged := ticket.New([]byte("their secret")).Write(ticket.For(ticket.Bounce, ana, touch, 2))
	raw := bytes.ReplaceAll(letter(t, "cfbl-abuse"), []byte(back), []byte(forged))
	d := &desk{}
	if code, said := send(open(t, d, nil)(), "", ours.Complaints(), raw); code != 250 || len(d.all()) != 0 {
		t.Errorf("%d %s, took %+v", code, said, d.all())
	}
}

func TestAddressesThatAreNotOurs(t *testing.T) {
	t.Parallel()
	forged := ticket.New([]byte("their secret")).Write(ticket.For(ticket.Bounce, ana, touch, 2))
	d := &desk{}
	connect := open(t, d, nil)
	first := ""
	for name, to := range map[string]string{
		"a forged ticket":   ours.Bounces(forged),
		"the wrong kind":    "u+" + strings.TrimPrefix(bounces, "b+"),
		"half a ticket":     bounces[:20] + "@bounces.clinic.example",
		"no ticket":         "b+@bounces.clinic.example",
		"a stranger":        "postmaster@bounces.clinic.example",
		"another domain":    strings.Replace(bounces, "bounces.", "mail.", 1),
		"one to be relayed": "ana@patients.example",
	} {
		code, said := send(connect(), "", to, letter(t, "postfix-unknown-user"))
		if first == "" {
			first = said
		}
		if code != 550 || said != first {
			t.Errorf("%s: %d %s, want 550 %s", name, code, said, first)
		}
	}
	if len(d.all()) != 0 {
		t.Errorf("it took %+v", d.all())
	}
}

// A letter that could not be counted is not acknowledged, and counts when it comes again.
func TestNothingIsAcknowledgedBeforeItIsCounted(t *testing.T) {
	t.Parallel()
	var said bytes.Buffer
	d := &desk{broken: true}
	client := open(t, d, func(c *postbox.Config) { c.Log = slog.New(slog.NewTextHandler(&said, nil)) })()
	if code, said := send(client, "", bounces, letter(t, "postfix-unknown-user")); code != 451 {
		t.Errorf("the answer is %d %s, want 451", code, said)
	}
	d.mu.Lock()
	d.broken = false
	d.mu.Unlock()
	if code, said := send(client, "", bounces, letter(t, "postfix-unknown-user")); code != 250 || len(d.all()) != 1 {
		t.Errorf("afterwards it is %d %s", code, said)
	}
	if s := said.String(); !strings.Contains(s, "not acknowledged") || strings.Contains(s, "@") {
		t.Errorf("the log says %q", s)
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	d := &desk{}
	connect := open(t, d, func(c *postbox.Config) { c.MaxConnections = 2 })
	client := connect()
	large := append(letter(t, "postfix-unknown-user"), bytes.Repeat([]byte("more\r\n"), report.Most/6+1)...)
	if code, said := send(client, "", bounces, large); code != 552 {
		t.Errorf("a letter of %d bytes: %d %s, want 552", len(large), code, said)
	}
	client = connect()
	if err := client.Mail("", nil); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if err := client.Rcpt("guess@bounces.clinic.example", nil); err == nil {
			t.Error("a guess was taken")
		}
	}
	if err := client.Rcpt("guess@bounces.clinic.example", nil); err == nil {
		t.Error("a guess was taken")
	}
	if err := client.Noop(); err == nil {
		t.Error("whoever guesses may go on")
	}
	if len(d.all()) != 0 {
		t.Errorf("it took %+v", d.all())
	}
}

func TestTooManyConnectionsAreTurnedAway(t *testing.T) {
	t.Parallel()
	connect := open(t, &desk{}, func(c *postbox.Config) { c.MaxConnections = 1 })
	if err := connect().Noop(); err != nil {
		t.Fatal(err)
	}
	if err := connect().Noop(); err == nil {
		t.Error("a second connection was served")
	}
}

func TestAddressesFitIntoMail(t *testing.T) {
	t.Parallel()
	for _, a := range []string{bounces, unsubscribe} {
		if local, _, _ := strings.Cut(a, "@"); len(local) > 64 {
			t.Errorf("%s has %d characters before the @", a, len(local))
		}
	}
}
