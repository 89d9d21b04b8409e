package api

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/staff"
)

// Where somebody goes on who has not come in wholly.
const (
	signInPath = "/sign-in"
	codePath   = "/sign-in/code"
	factorPath = "/account/factor"
)

// maxForm bounds a form of the door.
const maxForm = 16 << 10

// doorRoutes are those by which staff come in, and see to their own account.
func (s *server) doorRoutes() []route {
	if s.Door == nil {
		return nil
	}
	out := []route{
		{pattern: "GET /sign-in", serve: s.askSignIn, free: "a form"},
		{pattern: "POST /sign-in", serve: s.signIn, what: audit.SignedIn},
		{pattern: "POST /sign-out", serve: s.signOut, what: audit.SignedOut},
	}
	if s.Door.Staff == nil {
		return out
	}
	if s.Door.Elsewhere != nil {
		out = append(out,
			route{pattern: "GET /sign-in/elsewhere", serve: s.leave, free: "leads to another system"},
			route{pattern: "GET /sign-in/elsewhere/done", serve: s.comeBack, what: audit.SignedIn})
	}
	if s.Door.Systems != nil {
		out = append(out,
			route{pattern: "GET /.well-known/smart-configuration", serve: s.smart, free: "the same for everybody"},
			route{pattern: "POST " + tokenPath, serve: s.grant, what: audit.ServiceAdmitted})
	}
	return append(out,
		route{pattern: "POST /sign-in/passkey/begin", serve: s.askPasskey, free: "a question to a device"},
		route{pattern: "POST /sign-in/passkey", serve: s.takePasskey, what: audit.SignedIn},
		route{pattern: "POST /account/passkeys/begin", serve: s.proposePasskey, free: "a question to a device"},
		route{pattern: "POST /account/passkeys", serve: s.addPasskey, what: audit.PasskeyAdded},
		route{pattern: "POST /account/passkeys/name", serve: s.own(s.renamePasskey), what: audit.PasskeyRenamed},
		route{pattern: "POST /account/passkeys/remove", serve: s.own(s.removePasskey), what: audit.PasskeyRemoved},
		route{pattern: "GET /sign-in/code", serve: s.askCode, free: "a form"},
		route{pattern: "POST /sign-in/code", serve: s.takeCode, what: audit.SignedIn},
		route{pattern: "GET /forgot", serve: s.askForgot, free: "a form"},
		route{pattern: "POST /forgot", serve: s.takeForgot, free: "the link that is made of it is recorded"},
		route{pattern: "GET /join", serve: s.askJoin, free: "a form"},
		route{pattern: "POST /join", serve: s.takeJoin, what: audit.CredentialSet},
		route{pattern: "GET /account", serve: s.own(s.account), free: "one's own account"},
		route{pattern: "POST /account/password", serve: s.own(s.takePassword), what: audit.CredentialSet},
		route{pattern: "POST /account/sessions", serve: s.own(s.endSessions), what: audit.SessionEnded},
		route{pattern: "GET /account/factor", serve: s.askFactor, free: "one's own account"},
		route{pattern: "POST /account/factor", serve: s.takeFactor, what: audit.CredentialSet},
	)
}

// allowed lets only those through who may.
func (s *server) allowed(what access.Permission, next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if s.Door == nil {
			next(w, r)
			return
		}
		v := visitorOf(r)
		switch {
		case v.principal.May(what):
			next(w, r)
		case !v.principal.Nobody():
			if s.Door.Refused != nil {
				s.Door.Refused(r.Context(), "it takes the permission "+string(what))
			}
			w.WriteHeader(http.StatusForbidden)
			s.show(w, "refused.html", struct{ What, Who string }{string(what), access.Who(what)})
		default:
			s.enter(w, r)
		}
	}
}

// enter leads somebody in who is not known yet, or not wholly.
func (s *server) enter(w http.ResponseWriter, r *http.Request) {
	switch visitorOf(r).session.Stage {
	case staff.Second:
		http.Redirect(w, r, codePath, http.StatusSeeOther)
	case staff.Enrol:
		http.Redirect(w, r, factorPath, http.StatusSeeOther)
	default:
		w.WriteHeader(http.StatusUnauthorized)
		s.show(w, "sign-in.html", s.signInForm(r))
	}
}

// remember keeps which screen of the console somebody wanted, while they sign in.
func (s *server) remember(w http.ResponseWriter, r *http.Request) {
	if wanted := r.URL.RequestURI(); len(wanted) <= maxWanted {
		setCookie(w, r, wantedSuffix, base64.RawURLEncoding.EncodeToString([]byte(wanted)), time.Hour)
	}
}

// codesPage shows codes once, and leads on.
type codesPage struct {
	Codes []string
	Next  string
}

// maxWanted bounds the address of a screen that is remembered.
const maxWanted = 2000

// wanted is the screen that somebody wanted before they signed in, or the first page. Only a screen of the console is gone back to, whatever the cookie says.
func wanted(w http.ResponseWriter, r *http.Request) string {
	c, err := r.Cookie(cookieName(r) + wantedSuffix)
	if err != nil {
		return "/"
	}
	setCookie(w, r, wantedSuffix, "", 0)
	text, err := base64.RawURLEncoding.DecodeString(c.Value)
	if err != nil || len(text) > maxWanted {
		return "/"
	}
	u, err := url.ParseRequestURI(string(text))
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, consolePath) || path.Clean(u.Path)+"/" != strings.TrimSuffix(u.Path, "/")+"/" || strings.Contains(u.Path, "\\") {
		return "/"
	}
	return (&url.URL{Path: u.Path, RawQuery: u.RawQuery}).String()
}

// own lets only members of staff through, to their own account.
func (s *server) own(next http.HandlerFunc) http.HandlerFunc {
	return s.allowed(access.OwnAccount, next)
}

// signInForm is what the page for signing in shows.
type signInForm struct {
	Token, Email, Problem, Notice string
	// Elsewhere is what people call the other system that knows them; empty where there is none.
	Elsewhere string
	// Accounts tells that there are accounts, Forgot that links can be sent to who forgot, Open that nothing is encrypted, Passkeys that passkeys work
	// at this address.
	Accounts, Forgot, Open, Passkeys bool
}

func (s *server) signInForm(r *http.Request) signInForm {
	f := signInForm{Accounts: s.Door.Staff != nil, Forgot: s.Door.Forgot != nil, Open: s.Door.unencrypted(r)}
	_, no := s.Door.site(r)
	f.Passkeys = f.Accounts && no == ""
	if s.Door.Elsewhere != nil {
		f.Elsewhere = s.Door.Elsewhere.Name()
	}
	return f
}

// askSignIn shows a form, and for a link a button. Opening a link does not use it, so that a mail scanner that looks at it
// does not use it up.
func (s *server) askSignIn(w http.ResponseWriter, r *http.Request) {
	f := s.signInForm(r)
	f.Token = r.URL.Query().Get("token")
	if r.URL.Query().Has("changed") {
		f.Notice = "Your password is set. Sign in with it."
	}
	s.show(w, "sign-in.html", f)
}

func (s *server) signIn(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if token := r.PostFormValue("token"); token != "" || s.Door.Staff == nil {
		s.signInByLink(w, r, token)
		return
	}
	f := s.signInForm(r)
	f.Email = r.PostFormValue("email")
	device := ""
	if c, err := r.Cookie(cookieName(r) + deviceSuffix); err == nil {
		device = c.Value
	}
	a, err := s.Door.Staff.SignIn(r.Context(), staff.Entry{Email: f.Email, Password: r.PostFormValue("password"), From: from(r), Device: device})
	if err != nil {
		code, says, known := s.refusal(w, err)
		if !known {
			s.fail(w, "sign-in", err)
			return
		}
		if err := s.Signs.Signed(r.Context(), audit.SignedIn, audit.Refused); err != nil {
			s.fail(w, "sign-in", err)
			return
		}
		f.Problem = says
		w.WriteHeader(code)
		s.show(w, "sign-in.html", f)
		return
	}
	stage, next := staff.Enrol, factorPath
	if len(a.Factors) > 0 {
		stage, next = staff.Second, codePath
	}
	secret, _, err := s.Door.Staff.Begin(r.Context(), a.ID, stage, deviceOf(r))
	if err != nil {
		s.fail(w, "sign-in", err)
		return
	}
	s.renew(w, r, secret)
	http.Redirect(w, r, next, http.StatusSeeOther)
}

// refusal puts into words why somebody does not come in, or something is not changed. known is false for what went wrong here.
func (s *server) refusal(w http.ResponseWriter, err error) (code int, says string, known bool) {
	if e, ok := errors.AsType[*staff.WaitError](err); ok {
		w.Header().Set("Retry-After", seconds(e.After))
		return http.StatusTooManyRequests, "There were too many wrong attempts. Try again in " + e.After.Round(time.Second).String() + ".", true
	}
	if e, ok := errors.AsType[*staff.BusyError](err); ok {
		w.Header().Set("Retry-After", seconds(e.After))
		return http.StatusServiceUnavailable, "Many people sign in just now. Try again in a moment.", true
	}
	if e, ok := errors.AsType[*staff.PasswordError](err); ok {
		return http.StatusUnprocessableEntity, e.Says, true
	}
	switch {
	case errors.Is(err, staff.ErrWrong):
		return http.StatusForbidden, "The e-mail address or the password is not right.", true
	case errors.Is(err, staff.ErrCode):
		return http.StatusForbidden, "This code is not right, or was used before. Wait for the next one.", true
	case errors.Is(err, staff.ErrPasskey):
		return http.StatusForbidden, "This passkey did not work here. Try again, or sign in with your password.", true
	case errors.Is(err, staff.ErrCopied):
		return http.StatusForbidden, "This passkey answered with an older count than before, as a copy would. Sign in with your password, and remove it.", true
	case errors.Is(err, staff.ErrLastFactor):
		return http.StatusUnprocessableEntity, "It is your only second factor. Set up an authenticator or another passkey first.", true
	case errors.Is(err, staff.ErrTooManyPasskeys):
		return http.StatusUnprocessableEntity, "You have as many passkeys as one may have. Remove one first.", true
	case errors.Is(err, staff.ErrNoPasskey):
		return http.StatusNotFound, "You have no such passkey.", true
	case errors.Is(err, staff.ErrNoLink):
		return http.StatusForbidden, "This link was used before, or its time is over. Ask for another one.", true
	}
	return 0, "", false
}

func seconds(d time.Duration) string {
	return strconv.Itoa(int(math.Ceil(max(d, time.Second).Seconds())))
}

// deviceOf is what a browser says of itself, for its owner to know it again.
func deviceOf(r *http.Request) string {
	agent := r.UserAgent()
	device := "a browser"
	for _, b := range [][2]string{{"Edg/", "Edge"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}} {
		if strings.Contains(agent, b[0]) {
			device = b[1]
			break
		}
	}
	for _, o := range [][2]string{{"iPhone", "an iPhone"}, {"iPad", "an iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "a Mac"}, {"Linux", "Linux"}} {
		if strings.Contains(agent, o[0]) {
			return device + " on " + o[1]
		}
	}
	return device
}

// renew gives the browser the secret of a session that has just begun. Whatever it had before is of no use any more.
func (s *server) renew(w http.ResponseWriter, r *http.Request, secret string) {
	if v := visitorOf(r); v != nil && v.secret != "" && v.secret != secret {
		if err := s.Door.close(r); err != nil {
			s.Logger.Error("a session that another took the place of was not ended", "error", err)
		}
	}
	setCookie(w, r, "", secret, staff.SessionTime)
}

// come lets somebody in whose session is whole now, and records that.
func (s *server) come(w http.ResponseWriter, r *http.Request, secret, account string) bool {
	return s.comeBy(w, r, secret, account, "cookie")
}

func (s *server) comeBy(w http.ResponseWriter, r *http.Request, secret, account, how string) bool {
	if err := s.signed(r, account, how, audit.SignedIn, audit.Done); err != nil {
		_ = s.Door.Staff.End(r.Context(), secret)
		s.fail(w, "sign-in", err)
		return false
	}
	s.renew(w, r, secret)
	setCookie(w, r, deviceSuffix, s.Door.Staff.Device(account), 90*24*time.Hour)
	return true
}

// signed records what an account's owner did, before they are known by a session.
func (s *server) signed(r *http.Request, account, how string, what audit.What, outcome audit.Outcome) error {
	return s.signedAs(r, audit.Actor{Kind: audit.Account, ID: account, How: how}, what, outcome)
}

// signedAs records what somebody did of whom it is found out only now who they are.
func (s *server) signedAs(r *http.Request, actor audit.Actor, what audit.What, outcome audit.Outcome) error {
	c := audit.Of(r.Context())
	c.Actor = actor
	return s.Signs.Signed(audit.With(context.WithoutCancel(r.Context()), c), what, outcome)
}

func (s *server) askCode(w http.ResponseWriter, r *http.Request) {
	if visitorOf(r).session.Stage != staff.Second {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	s.showCode(w, r, http.StatusOK, "")
}

// codePage is what somebody sees whose password was right.
type codePage struct {
	Problem string
	// TOTP tells that they have an authenticator, and Passkeys that they have passkeys that work at this address.
	TOTP, Passkeys bool
}

func (s *server) showCode(w http.ResponseWriter, r *http.Request, code int, problem string) {
	a := visitorOf(r).account
	_, no := s.Door.site(r)
	w.WriteHeader(code)
	s.show(w, "code.html", codePage{problem, a.Has(staff.TOTP), a.Has(staff.Passkeys) && no == ""})
}

func (s *server) takeCode(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	v := visitorOf(r)
	secret, _, err := s.Door.Staff.PassSecond(r.Context(), v.secret, r.PostFormValue("code"))
	if errors.Is(err, staff.ErrNoSession) {
		http.Redirect(w, r, signInPath, http.StatusSeeOther)
		return
	}
	if err != nil {
		code, says, known := s.refusal(w, err)
		if !known {
			s.fail(w, "code", err)
			return
		}
		if err := s.signed(r, v.account.ID, "password", audit.SignedIn, audit.Refused); err != nil {
			s.fail(w, "code", err)
			return
		}
		s.showCode(w, r, code, says)
		return
	}
	if s.come(w, r, secret, v.account.ID) {
		http.Redirect(w, r, wanted(w, r), http.StatusSeeOther)
	}
}

// forgotForm is what the page for a forgotten password shows.
type forgotForm struct{ Can, Asked bool }

func (s *server) askForgot(w http.ResponseWriter, _ *http.Request) {
	s.show(w, "forgot.html", forgotForm{Can: s.Door.Forgot != nil})
}

// takeForgot says the same whoever asks: whether there is an account is found out later, by somebody else.
func (s *server) takeForgot(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if s.Door.Forgot != nil {
		s.Door.Forgot(r.PostFormValue("email"))
	}
	s.show(w, "forgot.html", forgotForm{Can: s.Door.Forgot != nil, Asked: true})
}

// joinForm is what the page shows that a link of an account leads to.
type joinForm struct {
	Token, Name, Email, Problem string
	Invited                     bool
	Least                       int
}

func (s *server) askJoin(w http.ResponseWriter, r *http.Request) {
	f, err := s.joinForm(r.Context(), r.URL.Query().Get("token"))
	if err != nil {
		s.refuseJoin(w, err)
		return
	}
	s.show(w, "join.html", f)
}

func (s *server) joinForm(ctx context.Context, token string) (joinForm, error) {
	a, kind, err := s.Door.Staff.Linked(ctx, token)
	return joinForm{Token: token, Name: a.Name, Email: a.Email, Invited: kind == staff.Invited, Least: staff.MinPassword}, err
}

func (s *server) refuseJoin(w http.ResponseWriter, err error) {
	code, says, known := s.refusal(w, err)
	if !known {
		s.fail(w, "join", err)
		return
	}
	w.WriteHeader(code)
	s.show(w, "join.html", joinForm{Problem: says})
}

// takeJoin uses a link up: its reader has chosen a password, and signs in with it next.
func (s *server) takeJoin(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	f, err := s.joinForm(r.Context(), r.PostFormValue("token"))
	if err != nil {
		s.refuseJoin(w, err)
		return
	}
	password := r.PostFormValue("password")
	var a staff.Account
	if password != r.PostFormValue("again") {
		err = &staff.PasswordError{Says: "The two passwords are not the same."}
	} else {
		a, err = s.Door.Staff.Redeem(r.Context(), f.Token, password)
	}
	if errors.Is(err, staff.ErrNoLink) {
		s.refuseJoin(w, err)
		return
	}
	if err != nil {
		code, says, known := s.refusal(w, err)
		if !known {
			s.fail(w, "join", err)
			return
		}
		f.Problem = says
		w.WriteHeader(code)
		s.show(w, "join.html", f)
		return
	}
	if err := s.signed(r, a.ID, "link", audit.CredentialSet, audit.Done); err != nil {
		s.fail(w, "join", err)
		return
	}
	http.Redirect(w, r, signInPath+"?"+url.Values{"changed": {""}}.Encode(), http.StatusSeeOther)
}

// signInByLink lets somebody in whom the link does not name.
func (s *server) signInByLink(w http.ResponseWriter, r *http.Request, token string) {
	ok, err := s.Door.Links.Use(token, s.Door.now())
	if err != nil {
		s.fail(w, "sign-in", err)
		return
	}
	if !ok {
		if err := s.Signs.Signed(r.Context(), audit.SignedIn, audit.Refused); err != nil {
			s.fail(w, "sign-in", err)
			return
		}
		f := s.signInForm(r)
		f.Problem = "This link was used before, or its fifteen minutes are over."
		w.WriteHeader(http.StatusForbidden)
		s.show(w, "sign-in.html", f)
		return
	}
	secret := s.Door.open()
	c := audit.Of(r.Context())
	c.Actor = audit.Actor{Kind: audit.Session, ID: sessionName(secret), How: "cookie"}
	if err := s.Signs.Signed(audit.With(r.Context(), c), audit.SignedIn, audit.Done); err != nil {
		s.fail(w, "sign-in", err)
		return
	}
	s.renew(w, r, secret)
	http.Redirect(w, r, wanted(w, r), http.StatusSeeOther)
}

func (s *server) signOut(w http.ResponseWriter, r *http.Request) {
	if err := s.Door.close(r); err != nil {
		s.fail(w, "sign-out", fmt.Errorf("end a session: %w", err))
		return
	}
	if err := s.Signs.Signed(r.Context(), audit.SignedOut, audit.Done); err != nil {
		s.Logger.Error("that somebody signed out is not recorded", "error", err)
	}
	setCookie(w, r, "", "", 0)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
