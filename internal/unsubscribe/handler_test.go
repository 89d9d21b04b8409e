package unsubscribe_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"attune/core/id"
	"attune/internal/ticket"
	"attune/internal/unsubscribe"
)

var (
	ours   = ticket.New([]byte("our secret"))
	theirs = ticket.New([]byte("their secret"))
	touch  = id.Key{1, 2, 3, 4, 5, 6, 7, 8}
	ana    = id.Person{7}
	link   = ours.Write(ticket.For(ticket.Unsubscribe, ana, touch, 1))
)

// desk remembers who unsubscribed.
type desk struct {
	mu   sync.Mutex
	took []ticket.Ticket
	tell unsubscribe.Touch
	gone bool
	err  error
}

func (d *desk) Touch(context.Context, ticket.Ticket) (unsubscribe.Touch, error) {
	if d.gone {
		return unsubscribe.Touch{}, unsubscribe.ErrGone
	}
	return d.tell, nil
}

func (d *desk) Unsubscribe(_ context.Context, t ticket.Ticket) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.err == nil {
		d.took = append(d.took, t)
	}
	return d.err
}

func (d *desk) times() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.took)
}

// serve answers on a socket, as people's browsers and mail systems reach it.
func serve(t *testing.T, d *desk) string {
	t.Helper()
	h, err := unsubscribe.New(unsubscribe.Config{Tickets: ours, Desk: d, Now: func() time.Time { return time.Unix(1_800_000_000, 0) }})
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(h.Before(http.NotFoundHandler()))
	t.Cleanup(s.Close)
	return s.URL
}

func ask(t *testing.T, method, url, body, accept string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept-Language", accept)
	got, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	if err != nil {
		t.Fatal(err)
	}
	return got, string(text)
}

const oneClick = "List-Unsubscribe=One-Click"

func TestOpeningTheLinkChangesNothing(t *testing.T) {
	d := &desk{tell: unsubscribe.Touch{Language: "en", Channel: "email", Sender: "Riverside <Clinic>"}}
	base := serve(t, d)
	for range 3 {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			got, page := ask(t, method, base+unsubscribe.Path+link, "", "")
			if got.StatusCode != http.StatusOK || method == http.MethodGet && !strings.Contains(page, `<form method="post">`) {
				t.Errorf("%s: %s\n%s", method, got.Status, page)
			}
			if method == http.MethodGet && (strings.Contains(page, "<script") || !strings.Contains(page, "Riverside &lt;Clinic&gt;")) {
				t.Errorf("the page is\n%s", page)
			}
			if c := got.Header["Set-Cookie"]; c != nil {
				t.Errorf("it sets cookies: %v", c)
			}
		}
	}
	if d.times() != 0 {
		t.Error("opening the link unsubscribed")
	}
}

func TestAPostUnsubscribes(t *testing.T) {
	for name, c := range map[string]struct{ link, body string }{
		"a mail reader's one click":     {link, oneClick},
		"the page's button":             {link, oneClick + "&x=y"},
		"a POST without a body":         {link, ""},
		"a link that lost small ones":   {strings.ToUpper(link), oneClick},
		"a body that is not understood": {link, strings.Repeat("x", 1<<16)},
	} {
		t.Run(name, func(t *testing.T) {
			d := &desk{tell: unsubscribe.Touch{Language: "es-MX", Channel: "email"}}
			base := serve(t, d)
			for range 2 {
				got, page := ask(t, http.MethodPost, base+unsubscribe.Path+c.link, c.body, "en")
				if got.StatusCode != http.StatusOK || !strings.Contains(page, "No recibirá más correos de este tipo") || strings.Contains(page, "<form") {
					t.Errorf("%s\n%s", got.Status, page)
				}
			}
			if d.times() != 2 || d.took[0] != ticket.For(ticket.Unsubscribe, ana, touch, 1) {
				t.Errorf("it took %+v", d.took)
			}
		})
	}
}

func TestTheAnswerIsInTheReadersLanguage(t *testing.T) {
	for _, c := range []struct{ message, channel, browser, says string }{
		{"en", "email", "de", "no more e-mails"},
		{"en", "sms", "", "no more messages"},
		{"tlh", "email", "fr-CA, en;q=0.5", "plus d’e-mails"},
		{"tlh", "email", "tlh", "no more e-mails"},
		{"", "email", "", "no more e-mails"},
		{"PL", "push", "", "takich wiadomości"},
	} {
		base := serve(t, &desk{tell: unsubscribe.Touch{Language: c.message, Channel: c.channel}})
		if _, page := ask(t, http.MethodPost, base+unsubscribe.Path+link, oneClick, c.browser); !strings.Contains(page, c.says) {
			t.Errorf("%+v:\n%s", c, page)
		}
	}
}

// What is not a ticket of ours gets one answer, whatever is wrong with it.
func TestStrangersAreToldNothing(t *testing.T) {
	d := &desk{}
	base := serve(t, d)
	_, first := ask(t, http.MethodPost, base+unsubscribe.Path+"x", oneClick, "")
	for name, text := range map[string]string{
		"another's":            theirs.Write(ticket.For(ticket.Unsubscribe, ana, touch, 1)),
		"a ticket for bounces": ours.Write(ticket.For(ticket.Bounce, ana, touch, 1)),
		"half of one":          link[:30],
		"one with a tail":      link + "/x",
		"nothing":              "",
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			got, page := ask(t, method, base+unsubscribe.Path+text, "", "")
			if got.StatusCode != http.StatusNotFound || page != first {
				t.Errorf("%s %s: %s\n%s", method, name, got.Status, page)
			}
		}
	}
	if d.times() != 0 {
		t.Error("a stranger unsubscribed somebody")
	}
	if got, _ := ask(t, http.MethodPut, base+unsubscribe.Path+link, "", ""); got.StatusCode != http.StatusMethodNotAllowed {
		t.Errorf("PUT: %s", got.Status)
	}
	if got, _ := ask(t, http.MethodGet, base+"/elsewhere", "", ""); got.StatusCode != http.StatusNotFound || got.Header.Get("X-Robots-Tag") != "" {
		t.Errorf("another path: %s", got.Status)
	}
}

// Whoever tries many is slowed down; readers are not.
func TestManyBadLinksDoNotStopGoodOnes(t *testing.T) {
	d := &desk{tell: unsubscribe.Touch{Language: "en", Channel: "email"}}
	base := serve(t, d)
	refused := 0
	for range 700 {
		if got, _ := ask(t, http.MethodPost, base+unsubscribe.Path+"guess", oneClick, ""); got.StatusCode == http.StatusTooManyRequests {
			refused++
		}
	}
	if refused != 100 {
		t.Errorf("%d of 700 were turned away, want 100", refused)
	}
	if got, _ := ask(t, http.MethodPost, base+unsubscribe.Path+link, oneClick, ""); got.StatusCode != http.StatusOK || d.times() != 1 {
		t.Errorf("a reader got %s", got.Status)
	}
}

// What is not durable is not acknowledged; what is not known any more is so already.
func TestFailures(t *testing.T) {
	d := &desk{tell: unsubscribe.Touch{Language: "en", Channel: "email"}, err: errors.New("the disk is full")}
	got, page := ask(t, http.MethodPost, serve(t, d)+unsubscribe.Path+link, oneClick, "es")
	if got.StatusCode != http.StatusServiceUnavailable || got.Header.Get("Retry-After") == "" || !strings.Contains(page, "Inténtelo") || strings.Contains(page, "disk") {
		t.Errorf("%s\n%s", got.Status, page)
	}
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		got, page = ask(t, method, serve(t, &desk{gone: true})+unsubscribe.Path+link, "", "en")
		if got.StatusCode != http.StatusOK || !strings.Contains(page, "no more messages") {
			t.Errorf("%s after the person was erased: %s\n%s", method, got.Status, page)
		}
	}
}

// Every language says everything that English says.
func TestEveryLanguageIsComplete(t *testing.T) {
	source, err := os.ReadFile("words.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]map[string]string
	if err := json.Unmarshal(source, &all); err != nil {
		t.Fatal(err)
	}
	for language, words := range all {
		for key := range all["en"] {
			if words[key] == "" {
				t.Errorf("%s lacks %s", language, key)
			}
		}
		if len(words) != len(all["en"]) {
			t.Errorf("%s has words that English has not", language)
		}
	}
}
