package returns

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/contact"
	"attune/internal/intake"
	"attune/internal/seal"
	"attune/internal/ticket"
)

const now = instant.Time(1_800_000_000_000)

var (
	ana, ben, eva = id.Person{1}, id.Person{2}, id.Person{3}
	sms           = contact.Address{Channel: "sms", Address: "+12025550143"}
	mail          = contact.Address{Channel: "email", Address: "ana@patients.example"}
)

// world is a desk over real files and keys, and people of whom the test says what there is to know.
type world struct {
	*Desk
	t     *testing.T
	dir   string
	keys  *seal.Keys
	clock instant.Time

	touches  map[id.Person][]Touch
	beside   []Touch
	to       string
	language map[id.Person]string
	awaits   Awaited
	settled  []string
	// taken is what came in; broken is what Take returns instead.
	taken  []intake.Arrival
	broken error
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, dir: t.TempDir(), clock: now, touches: map[id.Person][]Touch{}, language: map[id.Person]string{}}
	var err error
	if w.keys, err = seal.Open(filepath.Join(w.dir, "keys"), "org"); err != nil {
		t.Fatal(err)
	}
	w.must(w.keys.Ensure(ana, ben, eva))
	w.open()
	t.Cleanup(func() { w.must(errors.Join(w.Book.Close(), w.Inbox.Close(), w.keys.Close())) })
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) open() {
	w.t.Helper()
	book, err := contact.Open(w.t.Context(), contact.Config{Path: filepath.Join(w.dir, "contacts.db"), Secret: w.keys.Secret("contacts"), Keys: w.keys})
	w.must(err)
	inbox, err := OpenInbox(w.t.Context(), InboxConfig{Path: filepath.Join(w.dir, "inbox.db"), Secret: w.keys.Secret("inbox"), Keys: w.keys})
	w.must(err)
	w.Desk = &Desk{Book: book, Inbox: inbox, Intake: takes{w}, People: peopleOf{w}, Organisation: "Green Lane", Now: func() instant.Time { return w.clock }}
}

// restart is a new process over the same files.
func (w *world) restart() {
	w.t.Helper()
	w.must(errors.Join(w.Book.Close(), w.Inbox.Close()))
	w.open()
}

func (w *world) reached(who id.Person, at ...contact.Address) {
	w.t.Helper()
	w.must(w.Book.Uses(w.t.Context(), who, 1, at))
}

// takes is the world's intake.
type takes struct{ *world }

func (w takes) Take(_ context.Context, _ intake.Source, a []intake.Arrival) error {
	if w.broken == nil {
		w.taken = append(w.taken, a...)
	}
	return w.broken
}

type peopleOf struct{ *world }

func (p peopleOf) Touch(_ context.Context, t ticket.Ticket) (Touch, bool, error) {
	i := slices.IndexFunc(p.touches[t.Person], func(x Touch) bool { return t.Of(x.ID) })
	if i < 0 {
		return Touch{}, false, nil
	}
	return p.touches[t.Person][i], true, nil
}
func (p peopleOf) SentTo(context.Context, ticket.Ticket) (string, error)      { return p.to, nil }
func (p peopleOf) Beside(_ context.Context, t ticket.Ticket) ([]Touch, error) { return p.beside, nil }
func (p peopleOf) Language(_ context.Context, who id.Person) (string, error) {
	return p.language[who], nil
}
func (p peopleOf) Awaits(context.Context, id.Person, id.Key) (Awaited, error) { return p.awaits, nil }
func (p peopleOf) Settle(who id.Person, attempt id.Key, taken bool, reference string) {
	p.settled = append(p.settled, fmt.Sprintf("%d %s %v %s", who[0], attempt, taken, reference))
}

// says are the events that came in, each once, in words: in order of the text, so that the order of
// arrival does not matter.
func (w *world) says() (out []string) {
	w.t.Helper()
	ids := map[string]string{}
	for _, a := range w.taken {
		e := a.Event
		if e.Name == "contact.shared" {
			continue // the book of contacts has tests of its own
		}
		says := fmt.Sprintf("%d %s", a.Person[0], e.Name)
		d, known := event.Standard().Find(e.Name)
		for _, p := range e.Props {
			if !known || !slices.ContainsFunc(d.Fields, func(f event.FieldDef) bool { return f.Name == p.Name && f.Type == p.Value.Type }) {
				w.t.Errorf("the catalogue does not know %s of %s", p.Name, e.Name)
			}
			if p.Name != "touch" {
				says += " " + p.Name + "=" + p.Value.String()
			}
		}
		if was, again := ids[e.ID]; again && was != says {
			w.t.Errorf("%s is %q and %q", e.ID, was, says)
		} else if !again {
			ids[e.ID] = says
			out = append(out, says)
		}
		if !strings.HasPrefix(e.ID, "attune/") || len(e.ID) > intake.MaxID || e.OccurredAt == 0 || e.OccurredAt > w.clock {
			w.t.Errorf("the event %s happened at %s", e.ID, e.OccurredAt)
		}
	}
	slices.Sort(out)
	return out
}

func (w *world) want(says ...string) {
	w.t.Helper()
	if got := w.says(); !slices.Equal(got, says) {
		w.t.Errorf("taken:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(says, "\n"))
	}
}

func touchOf(n byte, channel string) Touch {
	return Touch{ID: id.Key{n, 7, 7, 7, 7, 7, 7, 7, 7}, Channel: channel, Purpose: "treatment_support", Content: "c0ffee"}
}

func (w *world) report(what What, more Report) Report {
	more.What = what
	kind := ticket.Callback
	if what == Unsubscribed {
		kind = ticket.Unsubscribe
	}
	more.Ticket = ticket.For(kind, ana, w.touches[ana][0].ID, 1)
	return more
}

func sent(w *world, channel, to string) {
	w.touches[ana], w.to = []Touch{touchOf(1, channel)}, to
}

func TestWhatAReportBecomes(t *testing.T) {
	for name, c := range map[string]struct {
		what What
		more Report
		want []string
		dead bool
	}{
		"delivered":           {Delivered, Report{}, []string{"1 message.delivered channel=email"}, false},
		"opened":              {Opened, Report{}, []string{"1 message.opened channel=email"}, false},
		"failed for now":      {Failed, Report{Code: "4.2.2"}, []string{"1 message.failed channel=email code=4.2.2 permanent=false"}, false},
		"failed without code": {Failed, Report{Permanent: true}, []string{"1 message.failed channel=email permanent=true"}, false},
		"a full mailbox":      {Failed, Report{Permanent: true, Code: "552 5.2.2"}, []string{"1 message.failed channel=email code=552 5.2.2 permanent=true"}, false},
		"a policy":            {Failed, Report{Permanent: true, Code: "550 5.7.1"}, []string{"1 message.failed channel=email code=550 5.7.1 permanent=true"}, false},
		"not for good":        {Failed, Report{Code: "5.1.1"}, []string{"1 message.failed channel=email code=5.1.1 permanent=false"}, false},
		"no such mailbox": {Failed, Report{Permanent: true, Code: "550 5.1.1"}, []string{
			"1 contact.suppressed address=ana@patients.example channel=email why=bounce", "1 message.failed channel=email code=550 5.1.1 permanent=true",
			"2 contact.suppressed address=Ana@Patients.example channel=email why=bounce",
		}, true},
		"a dead address": {Failed, Report{Permanent: true, Code: NoSuchAddress}, []string{
			"1 contact.suppressed address=ana@patients.example channel=email why=bounce", "1 message.failed channel=email code=no_such_address permanent=true",
			"2 contact.suppressed address=Ana@Patients.example channel=email why=bounce",
		}, true},
		"a stop said to the carrier": {Failed, Report{Permanent: true, Code: "21610"}, []string{
			"1 contact.suppressed address=ana@patients.example channel=email why=stop", "1 message.failed channel=email code=21610 permanent=true",
			"2 contact.suppressed address=Ana@Patients.example channel=email why=stop",
		}, true},
		"complained": {Complained, Report{}, []string{
			"1 contact.suppressed address=ana@patients.example channel=email why=complaint", "1 message.complained channel=email",
			"2 contact.suppressed address=Ana@Patients.example channel=email why=complaint",
		}, true},
		"unsubscribed": {Unsubscribed, Report{}, []string{
			"1 consent.withdrawn by=the person channel=email purpose=treatment_support text=Unsubscribe version=c0ffee via=unsubscribe link",
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.reached(ana, mail)
			w.reached(ben, contact.Address{Channel: "email", Address: "Ana@Patients.example"})
			sent(w, "email", mail.Address)
			r := w.report(c.what, c.more)
			for range 3 { // a carrier tells again; also after a restart
				w.must(w.Take(t.Context(), r))
				w.restart()
			}
			w.want(c.want...)
			if _, dead := w.Book.Suppressed(mail); dead != c.dead {
				t.Errorf("the address is suppressed: %v", dead)
			}
		})
	}
}

func TestAReportNobodyCanUseIsNone(t *testing.T) {
	w := newWorld(t)
	sent(w, "email", mail.Address)
	r := w.report(Delivered, Report{})
	r.Ticket.Touch[0]++ // a touch of which nothing is known any more
	w.must(w.Take(t.Context(), r))
	r.Ticket = ticket.For(ticket.Callback, id.Person{9}, id.Key{1}, 1)
	w.must(w.Take(t.Context(), r))
	w.want()
	for _, r := range []Report{{}, {What: 99}, {What: Complained, Ticket: ticket.For(ticket.Unsubscribe, ana, id.Key{1}, 1)}} {
		if _, wrong := errors.AsType[*WrongError](w.Take(t.Context(), r)); !wrong {
			t.Errorf("%+v was taken", r)
		}
	}
}

// A letter of several texts has one link.
func TestAnUnsubscriptionIsFromEveryTextOfTheLetter(t *testing.T) {
	w := newWorld(t)
	w.touches[ana] = []Touch{{ID: id.Key{1}, Channel: "email", Purpose: "treatment_support", Content: "c0ffee"}}
	w.beside = []Touch{
		{ID: id.Key{2}, Channel: "email", Purpose: "tips", Content: "facade"}, {ID: id.Key{3}, Channel: "email", Purpose: "treatment_support", Content: "decade"},
		{ID: id.Key{4}, Channel: "email", Purpose: "tips", Content: "faded"}, {ID: id.Key{5}, Channel: "email"},
	}
	for range 2 {
		w.must(w.Take(t.Context(), w.report(Unsubscribed, Report{})))
	}
	want := []string{
		"1 consent.withdrawn by=the person channel=email purpose=tips text=Unsubscribe version=facade via=unsubscribe link",
		"1 consent.withdrawn by=the person channel=email purpose=treatment_support text=Unsubscribe version=c0ffee via=unsubscribe link",
	}
	if got := w.says(); !slices.Equal(got, want) {
		t.Errorf("it says %q", got)
	}
}

// An unsubscription from a touch of which nothing tells what it was for is taken for everything.
func TestAnUnsubscriptionIsNeverLost(t *testing.T) {
	w := newWorld(t)
	w.reached(ana, mail)
	sent(w, "email", mail.Address)
	w.touches[ana][0].Purpose = ""
	w.must(w.Take(t.Context(), w.report(Unsubscribed, Report{})))
	w.want("1 contact.suppressed address=ana@patients.example channel=email why=stop")
}

func TestReportsInAnyOrderAndNumberAreTheSameEvents(t *testing.T) {
	var want []string
	for seed := range uint64(20) {
		draw := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t)
		w.reached(ana, mail)
		w.reached(ben, mail)
		sent(w, "email", mail.Address)
		at := now.Std().Add(-time.Hour)
		reports := []Report{
			w.report(Delivered, Report{ID: "a", At: at}), w.report(Opened, Report{ID: "b", At: at}), w.report(Opened, Report{ID: "c", At: at}),
			w.report(Failed, Report{ID: "d", At: at, Permanent: true, Code: "5.1.1"}), w.report(Complained, Report{ID: "e", At: at}), w.report(Unsubscribed, Report{At: at}),
		}
		for _, r := range slices.Clone(reports) {
			for range draw.IntN(3) {
				reports = append(reports, r)
			}
		}
		draw.Shuffle(len(reports), func(i, k int) { reports[i], reports[k] = reports[k], reports[i] })
		for _, r := range reports {
			if draw.IntN(4) == 0 {
				w.broken = &intake.BusyError{}
				_ = w.Take(t.Context(), r) // it is told to come again, and does
				w.broken = nil
			}
			w.must(w.Take(t.Context(), r))
		}
		w.must(w.Resume(t.Context()))
		if got := w.says(); want == nil {
			want = got
		} else if !slices.Equal(got, want) {
			t.Fatalf("in another order the events are\n%s\nnot\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
	if len(want) != 10 {
		t.Errorf("the events are\n%s", strings.Join(want, "\n"))
	}
}

// A suppression is durable though the events cannot be taken in; they follow when they can.
func TestABounceIsObeyedBeforeAnybodyIsTold(t *testing.T) {
	w := newWorld(t)
	w.broken = errors.New("no disk")
	w.reached(ana, mail)
	w.reached(ben, mail)
	sent(w, "email", mail.Address)
	if err := w.Take(t.Context(), w.report(Complained, Report{})); err == nil {
		t.Error("it is said to be durable, and is not")
	}
	w.restart()
	if _, dead := w.Book.Suppressed(mail); !dead {
		t.Error("the address is used")
	}
	w.broken = nil
	w.must(w.Resume(t.Context()))
	w.want("1 contact.suppressed address=ana@patients.example channel=email why=complaint", "2 contact.suppressed address=ana@patients.example channel=email why=complaint")
}

func TestACarriersLateWordSettlesTheAttemptItIsAbout(t *testing.T) {
	for _, c := range []struct {
		awaits Awaited
		then   Awaited
		want   int
	}{
		{Unsettled, NotAwaited, 1},
		{UnderWay, Unsettled, 1}, // whoever makes it died
		{UnderWay, NotAwaited, 0},
		{NotAwaited, NotAwaited, 0},
	} {
		w := newWorld(t)
		sent(w, "sms", sms.Address)
		r := w.report(Accepted, Report{Reference: "SM1"})
		r.Ticket.Attempt = 2
		w.awaits = c.awaits
		w.must(w.Take(t.Context(), r))
		w.must(w.Take(t.Context(), r))
		w.awaits = c.then
		w.must(w.Resume(t.Context()))
		w.must(w.Resume(t.Context()))
		of := person.Touch{ID: w.touches[ana][0].ID, Attempts: 2}
		want := []string{fmt.Sprintf("1 %s true SM1", of.Attempt())}[:c.want]
		if !slices.Equal(w.settled, want) {
			t.Errorf("%v then %v: settled %q, want %q", c.awaits, c.then, w.settled, want)
		}
		w.awaits = c.then
		if left, err := w.Inbox.kept(t.Context()); err != nil || c.then == NotAwaited && len(left) > 0 {
			t.Errorf("%v then %v: still kept %v, %v", c.awaits, c.then, left, err)
		}
	}
}

// A word that was acknowledged is not lost with the process that took it.
func TestACarriersWordOutlivesTheProcess(t *testing.T) {
	w := newWorld(t)
	sent(w, "sms", sms.Address)
	w.awaits = Unsettled
	w.must(w.Take(t.Context(), w.report(NeverTaken, Report{})))
	w.settled = nil // the process died before the person's order had it
	w.restart()
	w.must(w.Resume(t.Context()))
	if len(w.settled) != 1 || !strings.Contains(w.settled[0], "false") {
		t.Errorf("settled %q", w.settled)
	}
}

func word(v Verdict, name, text string) Word {
	return Word{Channel: "sms", From: "+1 202 555 0143", To: "+15550000", Text: text, ID: name, Verdict: v}
}

func (w *world) receive(in Word) string {
	w.t.Helper()
	a, err := w.Receive(w.t.Context(), in)
	w.must(err)
	return a.Text
}

func (w *world) inbox() (out []string) {
	w.t.Helper()
	list, err := w.Inbox.List(w.t.Context(), 100)
	w.must(err)
	for _, e := range list {
		out = append(out, fmt.Sprintf("%s of %d from %s: %s", e.Verdict, len(e.People), e.From, e.Text))
	}
	return out
}

func TestWhatAWordBecomes(t *testing.T) {
	both := []id.Person{ana, ben}
	for name, c := range map[string]struct {
		people []id.Person
		v      Verdict
		says   string
		want   []string
		inbox  string
		answer string
	}{
		"one person writes":       {both[:1], None, "Can I come on Friday?", []string{"1 message.received channel=sms text=Can I come on Friday?"}, "", ""},
		"two share the number":    {both, None, "Can I come on Friday?", nil, "none of 2", ""},
		"nobody is known":         {nil, None, "Who is this?", nil, "none of 0", ""},
		"one says stop":           {both[:1], Stop, "stop", []string{"1 contact.suppressed address=+12025550143 channel=sms why=stop"}, "", "Green Lane: You will get no more"},
		"one of two says stop":    {both, Stop, "stop", []string{"1 contact.suppressed address=+12025550143 channel=sms why=stop", "2 contact.suppressed address=+12025550143 channel=sms why=stop"}, "", "Green Lane: You will get no more"},
		"nobody we know says so":  {nil, Stop, "stop", nil, "stop of 0", "Green Lane: You will get no more"},
		"start without a stop":    {both[:1], Start, "start", nil, "", ""},
		"help":                    {both, Help, "help", nil, "", "Green Lane writes to you about your care"},
		"it may have meant stop":  {both, Unsure, "enough", []string{"1 hold.set hold=unsure_stop", "2 hold.set hold=unsure_stop"}, "unsure of 2", ""},
		"one may have meant stop": {both[:1], Unsure, "enough", []string{"1 hold.set hold=unsure_stop", "1 message.received channel=sms text=enough"}, "unsure of 1", ""},
		"one is in danger":        {both[:1], Crisis, "I cannot go on", []string{"1 hold.set hold=crisis", "1 message.received channel=sms text=I cannot go on"}, "crisis of 1", ""},
		"one of two is in danger": {both, Crisis, "I cannot go on", []string{"1 hold.set hold=crisis", "2 hold.set hold=crisis"}, "crisis of 2", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			for _, p := range c.people {
				w.reached(p, sms)
			}
			in := word(c.v, "SM1", c.says)
			if got := w.receive(in); !strings.HasPrefix(got, c.answer) || (c.answer == "") != (got == "") {
				t.Errorf("the answer is %q, want %q", got, c.answer)
			}
			w.restart()
			if got := w.receive(in); got != "" {
				t.Errorf("the same word again was answered %q", got)
			}
			w.want(c.want...)
			var want []string
			if c.inbox != "" {
				want = []string{c.inbox + " from +1 202 555 0143: " + c.says}
			}
			if got := w.inbox(); !slices.Equal(got, want) {
				t.Errorf("the inbox has %q, want %q", got, want)
			}
			if _, is := w.Book.Suppressed(sms); is != (c.v == Stop) {
				t.Errorf("the number is suppressed: %v", is)
			}
		})
	}
}

func TestStartTakesAStopBack(t *testing.T) {
	w := newWorld(t)
	w.reached(ana, sms)
	w.reached(ben, sms)
	w.receive(word(Stop, "SM1", "stop"))
	w.receive(word(Start, "SM2", "start"))
	w.receive(word(Stop, "SM1", "stop")) // the carrier repeats the first
	if _, is := w.Book.Suppressed(sms); is {
		t.Error("the number is suppressed")
	}
	w.want("1 contact.released address=+12025550143 by=the person channel=sms", "1 contact.suppressed address=+12025550143 channel=sms why=stop",
		"2 contact.released address=+12025550143 by=the person channel=sms", "2 contact.suppressed address=+12025550143 channel=sms why=stop")
}

func TestAStopIsConfirmedOnceADayInTheirLanguage(t *testing.T) {
	w := newWorld(t)
	w.reached(ana, sms)
	w.language[ana] = "es-MX"
	if got := w.receive(word(Stop, "SM1", "alto")); !strings.Contains(got, "No recibirá más mensajes") {
		t.Errorf("confirmed by %q", got)
	}
	w.clock = now.Add(23 * instant.Hour)
	if got := w.receive(word(Stop, "SM2", "ALTO")); got != "" {
		t.Errorf("confirmed again by %q", got)
	}
	w.clock = now.Add(25 * instant.Hour)
	if got := w.receive(word(Stop, "SM3", "ALTO!")); got == "" {
		t.Error("not confirmed after a day")
	}
	w.reached(ben, sms)
	w.language[ben] = "pl"
	if got := w.receive(word(Help, "SM4", "help")); !strings.HasPrefix(got, "Green Lane writes") {
		t.Errorf("two languages are answered by %q", got)
	}
}

func TestEveryLanguageSaysWhoWritesAndHowToGoOn(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range said() {
		stopped, help := p.sayStopped("Green Lane"), p.sayHelp("Green Lane")
		if seen[p.language] || !strings.Contains(stopped, "Green Lane") || !strings.Contains(stopped, "START") || !strings.Contains(help, "Green Lane") || !strings.Contains(help, "STOP") {
			t.Errorf("%s: %q, %q", p.language, stopped, help)
		}
		seen[p.language] = true
		if n := max(utf8.RuneCountInString(stopped), utf8.RuneCountInString(help)); n > 140 {
			t.Errorf("%s says it in %d letters", p.language, n)
		}
		if in(p.language+"-XX").language != p.language {
			t.Errorf("%s is not found", p.language)
		}
	}
	if len(seen) != 10 || in("eo").language != "en" || in("").language != "en" {
		t.Errorf("there are %d languages", len(seen))
	}
}

func TestAHumanSaysWhoseAMessageIs(t *testing.T) {
	w := newWorld(t)
	w.reached(ana, sms)
	w.reached(ben, sms)
	w.receive(word(None, "SM1", "Can I come on Friday?"))
	w.receive(word(None, "SM2", "You have the wrong number"))
	w.receive(word(Crisis, "SM3", "I cannot go on"))
	list, err := w.Inbox.List(t.Context(), 9)
	if err != nil || len(list) != 3 || list[0].Verdict != Crisis || !list[0].Urgent() || list[1].Text != "Can I come on Friday?" {
		t.Fatalf("the inbox has %+v, %v", list, err)
	}
	for _, c := range []struct {
		t    Taking
		want string
	}{
		{Taking{}, "say who with --by"},
		{Taking{By: "nurse Kim", Person: ana, WrongPerson: true}, "cannot be somebody's and the wrong person's"},
	} {
		if err := w.Look(t.Context(), &list[1], c.t); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: %v", c.t, err)
		}
	}
	e, err := w.Inbox.Find(t.Context(), strings.ToUpper(list[1].ID[:8]))
	w.must(err)
	w.must(w.Look(t.Context(), &e, Taking{By: "nurse Kim", Person: ben}))
	w.must(w.Look(t.Context(), &list[2], Taking{By: "nurse Kim", WrongPerson: true}))
	w.want("1 contact.suppressed address=+12025550143 channel=sms why=wrong_person", "1 hold.set hold=crisis", "2 contact.suppressed address=+12025550143 channel=sms why=wrong_person",
		"2 hold.set hold=crisis", "2 message.received channel=sms text=Can I come on Friday?")
	if left := w.inbox(); len(left) != 1 {
		t.Errorf("left are %q", left)
	}
	for begins, want := range map[string]string{list[1].ID: "no message waits", "abc": "too short", "zzzzzz": "no message waits"} {
		if _, err := w.Inbox.Find(t.Context(), begins); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", begins, err)
		}
	}
}

func TestWhoIsForgottenHasWrittenNothing(t *testing.T) {
	w := newWorld(t)
	w.reached(ana, sms)
	w.receive(word(Unsure, "SM1", "canary one"))
	w.reached(ben, sms)
	w.receive(word(None, "SM2", "canary two"))
	w.must(w.Forget(t.Context(), ana))
	if got := w.inbox(); !slices.Equal(got, []string{"none of 1 from +1 202 555 0143: canary two"}) {
		t.Errorf("left are %q", got)
	}
	w.must(w.Forget(t.Context(), ben))
	if got := w.inbox(); got != nil {
		t.Errorf("left are %q", got)
	}
	w.reached(eva, sms)
	w.receive(word(Crisis, "SM3", "canary three"))
	w.must(w.keys.Erase(eva))
	if got := w.inbox(); got != nil {
		t.Errorf("of an erased person %q", got)
	}
}

func TestNothingThatPeopleWriteIsPlainInTheFiles(t *testing.T) {
	w := newWorld(t)
	w.reached(ana, sms)
	w.receive(word(None, "SM1", "canary one"))
	w.receive(Word{Channel: "sms", From: "+15551234567", Text: "canary two"})
	w.receive(word(Stop, "SM2", "canary stop"))
	w.restart()
	for _, pattern := range []string{"contacts.db*", "inbox.db*"} {
		files, err := filepath.Glob(filepath.Join(w.dir, pattern))
		if err != nil || len(files) == 0 {
			t.Fatal("there is no", pattern, err)
		}
		for _, f := range files {
			data, err := os.ReadFile(f)
			w.must(err)
			for _, telling := range []string{"canary", "202555", "555 0143", "5551234567"} {
				if bytes.Contains(data, []byte(telling)) {
					t.Errorf("%s holds %q", filepath.Base(f), telling)
				}
			}
		}
	}
}

func TestALongMessageIsHeardInPartAndKeptWhole(t *testing.T) {
	w := newWorld(t)
	w.reached(ana, sms)
	long := strings.Repeat("ä", mostText)
	w.receive(word(Unsure, "SM1", long))
	list, err := w.Inbox.List(t.Context(), 1)
	if err != nil || len(list) != 1 || list[0].Text != long {
		t.Errorf("it is not kept whole: %v", err)
	}
	for _, a := range w.taken {
		if text := a.Event.Field("text"); text.Type == expr.Text && (len(text.Text) > mostText || !utf8.ValidString(text.Text) || text.Text == "") {
			t.Errorf("%d bytes are heard", len(text.Text))
		}
	}
	for _, in := range []Word{{}, {Channel: "sms"}, {From: "x"}} {
		if _, err := w.Receive(t.Context(), in); err == nil {
			t.Errorf("%+v was taken", in)
		}
	}
}

// Whoever looked at what may have been a stop is sure, and nobody is left alone for it any more.
func TestALookEndsTheDoubt(t *testing.T) {
	for _, c := range []struct {
		stop bool
		want []string
	}{
		{false, []string{"1 hold.lifted by=nurse Kim hold=unsure_stop", "1 hold.set hold=unsure_stop", "1 message.received channel=sms text=enough"}},
		{true, []string{"1 contact.suppressed address=+12025550143 channel=sms why=stop", "1 hold.lifted by=nurse Kim hold=unsure_stop", "1 hold.set hold=unsure_stop", "1 message.received channel=sms text=enough"}},
	} {
		w := newWorld(t)
		w.reached(ana, sms)
		w.receive(word(Unsure, "SM1", "enough"))
		list, err := w.Inbox.List(t.Context(), 9)
		w.must(err)
		w.must(w.Look(t.Context(), &list[0], Taking{By: "nurse Kim", Stop: c.stop}))
		w.want(c.want...)
	}
}
