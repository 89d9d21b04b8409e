package api

import (
	"context"
	"encoding/json"
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/staff"
)

// Systems says which other system an assertion proves, for this address alone.
type Systems interface {
	// Prove returns the system's id, and the name of its word, which must count once until then. Its error is a [NotProvedError] where no system is proved.
	Prove(ctx context.Context, assertion, audience string) (client, word string, until time.Time, err error)
}

// NotProvedError tells why a system did not prove who it is.
type NotProvedError struct {
	// Says is for the system's makers, and repeats nothing of what was sent.
	Says string
	// Client is the system whose key signed nevertheless; empty where none did.
	Client string
	// Cause is for the log alone.
	Cause error
}

func (e *NotProvedError) Error() string { return e.Says }

const (
	tokenPath = "/oauth/token"
	// jwtBearer is the only way in which a system proves here who it is.
	jwtBearer = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
)

// address is where the server is reached, as others have to write it: public_url, or this machine's own name over http. It is empty where
// nothing is known of that.
func (d *Door) address(r *http.Request) string {
	if d.Public != "" {
		return strings.TrimRight(d.Public, "/")
	}
	if overLocal(r) {
		return "http://" + r.Host
	}
	return ""
}

// notReachable tells that public_url is missing.
const notReachable = "public_url is not set: other systems have to know under which address they ask"

// smart tells other systems where they get access tokens, and how (SMART App Launch 2.2, 3.2). It says what there is and nothing else: no user
// signs in to another system by Attune.
func (s *server) smart(w http.ResponseWriter, r *http.Request) {
	base := s.Door.address(r)
	if base == "" {
		http.Error(w, notReachable, http.StatusNotFound)
		return
	}
	scopes := []access.Permission{}
	for _, m := range access.Permissions() {
		if m.Permission != access.OwnAccount {
			scopes = append(scopes, m.Permission)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(struct { // who asked may be gone
		Token      string              `json:"token_endpoint"`
		Methods    []string            `json:"token_endpoint_auth_methods_supported"`
		Algorithms []string            `json:"token_endpoint_auth_signing_alg_values_supported"`
		Grants     []string            `json:"grant_types_supported"`
		Scopes     []access.Permission `json:"scopes_supported"`
		Challenges []string            `json:"code_challenge_methods_supported"`
		Can        []string            `json:"capabilities"`
	}{base + tokenPath, []string{"private_key_jwt"}, []string{"RS384", "ES384"}, []string{"client_credentials"}, scopes, []string{}, []string{"client-confidential-asymmetric"}})
}

// notGranted is why no access token is given (RFC 6749, 5.2).
type notGranted struct {
	status int
	Error  string `json:"error"`
	Says   string `json:"error_description"`
}

// granted is an access token as it is given (RFC 6749, 5.1).
type granted struct {
	Token string `json:"access_token"`
	Type  string `json:"token_type"`
	Lasts int    `json:"expires_in"`
	Scope string `json:"scope"`
}

// grant gives an access token to a system that proves who it is.
func (s *server) grant(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Pragma", "no-cache")
	out, no, err := s.granted(w, r)
	if err != nil {
		s.Logger.Error("a system was not given an access token", "error", err)
		no = &notGranted{http.StatusServiceUnavailable, "temporarily_unavailable", "it did not work just now; the log says why"}
		w.Header().Set("Retry-After", "5")
	}
	if no != nil {
		w.WriteHeader(no.status)
		_ = json.NewEncoder(w).Encode(no)
		return
	}
	_ = json.NewEncoder(w).Encode(out) //nolint:gosec // it is what was asked for
}

func (s *server) granted(w http.ResponseWriter, r *http.Request) (*granted, *notGranted, error) {
	bad := func(kind, says string) (*granted, *notGranted, error) {
		return nil, &notGranted{http.StatusBadRequest, kind, says}, nil
	}
	base := s.Door.address(r)
	if base == "" {
		return bad("invalid_request", notReachable)
	}
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/x-www-form-urlencoded" {
		return bad("invalid_request", "send application/x-www-form-urlencoded")
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return bad("invalid_request", "the form cannot be read: it has at most "+strconv.Itoa(maxForm)+" bytes")
	}
	for name, values := range r.PostForm {
		if len(values) != 1 { // RFC 6749, 3.2
			return bad("invalid_request", "a field stands there twice")
		}
		if name == "client_secret" {
			return bad("invalid_request", "a secret proves nothing here: send a client_assertion")
		}
	}
	switch {
	case r.PostForm.Get("grant_type") != "client_credentials":
		return bad("unsupported_grant_type", "grant_type has to be client_credentials")
	case r.PostForm.Get("client_assertion_type") != jwtBearer:
		return bad("invalid_request", "client_assertion_type has to be "+jwtBearer)
	}
	client, word, until, err := s.Door.Systems.Prove(r.Context(), r.PostForm.Get("client_assertion"), base+tokenPath)
	if no, ok := errors.AsType[*NotProvedError](err); ok {
		if no.Cause != nil {
			s.Logger.Warn("the keys of a system could not be fetched", "error", no.Cause)
		}
		return s.refuseSystem(r, no.Client, no.Says)
	}
	if err != nil {
		return nil, nil, err
	}
	if given := r.PostForm.Get("client_id"); given != "" && given != client {
		return s.refuseSystem(r, client, "client_id is another than the one that the assertion proves")
	}
	g, err := s.Door.Staff.Grant(r.Context(), client, word, until, strings.Fields(r.PostForm.Get("scope")))
	switch {
	case errors.Is(err, staff.ErrScope):
		_, _, failed := s.refuseSystem(r, client, err.Error())
		return nil, &notGranted{http.StatusBadRequest, "invalid_scope", err.Error()}, failed
	case errors.Is(err, staff.ErrReplayed), errors.Is(err, staff.ErrNoService):
		return s.refuseSystem(r, client, err.Error())
	case err != nil:
		return nil, nil, err
	}
	if err := s.signedAs(r, audit.Actor{Kind: audit.Service, ID: client, How: "assertion"}, audit.ServiceAdmitted, audit.Done); err != nil {
		return nil, nil, err
	}
	var scope []string
	for _, p := range g.Scope {
		scope = append(scope, string(p))
	}
	return &granted{g.Token, "bearer", int(g.Lasts / time.Second), strings.Join(scope, " ")}, nil, nil
}

// refuseSystem records that a system was not believed, and tells why.
func (s *server) refuseSystem(r *http.Request, client, says string) (*granted, *notGranted, error) {
	actor := audit.Actor{Kind: audit.Anybody}
	if client != "" {
		actor = audit.Actor{Kind: audit.Service, ID: client, How: "assertion"}
	}
	if err := s.guessed(r, actor, audit.ServiceAdmitted, says); err != nil {
		return nil, nil, err
	}
	return nil, &notGranted{http.StatusUnauthorized, "invalid_client", says}, nil
}

// guessed records that somebody was not let in, together with others of theirs where they are many: whoever guesses fills no disk.
func (s *server) guessed(r *http.Request, actor audit.Actor, what audit.What, why string) error {
	if s.Door.Refused == nil {
		return s.signedAs(r, actor, what, audit.Refused)
	}
	c := audit.Of(r.Context())
	c.Actor = actor
	s.Door.Refused(audit.With(context.WithoutCancel(r.Context()), c), why)
	return nil
}

// Sender is the system that sends events by an access token; ok is false where a request has none, or none that may send.
func (d *Door) Sender(r *http.Request) (is staff.Service, ok bool) {
	if d == nil || d.Staff == nil {
		return is, false
	}
	scheme, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return is, false
	}
	is, scope, known, err := d.Staff.ByAccess(r.Context(), strings.TrimSpace(text))
	if err != nil || !known || is.Source == "" {
		return is, false
	}
	p := is.Principal(scope)
	return is, p.May(access.EventsSend)
}
