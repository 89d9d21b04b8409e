package app

import (
	"context"
	"io"
	"maps"
	"mime"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/internal/api"
	"attune/internal/delivery/sms"
	"attune/internal/limit"
	"attune/internal/request"
	"attune/internal/unsubscribe"
)

// addresses are all that any router of the server knows, and some that none does.
func addresses(t *testing.T, n *Node) []string {
	t.Helper()
	all := map[string]bool{"/": true, "/nothing": true, "/v1/": true, "/v1/nothing": true, request.Path + "x": true, unsubscribe.Path + "x": true, sms.MessagePath: true, sms.StatusPath + "x": true, "/debug/pprof/": true, "/metrics": true}
	for _, o := range n.Operations() {
		all[o.Path] = true
	}
	for _, call := range []string{"identify", "track", "page", "screen", "group", "alias", "batch", "import", "i", "t", "p", "s", "g", "a", "b"} {
		all["/v1/"+call] = true
	}
	sources, err := filepath.Glob("../api/*.go")
	if err != nil {
		t.Fatal(err)
	}
	pattern := regexp.MustCompile(`"(?:GET|POST|PUT|PATCH|DELETE) (/[^" ]*)"`)
	for _, name := range sources {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		for _, m := range pattern.FindAllSubmatch(text, -1) {
			all[string(m[1])] = true
		}
	}
	filled := regexp.MustCompile(`\{[^}]*\}`)
	var out []string
	for _, path := range slices.Sorted(maps.Keys(all)) {
		out = append(out, filled.ReplaceAllString(strings.ReplaceAll(path, "{$}", ""), "x"))
	}
	return out
}

// Every answer of every door, whatever is asked of it and however, says what browsers need to be safe with it.
func TestEveryAnswerHasItsHeaders(t *testing.T) {
	t.Parallel()
	for name, public := range map[string]string{"on this machine": "", "in public": "https://attune.clinic.example"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rel, _ := mustLoad(t, diabetes)
			n, err := Open(t.Context(), Options{Data: t.TempDir(), Organisation: "Green Lane", Release: rel})
			if err != nil {
				t.Fatal(err)
			}
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			links := OpenLinks(n.Data)
			server := &Server{Node: n, Pace: 1, Limits: limit.Config{PerAddress: 1 << 20, PerKey: 1 << 20, Refusals: 1 << 20},
				Door: &api.Door{Links: links, Staff: n.Staff, Systems: n.Systems(), Forgot: n.Forgot(), Public: public, Organisation: "Green Lane"}}
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- server.Run(ctx, listener) }()
			defer func() {
				cancel()
				if err := <-done; err != nil {
					t.Error(err)
				}
				if err := n.Close(); err != nil {
					t.Error(err)
				}
			}()
			client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			host := listener.Addr().String()
			if public != "" {
				host = "attune.clinic.example"
			}
			ask := func(method, path string, body io.Reader, more map[string]string) (*http.Response, string) {
				ctx, stop := context.WithTimeout(t.Context(), 20*time.Second)
				defer stop()
				r, err := http.NewRequestWithContext(ctx, method, "http://"+listener.Addr().String()+path, body)
				if err != nil {
					t.Fatal(err)
				}
				r.Host = host
				for k, v := range more {
					r.Header.Set(k, v)
				}
				answer, err := client.Do(r)
				if err != nil {
					t.Fatal(method, path, err)
				}
				defer answer.Body.Close()
				text, err := io.ReadAll(io.LimitReader(answer.Body, 1<<20))
				if err != nil {
					t.Fatal(err)
				}
				return answer, string(text)
			}
			ask("GET", "/healthz", nil, nil) // once it answers it is made, and its operations can be listed
			all := addresses(t, n)
			if len(all) < 100 {
				t.Fatalf("only %d addresses were found", len(all))
			}
			asked := 0
			for _, path := range all {
				for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"} {
					answer, text := ask(method, path, nil, map[string]string{"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"})
					asked++
					hygienic(t, method+" "+path, answer, text, public != "")
				}
			}
			t.Logf("%d requests to %d addresses", asked, len(all))

			// Whoever signs in gets a cookie that nobody else can read, set or send.
			token, err := links.New(time.Now())
			if err != nil {
				t.Fatal(err)
			}
			answer, text := ask("POST", "/sign-in", strings.NewReader(url.Values{"token": {token}}.Encode()), map[string]string{"Content-Type": "application/x-www-form-urlencoded"})
			hygienic(t, "signing in", answer, text, public != "")
			cookies := answer.Cookies()
			if len(cookies) == 0 {
				t.Fatalf("signing in is answered %d without a cookie: %s", answer.StatusCode, text)
			}
			for _, c := range cookies {
				if strings.HasPrefix(c.Name, "__Host-") != (public != "") || c.Secure != (public != "") {
					t.Errorf("the cookie is %s", c)
				}
			}
			answer, text = ask("POST", "/sign-out", nil, map[string]string{"Cookie": cookies[0].Name + "=" + cookies[0].Value})
			hygienic(t, "signing out", answer, text, public != "")
		})
	}
}

func hygienic(t *testing.T, what string, answer *http.Response, text string, public bool) {
	t.Helper()
	h := answer.Header
	wrong := func(why string) { t.Errorf("%s, answered %d: %s", what, answer.StatusCode, why) }
	if csp := h.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") || len(h.Values("Content-Security-Policy")) != 1 {
		wrong("the policy is " + csp)
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cache-Control": "no-store", "Server": "", "X-Powered-By": "", "Access-Control-Allow-Origin": "", "Access-Control-Allow-Credentials": ""} {
		if got := strings.Join(h.Values(name), "; "); got != want {
			wrong(name + " is " + got)
		}
	}
	if hsts := h.Get("Strict-Transport-Security"); strings.HasPrefix(hsts, "max-age=31536000") != public {
		wrong("Strict-Transport-Security is " + hsts)
	}
	if answer.StatusCode >= 500 {
		wrong("it failed: " + text)
	}
	if answer.StatusCode == http.StatusMethodNotAllowed && h.Get("Allow") == "" {
		wrong("it does not say what is allowed")
	}
	if strings.HasPrefix(what, "HEAD ") && text != "" {
		wrong("HEAD has a body")
	}
	if (strings.HasPrefix(what, "TRACE ") || strings.HasPrefix(what, "BREW ")) && answer.StatusCode < 400 {
		wrong("it is done")
	}
	if text != "" {
		kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
		if err != nil || strings.HasPrefix(kind, "text/") && params["charset"] == "" {
			wrong("its type is " + h.Get("Content-Type"))
		}
		if strings.HasPrefix(strings.TrimSpace(text), "{") && !strings.HasSuffix(kind, "json") {
			wrong("JSON is called " + kind)
		}
	}
	for _, c := range answer.Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode && c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || len(c.Value) > 0 && len(c.Value) < 40 {
			wrong("a cookie is " + c.String())
		}
	}
}
