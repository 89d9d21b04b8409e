package segment

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"

	"attune/core/instant"
	"attune/internal/intake"
	"attune/internal/strictjson"
)

// The sizes a body may have, inflated. The SDKs send at most 480 KB.
const (
	MaxSingle = 500 << 10
	MaxBatch  = 4 << 20
)

// Sources knows write keys. intake.WriteKeys is one.
type Sources interface {
	// ByWriteKey returns the source that the key belongs to. Its duration must not depend on how
	// much of a key is right.
	ByWriteKey(key string) (intake.Source, bool)
	// Admits tells whether any source lets pages of that origin send.
	Admits(origin string) bool
}

// Taker takes events in. *intake.Intake is one.
type Taker interface {
	// Room is nil when something can be taken now, and an *intake.BusyError when not.
	Room() error
	// Take makes the arrivals durable, or none of them; its error is an *intake.BusyError when
	// there are too many to do.
	Take(ctx context.Context, source intake.Source, arrivals []intake.Arrival) error
}

var (
	_ Sources = intake.WriteKeys{}
	_ Taker   = (*intake.Intake)(nil)
)

// Handler answers for /v1/. The zero values of its optional fields work.
type Handler struct {
	Intake  Taker
	Sources Sources
	// Bearer knows systems that send by an access token instead of a write key. It may be nil.
	Bearer func(*http.Request) (intake.Source, bool)
	// Refused is told that a key was refused: of a source, or of none that is known. It may be nil.
	Refused func(key, source, why string)
	// Now is the clock that stamps what arrives; nil means time.Now. Deadlines of connections are
	// on the machine's own clock.
	Now func() time.Time
	// Log is told of events that could not be taken; nil means slog.Default.
	Log *slog.Logger
	// MaxInFlight bounds how many bodies are read and parsed at once. Zero means 64.
	MaxInFlight int
	// BodyWithin is how long a client may take to send a body. Zero means 15 s.
	BodyWithin time.Duration
	// TakeWithin is how long taking may last before the client is told to come again. Zero means 10 s.
	TakeWithin time.Duration

	once  sync.Once
	slots chan struct{}
}

// Before puts the handler before another one. Use it rather than registering the handler with an
// http.ServeMux: that one redirects paths such as //v1/batch, and a redirected batch is lost.
func (h *Handler) Before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := path.Clean(r.URL.Path); p == "/v1" || strings.HasPrefix(p, "/v1/") {
			h.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ServeHTTP takes the events of one request, or says why not.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	h.greet(w, r)
	if r.Method == http.MethodOptions && r.Header.Get("Origin") != "" {
		if no := h.preflight(w, r); no != nil {
			no.write(w)
		}
		return
	}
	if r := h.serve(w, r); r != nil {
		r.write(w)
		return
	}
	_, _ = w.Write([]byte(`{"success":true}` + "\n"))
}

// serve returns nil when all events of the request are durable.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request) *refusal {
	call, known := callOf(path.Clean(r.URL.Path))
	if !known {
		return &refusal{status: http.StatusNotFound, Reason: "there is nothing here", Remedy: "use /v1/ and one of identify, track, page, screen, group, alias, batch, import, or its first letter"}
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return &refusal{status: http.StatusMethodNotAllowed, Reason: "this is a place to send to", Remedy: "use POST"}
	}

	// Who, before what: nothing of the body is read for a wrong key.
	source, authenticated, no := h.authenticate(w, r)
	if no != nil {
		return no
	}
	release, no := h.slot()
	if no != nil {
		return no
	}
	defer release()
	if authenticated {
		if no := h.admit(w, r, source); no != nil {
			return no
		}
		// A body that would be refused need not be read and parsed.
		if no := refused(h.Intake.Room()); no != nil {
			return no
		}
	}

	limit := MaxSingle
	if call.list() && authenticated {
		limit = MaxBatch
	}
	body, no := h.read(w, r, limit)
	if no != nil {
		return no
	}
	doc, err := strictjson.Parse(body)
	if err != nil {
		return unreadable(err)
	}
	if doc.Root.Kind != strictjson.Object {
		return &refusal{status: http.StatusBadRequest, Reason: "the body is " + doc.Root.Kind.String(), Remedy: "send an object"}
	}
	if !authenticated {
		key := doc.Root.Get("writeKey")
		if source, authenticated = h.Sources.ByWriteKey(key.Text); key.Kind != strictjson.String || !authenticated {
			return h.unknownKey(w, key.Text)
		}
		if no := h.admit(w, r, source); no != nil {
			return no
		}
	}
	arrivals, no := read(call, source, instant.Of(h.now()), body, doc)
	if no != nil {
		return no
	}
	return h.take(r.Context(), source, arrivals)
}

// authenticate looks at the Authorization header; without one nobody is known yet.
func (h *Handler) authenticate(w http.ResponseWriter, r *http.Request) (source intake.Source, known bool, no *refusal) {
	if r.Header.Get("Authorization") == "" {
		return intake.Source{}, false, nil
	}
	key, _, basic := r.BasicAuth()
	switch {
	case basic:
		source, known = h.Sources.ByWriteKey(key)
	case h.Bearer != nil:
		source, known = h.Bearer(r)
	}
	if !known {
		if !basic {
			_, key, _ = strings.Cut(r.Header.Get("Authorization"), " ")
		}
		return intake.Source{}, false, h.unknownKey(w, key)
	}
	return source, true, nil
}

func (h *Handler) unknownKey(w http.ResponseWriter, key string) *refusal {
	if h.Refused != nil {
		h.Refused(key, "", "the write key is not known")
	}
	w.Header().Set("WWW-Authenticate", `Basic realm="attune"`)
	return &refusal{status: http.StatusUnauthorized, Reason: "the write key is missing or not known", Remedy: "send the key of a source as the user name of Basic authentication, with an empty password; attune keys add makes one"}
}

// slot waits for nothing: a server that has enough to do says so.
func (h *Handler) slot() (release func(), no *refusal) {
	h.once.Do(func() {
		n := h.MaxInFlight
		if n <= 0 {
			n = 64
		}
		h.slots = make(chan struct{}, n)
	})
	select {
	case h.slots <- struct{}{}:
		return func() { <-h.slots }, nil
	default:
		return nil, busy(time.Second)
	}
}

func (h *Handler) take(ctx context.Context, source intake.Source, arrivals []intake.Arrival) *refusal {
	within := h.TakeWithin
	if within <= 0 {
		within = 10 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	err := h.Intake.Take(ctx, source, arrivals)
	if err == nil {
		return nil
	}
	if no := refused(err); no != nil {
		return no
	}
	log := h.Log
	if log == nil {
		log = slog.Default()
	}
	log.ErrorContext(ctx, "events could not be taken; the source was told to send them again",
		"source", source.Name, "events", len(arrivals), "error", err)
	return &refusal{status: http.StatusServiceUnavailable, retryAfter: 2 * time.Second, Reason: "the events could not be made durable, and none was taken", Remedy: "send them again"}
}

// refused answers for an intake that has no room; nil for any other error and for none.
func refused(err error) *refusal {
	if e := (*intake.BusyError)(nil); errors.As(err, &e) {
		return busy(e.RetryAfter)
	}
	return nil
}

func (h *Handler) now() time.Time {
	if h.Now == nil {
		return time.Now()
	}
	return h.Now()
}

// refusal is an answer other than 200.
type refusal struct {
	status     int
	retryAfter time.Duration

	Success bool   `json:"success"` // always false
	Reason  string `json:"reason"`
	Remedy  string `json:"remedy"`
	Field   string `json:"field,omitempty"`
	// Byte is where in the (inflated) body.
	Byte *int `json:"byte,omitempty"`
}

func (r *refusal) write(w http.ResponseWriter) {
	if r.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(r.retryAfter.Seconds()))))
	}
	w.WriteHeader(r.status)
	_ = json.NewEncoder(w).Encode(r) // a client that is gone needs no answer
}

func busy(retryAfter time.Duration) *refusal {
	return &refusal{status: http.StatusTooManyRequests, retryAfter: max(retryAfter, time.Second), Reason: "there is too much to do, and nothing was taken", Remedy: "send the same again after Retry-After seconds"}
}

func tooLarge(limit int) *refusal {
	return &refusal{status: http.StatusRequestEntityTooLarge, Reason: "the body is too large", Remedy: "send at most " + strconv.Itoa(limit) + " bytes, counted after inflating"}
}

func unreadable(err error) *refusal {
	r := &refusal{status: http.StatusBadRequest, Reason: "the body cannot be read", Remedy: "send JSON"}
	if e := (*strictjson.Error)(nil); errors.As(err, &e) {
		r.Reason, r.Remedy, r.Byte = e.Reason, e.Remedy, &e.Offset
	}
	return r
}

// tooSlow tells an error of reading that is about time from one about the body.
func tooSlow(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }
