package app

import (
	"bytes"
	"context"

	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
	"attune/internal/elsewhere"
	"attune/internal/outbound"
	"attune/internal/staff"
)

// issuer is a system that speaks OpenID Connect, over a socket: discovery, keys, codes that work once, PKCE, and signed words. What it says
// can be spoiled.
type issuer struct {
	*httptest.Server
	key *rsa.PrivateKey

	mu    sync.Mutex
	codes map[string]url.Values
	// spoil changes what it says, and with which key it signs.
	spoil func(claims map[string]any, signer *jose.SigningKey)
}

func startIssuer(t *testing.T) *issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{key: key, codes: map[string]url.Values{}, spoil: func(map[string]any, *jose.SigningKey) {}}
	mux := http.NewServeMux()
	say := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		say(w, map[string]any{
			"issuer": i.URL, "authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token", "jwks_uri": i.URL + "/keys",
			"id_token_signing_alg_values_supported": []string{"RS256"}, "response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		say(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("GET /authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("code_challenge_method") != "S256" || q.Get("nonce") == "" || q.Get("state") == "" || q.Get("client_id") != "attune" || !strings.Contains(q.Get("scope"), "openid") {
			http.Error(w, "not as it should be asked", http.StatusBadRequest)
			return
		}
		code := rand.Text()
		i.mu.Lock()
		i.codes[code] = q
		i.mu.Unlock()
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {i.URL}}.Encode(), http.StatusSeeOther)
	})
	mux.HandleFunc("POST /token", func(w http.ResponseWriter, r *http.Request) {
		i.mu.Lock()
		defer i.mu.Unlock()
		q, ok := i.codes[r.PostFormValue("code")]
		delete(i.codes, r.PostFormValue("code"))
		sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
		id, secret, _ := r.BasicAuth()
		if !ok || q.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) || id != "attune" || secret != "hush" || r.PostFormValue("redirect_uri") != q.Get("redirect_uri") {
			http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
			return
		}
		claims := map[string]any{
			"iss": i.URL, "sub": "kim-7", "aud": "attune", "nonce": q.Get("nonce"), "iat": time.Now().Unix(), "exp": time.Now().Add(time.Minute).Unix(),
			"email": "kim@clinic.example", "email_verified": true,
		}
		with := jose.SigningKey{Algorithm: jose.RS256, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}
		i.spoil(claims, &with)
		signer, err := jose.NewSigner(with, nil)
		if err != nil {
			t.Error(err)
			return
		}
		word, err := jwt.Signed(signer).Claims(claims).Serialize()
		if err != nil {
			t.Error(err)
		}
		say(w, map[string]any{"access_token": "x", "token_type": "Bearer", "expires_in": 60, "id_token": word})
	})
	i.Server = httptest.NewServer(mux)
	t.Cleanup(i.Close)
	return i
}

type unrecorded struct{}

func (unrecorded) Signed(_ context.Context, _ audit.What, _ audit.Outcome) error { return nil }

// elsewhereHouse is a door with a book of its own that asks an issuer.
func elsewhereHouse(t *testing.T, i *issuer) (string, *staff.Book) {
	t.Helper()
	book, err := staff.Open(t.Context(), staff.Config{Path: filepath.Join(t.TempDir(), "staff.db"), Secret: bytes.Repeat([]byte("k"), 32)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { book.Close() })
	door := &api.Door{Links: OpenLinks(t.TempDir()), Staff: book}
	h, err := api.New(api.Config{Door: door, Signs: unrecorded{}, Healthy: func() error { return nil }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	var inner http.Handler = h
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { inner.ServeHTTP(w, r) }))
	t.Cleanup(s.Close)
	door.Elsewhere = elsewhere.New(elsewhere.Config{Button: "Green Lane", Issuer: i.URL, ClientID: "attune", ClientSecret: "hush", Back: s.URL + "/sign-in/elsewhere/done", Client: outbound.New(outbound.Config{Allow: []string{strings.TrimPrefix(i.URL, "http://")}})})
	if inner, err = api.New(api.Config{Door: door, Signs: unrecorded{}, Healthy: func() error { return nil }, Logger: slog.New(slog.DiscardHandler)}); err != nil {
		t.Fatal(err)
	}
	return s.URL, book
}

// arrive goes to the other system and back, as a browser does, and says whether somebody is in.
func arrive(t *testing.T, c *http.Client, base string) bool {
	t.Helper()
	r, err := c.Get(base + "/sign-in/elsewhere")
	if err != nil {
		return false
	}
	r.Body.Close()
	return within(t, c, base)
}

func within(t *testing.T, c *http.Client, base string) bool {
	t.Helper()
	r, err := c.Get(base + "/account")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	body, _ := io.ReadAll(r.Body)
	return r.StatusCode == 200 && strings.Contains(string(body), "Where you are signed in")
}

// anew is a browser that goes nowhere but to this machine and, back to /, stops there.
func anew() *http.Client {
	jar, _ := cookiejar.New(nil)
	return &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
}

func TestStaffSignInElsewhere(t *testing.T) {
	t.Parallel()
	i := startIssuer(t)
	base, book := elsewhereHouse(t, i)
	ctx := t.Context()
	if arrive(t, anew(), base) {
		t.Fatal("somebody who was not invited came in")
	}
	a, link, err := book.Invite(ctx, staff.Invitation{Name: "Kim Lee", Email: "Kim@clinic.example", Roles: []access.Role{access.Clinician}})
	if err != nil {
		t.Fatal(err)
	}
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(map[string]any, *jose.SigningKey){
		"an address nobody made sure of": func(c map[string]any, _ *jose.SigningKey) { c["email_verified"] = false },
		"no word on that":                func(c map[string]any, _ *jose.SigningKey) { delete(c, "email_verified") },
		"for another client":             func(c map[string]any, _ *jose.SigningKey) { c["aud"] = "somebody-else" },
		"of another issuer":              func(c map[string]any, _ *jose.SigningKey) { c["iss"] = "https://evil.example" },
		"of another time":                func(c map[string]any, _ *jose.SigningKey) { c["nonce"] = "another" },
		"too old":                        func(c map[string]any, _ *jose.SigningKey) { c["exp"] = time.Now().Add(-time.Hour).Unix() },
		"of another key":                 func(_ map[string]any, k *jose.SigningKey) { k.Key = jose.JSONWebKey{Key: other, KeyID: "1"} },
		"signed with the public key as a secret": func(_ map[string]any, k *jose.SigningKey) {
			*k = jose.SigningKey{Algorithm: jose.HS256, Key: jose.JSONWebKey{Key: []byte(fmt.Sprint(i.key.N)), KeyID: "1"}}
		},
		"nobody": func(c map[string]any, _ *jose.SigningKey) { c["sub"] = "" },
	} {
		i.spoil = spoil
		if arrive(t, anew(), base) {
			t.Errorf("a word that is %s let somebody in", name)
		}
	}
	i.spoil = func(map[string]any, *jose.SigningKey) {}
	me := anew()
	if !arrive(t, me, base) {
		t.Fatal("whoever was invited does not come in")
	}
	if _, _, err := book.Linked(ctx, link); err == nil {
		t.Error("the invitation goes on")
	}
	// From now on the subject counts, and the address does not.
	i.spoil = func(c map[string]any, _ *jose.SigningKey) { c["sub"] = "somebody-else" }
	if arrive(t, anew(), base) {
		t.Error("another subject with the same address came in")
	}
	i.spoil = func(c map[string]any, _ *jose.SigningKey) { c["email"] = "married@clinic.example" }
	if !arrive(t, anew(), base) {
		t.Error("the same subject with another address stays out")
	}
	if err := book.SetDisabled(ctx, a.ID, true); err != nil {
		t.Fatal(err)
	}
	if within(t, me, base) || arrive(t, anew(), base) {
		t.Error("an account that is disabled is in")
	}
	// An account that has a password is not taken by whoever has its address elsewhere.
	_, link, err = book.Invite(ctx, staff.Invitation{Name: "Sam", Email: "sam@clinic.example", Roles: []access.Role{access.Admin}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := book.Redeem(ctx, link, "seven grey herons wade"); err != nil {
		t.Fatal(err)
	}
	i.spoil = func(c map[string]any, _ *jose.SigningKey) { c["sub"], c["email"] = "sam-8", "sam@clinic.example" }
	if arrive(t, anew(), base) {
		t.Error("an account in use was taken")
	}
}

// What comes back has to fit the browser that left, and counts once.
func TestComingBackIsBoundToTheBrowser(t *testing.T) {
	t.Parallel()
	i := startIssuer(t)
	base, book := elsewhereHouse(t, i)
	if _, _, err := book.Invite(t.Context(), staff.Invitation{Name: "Kim Lee", Email: "kim@clinic.example", Roles: []access.Role{access.Clinician}}); err != nil {
		t.Fatal(err)
	}
	var back string
	thief := anew()
	thief.CheckRedirect = func(r *http.Request, _ []*http.Request) error {
		if r.URL.Path == "/sign-in/elsewhere/done" {
			back = r.URL.String()
			return http.ErrUseLastResponse
		}
		return nil
	}
	r, err := thief.Get(base + "/sign-in/elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	victim := anew()
	for _, c := range []*http.Client{victim, victim} {
		if r, err = c.Get(back); err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		if r.StatusCode != 403 || within(t, c, base) {
			t.Error("somebody came in by what another browser began:", r.StatusCode)
		}
	}
	if r, err = thief.Get(strings.Replace(back, "state=", "state=x", 1)); err != nil {
		t.Fatal(err)
	}
	r.Body.Close()
	if within(t, thief, base) {
		t.Error("another state came in")
	}
}
