package app

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/contact"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/returns"
	"attune/internal/sim"
	"attune/internal/story"
	"attune/internal/ticket"
)

// family are two people who share a mailbox, in a data folder that is opened and closed.
type family struct {
	*Node
	t        *testing.T
	dir      string
	clock    *sim.Clock
	ana, ben id.Person
}

const shared = "quispe@families.example"

func newFamily(t *testing.T) *family {
	f := &family{t: t, dir: filepath.Join(t.TempDir(), "data"), clock: sim.NewClock(crashBegin, nil)}
	f.open()
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	f.hear("ana", "traits.updated", "email", shared, "language", "es")
	f.hear("ben", "traits.updated", "email", "Quispe@Families.example", "phone", "(202) 555-0143")
	f.settle()
	f.ana, f.ben = f.who("ana"), f.who("ben")
	return f
}

func (f *family) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *family) open() {
	f.t.Helper()
	rel, _ := mustLoad(f.t, diabetes)
	n, err := Open(f.t.Context(), Options{Data: f.dir, Organisation: "Green Lane", Release: rel, Now: f.clock.Now})
	f.must(err)
	f.Node = n
}

func (f *family) reopen() {
	f.t.Helper()
	f.must(f.Close())
	f.open()
}

func (f *family) who(name string) id.Person {
	f.t.Helper()
	who, ok, err := f.Directory.Find(f.t.Context(), identity.Key{System: "feed", Value: name})
	if err != nil || !ok {
		f.t.Fatal(name, err)
	}
	return who
}

// hear takes an event in, with its fields as pairs.
func (f *family) hear(who, name string, fields ...string) {
	f.t.Helper()
	f.clock.Set(f.clock.Now().Add(instant.Second))
	e := event.Event{ID: fmt.Sprintf("feed/%s-%s-%d", who, name, f.clock.Now()), Name: name, OccurredAt: f.clock.Now(), ReceivedAt: f.clock.Now()}
	for pair := range slices.Chunk(fields, 2) {
		e = e.With(pair[0], expr.TextOf(pair[1]))
		if pair[0] == "codes" {
			e = e.With(pair[0], expr.ListOf(pair[1]))
		}
	}
	f.must(f.Intake.Take(f.t.Context(), intake.Source{Name: "feed"}, []intake.Arrival{{Who: identity.Key{System: "feed", Value: who}, Event: e}}))
}

func (f *family) settle() {
	f.t.Helper()
	f.must(sim.Drive{Runner: f.Runner, Delivery: f.Delivery}.Settle(f.t.Context(), f.clock.Now()))
}

// morning lets everybody be written to who was brought in at night.
func (f *family) morning() {
	f.t.Helper()
	f.clock.Set(crashBegin.Add(16 * instant.Hour))
	f.settle()
}

func (f *family) state(who id.Person) person.Person {
	f.t.Helper()
	p, ok, err := f.Runner.Person(f.t.Context(), who)
	if err != nil || !ok {
		f.t.Fatal(ok, err)
	}
	return p
}

// says are the names of a person's events that are not their own feed's.
func (f *family) says(who id.Person) (out []string) {
	f.t.Helper()
	records, err := (&Server{Node: f.Node}).view().Records(f.t.Context(), who)
	f.must(err)
	for _, l := range story.Tell(records) {
		if l.Kind == "event" && strings.Contains(l.Says, "reported by attune") && l.Event != "contact.shared" && l.Event != "contact.unshared" {
			out = append(out, l.Event)
		}
	}
	return out
}

func (f *family) captured() int {
	f.t.Helper()
	n, err := f.Box.Count(f.t.Context())
	f.must(err)
	return n
}

func (f *family) users(channel, address string) []id.Person {
	f.t.Helper()
	people, err := f.Contacts.Users(f.t.Context(), contact.Address{Channel: channel, Address: address})
	f.must(err)
	slices.SortFunc(people, func(x, y id.Person) int {
		if x == f.ana {
			return -1
		}
		return 1
	})
	return people
}

func familyBox() contact.Address { return contact.Address{Channel: "email", Address: shared} }

// A stop that is durable wins over a message that is due, also to a sharer whose own order knows nothing
// of it yet.
func TestAStopWinsOverEverySharersMessage(t *testing.T) {
	f := newFamily(t)
	f.hear("ana", "clinical.condition_recorded", "codes", "44054006")
	f.hear("ben", "clinical.condition_recorded", "codes", "44054006")
	f.settle()
	f.must(f.Contacts.Suppress(t.Context(), familyBox(), contact.Suppression{Why: contact.Stop, At: f.clock.Now(), Cause: "a"})) // and nobody is told
	f.morning()
	if n := f.captured(); n > 0 {
		t.Errorf("%d messages went to a suppressed address", n)
	}
	for _, who := range []id.Person{f.ana, f.ben} {
		p := f.state(who)
		if len(p.Touches) != 1 || p.Touches[0].State != person.Ended {
			t.Errorf("the touches are %+v", p.Touches)
		}
	}
}

func TestPeoplesAddressesAreKnownFromTheirRecords(t *testing.T) {
	f := newFamily(t)
	check := func(when string) {
		t.Helper()
		for _, c := range []struct {
			channel, address string
			want             []id.Person
		}{
			{"email", "quispe@families.example", []id.Person{f.ana, f.ben}}, {"sms", "202 555 0143", []id.Person{f.ben}}, {"call", "(202)5550143", []id.Person{f.ben}}, {"sms", "2025550144", nil},
		} {
			if got := f.users(c.channel, c.address); !slices.Equal(got, c.want) {
				t.Errorf("%s: %s reaches %v, want %v", when, c.address, got, c.want)
			}
		}
	}
	check("while it runs")
	f.reopen()
	check("after a restart")
	// The file is lost while nobody looks: who is reached where is made anew, and what was suppressed too.
	_, err := f.Returns.Receive(t.Context(), returns.Word{Channel: "sms", From: "+2025550143", Text: "x", ID: "w"})
	f.must(err)
	f.must(f.Contacts.Suppress(t.Context(), familyBox(), contact.Suppression{Why: contact.Complaint, At: f.clock.Now(), Cause: "a"}))
	f.must(f.Returns.Resume(t.Context()))
	f.settle()
	f.must(f.Close())
	for _, file := range mustGlob(t, filepath.Join(f.dir, "contacts.db*")) {
		f.must(os.Remove(file))
	}
	f.open()
	check("made anew")
	if s, is := f.Contacts.Suppressed(familyBox()); !is || s.Why != contact.Complaint {
		t.Error("a lost file made a suppressed address one that is used")
	}
	// So is who shares an address: who was alone when it was lost is told so.
	sharing := func(want bool) {
		t.Helper()
		for _, who := range []id.Person{f.ana, f.ben} {
			p := f.state(who)
			if x := p.Point("email", p.Trait("email").Text); x == nil || x.IsShared() != want {
				t.Errorf("the record of %s says of the mailbox of two: %+v, want shared %v", who, x, want)
			}
		}
	}
	sharing(true)
	// A changed number is nobody's, until it is somebody else's.
	f.hear("ben", "patient.updated", "phone", "(202) 555-0144")
	f.settle()
	if was, is := f.users("sms", "2025550143"), f.users("sms", "2025550144"); len(was) != 0 || !slices.Equal(is, []id.Person{f.ben}) {
		t.Errorf("the old number reaches %v, the new one %v", was, is)
	}
	f.must(f.Keys.Erase(f.ben))
	f.reopen()
	if got := f.users("email", shared); !slices.Equal(got, []id.Person{f.ana}) {
		t.Errorf("after an erasure it reaches %v", got)
	}
}

// What a kill between a suppression and its events left undone is done at the next start.
func TestSharersAreToldAfterACrash(t *testing.T) {
	f := newFamily(t)
	f.must(f.Contacts.Suppress(t.Context(), familyBox(), contact.Suppression{Why: contact.Bounce, At: f.clock.Now(), Cause: "a"}))
	f.reopen()
	f.settle()
	for _, who := range []id.Person{f.ana, f.ben} {
		if got := f.says(who); !slices.Equal(got, []string{"contact.suppressed"}) {
			t.Errorf("%s was told %q", who, got)
		}
		p := f.state(who)
		if x := p.Point("email", p.Trait("email").Text); x == nil || x.Stopped <= x.Released {
			t.Errorf("the record of %s does not say that %s may not be used: %+v", who, p.Trait("email").Text, x)
		}
	}
	if released, err := f.Contacts.Release(t.Context(), familyBox(), contact.Release{At: f.clock.Now(), Cause: "b", By: "nurse Kim"}); err != nil || !released {
		t.Fatal(released, err)
	}
	f.must(f.Returns.Resume(t.Context()))
	f.settle()
	p := f.state(f.ben)
	if x := p.Point("email", p.Trait("email").Text); x == nil || x.Stopped > x.Released {
		t.Errorf("after the release the record says %+v", x)
	}
}

func TestReportsAreAboutTheirTouch(t *testing.T) {
	f := newFamily(t)
	f.hear("ana", "clinical.condition_recorded", "codes", "44054006")
	f.settle()
	f.morning()
	p := f.state(f.ana)
	if f.captured() != 1 || len(p.Touches) != 1 || p.Touches[0].State != person.HandedOver {
		t.Fatalf("%d captured, %+v", f.captured(), p.Touches)
	}
	touch := p.Touches[0]
	report := func(what returns.What, kind ticket.Kind) returns.Report {
		return returns.Report{Ticket: ticket.For(kind, f.ana, touch.ID, 1), What: what}
	}
	f.must(f.Returns.Take(t.Context(), report(returns.Delivered, ticket.Callback)))
	f.must(f.Returns.Take(t.Context(), report(returns.NeverTaken, ticket.Callback))) // it was settled: nobody waits
	f.settle()
	if p := f.state(f.ana); p.Touches[0].State != person.HandedOver {
		t.Errorf("a settled touch became %s", p.Touches[0].State)
	}
	f.must(f.Returns.Take(t.Context(), report(returns.Unsubscribed, ticket.Unsubscribe)))
	f.settle()
	p = f.state(f.ana)
	if !withdrawn(&p) {
		t.Errorf("the consents are %+v", p.Consents)
	}
	// Long afterwards the state has forgotten the touch, and the history has not.
	f.clock.Set(f.clock.Now().Add(400 * instant.Day))
	f.hear("ana", "portal.visited")
	f.settle()
	if p := f.state(f.ana); len(p.Touches) != 0 {
		t.Logf("the state still has %d touches", len(p.Touches))
	}
	late := report(returns.Complained, ticket.Callback)
	f.must(f.Returns.Take(t.Context(), late))
	f.must(f.Returns.Take(t.Context(), late))
	f.settle()
	if got, want := f.says(f.ana), []string{"message.delivered", "consent.withdrawn", "contact.suppressed", "message.complained"}; !slices.Equal(got, want) {
		t.Errorf("she heard %q, want %q", got, want)
	}
	if got := f.says(f.ben); !slices.Equal(got, []string{"contact.suppressed"}) {
		t.Errorf("he, who shares the mailbox, heard %q", got)
	}
	if s, is := f.Contacts.Suppressed(familyBox()); !is || s.Touch != touch.ID.String() {
		t.Errorf("suppressed: %v by %+v", is, s)
	}
}

// A carrier that is asked nothing, and says later what became of an attempt.
func TestACarriersLateWordSettlesWhatIsUncertain(t *testing.T) {
	for _, c := range []struct {
		what returns.What
		want person.TouchState
	}{{returns.Accepted, person.HandedOver}, {returns.NeverTaken, person.Uncertain}} {
		box, cfg := startMail(t, func(int) bool { return false }) // it takes the letter and goes silent
		f := &family{t: t, dir: t.TempDir(), clock: sim.NewClock(crashBegin, nil)}
		channels, closeChannels, err := Channels(withdrawMail(cfg.Port))
		f.must(err)
		rel, _ := mustLoad(t, diabetes)
		f.Node, err = Open(t.Context(), Options{Data: f.dir, Organisation: "Green Lane", Release: rel, Now: f.clock.Now, Channels: channels})
		f.must(err)
		f.hear("ana", "traits.updated", "email", shared)
		f.hear("ana", "clinical.condition_recorded", "codes", "44054006")
		f.settle()
		f.ana = f.who("ana")
		f.morning()
		p := f.state(f.ana)
		if box.count() != 1 || len(p.Touches) != 1 || p.Touches[0].State != person.Uncertain {
			t.Fatalf("%d letters, %+v", box.count(), p.Touches)
		}
		touch := p.Touches[0]
		other := returns.Report{Ticket: ticket.For(ticket.Callback, f.ana, touch.ID, 2), What: c.what}
		f.must(f.Returns.Take(t.Context(), other)) // about an attempt that never was
		f.settle()
		if p := f.state(f.ana); p.Touches[0].State != person.Uncertain {
			t.Errorf("a word about another attempt made it %s", p.Touches[0].State)
		}
		f.must(f.Returns.Take(t.Context(), returns.Report{Ticket: ticket.For(ticket.Callback, f.ana, touch.ID, 1), What: c.what, Reference: "SM1"}))
		f.settle()
		p = f.state(f.ana)
		if p.Touches[0].State != c.want || c.what == returns.NeverTaken && (p.Touches[0].Attempts != 2 || box.count() != 2) {
			t.Errorf("%s made it %+v, %d letters", c.what, p.Touches[0], box.count())
		}
		f.must(f.Close())
		closeChannels()
	}
}

func TestWhatPeopleWriteIsHeardOrWaitsForAHuman(t *testing.T) {
	f := newFamily(t)
	write := func(from, text, name string, v returns.Verdict) string {
		t.Helper()
		a, err := f.Returns.Receive(t.Context(), returns.Word{Channel: "email", From: from, Text: text, ID: name, Verdict: v})
		f.must(err)
		return a.Text
	}
	f.hear("eva", "traits.updated", "email", "eva@families.example", "language", "de")
	f.settle()
	eva := f.who("eva")
	write("Eva@families.example", "Kann ich am Freitag kommen?", "1", returns.None)
	write(shared, "Can we come?", "2", returns.None)
	write("eva@families.example", "genug jetzt", "3", returns.Unsure)
	f.settle()
	if got := f.says(eva); !slices.Equal(got, []string{"message.received", "hold.set", "message.received"}) {
		t.Errorf("she heard %q", got)
	}
	if p := f.state(eva); len(p.Holds) != 1 || !p.Holds[0].On(f.clock.Now()) {
		t.Errorf("she is left alone for %+v", p.Holds)
	}
	if got := append(f.says(f.ana), f.says(f.ben)...); len(got) > 0 {
		t.Errorf("somebody's message was guessed: %q", got)
	}
	list, err := f.Inbox.List(t.Context(), 9)
	if err != nil || len(list) != 2 || list[0].Text != "Can we come?" || len(list[0].People) != 2 {
		t.Errorf("the inbox has %+v, %v", list, err)
	}
	if said := write("eva@families.example", "STOP", "4", returns.Stop); !strings.HasPrefix(said, "Green Lane: Sie erhalten hier keine Nachrichten mehr") {
		t.Errorf("she is told %q", said)
	}
}
