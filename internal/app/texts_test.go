package app

import (
	"crypto/hmac"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"attune/core/expr"
	"attune/core/instant"
	"attune/internal/config"
	"attune/internal/contact"
	"attune/internal/delivery"
	"attune/internal/intake"
	"attune/internal/sim"
	"attune/internal/telemetry"
)

const (
	twilioToken = "canary-token"
	ourNumber   = "+14155550100"
)

// twilio is a server on a socket that takes texts as Twilio does.
type twilio struct {
	mu  sync.Mutex
	got []url.Values
	// left are the numbers whose owners said stop to the carrier.
	left map[string]bool
}

func (c *twilio) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if _, password, _ := r.BasicAuth(); password != twilioToken || r.ParseForm() != nil {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	c.mu.Lock()
	c.got = append(c.got, r.PostForm)
	sid, left := len(c.got), c.left[r.PostForm.Get("To")]
	c.mu.Unlock()
	if left {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"code":21610,"message":"Attempt to send to unsubscribed recipient","status":400}`)
		return
	}
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"sid":"SM%032x","status":"queued"}`, sid)
}

func (c *twilio) all() []url.Values {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.got)
}

// A text goes out with a ticket; what became of it is heard, and somebody who answers in plain words that
// they want no more gets one confirmation and no more texts.
func TestTextsGoOutAndWhatComesBackIsHeard(t *testing.T) {
	carrier := &twilio{}
	out := httptest.NewServer(carrier)
	defer out.Close()
	cfg := config.Default()
	cfg.PublicURL = "https://attune.clinic.example"
	cfg.SMS.Transport, cfg.SMS.BaseURL, cfg.SMS.From, cfg.SMS.AccountSID = config.Twilio, out.URL, ourNumber, "AC"+strings.Repeat("0", 32)
	cfg.SMS.Secret = telemetry.Hide(twilioToken + "\n")
	cfg.Outbound.Allow = out.Listener.Addr().String()
	channels, closeChannels, err := Channels(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer closeChannels()
	rel, _ := mustLoad(t, textingProgram(t))
	clock := sim.NewClock(crashBegin, nil)
	n, err := Open(t.Context(), Options{
		Data: t.TempDir(), Organisation: "texts", Release: rel, Now: clock.Now, Channels: channels, Limits: Limits(cfg), Texts: TextsBackOf(cfg), Relaxed: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for k := range 2 * crashPeople {
		a := numbered(k)
		if a.Event.Name == "traits.updated" {
			a.Event = a.Event.With("phone", expr.TextOf(fmt.Sprintf("+1212555%04d", 100+k)))
		}
		a.Event.OccurredAt, a.Event.ReceivedAt = crashBegin, crashBegin
		word := a // they agree to texts, as the law asks
		word.Event.ID, word.Event.Name, word.Event.Props = a.Event.ID+"/word", "consent.granted", nil
		word.Event = word.Event.With("purpose", expr.TextOf("treatment_support")).With("channel", expr.TextOf("sms"))
		if err := n.Intake.Take(t.Context(), intake.Source{Name: "feed"}, []intake.Arrival{a, word}); err != nil {
			t.Fatal(err)
		}
	}
	drive := sim.Drive{Runner: n.Runner, Delivery: n.Delivery}
	settle := func() {
		t.Helper()
		for range 3 {
			clock.Set(clock.Now().Add(12 * instant.Hour))
			if err := drive.Settle(t.Context(), clock.Now()); err != nil {
				t.Fatal(err)
			}
		}
	}
	settle()
	texts := carrier.all()
	if len(texts) != crashPeople {
		t.Fatalf("%d texts went out, want %d", len(texts), crashPeople)
	}

	handler, err := n.texts(http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	in := httptest.NewServer(handler)
	defer in.Close()
	post := func(path string, form url.Values) (int, string) {
		t.Helper()
		h := hmac.New(sha1.New, []byte(twilioToken))
		_, _ = io.WriteString(h, cfg.PublicURL+path)
		for _, name := range slices.Sorted(maps.Keys(form)) {
			_, _ = io.WriteString(h, name+form.Get(name))
		}
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, in.URL+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(h.Sum(nil)))
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, string(body)
	}
	address, _, _ := strings.Cut(texts[0].Get("StatusCallback"), "#")
	path := strings.TrimPrefix(address, cfg.PublicURL)
	for range 2 {
		if got, _ := post(path, url.Values{"MessageSid": {"SM" + strings.Repeat("0", 31) + "1"}, "MessageStatus": {"delivered"}}); got != http.StatusNoContent {
			t.Fatalf("the callback is answered with %d", got)
		}
	}
	word := func(sid, text string) string {
		t.Helper()
		got, body := post("/in/sms/message", url.Values{"MessageSid": {"SM" + strings.Repeat("0", 31) + sid}, "From": {texts[0].Get("To")}, "To": {ourNumber}, "Body": {text}})
		if got != http.StatusOK {
			t.Fatalf("%q is answered with %d", text, got)
		}
		return body
	}
	if body := word("a", "please stop texting me"); !strings.Contains(body, "<Message>") {
		t.Errorf("a stop is answered with %s", body)
	}
	if body := word("b", "I said stop texting me!"); strings.Contains(body, "<Message>") {
		t.Errorf("a second stop is answered with %s", body)
	}
	settle()
	suppressed, err := n.Contacts.List(t.Context(), 10)
	if err != nil || len(suppressed) == 0 {
		t.Errorf("what is not used any more is %+v, %v", suppressed, err)
	}
	for _, s := range suppressed {
		if s.As != texts[0].Get("To") {
			t.Errorf("%+v is not used any more", s)
		}
	}
	again := 0
	for _, later := range carrier.all()[len(texts):] {
		if later.Get("To") == texts[0].Get("To") {
			again++
		}
	}
	if again != 0 {
		t.Errorf("%d texts went to somebody who said stop", again)
	}
}

// All share a number whose owner has said stop to the carrier and not to us. The first text is refused at
// once; that is a stop like any other, for all of them, and nothing goes there again.
func TestARefusalBecauseOfAStopIsAStop(t *testing.T) {
	const number = "+12125550143"
	carrier := &twilio{left: map[string]bool{number: true}}
	out := httptest.NewServer(carrier)
	defer out.Close()
	cfg := config.Default()
	cfg.PublicURL = "https://attune.clinic.example"
	cfg.SMS.Transport, cfg.SMS.BaseURL, cfg.SMS.From, cfg.SMS.AccountSID = config.Twilio, out.URL, ourNumber, "AC"+strings.Repeat("0", 32)
	cfg.SMS.Secret = telemetry.Hide(twilioToken + "\n")
	cfg.Outbound.Allow = out.Listener.Addr().String()
	channels, closeChannels, err := Channels(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer closeChannels()
	rel, _ := mustLoad(t, textingProgram(t))
	clock := sim.NewClock(crashBegin, nil)
	n, err := Open(t.Context(), Options{
		Data: t.TempDir(), Organisation: "texts", Release: rel, Now: clock.Now, Channels: channels, Limits: map[string]delivery.Limits{"sms": {AtOnce: 1}}, Texts: TextsBackOf(cfg), Relaxed: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for k := range 2 * crashPeople {
		a := numbered(k)
		if a.Event.Name == "traits.updated" {
			a.Event = a.Event.With("phone", expr.TextOf(number))
		}
		a.Event.OccurredAt, a.Event.ReceivedAt = crashBegin, crashBegin
		word := a
		word.Event.ID, word.Event.Name, word.Event.Props = a.Event.ID+"/word", "consent.granted", nil
		word.Event = word.Event.With("purpose", expr.TextOf("treatment_support")).With("channel", expr.TextOf("sms"))
		if err := n.Intake.Take(t.Context(), intake.Source{Name: "feed"}, []intake.Arrival{a, word}); err != nil {
			t.Fatal(err)
		}
	}
	for range 6 {
		clock.Set(clock.Now().Add(12 * instant.Hour))
		if err := (sim.Drive{Runner: n.Runner, Delivery: n.Delivery}).Settle(t.Context(), clock.Now()); err != nil {
			t.Fatal(err)
		}
	}
	if tried := len(carrier.all()); tried != 1 {
		t.Errorf("%d texts were tried, want one", tried)
	}
	suppressed, err := n.Contacts.List(t.Context(), 10)
	if err != nil || len(suppressed) != 1 || suppressed[0].As != number || suppressed[0].Why != contact.Stop {
		t.Errorf("what is not used any more is %+v, %v", suppressed, err)
	}
}
