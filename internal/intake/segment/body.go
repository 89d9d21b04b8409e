package segment

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
)

// read returns the inflated body, at most limit bytes of it.
func (h *Handler) read(w http.ResponseWriter, r *http.Request, limit int) ([]byte, *refusal) {
	if no := contentType(r.Header.Get("Content-Type")); no != nil {
		return nil, no
	}
	zipped := false
	switch strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Encoding"))) {
	case "", "identity":
	case "gzip", "x-gzip":
		zipped = true
	default:
		return nil, &refusal{status: http.StatusUnsupportedMediaType, Field: "Content-Encoding", Reason: "the body is encoded in a way that is not known here", Remedy: "send it plain or with gzip"}
	}
	if r.ContentLength > int64(limit) {
		return nil, tooLarge(limit)
	}

	within := h.BodyWithin
	if within <= 0 {
		within = 15 * time.Second
	}
	control := http.NewResponseController(w)
	// A writer without deadlines is one of a test; there the client is not slow.
	_ = control.SetReadDeadline(time.Now().Add(within))
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(limit)))
	if err != nil {
		if e := (*http.MaxBytesError)(nil); errors.As(err, &e) {
			return nil, tooLarge(limit)
		}
		if tooSlow(err) {
			return nil, &refusal{status: http.StatusRequestTimeout, Reason: "the body took too long to arrive", Remedy: "send it again"}
		}
		return nil, &refusal{status: http.StatusBadRequest, Reason: "the body broke off", Remedy: "send it again"}
	}
	_ = control.SetReadDeadline(time.Time{}) // the next request of this connection has its own
	if !zipped {
		return body, nil
	}
	body, err = inflate(body, limit)
	switch {
	case errors.Is(err, errTooLarge):
		return nil, tooLarge(limit)
	case err != nil:
		return nil, &refusal{status: http.StatusBadRequest, Field: "Content-Encoding", Reason: "the body is not gzip, or it broke off", Remedy: "send one whole gzip stream, or send the body plain"}
	}
	return body, nil
}

// contentType accepts what the SDKs send JSON as: RudderStack calls it a form, browsers call it
// plain text so as not to be asked first, and some say nothing.
func contentType(s string) *refusal {
	if s == "" {
		return nil
	}
	no := &refusal{status: http.StatusUnsupportedMediaType, Field: "Content-Type", Reason: "the body has a content type that is not known here", Remedy: "send JSON in UTF-8 as application/json"}
	kind, params, err := mime.ParseMediaType(s)
	if err != nil {
		return no
	}
	switch c := strings.ToLower(params["charset"]); c {
	case "", "utf-8", "utf8", "us-ascii":
	default:
		return no
	}
	switch kind {
	case "application/json", "text/plain", "application/x-www-form-urlencoded", "text/json", "application/octet-stream":
		return nil
	}
	return no
}

var errTooLarge = errors.New("inflated body is too large")

// Real batches shrink to a tenth or less; the last resort of gzip is a thousandth.
const (
	maxRatio = 200
	anyRatio = 64 << 10 // up to so many bytes the ratio does not matter
)

// inflate returns the bytes of exactly one gzip stream. It stops as soon as there are more than
// limit of them, or more than maxRatio for each byte that came.
func inflate(zipped []byte, limit int) ([]byte, error) {
	limit = min(limit, max(anyRatio, maxRatio*len(zipped)))
	in := bytes.NewReader(zipped)
	z, err := gzip.NewReader(in)
	if err != nil {
		return nil, err
	}
	z.Multistream(false)
	body, err := io.ReadAll(io.LimitReader(z, int64(limit)+1))
	switch {
	case len(body) > limit:
		return nil, errTooLarge
	case err != nil:
		return nil, err
	case in.Len() > 0:
		return nil, errors.New("something follows the gzip stream")
	}
	return body, nil
}
