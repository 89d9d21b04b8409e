package sms_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"attune/core/id"
	"attune/internal/delivery/channeltest"
	"attune/internal/delivery/sms"
	"attune/internal/telemetry"
	"attune/internal/ticket"
)

// desk keeps what came back, each once, as the port asks for.
type desk struct {
	mu      sync.Mutex
	reports map[string]sms.Report
	words   map[string]sms.Word
	calls   int
	answer  string
	err     error
}

func (d *desk) Take(_ context.Context, r sms.Report) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if d.err == nil {
		d.reports[r.ID] = r
	}
	return d.err
}

func (d *desk) Receive(_ context.Context, w sms.Word) (sms.Answer, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls++
	if d.err != nil {
		return sms.Answer{}, d.err
	}
	d.words[w.ID] = w
	return sms.Answer{Text: d.answer}, nil
}

// office is the real handler on a socket, with a desk behind it, and the carrier's side of it.
type office struct {
	*desk
	t      *testing.T
	public string
	logged *bytes.Buffer
}

func heard() time.Time { return time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC) }

func open(t *testing.T, set func(*sms.Inbound)) *office {
	t.Helper()
	o := &office{desk: &desk{reports: map[string]sms.Report{}, words: map[string]sms.Word{}}, t: t, logged: &bytes.Buffer{}}
	var h http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { h.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	o.public = server.URL
	in := sms.Inbound{
		Tokens: telemetry.Hide([]string{token, "the next token"}), PublicURL: o.public + "/", Tickets: tickets(), Returns: o.desk,
		Now: heard, Logger: slog.New(slog.NewTextHandler(o.logged, nil)),
	}
	if set != nil {
		set(&in)
	}
	handler, err := sms.NewHandler(in)
	if err != nil {
		t.Fatal(err)
	}
	h = handler.Before(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) }))
	return o
}

// sign is Twilio's algorithm as its documentation tells it: the address, then each parameter's name and
// value in the order of the names, under HMAC-SHA1 with the token, in base64.
func sign(token, address string, form url.Values) string {
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	text := address
	for _, name := range names {
		text += name + form.Get(name)
	}
	h := hmac.New(sha1.New, []byte(token))
	_, _ = io.WriteString(h, text)
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// post makes the carrier's request and returns the answer's status and body.
func (o *office) post(path, signature string, form url.Values) (int, string) {
	o.t.Helper()
	r, err := http.NewRequestWithContext(o.t.Context(), http.MethodPost, o.public+path, strings.NewReader(form.Encode()))
	if err != nil {
		o.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set("X-Twilio-Signature", signature)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		o.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	if text := answer.Header.Get("Content-Type"); answer.StatusCode == 200 && text != "text/xml; charset=utf-8" {
		o.t.Errorf("the answer is %s", text)
	}
	return answer.StatusCode, string(body)
}

func (o *office) call(path string, form url.Values) (int, string) {
	o.t.Helper()
	return o.post(path, sign(token, o.public+path, form), form)
}

const sid1 = "SM00000000000000000000000000000001"

func callback(status, code string) url.Values {
	f := url.Values{"AccountSid": {account}, "MessageSid": {sid1}, "SmsSid": {sid1}, "MessageStatus": {status}, "SmsStatus": {status}, "To": {"+14155550123"}, "From": {"+14155550100"}, "ApiVersion": {"2010-04-01"}}
	if code != "" {
		f.Set("ErrorCode", code)
	}
	return f
}

func statusPath() (string, ticket.Ticket) {
	of := ticket.For(ticket.Callback, id.Person{7}, id.Key{1, 2, 3, 4, 5, 6, 7, 8, 9}, 2)
	return sms.StatusPath + tickets().Write(of), of
}

func said(from, text string) url.Values {
	return url.Values{"AccountSid": {account}, "MessageSid": {sid1}, "From": {from}, "To": {"+14155550100"}, "Body": {text}, "NumMedia": {"0"}, "FromCity": {""}}
}

// The vector is the one in Twilio's documentation of its security.
func TestTheSignatureIsTwilios(t *testing.T) {
	form := url.Values{"CallSid": {"CA1234567890ABCDE"}, "Caller": {"+12349013030"}, "Digits": {"1234"}, "From": {"+12349013030"}, "To": {"+18005551212"}}
	if got := sign("12345", "https://mycompany.com/myapp.php?foo=1&bar=2", form); got != "0/KCTR6DLpKmkAf8muzZqo1nDgQ=" {
		t.Errorf("the tests sign otherwise than Twilio: %s", got)
	}
}

func TestStatusCallbacks(t *testing.T) {
	for _, c := range []struct {
		status, code string
		what         sms.What
		permanent    bool
	}{
		{"accepted", "", sms.Accepted, false}, {"queued", "", sms.Accepted, false}, {"scheduled", "", sms.Accepted, false},
		{"sending", "", sms.Accepted, false}, {"sent", "", sms.Accepted, false}, {"delivered", "", sms.Delivered, false}, {"read", "", sms.Opened, false},
		{"undelivered", "30003", sms.Failed, false}, {"undelivered", "30005", sms.Failed, true}, {"undelivered", "30006", sms.Failed, true}, {"undelivered", "30004", sms.Failed, true},
		{"undelivered", "30007", sms.Failed, false}, {"undelivered", "30008", sms.Failed, false}, {"failed", "21610", sms.Failed, true}, {"failed", "21614", sms.Failed, true},
		{"failed", "30001", sms.Failed, false}, {"failed", "30036", sms.Failed, false}, {"failed", "99999", sms.Failed, false}, {"failed", "", sms.Failed, false}, {"failed", "x", sms.Failed, false}, {"canceled", "", sms.Failed, false},
		{"receiving", "", 0, false}, {"", "", 0, false}, {"unheard-of", "", 0, false},
	} {
		o := open(t, nil)
		path, of := statusPath()
		if status, body := o.call(path, callback(c.status, c.code)); status != http.StatusNoContent || body != "" {
			t.Errorf("%s is answered with %d %q", c.status, status, body)
		}
		if c.what == 0 {
			if o.calls != 0 {
				t.Errorf("%q is reported", c.status)
			}
			continue
		}
		want := sms.Report{Ticket: of, ID: sid1 + "/" + c.status, At: heard(), What: c.what, Permanent: c.permanent, Code: c.code, Reference: sid1}
		if c.code == "x" {
			want.Code = ""
		}
		if got := o.reports[want.ID]; got != want {
			t.Errorf("%s %s is reported as %+v, want %+v", c.status, c.code, got, want)
		}
	}
}

func TestCallbacksComeAgainAndInAnyOrder(t *testing.T) {
	o := open(t, nil)
	path, _ := statusPath()
	for _, status := range []string{"delivered", "queued", "sent", "delivered", "sent", "delivered"} {
		if got, _ := o.call(path, callback(status, "")); got != http.StatusNoContent {
			t.Errorf("%s is answered with %d", status, got)
		}
	}
	if len(o.reports) != 3 || o.calls != 6 {
		t.Errorf("six callbacks made %d reports of %d names, want 6 of 3", o.calls, len(o.reports))
	}
}

func TestForgedCallbacksReachNobody(t *testing.T) {
	o := open(t, nil)
	path, _ := statusPath()
	form := callback("delivered", "")
	other := callback("failed", "30005")
	refused := func(why string, want int, path, signature string, form url.Values) {
		t.Helper()
		if got, _ := o.post(path, signature, form); got != want {
			t.Errorf("%s is answered with %d, want %d", why, got, want)
		}
	}
	good := sign(token, o.public+path, form)
	refused("no signature", 403, path, "", form)
	refused("nonsense", 403, path, "!!!", form)
	refused("another token's", 403, path, sign("guessed", o.public+path, form), form)
	refused("no token's", 403, path, sign("", o.public+path, form), form)
	refused("the signature of other parameters", 403, path, sign(token, o.public+path, other), form)
	refused("a parameter more", 403, path, good, url.Values{"MessageStatus": {"failed"}, "ErrorCode": {"30005"}, "MessageSid": {sid1}})
	refused("another ticket's", 403, sms.StatusPath+strings.Repeat("a", 58), good, form)
	refused("another address's", 403, path, sign(token, "https://elsewhere.example"+path, form), form)
	refused("a query that was not signed", 403, path+"?x=y", good, form)
	forged := sms.StatusPath + ticket.New([]byte("another secret")).Write(ticket.For(ticket.Callback, id.Person{7}, id.Key{1}, 1))
	refused("another's ticket", 404, forged, sign(token, o.public+forged, form), form)
	unsubscribe := sms.StatusPath + tickets().Write(ticket.For(ticket.Unsubscribe, id.Person{7}, id.Key{1}, 1))
	refused("a ticket for something else", 404, unsubscribe, sign(token, o.public+unsubscribe, form), form)
	refused("a message that is not signed", 403, sms.MessagePath, "", said("+14155550123", "STOP"))
	if o.calls != 0 {
		t.Errorf("%d reports got through", o.calls)
	}
	for _, canary := range []string{token, "4155550123", "STOP"} {
		if strings.Contains(o.logged.String(), canary) {
			t.Errorf("the log tells %q", canary)
		}
	}
	refused("the real one", 204, path, good, form)
	refused("one signed with the next token", 204, path, sign("the next token", o.public+path, form), form)
	refused("one signed with what is asked of the connection", 204, path, sign(token, o.public+path+"#rc=5&rp=5xx,ct,rt", form), form)
}

func TestTheUsualPortMayBeSignedOrNot(t *testing.T) {
	for public, signed := range map[string]string{
		"https://attune.clinic.example":      "https://attune.clinic.example:443",
		"https://attune.clinic.example:443":  "https://attune.clinic.example",
		"https://attune.clinic.example:8443": "https://attune.clinic.example:8443",
		"https://clinic.example/attune":      "https://clinic.example/attune",
	} {
		o := open(t, func(in *sms.Inbound) { in.PublicURL = public })
		path, _ := statusPath()
		form := callback("delivered", "")
		if got, _ := o.post(path, sign(token, signed+path, form), form); got != http.StatusNoContent {
			t.Errorf("%s, signed as %s, is answered with %d", public, signed, got)
		}
	}
}

func TestWhatCannotBeKeptIsAskedForAgain(t *testing.T) {
	o := open(t, nil)
	path, _ := statusPath()
	o.err = errors.New("the disk is full")
	if got, _ := o.call(path, callback("delivered", "")); got != http.StatusServiceUnavailable {
		t.Errorf("a report that could not be kept is answered with %d", got)
	}
	if got, body := o.call(sms.MessagePath, said("+14155550123", "STOP")); got != http.StatusServiceUnavailable || strings.Contains(body, "Message") {
		t.Errorf("a message that could not be kept is answered with %d %q", got, body)
	}
	if strings.Contains(o.logged.String(), "4155550123") || strings.Contains(o.logged.String(), "STOP") {
		t.Error("the log tells what was written, or by whom")
	}
	o.err = nil
	if got, _ := o.call(path, callback("delivered", "")); got != http.StatusNoContent || len(o.reports) != 1 {
		t.Errorf("the same again is answered with %d, and %d reports are kept", got, len(o.reports))
	}
}

func TestWhatPeopleWrite(t *testing.T) {
	for text, want := range map[string]sms.Verdict{
		"STOP": sms.Stop, "stop please": sms.Stop, "Stop texting me": sms.Stop, "BAJA": sms.Stop, "Arrêtez vos messages": sms.Stop, "توقف": sms.Stop, "Beni listeden çıkarın": sms.Stop,
		"START": sms.Start, "unstop": sms.Start, "YES": sms.Start, "Inicio": sms.Start,
		"HELP": sms.Help, "info": sms.Help, "Ayuda": sms.Help, "Hilfe!": sms.Help, "yardım": sms.Help,
		"wrong number": sms.Unsure, "How do I stop these messages?": sms.Unsure,
		"STOP. I want to die": sms.Crisis, "me duele el pecho": sms.Crisis,
		"I can't stop coughing": sms.None, "See you on Monday": sms.None, "": sms.None, "\xff": sms.None, "yes, I will come on Friday": sms.None, "I need help with my pump": sms.None,
	} {
		o := open(t, nil)
		o.call(sms.MessagePath, said("+1 415 555 0123", text))
		w := o.words[sid1]
		if want := (sms.Word{From: "+14155550123", To: "+14155550100", Text: strings.ToValidUTF8(text, "\uFFFD"), ID: sid1, At: heard(), Verdict: want}); w != want {
			t.Errorf("%q is received as %+v (%s), want %+v (%s)", text, w, w.Verdict, want, want.Verdict)
		}
	}
}

func TestAnswersAreTwiML(t *testing.T) {
	read := func(body string) []string {
		t.Helper()
		var r struct {
			XMLName xml.Name `xml:"Response"`
			Message []string
		}
		if err := xml.Unmarshal([]byte(body), &r); err != nil {
			t.Fatalf("%q: %v", body, err)
		}
		return r.Message
	}
	o := open(t, nil)
	o.answer = "You get no more messages from Riverside & Sons <clinic>. Reply START to get them again."
	if status, body := o.call(sms.MessagePath, said("+14155550123", "please stop texting me")); status != 200 || !slices.Equal(read(body), []string{o.answer}) {
		t.Errorf("a stop in plain words is answered with %d %s", status, body)
	}
	if _, body := o.call(sms.MessagePath, said("+14155550123", " Stop ")); len(read(body)) != 0 {
		t.Errorf("the carrier answered STOP, and so do we: %s", body)
	}
	custom := said("+14155550123", "Fuera")
	custom.Set("OptOutType", "STOP")
	if _, body := o.call(sms.MessagePath, custom); len(read(body)) != 0 || o.words[sid1].Verdict != sms.Stop {
		t.Errorf("a word of the carrier's own list is %s and answered with %s", o.words[sid1].Verdict, body)
	}
	o.answer = "If you are in danger call 112."
	if _, body := o.call(sms.MessagePath, said("+14155550123", "STOP. I want to die")); !slices.Equal(read(body), []string{o.answer}) {
		t.Errorf("somebody in danger is answered with %s", body)
	}
	o.answer = "" // a confirmation was given lately
	if _, body := o.call(sms.MessagePath, said("+14155550123", "stop texting me")); len(read(body)) != 0 {
		t.Errorf("nothing is to be said, and it is %s", body)
	}
	ours := open(t, func(in *sms.Inbound) { in.Ours = true })
	ours.answer = "You get no more messages."
	if _, body := ours.call(sms.MessagePath, said("+14155550123", "STOP")); !slices.Equal(read(body), []string{ours.answer}) {
		t.Errorf("STOP is ours to answer, and it is answered with %s", body)
	}
}

func TestWhatIsNoRequestOfTheCarrier(t *testing.T) {
	o := open(t, nil)
	for why, set := range map[string]func(url.Values){
		"nobody writes":      func(f url.Values) { f.Del("From") },
		"to nobody":          func(f url.Values) { f.Del("To") },
		"without an id":      func(f url.Values) { f.Del("MessageSid") },
		"by another channel": func(f url.Values) { f.Set("From", "whatsapp:+14155550123") },
	} {
		form := said("+14155550123", "STOP")
		set(form)
		if got, _ := o.call(sms.MessagePath, form); got != http.StatusBadRequest {
			t.Errorf("a message that %s is answered with %d", why, got)
		}
	}
	path, _ := statusPath()
	form := callback("delivered", "")
	form.Set("MessageSid", "x")
	if got, _ := o.call(path, form); got != http.StatusNoContent {
		t.Errorf("a report of no message is answered with %d", got)
	}
	many := callback("delivered", "")
	for i := range 300 {
		many.Set(strings.Repeat("x", i+1), "")
	}
	if got, _ := o.call(path, many); got != http.StatusBadRequest {
		t.Errorf("very many parameters are answered with %d", got)
	}
	big := callback("delivered", "")
	big.Set("Body", strings.Repeat("x", 70<<10))
	if got, _ := o.call(path, big); got != http.StatusBadRequest {
		t.Errorf("a large body is answered with %d", got)
	}
	for _, c := range []struct {
		method, kind, body string
		want               int
	}{
		{"GET", "", "", 405},
		{"POST", "application/json", "{}", 415},
		{"POST", "", "a=b", 415},
		{"POST", "application/x-www-form-urlencoded", "%zz", 400},
		{"POST", "application/x-www-form-urlencoded", "a=b;c=d", 400},
	} {
		r, _ := http.NewRequestWithContext(t.Context(), c.method, o.public+sms.MessagePath, strings.NewReader(c.body))
		if c.kind != "" {
			r.Header.Set("Content-Type", c.kind)
		}
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != c.want {
			t.Errorf("%s of %s %q is answered with %d, want %d", c.method, c.kind, c.body, answer.StatusCode, c.want)
		}
	}
	for _, elsewhere := range []string{"/", "/in/sms", "/in/sms/messages", "/v1/track"} {
		if got, _ := o.call(elsewhere, form); got != http.StatusTeapot {
			t.Errorf("%s is taken for the carrier's", elsewhere)
		}
	}
	if o.calls != 0 {
		t.Errorf("%d got through", o.calls)
	}
}

// A text whose outcome nobody knew is told by its first callback, which carries its ticket.
func TestALostAnswerIsToldByACallback(t *testing.T) {
	o, c := open(t, nil), newCarrier(t, false)
	ch := channel(t, c, func(c *sms.Config) { c.PublicURL = o.public })
	c.make(channeltest.DieAfterTaking)()
	m := message(1)
	m.Ticket = callbackTicket(m)
	if _, err := ch.Send(t.Context(), m); outcome(err) != "uncertain" {
		t.Fatalf("the outcome is %v", err)
	}
	c.healed()
	address, _, _ := strings.Cut(c.all()[0].Get("StatusCallback"), "#") // as a client sends it
	if got, _ := o.call(strings.TrimPrefix(address, o.public), callback("sent", "")); got != http.StatusNoContent {
		t.Fatalf("the callback is answered with %d", got)
	}
	r := o.reports[sid1+"/sent"]
	if r.What != sms.Accepted || r.Ticket.Person != m.Person || !r.Ticket.Of(m.Touch) || r.Ticket.Attempt != m.Number || r.Reference != sid1 {
		t.Errorf("the report is %+v", r)
	}
}

func TestAHandlerNeeds(t *testing.T) {
	good := sms.Inbound{Tokens: telemetry.Hide([]string{token}), PublicURL: public, Tickets: tickets(), Returns: &desk{}}
	if _, err := sms.NewHandler(good); err != nil {
		t.Errorf("the zero values do not work: %v", err)
	}
	for name, set := range map[string]func(*sms.Inbound){
		"no token":             func(in *sms.Inbound) { in.Tokens = telemetry.Hide([]string{""}) },
		"no public address":    func(in *sms.Inbound) { in.PublicURL = "" },
		"nobody to give it to": func(in *sms.Inbound) { in.Returns = nil },
	} {
		in := good
		set(&in)
		if _, err := sms.NewHandler(in); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}

// Whatever is posted, only what is signed gets through, and nothing of it stops the handler.
func FuzzForms(f *testing.F) {
	path, _ := statusPath()
	for _, form := range []url.Values{callback("delivered", ""), callback("failed", "30005"), said("+14155550123", "STOP"), said("12345", "\xff"), {}} {
		f.Add(path, form.Encode(), true)
		f.Add(sms.MessagePath, form.Encode(), false)
	}
	f.Add(sms.StatusPath, "MessageSid=%", true)
	f.Add(sms.StatusPath+"a?b=c", "&&&=;", true)
	d := &desk{}
	h, err := sms.NewHandler(sms.Inbound{Tokens: telemetry.Hide([]string{token}), PublicURL: public, Tickets: tickets(), Returns: d, Now: heard})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, path, body string, honest bool) {
		target, err := url.ParseRequestURI(path)
		if err != nil || target.Host != "" || target.Scheme != "" {
			return
		}
		d.reports, d.words, d.calls = map[string]sms.Report{}, map[string]sms.Word{}, 0
		form, _ := url.ParseQuery(body)
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body))
		r.URL = target
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		by := "guessed"
		if honest {
			by = token
		}
		r.Header.Set("X-Twilio-Signature", sign(by, public+target.RequestURI(), form))
		w := httptest.NewRecorder()
		h.Before(http.NotFoundHandler()).ServeHTTP(w, r)
		if !honest && d.calls > 0 {
			t.Error("what was not signed got through")
		}
		for name, r := range d.reports {
			if name != r.ID || r.What == 0 || r.Ticket.Person.IsZero() || !sms.IsSID(r.Reference, "SM") && !sms.IsSID(r.Reference, "MM") {
				t.Errorf("the report is %+v", r)
			}
		}
		if w.Code >= 500 {
			t.Errorf("it is answered with %d", w.Code)
		}
	})
}
