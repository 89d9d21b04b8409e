package elsewhere_test

import (
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"attune/internal/elsewhere"
	"attune/internal/outbound"
)

const audience = "https://attune.clinic.example/oauth/token"

// pairs are the keys of a system: RSA for RS384, and P-384 for ES384.
type pairs struct {
	rsa *rsa.PrivateKey
	ec  *ecdsa.PrivateKey
}

func newPairs(t *testing.T) pairs {
	t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return pairs{r, e}
}

func setOf(t *testing.T, keys ...jose.JSONWebKey) []byte {
	t.Helper()
	text, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func (p pairs) set(t *testing.T) []byte {
	t.Helper()
	return setOf(t, jose.JSONWebKey{Key: p.rsa.Public(), KeyID: "r", Use: "sig", Algorithm: "RS384"}, jose.JSONWebKey{Key: p.ec.Public(), KeyID: "e"})
}

// signed writes an assertion.
func signed(t *testing.T, alg jose.SignatureAlgorithm, key any, kid string, claims map[string]any, header ...string) string {
	t.Helper()
	o := (&jose.SignerOptions{}).WithType("JWT")
	for i := 0; i < len(header); i += 2 {
		o = o.WithHeader(jose.HeaderKey(header[i]), header[i+1])
	}
	with := key
	if kid != "" {
		with = jose.JSONWebKey{Key: key, KeyID: kid}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: with}, o)
	if err != nil {
		t.Fatal(err)
	}
	word, err := jwt.Signed(signer).Claims(claims).Serialize()
	if err != nil {
		t.Fatal(err)
	}
	return word
}

// A system is who it says if a key that is registered for it signed that, for this address, now. Whatever else comes is refused, and says why
// without repeating it.
func TestASystemProvesWhoItIs(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	ours, theirs := newPairs(t), newPairs(t)
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := elsewhere.Assertions{Now: func() time.Time { return now }}
	registered := ours.set(t)
	keysOf := func(_ context.Context, client string) (elsewhere.Keys, error) {
		if client != "svc_ehr" {
			return elsewhere.Keys{}, elsewhere.ErrUnknownSystem
		}
		return elsewhere.Keys{Set: registered}, nil
	}
	claims := func(change ...any) map[string]any {
		c := map[string]any{"iss": "svc_ehr", "sub": "svc_ehr", "aud": audience, "jti": "one", "iat": now.Unix(), "exp": now.Add(4 * time.Minute).Unix()}
		for i := 0; i < len(change); i += 2 {
			if c[change[i].(string)] = change[i+1]; change[i+1] == nil {
				delete(c, change[i].(string))
			}
		}
		return c
	}
	public, err := x509.MarshalPKIXPublicKey(ours.rsa.Public())
	if err != nil {
		t.Fatal(err)
	}
	publicPEM := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: public})
	good := signed(t, jose.RS384, ours.rsa, "r", claims())
	parts := strings.Split(good, ".")
	part := func(v any) string {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return base64.RawURLEncoding.EncodeToString(text)
	}
	for _, x := range []struct{ it, word string }{
		{"RS384", good},
		{"ES384", signed(t, jose.ES384, ours.ec, "e", claims())},
		{"five minutes", signed(t, jose.ES384, ours.ec, "e", claims("exp", now.Add(5*time.Minute).Unix()))},
		{"without iat", signed(t, jose.ES384, ours.ec, "e", claims("iat", nil))},
	} {
		got, err := a.Verify(t.Context(), x.word, audience, keysOf)
		if err != nil || got.Client != "svc_ehr" || got.ID != "one" || !got.Until.After(now) {
			t.Errorf("%s: %+v, %v", x.it, got, err)
		}
	}
	for _, x := range []struct{ it, word, says string }{
		{"nothing", "", "no JWT"},
		{"no JWT", "SECRET", "no JWT"},
		{"no signature", part(map[string]string{"alg": "none", "kid": "r"}) + "." + part(claims()) + ".", "no JWT"},
		{"none in other letters", part(map[string]string{"alg": "nOnE", "kid": "r"}) + "." + part(claims()) + ".", "no JWT"},
		{"the signature taken off", parts[0] + "." + parts[1] + ".", "not signed"},
		{"HS256 with the public key", signed(t, jose.HS256, publicPEM, "r", claims()), "no JWT"},
		{"HS384 with the public key", signed(t, jose.HS384, public, "r", claims()), "no JWT"},
		{"RS256", signed(t, jose.RS256, ours.rsa, "r", claims()), "no JWT"},
		{"PS384", signed(t, jose.PS384, ours.rsa, "r", claims()), "no JWT"},
		{"ES256", signed(t, jose.ES256, p256, "e", claims()), "no JWT"},
		{"somebody else's key", signed(t, jose.RS384, theirs.rsa, "r", claims()), "not signed"},
		{"another sort of key than the kid's", signed(t, jose.RS384, ours.rsa, "e", claims()), "not signed"},
		{"a kid that is not registered", signed(t, jose.RS384, ours.rsa, "x", claims()), "not signed"},
		{"no kid", signed(t, jose.RS384, ours.rsa, "", claims()), "no kid"},
		{"an embedded key", signed(t, jose.ES384, theirs.ec, "e", claims(), "jwk", "x"), "no JWT"},
		{"what was signed, changed", parts[0] + "." + part(claims("jti", "SECRET")) + "." + parts[2], "not signed"},
		{"a system that there is not", signed(t, jose.RS384, ours.rsa, "r", claims("iss", "SECRET", "sub", "SECRET")), "not signed"},
		{"no issuer", signed(t, jose.RS384, ours.rsa, "r", claims("iss", nil)), "not signed"},
		{"another subject", signed(t, jose.RS384, ours.rsa, "r", claims("sub", "SECRET")), "iss and sub"},
		{"no subject", signed(t, jose.RS384, ours.rsa, "r", claims("sub", nil)), "iss and sub"},
		{"for another", signed(t, jose.RS384, ours.rsa, "r", claims("aud", "https://other.example/SECRET")), "aud"},
		{"for another too", signed(t, jose.RS384, ours.rsa, "r", claims("aud", []string{audience, "https://other.example"})), "aud"},
		{"for nobody", signed(t, jose.RS384, ours.rsa, "r", claims("aud", nil)), "aud"},
		{"without an end", signed(t, jose.RS384, ours.rsa, "r", claims("exp", nil)), "exp is missing"},
		{"over", signed(t, jose.RS384, ours.rsa, "r", claims("exp", now.Add(-31*time.Second).Unix())), "expired"},
		{"for too long", signed(t, jose.RS384, ours.rsa, "r", claims("exp", now.Add(6*time.Minute).Unix())), "five minutes"},
		{"not yet", signed(t, jose.RS384, ours.rsa, "r", claims("nbf", now.Add(time.Minute).Unix())), "later time"},
		{"of tomorrow", signed(t, jose.RS384, ours.rsa, "r", claims("iat", now.Add(time.Hour).Unix())), "later time"},
		{"without a name", signed(t, jose.RS384, ours.rsa, "r", claims("jti", nil)), "jti"},
		{"with a name that is too long", signed(t, jose.RS384, ours.rsa, "r", claims("jti", strings.Repeat("j", 201))), "jti"},
		{"with another address of keys", signed(t, jose.RS384, ours.rsa, "r", claims(), "jku", "https://other.example/SECRET"), "jku"},
		{"of another type", signed(t, jose.RS384, ours.rsa, "r", claims(), "typ", "at+jwt"), "typ"},
		{"with a header that has to be understood", part(map[string]any{"alg": "RS384", "kid": "r", "crit": []string{"exp"}}) + "." + parts[1] + "." + parts[2], "not signed"},
		{"too large", signed(t, jose.RS384, ours.rsa, "r", claims("more", strings.Repeat("x", 9000))), "bytes"},
	} {
		got, err := a.Verify(t.Context(), x.word, audience, keysOf)
		if no, ok := errors.AsType[*elsewhere.NotProvedError](err); !ok || got.Client != "" || !strings.Contains(err.Error(), x.says) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %+v, %v, %v", x.it, got, err, no)
		}
	}
}

// What cannot prove anything, or must not be here, is refused as a key, with the reason.
func TestKeysAreRefused(t *testing.T) {
	t.Parallel()
	ours := newPairs(t)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := elsewhere.ParseKeys(ours.set(t)); err != nil {
		t.Fatal(err)
	}
	key := func(k crypto.PublicKey, kid, use, alg string) []byte {
		return setOf(t, jose.JSONWebKey{Key: k, KeyID: kid, Use: use, Algorithm: alg})
	}
	for _, x := range []struct {
		it   string
		set  []byte
		says string
	}{
		{"no JSON", []byte("-----BEGIN PUBLIC KEY-----"), "no set of keys"},
		{"no keys", []byte(`{"keys":[]}`), "no set of keys"},
		{"a private key", key(ours.rsa, "r", "", ""), "is private"},
		{"a private key of the other sort", key(ours.ec, "e", "", ""), "is private"},
		{"a shared secret", key([]byte("0123456789abcdef"), "s", "", ""), "shared secret"},
		{"a small key", key(small.Public(), "r", "", ""), "1024 bits"},
		{"another curve", key(p256.Public(), "e", "", ""), "P-384"},
		{"another algorithm", key(ours.rsa.Public(), "r", "", "RS256"), "RS384"},
		{"no name", key(ours.rsa.Public(), "", "", ""), "no kid"},
		{"for encryption", key(ours.rsa.Public(), "r", "enc", ""), "not for signing"},
		{"a name twice", setOf(t, jose.JSONWebKey{Key: ours.rsa.Public(), KeyID: "r"}, jose.JSONWebKey{Key: ours.ec.Public(), KeyID: "r"}), "kid of another"},
		{"too large", []byte(strings.Repeat(" ", 70_000)), "bytes"},
	} {
		if _, err := elsewhere.ParseKeys(x.set); err == nil || !strings.Contains(err.Error(), x.says) {
			t.Errorf("%s: %v", x.it, err)
		}
	}
}

// Keys that a system publishes are fetched when they are needed, and another is found at once; keys that there are not make nobody ask all the time.
func TestPublishedKeysAreFetched(t *testing.T) {
	t.Parallel()
	now := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	first, second := newPairs(t), newPairs(t)
	var shown atomic.Value
	shown.Store(setOf(t, jose.JSONWebKey{Key: first.ec.Public(), KeyID: "1"}))
	var asked atomic.Int32
	there := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked.Add(1)
		_, _ = w.Write(shown.Load().([]byte))
	}))
	defer there.Close()
	p := &elsewhere.Published{Client: outbound.New(outbound.Config{Allow: []string{there.Listener.Addr().String()}}), Now: func() time.Time { return now }}
	a := elsewhere.Assertions{Published: p, Now: p.Now}
	keysOf := func(context.Context, string) (elsewhere.Keys, error) {
		return elsewhere.Keys{Address: there.URL + "/jwks.json"}, nil
	}
	proves := func(by pairs, kid string) error {
		claims := map[string]any{"iss": "svc_ehr", "sub": "svc_ehr", "aud": audience, "jti": "x", "exp": now.Add(time.Minute).Unix()}
		_, err := a.Verify(t.Context(), signed(t, jose.ES384, by.ec, kid, claims, "jku", there.URL+"/jwks.json"), audience, keysOf)
		return err
	}
	for range 3 {
		if err := proves(first, "1"); err != nil {
			t.Fatal(err)
		}
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
	for range 3 {
		if proves(second, "2") == nil {
			t.Error("a key that is not published counts")
		}
	}
	if asked.Load() != 1 {
		t.Errorf("asked %d times for a key that there is not", asked.Load())
	}
	shown.Store(setOf(t, jose.JSONWebKey{Key: second.ec.Public(), KeyID: "2"}))
	now = now.Add(time.Minute)
	if err := proves(second, "2"); err != nil {
		t.Error("the new key:", err)
	}
	if proves(first, "1") == nil {
		t.Error("a key that is published no more counts")
	}
	there.Close()
	if err := proves(second, "2"); err != nil {
		t.Error("while it is remembered nobody need answer:", err)
	}
	now = now.Add(time.Hour)
	if proves(second, "2") == nil {
		t.Error("keys of an hour ago count")
	}
	inside := &elsewhere.Published{Client: outbound.New(outbound.Config{})}
	if err := inside.Check("http://127.0.0.1:9/keys"); err == nil {
		t.Error("this machine's own services are asked for keys")
	}
}
