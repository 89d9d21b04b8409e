package api

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"image/png"
	"net/http"

	"attune/internal/audit"
	"attune/internal/staff"
)

// accountPage is what somebody sees of their own account.
type accountPage struct {
	staff.Account
	This     string
	Sessions []staff.Session
	Passkeys []staff.Passkey
	// NoPasskeys is why none can be set up at this address; empty where they can.
	NoPasskeys string
	// Recovery is how many recovery codes are left.
	Recovery        int
	Problem, Notice string
	Least           int
}

func (s *server) account(w http.ResponseWriter, r *http.Request) {
	notice := ""
	if r.URL.Query().Has("changed") {
		notice = "Your password was changed, and all other sessions have ended."
	}
	if r.URL.Query().Has("passkey") {
		notice = "Your passkey is set up, and all other sessions have ended."
	}
	s.showAccount(w, r, http.StatusOK, "", notice)
}

func (s *server) showAccount(w http.ResponseWriter, r *http.Request, code int, problem, notice string) {
	v := visitorOf(r)
	sessions, err := s.Door.Staff.Sessions(r.Context(), v.account.ID)
	if err != nil {
		s.fail(w, "account", err)
		return
	}
	left, err := s.Door.Staff.RecoveryLeft(r.Context(), v.account.ID)
	if err != nil {
		s.fail(w, "account", err)
		return
	}
	passkeys, err := s.Door.Staff.Passkeys(r.Context(), v.account.ID)
	if err != nil {
		s.fail(w, "account", err)
		return
	}
	_, no := s.Door.site(r)
	w.WriteHeader(code)
	s.show(w, "account.html", &accountPage{Passkeys: passkeys, NoPasskeys: no, Account: v.account, This: v.session.ID, Sessions: sessions, Recovery: left, Problem: problem, Notice: notice, Least: staff.MinPassword})
}

func (s *server) takePassword(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	v := visitorOf(r)
	if err := s.Signs.Signed(r.Context(), audit.CredentialSet, audit.Begun); err != nil {
		s.fail(w, "account", err)
		return
	}
	var secret string
	var err error
	if next := r.PostFormValue("password"); next != r.PostFormValue("again") {
		err = &staff.PasswordError{Says: "The two new passwords are not the same."}
	} else {
		secret, _, err = s.Door.Staff.ChangePassword(r.Context(), v.secret, r.PostFormValue("current"), next)
	}
	if err != nil {
		s.refuseChange(w, r, audit.CredentialSet, err, func(code int, says string) { s.showAccount(w, r, code, says, "") })
		return
	}
	if err := s.Signs.Signed(r.Context(), audit.CredentialSet, audit.Done); err != nil {
		s.fail(w, "account", err)
		return
	}
	s.renew(w, r, secret)
	http.Redirect(w, r, "/account?changed", http.StatusSeeOther)
}

// refuseChange records that something was not changed, and tells why.
func (s *server) refuseChange(w http.ResponseWriter, r *http.Request, what audit.What, err error, tell func(code int, says string)) {
	code, says, known := s.refusal(w, err)
	if errors.Is(err, staff.ErrWrong) {
		says = "The current password is not right."
	}
	if failed := s.Signs.Signed(r.Context(), what, audit.Refused); failed != nil || !known {
		s.fail(w, "account", errors.Join(err, failed))
		return
	}
	tell(code, says)
}

func (s *server) endSessions(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	v := visitorOf(r)
	var err error
	if id := r.PostFormValue("session"); id != "" {
		err = s.Door.Staff.EndOne(r.Context(), v.account.ID, id)
	} else {
		err = s.Door.Staff.EndOthers(r.Context(), v.account.ID, v.session.ID)
	}
	if err == nil {
		err = s.Signs.Signed(r.Context(), audit.SessionEnded, audit.Done)
	}
	if err != nil {
		s.fail(w, "account", err)
		return
	}
	http.Redirect(w, r, "/account", http.StatusSeeOther)
}

// factorPage is what somebody sees who sets up an authenticator.
type factorPage struct {
	Picture template.URL
	Key     string
	Link    template.URL
	Problem string
	// First tells that it is their first sign-in, and not another factor later; then their password is asked for again.
	First bool
	// Passkeys tells that a passkey can be set up instead.
	Passkeys bool
}

func (s *server) askFactor(w http.ResponseWriter, r *http.Request) {
	s.showFactor(w, r, http.StatusOK, "")
}

func (s *server) showFactor(w http.ResponseWriter, r *http.Request, code int, problem string) {
	v := visitorOf(r)
	key, err := s.Door.Staff.ProposeTOTP(r.Context(), v.secret, "Attune "+s.Door.Organisation)
	if errors.Is(err, staff.ErrNoSession) {
		http.Redirect(w, r, signInPath, http.StatusSeeOther)
		return
	}
	if err != nil {
		s.fail(w, "factor", err)
		return
	}
	picture, err := key.Image(220, 220)
	if err != nil {
		s.fail(w, "factor", fmt.Errorf("draw the code: %w", err))
		return
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		s.fail(w, "factor", fmt.Errorf("draw the code: %w", err))
		return
	}
	_, no := s.Door.site(r)
	w.WriteHeader(code)
	s.show(w, "factor.html", factorPage{
		Passkeys: no == "",
		Picture:  template.URL("data:image/png;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), //nolint:gosec // our own picture
		Link:     template.URL(key.URL()),                                                               //nolint:gosec // our own address
		Key:      inFours(key.Secret()), Problem: problem, First: v.session.Stage == staff.Enrol,
	})
}

// inFours writes a key so that it can be copied by eye.
func inFours(s string) (out string) {
	for i, r := range s {
		if i > 0 && i%4 == 0 {
			out += " "
		}
		out += string(r)
	}
	return out
}

// takeFactor sets up an authenticator that was shown to work. At the first sign-in that is what lets its owner in; later the password is
// asked for once more.
func (s *server) takeFactor(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	v := visitorOf(r)
	if v.session.ID == "" {
		http.Redirect(w, r, signInPath, http.StatusSeeOther)
		return
	}
	if err := s.signed(r, v.account.ID, "password", audit.CredentialSet, audit.Begun); err != nil {
		s.fail(w, "factor", err)
		return
	}
	var err error
	if v.session.Stage == staff.Whole {
		err = s.Door.Staff.Confirm(r.Context(), v.account, r.PostFormValue("current"))
	}
	var secret string
	var recovery []string
	if err == nil {
		secret, _, recovery, err = s.Door.Staff.ConfirmTOTP(r.Context(), v.secret, r.PostFormValue("code"))
	}
	if errors.Is(err, staff.ErrNoSession) {
		http.Redirect(w, r, signInPath, http.StatusSeeOther)
		return
	}
	if err != nil {
		s.refuseChange(w, r, audit.CredentialSet, err, func(code int, says string) { s.showFactor(w, r, code, says) })
		return
	}
	if err := s.signed(r, v.account.ID, "password", audit.CredentialSet, audit.Done); err != nil {
		s.fail(w, "factor", err)
		return
	}
	if s.come(w, r, secret, v.account.ID) {
		s.show(w, "codes.html", codesPage{recovery, wanted(w, r)})
	}
}
