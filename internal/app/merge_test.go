package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/intake"
	"attune/internal/intake/identity"
)

// state is somebody's, by what they are called.
func (c *circle) state(name string) *person.Person {
	c.t.Helper()
	p, found, err := c.Runner.Person(c.t.Context(), c.who(name))
	c.must(err)
	if !found {
		c.t.Fatalf("%s has no state", name)
	}
	return &p
}

// home is whose an identifier was at first.
func (c *circle) home(name string) id.Person {
	c.t.Helper()
	p, found, err := c.Directory.Home(c.t.Context(), identity.Key{System: "feed", Value: name})
	c.must(err)
	if !found {
		c.t.Fatalf("nobody is called %s", name)
	}
	return p
}

// Somebody who is known twice becomes one person, through kills and a rebuild, and two again where it was a mistake.
func TestTwoRecordsBecomeOneAndTwoAgain(t *testing.T) {
	t.Parallel()
	c := newCircle(t)
	c.hear("ana", "patient.updated", "phone", "+12025550143")
	c.hear("anita", "patient.created", "last_name", "Quispe")
	c.hear("anita", "medication.dispensed", "code", "860975")
	c.hear("anita", "consent.withdrawn", "purpose", "treatment_support", "channel", "sms")
	c.hear("ana", "consent.granted", "purpose", "treatment_support", "channel", "sms")
	c.rest()
	ana, anita := c.who("ana"), c.who("anita")
	before := c.state("anita")

	word := MergeWord{Person: ana.String(), Of: anita.String(), By: "nurse Kim", Note: "Same passport"}
	c.must(c.merge(t.Context(), word))
	c.hear("anita", "patient.updated", "city", "Albany") // accepted before the merge is taken
	c.rest()
	c.hear("anita", "patient.updated", "street", "12 Green Lane")
	c.rest()
	check := func() {
		t.Helper()
		p := c.state("anita")
		if p.ID != ana || c.who("anita") != ana || c.home("anita") != anita {
			t.Fatalf("anita is %s, ana %s", p.ID, ana)
		}
		for name, want := range map[string]string{"first_name": "Ana", "last_name": "Quispe", "phone": "+12025550143", "city": "Albany", "street": "12 Green Lane"} {
			if got := p.Trait(name).Text; got != want {
				t.Errorf("%s is %q, want %q", name, got, want)
			}
		}
		if no := p.Consents[len(p.Consents)-1]; no.Channel != "sms" || no.Answer.String() != "withdrawn" {
			t.Errorf("the no of one record is overruled by the other's yes: %+v", p.Consents)
		}
	}
	check()
	if err := c.merge(t.Context(), word); err == nil || !strings.Contains(err.Error(), "already") {
		t.Errorf("merged twice: %v", err)
	}
	if err := c.merge(t.Context(), MergeWord{Person: c.who("eva").String(), Of: ana.String(), By: "nurse Kim"}); err == nil || !strings.Contains(err.Error(), "one is a caregiver") {
		t.Errorf("a patient becomes a caregiver: %v", err)
	}
	c.again()
	check()
	was := image(t, c.People)
	c.must(c.Close())
	for _, f := range []string{"state.db", "state.db-wal", "state.db-shm"} {
		if err := os.Remove(filepath.Join(c.dir, "data", f)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	c.open()
	if !bytes.Equal(was, image(t, c.People)) {
		t.Fatal("rebuilt from the history, the state is another")
	}
	check()

	c.clock.Set(c.clock.Now().Add(instant.Hour))
	c.must(c.merge(t.Context(), MergeWord{Person: anita.String(), Of: anita.String(), Apart: true, By: "nurse Kim"}))
	c.rest()
	c.hear("anita", "patient.updated", "city", "Troy")
	c.rest()
	p, q := c.state("ana"), c.state("anita")
	if p.ID != ana || q.ID != anita {
		t.Fatalf("ana is %s and anita %s", p.ID, q.ID)
	}
	if p.Trait("last_name").Text != "" || q.Trait("first_name").Text != "" || q.Trait("last_name").Text != "Quispe" || q.Trait("city").Text != "Troy" {
		t.Errorf("they know things of each other: %+v, %+v", p.Traits, q.Traits)
	}
	if p.Trait("city").Text != "Albany" {
		t.Error("what was heard in between did not stay")
	}
	if len(q.Consents) != len(before.Consents) || len(q.Rules) != len(before.Rules) {
		t.Errorf("anita is not as she was: %+v", q)
	}
	if err := c.merge(t.Context(), MergeWord{Person: anita.String(), Of: anita.String(), Apart: true, By: "nurse Kim"}); err == nil || !strings.Contains(err.Error(), "part of no other record") {
		t.Errorf("parted twice: %v", err)
	}
}

// Who runs a system of identifiers may say that two of its own are one person's, and take it back; in any order, twice,
// in chains and in circles.
func TestASourceMergesItsOwnNumbers(t *testing.T) {
	t.Parallel()
	c := newCircle(t)
	c.hear("a", "patient.merged", "from", "feed:a", "to", "feed:b") // b is not known yet
	c.rest()
	c.hear("b", "patient.created", "first_name", "Bo")
	c.hear("c", "patient.created", "last_name", "Roe")
	c.hear("b", "patient.merged", "from", "feed:b", "to", "feed:c")
	c.hear("c", "patient.merged", "from", "feed:c", "to", "feed:a") // a circle
	c.hear("a", "patient.merged", "from", "feed:a", "to", "feed:b") // once more
	c.rest()
	who := c.who("c")
	if c.who("a") != who || c.who("b") != who {
		t.Fatalf("a is %s, b %s and c %s", c.who("a"), c.who("b"), who)
	}
	if p := c.state("a"); p.Trait("first_name").Text != "Bo" || p.Trait("last_name").Text != "Roe" || len(p.Merged) != 1 {
		t.Errorf("%+v", p)
	}
	c.hear("ana", "patient.merged", "from", "feed:ana", "to", "other:ana")
	c.rest()
	if p := c.state("ana"); !p.Into.IsZero() || len(p.Merged) > 0 {
		t.Error("a source says whose another system's identifier is")
	}
	c.hear("eve", "patient.created", "first_name", "Eve")
	c.hear("eve", "patient.merged", "from", "feed:eve", "to", "feed:ana")
	back := "feed/" + strings.Repeat("i", c.heard)
	c.rest()
	if c.who("eve") != c.who("ana") {
		t.Fatal("eve is not ana")
	}
	c.hear("eve", "record.retracted", "revokes", back)
	c.rest()
	if c.who("eve") == c.who("ana") || c.state("eve").Trait("first_name").Text != "Eve" || c.state("ana").Trait("first_name").Text != "Ana" {
		t.Error("what was taken back stands")
	}
}

// What somebody did before they said who they are is theirs once they say it; and nobody else's is.
func TestWhoSaysWhoTheyAreIsKnown(t *testing.T) {
	t.Parallel()
	c := newCircle(t)
	c.anonymously("browser-1", "portal.visited")
	c.anonymously("browser-2", "portal.visited")
	c.alias("browser-1", "ana")
	c.rest()
	anonymous := func(name string) id.Person {
		p, _, err := c.Directory.Find(t.Context(), identity.Key{System: "feed:anonymous", Value: name})
		c.must(err)
		return p
	}
	if anonymous("browser-1") != c.who("ana") || anonymous("browser-2") == c.who("ana") {
		t.Fatal("the one is not ana, or the other is")
	}
	if p := c.state("ana"); len(p.Merged) != 1 {
		t.Errorf("%+v", p.Merged)
	}
	// Somebody else signs in on that browser: it stays Ana's, whom somebody knows.
	c.alias("browser-1", "eva")
	c.rest()
	if anonymous("browser-1") != c.who("ana") || c.who("eva") == c.who("ana") {
		t.Error("eva and ana are one")
	}
}

// An app that sends both identifiers says by it that the device is the person's, as an alias does.
func TestADeviceIsWhoseSignsInFirst(t *testing.T) {
	t.Parallel()
	c := newCircle(t)
	device := func(name string) id.Person {
		p, _, err := c.Directory.Find(t.Context(), identity.Key{System: "feed:anonymous", Value: name})
		c.must(err)
		return p
	}
	c.anonymously("browser-1", "portal.visited")
	c.anonymously("browser-2", "portal.visited")
	c.rest()
	anonymous := device("browser-1")
	for range 3 { // as with every event from then on
		c.on("browser-1", "ana", "portal.visited")
	}
	c.rest()
	if device("browser-1") != c.who("ana") || device("browser-2") == c.who("ana") {
		t.Fatal("the one is not ana's, or the other is")
	}
	if p := c.state("ana"); len(p.Merged) != 1 {
		t.Errorf("%+v", p.Merged)
	}
	c.on("browser-3", "ana", "portal.visited") // of which nothing was heard before
	c.rest()
	if p := c.state("ana"); device("browser-3") != c.who("ana") || len(p.Merged) != 1 {
		t.Errorf("%+v", p.Merged)
	}
	// Somebody else signs in on Ana's device: neither they nor the device change hands.
	c.on("browser-1", "eva", "portal.visited")
	c.on("browser-3", "eva", "portal.visited")
	c.rest()
	if device("browser-1") != c.who("ana") || device("browser-3") != c.who("ana") || c.who("eva") == c.who("ana") {
		t.Error("eva and ana are one, or a device is another's")
	}
	if p := c.state("eva"); len(p.Merged) != 0 {
		t.Errorf("%+v", p.Merged)
	}
	// It was a mistake: what the app says all the time does not undo a human's word.
	c.must(c.merge(t.Context(), MergeWord{Person: c.who("ana").String(), Of: anonymous.String(), Apart: true, By: "nurse Kim"}))
	c.rest()
	c.clock.Set(c.clock.Now().Add(2 * instant.Day)) // when no repeated event is recognised any more
	c.on("browser-1", "ana", "portal.visited")
	c.rest()
	if device("browser-1") != anonymous || c.who("ana") == anonymous {
		t.Error("what was parted is one again")
	}
}

// on is an event of somebody who is signed in on a device.
func (c *circle) on(browser, who, name string) {
	c.t.Helper()
	c.taken(intake.Arrival{Who: identity.Key{System: "feed", Value: who}, Same: identity.Key{System: "feed:anonymous", Value: browser}, Event: c.event(name)})
}

func (c *circle) anonymously(browser, name string) {
	c.t.Helper()
	c.taken(intake.Arrival{Who: identity.Key{System: "feed:anonymous", Value: browser}, Event: c.event(name)})
}

func (c *circle) alias(browser, who string) {
	c.t.Helper()
	e := c.event("identity.linked").With("previous", expr.TextOf(browser))
	c.taken(intake.Arrival{Who: identity.Key{System: "feed", Value: who}, Same: identity.Key{System: "feed:anonymous", Value: browser}, Event: e})
}

func (c *circle) taken(a intake.Arrival) {
	c.t.Helper()
	c.must(c.Intake.Take(c.t.Context(), intake.Source{Name: "feed"}, []intake.Arrival{a}))
}
