package app

import (
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/core/instant"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
	"attune/internal/staff"
)

func refusalsIn(t *testing.T, n *Node) (out []audit.Record) {
	t.Helper()
	if err := audit.Each(t.Context(), AuditDir(n.Data), audit.Filter{What: string(audit.AccessRefused)}, func(r *audit.Record) error { out = append(out, *r); return nil }); err != nil {
		t.Fatal(err)
	}
	return out
}

// Who was refused is recorded with what they wanted and whose record it was; what follows within a minute is one line with its number.
func TestRefusalsAreRecorded(t *testing.T) {
	t.Parallel()
	c := openClinicAPI(t)
	kim := principal("account", "kim", access.Clinician)
	kim.Programs = []string{"diabetes"}
	c.who = kim
	for range 40 {
		c.ask("GET", "/v1/people/"+c.bob, nil, "Attune-Purpose", "treatment")
	}
	c.ask("GET", "/v1/staff", nil)
	c.ask("GET", "/v1/people/"+c.ana, nil) // without a purpose
	c.who = principal("key", "report", access.Analyst)
	c.ask("GET", "/v1/work", nil)
	c.who = access.Principal{}
	c.ask("GET", "/v1/work", nil) // nobody, who sends nothing to be known by
	got := refusalsIn(t, c.n)
	if len(got) != 2 || got[0].Actor.ID != "kim" || len(got[0].People) != 1 || got[0].Via != "GET /v1/people/{person}" || got[0].Purpose != "treatment" || !strings.Contains(got[0].Why, "panel") ||
		got[1].Actor.Kind != audit.Key || got[1].Why != "it takes the permission work.read" {
		t.Errorf("at once: %+v", got)
	}
	c.n.refusals.tell(false)
	if got := refusalsIn(t, c.n); len(got) != 2 {
		t.Errorf("within the minute: %+v", got)
	}
	now := c.n.Wall()
	c.n.Wall = func() instant.Time { return now.Add(instant.Minute) }
	c.n.refusals.tell(false)
	got = refusalsIn(t, c.n)
	if len(got) != 3 || got[2].Actor.ID != "kim" || got[2].Object.ID != "41" || len(got[2].People) != 1 || !strings.Contains(got[2].Why, "staff.manage") {
		t.Errorf("after it: %+v", got)
	}
	c.n.refusals.tell(true)
	if got := refusalsIn(t, c.n); len(got) != 3 {
		t.Errorf("again: %+v", got)
	}
}

// Keys that let nobody in are recorded by a hash of the key, whoever's they were; thousands of them take a few lines.
func TestRefusedKeysAreCounted(t *testing.T) {
	t.Parallel()
	n, _ := apiNode(t)
	n.Logger = slog.New(slog.DiscardHandler)
	server := &Server{Node: n, Pace: 1, Door: &api.Door{Links: OpenLinks(n.Data), Staff: n.Staff}}
	h, err := server.handler(api.NewStream(time.Second, n.topics()...))
	if err != nil {
		t.Fatal(err)
	}
	send := func(path, authorization, origin string) int {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), "POST", path, strings.NewReader(`{"userId":"ana","event":"portal.visited"}`))
		r.Header.Set("Authorization", authorization)
		r.Header.Set("Content-Type", "application/json")
		if origin != "" {
			r.Header.Set("Origin", origin)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w.Code
	}
	basic := func(key string) string {
		return "Basic " + base64.StdEncoding.EncodeToString([]byte(key+":"))
	}
	key, err := n.Sources.Add("site", "", "https://site.example")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got := send("/v1/track", basic("wk_stale"), ""); got != 401 {
			t.Fatal(got)
		}
	}
	if got := send("/v1/track", basic(key), "https://other.example"); got != 403 {
		t.Fatal(got)
	}
	if got := send("/v1/answers/0000000000000000", basic("wk_stale"), ""); got != 401 {
		t.Fatal(got)
	}
	for i := range 300 {
		if got := send("/v1/track", basic(fmt.Sprint("wk_drawn", i)), ""); got != 401 {
			t.Fatal(got)
		}
	}
	n.refusals.tell(true)
	got := refusalsIn(t, n)
	var kinds []string
	for i := range got {
		kinds = append(kinds, got[i].Object.Kind+" "+got[i].Reason)
		if strings.Contains(fmt.Sprintf("%+v %+v", got[i], *got[i].Object), "wk_") {
			t.Errorf("it tells the key: %+v", got[i])
		}
	}
	if len(got) > mostRefused+10 || !slices.Contains(kinds, "write key 3 more within a minute") || !slices.Contains(kinds, "source ") || !slices.ContainsFunc(kinds, func(s string) bool { return strings.HasPrefix(s, "write keys and tokens 2") }) {
		t.Errorf("%d lines: %q", len(got), kinds)
	}
}

// Of a token that has ended, and of somebody who has not shown their second factor, it is known who they are.
func TestWhoIsOutIsKnown(t *testing.T) {
	t.Parallel()
	n, _ := apiNode(t)
	n.Logger = slog.New(slog.DiscardHandler)
	server := &Server{Node: n, Pace: 1, Door: &api.Door{Links: OpenLinks(n.Data), Staff: n.Staff}}
	h, err := server.handler(api.NewStream(time.Second, n.topics()...))
	if err != nil {
		t.Fatal(err)
	}
	secret, token, err := n.Staff.AddToken(t.Context(), staff.Token{Name: "old", Roles: []access.Role{access.Analyst}, Ends: n.Wall().Std().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	a, _, err := n.Staff.Invite(t.Context(), staff.Invitation{Name: "Kim", Email: "kim@clinic.example", Roles: []access.Role{access.Clinician}})
	if err != nil {
		t.Fatal(err)
	}
	half, _, err := n.Staff.Begin(t.Context(), a.ID, staff.Second, "")
	if err != nil {
		t.Fatal(err)
	}
	now := n.Wall()
	ask := func(header, value string) {
		t.Helper()
		r := httptest.NewRequestWithContext(t.Context(), "GET", "http://localhost/v1/me", nil)
		r.Header.Set(header, value)
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != 401 {
			t.Errorf("%s: %d", header, w.Code)
		}
	}
	ask("Cookie", "attune_local="+half)
	n.Wall = func() instant.Time { return now.Add(2 * instant.Hour) }
	ask("Authorization", "Bearer "+secret)
	ask("Authorization", "Bearer att_whatever")
	got := refusalsIn(t, n)
	if len(got) != 3 || got[0].Actor.ID != a.ID || got[0].Actor.Kind != audit.Account || got[1].Actor.ID != token.ID || got[1].Actor.Kind != audit.Key || got[2].Actor.Kind != audit.Anybody {
		t.Errorf("%+v", got)
	}
}
