package app

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

	"golang.org/x/tools/txtar"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/record"
	"attune/core/release"
	"attune/internal/delivery"
	"attune/internal/delivery/human"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/returns"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/sim"
	"attune/internal/store"
	"attune/internal/ticket"
)

// householdProgram speaks to patients by e-mail, text and call, and to those who care for them. Every text
// says what purpose it is for, and whom it is about, so that what the carriers took can be judged by
// reading it.
const householdProgram = `
-- program.yaml --
program: household
name: Care at home
languages: [en]
people: [patient, caregiver]
enroll: {on: clinical.condition_recorded}
-- policy.yaml --
sender: Green Lane
zone: Europe/London
contact_hours: {from: "08:00", to: "21:00"}
channel_hours: {call: {from: "09:00", to: "17:00"}}
caps: [{count: 3, within: 7d}]
purposes: {treatment_support: treatment, tips: marketing}
bundles: {email: {frame: bundle, most: 3}}
digest: {at: "18:00", on: [thu]}
capacity: {call: {team: nurses, per_day: 2}}
consent: {jurisdiction: GB}
-- map.yaml --
phases:
  - {id: care, name: Care, enter: {on: clinical.condition_recorded}}
-- engagements/pickup.yaml --
engagement: pickup
purpose: treatment_support
audience: patient
value: 5
expires: 2d
when: {on: medication.dispensed}
variants: [{id: plain, email: pickup}]
-- engagements/tip.yaml --
engagement: tip
purpose: tips
audience: patient
value: 2
expires: 9d
when: {on: medication.dispensed}
variants: [{id: plain, email: tip}]
-- engagements/weekly.yaml --
engagement: weekly
purpose: treatment_support
audience: patient
value: 1
expires: 9d
digest: true
when: {on: portal.visited}
variants: [{id: plain, email: weekly}]
-- engagements/missed.yaml --
engagement: missed
purpose: treatment_support
audience: patient
value: 7
expires: 1d
when: {on: appointment.noshow}
variants: [{id: plain, sms: missed}]
-- engagements/nurse.yaml --
engagement: nurse
purpose: treatment_support
audience: patient
value: 6
expires: 3d
when: {on: page.viewed}
variants: [{id: plain, call: nurse}]
-- engagements/late.yaml --
engagement: late
purpose: treatment_support
audience: caregiver
value: 5
expires: 2d
when: {on: medication.dispensed}
variants: [{id: plain, email: late}]
-- engagements/alarm.yaml --
engagement: alarm
purpose: treatment_support
audience: caregiver
value: 8
expires: 1d
when: {on: appointment.noshow}
variants: [{id: plain, sms: alarm}]
-- content/email/bundle.en.liquid --
Subject: Some things

{{ parts }}
-- content/email/pickup.en.liquid --
Subject: Your medicine

for=treatment_support.
-- content/email/tip.en.liquid --
Subject: A tip

for=tips.
-- content/email/weekly.en.liquid --
Subject: Your week

for=treatment_support.
-- content/sms/missed.en.liquid --
for=treatment_support. Green Lane. Reply STOP to get no more.
-- content/call/nurse.en.liquid --
for=treatment_support.
-- content/email/late.en.liquid --
Subject: A word

for=treatment_support. about={{ about | default: "nobody" }}.
-- content/sms/alarm.en.liquid --
for=treatment_support. about={{ about | default: "nobody" }}. Green Lane. Reply STOP to get no more.
`

const (
	households = 6 // patients, and as many who care for them
	nurseCalls = 2 // a day, as the policy says
	weeklyCap  = 3
)

func household(t testing.TB) *release.Release {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(householdProgram)).Files {
		path := filepath.Join(dir, f.Name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, f.Data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	rel, _ := mustLoad(t, dir)
	return rel
}

// street is a few households that live through crashes and faults, all drawn from one seed. What the
// carriers took stands in one ledger, and what people said in lists of words, each with its place in the
// order of everything that happened: a word has it when it was acknowledged.
type street struct {
	t     *testing.T
	g     *rand.Rand
	dir   string
	rel   *release.Release
	clock *sim.Clock
	node  *Node

	order, crashes, sent int
	crash                bool
	ledger               []entry
	reports              []late
	// words are by what they are about: an address, a person's purpose on a channel, a grant, a hold, a life.
	words map[string][]said
	feed  map[string]bool
	kinds map[string]int
	// twins are the patients who have a second record.
	twins map[int]bool
}

// entry is what a carrier took.
type entry struct {
	delivery.Message
	at    instant.Time
	order int
}

// said is a word about something: no from an order on, or yes again. Until ends a no by itself.
type said struct {
	no    bool
	order int
	until instant.Time
}

// late is a report that the carrier of texts gives when it pleases.
type late struct {
	due    instant.Time
	report returns.Report
}

// no tells whether a no stood when something happened.
func (s *street) no(about string, e *entry) bool {
	last := said{}
	for _, w := range s.words[about] {
		if w.order < e.order {
			last = w
		}
	}
	return last.no && (last.until == 0 || e.at < last.until)
}

func (s *street) say(about string, w said) {
	s.order++
	w.order = s.order
	s.words[about] = append(s.words[about], w)
}

// whim is a carrier of one channel. It takes, refuses, and leaves it open; over texts it reports later.
type whim struct {
	*street
	name string
	// inner is the real one, where there is one.
	inner delivery.Channel
}

func (c *whim) Can() delivery.Capabilities {
	if c.inner != nil {
		return c.inner.Can()
	}
	return delivery.Capabilities{Name: c.name}
}

// asked is one that can be asked what became of an attempt, and does not always answer.
type asked struct{ *whim }

// Find implements [delivery.Finder].
func (c *asked) Find(ctx context.Context, attempt id.Key) (delivery.Receipt, bool, error) {
	if c.g.IntN(6) == 0 {
		return delivery.Receipt{}, false, errors.New("it cannot tell now")
	}
	return c.inner.(delivery.Finder).Find(ctx, attempt)
}

func (c *whim) take(ctx context.Context, m delivery.Message) error {
	if c.inner != nil {
		if _, found, err := c.inner.(delivery.Finder).Find(ctx, m.Attempt); err != nil || found {
			return err // it takes each attempt once
		}
		if _, err := c.inner.Send(ctx, m); err != nil {
			return err
		}
	}
	c.order++
	c.ledger = append(c.ledger, entry{m, c.clock.Now(), c.order})
	return nil
}

func (c *whim) Send(ctx context.Context, m delivery.Message) (delivery.Receipt, error) {
	fault := errors.New("a fault")
	dice := c.g.Float64()
	if dice >= 0.10 && dice < 0.26 {
		switch {
		case dice < 0.15:
			c.report(m, returns.NeverTaken, "")
			return delivery.Receipt{}, delivery.Uncertain(fault)
		case dice < 0.23:
			return delivery.Receipt{}, delivery.RetryAfter(fault, time.Duration(c.g.IntN(7200))*time.Second)
		}
		return delivery.Receipt{}, delivery.Permanent(fault)
	}
	if err := c.take(ctx, m); err != nil {
		return delivery.Receipt{}, delivery.RetryAfter(err, time.Minute)
	}
	c.report(m, returns.Accepted, "")
	if c.g.IntN(25) == 0 {
		c.report(m, returns.Failed, []string{"30005", "21610"}[c.g.IntN(2)])
	} else {
		c.report(m, returns.Delivered, "")
	}
	switch {
	case dice < 0.07: // taken, and nobody hears of it
		return delivery.Receipt{}, delivery.Uncertain(fault)
	case dice < 0.10: // the process dies with the answer
		c.crash = true
	}
	return delivery.Receipt{}, nil
}

// report lets the carrier of texts say something of an attempt once, twice or never, sooner or later.
func (c *whim) report(m delivery.Message, what returns.What, code string) {
	if c.name != "sms" {
		return
	}
	r := returns.Report{Ticket: ticket.For(ticket.Callback, m.Person, m.Touch, m.Number), What: what, Permanent: code != "", Code: code}
	for range []int{0, 1, 1, 2}[c.g.IntN(4)] {
		c.reports = append(c.reports, late{c.clock.Now().Add(instant.Duration(c.g.IntN(600)) * instant.Minute), r})
	}
}

func newStreet(t *testing.T, seed uint64, rel *release.Release) *street {
	s := &street{
		t: t, g: rand.New(rand.NewPCG(seed, 78)), dir: filepath.Join(t.TempDir(), "data"), rel: rel, clock: sim.NewClock(crashBegin, nil),
		words: map[string][]said{}, feed: map[string]bool{}, kinds: map[string]int{}, twins: map[int]bool{},
	}
	s.open()
	for i := range households {
		for _, who := range []string{patient(i), caregiver(i)} {
			s.hear(who, "traits.updated", "first_name", who, "email", s.reached("email", who), "phone", s.reached("sms", who))
			if who == caregiver(i) {
				s.hear(who, "person.registered", "kind", "caregiver")
			} else {
				s.hear(who, "clinical.condition_recorded")
			}
			for _, channel := range []string{"email", "sms", "call"} {
				s.hear(who, "consent.granted", "purpose", "treatment_support", "channel", channel)
				s.hear(who, "consent.granted", "purpose", "tips", "channel", channel)
			}
		}
	}
	return s
}

func patient(i int) string   { return fmt.Sprintf("pat%d", i) }
func twin(i int) string      { return fmt.Sprintf("pat%db", i) }
func caregiver(i int) string { return fmt.Sprintf("care%d", i) }

// reached is somebody's address. In every other household both have the same one.
func (s *street) reached(channel, who string) string {
	i := who[len(who)-1] - '0'
	shared := i%2 == 0
	if channel == "email" {
		if shared {
			return fmt.Sprintf("home%d@families.example", i)
		}
		return who + "@families.example"
	}
	if !shared && strings.HasPrefix(who, "care") {
		return fmt.Sprintf("+4477009001%02d", i)
	}
	return fmt.Sprintf("+4477009000%02d", i)
}

func (s *street) open() {
	s.t.Helper()
	n, err := Open(context.Background(), Options{
		Data: s.dir, Organisation: "street", Release: s.rel, Now: s.clock.Now, Relaxed: true,
		Channels: []delivery.Channel{&whim{street: s, name: "email"}, &whim{street: s, name: "sms"}},
		Carrier: func(c delivery.Channel) delivery.Channel {
			if c.Can().Name == "call" {
				return &asked{&whim{street: s, name: "call", inner: c}}
			}
			return c
		},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.node = n
}

// die loses everything that was only in memory.
func (s *street) die() {
	s.crashes++
	s.crash = false
	s.must(s.node.Close())
	s.open()
}

func (s *street) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *street) hear(who, name string, fields ...string) {
	s.t.Helper()
	s.sent++
	e := event.Event{ID: fmt.Sprintf("feed/%d", s.sent), Name: name, OccurredAt: s.clock.Now(), ReceivedAt: s.clock.Now()}
	for i := 0; i < len(fields); i += 2 {
		e = e.With(fields[i], expr.TextOf(fields[i+1]))
	}
	if name == "sharing.granted" {
		e = e.With("name", expr.FlagOf(true))
	}
	a := []intake.Arrival{{Who: identity.Key{System: "feed", Value: who}, Event: e}}
	for range 1 + s.g.IntN(8)/7 { // sometimes the client does not hear the answer
		s.must(s.node.Intake.Take(context.Background(), intake.Source{Name: "feed"}, a))
	}
	s.feed[e.ID] = true
	s.kinds[name]++
}

func (s *street) who(name string) id.Person {
	s.t.Helper()
	p, found, err := s.node.Directory.Find(context.Background(), identity.Key{System: "feed", Value: name})
	s.must(err)
	if !found {
		s.t.Fatalf("nobody is known as %s", name)
	}
	return p
}

func (s *street) live(days int) {
	end := s.clock.Now().Add(instant.Duration(days) * instant.Day)
	for now := s.clock.Now(); now < end; now = now.Add(instant.Hour) {
		s.clock.Set(now)
		for range s.g.IntN(4) {
			s.something()
		}
		s.reported()
		s.nurses()
		s.must(s.node.Returns.Resume(context.Background()))
		s.settle()
	}
}

// something happens to somebody, or is said by them.
func (s *street) something() {
	ctx, i := context.Background(), s.g.IntN(households)
	who, other := patient(i), caregiver(s.g.IntN(households))
	anybody := []string{who, other}[s.g.IntN(2)]
	id := s.who(anybody).String()
	switch dice := s.g.IntN(1000); {
	case dice < 250:
		s.hear(who, "medication.dispensed")
	case dice < 400:
		s.hear(who, "portal.visited")
	case dice < 550:
		s.hear(who, "appointment.noshow")
	case dice < 660:
		s.hear(who, "page.viewed")
	case dice < 685: // somebody has a second record, and this and that is heard under it
		s.hear(twin(i), []string{"clinical.condition_recorded", "medication.dispensed", "appointment.noshow", "page.viewed"}[s.g.IntN(4)])
		s.twins[i] = true
	case dice < 693:
		s.twinned(i, false)
	case dice < 700:
		s.twinned(i, true)
	case dice < 800:
		s.hear(who, "sharing.granted", "with", "feed:"+other, "purpose", "treatment_support", "relation", "child")
		s.say("grant "+who+" "+other, said{})
	case dice < 880:
		s.hear(who, "sharing.withdrawn", "with", "feed:"+other)
		s.settle() // it takes effect when it has come to the other, and not before
		s.say("grant "+who+" "+other, said{no: true})
	case dice < 890:
		address := s.reached("sms", anybody)
		s.word(address, returns.Stop)
		s.say("sms "+address, said{no: true})
	case dice < 900:
		if address := s.reached("sms", anybody); s.mayStart(address) {
			s.word(address, returns.Start)
			s.say("sms "+address, said{})
		}
	case dice < 915:
		s.unsubscribe()
	case dice < 930:
		s.must(s.node.leaveAlone(ctx, HoldWord{Person: id, Hold: "mourning", By: "kim"}))
		s.say("hold "+anybody, said{no: true})
	case dice < 950:
		s.must(s.node.leaveAlone(ctx, HoldWord{Person: id, Hold: "mourning", Lift: true, By: "kim"}))
		s.say("hold "+anybody, said{})
	case dice < 965:
		until := s.clock.Now().Add(instant.Duration(1+s.g.IntN(96)) * instant.Hour)
		s.must(s.node.leaveAlone(ctx, HoldWord{Person: id, Hold: "away", Until: until, By: "kim"}))
		s.say("away "+anybody, said{no: true, until: until})
	case dice < 980: // more calls at once than the nurses can make in a day
		for i := range households {
			s.hear(patient(i), "page.viewed")
		}
	case dice < 981:
		s.hear(who, "patient.deceased")
		s.settle()
		s.say("life "+who, said{no: true})
	}
}

// twinned makes one of somebody's two records, or two again.
func (s *street) twinned(i int, apart bool) {
	if !s.twins[i] {
		return
	}
	home, _, err := s.node.Directory.Home(context.Background(), identity.Key{System: "feed", Value: twin(i)})
	s.must(err)
	if one := s.node.Runner.Forward(home) != home; one != apart {
		return
	}
	s.must(s.node.merge(context.Background(), MergeWord{Person: s.who(patient(i)).String(), Of: home.String(), Apart: apart, By: "kim"}))
	s.settle()
	s.kinds[fmt.Sprintf("merged, apart %v", apart)]++
}

func (s *street) word(from string, v returns.Verdict) {
	w := returns.Word{Channel: "sms", From: from, To: ourNumber, Text: v.String(), ID: fmt.Sprintf("word-%d", s.order), At: s.clock.Now().Std(), Verdict: v}
	for range 1 + s.g.IntN(2) {
		_, err := s.node.Returns.Receive(context.Background(), w)
		s.must(err)
	}
	s.kinds[v.String()]++
}

// mayStart tells whether nothing but stops stands against an address.
func (s *street) mayStart(address string) bool { return len(s.words["dead "+address]) == 0 }

// unsubscribe follows the link of some letter that somebody has.
func (s *street) unsubscribe() {
	var letters []*entry
	for i := range s.ledger {
		if s.ledger[i].Channel == "email" {
			letters = append(letters, &s.ledger[i])
		}
	}
	if len(letters) == 0 {
		return
	}
	e := letters[s.g.IntN(len(letters))]
	s.must(leaving{s.node}.Unsubscribe(context.Background(), ticket.For(ticket.Unsubscribe, e.Person, e.Touch, e.Number)))
	for _, purpose := range marked(e.Body, "for") {
		s.say("email "+purpose+" "+e.Person.String(), said{no: true})
	}
	s.kinds["unsubscribed"]++
}

// marked are the values that a text marks: for=tips.
func marked(body, mark string) (out []string) {
	for _, word := range strings.Fields(body) {
		if v, is := strings.CutPrefix(word, mark+"="); is {
			out = append(out, strings.TrimSuffix(v, "."))
		}
	}
	return out
}

// reported gives the reports whose time has come, in any order.
func (s *street) reported() {
	s.g.Shuffle(len(s.reports), func(i, j int) { s.reports[i], s.reports[j] = s.reports[j], s.reports[i] })
	var later []late
	for _, r := range s.reports {
		if r.due > s.clock.Now() {
			later = append(later, r)
			continue
		}
		s.must(s.node.Returns.Take(context.Background(), r.report))
		s.kinds[r.report.What.String()]++
		if r.report.Code == "" {
			continue
		}
		for _, e := range s.ledger {
			if r.report.Ticket.Of(e.Touch) {
				s.say("sms "+e.To, said{no: true})
				s.say("dead "+e.To, said{no: true})
			}
		}
	}
	s.reports = later
}

// nurses do some of what they have.
func (s *street) nurses() {
	if s.g.IntN(6) > 0 {
		return
	}
	items, err := s.node.Work.List(context.Background())
	s.must(err)
	for _, item := range items {
		r := human.Result{Outcome: []string{human.Reached, human.NoAnswer, human.Refused}[s.g.IntN(3)], By: "kim"}
		_, err := s.node.Work.Done(context.Background(), item.ID, r)
		s.must(err)
		s.kinds["calls done"]++
	}
}

// settle is what sim.Drive does, with deaths of the process in between.
func (s *street) settle() {
	ctx, now := context.Background(), s.clock.Now()
	for {
		if s.crash || s.g.IntN(300) == 0 {
			s.die()
		}
		progress, err := s.node.Runner.Tick(ctx, now)
		s.must(err)
		made := s.node.Delivery.Tick(now)
		for _, hand := range made {
			if s.crash {
				break
			}
			hand(ctx)
		}
		if s.crash {
			continue
		}
		carried := 0
		if s.g.IntN(3) > 0 { // what is said to others is under way for a while
			carried, err = s.node.Proposals.Carry(ctx)
			s.must(err)
		} else {
			carried = 1
		}
		if carried == 0 && !progress.More && len(made) == 0 && s.node.Delivery.Idle() && !s.node.Runner.Waiting() && s.node.Delivery.NextDue() > now {
			return
		}
	}
}

func TestFaultsInHouseholdsBreakNoPromise(t *testing.T) {
	rel := household(t)
	first, count := seeds(t, 2)
	for seed := first; seed < first+count; seed++ {
		t.Run(fmt.Sprintf("seed_%d", seed), func(t *testing.T) {
			t.Parallel()
			s := newStreet(t, seed, rel)
			s.live(30)
			for range 14 {
				s.clock.Set(s.clock.Now().Add(instant.Day))
				s.reported()
				s.settle()
			}
			s.check()
			taken := map[string]int{}
			for _, e := range s.ledger {
				taken[e.Channel]++
				if n := len(marked(e.Body, "for")); n > 1 {
					taken["bundles"]++
				}
				if len(marked(e.Body, "about")) > 0 {
					taken["about others"]++
				}
			}
			t.Logf("%d events, taken %v, %d crashes, %v", len(s.feed), taken, s.crashes, s.kinds)
		})
	}
}

// check holds what the carriers took to what was said.
func (s *street) check() {
	names := map[id.Person]string{}
	for i := range households {
		for _, name := range []string{patient(i), caregiver(i)} {
			names[s.who(name)] = name
		}
	}
	once, calls := map[id.Key]bool{}, map[string]int{}
	times := map[id.Person][]instant.Time{}
	london := mustLocation(s.t, "Europe/London")
	for i := range s.ledger {
		e := &s.ledger[i]
		name := names[e.Person]
		if once[e.Touch] {
			s.t.Errorf("touch %s was handed over twice", e.Touch)
		}
		once[e.Touch] = true
		for _, about := range []string{e.Channel + " " + e.To, "hold " + name, "away " + name, "life " + name} {
			if s.no(about, e) {
				s.t.Errorf("%s was written to by %s against %q", name, e.Channel, about)
			}
		}
		for _, purpose := range marked(e.Body, "for") {
			if s.no(e.Channel+" "+purpose+" "+e.Person.String(), e) {
				s.t.Errorf("%s got something for %s after they had unsubscribed from it", name, purpose)
			}
		}
		for _, about := range marked(e.Body, "about") {
			granted := slices.ContainsFunc(s.words["grant "+about+" "+name], func(w said) bool { return !w.no && w.order < e.order })
			if !granted || s.no("grant "+about+" "+name, e) || s.no("life "+about, e) {
				s.t.Errorf("%s was told about %s, who did not let them", name, about)
			}
		}
		local := e.at.Std().In(london)
		if hour := local.Hour(); hour < 8 || hour >= 21 || e.Channel == "call" && (hour < 9 || hour >= 17) {
			s.t.Errorf("%s was reached by %s at %d o'clock", name, e.Channel, hour)
		}
		if e.Channel == "call" {
			calls[local.Format(time.DateOnly)]++
		}
		times[e.Person] = append(times[e.Person], e.at)
	}
	for day, n := range calls {
		if n > nurseCalls {
			s.t.Errorf("the nurses got %d calls on %s", n, day)
		}
	}
	for who, at := range times {
		for i := weeklyCap; i < len(at); i++ {
			if at[i].Sub(at[i-weeklyCap]) < 7*instant.Day {
				s.t.Errorf("%s was contacted %d times within a week", names[who], weeklyCap+1)
			}
		}
	}
	s.checkCarried()
	s.checkSums()
	s.checkRebuilt()
}

// checkCarried asks that everything people's steps say to each other was taken exactly once.
func (s *street) checkCarried() {
	said, taken := map[string]bool{}, map[string]int{}
	s.must(s.node.History.Frames(context.Background(), 0, func(f store.Frame) error {
		for _, e := range f.Entries {
			plain, err := s.node.Keys.Open(e.Person, seal.Frame, seal.FrameName(f.Number), e.Body)
			if err != nil {
				return err
			}
			rec, err := record.Decode(plain)
			if err != nil {
				return err
			}
			ignored := false
			for _, x := range rec.Effects {
				switch x := x.(type) {
				case effect.Propose:
					said["engagement.proposed "+event.Own+"/"+x.ID.String()] = true
				case effect.Recall:
					said["engagement.recalled "+event.Own+"/"+x.ID.String()] = true
				case effect.Ignore:
					ignored = true
				}
			}
			if heard, is := rec.What.(engine.Heard); is && !ignored && strings.HasPrefix(heard.Event.Name, "engagement.") {
				taken[heard.Event.Name+" "+heard.Event.ID]++
			}
		}
		return nil
	}))
	for what := range said {
		if taken[what] != 1 {
			s.t.Errorf("%s was taken %d times", what, taken[what])
		}
	}
	if len(taken) != len(said) || len(said) == 0 {
		s.t.Errorf("%d things were said to others and %d taken", len(said), len(taken))
	}
}

// checkSums asks that every acknowledged event was taken once and every touch came to an end.
func (s *street) checkSums() {
	tallies, err := s.node.People.Tallies(context.Background(), "")
	s.must(err)
	var events, decided, ended int64
	for _, x := range tallies {
		switch part := strings.Split(x.Key, "/"); part[0] {
		case "events":
			if part[1] == "feed" {
				events += x.Add
			}
		case "decided":
			decided += x.Add
		case "ended":
			ended += x.Add
		case "touch":
			if last := part[len(part)-1]; last == "handed_over" || last == "ended" {
				ended += x.Add
			}
		}
	}
	if int(events) != len(s.feed) {
		s.t.Errorf("%d events were acknowledged and %d taken", len(s.feed), events)
	}
	if decided != ended || decided == 0 {
		s.t.Errorf("%d touches were decided and %d came to an end", decided, ended)
	}
	s.must(s.node.People.Each(context.Background(), func(r store.Row) error {
		p, _, err := runner.ReadPerson(context.Background(), s.node.People, s.node.Keys, r.Person)
		for _, touch := range p.Touches {
			if touch.State != person.HandedOver && touch.State != person.Ended {
				s.t.Errorf("a touch by %s is still %s: %s", touch.Channel, touch.State, touch.Why)
			}
		}
		return err
	}))
}

// checkRebuilt asks that the state is what the history says, byte for byte.
func (s *street) checkRebuilt() {
	was := image(s.t, s.node.People)
	s.must(s.node.Close())
	for _, f := range mustGlob(s.t, filepath.Join(s.dir, "state.db*")) {
		s.must(os.Remove(f))
	}
	s.open()
	defer s.node.Close()
	if is := image(s.t, s.node.People); !bytes.Equal(was, is) {
		s.t.Error("the state is not what the history says")
	}
}
