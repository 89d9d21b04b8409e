package email_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"strings"
	"testing"
	"time"

	"attune/core/id"
	"attune/internal/delivery"
	"attune/internal/delivery/channeltest"
	"attune/internal/delivery/email"
	"attune/internal/telemetry"
)

func TestEmailIsAChannel(t *testing.T) {
	suite := func(set func(*mailServer), config func(*email.Config)) func(t *testing.T) channeltest.Subject {
		return func(t *testing.T) channeltest.Subject {
			m := newMailServer(t, set)
			s := channeltest.Subject{Delivered: m.delivered, Heal: m.healed, Make: map[channeltest.Fault]func(){}}
			for _, f := range []channeltest.Fault{
				channeltest.RefuseForGood, channeltest.RefuseForNow, channeltest.RefuseToConnect,
				channeltest.DieBeforeTaking, channeltest.DieAfterTaking, channeltest.Stall,
			} {
				s.Make[f] = m.make(f)
			}
			s.Channel = channel(t, m.addr, config)
			return s
		}
	}
	t.Run("in the clear on this machine", func(t *testing.T) { channeltest.Run(t, suite(nil, nil)) })
	t.Run("encrypted and authenticated", func(t *testing.T) {
		server, pool := certificate(t, "127.0.0.1")
		channeltest.Run(t, suite(func(m *mailServer) { m.tls, m.needsAuth, m.utf8 = server, true, true }, func(c *email.Config) {
			c.TLS, c.RootCAs, c.Username, c.Password = email.TLSRequired, pool, "attune", telemetry.Hide("canary-password")
		}))
	})
}

func TestWhatIsSent(t *testing.T) {
	m := newMailServer(t, nil)
	ch := channel(t, m.addr, func(c *email.Config) { c.From = `"Clínica Żuraw" <hello@clinic.example>` })
	msg := message(1)
	r, err := ch.Send(t.Context(), msg)
	if err != nil {
		t.Fatal(err)
	}
	if r.Reference == "" {
		t.Error("the server's word was lost")
	}
	got := m.all()
	if len(got) != 1 || got[0].from != "hello@clinic.example" || got[0].to != msg.To {
		t.Fatalf("the envelope is %+v", got)
	}
	read, err := mail.ReadMessage(strings.NewReader(string(got[0].raw)))
	if err != nil {
		t.Fatal(err)
	}
	for header, want := range map[string]string{
		"Message-Id": "<" + msg.Attempt.String() + "@clinic.example>", "Date": "Mon, 01 Mar 2027 22:30:00 +0000", "Auto-Submitted": "auto-generated",
		"Mime-Version": "1.0", "To": "<ana@example.org>", "Content-Type": "text/plain; charset=UTF-8", "User-Agent": "", "X-Mailer": "", "Bcc": "", "Cc": "",
	} {
		if h := read.Header.Get(header); h != want {
			t.Errorf("%s is %q, want %q", header, h, want)
		}
	}
	if from, err := read.Header.AddressList("From"); err != nil || from[0].Name != "Clínica Żuraw" {
		t.Errorf("From is %v, %v", from, err)
	}
}

func TestOutcomeOfEachAnswer(t *testing.T) {
	const (
		retry     = "retry"
		permanent = "permanent"
		uncertain = "uncertain"
		taken     = "taken"
	)
	type row struct{ command, answer, want string }
	rows := []row{
		{"greeting", "421 4.3.2 Busy", retry}, {"greeting", "554 5.7.1 Not you", retry}, {"greeting", hangUp, retry}, {"greeting", silence, retry}, {"greeting", "HTTP/1.1 400 Bad", retry},
		{"AUTH", "454 4.7.0 Later", retry}, {"AUTH", "535 5.7.8 Wrong", retry}, {"AUTH", hangUp, retry}, {"AUTH", silence, retry},
		{"DATA", "250 2.0.0 What?", retry},
		{"text", "250 2.0.0 Ok: queued", taken}, {"text", "252 2.0.0 Ok", taken}, {"text", "250-2.0.0 Ok\n250 more", taken},
		{"text", "451 4.3.0 Later", retry}, {"text", "421 4.3.0 Closing", retry}, {"text", "552 5.3.4 Too big", permanent}, {"text", "554 5.7.1 Spam", permanent},
		{"text", hangUp, uncertain}, {"text", silence, uncertain}, {"text", "gibberish", uncertain}, {"text", "354 Go on", uncertain}, {"text", "299 ", taken}, {"text", "250", uncertain}, {"text", "(hang up in the middle)", uncertain}, {"text", "(refuse in the middle)", permanent},
		{"text", "999 Ok", uncertain}, {"text", "2x0 Ok", uncertain}, {"text", "250-never ends", uncertain},
		{"DATA", "354 Go on\n250 2.0.0 Ok: queued before it was sent", retry},
	}
	for _, command := range []string{"MAIL", "RCPT", "DATA"} {
		rows = append(rows, row{command, "450 4.2.0 Later", retry}, row{command, "421 4.3.2 Closing", retry}, row{command, "550 5.1.1 No", permanent}, row{command, "503 ", permanent}, row{command, "503", retry},
			row{command, "530 5.7.0 Must issue a STARTTLS command first", retry}, row{command, hangUp, retry}, row{command, silence, retry}, row{command, "gibberish", retry}, row{command, "999 Ok", retry})
	}
	servers := map[string]string{"": "250-mail.example.org\n250-8BITMIME\n250 AUTH PLAIN LOGIN", " to commands together": "250-mail.example.org\n250-PIPELINING\n250 AUTH PLAIN LOGIN"}
	for how, hello := range servers {
		for _, r := range rows {
			t.Run(r.command+" "+r.answer+how, func(t *testing.T) {
				t.Parallel()
				addr, texts := script{r.command: r.answer, "EHLO": hello}.start(t)
				ch := channel(t, addr, func(c *email.Config) {
					c.Username, c.Password = "attune", telemetry.Hide("canary-password")
					if r.answer == silence || strings.Contains(r.answer, "never ends") {
						c.Timeout = 700 * time.Millisecond
					}
				})
				_, err := ch.Send(t.Context(), message(1))
				if got := outcome(err); got != r.want {
					t.Errorf("the outcome is %s (%v), want %s", got, err, r.want)
				}
				if n := texts(); n != 0 && r.command != "text" && !strings.Contains(r.answer, "before it was sent") {
					t.Errorf("a text was sent after %s", r.answer)
				}
				quiet(t, err)
			})
		}
	}
}

func TestCommandsGoTogetherOnlyWhereTheServerOffersIt(t *testing.T) {
	for _, offered := range []bool{false, true} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		early := make(chan bool, 1)
		go func() {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close()
			r := bufio.NewReader(c)
			hello := "250 mail.example.org\r\n"
			if offered {
				hello = "250-mail.example.org\r\n250 PIPELINING\r\n"
			}
			for _, answer := range []string{"220 mail.example.org\r\n", hello} {
				_, _ = io.WriteString(c, answer)
				_, _ = r.ReadString('\n')
			}
			// What the server read is MAIL, and it has not answered yet.
			if !offered {
				_ = c.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
			}
			_, err = r.ReadString('\n')
			early <- err == nil
		}()
		_, err = channel(t, l.Addr().(*net.TCPAddr), nil).Send(t.Context(), message(1))
		if outcome(err) != "retry" {
			t.Errorf("a connection that ended before the text is %v", err)
		}
		if got := <-early; got != offered {
			t.Errorf("offered: %v, and commands went together: %v", offered, got)
		}
	}
}

func TestHelloFallsBackAndItsLastAnswerCounts(t *testing.T) {
	for name, c := range map[string]struct {
		s    script
		want string
	}{
		"an old server":                       {script{"EHLO": "502 5.5.1 What?"}, "taken"},
		"both refused for good":               {script{"EHLO": "550 5.7.1 No", "HELO": "550 5.7.1 No"}, "retry"},
		"both refused for now":                {script{"EHLO": "450 4.7.1 No", "HELO": "450 4.7.1 No"}, "retry"},
		"refused for good and then for now":   {script{"EHLO": "502 5.5.1 What?", "HELO": "450 4.7.1 No"}, "retry"},
		"refused for good and then silence":   {script{"EHLO": "502 5.5.1 What?", "HELO": silence}, "retry"},
		"refused for good and then hung up":   {script{"EHLO": "502 5.5.1 What?", "HELO": hangUp}, "retry"},
		"refused for now and then for good":   {script{"EHLO": "450 4.7.1 No", "HELO": "550 5.7.1 No"}, "retry"},
		"hung up":                             {script{"EHLO": hangUp}, "retry"},
		"no AUTH offered though there is one": {script{"EHLO": "250 mail.example.org"}, "taken"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			addr, _ := c.s.start(t)
			_, err := channel(t, addr, func(e *email.Config) {
				if c.s["HELO"] == silence {
					e.Timeout = 700 * time.Millisecond
				}
			}).Send(t.Context(), message(1))
			if got := outcome(err); got != c.want {
				t.Errorf("the outcome is %s (%v), want %s", got, err, c.want)
			}
		})
	}
}

func TestErrorsKeepTheServersWordsToThemselves(t *testing.T) {
	for command, answer := range map[string]string{
		"RCPT": "550 5.1.1 <ana@example.org>: unknown canary-body", "MAIL": "ana@example.org is not an answer", "text": "554-5.7.1 ana@example.org\n554 5.7.1 canary-subject",
		"greeting": "554 ana@example.org", "AUTH": "535 5.7.8 canary-password for attune is wrong, ana@example.org",
	} {
		addr, _ := script{command: answer}.start(t)
		ch := channel(t, addr, func(c *email.Config) { c.Username, c.Password = "attune", telemetry.Hide("canary-password") })
		_, err := ch.Send(t.Context(), message(1))
		if err == nil {
			t.Errorf("%s was taken", command)
		}
		quiet(t, err)
		if command == "RCPT" && !strings.Contains(err.Error(), "550 5.1.1") {
			t.Errorf("the error does not give the code: %v", err)
		}
	}
}

func TestReceiptDoesNotRepeatTheAddress(t *testing.T) {
	for answer, want := range map[string]string{
		"250 2.0.0 Ok: queued as 4711":         "2.0.0 Ok: queued as 4711",
		"250 2.0.0 Ok: for <ANA@example.org>":  "",
		"250 " + strings.Repeat("long ", 1000): strings.TrimSpace(strings.Repeat("long ", 40)),
	} {
		addr, _ := script{"text": answer}.start(t)
		r, err := channel(t, addr, nil).Send(t.Context(), message(1))
		if err != nil || r.Reference != want {
			t.Errorf("the reference is %q, %v; want %q", r.Reference, err, want)
		}
	}
}

func TestAddressesThatNoServerCouldTake(t *testing.T) {
	m := newMailServer(t, nil)
	ch := channel(t, m.addr, nil)
	for _, to := range []string{
		"", "ana", "ana@", "@example.org", "ana@example.org, ben@example.org", "Ana <ana@example.org>", "<ana@example.org>", "ana@example.org>", "ana @example.org",
		"ana@example.org\x00", "ana@exam\tple.org", "ana\u2028@example.org", "\xff@example.org", "ana@example.org (Ana)", `"ana b"@example.org`, "group: ana@example.org;",
		strings.Repeat("a", 250) + "@example.org", "ana@example.org SIZE=1",
	} {
		msg := message(1)
		msg.To = to
		if _, err := ch.Send(t.Context(), msg); !delivery.IsPermanent(err) {
			t.Errorf("%q: the outcome is %s (%v), want permanent", to, outcome(err), err)
		} else if to != "" && strings.Contains(err.Error(), to) {
			t.Errorf("the error repeats the address: %v", err)
		}
	}
	if got := m.all(); len(got) != 0 {
		t.Errorf("the server got %d messages", len(got))
	}
}

func TestInternationalAddressNeedsAServerForIt(t *testing.T) {
	for _, speaks := range []bool{false, true} {
		m := newMailServer(t, func(m *mailServer) { m.utf8 = speaks })
		msg := message(1)
		msg.To = "żaneta@example.org"
		_, err := channel(t, m.addr, nil).Send(t.Context(), msg)
		if want := map[bool]string{false: "permanent", true: "taken"}[speaks]; outcome(err) != want {
			t.Errorf("with SMTPUTF8=%v the outcome is %s (%v), want %s", speaks, outcome(err), err, want)
		}
		if got := m.all(); speaks && (len(got) != 1 || got[0].to != msg.To) {
			t.Errorf("the server got %+v", got)
		}
	}
}

func TestEncryption(t *testing.T) {
	good, pool := certificate(t, "127.0.0.1")
	other, _ := certificate(t, "elsewhere.example")
	for name, c := range map[string]struct {
		server *tls.Config
		mode   email.TLS
		trust  bool
		want   string
		secret bool
	}{
		"required and offered":                {good, email.TLSRequired, true, "taken", true},
		"required and not offered":            {nil, email.TLSRequired, true, "retry", false},
		"required and from a stranger":        {good, email.TLSRequired, false, "retry", false},
		"required and for another name":       {other, email.TLSRequired, true, "retry", false},
		"opportunistic and offered":           {good, email.TLSOpportunistic, true, "taken", true},
		"opportunistic and not offered":       {nil, email.TLSOpportunistic, true, "taken", false},
		"opportunistic and from a stranger":   {good, email.TLSOpportunistic, false, "retry", false},
		"none on this machine":                {nil, email.TLSNone, true, "taken", false},
		"none on this machine though offered": {good, email.TLSNone, true, "taken", false},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMailServer(t, func(m *mailServer) { m.tls = c.server })
			ch := channel(t, m.addr, func(e *email.Config) {
				e.TLS = c.mode
				if c.trust {
					e.RootCAs = pool
				}
			})
			_, err := ch.Send(t.Context(), message(1))
			if outcome(err) != c.want {
				t.Fatalf("the outcome is %s (%v), want %s", outcome(err), err, c.want)
			}
			if got := m.all(); c.want == "taken" && (len(got) != 1 || got[0].tls != c.secret) {
				t.Errorf("encrypted=%v, want %v", got[0].tls, c.secret)
			}
		})
	}
}

func TestAuthentication(t *testing.T) {
	server, pool := certificate(t, "127.0.0.1")
	for name, c := range map[string]struct {
		user, password, want string
	}{
		"the right password": {"attune", "canary-password", "taken"},
		"the wrong password": {"attune", "wrong", "retry"},
		"none where needed":  {"", "", "retry"},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMailServer(t, func(m *mailServer) { m.tls, m.needsAuth = server, true })
			ch := channel(t, m.addr, func(e *email.Config) {
				e.TLS, e.RootCAs, e.Username, e.Password = email.TLSRequired, pool, c.user, telemetry.Hide(c.password)
			})
			_, err := ch.Send(t.Context(), message(1))
			if outcome(err) != c.want {
				t.Errorf("the outcome is %s (%v), want %s", outcome(err), err, c.want)
			}
			quiet(t, err)
		})
	}
}

func TestConnectionsAreKeptAndReplaced(t *testing.T) {
	m := newMailServer(t, nil)
	ch := channel(t, m.addr, nil)
	for i := range 250 {
		if _, err := ch.Send(t.Context(), message(i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := m.connected(); n != 3 {
		t.Errorf("250 messages took %d connections, want one for each hundred", n)
	}
	// The server comes back after a restart, and nobody notices.
	m.make(channeltest.RefuseToConnect)()
	m.healed()
	if _, err := ch.Send(t.Context(), message(11)); err != nil {
		t.Errorf("after the server's restart: %v", err)
	}
}

func TestInFlightIsBounded(t *testing.T) {
	m := newMailServer(t, nil)
	m.make(channeltest.Stall)()
	ch := channel(t, m.addr, func(c *email.Config) { c.MaxInFlight = 1 })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := ch.Send(ctx, message(1))
		done <- err
	}()
	for m.connected() == 0 {
		time.Sleep(5 * time.Millisecond)
	}
	short, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	_, err := ch.Send(short, message(2))
	if _, ok := delivery.IsRetry(err); !ok || !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "free connection") {
		t.Errorf("the second attempt ends with %v", err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the first attempt ends with %v", err)
	}
	m.healed()
}

func TestConfig(t *testing.T) {
	good := email.Config{Host: "mail.example.org", From: "Clinic <hello@clinic.example>"}
	if _, err := email.New(good); err != nil {
		t.Errorf("the zero values do not work: %v", err)
	}
	for name, set := range map[string]func(*email.Config){
		"no host":                    func(c *email.Config) { c.Host = "" },
		"no sender":                  func(c *email.Config) { c.From = "" },
		"a sender that is none":      func(c *email.Config) { c.From = "Clinic" },
		"a sender with a line break": func(c *email.Config) { c.From = "Clinic\r\nBcc: x@example.org <hello@clinic.example>" },
		"no such port":               func(c *email.Config) { c.Port = 70000 },
		"no such TLS":                func(c *email.Config) { c.TLS = "maybe" },
		"none across a network":      func(c *email.Config) { c.TLS = email.TLSNone },
		"a username alone":           func(c *email.Config) { c.Username = "attune" },
	} {
		c := good
		set(&c)
		if _, err := email.New(c); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	if s := fmt.Sprintf("%+v %#v", email.Config{Password: telemetry.Hide("canary-password")}, email.Config{Password: telemetry.Hide("canary-password")}); strings.Contains(s, "canary") {
		t.Errorf("the configuration shows its password: %s", s)
	}
}

func channel(t *testing.T, addr *net.TCPAddr, set func(*email.Config)) *email.Channel {
	t.Helper()
	c := email.Config{Host: "127.0.0.1", Port: addr.Port, TLS: email.TLSNone, From: "Riverside Clinic <hello@clinic.example>"}
	if set != nil {
		set(&c)
	}
	ch, err := email.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ch.Close() })
	return ch
}

func message(n int) delivery.Message {
	seed := id.Seed{2}
	return delivery.Message{
		Person: id.Person{1}, Touch: id.Derive(seed, "touch", uint64(n)), Attempt: id.Derive(seed, "attempt", uint64(n)), Channel: "email",
		To: "ana@example.org", Language: "en", Subject: "canary-subject", Body: "canary-body\n", At: time.Date(2027, 3, 1, 23, 30, 0, 0, time.FixedZone("CET", 3600)),
	}
}

func outcome(err error) string {
	_, retry := delivery.IsRetry(err)
	switch {
	case err == nil:
		return "taken"
	case delivery.IsPermanent(err):
		return "permanent"
	case retry:
		return "retry"
	}
	return "uncertain"
}

// quiet looks for what an error may not tell, in it and in all that it wraps.
func quiet(t *testing.T, err error) {
	t.Helper()
	var walk func(error)
	walk = func(err error) {
		if err == nil {
			return
		}
		for _, secret := range []string{"ana@", "example.org", "canary"} {
			if strings.Contains(strings.ToLower(fmt.Sprintf("%v %+v", err, err)), secret) {
				t.Errorf("the error tells %q: %v", secret, err)
			}
		}
		switch u := err.(type) {
		case interface{ Unwrap() error }:
			walk(u.Unwrap())
		case interface{ Unwrap() []error }:
			for _, e := range u.Unwrap() {
				walk(e)
			}
		}
	}
	walk(err)
}
