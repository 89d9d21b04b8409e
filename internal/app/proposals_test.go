package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/record"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/sim"
	"attune/internal/story"
)

const circleProgram = `
-- program.yaml --
program: circle
name: Care
languages: [en]
people: [patient, caregiver]
enroll: {on: clinical.condition_recorded}
-- policy.yaml --
sender: Green Lane
zone: Europe/London
contact_hours: {from: "08:00", to: "21:00"}
caps: []
purposes: {treatment_support: treatment}
consent: {jurisdiction: GB}
-- map.yaml --
phases:
  - {id: care, name: Care, enter: {on: clinical.condition_recorded}}
-- engagements/late.yaml --
engagement: late
purpose: treatment_support
audience: caregiver
value: 5
expires: 2d
when: {on: medication.dispensed}
variants: [{id: plain, email: late}]
-- content/email/late.en.liquid --
Subject: About {{ about | default: "somebody you care for" }}

Hello {{ name | default: "there" }}, a word about {{ about | default: "somebody you care for" }}.
`

// circle is a node with Ana, who is cared for, and Eva, who cares for her.
type circle struct {
	*Node
	t     *testing.T
	dir   string
	clock *sim.Clock
	heard int
}

func newCircle(t *testing.T) *circle {
	t.Helper()
	c := &circle{t: t, dir: t.TempDir(), clock: sim.NewClock(crashBegin.Add(instant.Hour), nil)}
	c.open()
	c.hear("ana", "patient.created", "first_name", "Ana")
	c.hear("ana", "clinical.condition_recorded")
	c.hear("eva", "person.registered", "kind", "caregiver", "first_name", "Eva", "email", "eva@families.example")
	c.hear("eva", "consent.granted", "purpose", "treatment_support")
	c.rest()
	return c
}

func (c *circle) open() {
	c.t.Helper()
	program := c.t.TempDir()
	for _, f := range txtar.Parse([]byte(circleProgram)).Files {
		path := filepath.Join(program, f.Name)
		c.must(os.MkdirAll(filepath.Dir(path), 0o755))
		c.must(os.WriteFile(path, f.Data, 0o644))
	}
	rel, _ := mustLoad(c.t, program)
	n, err := Open(c.t.Context(), Options{Data: filepath.Join(c.dir, "data"), Organisation: "circle", Release: rel, Now: c.clock.Now, Relaxed: true})
	c.must(err)
	c.Node = n
	c.t.Cleanup(func() { _ = n.Close() })
}

// again lets the process die and starts it anew: whatever was only in its memory is lost.
func (c *circle) again() {
	c.t.Helper()
	c.must(c.Close())
	c.open()
}

func (c *circle) must(err error) {
	c.t.Helper()
	if err != nil {
		c.t.Fatal(err)
	}
}

// event is one of the feed's, which happens now.
func (c *circle) event(name string) event.Event {
	c.heard++
	c.clock.Set(c.clock.Now().Add(instant.Second))
	return event.Event{ID: "feed/" + strings.Repeat("i", c.heard), Source: "feed", Name: name, OccurredAt: c.clock.Now(), ReceivedAt: c.clock.Now()}
}

func (c *circle) hear(who, name string, fields ...string) {
	c.t.Helper()
	e := c.event(name)
	for i := 0; i < len(fields); i += 2 {
		if fields[i+1] == "true" {
			e = e.With(fields[i], expr.FlagOf(true))
			continue
		}
		e = e.With(fields[i], expr.TextOf(fields[i+1]))
	}
	c.must(c.Intake.Take(c.t.Context(), intake.Source{Name: "feed"}, []intake.Arrival{{Who: identity.Key{System: "feed", Value: who}, Event: e}}))
}

// commit lets the runner take what there is, and nothing else happen.
func (c *circle) commit() {
	c.t.Helper()
	for {
		progress, err := c.Runner.Tick(c.t.Context(), c.clock.Now())
		c.must(err)
		if !progress.More {
			return
		}
	}
}

// rest lets everything happen that is to happen by now.
func (c *circle) rest() {
	c.t.Helper()
	c.must(sim.Drive{Runner: c.Runner, Delivery: c.Delivery, Proposals: c.Proposals}.Settle(c.t.Context(), c.clock.Now()))
}

func (c *circle) who(name string) id.Person {
	c.t.Helper()
	p, found, err := c.Directory.Find(c.t.Context(), identity.Key{System: "feed", Value: name})
	c.must(err)
	if !found {
		c.t.Fatalf("nobody is known as %s", name)
	}
	return p
}

func (c *circle) person(name string) person.Person {
	c.t.Helper()
	p, _, err := c.Runner.Person(c.t.Context(), c.who(name))
	c.must(err)
	return p
}

// sent are the bodies of all that was handed over, oldest first, each with its address.
func (c *circle) sent() (out []string) {
	c.t.Helper()
	all, err := c.Box.Newest(c.t.Context(), 100)
	c.must(err)
	for _, m := range all {
		out = append([]string{m.Message.To + ": " + strings.TrimSpace(m.Message.Body)}, out...)
	}
	return out
}

func (c *circle) story(name string) string {
	c.t.Helper()
	var records []record.Record
	c.must(c.History.Of(c.t.Context(), c.who(name), func(_ int64, _ instant.Time, plain []byte) error {
		r, err := record.Decode(plain)
		records = append(records, r)
		return err
	}))
	var b strings.Builder
	for _, l := range story.Tell(records) {
		b.WriteString(l.At.String() + " " + l.Kind + " " + l.Event + " " + l.Reason + " " + l.Says + "\n")
	}
	return b.String()
}

func TestACaregiverIsToldWhatThePatientShares(t *testing.T) {
	t.Parallel()
	c := newCircle(t)
	if a, b := c.who("ana"), c.who("eva"); a == b {
		t.Fatal("there is one person only")
	}
	c.hear("ana", "medication.dispensed")
	c.rest()
	if sent := c.sent(); len(sent) != 0 {
		t.Fatalf("without a grant there went out %q", sent)
	}
	c.hear("ana", "sharing.granted", "with", "feed:eva", "purpose", "treatment_support", "relation", "daughter", "name", "true")
	c.hear("ana", "medication.dispensed")
	c.rest()
	if sent := c.sent(); len(sent) != 1 || sent[0] != "eva@families.example: Hello Eva, a word about Ana." {
		t.Fatalf("there went out %q", sent)
	}
	touch := c.person("eva").Touches[0]
	if touch.State != person.HandedOver || touch.About != c.who("ana") || len(c.person("ana").Touches) != 0 {
		t.Errorf("the touch is %+v, Ana's own are %+v", touch, c.person("ana").Touches)
	}

	c.hear("ana", "sharing.withdrawn", "with", "feed:eva")
	said := c.clock.Now()
	c.hear("ana", "medication.dispensed")
	c.rest()
	if sent := c.sent(); len(sent) != 1 {
		t.Fatalf("after the withdrawal there went out %q", sent[1:])
	}
	shares := c.person("ana").Shares
	if len(shares) != 2 || shares[1].Ended == 0 || shares[1].EndedFor < said {
		t.Errorf("it is not known to have taken effect: %+v", shares)
	}
	c.hear("eva", "message.replied", "touch", touch.ID.String(), "text", "Thank you")
	c.hear("eva", "portal.visited")
	c.rest()
	i, err := Inspect(t.Context(), c.Data)
	c.must(err)
	defer i.Close()
	lines, err := i.Thread(t.Context(), c.who("eva"), c.who("ana"))
	c.must(err)
	var kinds []string
	for _, l := range lines {
		kinds = append(kinds, strings.TrimSpace(l.Kind+" "+l.Event))
	}
	if got, want := strings.Join(kinds, ", "), "event engagement.proposed, decision, sending, message, outcome, event engagement.recalled, recall, event message.replied"; got != want {
		t.Errorf("the thread has %s, want %s", got, want)
	}
	if lines, err := i.Thread(t.Context(), c.who("eva"), c.who("eva")); err != nil || len(lines) != 0 {
		t.Errorf("about somebody else it has %v, %v", lines, err)
	}
	if told := c.story("ana"); !strings.Contains(told, "sharing.withdrawn") || !strings.Contains(told, "sharing.ended") {
		t.Errorf("her story does not tell both instants:\n%s", told)
	}
}

func TestWhatIsTakenBackWhileItWaitsDoesNotGoOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		it, event string
		fields    []string
	}{
		{"was withdrawn", "sharing.withdrawn", []string{"with", "feed:eva"}},
		{"was of somebody who died", "patient.deceased", nil},
		{"was caused by what never was", "record.retracted", []string{"revokes", "THE PICKUP"}},
	} {
		t.Run(c.it, func(t *testing.T) {
			t.Parallel()
			w := newCircle(t)
			w.hear("eva", "traits.updated", "contact_from", "15:00")
			w.hear("ana", "sharing.granted", "with", "feed:eva", "purpose", "treatment_support", "relation", "daughter")
			w.hear("ana", "medication.dispensed")
			pickup := "feed/" + strings.Repeat("i", w.heard)
			w.rest()
			if touches := w.person("eva").Touches; len(touches) != 1 || touches[0].State != person.Pending {
				t.Fatalf("nothing waits: %+v", touches)
			}
			for i := range c.fields {
				c.fields[i] = strings.ReplaceAll(c.fields[i], "THE PICKUP", pickup)
			}
			w.hear("ana", c.event, c.fields...)
			w.rest()
			if touch := w.person("eva").Touches[0]; touch.State != person.Ended || touch.Why != "recalled" {
				t.Errorf("what %s is %s (%s)", c.it, touch.State, touch.Why)
			}
			w.clock.Set(w.clock.Now().Add(instant.Day))
			w.rest()
			if sent := w.sent(); len(sent) != 0 {
				t.Errorf("what %s went out: %q", c.it, sent)
			}
		})
	}
}

func TestAProposalForNobodyIsTold(t *testing.T) {
	t.Parallel()
	c := newCircle(t)
	people, err := c.Directory.Len(t.Context())
	c.must(err)
	c.hear("ana", "sharing.granted", "with", "feed:nobody", "purpose", "treatment_support", "relation", "son")
	c.hear("ana", "medication.dispensed")
	c.hear("ana", "sharing.withdrawn", "with", "feed:nobody", "purpose", "treatment_support")
	c.rest()
	if now, err := c.Directory.Len(t.Context()); err != nil || now != people {
		t.Errorf("there are %d people, %d before: %v", now, people, err)
	}
	if told := c.story("ana"); !strings.Contains(told, "engagement.undelivered") || !strings.Contains(told, "nobody is known by that identifier") {
		t.Errorf("her story does not tell that nobody was reached:\n%s", told)
	}
	if share := c.person("ana").Shares[0]; share.Ended == 0 {
		t.Errorf("the end of what reached nobody has not taken effect: %+v", share)
	}
}

// A process may die between any two of: the patient's commit, the hand-over to the other's order, the note
// that it was handed over, the other's commit, the message. Nothing is lost, and nothing is said twice.
func TestWhereverItDiesAProposalArrivesOnce(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		it   string
		dies func(*circle)
	}{
		{"after the patient's commit", func(c *circle) {
			c.commit()
			c.again()
		}},
		{"before the note that it was carried", func(c *circle) {
			c.commit()
			_, err := c.Proposals.Carry(c.t.Context())
			c.must(err)
			c.forgetCarried()
			c.again()
		}},
		{"before that note, the other having taken it", func(c *circle) {
			c.commit()
			_, err := c.Proposals.Carry(c.t.Context())
			c.must(err)
			c.commit()
			c.forgetCarried()
			c.again()
		}},
		{"before that note, the message having gone out", func(c *circle) {
			c.rest()
			c.forgetCarried()
			c.again()
		}},
		{"and stays dead for longer than repeated events are known", func(c *circle) {
			c.rest()
			c.clock.Set(c.clock.Now().Add(30 * instant.Hour))
			c.hear("eva", "portal.visited")
			c.commit()
			c.forgetCarried()
			c.again()
		}},
		{"with the state lost, which is made anew", func(c *circle) {
			c.commit()
			c.must(c.Close())
			for _, f := range mustGlob(c.t, filepath.Join(c.dir, "data", "state.db*")) {
				c.must(os.Remove(f))
			}
			c.open()
		}},
	} {
		t.Run(c.it, func(t *testing.T) {
			t.Parallel()
			w := newCircle(t)
			w.hear("ana", "sharing.granted", "with", "feed:eva", "purpose", "treatment_support", "relation", "daughter")
			w.rest()
			w.hear("ana", "medication.dispensed")
			c.dies(w)
			w.rest()
			if sent := w.sent(); len(sent) != 1 {
				t.Errorf("it dies %s: %d messages went out: %q", c.it, len(sent), sent)
			}
			w.again()
			w.rest()
			if sent := w.sent(); len(sent) != 1 {
				t.Errorf("it dies %s and starts once more: %q", c.it, sent)
			}
		})
	}
}

// forgetCarried takes back the note of how far proposals were carried, as if it had not reached the disk.
func (c *circle) forgetCarried() {
	c.t.Helper()
	c.must(c.keepCarried(0))
}

func TestWhoWasErasedHoldsUpNobody(t *testing.T) {
	t.Parallel()
	c := newCircle(t)
	c.hear("tom", "person.registered", "kind", "caregiver", "email", "tom@families.example")
	c.hear("tom", "consent.granted", "purpose", "treatment_support")
	for _, with := range []string{"feed:tom", "feed:eva"} {
		c.hear("ana", "sharing.granted", "with", with, "purpose", "treatment_support", "relation", "child")
	}
	c.rest()
	c.hear("ana", "medication.dispensed")
	c.commit()
	c.must(c.Keys.Erase(c.who("tom")))
	c.rest()
	if sent := c.sent(); len(sent) != 1 || !strings.HasPrefix(sent[0], "eva@") {
		t.Errorf("there went out %q", sent)
	}
}
