package api

import (
	"errors"
	"net/http"
	"time"

	"attune/internal/audit"
	"attune/internal/staff"
)

// leave sends somebody to the other system. What they bring back has to fit what their browser keeps meanwhile.
func (s *server) leave(w http.ResponseWriter, r *http.Request) {
	address, kept, err := s.Door.Elsewhere.Begin(r.Context())
	if err != nil {
		s.Logger.Error("staff cannot sign in elsewhere", "error", err)
		s.refuseElsewhere(w, r, http.StatusBadGateway, "The other system does not answer just now.")
		return
	}
	setCookie(w, r, awaySuffix, kept, 10*time.Minute)
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// comeBack lets somebody in of whom the other system says who they are. That system has asked for all that it asks for: no second factor is
// asked for here.
func (s *server) comeBack(w http.ResponseWriter, r *http.Request) {
	kept := ""
	if c, err := r.Cookie(cookieName(r) + awaySuffix); err == nil {
		kept = c.Value
	}
	setCookie(w, r, awaySuffix, "", 0) // whatever comes of it, it is used up
	issuer, subject, email, err := s.Door.Elsewhere.Finish(r.Context(), r.URL.Query(), kept)
	var a staff.Account
	if err == nil {
		a, err = s.Door.Staff.ByIdentity(r.Context(), issuer, subject, email)
	}
	if err != nil {
		s.Logger.Warn("somebody did not come in by another system", "error", err)
		if err := s.Signs.Signed(r.Context(), audit.SignedIn, audit.Refused); err != nil {
			s.fail(w, "sign-in", err)
			return
		}
		says := "Signing in there did not work. Try again."
		if errors.Is(err, staff.ErrUnknownIdentity) {
			says = "Nobody here is known by that account. Ask for an invitation to its e-mail address."
		}
		s.refuseElsewhere(w, r, http.StatusForbidden, says)
		return
	}
	secret, _, err := s.Door.Staff.Begin(r.Context(), a.ID, staff.Whole, deviceOf(r))
	if err != nil {
		s.fail(w, "sign-in", err)
		return
	}
	if s.come(w, r, secret, a.ID) {
		http.Redirect(w, r, wanted(w, r), http.StatusSeeOther)
	}
}

func (s *server) refuseElsewhere(w http.ResponseWriter, r *http.Request, code int, says string) {
	f := s.signInForm(r)
	f.Problem = says
	w.WriteHeader(code)
	s.show(w, "sign-in.html", f)
}
