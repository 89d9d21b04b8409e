package webhook

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"attune/core/effect"
	"attune/core/expr"
	"attune/core/id"
	"attune/internal/outbound"
)

// Answer is what a service says. The status leads the passage on.
//
//	{"status":"high","result":"needs a nurse","number":0.82}
type Answer struct {
	Status string   `json:"status"`
	Result string   `json:"result"`
	Number *float64 `json:"number"`
}

// asked is the body of a call. The person is named by a random id that means nothing elsewhere.
type asked struct {
	ID      string         `json:"id"`
	Person  string         `json:"person"`
	Program string         `json:"program"`
	Journey string         `json:"journey"`
	Step    string         `json:"step"`
	Fields  map[string]any `json:"fields"`
	Due     string         `json:"due"`
}

func body(p id.Person, r *effect.Request) ([]byte, error) {
	a := asked{ID: r.ID.String(), Person: p.String(), Program: r.Program, Journey: r.Journey, Step: r.Step, Fields: map[string]any{}, Due: r.Due.String()}
	for _, f := range r.Fields {
		a.Fields[f.Name] = plain(f.Value)
	}
	return json.Marshal(a)
}

func plain(v expr.Value) any {
	switch v.Type {
	case expr.Text:
		return v.Text
	case expr.Number, expr.Integer:
		return v.Num
	case expr.Flag:
		return v.Num != 0
	case expr.List:
		return v.List
	case expr.Moment, expr.Missing:
	}
	return v.String()
}

// outcome is what one attempt came to.
type outcome struct {
	kind   kind
	answer Answer
	// wait is what the service asks for before it is asked again; zero where it says nothing.
	wait time.Duration
	// says tells operators what was wrong, and nothing of what was sent or answered.
	says string
}

type kind uint8

const (
	// failed: nobody knows, or the service cannot now; ask again.
	failed kind = iota
	// answered: the passage can go on.
	answered
	// later: the service has it and will answer by itself.
	later
	// refused: the service does not take this call and would not take it again.
	refused
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 10

// post makes one attempt.
func (s *service) post(ctx context.Context, key id.Key, body []byte, now time.Time) outcome {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL, bytes.NewReader(body))
	if err != nil {
		return outcome{kind: refused, says: "the address cannot be used"}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", "Attune")
	r.Header.Set("Idempotency-Key", key.String())
	r.Header.Set("webhook-id", key.String())
	r.Header.Set("webhook-timestamp", strconv.FormatInt(now.Unix(), 10))
	r.Header.Set("webhook-signature", Sign(s.Secrets, key.String(), now, body))
	response, err := s.client.Do(r)
	if err != nil {
		return outcome{says: wording(err)}
	}
	defer response.Body.Close()
	return read(response, now)
}

// read understands what came back.
func read(r *http.Response, now time.Time) outcome {
	code := r.StatusCode
	switch {
	case code == http.StatusAccepted:
		return outcome{kind: later}
	case code >= 200 && code < 300:
		return understand(r.Body)
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code == http.StatusTooEarly, code >= 500:
		return outcome{wait: retryAfter(r.Header.Get("Retry-After"), now), says: fmt.Sprintf("it answered %d", code)}
	case code >= 300 && code < 400:
		return outcome{kind: refused, says: fmt.Sprintf("it answered %d: redirects are not followed, so set its final address", code)}
	}
	return outcome{kind: refused, says: fmt.Sprintf("it answered %d", code)}
}

func understand(from io.Reader) outcome {
	text, err := io.ReadAll(io.LimitReader(from, maxAnswer+1))
	switch {
	case err != nil:
		return outcome{says: "its answer broke off"}
	case len(text) > maxAnswer:
		return outcome{says: "its answer is longer than 64 KB"}
	}
	var a Answer
	if err := json.Unmarshal(text, &a); err != nil {
		return outcome{says: `its answer is not JSON such as {"status":"ok"}`}
	}
	if a.Status == "" {
		return outcome{says: "its answer has no status"}
	}
	if a.Number != nil && (math.IsNaN(*a.Number) || math.IsInf(*a.Number, 0)) {
		return outcome{says: "the number of its answer is none"}
	}
	return outcome{kind: answered, answer: a}
}

// longestRest bounds what a service may ask for.
const longestRest = time.Hour

// retryAfter reads seconds or a date; anything else is nothing.
func retryAfter(value string, now time.Time) time.Duration {
	var wait time.Duration
	if seconds, err := strconv.ParseUint(strings.TrimSpace(value), 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if at, err := http.ParseTime(value); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, 0), longestRest)
}

// wording tells what was wrong with a connection, without the address, in which a secret may stand.
func wording(err error) string {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	if refused, ok := errors.AsType[*outbound.Refused](err); ok {
		return refused.Error()
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "it did not answer in time"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "its certificate is not valid"
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "its name is not known"
	}
	if dial, ok := errors.AsType[*net.OpError](err); ok && dial.Op == "dial" {
		return "it cannot be reached"
	}
	return "the connection broke off"
}
