package api

import (
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"attune/internal/access"
)

// screens is a console that tells which path it was asked for.
type screens struct{}

func (screens) IsPage(p string) bool { return !strings.Contains(p, ".") }

func (screens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	fmt.Fprint(w, "console at "+r.URL.RequestURI())
}

// Whoever opens a screen without being signed in signs in first and comes back to it, by a link or by an account.
func TestSigningInLeadsBackToTheScreen(t *testing.T) {
	t.Parallel()
	server := serve(t, Config{Console: screens{}, Door: &Door{Links: &onceLinks{token: "good"}}, Signs: openSigns(t), Logger: slog.New(slog.DiscardHandler)})
	jar, _ := cookiejar.New(nil)
	c := &http.Client{Jar: jar}
	const screen = "/console/programs/ra/map?window=90d&is=sex:female"
	if code, body, _ := get(t, c, server.URL+screen); code != http.StatusUnauthorized || strings.Contains(body, "console at") {
		t.Fatalf("a screen is shown to nobody: %d %s", code, body)
	}
	if code, body, h := get(t, http.DefaultClient, server.URL+"/console/assets/main.js"); code != http.StatusOK || !strings.HasSuffix(h.Get("Content-Security-Policy"), "; font-src 'self'") || strings.Contains(h.Get("Content-Security-Policy"), "unsafe") {
		t.Errorf("a part of the console is the same for everybody, and may load its letters: %d %s %v", code, body, h)
	}
	answer, err := c.PostForm(server.URL+"/sign-in", url.Values{"token": {"good"}})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if body, _ := io.ReadAll(answer.Body); string(body) != "console at "+screen {
		t.Errorf("after signing in: %s", body)
	}
	for _, cookie := range jar.Cookies(answer.Request.URL) {
		if strings.HasSuffix(cookie.Name, wantedSuffix) {
			t.Error("it is remembered longer than it takes")
		}
	}
}

// The cookie is the browser's, so that anything may stand in it: it leads to a screen of this console, or to the first page.
func TestOnlyScreensAreGoneBackTo(t *testing.T) {
	t.Parallel()
	for in, out := range map[string]string{
		"/console/":                          "/console/",
		"/console/programs/ra/map?as_of=x":   "/console/programs/ra/map?as_of=x",
		"":                                   "/",
		"/":                                  "/",
		"/people/p1":                         "/",
		"https://elsewhere.example/console/": "/",
		"//elsewhere.example/console/":       "/",
		"/console/../sign-out":               "/",
		"/console//elsewhere.example":        "/",
		`/console/\elsewhere.example`:        "/",
		"/console/" + strings.Repeat("a", maxWanted): "/",
	} {
		r := httptest.NewRequest(http.MethodPost, "http://localhost/sign-in", nil)
		r.AddCookie(&http.Cookie{Name: cookieName(r) + wantedSuffix, Value: base64.RawURLEncoding.EncodeToString([]byte(in))})
		if got := wanted(httptest.NewRecorder(), r); got != out {
			t.Errorf("%q leads to %q, not to %q", in, got, out)
		}
	}
}

// Who has an account comes back after the second factor, and after the first sign-in's codes.
func TestTheScreenIsRememberedThroughTheSecondFactor(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	c := h.browser()
	key, _ := h.join(c, h.invite(access.Analyst))
	h.post(c, "/sign-out", nil)
	if code, _, _ := get(t, c, h.url+"/console/programs/ra/map"); code != http.StatusUnauthorized {
		t.Fatalf("who signed out is shown a screen: %d", code)
	}
	h.ahead.Add(int64(time.Minute)) // a code is taken once
	h.post(c, "/sign-in", url.Values{"email": {"kim@clinic.example"}, "password": {herons}})
	if _, body, _ := h.post(c, "/sign-in/code", url.Values{"code": {h.code(key)}}); body != "console at /console/programs/ra/map" {
		t.Errorf("after the code: %s", body)
	}
}
