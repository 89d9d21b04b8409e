package api

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"attune/internal/access"
	"attune/internal/audit"
	"attune/internal/staff"
)

const herons = "seven grey herons wade"

// house is a server with accounts, and a wall's clock that a test moves.
type house struct {
	t      *testing.T
	url    string
	book   *staff.Book
	door   *Door
	signs  *signs
	ahead  atomic.Int64
	forgot []string
}

func openHouse(t *testing.T) *house {
	t.Helper()
	h := &house{t: t, signs: openSigns(t)}
	var err error
	h.book, err = staff.Open(t.Context(), staff.Config{Path: filepath.Join(t.TempDir(), "staff.db"), Secret: bytes.Repeat([]byte("k"), 32), Now: h.now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.book.Close() })
	h.door = &Door{Links: &onceLinks{token: "good"}, Staff: h.book, Now: h.now, Organisation: "Riverside", Forgot: func(email string) { h.forgot = append(h.forgot, email) }}
	h.url = serve(t, Config{Console: screens{}, Door: h.door, Signs: h.signs, Logger: slog.New(slog.DiscardHandler)}).URL
	return h
}

func (h *house) now() time.Time { return time.Now().Add(time.Duration(h.ahead.Load())) }

// browser keeps cookies, and follows redirects as browsers do.
func (h *house) browser() *http.Client {
	jar, _ := cookiejar.New(nil)
	return &http.Client{Jar: jar}
}

func (h *house) post(c *http.Client, path string, form url.Values) (int, string, *http.Response) {
	h.t.Helper()
	r, err := c.PostForm(h.url+path, form)
	if err != nil {
		h.t.Fatal(err)
	}
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return r.StatusCode, string(body), r
}

func (h *house) invite(roles ...access.Role) string {
	h.t.Helper()
	_, link, err := h.book.Invite(h.t.Context(), staff.Invitation{Name: "Kim <Lee>", Email: "kim@clinic.example", Roles: roles})
	if err != nil {
		h.t.Fatal(err)
	}
	return link
}

var keyOnPage = regexp.MustCompile(`<code>([A-Z2-7 ]{39})</code>`)

// join goes from an invitation to being signed in, as somebody does in a browser, and returns the authenticator's key.
func (h *house) join(c *http.Client, link string) (key string, recovery string) {
	h.t.Helper()
	if code, body, _ := get(h.t, c, h.url+"/join?token="+url.QueryEscape(link)); code != 200 || !strings.Contains(body, "Welcome, Kim &lt;Lee&gt;") {
		h.t.Fatal(code, body)
	}
	if code, body, _ := h.post(c, "/join", url.Values{"token": {link}, "password": {herons}, "again": {herons}}); code != 200 || !strings.Contains(body, "Your password is set") {
		h.t.Fatal(code, body)
	}
	code, body, _ := h.post(c, "/sign-in", url.Values{"email": {"kim@clinic.example"}, "password": {herons}})
	found := keyOnPage.FindStringSubmatch(body)
	if code != 200 || found == nil || !strings.Contains(body, "data:image/png;base64,") {
		h.t.Fatal("the first sign-in does not ask for an authenticator:", code, body)
	}
	if code, body, _ := get(h.t, c, h.url+"/people/"+ana.String()); code != 200 || strings.Contains(body, "portal.visited") {
		h.t.Fatal("without a second factor a record is open:", code)
	}
	key = strings.ReplaceAll(found[1], " ", "")
	code, body, _ = h.post(c, "/account/factor", url.Values{"code": {h.code(key)}})
	codes := regexp.MustCompile(`<code>([a-z2-7]{5}-[a-z2-7]{5})</code>`).FindAllStringSubmatch(body, -1)
	if code != 200 || len(codes) != 10 {
		h.t.Fatal(code, body)
	}
	return key, codes[0][1]
}

func (h *house) code(key string) string {
	h.t.Helper()
	code, err := totp.GenerateCode(key, h.now())
	if err != nil {
		h.t.Fatal(err)
	}
	return code
}

func TestFromAnInvitationToAPage(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	link := h.invite(access.Clinician)
	me := h.browser()
	key, recovery := h.join(me, link)
	if code, body, _ := get(t, me, h.url); code != 200 || !strings.Contains(body, "Dear Ana") || !strings.Contains(body, "Your account") {
		t.Error("signed in:", code)
	}
	if code, body, _ := get(t, me, h.url+"/account"); code != 200 || !strings.Contains(body, "clinician") || !strings.Contains(body, "10 left") {
		t.Error("the account:", code, body)
	}
	if code, _, _ := h.post(h.browser(), "/join", url.Values{"token": {link}, "password": {herons}, "again": {herons}}); code != 403 {
		t.Error("the invitation again:", code)
	}
	other := h.browser()
	for name, form := range map[string]url.Values{
		"another password": {"email": {"kim@clinic.example"}, "password": {"something else here"}}, "nobody": {"email": {"no@clinic.example"}, "password": {herons}},
	} {
		if code, body, _ := h.post(other, "/sign-in", form); code != 403 || !strings.Contains(body, "The e-mail address or the password is not right.") {
			t.Errorf("%s: %d", name, code)
		}
	}
	h.ahead.Add(int64(time.Minute))
	if code, body, _ := h.post(other, "/sign-in", url.Values{"email": {"KIM@clinic.example"}, "password": {herons}}); code != 200 || !strings.Contains(body, "Your code") {
		t.Fatal(code, body)
	}
	if code, _, _ := h.post(other, "/sign-in/code", url.Values{"code": {"123456"}}); code != 403 {
		t.Error("a wrong code:", code)
	}
	if code, body, _ := h.post(other, "/sign-in/code", url.Values{"code": {h.code(key)}}); code != 200 || !strings.Contains(body, "Events in") {
		t.Error("the code:", code)
	}
	if code, _, _ := h.post(other, "/account/sessions", url.Values{}); code != 200 {
		t.Error("end the others:", code)
	}
	if code, _, _ := get(t, me, h.url+"/account"); code != 401 {
		t.Error("a session that was ended goes on:", code)
	}
	h.post(me, "/sign-in", url.Values{"email": {"kim@clinic.example"}, "password": {herons}})
	if code, body, _ := h.post(me, "/sign-in/code", url.Values{"code": {recovery}}); code != 200 || !strings.Contains(body, "Events in") {
		t.Error("a recovery code:", code)
	}
	var told []string
	err := audit.Each(t.Context(), h.signs.dir, audit.Filter{}, func(r *audit.Record) error {
		told = append(told, string(r.What)+" "+string(r.Outcome)+" "+string(r.Actor.Kind))
		return nil
	})
	want := []string{
		"credential.changed done account", "credential.changed begun account", "credential.changed done account", "staff.signed_in done account",
		"staff.signed_in refused anybody", "staff.signed_in refused anybody", "staff.signed_in refused account", "staff.signed_in done account", "session.ended done account", "staff.signed_in done account",
	}
	if err != nil || !slices.Equal(told, want) {
		t.Errorf("recorded %q, %v", told, err)
	}
}

// A session's secret is a new one with each step, so that nobody who knew it before is in; whoever changes their password is out everywhere else.
func TestNoSecretLivesThroughAStep(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	me := h.browser()
	home, _ := url.Parse(h.url)
	me.Jar.SetCookies(home, []*http.Cookie{{Name: localCookie, Value: "chosen-by-somebody-else", Path: "/"}})
	seen := map[string]bool{"chosen-by-somebody-else": true}
	fresh := func(step string) string {
		t.Helper()
		for _, c := range me.Jar.Cookies(home) {
			if c.Name == localCookie {
				if seen[c.Value] {
					t.Errorf("after %s the secret is one from before", step)
				}
				seen[c.Value] = true
				return c.Value
			}
		}
		t.Fatal("no session after " + step)
		return ""
	}
	link := h.invite(access.Clinician)
	h.join(me, link)
	first := fresh("joining")
	if code, body, _ := h.post(me, "/account/password", url.Values{"current": {"not this one at all"}, "password": {herons + " far"}, "again": {herons + " far"}}); code != 403 || !strings.Contains(body, "The current password is not right.") {
		t.Error(code)
	}
	if code, body, _ := h.post(me, "/account/password", url.Values{"current": {herons}, "password": {herons + " far"}, "again": {herons + " far"}}); code != 200 || !strings.Contains(body, "Your password was changed") {
		t.Fatal(code, body)
	}
	fresh("another password")
	thief := h.browser()
	thief.Jar.SetCookies(home, []*http.Cookie{{Name: localCookie, Value: first, Path: "/"}})
	if code, _, _ := get(t, thief, h.url+"/account"); code != 401 {
		t.Error("the secret from before goes on:", code)
	}
}

// Cookies over https are bound to this host; over http to this machine they have a plain name, since some browsers refuse the other.
func TestCookies(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	h.invite(access.Clinician)
	_, link, _, err := h.book.Forgot(t.Context(), "kim@clinic.example")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.book.Redeem(t.Context(), link, herons); err != nil {
		t.Fatal(err)
	}
	handler, err := New(Config{Door: h.door, Signs: h.signs, View: &scene{}, Healthy: func() error { return nil }, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{
		// A proxy on this machine that took the encryption off, and does not pass the host's name on.
		"localhost:8443":        "__Host-attune=…; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Lax",
		"attune.clinic.example": "__Host-attune=…; Path=/; Max-Age=43200; HttpOnly; Secure; SameSite=Lax", "localhost:8080": "attune_local=…; Path=/; Max-Age=43200; HttpOnly; SameSite=Lax",
	} {
		r := httptest.NewRequest("POST", "http://"+host+"/sign-in", strings.NewReader(url.Values{"email": {"kim@clinic.example"}, "password": {herons}}.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		if host == "localhost:8443" {
			r.Header.Set("X-Forwarded-Proto", "https")
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		got := regexp.MustCompile(`=[^;]{20,}`).ReplaceAllString(w.Header().Get("Set-Cookie"), "=…")
		if got != want {
			t.Errorf("%s: %d %s", host, w.Code, got)
		}
	}
}

// Roles say what one sees, and they are asked at each request.
func TestRolesAreAskedAtEachRequest(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	me := h.browser()
	h.join(me, h.invite(access.Operator))
	if code, body, _ := get(t, me, h.url); code != 200 || strings.Contains(body, "Dear Ana") {
		t.Error("an operator sees messages:", code)
	}
	if code, body, _ := get(t, me, h.url+"/people/"+ana.String()); code != 403 || !strings.Contains(body, "person.read") {
		t.Error("an operator opens a record:", code)
	}
	a, err := h.book.ByEmail(t.Context(), "kim@clinic.example")
	if err != nil {
		t.Fatal(err)
	}
	if err := h.book.SetRoles(t.Context(), a.ID, []access.Role{access.Clinician}, []string{"diabetes"}); err != nil {
		t.Fatal(err)
	}
	if code, _, _ := get(t, me, h.url+"/account"); code != 401 {
		t.Error("with other roles the session goes on:", code)
	}
}

// A token is taken from the header alone, and nothing else counts beside it.
func TestTokensAreBearers(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	me := h.browser()
	h.join(me, h.invite(access.Clinician))
	token, made, err := h.book.AddToken(t.Context(), staff.Token{Name: "report", Roles: []access.Role{access.Operator}, Ends: h.now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	ask := func(c *http.Client, path, header string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), "GET", h.url+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if header != "" {
			r.Header.Set("Authorization", header)
		}
		answer, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, string(body)
	}
	plain := h.browser()
	if code, body := ask(plain, "/", "Bearer "+token); code != 200 || strings.Contains(body, "Dear Ana") {
		t.Error("the token:", code)
	}
	for header, path := range map[string]string{"": "/?token=" + token + "&access_token=" + token, "Bearer att_wrong": "/", "Basic " + token: "/", "Bearer": "/"} {
		if code, _ := ask(plain, path, header); code != 401 {
			t.Errorf("%q %s: %d", header, path, code)
		}
	}
	if code, _ := ask(me, "/", "Bearer att_wrong"); code != 401 {
		t.Error("a cookie counts beside a wrong token:", code)
	}
	r := httptest.NewRequest("GET", "http://localhost/", nil)
	r.Header.Set("Authorization", "bearer "+token)
	if p, ok := h.door.Principal(r); !ok || p.ID != made.ID || p.Kind != "key" || !p.May(access.DeliveryRead) {
		t.Error(p, ok)
	}
	if err := h.book.RevokeToken(t.Context(), "report"); err != nil {
		t.Fatal(err)
	}
	if code, _ := ask(plain, "/", "Bearer "+token); code != 401 {
		t.Error("after it was revoked:", code)
	}
}

// A token that an account made for itself is that account, for no more than it says, and ends with whatever ends the account's access.
func TestATokenOfOnesOwnIsOneself(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	me := h.browser()
	h.join(me, h.invite(access.Operator, access.Auditor))
	all, err := h.book.Accounts(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	a := all[0]
	make := func(permits ...access.Permission) string {
		t.Helper()
		text, _, err := h.book.AddToken(t.Context(), staff.Token{Name: "laptop", Account: a.ID, Permits: permits, Ends: h.now().Add(time.Hour)})
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	who := func(token string) (access.Principal, bool) {
		r := httptest.NewRequest("GET", "http://localhost/", nil)
		r.Header.Set("Authorization", "Bearer "+token)
		return h.door.Principal(r)
	}
	token := make(access.DeliveryRead)
	if p, ok := who(token); !ok || p.Kind != "account" || p.ID != a.ID || p.Token == "" || !p.May(access.DeliveryRead) || p.May(access.AuditRead) {
		t.Error(p, ok)
	}
	if list, err := h.book.TokensOf(t.Context(), a.ID); err != nil || len(list) != 1 || list[0].Name != "laptop" {
		t.Error(list, err)
	}
	for name, end := range map[string]func() error{
		"revoked":     func() error { return h.book.RevokeOwn(t.Context(), a.ID, "laptop") },
		"other roles": func() error { return h.book.SetRoles(t.Context(), a.ID, []access.Role{access.Operator}, nil) },
		"disabled":    func() error { return h.book.SetDisabled(t.Context(), a.ID, true) },
	} {
		if err := h.book.SetDisabled(t.Context(), a.ID, false); err != nil {
			t.Fatal(err)
		}
		token := make()
		if _, ok := who(token); !ok {
			t.Errorf("before it was %s it is nobody", name)
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if p, ok := who(token); ok {
			t.Errorf("%s, and it is still %v", name, p)
		}
	}
}

func TestForgottenPasswordsAreAnsweredAlike(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	h.invite(access.Clinician)
	_, known, _ := h.post(h.browser(), "/forgot", url.Values{"email": {"kim@clinic.example"}})
	_, unknown, _ := h.post(h.browser(), "/forgot", url.Values{"email": {"no@clinic.example"}})
	if known != unknown || !strings.Contains(known, "If there is an account") {
		t.Error("whoever asks learns who has an account")
	}
	if !slices.Equal(h.forgot, []string{"kim@clinic.example", "no@clinic.example"}) {
		t.Error(h.forgot)
	}
}

// Forms from elsewhere change nothing.
func TestOtherSitesCannotPost(t *testing.T) {
	t.Parallel()
	h := openHouse(t)
	me := h.browser()
	h.join(me, h.invite(access.Clinician))
	for _, path := range []string{"/sign-in", "/sign-in/code", "/sign-out", "/join", "/forgot", "/account/password", "/account/sessions", "/account/factor"} {
		r, _ := http.NewRequestWithContext(t.Context(), "POST", h.url+path, strings.NewReader("x=y"))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-site")
		answer, err := me.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != 403 {
			t.Errorf("%s: %d", path, answer.StatusCode)
		}
	}
	if code, _, _ := get(t, me, h.url+"/account"); code != 200 {
		t.Error("they ended the session:", code)
	}
}

// Where somebody comes from is what the proxy on this machine says last, and nobody else.
func TestWhereSomebodyComesFrom(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ remote, header, want string }{
		{"203.0.113.5:4000", "", "203.0.113.5"}, {"203.0.113.5:4000", "198.51.100.1", "203.0.113.5"}, {"127.0.0.1:4000", "6.6.6.6, 198.51.100.1", "198.51.100.1"},
		{"127.0.0.1:4000", "nonsense", "127.0.0.1"}, {"[::1]:4000", "2001:db8::1", "2001:db8::1"}, {"127.0.0.1:4000", "", "127.0.0.1"},
	} {
		r := httptest.NewRequest("GET", "http://localhost/", nil)
		r.RemoteAddr = c.remote
		if c.header != "" {
			r.Header.Set("X-Forwarded-For", c.header)
		}
		if got := from(r); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
}
