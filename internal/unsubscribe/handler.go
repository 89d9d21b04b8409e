package unsubscribe

import (
	"bytes"
	"context"
	"errors"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"attune/core/channel"
	"attune/internal/ticket"
)

// Path is where the links stand under the public address; a ticket follows it.
const Path = "/in/unsubscribe/"

// Touch is what pages may tell of the message that a ticket came with.
type Touch struct {
	// Language is the one the message was written in, and Channel what carried it.
	Language, Channel string
	// Sender is who wrote.
	Sender string
}

// ErrGone means that nothing is known of the ticket's person or touch any more.
var ErrGone = errors.New("nothing is known of what the ticket is about")

// Desk takes consent back.
type Desk interface {
	// Touch finds the message that a ticket came with. It returns ErrGone when it is not known any more.
	Touch(ctx context.Context, t ticket.Ticket) (Touch, error)
	// Unsubscribe takes back the consent that the message rested on. It is durable when the error is
	// nil, and taking it back again changes nothing.
	Unsubscribe(ctx context.Context, t ticket.Ticket) error
}

// Config sets the handler up.
type Config struct {
	Tickets ticket.Tickets
	Desk    Desk
	// Now is the clock; nil is the machine's.
	Now func() time.Time
	// Log is told what went wrong; nil discards it.
	Log *slog.Logger
}

// Handler answers the links.
type Handler struct {
	cfg   Config
	words map[string]words
	page  *template.Template
	bad   limit
	// security is the pages' content security policy.
	security string
}

// New makes the handler.
func New(cfg Config) (*Handler, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	h := &Handler{cfg: cfg, security: "default-src 'none'; style-src " + styleHash() + "; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"}
	var err error
	h.words, h.page, err = parse()
	return h, err
}

// Before answers what is under Path, and leaves the rest to next.
func (h *Handler) Before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, Path) {
			h.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Security-Policy", h.security)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Robots-Tag", "noindex, nofollow")
	switch r.Method {
	case http.MethodGet, http.MethodHead, http.MethodPost:
	default:
		header.Set("Allow", "GET, HEAD, POST")
		http.Error(w, "open the link, or POST to it", http.StatusMethodNotAllowed)
		return
	}
	t, err := h.cfg.Tickets.Read(ticket.Unsubscribe, strings.TrimPrefix(r.URL.Path, Path))
	if err != nil {
		h.stranger(w, r)
		return
	}
	about, err := h.cfg.Desk.Touch(r.Context(), t)
	switch {
	case errors.Is(err, ErrGone):
		// Nobody is written to any more, so what was asked for is so already.
		h.answer(w, r, about, nil)
	case err != nil:
		h.failed(w, r, err)
	case r.Method == http.MethodPost:
		h.answer(w, r, about, func() error { return h.cfg.Desk.Unsubscribe(r.Context(), t) })
	default:
		language, say := h.in(append([]string{about.Language}, preferred(r.Header.Get("Accept-Language"))...)...)
		h.write(w, r, http.StatusOK, page{Language: language, Sender: about.Sender, Title: say.Title, Text: say.Ask, Button: say.Button})
	}
}

// answer does what was asked, whatever the body of the POST says, and tells that it was done.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, about Touch, do func() error) {
	if do != nil {
		if err := do(); err != nil && !errors.Is(err, ErrGone) {
			h.failed(w, r, err)
			return
		}
	}
	language, say := h.in(append([]string{about.Language}, preferred(r.Header.Get("Accept-Language"))...)...)
	text := say.Other
	if about.Channel == channel.Email {
		text = say.Email
	}
	h.write(w, r, http.StatusOK, page{Language: language, Sender: about.Sender, Title: say.Done, Text: text})
}

func (h *Handler) failed(w http.ResponseWriter, r *http.Request, err error) {
	h.cfg.Log.Error("an unsubscription could not be taken and was not acknowledged", "error", err)
	w.Header().Set("Retry-After", "60")
	language, say := h.in(preferred(r.Header.Get("Accept-Language"))...)
	h.write(w, r, http.StatusServiceUnavailable, page{Language: language, Title: say.Title, Text: say.Later})
}

// stranger answers what is no ticket. Whether it was forged, cut off or another's cannot be told apart.
func (h *Handler) stranger(w http.ResponseWriter, r *http.Request) {
	if !h.bad.allow(h.cfg.Now()) {
		w.Header().Set("Retry-After", "60")
		http.Error(w, "too many links that are not ours", http.StatusTooManyRequests)
		return
	}
	language, say := h.in(preferred(r.Header.Get("Accept-Language"))...)
	h.write(w, r, http.StatusNotFound, page{Language: language, Title: say.Title, Text: say.Unknown})
}

func (h *Handler) write(w http.ResponseWriter, r *http.Request, status int, p page) {
	var b bytes.Buffer
	if err := h.page.Execute(&b, p); err != nil {
		h.cfg.Log.Error("the page about unsubscribing could not be written", "error", err)
		http.Error(w, p.Text, http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(b.Bytes()) // who asked may be gone
	}
}

// mostBad is how many links that are not ours get a page in a minute. Tickets that are ours are
// answered always.
const mostBad = 600

// limit counts what came in the minute.
type limit struct {
	mu     sync.Mutex
	minute int64
	n      int
}

func (l *limit) allow(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m := now.Unix() / 60; m != l.minute {
		l.minute, l.n = m, 0
	}
	l.n++
	return l.n <= mostBad
}
