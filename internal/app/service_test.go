package app

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"attune/core/instant"
	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
)

// otherSystem is an EHR with a key of its own, and the whole of a server's doors before it.
type otherSystem struct {
	t    *testing.T
	n    *Node
	http http.Handler
	key  *ecdsa.PrivateKey
	id   string
	word int
}

func openOtherSystem(t *testing.T, as Service) *otherSystem {
	t.Helper()
	n, _ := apiNode(t)
	n.Logger = slog.New(slog.DiscardHandler)
	server := &Server{Node: n, Pace: 1, Door: &api.Door{Links: OpenLinks(n.Data), Staff: n.Staff, Systems: n.Systems(), Public: "https://attune.clinic.example"}}
	h, err := server.handler(api.NewStream(time.Second, n.topics()...))
	if err != nil {
		t.Fatal(err)
	}
	o := &otherSystem{t: t, n: n, http: h}
	o.id = o.register(as).ID
	return o
}

func (o *otherSystem) newKeys() json.RawMessage {
	o.t.Helper()
	var err error
	if o.key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader); err != nil {
		o.t.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: o.key.Public(), KeyID: "1"}}})
	if err != nil {
		o.t.Fatal(err)
	}
	return set
}

func (o *otherSystem) register(as Service) Service {
	o.t.Helper()
	as.Keys = o.newKeys()
	out, err := o.n.asked[callServiceAdd].(func(context.Context, Service) (Service, error))(o.t.Context(), as)
	if err != nil {
		o.t.Fatal(err)
	}
	return out
}

// assertion is a word of the system, of another name each time.
func (o *otherSystem) assertion() string {
	o.t.Helper()
	o.word++
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES384, Key: jose.JSONWebKey{Key: o.key, KeyID: "1"}}, nil)
	if err != nil {
		o.t.Fatal(err)
	}
	now := o.n.Wall().Std()
	word, err := jwt.Signed(signer).Claims(map[string]any{"iss": o.id, "sub": o.id, "aud": "https://attune.clinic.example/oauth/token", "jti": strconv.Itoa(o.word), "exp": now.Add(time.Minute).Unix()}).Serialize()
	if err != nil {
		o.t.Fatal(err)
	}
	return word
}

func (o *otherSystem) send(method, path, kind, body, token string) (int, map[string]any) {
	o.t.Helper()
	r := httptest.NewRequestWithContext(o.t.Context(), method, path, strings.NewReader(body))
	r.Host = "attune.clinic.example"
	r.Header.Set("Content-Type", kind)
	r.Header.Set("Attune-Purpose", "treatment")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	w := httptest.NewRecorder()
	o.http.ServeHTTP(w, r)
	text, err := io.ReadAll(w.Body)
	if err != nil {
		o.t.Fatal(err)
	}
	var out map[string]any
	_ = json.Unmarshal(text, &out)
	return w.Code, out
}

func (o *otherSystem) ask(form url.Values) (int, map[string]any) {
	o.t.Helper()
	return o.send("POST", "/oauth/token", "application/x-www-form-urlencoded", form.Encode(), "")
}

func (o *otherSystem) form(word, scope string) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {word}, "scope": {scope}}
}

func (o *otherSystem) token(scope string) string {
	o.t.Helper()
	code, out := o.ask(o.form(o.assertion(), scope))
	token, _ := out["access_token"].(string)
	if code != 200 || out["token_type"] != "bearer" || out["expires_in"] != 300.0 || token == "" {
		o.t.Fatalf("%d %v", code, out)
	}
	return token
}

// Another system gets a token of minutes for a word that it signs, asks the API and sends events by it, as far as it may; a word counts once, and what ends
// its account or its keys ends its tokens at once.
func TestASystemAsksByItsKeys(t *testing.T) {
	t.Parallel()
	o := openOtherSystem(t, Service{
		Name: "ehr", Roles: []access.Role{access.Operator}, Source: "ehr", System: "app", Events: []string{"medication.dispensed", "portal.visited"}, SendsFor: []string{"service"},
	})
	code, smart := o.send("GET", "/.well-known/smart-configuration", "", "", "")
	if code != 200 || smart["token_endpoint"] != "https://attune.clinic.example/oauth/token" || smart["authorization_endpoint"] != nil || len(smart["scopes_supported"].([]any)) < 20 {
		t.Errorf("%d %v", code, smart)
	}
	all := o.token("")
	if code, me := o.send("GET", "/v1/me", "", "", all); code != 200 || me["kind"] != "service" || me["id"] != o.id || me["name"] != "ehr" {
		t.Errorf("%d %v", code, me)
	}
	if code, _ := o.send("GET", "/v1/channels", "", "", all); code != 200 {
		t.Error(code)
	}
	if code, _ := o.send("GET", "/v1/staff", "", "", all); code != 403 {
		t.Error("it does what its role does not permit:", code)
	}
	track := func(token, event string) int {
		t.Helper()
		code, _ := o.send("POST", "/v1/track", "application/json", `{"userId":"ana","event":"`+event+`","messageId":"`+event+token+`"}`, token)
		return code
	}
	taken := o.n.Intake.Counts()
	if code := track(all, "portal.visited"); code != 200 || o.n.Intake.Counts().Taken != taken.Taken+1 {
		t.Errorf("%d %+v", code, o.n.Intake.Counts())
	}
	for _, beyond := range []string{"medication.dispensed", "appointment.booked"} { // of health, and another event
		if code := track(all, beyond); code != 200 {
			t.Error(code)
		}
	}
	if kept, err := o.n.Quarantine.List(t.Context(), 10); err != nil || len(kept) != 2 || !strings.Contains(kept[1].Reason+kept[0].Reason, "not for treatment") {
		t.Errorf("%+v, %v", kept, err)
	}
	narrow := o.token("delivery.read")
	if code, _ := o.send("GET", "/v1/channels", "", "", narrow); code != 200 {
		t.Error(code)
	}
	if code, _ := o.send("GET", "/v1/quarantine", "", "", narrow); code != 403 {
		t.Error("a token does what it was not asked for:", code)
	}
	if code := track(narrow, "portal.visited"); code != 401 {
		t.Error("a token sends that was not asked for it:", code)
	}

	word := o.assertion()
	for _, x := range []struct {
		it     string
		change func(url.Values)
		code   int
		says   string
	}{
		{"once", func(url.Values) {}, 200, ""},
		{"the same word again", func(url.Values) {}, 401, "invalid_client"},
		{"a scope that it has not", func(f url.Values) { f.Set("client_assertion", o.assertion()); f.Set("scope", "staff.manage") }, 400, "invalid_scope"},
		{"a scope that there is not", func(f url.Values) { f.Set("client_assertion", o.assertion()); f.Set("scope", "system/*.rs") }, 400, "invalid_scope"},
		{"another client id", func(f url.Values) { f.Set("client_assertion", o.assertion()); f.Set("client_id", "svc_other") }, 401, "invalid_client"},
		{"another grant", func(f url.Values) { f.Set("grant_type", "password") }, 400, "unsupported_grant_type"},
		{"a secret", func(f url.Values) { f.Set("client_secret", "x") }, 400, "invalid_request"},
		{"a field twice", func(f url.Values) { f.Add("scope", "") }, 400, "invalid_request"},
		{"another sort of word", func(f url.Values) {
			f.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:saml2-bearer")
		}, 400, "invalid_request"},
		{"nothing signed", func(f url.Values) { f.Set("client_assertion", "") }, 401, "invalid_client"},
		{"too large", func(f url.Values) { f.Set("client_assertion", strings.Repeat("x", 20_000)) }, 400, "invalid_request"},
	} {
		f := o.form(word, "")
		x.change(f)
		code, out := o.ask(f)
		if says, _ := out["error"].(string); code != x.code || says != x.says || code != 200 && out["error_description"] == "" {
			t.Errorf("%s: %d %v", x.it, code, out)
		}
	}
	if code, out := o.send("POST", "/oauth/token", "application/json", `{}`, ""); code != 400 || out["error"] != "invalid_request" {
		t.Error(code, out)
	}

	before := o.token("")
	keys := o.newKeys()
	ask := o.n.asked[callServiceRotate].(func(context.Context, ServiceKeys) (Service, error))
	if _, err := ask(t.Context(), ServiceKeys{Name: "ehr", Keys: keys}); err != nil {
		t.Fatal(err)
	}
	if code, _ := o.send("GET", "/v1/me", "", "", before); code != 401 {
		t.Error("after its keys changed a token goes on:", code)
	}
	after := o.token("")
	remove := o.n.asked[callServiceRemove].(func(context.Context, tokenName) (Service, error))
	if _, err := remove(t.Context(), tokenName{"ehr"}); err != nil {
		t.Fatal(err)
	}
	if code, _ := o.send("GET", "/v1/me", "", "", after); code != 401 || track(after, "portal.visited") != 401 {
		t.Error("after its end a token goes on:", code)
	}
	if code, out := o.ask(o.form(o.assertion(), "")); code != 401 || out["error"] != "invalid_client" {
		t.Error(code, out)
	}
	o.n.refusals.tell(true)
	told := map[string]int{}
	err := audit.Each(t.Context(), AuditDir(o.n.Data), audit.Filter{}, func(r *audit.Record) error {
		told[string(r.What)+" "+string(r.Outcome)+" "+string(r.Actor.Kind)]++
		return nil
	})
	if err != nil || told["service.admitted done service"] != 5 || told["access.refused refused service"] != 2 || told["access.refused refused anybody"] < 2 || told["service.made done attune"] != 1 || told["service.removed done attune"] != 1 {
		t.Errorf("%v, %v", told, err)
	}
}

// An access token ends by itself, and its secret is nowhere in the folder.
func TestAccessTokensAreShort(t *testing.T) {
	t.Parallel()
	o := openOtherSystem(t, Service{Name: "ehr", Roles: []access.Role{access.Auditor}})
	token := o.token("")
	now := o.n.Wall()
	o.n.Wall = func() instant.Time { return now.Add(299 * instant.Second) }
	if code, _ := o.send("GET", "/v1/me", "", "", token); code != 200 {
		t.Error(code)
	}
	o.n.Wall = func() instant.Time { return now.Add(301 * instant.Second) }
	if code, _ := o.send("GET", "/v1/me", "", "", token); code != 401 {
		t.Error(code)
	}
	for _, name := range []string{"staff.db", "staff.db-wal"} {
		if text, err := os.ReadFile(filepath.Join(o.n.Data, name)); err != nil || len(text) == 0 || bytes.Contains(text, []byte(token)) {
			t.Errorf("%s has the token, or cannot be read: %v", name, err)
		}
	}
}
