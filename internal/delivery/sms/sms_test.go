package sms_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"attune/core/id"
	"attune/core/voice"
	"attune/internal/delivery"
	"attune/internal/delivery/channeltest"
	"attune/internal/delivery/sms"
	"attune/internal/telemetry"
	"attune/internal/ticket"
)

func TestSMSIsAChannel(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Subject {
		c := newCarrier(t, true)
		s := channeltest.Subject{
			Channel: ticketed{channel(t, c, func(c *sms.Config) { c.MaxSegments = 10 })}, Delivered: c.delivered, Heal: c.healed, Make: map[channeltest.Fault]func(){},
			Address: func(n int) string { return fmt.Sprintf("+1415555%04d", n) },
			Reads: func(m delivery.Message) (delivery.Message, bool) {
				m.Subject, m.Body = "", strings.TrimRight(m.Body, " \t\n")
				n, _ := voice.Segments(m.Body)
				return m, m.Body != "" && n <= 10
			},
		}
		for _, f := range []channeltest.Fault{
			channeltest.RefuseForGood, channeltest.RefuseForNow, channeltest.RefuseToConnect,
			channeltest.DieBeforeTaking, channeltest.DieAfterTaking, channeltest.Stall,
		} {
			s.Make[f] = c.make(f)
		}
		return s
	})
}

// ticketed gives messages the tickets that the suite leaves to whoever hands over, so that the carrier's
// messages can be told apart by them.
type ticketed struct{ *sms.Channel }

func (c ticketed) Send(ctx context.Context, m delivery.Message) (delivery.Receipt, error) {
	m.Ticket = callbackTicket(m)
	return c.Channel.Send(ctx, m)
}

func TestWhatIsSent(t *testing.T) {
	c := newCarrier(t, false)
	m := message(1)
	m.To, m.Subject, m.Body, m.Number = "600 11 12-34", "Not to be read", "Hola {Ana} & 50 % + 1 €\r\nAdiós 🌿\n\n", 3
	m.Ticket = callbackTicket(m)
	r, err := channel(t, c, func(c *sms.Config) { c.Country = "ES" }).Send(t.Context(), m)
	if err != nil {
		t.Fatal(err)
	}
	if r.Reference != "SM00000000000000000000000000000001" {
		t.Errorf("the reference is %q", r.Reference)
	}
	form := c.all()[0]
	for field, want := range map[string]string{
		"To": "+34600111234", "From": "+14155550100", "MessagingServiceSid": "", "Body": "Hola {Ana} & 50 % + 1 €\nAdiós 🌿", "ValidityPeriod": "3600",
	} {
		if form.Get(field) != want {
			t.Errorf("%s is %q, want %q", field, form.Get(field), want)
		}
	}
	text, overrides, _ := strings.Cut(strings.TrimPrefix(form.Get("StatusCallback"), public+sms.StatusPath), "#")
	of, err := tickets().Read(ticket.Callback, text)
	if err != nil || of.Person != m.Person || !of.Of(m.Touch) || of.Attempt != 3 || overrides != "rc=5&rp=5xx,ct,rt" {
		t.Errorf("the callback %q reads as %+v, %v", form.Get("StatusCallback"), of, err)
	}
	if _, ok := any(channel(t, c, nil)).(delivery.Finder); ok {
		t.Error("nobody can be asked about an attempt")
	}

	keyed := channel(t, c, func(c *sms.Config) {
		c.Key, c.KeySecret, c.From, c.Service = apiKey, telemetry.Hide(secret), "", service
	})
	if _, err := keyed.Send(t.Context(), message(2)); err != nil {
		t.Fatal(err)
	}
	if c.all()[1].Has("StatusCallback") {
		t.Error("a message without a ticket asks for a report")
	}
	if form := c.all()[1]; form.Get("MessagingServiceSid") != service || form.Has("From") || c.logins[0] != account || c.logins[1] != apiKey {
		t.Errorf("with a key and a messaging service it is %v, and the logins are %v", form, c.logins)
	}
}

func TestOutcomeOfEachAnswer(t *testing.T) {
	const (
		retry     = "retry"
		permanent = "permanent"
		uncertain = "uncertain"
		taken     = "taken"
	)
	failed := func(status, code int) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { refuse(w, status, code, "canary-body +14155550123") }
	}
	text := func(status int, header, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			if name, v, ok := strings.Cut(header, ": "); ok {
				w.Header().Set(name, v)
			}
			w.WriteHeader(status)
			_, _ = w.Write([]byte(body))
		}
	}
	sid := `{"sid":"SM00000000000000000000000000000009"}`
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter)
		want   string
		wait   time.Duration
	}{
		"created":                             {text(201, "", sid), taken, 0},
		"created without a word":              {text(201, "", ""), taken, 0},
		"accepted with an id":                 {text(202, "", sid), taken, 0},
		"ok with an id":                       {text(200, "", sid), taken, 0},
		"ok from somebody else":               {text(200, "", "<html>Welcome</html>"), uncertain, 0},
		"no content":                          {text(204, "", ""), uncertain, 0},
		"a redirect":                          {text(307, "Location: http://127.0.0.1:1/", ""), retry, 5 * time.Minute},
		"no such number":                      {failed(400, 21211), permanent, 0},
		"opted out":                           {failed(400, 21610), permanent, 0},
		"a landline":                          {failed(400, 21614), permanent, 0},
		"too long":                            {failed(400, 21617), permanent, 0},
		"filtered":                            {failed(400, 30007), permanent, 0},
		"unknown code":                        {failed(400, 29999), permanent, 0},
		"bad request without a code":          {text(400, "", "no"), permanent, 0},
		"a full queue":                        {failed(400, 21611), retry, time.Minute},
		"an unreachable telephone":            {failed(400, 30003), retry, time.Minute},
		"a wrong sender":                      {failed(400, 21606), retry, 5 * time.Minute},
		"a wrong login":                       {failed(401, 20003), retry, 5 * time.Minute},
		"a suspended account":                 {failed(403, 20005), retry, 5 * time.Minute},
		"no such account":                     {failed(404, 20404), retry, 5 * time.Minute},
		"not found by a proxy":                {text(404, "", "nope"), retry, 5 * time.Minute},
		"forbidden for good by its code":      {failed(403, 21610), permanent, 0},
		"too many":                            {failed(429, 20429), retry, 10 * time.Second},
		"too many, and when to come":          {text(429, "Retry-After: 42", "{}"), retry, 42 * time.Second},
		"too many, and not for days":          {text(429, "Retry-After: 999999", "{}"), retry, time.Hour},
		"too many, and nonsense":              {text(429, "Retry-After: soon", "{}"), retry, 10 * time.Second},
		"the request was not heard":           {text(408, "", ""), retry, 10 * time.Second},
		"an error of the carrier":             {failed(500, 20500), uncertain, 0},
		"a bad gateway":                       {text(502, "", "<html>"), uncertain, 0},
		"the carrier cannot":                  {text(503, "Retry-After: 1", ""), uncertain, 0},
		"a gateway that waited":               {text(504, "", ""), uncertain, 0},
		"a refusal that says nothing at last": {text(418, "", strings.Repeat("x", 100<<10)), permanent, 0},
		"created, and broken off": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "1000")
			w.WriteHeader(201)
			_, _ = w.Write([]byte(`{"sid":`))
		}, taken, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := newCarrier(t, false)
			server.answer = c.answer
			_, err := channel(t, server, nil).Send(t.Context(), message(1))
			wait, _ := delivery.IsRetry(err)
			if outcome(err) != c.want || wait != c.wait {
				t.Errorf("the outcome is %s after %v (%v), want %s after %v", outcome(err), wait, err, c.want, c.wait)
			}
			quiet(t, err)
		})
	}
}

func TestWhatNoCarrierCouldTake(t *testing.T) {
	c := newCarrier(t, false)
	for name, set := range map[string]func(*delivery.Message){
		"no number":                   func(m *delivery.Message) { m.To = "" },
		"a name":                      func(m *delivery.Message) { m.To = "Ana" },
		"an address of mail":          func(m *delivery.Message) { m.To = "ana@example.org" },
		"another way":                 func(m *delivery.Message) { m.To = "whatsapp:+14155550123" },
		"letters for digits":          func(m *delivery.Message) { m.To = "+1800FLOWERS" },
		"an extension":                func(m *delivery.Message) { m.To = "+14155550123;ext=5" },
		"a number too short":          func(m *delivery.Message) { m.To = "+1415" },
		"a number without a country":  func(m *delivery.Message) { m.To = "4155550123" },
		"an empty text":               func(m *delivery.Message) { m.Body = " \n\t\n" },
		"a text that is none":         func(m *delivery.Message) { m.Body = "\xff" },
		"a zero in the text":          func(m *delivery.Message) { m.Body = "a\x00b" },
		"seven segments":              func(m *delivery.Message) { m.Body = strings.Repeat("x", 6*153+1) },
		"seven segments of wide ones": func(m *delivery.Message) { m.Body = strings.Repeat("ж", 6*67+1) },
	} {
		m := message(1)
		set(&m)
		_, err := channel(t, c, nil).Send(t.Context(), m)
		if outcome(err) != "permanent" {
			t.Errorf("%s: the outcome is %s (%v)", name, outcome(err), err)
		}
		quiet(t, err)
	}
	for _, body := range []string{strings.Repeat("x", 6*153), strings.Repeat("ж", 6*67)} {
		m := message(1)
		m.Body = body
		if _, err := channel(t, c, nil).Send(t.Context(), m); err != nil {
			t.Errorf("six segments: %v", err)
		}
	}
	if got := c.all(); len(got) != 2 {
		t.Errorf("the carrier saw %d messages, want 2", len(got))
	}
}

func TestNumbers(t *testing.T) {
	for _, c := range []struct{ number, country, want string }{
		{"+34 600 111 234", "", "+34600111234"},
		{"600111234", "ES", "+34600111234"},
		{"0034600111234", "ES", "+34600111234"},
		{"(415) 555-0123", "US", "+14155550123"},
		{"06 12 34 56 78", "FR", "+33612345678"},
		{"+33 6 12 34 56 78", "US", "+33612345678"},
		{"0171 1234567", "DE", "+491711234567"},
		{"600111234", "", ""}, {"12", "ES", ""}, {"", "ES", ""}, {"+", "ES", ""}, {"++34600111234", "ES", ""}, {"600111234\n", "ES", ""},
		{"600111234x9", "ES", ""}, {strings.Repeat("1", 50), "US", ""}, {"+999123456789", "", ""}, {"٦٠٠١١١٢٣٤", "ES", ""},
	} {
		got, err := sms.Normal(c.number, c.country)
		if got != c.want || (err == nil) != (c.want != "") {
			t.Errorf("%q in %q is %q (%v), want %q", c.number, c.country, got, err, c.want)
		}
		if again, err := sms.Normal(got, ""); got != "" && (err != nil || again != got) {
			t.Errorf("%q is then %q (%v)", got, again, err)
		}
	}
}

func TestLoginsAndCertificates(t *testing.T) {
	c := newCarrier(t, true)
	for name, set := range map[string]func(*sms.Config){
		"a wrong token":     func(c *sms.Config) { c.Tokens = telemetry.Hide([]string{"wrong"}) },
		"a wrong secret":    func(c *sms.Config) { c.Key, c.KeySecret = apiKey, telemetry.Hide("wrong") },
		"another account":   func(c *sms.Config) { c.Account = strings.Replace(account, "1", "7", 1) },
		"an unknown server": func(c *sms.Config) { c.RootCAs = nil },
	} {
		_, err := channel(t, c, set).Send(t.Context(), message(1))
		if outcome(err) != "retry" {
			t.Errorf("%s: the outcome is %s (%v), want retry", name, outcome(err), err)
		}
		quiet(t, err)
	}
	if len(c.all()) != 0 {
		t.Error("a text was taken")
	}
}

func TestInFlightIsBounded(t *testing.T) {
	c := newCarrier(t, false)
	c.make(channeltest.Stall)()
	ch := channel(t, c, func(c *sms.Config) { c.MaxInFlight = 1 })
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() {
		_, err := ch.Send(ctx, message(1))
		done <- err
	}()
	for {
		c.mu.Lock()
		n := len(c.conns)
		c.mu.Unlock()
		if n > 0 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	short, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer stop()
	_, err := ch.Send(short, message(2))
	if _, ok := delivery.IsRetry(err); !ok || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the second attempt ends with %v", err)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("the first attempt ends with %v", err)
	}
	c.healed()
}

func TestConfig(t *testing.T) {
	good := sms.Config{Account: account, Tokens: telemetry.Hide([]string{token}), From: "+14155550100", PublicURL: public}
	if _, err := sms.New(good); err != nil {
		t.Errorf("the zero values do not work: %v", err)
	}
	for name, set := range map[string]func(*sms.Config){
		"no account":                 func(c *sms.Config) { c.Account = "" },
		"an account that is none":    func(c *sms.Config) { c.Account = "AC1" },
		"no token":                   func(c *sms.Config) { c.Tokens = telemetry.Hide([]string{""}) },
		"a key alone":                func(c *sms.Config) { c.Key = apiKey },
		"a key that is none":         func(c *sms.Config) { c.Key, c.KeySecret = "key", telemetry.Hide("x") },
		"no sender":                  func(c *sms.Config) { c.From = "" },
		"two senders":                func(c *sms.Config) { c.Service = service },
		"a sender that is none":      func(c *sms.Config) { c.From = "The Riverside Clinic" },
		"a service that is none":     func(c *sms.Config) { c.From, c.Service = "", "clinic" },
		"no such country":            func(c *sms.Config) { c.Country = "Spain" },
		"too many segments":          func(c *sms.Config) { c.MaxSegments = 11 },
		"no public address":          func(c *sms.Config) { c.PublicURL = "" },
		"a public address in http":   func(c *sms.Config) { c.PublicURL = "http://attune.clinic.example" },
		"a public address with more": func(c *sms.Config) { c.PublicURL = public + "?a=b" },
		"a carrier in http":          func(c *sms.Config) { c.BaseURL = "http://api.twilio.com" },
	} {
		c := good
		set(&c)
		if _, err := sms.New(c); err == nil {
			t.Errorf("%s passes", name)
		}
	}
	for _, from := range []string{"+14155550100", "12345", "Riverside"} {
		if !sms.IsSender(from) {
			t.Errorf("%s cannot send", from)
		}
	}
}

func channel(t *testing.T, c *carrier, set func(*sms.Config)) *sms.Channel {
	t.Helper()
	cfg := sms.Config{
		Account: account, Tokens: telemetry.Hide([]string{token, "the next token"}), From: "+14155550100", BaseURL: c.url(), RootCAs: c.pool, PublicURL: public + "/", Allow: []string{c.addr},
	}
	if set != nil {
		set(&cfg)
	}
	ch, err := sms.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ch.Close() })
	return ch
}

func message(n int) delivery.Message {
	seed := id.Seed{2}
	return delivery.Message{
		Person: id.Person{1}, Touch: id.Derive(seed, "touch", uint64(n)), Attempt: id.Derive(seed, "attempt", uint64(n)), Channel: "sms",
		To: "+14155550123", Language: "en", Body: "canary-body\n", At: time.Date(2027, 3, 1, 23, 30, 0, 0, time.UTC), Number: 1,
	}
}

// callbackTicket is what the app gives a message to carry.
func callbackTicket(m delivery.Message) string {
	return tickets().Write(ticket.For(ticket.Callback, m.Person, m.Touch, m.Number))
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
		for _, secret := range []string{"4155550123", "canary", account, apiKey} {
			if strings.Contains(fmt.Sprintf("%v %+v", err, err), secret) {
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
