package staff

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"golang.org/x/crypto/argon2"

	"attune/internal/access"
)

const good = "seven grey herons wade"

// clock is a wall's clock that a test moves.
type clock struct {
	mu sync.Mutex
	at time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

func openBook(t *testing.T) (*Book, *clock) {
	t.Helper()
	wall := &clock{at: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	b, err := Open(t.Context(), Config{Path: filepath.Join(t.TempDir(), "staff.db"), Secret: bytes.Repeat([]byte("k"), 32), Now: wall.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	return b, wall
}

// kim is an account with a password.
func kim(t *testing.T, b *Book) Account {
	t.Helper()
	_, link, err := b.Invite(t.Context(), Invitation{Name: "Kim Lee", Email: "Kim@clinic.example", Roles: []access.Role{access.Clinician}, Programs: []string{"diabetes"}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := b.Redeem(t.Context(), link, good)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func enter(t *testing.T, b *Book, password string) error {
	t.Helper()
	_, err := b.SignIn(t.Context(), Entry{Email: "kim@clinic.example", Password: password, From: "192.0.2.1"})
	return err
}

// codeAt is what an authenticator shows.
func codeAt(t *testing.T, secret string, at time.Time) string {
	t.Helper()
	code, err := hotp.GenerateCodeCustom(secret, uint64(at.Unix()/30), hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1})
	if err != nil {
		t.Fatal(err)
	}
	return code
}

// whole signs kim in wholly, with a new authenticator, and returns the session's secret, the authenticator's and the recovery codes.
func whole(t *testing.T, b *Book, a Account) (session, secret string, recovery []string) {
	t.Helper()
	first, _, err := b.Begin(t.Context(), a.ID, Enrol, "Firefox")
	if err != nil {
		t.Fatal(err)
	}
	key, err := b.ProposeTOTP(t.Context(), first, "Attune")
	if err != nil {
		t.Fatal(err)
	}
	session, _, recovery, err = b.ConfirmTOTP(t.Context(), first, codeAt(t, key.Secret(), b.now()))
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Lookup(t.Context(), first, true); !errors.Is(err, ErrNoSession) {
		t.Error("the session from before the second factor goes on:", err)
	}
	return session, key.Secret(), recovery
}

func TestALinkWorksOnceAndInTime(t *testing.T) {
	t.Parallel()
	b, wall := openBook(t)
	ctx := t.Context()
	a, link, err := b.Invite(ctx, Invitation{Name: "Kim Lee", Email: "kim@clinic.example", Roles: []access.Role{access.Clinician}})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // a mail scanner looks at it
		if got, kind, err := b.Linked(ctx, link); err != nil || got.ID != a.ID || kind != Invited {
			t.Fatal(got, kind, err)
		}
	}
	if _, err := b.Redeem(ctx, link, "short"); err == nil {
		t.Fatal("a short password was taken")
	}
	var worked sync.Map
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			if _, err := b.Redeem(ctx, link, good); err == nil {
				worked.Store(i, true)
			} else if !errors.Is(err, ErrNoLink) {
				t.Error(err)
			}
		})
	}
	all.Wait()
	n := 0
	worked.Range(func(any, any) bool { n++; return true })
	if n != 1 {
		t.Errorf("it worked %d times", n)
	}
	if link, err = b.Reset(ctx, a.ID, false); err != nil {
		t.Fatal(err)
	}
	if err := enter(t, b, good); err != nil {
		t.Error("a link that nobody used changed the password:", err)
	}
	wall.pass(Forgotten.Lasts() + time.Second)
	if _, err := b.Redeem(ctx, link, good+"!"); !errors.Is(err, ErrNoLink) {
		t.Error("a link after its time:", err)
	}
	if _, _, err := b.Invite(ctx, Invitation{Name: "Other", Email: "KIM@clinic.example", Roles: []access.Role{access.Admin}}); err == nil {
		t.Error("an address has two accounts")
	}
}

func TestInvitationsAreChecked(t *testing.T) {
	t.Parallel()
	b, _ := openBook(t)
	for name, i := range map[string]Invitation{
		"no role":       {Name: "Kim", Email: "kim@clinic.example"},
		"a system":      {Name: "Kim", Email: "kim@clinic.example", Roles: []access.Role{access.Service}},
		"no address":    {Name: "Kim", Email: "kim", Roles: []access.Role{access.Admin}},
		"two addresses": {Name: "Kim", Email: "a@b.example, c@d.example", Roles: []access.Role{access.Admin}},
		"a header":      {Name: "Kim", Email: "kim@clinic.example\r\nBcc: x@y.example", Roles: []access.Role{access.Admin}},
		"no name":       {Email: "kim@clinic.example", Roles: []access.Role{access.Admin}},
	} {
		if _, _, err := b.Invite(t.Context(), i); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

// Whoever has no account costs what a wrong password costs, and hears the same.
func TestNobodyLearnsWhoHasAnAccount(t *testing.T) {
	t.Parallel()
	b, _ := openBook(t)
	a := kim(t, b)
	hashed := 0
	b.hashed = func() { hashed++ }
	try := func(email string) error {
		_, err := b.SignIn(t.Context(), Entry{Email: email, Password: "seven grey herons fly", From: "192.0.2.7"})
		return err
	}
	known, unknown := try("kim@clinic.example"), try("nobody@clinic.example")
	if err := b.SetDisabled(t.Context(), a.ID, true); err != nil {
		t.Fatal(err)
	}
	disabled := try("kim@clinic.example")
	if _, _, err := b.Invite(t.Context(), Invitation{Name: "New", Email: "new@clinic.example", Roles: []access.Role{access.Admin}}); err != nil {
		t.Fatal(err)
	}
	invited := try("new@clinic.example")
	if hashed != 4 {
		t.Errorf("%d of 4 attempts were held against a hash", hashed)
	}
	for _, err := range []error{known, unknown, disabled, invited} {
		if !errors.Is(err, ErrWrong) || err.Error() != ErrWrong.Error() {
			t.Error(err)
		}
	}
	for name, hash := range map[string]string{"an account": mustHash(t, b), "nobody": b.decoy} {
		if !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
			t.Errorf("the hash of %s has another cost: %s", name, hash)
		}
	}
	for range 4 { // the same for whoever forgot
		_, _, ok, err := b.Forgot(t.Context(), "nobody@clinic.example")
		if ok || err != nil {
			t.Error(ok, err)
		}
	}
}

func mustHash(t *testing.T, b *Book) string {
	t.Helper()
	h, err := b.hash(t.Context(), good)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	for password, want := range map[string]bool{
		good: true, "Пять серых цапель": true, "correct horse battery": true, "x7!kQ2#vLp9z": true,
		"short": false, "password1234": false, "P4ssw0rd!2026": false, "Summer2026Summer2026": false, "kimlee-clinic-2026": false, "qwertyuiop123456": false,
		"aaaaaaaaaaaaaaaa": false, "Kim.Lee.Kim.Lee!": false, "hospitalhospital1": false, strings.Repeat("ab cd ef ", 30): false, "bytes \xff\xfe that are none": false,
	} {
		err := checkPassword(password, "Kim Lee", "kim@clinic.example")
		if _, refused := errors.AsType[*PasswordError](err); refused == want {
			t.Errorf("%q: %v", password, err)
		}
	}
}

func TestAHashIsMadeAnewWhenItIsTooCheap(t *testing.T) {
	t.Parallel()
	b, _ := openBook(t)
	a := kim(t, b)
	// What an older version might have kept: 8 MiB, one round.
	const cheap = "$argon2id$v=19$m=8192,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
	if _, err := b.db.ExecContext(t.Context(), `UPDATE account SET password = ? WHERE id = ?`, cheap+cheapSum(good), a.ID); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := enter(t, b, good); err != nil {
			t.Fatal(err)
		}
	}
	got, err := b.Account(t.Context(), a.ID)
	if err != nil || !strings.HasPrefix(got.hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Error(got.hash, err)
	}
}

// Guessing is slow, also from many places, and keeps nobody out who signed in with this browser before.
func TestGuessingIsSlowAndKeepsNobodyOut(t *testing.T) {
	t.Parallel()
	b, wall := openBook(t)
	a := kim(t, b)
	tried := 0
	b.hashed = func() { tried++ }
	start := wall.Now()
	for i := 0; ; i++ {
		_, err := b.SignIn(t.Context(), Entry{Email: "kim@clinic.example", Password: "wrong wrong wrong", From: "198.51.100." + string(rune('0'+i%10))})
		if wait, ok := errors.AsType[*WaitError](err); ok {
			if wall.Now().Sub(start) > 3*time.Hour {
				break
			}
			wall.pass(wait.After)
		}
		if i > 1000 {
			t.Fatal("guessing goes on without end")
		}
	}
	if tried > 30 {
		t.Errorf("%d guesses within three hours", tried)
	}
	if !isWait(enter(t, b, good)) {
		t.Error("whoever is not known need not wait")
	}
	device := b.Device(a.ID)
	if _, err := b.SignIn(t.Context(), Entry{Email: "kim@clinic.example", Password: good, From: "192.0.2.1", Device: device}); err != nil {
		t.Error("the owner's browser has to wait for others:", err)
	}
	for _, forged := range []string{device + "A", "x." + device, b.Device("other"), ""} {
		if _, err := b.SignIn(t.Context(), Entry{Email: "kim@clinic.example", Password: good, From: "192.0.2.1", Device: forged}); err == nil {
			t.Errorf("the device %q is not theirs", forged)
		}
	}
	wall.pass(perAccount().most)
	if err := enter(t, b, good); err != nil {
		t.Error("the owner, a quarter of an hour later:", err)
	}
}

func TestOneAddressCannotTryEverybody(t *testing.T) {
	t.Parallel()
	b, _ := openBook(t)
	b.decoy = "$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$" + strings.Repeat("A", 43) // what is counted here is not the cost
	var err error
	for i := 0; i < 100 && !isWait(err); i++ {
		// One house has a whole network of IPv6 addresses.
		_, err = b.SignIn(t.Context(), Entry{Email: "a" + string(rune('a'+i%26)) + string(rune('a'+i/26)) + "@clinic.example", Password: "x", From: "2001:db8::" + string(rune('1'+i%9))})
	}
	if !isWait(err) {
		t.Error("a hundred accounts from one network:", err)
	}
}

func isWait(err error) bool { _, ok := errors.AsType[*WaitError](err); return ok }

// No more passwords are hashed at once than there is memory for; who waits too long is sent away with a time.
func TestHashingIsBounded(t *testing.T) {
	t.Parallel()
	b, _ := openBook(t)
	kim(t, b)
	b.hashWait = time.Millisecond
	for range cap(b.slots) {
		b.slots <- struct{}{}
	}
	busy, ok := errors.AsType[*BusyError](enter(t, b, good))
	if !ok || busy.After <= 0 {
		t.Error(busy, ok)
	}
	for range cap(b.slots) {
		b.give()
	}
	b.hashWait = time.Minute
	if err := enter(t, b, good); err != nil {
		t.Error(err)
	}
}

func TestACodeCountsOnce(t *testing.T) {
	t.Parallel()
	b, wall := openBook(t)
	a := kim(t, b)
	_, secret, recovery := whole(t, b, a)
	second := func(code string) error {
		t.Helper()
		text, _, err := b.Begin(t.Context(), a.ID, Second, "Firefox")
		if err != nil {
			t.Fatal(err)
		}
		fresh, s, err := b.PassSecond(t.Context(), text, code)
		if err == nil && (fresh == text || s.Stage != Whole) {
			t.Error("the session is the one from before")
		}
		return err
	}
	if err := second(codeAt(t, secret, wall.Now())); !errors.Is(err, ErrCode) {
		t.Error("the code that set it up, again:", err)
	}
	wall.pass(time.Minute)
	code := codeAt(t, secret, wall.Now())
	if err := second(code[:3] + " " + code[3:]); err != nil {
		t.Fatal(err)
	}
	if err := second(code); !errors.Is(err, ErrCode) {
		t.Error("a code again:", err)
	}
	if err := second(codeAt(t, secret, wall.Now().Add(-30*time.Second))); !errors.Is(err, ErrCode) {
		t.Error("a code older than the last:", err)
	}
	if len(recovery) != recoveryCodes {
		t.Fatal(recovery)
	}
	if err := second(strings.ToUpper(recovery[3])); err != nil {
		t.Error("a recovery code:", err)
	}
	if err := second(recovery[3]); !errors.Is(err, ErrCode) {
		t.Error("a recovery code again:", err)
	}
	if n, err := b.RecoveryLeft(t.Context(), a.ID); n != recoveryCodes-1 || err != nil {
		t.Error(n, err)
	}
	var err error
	for i := 0; i < 20 && !isWait(err); i++ {
		err = second("000000")
	}
	if !isWait(err) {
		t.Error("codes can be guessed without end")
	}
}

// What ends an access ends it at the next request, also where another process says so.
func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	b, wall := openBook(t)
	a := kim(t, b)
	ctx := t.Context()
	other, err := Open(ctx, Config{Path: dbPath(t, b), Secret: bytes.Repeat([]byte("k"), 32), Now: wall.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	var recent string
	password := good
	for name, change := range map[string]func() error{
		"other roles": func() error { return other.SetRoles(ctx, a.ID, []access.Role{access.Auditor}, nil) },
		"disabled": func() error {
			return errors.Join(other.SetDisabled(ctx, a.ID, true), other.SetDisabled(ctx, a.ID, false))
		},
		"factors":    func() error { _, err := other.Reset(ctx, a.ID, true); return err },
		"signed out": func() error { return b.End(ctx, recent) },
		"ended": func() error {
			s, _, err := b.Lookup(ctx, recent, true)
			return errors.Join(err, other.EndOne(ctx, a.ID, s.ID))
		},
		"idle": func() error { wall.pass(IdleTime + time.Second); return nil },
		"password": func() error {
			_, _, err := b.ChangePassword(ctx, recent, password, password+" again")
			password += " again"
			return err
		},
		"password reset": func() error {
			link, err := other.Reset(ctx, a.ID, false)
			_, err2 := other.Redeem(ctx, link, password+" reset")
			password += " reset"
			return errors.Join(err, err2)
		},
	} {
		recent, _, _ = whole(t, b, a)
		if _, got, err := b.Lookup(ctx, recent, true); err != nil || got.Name != "Kim Lee" {
			t.Fatal(name, got, err)
		}
		if err := change(); err != nil {
			t.Fatal(name, err)
		}
		if _, _, err := b.Lookup(ctx, recent, true); !errors.Is(err, ErrNoSession) {
			t.Errorf("after %s the session goes on: %v", name, err)
		}
	}
	recent, _, _ = whole(t, b, a)
	for range 40 {
		wall.pass(20 * time.Minute)
		_, _, err = b.Lookup(ctx, recent, true)
	}
	if !errors.Is(err, ErrNoSession) {
		t.Error("a session that is used goes on for ever")
	}
	recent, _, _ = whole(t, b, a)
	for range 3 {
		wall.pass(15 * time.Minute)
		_, _, err = b.Lookup(ctx, recent, false)
	}
	if !errors.Is(err, ErrNoSession) {
		t.Error("a page that renews itself keeps a session alive")
	}
}

func dbPath(t *testing.T, b *Book) string {
	t.Helper()
	var n int
	var name, path string
	if err := b.db.QueryRowContext(t.Context(), `PRAGMA database_list`).Scan(&n, &name, &path); err != nil {
		t.Fatal(err)
	}
	return path
}

// A session that waits for a second factor is good for that alone, and not for long.
func TestHalfASessionIsNone(t *testing.T) {
	t.Parallel()
	b, wall := openBook(t)
	a := kim(t, b)
	_, secret, _ := whole(t, b, a)
	text, _, err := b.Begin(t.Context(), a.ID, Second, "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.ProposeTOTP(t.Context(), text, "Attune"); !errors.Is(err, ErrNoSession) {
		t.Error("whoever has the password alone sets up another authenticator:", err)
	}
	if _, _, err := b.ChangePassword(t.Context(), text, good, good+" more"); !errors.Is(err, ErrNoSession) {
		t.Error("whoever has the password alone changes it:", err)
	}
	if all, err := b.Sessions(t.Context(), a.ID); err != nil || len(all) != 1 {
		t.Error(all, err)
	}
	wall.pass(StageTime + time.Second)
	if _, _, err := b.PassSecond(t.Context(), text, codeAt(t, secret, wall.Now())); !errors.Is(err, ErrNoSession) {
		t.Error("it waits for ever:", err)
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	b, wall := openBook(t)
	ctx := t.Context()
	ends := wall.Now().Add(90 * 24 * time.Hour)
	text, made, err := b.AddToken(ctx, Token{Name: "report", Roles: []access.Role{access.Analyst}, Permits: []access.Permission{access.PeopleReport}, Ends: ends})
	if err != nil || !strings.HasPrefix(text, TokenPrefix) {
		t.Fatal(text, err)
	}
	got, ok, err := b.ByToken(ctx, text)
	p := got.Principal()
	if err != nil || !ok || got.ID != made.ID || !p.May(access.PeopleReport) || p.May(access.ProgramRead) || p.May(access.OwnAccount) || p.Kind != "key" {
		t.Error(got, ok, err)
	}
	for _, wrong := range []string{"", "att_", text + "x", strings.TrimPrefix(text, TokenPrefix), strings.ToUpper(text)} {
		if _, ok, err := b.ByToken(ctx, wrong); ok || err != nil {
			t.Errorf("%q: %v %v", wrong, ok, err)
		}
	}
	for name, bad := range map[string]Token{
		"the same name":   {Name: "report", Roles: []access.Role{access.Analyst}, Ends: ends},
		"no role":         {Name: "x", Ends: ends},
		"no end":          {Name: "x", Roles: []access.Role{access.Analyst}},
		"for ever":        {Name: "x", Roles: []access.Role{access.Analyst}, Ends: wall.Now().Add(2 * MostTokenTime)},
		"more than roles": {Name: "x", Roles: []access.Role{access.Analyst}, Permits: []access.Permission{access.PersonRead}, Ends: ends},
		"not a thing":     {Name: "x", Roles: []access.Role{access.Analyst}, Permits: []access.Permission{"all"}, Ends: ends},
	} {
		if _, _, err := b.AddToken(ctx, bad); err == nil {
			t.Errorf("%s: it was made", name)
		}
	}
	if err := b.RevokeToken(ctx, "report"); err != nil {
		t.Fatal(err)
	}
	if _, ok, _ := b.ByToken(ctx, text); ok {
		t.Error("it was revoked")
	}
	text, _, err = b.AddToken(ctx, Token{Name: "short", Roles: []access.Role{access.Analyst}, Ends: wall.Now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	wall.pass(time.Hour)
	if _, ok, _ := b.ByToken(ctx, text); ok {
		t.Error("its time is over")
	}
}

// Whoever takes the file has no secret and no name of it.
func TestTheFileTellsNothing(t *testing.T) {
	t.Parallel()
	b, _ := openBook(t)
	a := kim(t, b)
	session, secret, recovery := whole(t, b, a)
	token, _, err := b.AddToken(t.Context(), Token{Name: "report", Roles: []access.Role{access.Analyst}, Ends: b.now().Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	link, err := b.Reset(t.Context(), a.ID, false)
	if err != nil {
		t.Fatal(err)
	}
	path := dbPath(t, b)
	for _, file := range []string{path, path + "-wal"} {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for what, text := range map[string]string{
			"name": "Kim", "address": "clinic.example", "password": good, "session": session, "authenticator": secret, "token": token[len(TokenPrefix):], "link": link,
			"recovery code": recovery[0], "recovery code without its dash": strings.ReplaceAll(recovery[0], "-", ""),
		} {
			if bytes.Contains(bytes.ToLower(data), []byte(strings.ToLower(text))) {
				t.Errorf("the %s is in %s", what, filepath.Base(file))
			}
		}
	}
	if other, err := Open(context.WithoutCancel(t.Context()), Config{Path: path, Secret: bytes.Repeat([]byte("x"), 32)}); err != nil {
		t.Error(err)
	} else {
		if _, err := other.Account(t.Context(), a.ID); err == nil {
			t.Error("another folder's keys open it")
		}
		other.Close()
	}
}

// FuzzHash holds verify to hashes that it wrote, and to refusing all others without harm.
func FuzzHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$"+strings.Repeat("A", 43), "x")
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$$", "x")
	f.Add(strings.Repeat("$", 6), "")
	f.Fuzz(func(t *testing.T, hash, password string) {
		if strings.Contains(hash, "m=") && !strings.Contains(hash, "m=8,t=1,") {
			t.Skip("what costs much is tried elsewhere")
		}
		if ok, _, err := verify(hash, password); ok && err != nil {
			t.Error("it is right and cannot be read")
		}
	})
}

func cheapSum(password string) string {
	return base64.RawStdEncoding.EncodeToString(argon2.IDKey([]byte(password), make([]byte, 16), 1, 8192, 1, hashBytes))
}

// A restart forgets no wrong attempts: whoever waits goes on waiting, and whoever came in does not.
func TestARestartForgetsNoFailures(t *testing.T) {
	t.Parallel()
	b, wall := openBook(t)
	kim(t, b)
	for range 6 {
		if err := enter(t, b, "not the password"); !errors.Is(err, ErrWrong) {
			t.Fatal(err)
		}
	}
	again, err := Open(t.Context(), Config{Path: dbPath(t, b), Secret: bytes.Repeat([]byte("k"), 32), Now: wall.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if err := enter(t, again, good); err == nil {
		t.Fatal("after a restart nobody waits")
	} else if _, waits := errors.AsType[*WaitError](err); !waits {
		t.Fatal(err)
	}
	wall.pass(2 * time.Second)
	if err := enter(t, again, "not the password"); !errors.Is(err, ErrWrong) {
		t.Fatal(err)
	}
	if err := enter(t, again, good); err == nil {
		t.Error("the wait begins anew after a restart")
	}
	wall.pass(time.Minute)
	if err := enter(t, again, good); err != nil {
		t.Fatal(err)
	}
	third, err := Open(t.Context(), Config{Path: dbPath(t, b), Secret: bytes.Repeat([]byte("k"), 32), Now: wall.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer third.Close()
	if err := enter(t, third, "not the password"); !errors.Is(err, ErrWrong) {
		t.Error("whoever came in waits after a restart:", err)
	}
	for _, file := range []string{dbPath(t, b), dbPath(t, b) + "-wal"} {
		if data, err := os.ReadFile(file); err != nil || bytes.Contains(data, []byte("192.0.2.1")) {
			t.Errorf("%s tells from where it was tried, %v", file, err)
		}
	}
}
