// Package elsewhere lets other systems say who somebody is. Of staff, one may over OpenID Connect: the authorization code flow, with PKCE, a nonce, and a state
// that is bound to the browser; what has to be remembered between leaving and coming back, the browser keeps. Of themselves, systems may by words that they
// sign ([Assertions]). It must not decide who may come in, and keeps nothing but keys that others publish, for a while.
package elsewhere

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"attune/internal/outbound"
)

// Config says which system, and what Attune is there.
type Config struct {
	// Button is what people call the system.
	Button                         string
	Issuer, ClientID, ClientSecret string
	// Client calls the system. It follows no redirects.
	Client *outbound.Client
	// Back is where the system sends people back to.
	Back string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
}

// System is the other system. It is asked what it offers when somebody first needs it, so that Attune starts without it.
type System struct {
	Config

	mu       sync.Mutex
	provider *oidc.Provider
}

// New describes a system. It does not connect.
func New(c Config) *System { return &System{Config: c} }

// Name is what people call the system.
func (s *System) Name() string { return s.Button }

// known asks the system what it offers, once.
func (s *System) known(ctx context.Context) (*oidc.Provider, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.provider == nil {
		p, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), s.Client.HTTP()), s.Issuer)
		if err != nil {
			return nil, fmt.Errorf("ask %s what it offers: %w", s.Issuer, err)
		}
		s.provider = p
	}
	return s.provider, nil
}

func (s *System) at(p *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{ClientID: s.ClientID, ClientSecret: s.ClientSecret, Endpoint: p.Endpoint(), RedirectURL: s.Back, Scopes: []string{oidc.ScopeOpenID, "email"}}
}

// Begin is where somebody goes, and what their browser keeps meanwhile.
func (s *System) Begin(ctx context.Context) (address, kept string, err error) {
	p, err := s.known(ctx)
	if err != nil {
		return "", "", err
	}
	state, nonce, verifier := draw(), draw(), oauth2.GenerateVerifier()
	return s.at(p).AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier)), strings.Join([]string{state, nonce, verifier}, "."), nil
}

func draw() string {
	var b [24]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// ErrNotThem tells that what came back is not what was asked for, or that the system let nobody in.
var ErrNotThem = errors.New("the other system did not say who this is")

// Finish is what the system says of somebody who came back. The address is empty where the system does not say that it made sure of it.
func (s *System) Finish(ctx context.Context, came url.Values, kept string) (issuer, subject, email string, err error) {
	parts := strings.Split(kept, ".")
	if len(parts) != 3 || len(parts[0]) == 0 || subtle.ConstantTimeCompare([]byte(parts[0]), []byte(came.Get("state"))) != 1 {
		return "", "", "", fmt.Errorf("%w: it is not this browser that began", ErrNotThem)
	}
	if came.Get("code") == "" || came.Has("error") {
		return "", "", "", fmt.Errorf("%w: it let nobody in", ErrNotThem)
	}
	if from := came.Get("iss"); from != "" && from != s.Issuer { // RFC 9207: another system's answer
		return "", "", "", fmt.Errorf("%w: another system answered", ErrNotThem)
	}
	p, err := s.known(ctx)
	if err != nil {
		return "", "", "", err
	}
	ctx = oidc.ClientContext(ctx, s.Client.HTTP())
	token, err := s.at(p).Exchange(ctx, came.Get("code"), oauth2.VerifierOption(parts[2]))
	if err != nil {
		return "", "", "", fmt.Errorf("%w: it does not take its own code back", ErrNotThem)
	}
	raw, _ := token.Extra("id_token").(string)
	said, err := p.VerifierContext(ctx, &oidc.Config{ClientID: s.ClientID, Now: s.Now}).Verify(ctx, raw)
	if err != nil {
		return "", "", "", fmt.Errorf("%w: its word is not signed by it, not for Attune, or too old", ErrNotThem)
	}
	if subtle.ConstantTimeCompare([]byte(said.Nonce), []byte(parts[1])) != 1 || said.Subject == "" {
		return "", "", "", fmt.Errorf("%w: its word is of another time", ErrNotThem)
	}
	var claims struct {
		Email    string `json:"email"`
		Verified bool   `json:"email_verified"`
	}
	if err := said.Claims(&claims); err != nil {
		return "", "", "", fmt.Errorf("%w: its word cannot be read", ErrNotThem)
	}
	if !claims.Verified {
		claims.Email = ""
	}
	return said.Issuer, said.Subject, claims.Email, nil
}
