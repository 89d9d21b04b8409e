package request

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"attune/core/id"
	"attune/internal/intake"
)

// Path is where other systems answer: POST /v1/answers/REQUEST with an [Answer].
const Path = "/v1/answers/"

// MaxBody bounds an answer.
const MaxBody = 16 << 10

// Sources knows write keys.
type Sources interface {
	ByWriteKey(key string) (intake.Source, bool)
}

// Handler answers for [Path].
type Handler struct {
	Desk    *Desk
	Sources Sources
	// Bearer knows systems that answer by an access token instead of a write key. It may be nil.
	Bearer func(*http.Request) (intake.Source, bool)
	// Refused is told that a key was refused. It may be nil.
	Refused func(key, source, why string)
	Log     *slog.Logger
}

// Before puts the handler before another one.
func (h *Handler) Before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(path.Clean(r.URL.Path), Path) {
			h.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refusal is an answer other than 200. It has the shape of those of the events' API.
type refusal struct {
	status     int
	retryAfter time.Duration

	Success bool   `json:"success"` // always false
	Reason  string `json:"reason"`
	Remedy  string `json:"remedy,omitempty"`
}

// ServeHTTP takes one answer, or says why not.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	no := h.serve(w, r)
	if no == nil {
		_, _ = io.WriteString(w, `{"success":true}`+"\n")
		return
	}
	if no.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int(math.Ceil(no.retryAfter.Seconds()))))
	}
	w.WriteHeader(no.status)
	_ = json.NewEncoder(w).Encode(no) // a client that is gone needs no answer
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) *refusal {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		return &refusal{status: http.StatusMethodNotAllowed, Reason: "this is a place to send to", Remedy: "use POST"}
	}
	key, _, basic := r.BasicAuth()
	from, known := h.Sources.ByWriteKey(key)
	if !basic && h.Bearer != nil {
		from, known = h.Bearer(r)
	}
	if !known {
		if h.Refused != nil {
			h.Refused(key, "", "the write key is not known")
		}
		w.Header().Set("WWW-Authenticate", `Basic realm="attune"`)
		return &refusal{status: http.StatusUnauthorized, Reason: "the write key is missing or not known", Remedy: "send the key of a source as the user name of Basic authentication, with an empty password; attune keys add makes one"}
	}
	request, err := id.ParseKey(strings.TrimPrefix(path.Clean(r.URL.Path), Path))
	if err != nil {
		return &refusal{status: http.StatusNotFound, Reason: "this is no request's id", Remedy: "send to " + Path + " and the id that came with the request"}
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWithin)) // where it cannot be set the server's own limits hold
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if err != nil {
		return &refusal{status: http.StatusBadRequest, Reason: "the body cannot be read", Remedy: "send at most " + strconv.Itoa(MaxBody) + " bytes of JSON"}
	}
	a, err := read(body)
	if err != nil {
		return &refusal{status: http.StatusBadRequest, Reason: err.Error(), Remedy: `send an object such as {"outcome":"accepted"}`}
	}
	ctx, cancel := context.WithTimeout(r.Context(), takeWithin)
	defer cancel()
	return h.refusal(h.Desk.Answer(ctx, from, request, a))
}

const (
	bodyWithin = 15 * time.Second
	takeWithin = 10 * time.Second
)

// read reads one answer, strictly. Its errors repeat nothing of the body but a field's name.
func read(body []byte) (a Answer, err error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&a); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
			return a, errors.New(wrong.Field + " has another type")
		}
		if unknown, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok && len(unknown) < 60 {
			return a, errors.New("there is no field " + unknown)
		}
		return a, errors.New("the body is not JSON")
	}
	if _, err := d.Token(); err != io.EOF {
		return a, errors.New("something follows the JSON")
	}
	return a, nil
}

// refusal words an error; nil for none.
func (h *Handler) refusal(err error) *refusal {
	if err == nil {
		return nil
	}
	if _, closed := errors.AsType[*ClosedError](err); closed {
		return &refusal{status: http.StatusGone, Reason: "nobody waits for this answer: the request was answered, is over, or never was", Remedy: "do not send it again"}
	}
	if wrong, ok := errors.AsType[*WrongError](err); ok {
		return &refusal{status: http.StatusUnprocessableEntity, Reason: wrong.What, Remedy: wrong.Hint}
	}
	if busy, ok := errors.AsType[*intake.BusyError](err); ok {
		return &refusal{status: http.StatusTooManyRequests, retryAfter: max(busy.RetryAfter, time.Second), Reason: "there is too much to do, and nothing was taken", Remedy: "send the same again after Retry-After seconds"}
	}
	h.Log.Error("an answer could not be taken; the source was told to send it again", "error", err)
	return &refusal{status: http.StatusServiceUnavailable, retryAfter: 2 * time.Second, Reason: "the answer could not be made durable", Remedy: "send it again"}
}
