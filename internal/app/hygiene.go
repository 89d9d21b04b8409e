package app

import "net/http"

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
