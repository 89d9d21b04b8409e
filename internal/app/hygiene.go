package app

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
)

// safest are the headers that every answer of every door begins with: nothing runs, nothing is framed, guessed, kept or told to others.
// Pages set a policy of their own over it.
func safest(public bool, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cache-Control", "no-store")
		// Who reached us over https is told to stay there. Over http browsers pass the header over, as they have to.
		if public || r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}

// caught ends a request whose handler panics, as the library does; but what it panics with may be of somebody, and is not logged.
func caught(log *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			why := recover()
			if why == nil {
				return
			}
			if why != http.ErrAbortHandler { //nolint:errorlint,err113 // that is how a handler hangs up
				log.Error("a request ended in a panic", "method", method(r.Method), "at", panickedAt())
			}
			panic(http.ErrAbortHandler) // the connection is closed, and nothing more is said
		}()
		next.ServeHTTP(w, r)
	})
}

// method is one that HTTP has, since a request may name any.
func method(m string) string {
	switch m {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return m
	}
	return "another"
}

// panickedAt tells the functions and lines that led to a panic, without their arguments.
func panickedAt() string {
	var at [32]uintptr
	frames := runtime.CallersFrames(at[:runtime.Callers(3, at[:])])
	var out []string
	for more := true; more && len(out) < 8; {
		var f runtime.Frame
		if f, more = frames.Next(); !strings.HasPrefix(f.Function, "runtime.") {
			out = append(out, fmt.Sprintf("%s:%d", f.Function, f.Line))
		}
	}
	return strings.Join(out, " < ")
}
