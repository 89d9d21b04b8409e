package elsewhere

import (
	"context"
	"crypto/ecdsa"
	"crypto/rsa"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Assertions are words by which other systems prove who they are (RFC 7523, as SMART Backend Services has it): signed by RS384 or ES384 with a
// key that is registered for the system, for this endpoint alone, good for five minutes at most.
type Assertions struct {
	Published *Published
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// The bounds of an assertion.
const (
	mostAssertion = 8 << 10
	mostLife      = 5 * time.Minute
	mostJTI       = 200
	// skew is by how much clocks may differ.
	skew = 30 * time.Second
)

// Keys are those of a system: a set, or the address at which it publishes them.
type Keys struct {
	Set     []byte
	Address string
}

// Asserted is what a system proved: who it is, by a word of this name, which must count once until then.
type Asserted struct {
	Client, ID string
	Until      time.Time
}

// NotProvedError tells why a system did not prove who it is. It is for the system's makers, and repeats nothing of what was sent.
type NotProvedError struct {
	Says string
	// Client is the system whose key signed nevertheless; empty where none did.
	Client string
	// Cause is for the log alone: why keys could not be fetched.
	Cause error
}

func (e *NotProvedError) Error() string { return e.Says }

// Unwrap is the cause.
func (e *NotProvedError) Unwrap() error { return e.Cause }

// ErrUnknownSystem is what the keys of a system are answered with that there is not.
var ErrUnknownSystem = errors.New("there is no such system")

// notSigned is said of all that no registered key signed, so that nobody learns which systems there are.
const notSigned = "the assertion is not signed by a key that is registered for its issuer: sign it by RS384 or ES384, name the key by kid, and the client id as iss and sub"

// Verify finds out which system an assertion proves. keysOf returns what is registered for a client id, or [ErrUnknownSystem].
func (a *Assertions) Verify(ctx context.Context, raw, audience string, keysOf func(ctx context.Context, client string) (Keys, error)) (out Asserted, err error) {
	fail := func(says string) (Asserted, error) { return out, &NotProvedError{Says: says} }
	if len(raw) > mostAssertion {
		return fail(fmt.Sprintf("the assertion has more than %d bytes", mostAssertion))
	}
	word, err := jwt.ParseSigned(raw, []jose.SignatureAlgorithm{jose.RS384, jose.ES384})
	if err != nil || len(word.Headers) != 1 {
		return fail("the assertion is no JWT that is signed by RS384 or ES384")
	}
	head := word.Headers[0]
	if head.KeyID == "" {
		return fail("the assertion's header has no kid")
	}
	var claims jwt.Claims
	if err := word.UnsafeClaimsWithoutVerification(&claims); err != nil || claims.Issuer == "" {
		return fail(notSigned)
	}
	keys, err := keysOf(ctx, claims.Issuer)
	if errors.Is(err, ErrUnknownSystem) {
		return fail(notSigned)
	}
	if err != nil {
		return out, err
	}
	set, err := a.set(ctx, keys, head.KeyID)
	if err != nil {
		return out, &NotProvedError{Says: "the keys that are registered for the assertion's issuer cannot be had just now", Cause: err}
	}
	key, ok := fitting(set, head)
	if !ok || word.Claims(key, &claims) != nil {
		return fail(notSigned)
	}
	if says := a.wrong(&claims, head, keys, audience); says != "" {
		return out, &NotProvedError{Says: says, Client: claims.Issuer}
	}
	return Asserted{Client: claims.Issuer, ID: claims.ID, Until: claims.Expiry.Time().Add(skew)}, nil
}

func (a *Assertions) set(ctx context.Context, keys Keys, kid string) (jose.JSONWebKeySet, error) {
	if keys.Address != "" {
		return a.Published.With(ctx, keys.Address, kid)
	}
	return ParseKeys(keys.Set)
}

// fitting is the one key that a header names, if it is of the sort that its algorithm takes.
func fitting(set jose.JSONWebKeySet, head jose.Header) (any, bool) {
	found := set.Key(head.KeyID)
	if len(found) != 1 {
		return nil, false
	}
	switch key := found[0].Key.(type) {
	case *rsa.PublicKey:
		return key, head.Algorithm == string(jose.RS384)
	case *ecdsa.PublicKey:
		return key, head.Algorithm == string(jose.ES384)
	}
	return nil, false
}

// wrong is what is wrong with what a system signed, or nothing.
func (a *Assertions) wrong(c *jwt.Claims, head jose.Header, keys Keys, audience string) string {
	now := time.Now()
	if a.Now != nil {
		now = a.Now()
	}
	if typ, has := head.ExtraHeaders[jose.HeaderType].(string); has && !strings.EqualFold(typ, "JWT") {
		return "the header typ has to be JWT"
	}
	if jku, has := head.ExtraHeaders["jku"]; has && (keys.Address == "" || jku != keys.Address) {
		return "the header jku names another address of keys than the one that is registered"
	}
	switch {
	case c.Subject != c.Issuer:
		return "iss and sub have to be the client id, both"
	case len(c.Audience) != 1 || c.Audience[0] != audience: // alone: who else it is for could use it here
		return "aud has to be " + audience + ", and nothing else"
	case c.Expiry == nil:
		return "exp is missing"
	case !now.Before(c.Expiry.Time().Add(skew)):
		return "the assertion has expired"
	case c.Expiry.Time().After(now.Add(mostLife + skew)):
		return "exp is more than five minutes from now"
	case c.NotBefore != nil && c.NotBefore.Time().After(now.Add(skew)), c.IssuedAt != nil && c.IssuedAt.Time().After(now.Add(skew)):
		return "the assertion is of a later time: look at the clock of the machine that signs"
	case c.ID == "" || len(c.ID) > mostJTI:
		return fmt.Sprintf("jti is missing, or longer than %d bytes", mostJTI)
	}
	return ""
}
