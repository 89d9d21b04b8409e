package segment

import (
	"net/http"

	"attune/internal/intake"
)

// The headers that the browser SDKs send beside what every page may send.
const browserHeaders = "authorization, content-type, x-retry-count"

// greet tells a browser that its page may read the answer, if any source lets pages of that origin send. Which
// source it is, is known later; then [Handler.admit] asks for that one. Never with credentials: write
// keys come in a header or in the body, and cookies mean nothing here.
func (h *Handler) greet(w http.ResponseWriter, r *http.Request) {
	origin := r.Header.Get("Origin")
	if origin == "" {
		return
	}
	w.Header().Add("Vary", "Origin") // no cache gives one origin's answer to another
	if h.Sources.Admits(origin) {
		w.Header().Set("Access-Control-Allow-Origin", origin)
		w.Header().Set("Access-Control-Expose-Headers", "Retry-After")
	}
}

// preflight answers a browser that asks before it sends. It says nothing about any one key, since none comes with the question.
func (h *Handler) preflight(w http.ResponseWriter, r *http.Request) *refusal {
	if !h.Sources.Admits(r.Header.Get("Origin")) {
		return stranger()
	}
	w.Header().Set("Access-Control-Allow-Methods", http.MethodPost)
	w.Header().Set("Access-Control-Allow-Headers", browserHeaders)
	w.Header().Set("Access-Control-Max-Age", "600")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// admit refuses what a page of an origin sends that this source does not name. Whoever is not a browser has no origin.
func (h *Handler) admit(w http.ResponseWriter, r *http.Request, source intake.Source) *refusal {
	if origin := r.Header.Get("Origin"); origin == "" || source.Admits(origin) {
		return nil
	}
	w.Header().Del("Access-Control-Allow-Origin")
	if h.Refused != nil {
		h.Refused("", source.Name, "pages of that origin may not send with this key")
	}
	return stranger()
}

func stranger() *refusal {
	return &refusal{status: http.StatusForbidden, Field: "Origin", Reason: "pages of this origin may not send here with this key", Remedy: "name the origin when the key is made: attune keys add NAME --origin https://app.example"}
}
