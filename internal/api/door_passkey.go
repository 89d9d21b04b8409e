package api

import (
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"attune/internal/audit"
	"attune/internal/staff"
)

// passkeySuffix is the cookie that holds a question to a device while it answers.
const passkeySuffix = "_passkey"

// site is for whom passkeys are at the address at which a request came, or why there are none. Passkeys are bound to a name, and to https but on this machine.
func (d *Door) site(r *http.Request) (site staff.Site, no string) {
	base := d.address(r)
	u, err := url.Parse(base)
	if base == "" || err != nil {
		return site, "Passkeys need to know the address of this server: set public_url in attune.yaml."
	}
	if !strings.EqualFold(portless(u), portless(&url.URL{Scheme: u.Scheme, Host: r.Host})) {
		return site, "Passkeys work at " + base + ", which is public_url, and this page was opened at another address."
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return site, "Passkeys need a name instead of a number: open this page as localhost, or set public_url to a name."
	}
	if u.Scheme != "https" && u.Hostname() != "localhost" {
		return site, "Passkeys need https: set public_url to an address that begins with it."
	}
	return staff.Site{Name: strings.ToLower(u.Hostname()), Origin: u.Scheme + "://" + strings.ToLower(u.Host), Shown: strings.TrimSpace("Attune " + d.Organisation)}, ""
}

// portless is a host without the port that goes without saying.
func portless(u *url.URL) string {
	if host, port, err := net.SplitHostPort(u.Host); err == nil && (u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80") {
		return host
	}
	return u.Host
}

// tell answers a page's script.
func tell(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // who asked may be gone
}

// toldWhy is why a script gets nothing.
type toldWhy struct {
	Problem string `json:"problem"`
}

// refuseScript tells a script why it gets nothing, and records what was tried where it may have been a guess.
func (s *server) refuseScript(w http.ResponseWriter, r *http.Request, what audit.What, err error) {
	code, says, known := s.refusal(w, err)
	if errors.Is(err, staff.ErrWrong) {
		says = "The current password is not right."
	}
	if errors.Is(err, staff.ErrNoSession) {
		code, says, known = http.StatusUnauthorized, "You are not signed in any more. Sign in again.", true
	}
	failed := s.signed(r, visitorOf(r).account.ID, "cookie", what, audit.Refused)
	if failed != nil || !known {
		s.fail(w, "passkey", errors.Join(err, failed))
		return
	}
	tell(w, code, toldWhy{says})
}

// askPasskey asks whoever comes for a passkey, or somebody whose password was right for one of theirs.
func (s *server) askPasskey(w http.ResponseWriter, r *http.Request) {
	site, no := s.Door.site(r)
	if no != "" {
		tell(w, http.StatusUnprocessableEntity, toldWhy{no})
		return
	}
	options, question, err := s.Door.Staff.AskPasskey(r.Context(), visitorOf(r).secret, site)
	if err != nil {
		s.fail(w, "passkey", err)
		return
	}
	setCookie(w, r, passkeySuffix, question, 5*time.Minute)
	tell(w, http.StatusOK, options)
}

// takePasskey lets somebody in whose device proved that it is theirs. It is both factors: the device made sure of its owner.
func (s *server) takePasskey(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 2*maxForm)
	v := visitorOf(r)
	question := ""
	if c, err := r.Cookie(cookieName(r) + passkeySuffix); err == nil {
		question = c.Value
	}
	setCookie(w, r, passkeySuffix, "", 0) // whatever comes of it, it is used up
	secret, _, a, err := s.Door.Staff.ByPasskey(r.Context(), question, []byte(r.PostFormValue("credential")), v.secret, deviceOf(r))
	if err != nil {
		code, says, known := s.refusal(w, err)
		if !known {
			s.fail(w, "sign-in", err)
			return
		}
		actor := audit.Actor{Kind: audit.Anybody}
		if a.ID != "" {
			actor = audit.Actor{Kind: audit.Account, ID: a.ID, How: "passkey"}
		}
		if failed := s.guessed(r, actor, audit.SignedIn, "a passkey did not let them in"); failed != nil {
			s.fail(w, "sign-in", failed)
			return
		}
		if v.session.Stage == staff.Second {
			s.showCode(w, r, code, says)
			return
		}
		f := s.signInForm(r)
		f.Problem = says
		w.WriteHeader(code)
		s.show(w, "sign-in.html", f)
		return
	}
	if s.comeBy(w, r, secret, a.ID, "passkey") {
		http.Redirect(w, r, wanted(w, r), http.StatusSeeOther)
	}
}

// proposePasskey asks the device of somebody who is signed in for a new passkey. Their password is asked for again, but at the first sign-in, where
// it was just given.
func (s *server) proposePasskey(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	site, no := s.Door.site(r)
	if no != "" {
		tell(w, http.StatusUnprocessableEntity, toldWhy{no})
		return
	}
	v := visitorOf(r)
	options, err := s.Door.Staff.ProposePasskey(r.Context(), v.secret, r.PostFormValue("current"), site)
	if err != nil {
		s.refuseScript(w, r, audit.PasskeyAdded, err)
		return
	}
	tell(w, http.StatusOK, options)
}

// addPasskey takes the new passkey of a device.
func (s *server) addPasskey(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, 2*maxForm)
	v := visitorOf(r)
	if v.session.ID == "" || v.session.Stage == staff.Second {
		http.Redirect(w, r, signInPath, http.StatusSeeOther)
		return
	}
	if err := s.signed(r, v.account.ID, "cookie", audit.PasskeyAdded, audit.Begun); err != nil {
		s.fail(w, "passkey", err)
		return
	}
	secret, _, recovery, err := s.Door.Staff.AddPasskey(r.Context(), v.secret, r.PostFormValue("name"), []byte(r.PostFormValue("credential")))
	if err != nil {
		code, says, known := s.refusal(w, err)
		failed := s.signed(r, v.account.ID, "cookie", audit.PasskeyAdded, audit.Refused)
		switch {
		case failed != nil || !known:
			s.fail(w, "passkey", errors.Join(err, failed))
		case v.session.Stage == staff.Enrol:
			s.showFactor(w, r, code, says)
		default:
			s.showAccount(w, r, code, says, "")
		}
		return
	}
	if err := s.signed(r, v.account.ID, "cookie", audit.PasskeyAdded, audit.Done); err != nil {
		s.fail(w, "passkey", err)
		return
	}
	if v.session.Stage == staff.Enrol {
		if s.come(w, r, secret, v.account.ID) {
			s.show(w, "codes.html", codesPage{recovery, wanted(w, r)})
		}
		return
	}
	s.renew(w, r, secret)
	http.Redirect(w, r, "/account?passkey", http.StatusSeeOther)
}

// changePasskey does something to one of somebody's own passkeys.
func (s *server) changePasskey(w http.ResponseWriter, r *http.Request, what audit.What, do func(a staff.Account, id string) error) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := s.Signs.Signed(r.Context(), what, audit.Begun); err != nil {
		s.fail(w, "account", err)
		return
	}
	if err := do(visitorOf(r).account, r.PostFormValue("passkey")); err != nil {
		s.refuseChange(w, r, what, err, func(code int, says string) { s.showAccount(w, r, code, says, "") })
		return
	}
	if err := s.Signs.Signed(r.Context(), what, audit.Done); err != nil {
		s.fail(w, "account", err)
		return
	}
	http.Redirect(w, r, "/account", http.StatusSeeOther)
}

func (s *server) renamePasskey(w http.ResponseWriter, r *http.Request) {
	s.changePasskey(w, r, audit.PasskeyRenamed, func(a staff.Account, id string) error {
		return s.Door.Staff.RenamePasskey(r.Context(), a.ID, id, r.PostFormValue("name"))
	})
}

func (s *server) removePasskey(w http.ResponseWriter, r *http.Request) {
	s.changePasskey(w, r, audit.PasskeyRemoved, func(a staff.Account, id string) error {
		return s.Door.Staff.RemovePasskey(r.Context(), a, id, r.PostFormValue("current"))
	})
}
