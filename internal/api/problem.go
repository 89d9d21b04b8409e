package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"

	"attune/core/id"
)

// Problem is what is answered instead of what was asked for (RFC 9457).
type Problem struct {
	// Type is an address in the documentation that explains this sort of problem.
	Type   string `json:"type" doc:"Which sort of problem it is: /docs/api#problem-…"`
	Title  string `json:"title" doc:"The sort of problem in words."`
	Status int    `json:"status"`
	// Detail says what is wrong here, Field where in the request, and Remedy what to do about it.
	Detail string `json:"detail,omitempty" doc:"What is wrong here."`
	Field  string `json:"field,omitempty" doc:"Where in the request it is wrong: a name in the path, the query, a header or the body."`
	Remedy string `json:"remedy,omitempty" doc:"What to do about it."`
	// Request is the number under which the audit log has the request.
	Request string `json:"request,omitempty" doc:"The number of the request in the audit log."`
	// Yours and Current are the two versions, where somebody else changed what was to be changed.
	Yours   any `json:"yours,omitempty" doc:"The version that the request names."`
	Current any `json:"current,omitempty" doc:"The version that there is now."`

	retry string
	// about are those whose record it is, for the audit log.
	about []id.Person
}

// Error implements error.
func (p *Problem) Error() string {
	s := p.Title
	for _, part := range []string{p.Field, p.Detail, p.Remedy} {
		if part != "" {
			s += ": " + part
		}
	}
	return s
}

// Sort is a sort of problem, by its name in the documentation.
type Sort string

// The sorts of problems. Sorts says of each its status and what it is called.
const (
	badRequest   Sort = "request"
	unknown      Sort = "sign-in"
	forbidden    Sort = "not-allowed"
	notFound     Sort = "not-found"
	inFlight     Sort = "in-flight"
	changedSince Sort = "changed"
	tooLarge     Sort = "too-large"
	wrongMedia   Sort = "media"
	refused      Sort = "refused"
	noVersion    Sort = "version-needed"
	tooMany      Sort = "too-many"
	taken        Sort = "taken"
	broken       Sort = "broken"
	busy         Sort = "stopping"
)

// SortShown is a sort of problem, with its status and title.
type SortShown struct {
	Sort   Sort
	Status int
	Title  string
}

// Sorts are all sorts of problems.
func Sorts() []SortShown {
	return []SortShown{
		{badRequest, http.StatusBadRequest, "The request cannot be read"},
		{unknown, http.StatusUnauthorized, "Nobody is signed in"},
		{forbidden, http.StatusForbidden, "You may not do this"},
		{notFound, http.StatusNotFound, "There is no such thing"},
		{inFlight, http.StatusConflict, "The same request is still being answered"},
		{taken, http.StatusConflict, "Somebody else has it"},
		{changedSince, http.StatusPreconditionFailed, "It was changed by somebody else"},
		{tooLarge, http.StatusRequestEntityTooLarge, "The request is too large"},
		{wrongMedia, http.StatusUnsupportedMediaType, "The body is not JSON"},
		{refused, http.StatusUnprocessableEntity, "It cannot be done so"},
		{noVersion, http.StatusPreconditionRequired, "The version to be changed has to be named"},
		{tooMany, http.StatusTooManyRequests, "Too many requests"},
		{broken, http.StatusInternalServerError, "It did not work"},
		{busy, http.StatusServiceUnavailable, "The server is stopping, or busy"},
	}
}

func (s Sort) problem(detail, field, remedy string) *Problem {
	p := &Problem{Type: "/docs/api#problem-" + string(s), Detail: detail, Field: field, Remedy: remedy}
	for _, is := range Sorts() {
		if is.Sort == s {
			p.Title, p.Status = is.Title, is.Status
		}
	}
	return p
}

// NotFound tells that there is no such thing.
func NotFound(field, format string, args ...any) error {
	return notFound.problem(fmt.Sprintf(format, args...), field, "")
}

// Refused tells that what was asked for cannot be done so.
func Refused(field, detail, remedy string) error { return refused.problem(detail, field, remedy) }

// NotAllowed tells that who asks may not have this part of what they may ask for.
func NotAllowed(field, detail, remedy string) error { return forbidden.problem(detail, field, remedy) }

// Busy tells that it cannot be done yet.
func Busy(detail, remedy string) error {
	p := busy.problem(detail, "", remedy)
	p.retry = "2"
	return p
}

// Changed tells that somebody else changed what was to be changed, and shows both versions.
func Changed(yours, current any) error {
	p := changedSince.problem("", "If-Match", "look at both versions, and send it again with the ETag of the current one")
	p.Yours, p.Current = yours, current
	return p
}

// Claimed tells that somebody else does this just now, and who.
func Claimed(detail, remedy string, by any) error {
	p := taken.problem(detail, "", remedy)
	p.Current = by
	return p
}

// VersionNeeded tells that a change has to name the version it changes.
func VersionNeeded(current string) error {
	return noVersion.problem("", "If-Match", "send the ETag of what is to be changed; the current one is "+current)
}

// problemOf is how an error is told. What an operation refuses is for whoever asked; how the machine failed is for the log.
func problemOf(err error) *Problem {
	var p *Problem
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &large):
		return tooLarge.problem(fmt.Sprintf("it has more than %d bytes", large.Limit), "", "")
	case errors.Is(err, context.Canceled):
		return busy.problem("", "", "ask again")
	case errors.Is(err, context.DeadlineExceeded):
		return busy.problem("it took too long", "", "ask for less, or later")
	case internal(err):
		return broken.problem("", "", "the server's log says why, under the request's number")
	}
	return refused.problem(err.Error(), "", "")
}

func (p *Problem) write(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="attune"`)
	}
	if p.retry != "" {
		h.Set("Retry-After", p.retry)
	}
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // who asked may be gone
}
