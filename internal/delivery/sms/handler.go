package sms

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"attune/core/words"
	"attune/internal/telemetry"
	"attune/internal/ticket"
)

// Where the carrier reaches this server, below its public address. StatusPath is followed by a ticket.
const (
	StatusPath  = "/in/sms/status/"
	MessagePath = "/in/sms/message"
)

// retries asks the carrier to come again where we were not there or answered that we cannot now. It is
// written behind an address and never sent (twilio.com/docs/usage/webhooks/webhooks-connection-overrides).
const retries = "#rc=5&rp=5xx,ct,rt"

// Inbound is what the handler works with. All but Ours, Now and Logger are needed.
type Inbound struct {
	// Tokens are the account's auth tokens, with which the carrier signs; any of them will do.
	Tokens telemetry.Private[[]string]
	// PublicURL is the address the carrier reaches this server at, which is part of what it signs.
	PublicURL string
	Tickets   ticket.Tickets
	Returns   Returns
	// Ours tells that nobody but us answers STOP, START and HELP. Otherwise the carrier answers those of
	// its words that it knows itself, as Twilio does unless it is told not to.
	Ours   bool
	Now    func() time.Time
	Logger *slog.Logger
}

// Handler answers the carrier's requests. It may be used by many at once.
type Handler struct {
	in       Inbound
	words    *words.Table
	keywords *words.Table
}

// NewHandler makes a handler.
func NewHandler(in Inbound) (*Handler, error) {
	switch {
	case len(in.Tokens.Reveal()) == 0 || in.Tokens.Reveal()[0] == "":
		return nil, errors.New("take in sms: there is no auth token")
	case !IsAddress(in.PublicURL):
		return nil, errors.New("take in sms: the public address has to be https, without a query; http is only for this machine")
	case in.Returns == nil:
		return nil, errors.New("take in sms: there is nobody to tell")
	}
	in.PublicURL = strings.TrimRight(in.PublicURL, "/")
	if in.Now == nil {
		in.Now = time.Now
	}
	if in.Logger == nil {
		in.Logger = slog.New(slog.DiscardHandler)
	}
	keywords, err := keywordTable()
	if err != nil {
		return nil, err
	}
	return &Handler{in: in, words: words.Standard(), keywords: keywords}, nil
}

// Before puts the handler before another one.
func (h *Handler) Before(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, StatusPath) || r.URL.Path == MessagePath {
			h.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// ServeHTTP takes one status callback or one message. It answers 503 where it could not be kept, for the
// carrier to come again, and says nothing to whoever is not the carrier.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "use POST", http.StatusMethodNotAllowed)
		return
	}
	form, status := readForm(w, r)
	if status != 0 {
		http.Error(w, "the body is no form that is understood here", status)
		return
	}
	if !signed(h.in.Tokens.Reveal(), r.Header.Get("X-Twilio-Signature"), h.in.PublicURL+r.URL.RequestURI(), form) {
		h.in.Logger.Warn("a callback for sms was not signed with our token for our public address, and was refused")
		http.Error(w, "the signature is not right", http.StatusForbidden)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), takeWithin)
	defer cancel()
	if text, ok := strings.CutPrefix(r.URL.Path, StatusPath); ok {
		h.status(ctx, w, text, form)
		return
	}
	h.message(ctx, w, form)
}

const (
	// maxForm bounds a request; the carrier's have a few kilobytes.
	maxForm = 64 << 10
	// maxFields bounds what is sorted to check a signature.
	maxFields  = 200
	bodyWithin = 15 * time.Second
	// takeWithin is below the fifteen seconds after which the carrier gives up.
	takeWithin = 10 * time.Second
)

// readForm reads the body's parameters, or says with what status it cannot.
func readForm(w http.ResponseWriter, r *http.Request) (url.Values, int) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/x-www-form-urlencoded" {
		return nil, http.StatusUnsupportedMediaType
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(bodyWithin)) // where it cannot be set the server's own limits hold
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxForm))
	if err != nil {
		return nil, http.StatusBadRequest
	}
	return parseForm(string(body))
}

func parseForm(body string) (url.Values, int) {
	if strings.Count(body, "&") >= maxFields {
		return nil, http.StatusBadRequest
	}
	form, err := url.ParseQuery(body)
	if err != nil {
		return nil, http.StatusBadRequest
	}
	return form, 0
}

// first is the first of some parameters that has a value; the carrier kept old names of theirs.
func first(form url.Values, names ...string) string {
	for _, name := range names {
		if v := form.Get(name); v != "" {
			return v
		}
	}
	return ""
}

// sid is the message's id, or nothing.
func sid(form url.Values) string {
	s := first(form, "MessageSid", "SmsSid", "SmsMessageSid")
	if !IsSID(s, "SM") && !IsSID(s, "MM") {
		return ""
	}
	return s
}

// unkept asks the carrier to come again.
func (h *Handler) unkept(w http.ResponseWriter, what string, err error) {
	h.in.Logger.Error(what, "error", err)
	w.Header().Set("Retry-After", "30")
	http.Error(w, "it could not be kept; come again", http.StatusServiceUnavailable)
}
