package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
)

type nothing = api.Nothing

func give(context.Context, nothing) (nothing, error) { return nothing{}, nil }

// An operation that does not say who may, what it is recorded as, or whom it is about is not served.
func TestAnOperationSaysWhoMay(t *testing.T) {
	t.Parallel()
	type whom struct {
		Person string `path:"person" whom:""`
	}
	type lost struct {
		Name string
	}
	right := func() api.Operation {
		o := api.Op("me", "GET /v1/me", access.OwnAccount, "Tell who you are.", give)
		o.Free = "tells whoever asks"
		return o
	}
	for it, o := range map[string]api.Operation{
		"has no permission":    func() api.Operation { o := right(); o.Permission = ""; return o }(),
		"has one there is not": func() api.Operation { o := right(); o.Permission = "everything"; return o }(),
		"is not recorded":      func() api.Operation { o := right(); o.Free = ""; return o }(),
		"is recorded as what there is not": func() api.Operation {
			o := right()
			o.Free, o.What = "", "something.else"
			return o
		}(),
		"stands elsewhere":                         func() api.Operation { o := right(); o.Path = "/me"; return o }(),
		"is about one person, and nobody is named": func() api.Operation { o := right(); o.Permission = access.PersonRead; return o }(),
		"takes what its path has not": func() api.Operation {
			o := api.Op("x", "GET /v1/people", access.PersonRead, "X.", func(context.Context, whom) (nothing, error) { return nothing{}, nil })
			o.What = audit.PersonRead
			return o
		}(),
		"has a field that stands nowhere": func() api.Operation {
			o := api.Op("x", "POST /v1/x", access.OwnAccount, "X.", func(context.Context, lost) (nothing, error) { return nothing{}, nil })
			o.Free = "x"
			return o
		}(),
	} {
		d := &api.Desk{Operations: []api.Operation{o}}
		if _, err := d.Before(http.NotFoundHandler()); err == nil {
			t.Errorf("an operation that %s is served", it)
		}
	}
	d := &api.Desk{Operations: []api.Operation{right()}}
	if _, err := d.Before(http.NotFoundHandler()); err != nil {
		t.Error(err)
	}
	d.Operations = append(d.Operations, right())
	if _, err := d.Before(http.NotFoundHandler()); err == nil {
		t.Error("two operations have one name")
	}
}

// Where nobody signs in, only this machine's own names are answered for: a page elsewhere cannot reach in through a name that points here.
func TestWithoutADoorOnlyThisMachineIsAnswered(t *testing.T) {
	t.Parallel()
	o := api.Op("me", "GET /v1/me", access.OwnAccount, "Tell who you are.", give)
	o.Free = "tells whoever asks"
	d := &api.Desk{Local: true, Operations: []api.Operation{o}, Logger: slog.New(slog.DiscardHandler), Principal: func(*http.Request) (access.Principal, bool) {
		return access.Principal{Kind: "session", ID: "a"}, true
	}}
	h, err := d.Before(http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]int{"localhost:8080": http.StatusOK, "127.0.0.1:8080": http.StatusOK, "[::1]:8080": http.StatusOK, "evil.example": http.StatusMisdirectedRequest, "localhost.evil.example:8080": http.StatusMisdirectedRequest} {
		for _, path := range []string{"/v1/me", "/docs/api", "/v1/openapi.yaml"} {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody)
			r.Host = host
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			if w.Code != want {
				t.Errorf("%s of %s: %d", path, host, w.Code)
			}
		}
	}
}

// Whoever listens, goes away and comes again has in the end what there is, whatever they missed; and it was told in order.
func TestAStreamTellsEverythingOnce(t *testing.T) {
	t.Parallel()
	var n atomic.Int64
	topic := api.Topic{Name: "count", Permission: access.DeliveryRead, Read: func(context.Context) (any, error) {
		k := n.Load()
		out := map[string]any{"n": k, "in": map[string]any{fmt.Sprint("k", k%3): k}}
		if k%2 == 0 {
			out["even"] = true
		}
		return out, nil
	}}
	secret := api.Topic{Name: "secret", Permission: access.AuditRead, Read: func(context.Context) (any, error) { return map[string]any{"x": 1}, nil }}
	s := api.NewStream(time.Millisecond, topic, secret)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go s.Run(ctx, func(string, error) {})
	d := &api.Desk{Stream: s, Logger: slog.New(slog.DiscardHandler), Principal: func(*http.Request) (access.Principal, bool) {
		return access.Principal{Kind: "account", ID: "a", Roles: []access.Role{access.Operator}}, true
	}}
	h, err := d.Before(http.NotFoundHandler())
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	defer server.Close()
	var last string
	var have map[string]any
	seq := float64(0)
	for visit := range 4 {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL+"/v1/stream?topics=count", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Last-Event-ID", last)
		a, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		in := bufio.NewScanner(a.Body)
		for want := n.Load(); in.Scan(); {
			if id, is := strings.CutPrefix(in.Text(), "id: "); is {
				last = id
			}
			data, is := strings.CutPrefix(in.Text(), "data: ")
			if !is {
				continue
			}
			var e map[string]any
			if err := json.Unmarshal([]byte(data), &e); err != nil {
				t.Fatal(err)
			}
			if got := e["seq"].(float64); got < seq {
				t.Fatalf("%v after %v", got, seq)
			} else if seq = got; e["state"] != nil && visit > 0 {
				t.Errorf("visit %d: the whole state, though %s was named", visit, last)
			}
			if state, is := e["state"].(map[string]any); is {
				have = state
			} else {
				have = patched(have, e["patch"].(map[string]any))
			}
			if k := have["n"].(float64); k >= float64(want+20) {
				now := map[string]any{"n": k, "in": map[string]any{fmt.Sprint("k", int(k)%3): k}}
				if int(k)%2 == 0 {
					now["even"] = true
				}
				if fmt.Sprint(have) != fmt.Sprint(now) {
					t.Fatalf("have %v, and there is %v", have, now)
				}
				break
			}
			n.Add(1)
		}
		if err := a.Body.Close(); err != nil {
			t.Fatal(err)
		}
		n.Add(7) // while nobody listens
	}
	for _, x := range []struct {
		topics string
		status int
	}{{"secret", http.StatusForbidden}, {"count,secret", http.StatusForbidden}, {"nothing", http.StatusBadRequest}, {"", http.StatusBadRequest}} {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, "/v1/stream?topics="+x.topics, http.NoBody))
		if w.Code != x.status {
			t.Errorf("topics %q: %d", x.topics, w.Code)
		}
	}
}

// patched applies a JSON merge patch as RFC 7386 says.
func patched(to, patch map[string]any) map[string]any {
	out := maps.Clone(to)
	for k, v := range patch {
		switch v := v.(type) {
		case nil:
			delete(out, k)
		case map[string]any:
			was, _ := out[k].(map[string]any)
			out[k] = patched(was, v)
			if was == nil {
				out[k] = patched(map[string]any{}, v)
			}
		default:
			out[k] = v
		}
	}
	return out
}
