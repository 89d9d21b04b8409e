package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"time"

	"attune/core/id"
	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/staff"
)

// Links keeps sign-in links. Only hashes of their tokens are kept.
type Links interface {
	// Use takes a link out if its token is known and in time. It returns false otherwise.
	Use(token string, now time.Time) (bool, error)
}

// Door lets staff in: by their own account, or by a link that works once, within its time, and names nobody. All of it goes by the
// wall's clock, whatever clock people live by.
type Door struct {
	Links Links
	// Staff are the accounts, and the tokens of scripts. Nil leaves links as the only way in.
	Staff *staff.Book
	// Elsewhere is another system that knows staff; nil where there is none.
	Elsewhere Elsewhere
	// Systems says which other systems prove who they are; nil where none can.
	Systems Systems
	// Forgot notes that somebody with this address wants another password. Nil where no link can be sent.
	Forgot func(email string)
	// Public is where people reach the server from elsewhere, over https; empty where nothing is known of that.
	Public string
	// Organisation is what an authenticator shows the account under.
	Organisation string
	// Refused takes down that somebody who is known was refused a page. It may be nil.
	Refused func(ctx context.Context, why string, people ...id.Person)
	// Now is the wall's clock; nil means time.Now.
	Now func() time.Time

	mu       sync.Mutex
	sessions map[[sha256.Size]byte]time.Time
}

// Elsewhere is another system that says who somebody is.
type Elsewhere interface {
	// Name is what people call it.
	Name() string
	// Begin is where somebody goes, and what their browser keeps meanwhile.
	Begin(ctx context.Context) (address, kept string, err error)
	// Finish is what it says of somebody who came back: email is empty where it did not make sure of it.
	Finish(ctx context.Context, came url.Values, kept string) (issuer, subject, email string, err error)
}

func (d *Door) now() time.Time {
	if d.Now == nil {
		return time.Now()
	}
	return d.Now()
}

// visitor is who makes a request, as far as the door knows.
type visitor struct {
	principal access.Principal
	// actor is who that is in the audit log.
	actor audit.Actor
	// account and session are those of a member of staff, also of one who has not come in wholly yet.
	account staff.Account
	session staff.Session
	// secret is the session's.
	secret string
}

type visitorKey struct{}

// Principal is who makes a request: a member of staff, a token's holder, or somebody with a sign-in link. ok is false where nobody is
// known, and for those who have not shown their second factor yet.
func (d *Door) Principal(r *http.Request) (p access.Principal, ok bool) {
	v := visitorOf(r)
	if v == nil {
		var err error
		if v, err = d.visitor(r); err != nil {
			return p, false
		}
	}
	return v.principal, !v.principal.Nobody()
}

// Suspect tells who sends a request that lets nobody in: whose token has ended, or who has not shown their second factor yet. It is nobody where that
// is not known.
func (d *Door) Suspect(r *http.Request) audit.Actor {
	if d == nil || d.Staff == nil {
		return audit.Actor{Kind: audit.Anybody}
	}
	text := ""
	if _, after, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok {
		text = strings.TrimSpace(after)
	} else if c, err := r.Cookie(cookieName(r)); err == nil {
		text = c.Value
	}
	kind, id, err := d.Staff.Whose(r.Context(), text)
	if err != nil || id == "" {
		return audit.Actor{Kind: audit.Anybody}
	}
	return audit.Actor{Kind: audit.Kind(kind), ID: id, How: "ended"}
}

func visitorOf(r *http.Request) *visitor {
	v, _ := r.Context().Value(visitorKey{}).(*visitor)
	return v
}

func withVisitor(ctx context.Context, v *visitor) context.Context {
	return context.WithValue(ctx, visitorKey{}, v)
}

// visitor finds out who makes a request. Whoever sends a token is whom the token says, or nobody: a cookie beside it does not count.
func (d *Door) visitor(r *http.Request) (*visitor, error) {
	v := &visitor{actor: audit.Actor{Kind: audit.Anybody}}
	if d == nil {
		return v, nil
	}
	if h := r.Header.Get("Authorization"); h != "" {
		return v, d.byToken(r, v, h)
	}
	c, err := r.Cookie(cookieName(r))
	if err != nil {
		return v, nil //nolint:nilerr // there is none
	}
	v.secret = c.Value
	if d.knows(c.Value) {
		id := sessionName(c.Value)
		v.principal, v.actor = linkPrincipal(id), audit.Actor{Kind: audit.Session, ID: id, How: "cookie"}
		return v, nil
	}
	if d.Staff == nil {
		return v, nil
	}
	s, a, err := d.Staff.Lookup(r.Context(), c.Value, r.Header.Get(renewsItself) == "")
	if errors.Is(err, staff.ErrNoSession) {
		return v, nil
	}
	if err != nil {
		return v, err
	}
	v.session, v.account = s, a
	if s.Stage == staff.Whole {
		v.principal, v.actor = a.Principal(), audit.Actor{Kind: audit.Account, ID: a.ID, How: "cookie"}
	}
	return v, nil
}

// renewsItself is the header of requests that a page makes by itself: they do not keep a session alive.
const renewsItself = "Attune-Renew"

func (d *Door) byToken(r *http.Request, v *visitor, header string) error {
	scheme, text, _ := strings.Cut(header, " ")
	if d.Staff == nil || !strings.EqualFold(scheme, "Bearer") {
		return nil
	}
	text = strings.TrimSpace(text)
	t, ok, err := d.Staff.ByToken(r.Context(), text)
	if ok && t.Account != "" {
		a, err := d.Staff.Account(r.Context(), t.Account)
		if err != nil || a.Disabled {
			return err
		}
		v.principal, v.actor = t.As(&a), audit.Actor{Kind: audit.Account, ID: a.ID, How: "bearer"}
		return nil
	}
	if ok {
		v.principal, v.actor = t.Principal(), audit.Actor{Kind: audit.Key, ID: t.ID, How: "bearer"}
	}
	if ok || err != nil {
		return err
	}
	is, scope, ok, err := d.Staff.ByAccess(r.Context(), text)
	if ok {
		v.principal, v.actor = is.Principal(scope), audit.Actor{Kind: audit.Service, ID: is.ID, How: "bearer"}
	}
	return err
}

// linkPrincipal is whoever came in by a link that names nobody: it reads numbers, programs and the audit log, and no person's record.
func linkPrincipal(id string) access.Principal {
	return access.Principal{
		Kind: "session", ID: id, Name: "somebody with a sign-in link", Roles: []access.Role{access.Auditor},
		Permits: []access.Permission{access.AuditRead, access.ProgramRead, access.SettingsRead, access.DeliveryRead},
	}
}

// The names of cookies. Browsers keep one that begins with __Host- only where it came over https, from this host and for all of it, so
// that no neighbour of a domain can set one. Over http to this machine itself, where some browsers refuse such a cookie, it has a plain name.
const (
	hostCookie   = "__Host-attune"
	localCookie  = "attune_local"
	deviceSuffix = "_device"
	awaySuffix   = "_away"
	wantedSuffix = "_wanted"
)

// overLocal tells that a request came to this machine's own name, without encryption. A proxy that took the encryption off says so: what other visitors
// say of that was taken out before (limit.Behind).
func overLocal(r *http.Request) bool { return r.TLS == nil && isLocal(r.Host) && !forwardedTLS(r) }

// forwardedTLS tells that a proxy took the encryption off.
func forwardedTLS(r *http.Request) bool {
	all := strings.Split(strings.Join(r.Header.Values("X-Forwarded-Proto"), ","), ",")
	return strings.EqualFold(strings.TrimSpace(all[len(all)-1]), "https")
}

func cookieName(r *http.Request) string {
	if overLocal(r) {
		return localCookie
	}
	return hostCookie
}

// setCookie gives the browser a secret, for the time of the session or, with age, for longer. The session itself ends on the server.
func setCookie(w http.ResponseWriter, r *http.Request, suffix, value string, age time.Duration) {
	c := &http.Cookie{Name: cookieName(r) + suffix, Value: value, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: !overLocal(r), MaxAge: int(age / time.Second)}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// open makes a session of a link and returns its secret.
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

// knows tells whether a secret is that of a link's session.
func (d *Door) knows(secret string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	ends, ok := d.sessions[sha256.Sum256([]byte(secret))]
	return ok && d.now().Before(ends)
}

func sessionName(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:8])
}

// close ends the session that a request belongs to.
func (d *Door) close(r *http.Request) error {
	c, err := r.Cookie(cookieName(r))
	if err != nil {
		return nil //nolint:nilerr // there is none
	}
	d.mu.Lock()
	delete(d.sessions, sha256.Sum256([]byte(c.Value)))
	d.mu.Unlock()
	if d.Staff == nil {
		return nil
	}
	return d.Staff.End(r.Context(), c.Value)
}

// from is the network address that a request comes from: what a proxy on this machine says, or the connection's.
func from(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		host = r.RemoteAddr
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		all := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		if last, err := netip.ParseAddr(strings.TrimSpace(all[len(all)-1])); err == nil { // the proxy's own word stands last
			return last.String()
		}
	}
	return host
}

// unencrypted tells that, as far as can be known, a request came without encryption over a network: browsers then keep no session.
func (d *Door) unencrypted(r *http.Request) bool {
	if r.TLS != nil || isLocal(r.Host) || forwardedTLS(r) {
		return false
	}
	u, err := url.Parse(d.Public)
	return err != nil || !strings.EqualFold(u.Host, r.Host)
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
