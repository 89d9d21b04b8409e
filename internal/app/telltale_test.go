package app

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/config"
	"attune/internal/delivery/sms"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/limit"
	"attune/internal/request"
	"attune/internal/sim"
	"attune/internal/staff"
	"attune/internal/telemetry"
	"attune/internal/unsubscribe"
)

// overheard is what a server says to those who must not hear of anybody: its log, the calls that it makes.
type overheard struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *overheard) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *overheard) text() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return bytes.Clone(o.b.Bytes())
}

// telltales are the canaries and the telephone numbers that a text has in any form, percent signs of addresses among them.
func telltales(b []byte) []string {
	found := canariesIn(b)
	if plain, err := url.QueryUnescape(strings.ReplaceAll(string(b), "%%", "")); err == nil {
		maps.Copy(found, canariesIn([]byte(plain)))
	}
	out := slices.Sorted(maps.Keys(found))
	if bytes.Contains(b, []byte("2125550")) {
		out = append(out, "a telephone number")
	}
	return out
}

// theatre is a server with people of whom every field has a canary, and everything around it that hears it speak.
type theatre struct {
	t       *testing.T
	n       *Node
	base    string
	mail    string
	log     *overheard
	calls   *overheard
	session string
	token   string
	key     string
	asked   int
}

const theatrePublic = "https://attune.clinic.example"

func openTheatre(t *testing.T) *theatre {
	t.Helper()
	s := &theatre{t: t, log: &overheard{}, calls: &overheard{}}
	carrier := &twilio{}
	out := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(s.calls, r.Method, r.URL, r.UserAgent(), r.Referer())
		carrier.ServeHTTP(w, r)
	}))
	t.Cleanup(out.Close)
	cfg := config.Default()
	cfg.PublicURL = theatrePublic
	cfg.SMS.Transport, cfg.SMS.BaseURL, cfg.SMS.From, cfg.SMS.AccountSID = config.Twilio, out.URL, ourNumber, "AC"+strings.Repeat("0", 32)
	cfg.SMS.Secret = telemetry.Hide(twilioToken + "\n")
	cfg.Outbound.Allow = out.Listener.Addr().String()
	channels, closeChannels, err := Channels(cfg)
	s.must(err)
	t.Cleanup(closeChannels)
	comes := config.Default()
	comes.Email.BounceDomain, comes.Email.BounceListen, comes.Email.BounceProtocol = "bounces.clinic.example", "127.0.0.1:0", "smtp"
	back, err := OpenMailBack(comes)
	s.must(err)
	rel, _ := mustLoad(t, textingProgram(t))
	clock := sim.NewClock(crashBegin, nil)
	s.n, err = Open(t.Context(), Options{
		Data: t.TempDir(), Organisation: "Green Lane", Release: rel, Now: clock.Now, Channels: channels, Limits: Limits(cfg), Texts: TextsBackOf(cfg), Back: back, Relaxed: true,
		Logger: telemetry.New(s.log, slog.LevelDebug, true),
	})
	s.must(err)
	for k := range people {
		s.comes(k)
	}
	for range 3 {
		clock.Set(clock.Now().Add(12 * instant.Hour))
		s.must((sim.Drive{Runner: s.n.Runner, Delivery: s.n.Delivery}).Settle(t.Context(), clock.Now()))
	}
	if len(carrier.all()) == 0 {
		t.Fatal("nobody was written to")
	}
	s.mail = back.Listener.Addr().String()
	s.serve()
	return s
}

func (s *theatre) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// comes brings somebody, all of whose fields have their canary in it.
func (s *theatre) comes(k int) {
	s.t.Helper()
	is := canary(k)
	traits := event.Event{Name: "traits.updated"}.With("phone", expr.TextOf(fmt.Sprintf("+1212555%04d", 100+k))).With("email", expr.TextOf(is+"@patients.example")).With("timezone", expr.TextOf("America/New_York"))
	for _, name := range []string{"first_name", "last_name", "preferred_name", "street", "city", "state", "postal_code", "mrn", "anything"} {
		traits = traits.With(name, expr.TextOf(is))
	}
	var all []intake.Arrival
	for n, e := range []event.Event{
		traits,
		event.Event{Name: "clinical.condition_recorded"}.With("codes", expr.ListOf("44054006")).With("text", expr.TextOf(is)),
		event.Event{Name: "consent.granted"}.With("purpose", expr.TextOf("treatment_support")).With("channel", expr.TextOf("sms")),
		event.Event{Name: "portal.visited"}.With("page", expr.TextOf(is)),
		event.Event{Name: "something." + is}.With(is, expr.TextOf(is)),
		event.Event{Name: "appointment.booked"}.With("start", expr.TextOf(is)),
	} {
		e.ID, e.OccurredAt = fmt.Sprintf("feed/%s-%d", is, n), s.n.Now()
		all = append(all, intake.Arrival{Who: identity.Key{System: "feed", Value: is}, Event: e, Raw: []byte(is)})
	}
	s.must(s.n.Intake.Take(s.t.Context(), intake.Source{Name: "feed"}, all))
}

func (s *theatre) serve() {
	t := s.t
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	s.must(err)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	server := &Server{Node: s.n, Pace: 1, Limits: limit.Config{PerAddress: 1 << 20, PerKey: 1 << 20, Refusals: 1 << 20}, Door: &api.Door{Links: OpenLinks(s.n.Data), Staff: s.n.Staff, Systems: s.n.Systems(), Forgot: s.n.Forgot(), Organisation: "Green Lane"}}
	go func() { ended <- server.Run(ctx, listener) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		s.must(s.n.Close())
	})
	s.base = "http://" + listener.Addr().String()
	var every []access.Role
	for _, r := range access.Roles() {
		if r.Role != access.Service {
			every = append(every, r.Role)
		}
	}
	account, _, err := s.n.Staff.Invite(ctx, staff.Invitation{Name: "Kim", Email: "kim@clinic.example", Roles: every})
	s.must(err)
	s.session, _, err = s.n.Staff.Begin(ctx, account.ID, staff.Whole, "a test")
	s.must(err)
	s.token, _, err = s.n.Staff.AddToken(ctx, staff.Token{Name: "outsider", Roles: []access.Role{access.Service}, Ends: time.Now().Add(time.Hour)})
	s.must(err)
	s.key, err = s.n.Sources.Add("app", "")
	s.must(err)
	s.ask(anybody, "GET", "/healthz", "", nil, nil) // once it answers it is made, and its operations can be listed
}

// who asks: nobody, somebody who may nothing, somebody who may everything, a source of events.
const (
	anybody  = "nobody"
	outsider = "an outsider"
	insider  = "staff"
	sender   = "a source"
)

// ask makes a request, and looks at what comes back. Only whoever may see people, and asks rightly, may be told of anybody.
func (s *theatre) ask(by, method, path, kind string, body []byte, header map[string]string) (int, []byte) {
	s.t.Helper()
	ctx, stop := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer stop()
	r, err := http.NewRequestWithContext(ctx, method, s.base+path, bytes.NewReader(body))
	s.must(err)
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	r.Header.Set("Attune-Purpose", "treatment")
	switch by {
	case outsider:
		r.Header.Set("Authorization", "Bearer "+s.token)
	case insider:
		r.AddCookie(&http.Cookie{Name: "attune_local", Value: s.session})
	case sender:
		r.SetBasicAuth(s.key, "")
	}
	for k, v := range header {
		r.Header.Set(k, v)
	}
	answer, err := http.DefaultTransport.RoundTrip(r)
	s.must(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 4<<20))
	s.must(err)
	s.asked++
	short, _, _ := strings.Cut(path, "?")
	for name, values := range answer.Header {
		if found := telltales([]byte(name + ": " + strings.Join(values, ", "))); len(found) > 0 {
			s.t.Errorf("%s %s by %s, answered %d: the header %s has %v", method, short, by, answer.StatusCode, name, found)
		}
	}
	if answer.StatusCode >= 400 || by != insider {
		if found := telltales(text); len(found) > 0 {
			s.t.Errorf("%s %s by %s, answered %d, tells %v: %.300s", method, short, by, answer.StatusCode, found, text)
		}
	}
	return answer.StatusCode, text
}

// operations asks for every operation rightly and wrongly, as whoever it is, and tells how many were done.
func (s *theatre) operations(by, person string) (done int) {
	s.t.Helper()
	is := canary(1)
	all := s.n.Operations()
	for i := range all {
		o := &all[i]
		takes, err := o.Takes()
		s.must(err)
		path := func(of string) string {
			return inPath.ReplaceAllStringFunc(o.Path, func(name string) string {
				switch {
				case of != "":
					return of
				case name == "{person}":
					return person
				case name == "{program}":
					return "diabetes"
				case name == "{release}":
					return "live"
				}
				return is
			})
		}
		good, wrong, query, bad := map[string]any{}, map[string]any{}, url.Values{}, url.Values{}
		for _, f := range takes {
			value := any(is)
			switch {
			case f.Whom:
				value = person
			case f.List:
				value = []string{is}
			case f.Number:
				value = 1
			case f.Is:
				value = true
			}
			switch {
			case f.In == "query" && f.Required:
				query.Set(f.Name, fmt.Sprint(value))
				bad.Set(f.Name, is)
			case f.In == "query":
				bad.Set(f.Name, is)
			case f.In == "body" && !f.Whole:
				good[f.Name] = value
				wrong[f.Name] = map[string]string{is: is}
			}
		}
		body := func(v any) []byte {
			if o.Method == http.MethodGet {
				return nil
			}
			b, err := json.Marshal(v)
			s.must(err)
			return b
		}
		with := func(path string, q url.Values) string {
			if len(q) > 0 {
				path += "?" + q.Encode()
			}
			return path
		}
		const kind = "application/json"
		if status, _ := s.ask(by, o.Method, with(path(""), query), kind, body(good), nil); status < 300 {
			done++
		}
		s.ask(by, o.Method, with(path(is), query), kind, body(good), nil)
		s.ask(by, o.Method, with(path("feed:"+is), query), kind, body(good), nil)
		s.ask(by, o.Method, with(path(""), bad), kind, body(good), nil)
		s.ask(by, o.Method, with(path(""), url.Values{is: {is}}), kind, body(good), nil)
		s.ask(by, o.Method, with(path(""), query), kind, body(good), map[string]string{"Attune-Purpose": is, "Idempotency-Key": is, "If-Match": is, "User-Agent": is, "Referer": "https://x.example/" + is, "X-Request-Id": is})
		if o.Method == http.MethodGet {
			continue
		}
		s.ask(by, o.Method, with(path(""), query), kind, body(wrong), nil)
		good[is] = is
		s.ask(by, o.Method, with(path(""), query), kind, body(good), nil)
		for _, broken := range []string{`{"` + is + `": ` + is, `["` + is + `"]`, `"` + is, `{"` + is + `":1,"` + is + `":2}`, is} {
			s.ask(by, o.Method, with(path(""), query), kind, []byte(broken), nil)
		}
		s.ask(by, o.Method, with(path(""), query), "text/"+is, []byte(is), nil)
	}
	return done
}

// doors asks at all that is no operation: pages, files, addresses that are not there, events, answers, texts, links.
func (s *theatre) doors(by string) {
	s.t.Helper()
	is := canary(2)
	form := url.Values{"email": {is + "@patients.example"}, "password": {is}, "token": {is}, "code": {is}, "name": {is}}.Encode()
	for _, path := range addresses(s.t, s.n) {
		if path == "/v1/stream" {
			continue // it does not end
		}
		query := url.Values{is: {is}, "token": {is}, "problem": {is}, "next": {"/" + is}}
		if path == "/sign-in" {
			query.Del("token") // the form of a link hands it on, to whoever has the link
		}
		s.ask(by, "GET", path+"?"+query.Encode(), "", nil, nil)
		s.ask(by, "GET", strings.TrimSuffix(path, "x")+is, "", nil, nil)
		if !strings.HasPrefix(path, "/v1/") && (by != insider || path != "/sign-out" && path != "/account/sessions") { // they are to stay signed in
			s.ask(by, "POST", path, "application/x-www-form-urlencoded", []byte(form), nil)
			s.ask(by, "POST", path, "application/json", []byte(`{"`+is+`":"`+is+`"`), nil)
		}
	}
	for _, path := range []string{unsubscribe.Path, request.Path, sms.StatusPath, sms.MessagePath + "/"} {
		s.ask(by, "POST", path+is, "application/x-www-form-urlencoded", []byte(form), nil)
	}
}

// events sends events that can be used and others, with a key and without.
func (s *theatre) events(by string) {
	s.t.Helper()
	is := canary(3)
	for _, call := range []string{"identify", "track", "page", "screen", "group", "alias", "batch", "import", "nothing"} {
		for _, body := range []string{
			`{"userId":"` + is + `","event":"` + is + `","messageId":"` + is + `","traits":{"first_name":"` + is + `","` + is + `":"` + is + `"},"properties":{"` + is + `":"` + is + `"}}`,
			`{"batch":[{"type":"track","userId":"` + is + `","event":"appointment.booked","properties":{"start":"` + is + `"}},{"type":"` + is + `"},"` + is + `"]}`,
			`{"` + is + `":1,"` + is + `":2}`, `{"userId":{"` + is + `":1},"timestamp":"` + is + `"}`, `{"userId":"` + is, is,
		} {
			s.ask(by, "POST", "/v1/"+call, "application/json", []byte(body), nil)
		}
		s.ask(by, "POST", "/v1/"+call, is+"/"+is, []byte(is), map[string]string{"Content-Encoding": is})
	}
	s.ask(by, "POST", request.Path+is, "application/json", []byte(`{"`+is+`":"`+is+`"}`), nil)
	s.ask(by, "POST", request.Path+"5f0c9a1b5f0c9a1b5f0c9a1b5f0c9a1b", "application/json", []byte(`{"answer":"`+is+`"}`), nil)
}

// texts come back as the carrier sends them, and as others do.
func (s *theatre) texts() {
	s.t.Helper()
	is := canary(4)
	for n, form := range []url.Values{
		{"MessageSid": {"SM" + strings.Repeat("0", 32)}, "From": {"+12125550104"}, "To": {ourNumber}, "Body": {"I am " + is}},
		{"MessageSid": {is}, "From": {is}, "To": {is}, "Body": {is}, is: {is}},
		{"MessageSid": {"SM" + strings.Repeat("0", 32)}, "MessageStatus": {is}, "ErrorCode": {is}, "From": {"+12125550199"}},
	} {
		for _, path := range []string{sms.MessagePath, sms.StatusPath + is} {
			h := hmac.New(sha1.New, []byte(twilioToken))
			_, _ = io.WriteString(h, theatrePublic+path)
			for _, name := range slices.Sorted(maps.Keys(form)) {
				_, _ = io.WriteString(h, name+form.Get(name))
			}
			signature := base64.StdEncoding.EncodeToString(h.Sum(nil))
			status, _ := s.ask(anybody, "POST", path, "application/x-www-form-urlencoded", []byte(form.Encode()), map[string]string{"X-Twilio-Signature": signature})
			if n == 0 && path == sms.MessagePath && status != http.StatusOK {
				s.t.Errorf("a text is answered %d", status)
			}
			s.ask(anybody, "POST", path, "application/x-www-form-urlencoded", []byte(form.Encode()), map[string]string{"X-Twilio-Signature": is})
		}
	}
	s.ask(anybody, "POST", sms.MessagePath, "application/x-www-form-urlencoded", []byte(is+"=%zz;"+is), nil)
}

// letters come back, with all in them that is somebody's.
func (s *theatre) letters() {
	s.t.Helper()
	is := canary(5)
	for _, to := range []string{"care@clinic.example", is + "@bounces.clinic.example", "b-" + is + "@bounces.clinic.example", is} {
		for _, from := range []string{is + "@patients.example", ""} {
			c, err := smtp.Dial(s.mail)
			s.must(err)
			told := func(err error) {
				if err != nil && len(telltales([]byte(err.Error()))) > 0 {
					s.t.Errorf("the postbox answers %v", err)
				}
			}
			told(c.Hello(is + ".example"))
			told(c.Mail(from, nil))
			told(c.Rcpt(to, nil))
			if w, err := c.Data(); err == nil {
				_, err = fmt.Fprintf(w, "From: %s <%s@patients.example>\r\nTo: %s\r\nSubject: %s\r\nContent-Type: multipart/report; boundary=%s; report-type=delivery-status\r\n\r\n--%s\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: %s\r\n\r\nFinal-Recipient: rfc822; %s@patients.example\r\nAction: failed\r\nStatus: %s\r\n\r\n--%s--\r\n", is, is, to, is, is, is, is, is, is, is)
				told(err)
				told(w.Close())
			} else {
				told(err)
			}
			_ = c.Close()
		}
	}
}

// raw are requests that are none.
func (s *theatre) raw() {
	s.t.Helper()
	is := canary(3)
	for _, sent := range []string{"GET /" + is + " HTTP/9\r\n\r\n", is + "\r\n\r\n", "GET / HTTP/1.1\r\nHost: " + is + "\r\n" + is + " : x\r\n\r\n", "GET /%zz" + is + " HTTP/1.1\r\nHost: x\r\n\r\n", "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + is + "\r\n\r\n"} {
		got := (&fortress{at: strings.TrimPrefix(s.base, "http://")}).raw(s.t, sent)
		if found := telltales([]byte(got)); len(found) > 0 {
			s.t.Errorf("%.40q is answered %.300q", sent, got)
		}
	}
}

// Nobody who must not hear of somebody does: not whoever reads the log, has no account or asks wrongly, and no address of a call says it.
func TestNothingOfAnybodyIsInTelemetry(t *testing.T) {
	t.Parallel()
	s := openTheatre(t)
	who, err := s.n.whom(t.Context(), "feed:"+canary(0))
	s.must(err)
	for _, by := range []string{anybody, outsider, insider} {
		if done := s.operations(by, who.String()); (done >= 60) != (by == insider) {
			t.Errorf("%s did %d of the operations", by, done)
		}
		s.doors(by)
	}
	for _, by := range []string{anybody, outsider, sender} {
		s.events(by)
	}
	s.texts()
	s.letters()
	s.raw()
	broken := httptest.NewServer(caught(s.n.Logger, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("of " + canary(1)) })))
	defer broken.Close()
	if answer, err := http.Get(broken.URL + "/" + canary(1)); err == nil { //nolint:noctx // it ends at once
		_ = answer.Body.Close()
		t.Error("a handler that panics answers")
	}
	if status, text := s.ask(insider, "GET", "/people/"+who.String(), "", nil, nil); status != http.StatusOK || len(telltales(text)) == 0 {
		t.Errorf("the canaries are not where they belong: %d", status)
	}
	lines := s.log.text()
	if !bytes.Contains(lines, []byte("a request ended in a panic")) || !bytes.Contains(lines, []byte("telltale_test")) && !bytes.Contains(lines, []byte("TestNothingOfAnybodyIsInTelemetry")) {
		t.Error("the log does not tell of the panic, and where it was")
	}
	for line := range bytes.Lines(lines) {
		if found := telltales(line); len(found) > 0 {
			t.Errorf("the log tells %v: %.300s", found, line)
		}
	}
	if calls := s.calls.text(); len(calls) == 0 || len(telltales(calls)) > 0 {
		t.Errorf("calls tell %v: %.300s", telltales(calls), calls)
	}
	t.Logf("%d requests, %d lines of the log", s.asked, bytes.Count(lines, []byte("\n")))

	// The scan sees what is there.
	is := canary(1)
	for _, as := range []string{is, strings.ToUpper(is), base64.StdEncoding.EncodeToString([]byte("of " + is + "!")), fmt.Sprintf("%x", is), "%7A" + is[1:], "+12125550101"} {
		before := len(s.log.text())
		s.n.Logger.Info("planted", "reason", as)
		if len(telltales(s.log.text()[before:])) == 0 {
			t.Errorf("a line with %s is not found", as)
		}
	}
}
