package api

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"time"

	"attune/core/id"
	"attune/core/instant"
	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/story"
)

//go:embed page/*
var files embed.FS

// Config sets the pages up.
type Config struct {
	View View
	// Door lets staff in by link. Nil leaves the pages open to anybody who reaches them: only for
	// demonstrations, on loopback.
	Door *Door
	// Signs is told who came in; nil only where there is no door.
	Signs Signs
	// Console is the staff console, whose parts are the same for everybody. Its screens are sent to whoever is signed in.
	Console Console
	// Healthy returns nil while the node works.
	Healthy func() error
	Logger  *slog.Logger
}

// Console sends the staff console.
type Console interface {
	http.Handler
	// IsPage tells whether a path is a screen's, and not a part's.
	IsPage(path string) bool
}

type server struct {
	Config
	pages *template.Template
}

// New makes the handler of all pages.
func New(cfg Config) (http.Handler, error) {
	s := &server{Config: cfg}
	if cfg.Door != nil && cfg.Signs == nil {
		return nil, errors.New("who signs in has to be recorded")
	}
	var err error
	if s.pages, err = template.New("").Funcs(template.FuncMap{"clock": clock, "ago": ago, "thousands": thousands, "newest": newest[story.Line]}).ParseFS(files, "page/*.html"); err != nil {
		return nil, fmt.Errorf("parse pages: %w", err)
	}
	static, err := fs.Sub(files, "page")
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	for _, r := range s.routes(http.FileServerFS(static).ServeHTTP) {
		if !r.what.Known() && r.free == "" {
			return nil, fmt.Errorf("the route %s does not say what it is recorded as", r.pattern)
		}
		mux.HandleFunc(r.pattern, s.calling(r.pattern, r.serve))
	}
	return guard(http.NewCrossOriginProtection().Handler(mux), s.Door == nil), nil
}

// route is one address, and what its requests are recorded as, or why they are not.
type route struct {
	pattern string
	serve   http.HandlerFunc
	what    audit.What
	free    string
}

// routes are all there are. What they show is recorded by the view, which knows whom it shows.
func (s *server) routes(static http.HandlerFunc) []route {
	out := []route{
		{pattern: "GET /healthz", serve: s.health, free: "tells whether the server works"},
		{pattern: "GET /page.css", serve: static, free: "the same for everybody"},
		{pattern: "GET /api.js", serve: static, free: "the same for everybody"},
		{pattern: "GET /passkey.js", serve: static, free: "the same for everybody"},
		{pattern: "GET /page.js", serve: static, free: "the same for everybody"},
		{pattern: "GET /{$}", serve: s.allowed(access.DeliveryRead, s.overview), what: audit.PageRead},
		{pattern: "GET /people/{id}", serve: s.allowed(access.PersonRead, s.person), what: audit.PersonRead},
	}
	if s.Console != nil {
		out = append(out,
			route{pattern: "GET /console", serve: func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, consolePath, http.StatusFound) }, free: "leads to the console"},
			route{pattern: "GET " + consolePath, serve: s.console, free: "the same for everybody; what it shows is asked of the API, and recorded there"})
	}
	return append(out, s.doorRoutes()...)
}

// calling lets whatever is done for a request be recorded as its sender's.
func (s *server) calling(via string, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := s.Door.visitor(r)
		if err != nil {
			s.fail(w, "door", err)
			return
		}
		c := audit.Caller{Actor: v.actor, Via: via, Request: audit.NewRequest()}
		next(w, r.WithContext(withVisitor(audit.With(r.Context(), c), v)))
	}
}

// guard sets what every answer has. Without sign-in only this machine's own names are answered for,
// so that no page elsewhere can reach in through a name that points here.
func guard(next http.Handler, open bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if open && !isLocal(r.Host) {
			http.Error(w, onlyLocal, http.StatusMisdirectedRequest)
			return
		}
		headers(w.Header())
		next.ServeHTTP(w, r)
	})
}

const onlyLocal = "this demonstration answers to localhost only"

// security is what a page may load, send and be shown in.
const security = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// headers are what every answer has.
func headers(h http.Header) {
	h.Set("Content-Security-Policy", security)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
}

// consolePath is where the console lies.
const consolePath = "/console/"

// console sends a part of the console to anybody, and a screen to whoever is signed in. Others sign in first, and come back to it.
func (s *server) console(w http.ResponseWriter, r *http.Request) {
	// Letters of its own besides what every page may have. There is no style or script inside the page.
	w.Header().Set("Content-Security-Policy", security+"; font-src 'self'")
	if s.Door == nil || !s.Console.IsPage(r.URL.Path) || !visitorOf(r).principal.Nobody() {
		s.Console.ServeHTTP(w, r)
		return
	}
	s.remember(w, r)
	s.enter(w, r)
}

func (s *server) health(w http.ResponseWriter, _ *http.Request) {
	if err := s.Healthy(); err != nil {
		http.Error(w, "stopped: see the log", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

func (s *server) overview(w http.ResponseWriter, r *http.Request) {
	// Whoever may not open everybody's record sees numbers, and nothing of anybody.
	all := s.Door == nil || visitorOf(r).principal.Everybody(access.PersonRead)
	ctx := r.Context()
	if s.Door != nil {
		ctx = WithPrincipal(ctx, &visitorOf(r).principal)
	}
	o, err := s.View.Overview(ctx, all)
	if err != nil {
		s.fail(w, "overview", err)
		return
	}
	var portrait *Portrait
	if !o.Person.IsZero() {
		if p, ok, err := s.View.Story(r.Context(), o.Person); err != nil {
			s.fail(w, "story", err)
			return
		} else if ok {
			portrait = &p
		}
	}
	s.show(w, "overview.html", struct {
		Overview
		Portrait *Portrait
		// Records tells that single people are shown, Account that whoever looks has one, Console that there is one.
		Records, SignOut, Account, Console bool
	}{o, portrait, all, s.Door != nil, s.Door != nil && visitorOf(r).session.ID != "", s.Console != nil})
}

func (s *server) person(w http.ResponseWriter, r *http.Request) {
	who, err := id.ParsePerson(r.PathValue("id"))
	if err != nil {
		http.Error(w, "this is no person's id: it is \"p\" and 26 characters", http.StatusNotFound) // what was sent instead is not repeated
		return
	}
	if s.Door != nil && !visitorOf(r).principal.Everybody(access.PersonRead) {
		if s.Door.Refused != nil {
			s.Door.Refused(r.Context(), "this page shows records to a panel of all programs alone", who)
		}
		w.WriteHeader(http.StatusForbidden)
		s.show(w, "refused.html", struct{ What, Who string }{"a panel of all programs", "those whom no programs were given"})
		return
	}
	p, ok, err := s.View.Story(r.Context(), who)
	if err != nil {
		s.fail(w, "story", err)
		return
	}
	if !ok {
		http.Error(w, "nobody has this id", http.StatusNotFound)
		return
	}
	s.show(w, "person.html", p)
}

func (s *server) show(w http.ResponseWriter, page string, data any) {
	var b bytes.Buffer
	if err := s.pages.ExecuteTemplate(&b, page, data); err != nil {
		s.fail(w, page, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write(b.Bytes())
}

func (s *server) fail(w http.ResponseWriter, what string, err error) {
	s.Logger.Error("a page could not be made", "page", what, "error", err)
	http.Error(w, "This page could not be made just now. The log says why.", http.StatusInternalServerError)
}

// clock shows an instant to people.
func clock(t instant.Time) string { return t.Std().Format("2 Jan 2006 15:04") }

// ago says how long before now something was.
func ago(now, t instant.Time) string {
	switch d := now.Sub(t); {
	case d < instant.Minute:
		return "just now"
	case d < instant.Hour:
		return strconv.Itoa(int(d/instant.Minute)) + " min ago"
	case d < 48*instant.Hour:
		return strconv.Itoa(int(d/instant.Hour)) + " h ago"
	default:
		return strconv.Itoa(int(d/instant.Day)) + " days ago"
	}
}

func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "\u202f" + s[i:]
	}
	return s
}

// newest turns a list around, so that the newest comes first.
func newest[T any](list []T) []T {
	out := slices.Clone(list)
	slices.Reverse(out)
	return out
}

// sessionTime is how long a sign-in lasts, on the wall's clock.
const sessionTime = 12 * time.Hour
