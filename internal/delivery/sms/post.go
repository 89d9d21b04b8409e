package sms

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
)

// maxAnswer bounds what is read of the carrier's answer.
const maxAnswer = 64 << 10

// request is a form on its way that knows whether any of it was taken from it.
type request struct {
	form  string
	began atomic.Bool
}

// reader reads the form. A transport asks for one anew only when it gave nothing to the connection
// before.
func (r *request) reader() (io.ReadCloser, error) {
	r.began.Store(false)
	return io.NopCloser(&reading{from: strings.NewReader(r.form), began: &r.began}), nil
}

type reading struct {
	from  io.Reader
	began *atomic.Bool
}

// Read hides WriteTo, so that nothing leaves unnoticed.
func (r *reading) Read(p []byte) (int, error) {
	r.began.Store(true)
	return r.from.Read(p)
}

// said is what the carrier's answer holds that matters: a message's id, or an error's code.
type said struct {
	SID  string `json:"sid"`
	Code int    `json:"code"`
}

// post makes one request.
func (ch *Channel) post(ctx context.Context, form string) outcome {
	select {
	case ch.slots <- struct{}{}:
		defer func() { <-ch.slots }()
	case <-ctx.Done():
	}
	// Looked at here because select picks at random when both are ready.
	if err := ctx.Err(); err != nil {
		return outcome{waited: true, err: err}
	}
	out := &request{form: form}
	body, err := out.reader()
	if err != nil {
		return outcome{err: err}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, ch.messages, body)
	if err != nil {
		return outcome{err: errors.New("the carrier's address cannot be used")}
	}
	r.ContentLength, r.GetBody = int64(len(form)), out.reader
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "Attune")
	if ch.c.Key != "" {
		r.SetBasicAuth(ch.c.Key, ch.c.KeySecret.Reveal())
	} else {
		r.SetBasicAuth(ch.c.Account, ch.c.Tokens.Reveal()[0])
	}
	response, err := ch.client.Do(r)
	if err != nil {
		return outcome{began: out.began.Load(), err: err}
	}
	defer response.Body.Close()
	came := outcome{began: true, status: response.StatusCode, retryAfter: response.Header.Get("Retry-After")}
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	if err != nil {
		return came // the status is clear, and the rest is not needed
	}
	var s said
	if json.Unmarshal(text, &s) == nil {
		came.code = s.Code
		if IsSID(s.SID, "SM") || IsSID(s.SID, "MM") {
			came.sid = s.SID
		}
	}
	return came
}
