package elsewhere

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"attune/internal/outbound"
)

// The bounds of a set of keys.
const (
	mostKeys     = 20
	mostKeyBytes = 64 << 10
	leastRSA     = 2048
)

// keysLast is how long a fetched set is believed, and askAgain how soon it is fetched again for a key that it does not have: whoever names
// keys that there are not makes nobody be asked all the time.
const (
	keysLast = 10 * time.Minute
	askAgain = 30 * time.Second
)

// ParseKeys reads a set of public keys (RFC 7517) by which another system signs, and tells what is wrong with it. Each key has to have a kid of
// its own, and be an RSA key of 2048 bits or more, or one on the curve P-384.
func ParseKeys(text []byte) (jose.JSONWebKeySet, error) {
	var out jose.JSONWebKeySet
	if len(text) > mostKeyBytes {
		return out, fmt.Errorf("the set of keys has more than %d bytes", mostKeyBytes)
	}
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(text, &set); err != nil || len(set.Keys) == 0 {
		return out, errors.New(`it is no set of keys: a JWKS is {"keys": [{"kty": …, "kid": …}]}`)
	}
	if len(set.Keys) > mostKeys {
		return out, fmt.Errorf("the set has %d keys: give at most %d", len(set.Keys), mostKeys)
	}
	for i, raw := range set.Keys {
		var k jose.JSONWebKey
		if err := json.Unmarshal(raw, &k); err != nil {
			return out, fmt.Errorf("key %d cannot be read: give a public key, RSA or EC, as RFC 7517 writes it", i+1)
		}
		if wrong := flaw(&k); wrong != "" {
			return out, fmt.Errorf("key %d %s", i+1, wrong)
		}
		if len(out.Key(k.KeyID)) > 0 {
			return out, fmt.Errorf("key %d has the kid of another: each needs one of its own", i+1)
		}
		out.Keys = append(out.Keys, k)
	}
	return out, nil
}

// flaw is what is wrong with one key, or nothing.
func flaw(k *jose.JSONWebKey) string {
	switch key := k.Key.(type) {
	case []byte:
		return "is a shared secret, which proves nothing here: give the public half of a pair of keys"
	case *rsa.PrivateKey, *ecdsa.PrivateKey:
		return "is private: it must not leave the system that signs with it. Make another pair, and give its public half"
	case *rsa.PublicKey:
		switch {
		case key.N.BitLen() < leastRSA:
			return fmt.Sprintf("is an RSA key of %d bits: give one of %d or more", key.N.BitLen(), leastRSA)
		case k.Algorithm != "" && k.Algorithm != string(jose.RS384):
			return "is for " + k.Algorithm + ": an RSA key signs by RS384 here"
		}
	case *ecdsa.PublicKey:
		switch {
		case key.Curve != elliptic.P384():
			return "is on another curve than P-384, by which ES384 signs"
		case k.Algorithm != "" && k.Algorithm != string(jose.ES384):
			return "is for " + k.Algorithm + ": a key on P-384 signs by ES384"
		}
	default:
		return "is of a sort that is not taken: give an RSA key for RS384, or one on P-384 for ES384"
	}
	switch {
	case !k.Valid():
		return "is no usable key"
	case k.KeyID == "" || len(k.KeyID) > 200:
		return "has no kid, by which a signature names it"
	case k.Use != "" && k.Use != "sig":
		return "is not for signing: its use is another"
	}
	return ""
}

// Published fetches the sets of keys that other systems publish, and remembers each for a while.
type Published struct {
	// Client calls the systems. It follows no redirects.
	Client *outbound.Client
	// Now is the clock; nil means time.Now.
	Now func() time.Time

	mu   sync.Mutex
	sets map[string]*published
}

type published struct {
	mu  sync.Mutex
	set jose.JSONWebKeySet
	// at is when it was fetched, and tried when that was tried last.
	at, tried time.Time
}

func (p *Published) now() time.Time {
	if p.Now == nil {
		return time.Now()
	}
	return p.Now()
}

// Check tells what can be said against an address of keys without asking anybody.
func (p *Published) Check(address string) error {
	if err := p.Client.May(address); err != nil {
		return fmt.Errorf("keys cannot be fetched there: %w", err)
	}
	return nil
}

// With returns the set at an address. It is fetched again where it is old, or has no key of that name.
func (p *Published) With(ctx context.Context, address, kid string) (jose.JSONWebKeySet, error) {
	p.mu.Lock()
	if p.sets == nil {
		p.sets = map[string]*published{}
	}
	of := p.sets[address]
	if of == nil {
		of = &published{}
		p.sets[address] = of
	}
	p.mu.Unlock()
	of.mu.Lock() // one asks, and the others wait for what it hears
	defer of.mu.Unlock()
	now := p.now()
	fresh := now.Sub(of.at) < keysLast
	if fresh && len(of.set.Key(kid)) > 0 {
		return of.set, nil
	}
	if now.Sub(of.tried) >= askAgain {
		of.tried = now
		set, err := p.fetch(context.WithoutCancel(ctx), address) // whoever hangs up keeps nobody else from it
		if err != nil {
			return jose.JSONWebKeySet{}, err
		}
		of.set, of.at, fresh = set, now, true
	}
	if !fresh {
		return jose.JSONWebKeySet{}, errors.New("its keys were asked for just now, and could not be had")
	}
	return of.set, nil
}

func (p *Published) fetch(ctx context.Context, address string) (jose.JSONWebKeySet, error) {
	var none jose.JSONWebKeySet
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return none, err
	}
	r.Header.Set("Accept", "application/json")
	answer, err := p.Client.Do(r)
	if err != nil {
		return none, fmt.Errorf("fetch keys: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return none, fmt.Errorf("fetch keys: the answer is %d", answer.StatusCode)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, mostKeyBytes+1))
	if err != nil {
		return none, fmt.Errorf("fetch keys: %w", err)
	}
	return usable(text)
}

// usable reads what a system publishes: keys that are of no use here are left out, since it may have them for others.
func usable(text []byte) (out jose.JSONWebKeySet, err error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if len(text) > mostKeyBytes || json.Unmarshal(text, &set) != nil {
		return out, errors.New("fetch keys: what is there is no set of keys")
	}
	for _, raw := range set.Keys[:min(len(set.Keys), 10*mostKeys)] {
		var k jose.JSONWebKey
		if json.Unmarshal(raw, &k) == nil && flaw(&k) == "" {
			out.Keys = append(out.Keys, k)
		}
	}
	return out, nil
}
