package api

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"attune/internal/audit"
)

// Links keeps sign-in links. Only hashes of their tokens are kept.
type Links interface {
	// Use takes a link out if its token is known and in time. It returns false otherwise.
	Use(token string, now time.Time) (bool, error)
}

// Door lets staff in: a link works once, within its time, and opens a session. All of it goes by the
// wall's clock, whatever clock people live by.
type Door struct {
	Links Links
	// Now is the wall's clock; nil means time.Now.
	Now func() time.Time

	mu       sync.Mutex
	sessions map[[sha256.Size]byte]time.Time
}

func (d *Door) now() time.Time {
	if d.Now == nil {
		return time.Now()
	}
	return d.Now()
}

const cookieName = "attune_session"

// open makes a session and returns its secret.
func (d *Door) open() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	secret := base64.RawURLEncoding.EncodeToString(b[:])
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.sessions == nil {
		d.sessions = map[[sha256.Size]byte]time.Time{}
	}
	for key, ends := range d.sessions {
		if ends.Before(d.now()) {
			delete(d.sessions, key)
		}
	}
	d.sessions[sha256.Sum256([]byte(secret))] = d.now().Add(sessionTime)
	return secret
}

// knows tells whether the request belongs to a session.
func (d *Door) knows(r *http.Request) bool {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	ends, ok := d.sessions[sha256.Sum256([]byte(c.Value))]
	return ok && d.now().Before(ends)
}

// session names the session that a request belongs to, without its secret.
func (d *Door) session(r *http.Request) (string, bool) {
	c, err := r.Cookie(cookieName)
	if err != nil || !d.knows(r) {
		return "", false
	}
	return sessionName(c.Value), true
}

func sessionName(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:8])
}

func (d *Door) close(r *http.Request) {
	if c, err := r.Cookie(cookieName); err == nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		delete(d.sessions, sha256.Sum256([]byte(c.Value)))
	}
}

// signedIn lets only those with a session through.
func (s *server) signedIn(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.Door == nil || s.Door.knows(r) {
			next(w, r)
			return
		}
		w.WriteHeader(http.StatusUnauthorized)
		s.show(w, "sign-in.html", struct{ Token, Problem string }{})
	}
}

// askSignIn shows a button. Opening a link does not use it, so that a mail scanner that looks at it
// does not use it up.
func (s *server) askSignIn(w http.ResponseWriter, r *http.Request) {
	s.show(w, "sign-in.html", struct{ Token, Problem string }{Token: r.URL.Query().Get("token")})
}

func (s *server) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 4<<10)
	ok, err := s.Door.Links.Use(r.PostFormValue("token"), s.Door.now())
	if err != nil {
		s.fail(w, "sign-in", err)
		return
	}
	if !ok {
		if err := s.Signs.Signed(r.Context(), audit.SignedIn, audit.Refused); err != nil {
			s.fail(w, "sign-in", err)
			return
		}
		w.WriteHeader(http.StatusForbidden)
		s.show(w, "sign-in.html", struct{ Token, Problem string }{Problem: "This link was used before, or its fifteen minutes are over."})
		return
	}
	secret := s.Door.open()
	c := audit.Of(r.Context())
	c.Actor = audit.Actor{Kind: audit.Session, ID: sessionName(secret), How: "cookie"}
	if err := s.Signs.Signed(audit.With(r.Context(), c), audit.SignedIn, audit.Done); err != nil {
		s.fail(w, "sign-in", err)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Value: secret, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil, MaxAge: int(sessionTime / time.Second)})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *server) signOut(w http.ResponseWriter, r *http.Request) {
	s.Door.close(r)
	if err := s.Signs.Signed(r.Context(), audit.SignedOut, audit.Done); err != nil {
		s.Logger.Error("that somebody signed out is not recorded", "error", err)
	}
	http.SetCookie(w, &http.Cookie{Name: cookieName, Path: "/", MaxAge: -1})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// NewToken draws the secret of a link and the hash that is kept of it.
func NewToken() (token string, hash [sha256.Size]byte) {
	var b [24]byte
	_, _ = rand.Read(b[:])
	token = base64.RawURLEncoding.EncodeToString(b[:])
	return token, sha256.Sum256([]byte(token))
}

// SameToken tells in constant time whether a token has the hash.
func SameToken(token string, hash []byte) bool {
	sum := sha256.Sum256([]byte(token))
	return subtle.ConstantTimeCompare(sum[:], hash) == 1
}

// isLocal tells a host name of this machine only.
func isLocal(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && ip.IsLoopback()
}
