package human_test

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"attune/core/channel"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/policy"
	"attune/internal/delivery"
	"attune/internal/delivery/channeltest"
	"attune/internal/delivery/human"
)

const nine = instant.Time(1_804_064_400_000) // 2027-03-03T09:00:00Z

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t testing.TB, file string, k *keys) *human.Queue {
	t.Helper()
	q, err := human.Open(t.Context(), human.Config{File: file, Sealer: k, Team: func(_, name string) string { return name + "ers" }, Relaxed: true, Wait: 400 * time.Millisecond})
	check(t, err)
	t.Cleanup(func() { _ = q.Close() })
	return q
}

func TestTheQueueIsAChannel(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Subject {
		file := filepath.Join(t.TempDir(), "tasks.db")
		q := open(t, file, newKeys())
		lock := &lock{t: t, file: file}
		const local = "the queue is a file of this process, not a party that answers"
		return channeltest.Subject{
			Channel: q.For(channel.Call),
			Address: func(n int) string { return fmt.Sprintf("+1202555%04d", n) },
			Delivered: func() (out []channeltest.Delivered, err error) {
				tasks, err := q.Open(context.Background())
				for i := range tasks {
					s, failed := q.Script(context.Background(), &tasks[i])
					err = errors.Join(err, failed)
					out = append(out, channeltest.Delivered{Attempt: tasks[i].ID, To: s.To, Subject: s.Subject, Body: s.Body})
				}
				return out, err
			},
			Make: map[channeltest.Fault]func(){channeltest.RefuseForNow: lock.take, channeltest.Stall: lock.take},
			Heal: lock.give,
			Cannot: map[channeltest.Fault]string{
				channeltest.RefuseForGood: "it takes any task", channeltest.RefuseToConnect: local,
				channeltest.DieBeforeTaking: local, channeltest.DieAfterTaking: local,
			},
		}
	})
}

// world is what the desk asks about people; each may be called unless a verdict says otherwise.
type world struct {
	verdicts map[id.Person]human.Verdict
	heard    []string
	wrong    []string
	failing  error
}

func (w *world) May(_ context.Context, t *human.Task) (human.Verdict, error) {
	v := w.verdicts[t.Person]
	if v.To == "" {
		v.To = "+12025550199"
	}
	return v, nil
}

func (w *world) Hear(_ context.Context, p id.Person, e event.Event) error {
	if w.failing == nil {
		w.heard = append(w.heard, fmt.Sprintf("%d %s %s", p[0], e.Name, e.Field("outcome").Text))
	}
	return w.failing
}

func (w *world) WrongPerson(_ context.Context, _ *human.Task, address string) error {
	w.wrong = append(w.wrong, address)
	return nil
}

type desk struct {
	*human.Desk
	t     testing.TB
	world *world
	now   instant.Time
}

func newDesk(t testing.TB) *desk {
	d := &desk{t: t, world: &world{verdicts: map[id.Person]human.Verdict{}}, now: nine}
	d.Desk = &human.Desk{Queue: open(t, filepath.Join(t.TempDir(), "tasks.db"), newKeys()), World: d.world, Now: func() instant.Time { return d.now }}
	return d
}

func (d *desk) gets(n byte, class channel.Class, value float64) id.Key {
	d.t.Helper()
	m := message(n)
	m.Class, m.Value = class, value
	_, err := d.For(channel.Call).Send(d.t.Context(), m)
	check(d.t, err)
	return m.Attempt
}

func message(n byte) delivery.Message {
	return delivery.Message{
		Person: id.Person{n}, Touch: id.Key{n, 1}, Attempt: id.Key{n, 2}, Channel: channel.Call, To: "+12025550100", Language: "en",
		Subject: "Ask", Body: "canary: ask how it goes\n", At: nine.Std(), Program: "care", Engagement: "hello", Expires: nine.Add(4 * instant.Day).Std(),
	}
}

// says lists the open tasks: whose they are, and what they wait for.
func (d *desk) says() string {
	d.t.Helper()
	items, err := d.List(d.t.Context())
	check(d.t, err)
	var out []string
	for _, i := range items {
		s := fmt.Sprintf("%d", i.Person[0])
		if i.Claim.By != "" {
			s += " by " + i.Claim.By
		}
		if i.Waits.Reason != "" {
			s += " waits: " + string(i.Waits.Reason)
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

func (d *desk) want(says string) {
	d.t.Helper()
	if got := d.says(); got != says {
		d.t.Fatalf("the list is %q, want %q", got, says)
	}
}

func (d *desk) done(task id.Key, r human.Result) {
	d.t.Helper()
	r.By = "kim"
	_, err := d.Done(d.t.Context(), task, r)
	check(d.t, err)
}

func TestTheMostPressingGoesFirst(t *testing.T) {
	d := newDesk(t)
	d.gets(1, channel.Promotional, 9)
	d.gets(2, channel.Clinical, 1)
	d.gets(3, channel.Clinical, 2)
	asked := d.gets(4, channel.Promotional, 1)
	d.want("3, 2, 1, 4")
	d.done(asked, human.Result{Outcome: human.CallBack, At: nine.Add(instant.Hour)})
	d.want("3, 2, 1, 4 waits: not_yet")
	d.now = nine.Add(instant.Hour)
	d.want("4, 3, 2, 1")
}

func TestOfTwoWhoClaimOneGetsIt(t *testing.T) {
	d := newDesk(t)
	for n := range byte(20) {
		task := d.gets(n+1, channel.Service, 1)
		var wg sync.WaitGroup
		var mu sync.Mutex
		var got []string
		for _, who := range []string{"kim", "lee", "ana", "ben"} {
			wg.Go(func() {
				sheet, err := d.Take(t.Context(), task, who)
				mu.Lock()
				defer mu.Unlock()
				if _, taken := errors.AsType[*human.TakenError](err); err == nil {
					got = append(got, sheet.Claim.By)
				} else if !taken || sheet.Body != "" {
					t.Errorf("%s got %v and %q", who, err, sheet.Body)
				}
			})
		}
		wg.Wait()
		if len(got) != 1 {
			t.Fatalf("it is claimed by %v", got)
		}
	}
}

func TestAClaimRunsOut(t *testing.T) {
	d := newDesk(t)
	task := d.gets(1, channel.Service, 1)
	sheet, err := d.Take(t.Context(), task, "kim")
	check(t, err)
	if sheet.Body != "canary: ask how it goes\n" || sheet.To != "+12025550199" {
		t.Errorf("what to say is shown as %+v; the number is the one of now", sheet.Script)
	}
	d.now = nine.Add(human.ClaimFor - 1)
	_, err = d.Take(t.Context(), task, "lee")
	if _, taken := errors.AsType[*human.TakenError](err); !taken {
		t.Errorf("while it is kim's, lee gets %v", err)
	}
	_, err = d.Done(t.Context(), task, human.Result{Outcome: human.Reached, By: "lee"})
	if _, taken := errors.AsType[*human.TakenError](err); !taken {
		t.Errorf("while it is kim's, lee says how it went: %v", err)
	}
	d.want("1 by kim")
	d.now++
	d.want("1")
	_, err = d.Take(t.Context(), task, "lee")
	check(t, err)
	if had, err := d.Release(t.Context(), task, "kim"); had || err != nil {
		t.Errorf("kim gives back what is lee's: %v, %v", had, err)
	}
	if had, err := d.Release(t.Context(), task, "lee"); !had || err != nil {
		t.Errorf("lee gives it back: %v, %v", had, err)
	}
	d.want("1")
}

func TestOutcomes(t *testing.T) {
	for _, c := range []struct {
		it    string
		do    func(d *desk, task id.Key)
		list  string
		heard string
	}{
		{"is over when the person was reached", func(d *desk, task id.Key) {
			d.done(task, human.Result{Outcome: human.Reached, Note: "better", Minutes: 7})
		}, "", "1 call.held reached"},
		{"is over when they refused", func(d *desk, task id.Key) { d.done(task, human.Result{Outcome: human.Refused}) }, "", "1 call.held refused"},
		{"comes back a day later when nobody answered", func(d *desk, task id.Key) {
			d.done(task, human.Result{Outcome: human.NoAnswer})
			d.want("1 waits: not_yet")
			d.now = d.now.Add(instant.Day)
		}, "1", "1 call.held no_answer"},
		{"is over when nobody answered three times", func(d *desk, task id.Key) {
			for range 3 {
				d.done(task, human.Result{Outcome: human.NoAnswer})
				d.now = d.now.Add(instant.Day)
			}
		}, "", "1 call.held no_answer, 1 call.held no_answer, 1 call.held no_answer"},
		{"is over when it would come back too late", func(d *desk, task id.Key) {
			d.now = nine.Add(3*instant.Day + instant.Hour)
			d.done(task, human.Result{Outcome: human.NoAnswer})
		}, "", "1 call.held no_answer"},
		{"comes back when the person wished, even after it would have expired", func(d *desk, task id.Key) {
			d.done(task, human.Result{Outcome: human.CallBack, At: nine.Add(6 * instant.Day)})
			d.now = nine.Add(6 * instant.Day)
		}, "1", "1 call.held call_back"},
		{"expires", func(d *desk, _ id.Key) { d.now = nine.Add(4 * instant.Day) }, "", ""},
		{"does not expire under somebody's hands", func(d *desk, task id.Key) {
			d.now = nine.Add(4*instant.Day - 1)
			_, err := d.Take(d.t.Context(), task, "kim")
			check(d.t, err)
			d.now += 2
		}, "1 by kim", ""},
	} {
		t.Run(c.it, func(t *testing.T) {
			d := newDesk(t)
			c.do(d, d.gets(1, channel.Service, 1))
			d.want(c.list)
			if got := strings.Join(d.world.heard, ", "); got != c.heard {
				t.Errorf("heard is %q, want %q", got, c.heard)
			}
		})
	}
}

func TestTheWrongPersonsNumberIsNotUsedAgain(t *testing.T) {
	d := newDesk(t)
	d.done(d.gets(1, channel.Service, 1), human.Result{Outcome: human.WrongPerson})
	if len(d.world.wrong) != 1 || d.world.wrong[0] != "+12025550199" || len(d.world.heard) != 1 {
		t.Errorf("wrong are %v, heard is %v", d.world.wrong, d.world.heard)
	}
	d.want("")
}

func TestWhatDoesNotFitIsRefused(t *testing.T) {
	d := newDesk(t)
	task := d.gets(1, channel.Service, 1)
	for _, c := range []struct {
		result human.Result
		says   string
	}{
		{human.Result{Outcome: "answered", By: "kim"}, `no outcome "answered"; it is one of reached`},
		{human.Result{Outcome: human.Reached}, "say who with --by"},
		{human.Result{Outcome: human.CallBack, By: "kim"}, "say when with --at"},
		{human.Result{Outcome: human.CallBack, By: "kim", At: nine}, "say when with --at"},
		{human.Result{Outcome: human.Reached, By: "kim", At: nine + 1}, "leave --at out"},
		{human.Result{Outcome: human.Reached, By: "kim", Note: strings.Repeat("x", 3001)}, "3000"},
		{human.Result{Outcome: human.Reached, By: "k\xff"}, "UTF-8"},
		{human.Result{Outcome: human.Reached, By: "kim", Minutes: -1}, "minutes"},
	} {
		_, err := d.Done(t.Context(), task, c.result)
		if _, wrong := errors.AsType[*human.WrongError](err); !wrong || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%+v is answered by %v", c.result, err)
		}
	}
	d.want("1")
	if len(d.world.heard) > 0 {
		t.Errorf("heard is %v", d.world.heard)
	}
	d.world.failing = errors.New("the log is full")
	if _, err := d.Done(t.Context(), task, human.Result{Outcome: human.Reached, By: "kim"}); err == nil {
		t.Error("what was not heard is over")
	}
	d.want("1 by kim")
}

// Nothing is shown of what may not happen any more, whoever asks and whatever they had before.
func TestNoScriptIsShownForWhatMayNotHappen(t *testing.T) {
	for _, c := range []struct {
		it      string
		verdict human.Verdict
		list    string
		again   string
	}{
		{"closes when the person died", human.Verdict{Reason: policy.Deceased}, "", "task 01020000 is over: deceased"},
		{"closes when they took consent back", human.Verdict{Reason: policy.ConsentNo}, "", "task 01020000 is over: consent_denied"},
		{"waits while they are left alone", human.Verdict{Reason: policy.Held, Until: instant.Never}, "1 waits: held", "task 01020000 waits until somebody says that it may go on: held"},
		{"waits for their hours", human.Verdict{Reason: policy.QuietHours, Until: nine.Add(instant.Hour)}, "1 waits: quiet_hours", "task 01020000 waits until 2027-03-03T10:00:00Z: quiet_hours"},
	} {
		t.Run(c.it, func(t *testing.T) {
			d := newDesk(t)
			task := d.gets(1, channel.Service, 1)
			_, err := d.Take(t.Context(), task, "kim")
			check(t, err)
			d.world.verdicts[id.Person{1}] = c.verdict
			for _, who := range []string{"kim", "kim"} {
				sheet, err := d.Take(t.Context(), task, who)
				if err == nil || sheet.Body != "" || sheet.To != "" || err.Error() != c.again {
					t.Errorf("%s is shown %+v with %v", who, sheet.Script, err)
				}
			}
			d.want(c.list)
		})
	}
}

func TestATeamsTasksOfADayAreCounted(t *testing.T) {
	d := newDesk(t)
	d.gets(1, channel.Service, 1)
	task := d.gets(2, channel.Service, 1)
	d.done(task, human.Result{Outcome: human.Reached})
	for _, c := range []struct {
		team        string
		from, until instant.Time
		want        int
	}{{"callers", nine, nine + 1, 2}, {"callers", nine + 1, nine + 9, 0}, {"callers", 0, nine, 0}, {"visitors", 0, nine + 1, 0}} {
		if n, err := d.HandedOver(t.Context(), c.team, c.from, c.until); n != c.want || err != nil {
			t.Errorf("%+v: %d, %v", c, n, err)
		}
	}
}

func TestNothingLiesInTheClear(t *testing.T) {
	dir := t.TempDir()
	k := newKeys()
	q := open(t, filepath.Join(dir, "tasks.db"), k)
	_, err := q.For(channel.Call).Send(t.Context(), message(1))
	check(t, err)
	files, err := os.ReadDir(dir)
	check(t, err)
	for _, f := range files {
		b, err := os.ReadFile(filepath.Join(dir, f.Name()))
		check(t, err)
		if bytes.Contains(b, []byte("canary")) || bytes.Contains(b, []byte("2025550100")) {
			t.Errorf("%s holds text in the clear", f.Name())
		}
		if fi, err := f.Info(); err != nil || fi.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", f.Name(), fi.Mode(), err)
		}
	}
	task, _, err := q.Get(t.Context(), message(1).Attempt)
	check(t, err)
	altered := task
	altered.Channel = channel.Visit
	if s, err := q.Script(t.Context(), &altered); err == nil || s != (human.Script{}) {
		t.Errorf("an altered task opens as %+v", s)
	}
	k.forget(id.Person{1})
	if s, err := q.Script(t.Context(), &task); err == nil || s != (human.Script{}) {
		t.Errorf("an erased person's task opens as %+v", s)
	}
}

func TestTasksOutliveTheProcess(t *testing.T) {
	k, file := newKeys(), filepath.Join(t.TempDir(), "tasks.db")
	q := open(t, file, k)
	_, err := q.For(channel.Call).Send(t.Context(), message(1))
	check(t, err)
	_, err = q.Claim(t.Context(), message(1).Attempt, "kim", nine)
	check(t, errors.Join(err, q.Close()))
	again := open(t, file, k)
	tasks, err := again.Open(t.Context())
	check(t, err)
	c, claimed, err := again.Claimed(t.Context(), message(1).Attempt, nine)
	if len(tasks) != 1 || tasks[0].Engagement != "hello" || tasks[0].Team != "callers" || !claimed || c.By != "kim" || err != nil {
		t.Errorf("after opening again: %+v, %+v, %v", tasks, c, err)
	}
}

type lock struct {
	t    *testing.T
	file string
	db   *sql.DB
}

func (l *lock) take() {
	db, err := sql.Open("sqlite", l.file+"?_pragma=busy_timeout(5000)")
	check(l.t, err)
	db.SetMaxOpenConns(1)
	_, err = db.Exec("BEGIN IMMEDIATE")
	check(l.t, err)
	l.db = db
}

func (l *lock) give() { check(l.t, l.db.Close()) }

// keys is a sealer with one key for each person.
type keys struct {
	mu     sync.Mutex
	secret [32]byte
	gone   map[id.Person]bool
}

func newKeys() *keys {
	k := &keys{gone: map[id.Person]bool{}}
	_, _ = rand.Read(k.secret[:])
	return k
}

func (k *keys) forget(p id.Person) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.gone[p] = true
}

func (k *keys) aead(p id.Person) (cipher.AEAD, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.gone[p] {
		return nil, errors.New("there is no key for this person")
	}
	sum := sha256.Sum256(append(k.secret[:], p[:]...))
	block, err := aes.NewCipher(sum[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func (k *keys) Seal(p id.Person, kind string, name, plain []byte) ([]byte, error) {
	a, err := k.aead(p)
	if err != nil {
		return nil, err
	}
	return a.Seal(nil, nil, plain, append([]byte(kind+"|"), name...)), nil
}

func (k *keys) Open(p id.Person, kind string, name, sealed []byte) ([]byte, error) {
	a, err := k.aead(p)
	if err != nil {
		return nil, err
	}
	return a.Open(nil, nil, sealed, append([]byte(kind+"|"), name...))
}
