// Package attune asks Attune over its API. contract.gen.go is generated from the contract, internal/api/openapi.yaml, and has a method for
// each operation and a type for each shape; this file lets one in, reads the stream, and makes problems errors.
//
// Start at [Open].
package attune

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Open returns a client of the server at an address such as http://localhost:8080, which asks as the owner of the token. A demonstration
// takes an empty one.
func Open(server, token string, options ...ClientOption) (*ClientWithResponses, error) {
	if token != "" {
		options = append([]ClientOption{WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
			r.Header.Set("Authorization", "Bearer "+token)
			return nil
		})}, options...)
	}
	return NewClientWithResponses(server, options...)
}

// Error implements error: what is wrong, where, and what to do.
func (p *Problem) Error() string {
	s := fmt.Sprintf("%d %s", p.Status, p.Title)
	for _, part := range []*string{p.Field, p.Detail, p.Remedy} {
		if part != nil && *part != "" {
			s += ": " + *part
		}
	}
	return s
}

// Wrong returns the problem of an answer as an error, and nil for what was asked for. Give it what a method returned:
//
//	out, err := c.ReadPersonWithResponse(ctx, id, &attune.ReadPersonParams{AttunePurpose: attune.Treatment})
//	if err := attune.Wrong(out, err); err != nil { … }
func Wrong(answer interface {
	GetApplicationproblemJSONDefault() *Problem
	StatusCode() int
}, err error,
) error {
	if err != nil {
		return err
	}
	if p := answer.GetApplicationproblemJSONDefault(); p != nil {
		return p
	}
	if code := answer.StatusCode(); code >= http.StatusBadRequest {
		return fmt.Errorf("the server answered %d, without a problem that can be read", code)
	}
	return nil
}

// Heard is what the stream tells of a topic: how it stands, or what changed since as a JSON merge patch (RFC 7386).
type Heard struct {
	// ID is what to say as after, to go on from here.
	ID    string          `json:"-"`
	Topic string          `json:"topic"`
	Seq   int64           `json:"seq"`
	State json.RawMessage `json:"state,omitempty"`
	Patch json.RawMessage `json:"patch,omitempty"`
}

// Follow hears topics, such as overview and work, until ctx ends, the server does, or f returns an error. After is the ID of what was heard
// last, or empty.
func Follow(ctx context.Context, c *ClientWithResponses, topics []string, after string, f func(Heard) error) error {
	params := &StreamParams{Topics: strings.Join(topics, ",")}
	if after != "" {
		params.LastEventID = &after
	}
	r, err := c.ClientInterface.Stream(ctx, params)
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		p := &Problem{}
		if err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(p); err != nil {
			return fmt.Errorf("the server answered %s", r.Status)
		}
		return p
	}
	lines := bufio.NewReader(r.Body)
	var h Heard
	var data strings.Builder
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		line = strings.TrimRight(line, "\r\n")
		switch name, value, _ := strings.Cut(line, ":"); {
		case line == "" && data.Len() > 0:
			if err := json.Unmarshal([]byte(data.String()), &h); err != nil {
				return fmt.Errorf("read what the stream tells: %w", err)
			}
			if err := f(h); err != nil {
				return err
			}
			h = Heard{ID: h.ID}
			data.Reset()
		case name == "id":
			h.ID = strings.TrimPrefix(value, " ")
		case name == "data":
			data.WriteString(strings.TrimPrefix(value, " "))
		}
	}
}
