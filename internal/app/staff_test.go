package app

import (
	"context"
	"io"
	"mime/quotedprintable"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"attune/internal/access"
	"attune/internal/api"
	"attune/internal/audit"
	"attune/internal/config"
)

// staffHouse is a server whom staff reach, with a real mail server.
func staffHouse(t *testing.T) (n *Node, box *mailbox, base string, stop func()) {
	t.Helper()
	box, cfg := startMail(t, func(int) bool { return true })
	channels, closeChannels, err := Channels(config.Config{Email: cfg})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(closeChannels)
	rel, _ := mustLoad(t, diabetes)
	n, err = Open(t.Context(), Options{Data: t.TempDir(), Organisation: "Green Lane", Release: rel, Channels: channels, Public: "https://attune.clinic.example", Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	server := &Server{Node: n, Pace: 1, Door: &api.Door{Links: OpenLinks(n.Data), Staff: n.Staff, Forgot: n.Forgot(), Public: n.Public, Organisation: n.Organisation}}
	go func() { ended <- server.Run(ctx, listener) }()
	base = "http://" + listener.Addr().String()
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := n.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(stop)
	for range 500 {
		if r, err := http.Get(base + "/healthz"); err == nil {
			r.Body.Close()
			if r.StatusCode == 200 {
				return n, box, base, stop
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the server is not healthy")
	return nil, nil, "", nil
}

var linkInLetter = regexp.MustCompile(`https://attune\.clinic\.example/join\?token=([A-Za-z0-9_-]+)`)

// linkIn waits for the nth letter, and returns its link's token.
func linkIn(t *testing.T, box *mailbox, nth int) string {
	t.Helper()
	for range 1000 {
		if box.count() >= nth {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	box.mu.Lock()
	defer box.mu.Unlock()
	if len(box.letters) < nth {
		t.Fatalf("%d letters came", len(box.letters))
	}
	text, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(box.letters[nth-1])))
	if err != nil {
		t.Fatal(err)
	}
	found := linkInLetter.FindSubmatch(text)
	if found == nil {
		t.Fatalf("no link in %s", text)
	}
	return string(found[1])
}

// The commands ask the server, or do it in its place; links go out by a real mail server; the end of an access is the end at the next request;
// and the log tells of all without a name.
func TestStaffByCommandAndByMail(t *testing.T) {
	t.Parallel()
	n, box, base, stop := staffHouse(t)
	ctx := audit.With(t.Context(), audit.Caller{Actor: audit.Actor{Kind: audit.User, ID: "root", How: "process"}, Via: "test", Request: audit.NewRequest()})
	made, err := InviteStaff(ctx, n.Data, StaffInvite{Invitation: Invitation{Name: "Kim Lee", Email: "kim@clinic.example", Roles: []access.Role{access.Clinician}}})
	if err != nil || !made.Sent || made.Link != "" {
		t.Fatalf("%+v, %v", made, err)
	}
	jar, _ := cookiejar.New(nil)
	me := &http.Client{Jar: jar}
	post := func(path string, form url.Values) string {
		t.Helper()
		r, err := me.PostForm(base+path, form)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, _ := io.ReadAll(r.Body)
		if r.StatusCode != 200 {
			t.Fatalf("%s: %d %s", path, r.StatusCode, body)
		}
		return string(body)
	}
	see := func(path string) int {
		t.Helper()
		r, err := me.Get(base + path)
		if err != nil {
			t.Fatal(err)
		}
		r.Body.Close()
		return r.StatusCode
	}
	const first, second = "seven grey herons wade", "eight grey herons wade"
	post("/join", url.Values{"token": {linkIn(t, box, 1)}, "password": {first}, "again": {first}})
	page := post("/sign-in", url.Values{"email": {"kim@clinic.example"}, "password": {first}})
	key := strings.ReplaceAll(regexp.MustCompile(`<code>([A-Z2-7 ]{39})</code>`).FindStringSubmatch(page)[1], " ", "")
	code, err := totp.GenerateCode(key, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	post("/account/factor", url.Values{"code": {code}})
	if got := see("/account"); got != 200 {
		t.Fatal(got)
	}
	if _, err := ChangeStaff(ctx, n.Data, StaffChange{Email: "kim@clinic.example", Roles: []access.Role{access.Auditor}}); err != nil {
		t.Fatal(err)
	}
	if got := see("/account"); got != 401 {
		t.Error("with other roles the session goes on:", got)
	}
	post("/forgot", url.Values{"email": {"nobody@clinic.example"}})
	post("/forgot", url.Values{"email": {"kim@clinic.example"}})
	post("/join", url.Values{"token": {linkIn(t, box, 2)}, "password": {second}, "again": {second}})
	if box.count() != 2 {
		t.Error("somebody without an account was written to")
	}
	if _, err := AddToken(ctx, n.Data, Token{Name: "report", Roles: []access.Role{access.Operator}, Ends: time.Now().Add(time.Hour)}); err != nil {
		t.Fatal(err)
	}

	stop() // from here on nobody answers, and the commands do it themselves
	off := true
	if _, err := ChangeStaff(ctx, n.Data, StaffChange{Email: "kim@clinic.example", Disabled: &off}); err != nil {
		t.Fatal(err)
	}
	if all, err := StaffIn(ctx, n.Data); err != nil || len(all) != 1 || !all[0].Disabled || !slices.Equal(all[0].Roles, []access.Role{access.Auditor}) {
		t.Errorf("%+v, %v", all, err)
	}
	if _, err := ResetStaff(ctx, n.Data, StaffReset{Email: "kim@clinic.example", LinkWay: LinkWay{URL: "http://localhost:8080"}}); err == nil {
		t.Error("somebody who is disabled got a link")
	}
	if err := RevokeToken(ctx, n.Data, "report"); err != nil {
		t.Fatal(err)
	}
	again, err := InviteStaff(ctx, n.Data, StaffInvite{Invitation: Invitation{Name: "Sam", Email: "sam@clinic.example", Roles: []access.Role{access.Admin}}, LinkWay: LinkWay{URL: "http://localhost:8080"}})
	if err != nil || !strings.HasPrefix(again.Link, "http://localhost:8080/join?token=") {
		t.Errorf("%+v, %v", again, err)
	}
	if _, err := InviteStaff(ctx, t.TempDir(), StaffInvite{}); err == nil || !strings.Contains(err.Error(), "start attune serve once") {
		t.Error(err)
	}
	var told []string
	err = audit.Each(t.Context(), AuditDir(n.Data), audit.Filter{}, func(r *audit.Record) error {
		if strings.Contains(r.Reason+r.Why, "kim") || r.Object != nil && strings.Contains(r.Object.ID, "@") {
			t.Errorf("the log names somebody: %+v", r)
		}
		if r.Outcome != audit.Begun && r.What.Sort() != audit.Own {
			told = append(told, string(r.What)+" "+string(r.Outcome)+" "+r.Reason)
		}
		return nil
	})
	want := []string{
		"account.made done roles clinician", "credential.changed done ", "credential.changed done ", "staff.signed_in done ", "account.changed done roles auditor", "link.made done ",
		"credential.changed done ", "token.made done roles operator", "server.run done ", "account.changed done disabled", "credential.reset refused ", "token.revoked done ", "account.made done roles admin",
	}
	if err != nil || !slices.Equal(told, want) {
		t.Errorf("recorded %q, %v", told, err)
	}
}

func TestAKeyKeepsItsEvents(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := OpenSources(dir)
	if err != nil {
		t.Fatal(err)
	}
	key, err := s.AddKey(SourceKey{Source: "app", Events: []string{"appointment.booked"}})
	if err != nil {
		t.Fatal(err)
	}
	again, err := OpenSources(dir)
	if err != nil {
		t.Fatal(err)
	}
	if from, ok := again.ByWriteKey(key); !ok || !from.Sends("appointment.booked") || from.Sends("person.died") {
		t.Errorf("%+v %v", from, ok)
	}
	if _, err := s.AddKey(SourceKey{Source: "app", Events: []string{"a\nb"}}); err == nil {
		t.Error("a name with a line break was taken")
	}
}
