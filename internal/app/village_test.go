package app

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/release"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/runner"
	"attune/internal/sim"
	"attune/internal/why"
)

// villageProgram has two things to say to who looks into the portal, over e-mail and text, in one message where both go
// at once. One of the two wordings of the first moves nobody.
const villageProgram = `
-- program.yaml --
program: town
name: A town
languages: [en]
enroll: {on: clinical.condition_recorded}
-- policy.yaml --
sender: Green Lane
zone: Europe/London
contact_hours: {from: "08:00", to: "21:00"}
caps: [{count: 4, within: 7d}]
spacing: 4h
one_channel_a_day: true
bundles: {email: {frame: bundle, most: 3}, sms: {frame: bundle, most: 3}}
consent: {jurisdiction: GB}
learning: {explore: 0.1, least: 0.5, times: ["18:00"]}
-- map.yaml --
phases:
  - {id: care, name: Care, enter: {on: clinical.condition_recorded}}
-- outcomes.yaml --
outcomes:
  fetched: {name: The medicine is fetched, is: {on: medication.dispensed}, within: 3d, value: 10}
-- engagements/refill.yaml --
engagement: refill
purpose: treatment_support
audience: patient
value: 9
outcome: fetched
expires: 2d
when: {on: portal.visited}
variants:
  - {id: warm, strategy: self_efficacy, email: refill, sms: refill}
  - {id: cold, strategy: reminder, email: refill, sms: refill}
-- engagements/feet.yaml --
engagement: feet
purpose: treatment_support
audience: patient
value: 6
outcome: fetched
expires: 2d
when: {on: portal.visited}
variants: [{id: plain, email: feet, sms: feet}]
-- content/email/refill.en.liquid --
Subject: A word

Your next supply may be due.
-- content/sms/refill.en.liquid --
Your next supply may be due. Green Lane. Reply STOP to get no more.
-- content/email/feet.en.liquid --
Subject: A word

Look at your feet today.
-- content/sms/feet.en.liquid --
Look at your feet today. Green Lane. Reply STOP to get no more.
-- content/email/bundle.en.liquid --
Subject: Some words

{{ parts }}
-- content/sms/bundle.en.liquid --
{{ parts }}
`

// villagers is how many live there; a third each has a mailbox, a telephone, and both.
const villagers = 360

// village is people who look into the portal on every seventh day. Of those who are told in warm words eight of ten fetch
// their medicine the day after, of all others one of ten.
type village struct {
	t     *testing.T
	dir   string
	rel   *release.Release
	clock *sim.Clock
	node  *Node
	visit int
	sent  []sentTo
}

// sentTo is a message and whose it is.
type sentTo struct {
	who id.Person
	effect.Send
}

// says tells whether a wording is in the message.
func (s *sentTo) says(variant string) bool {
	return s.Variant == variant || slices.ContainsFunc(s.Parts, func(p effect.Part) bool { return p.Variant == variant })
}

func villageRelease(t *testing.T, compare string) *release.Release {
	t.Helper()
	dir := t.TempDir()
	for _, f := range txtar.Parse([]byte(strings.Replace(villageProgram, `times: ["18:00"]`, `times: ["18:00"]`+compare, 1))).Files {
		path := filepath.Join(dir, f.Name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, f.Data, 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	rel, _ := mustLoad(t, dir)
	return rel
}

func newVillage(t *testing.T) *village {
	t.Helper()
	w := &village{t: t, dir: filepath.Join(t.TempDir(), "data"), rel: villageRelease(t, ""), clock: sim.NewClock(crashBegin, nil)}
	w.open()
	t.Cleanup(func() { _ = w.node.Close() })
	var all []intake.Arrival
	for i := range villagers {
		traits := event.Event{Name: "traits.updated"}
		if i%3 != 0 {
			traits = traits.With("email", expr.TextOf(fmt.Sprintf("p%d@patients.example", i)))
		}
		if i%3 != 1 {
			traits = traits.With("phone", expr.TextOf(fmt.Sprintf("+44770090%04d", i)))
		}
		all = append(all, w.says(i, traits), w.says(i, event.Event{Name: "consent.granted"}.With("purpose", expr.TextOf("treatment_support"))), w.says(i, event.Event{Name: "clinical.condition_recorded"}))
	}
	w.hear(all)
	return w
}

func (w *village) open() {
	w.t.Helper()
	var err error
	w.node, err = Open(w.t.Context(), Options{Data: w.dir, Organisation: "town", Release: w.rel, Now: w.clock.Now, Relaxed: true, Watch: func(c runner.Change) {
		for _, e := range c.Effects {
			if s, is := e.(effect.Send); is {
				w.sent = append(w.sent, sentTo{c.Person, s})
			}
		}
	}})
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *village) says(i int, e event.Event) intake.Arrival {
	w.visit++
	e.ID, e.Source, e.OccurredAt, e.ReceivedAt = fmt.Sprintf("feed/%d", w.visit), "feed", w.clock.Now(), w.clock.Now()
	return intake.Arrival{Who: identity.Key{System: "feed", Value: fmt.Sprintf("p%d", i)}, Event: e}
}

func (w *village) hear(all []intake.Arrival) {
	w.t.Helper()
	if err := w.node.Intake.Take(w.t.Context(), intake.Source{Name: "feed"}, all); err != nil {
		w.t.Fatal(err)
	}
	if err := (sim.Drive{Runner: w.node.Runner, Delivery: w.node.Delivery}).Settle(w.t.Context(), w.clock.Now()); err != nil {
		w.t.Fatal(err)
	}
}

// week is one in which everybody looks into the portal; the answer is what went out.
func (w *village) week() []sentTo {
	w.t.Helper()
	w.sent = nil
	begin := w.clock.Now()
	var visits []intake.Arrival
	for i := range villagers {
		visits = append(visits, w.says(i, event.Event{Name: "portal.visited"}))
	}
	w.hear(visits)
	w.clock.Set(begin.Add(8 * instant.Hour)) // what was moved to the evening has gone by then
	w.hear(nil)
	warm := map[id.Person]bool{}
	for i := range w.sent {
		if s := &w.sent[i]; s.says("warm") {
			warm[s.who] = true
		}
	}
	w.clock.Set(begin.Add(instant.Day))
	var fetched []intake.Arrival
	for i := range villagers {
		who := w.who(i)
		chance := .1
		if warm[who] {
			chance = .8
		}
		if id.Draw(id.Seed{9}, "fetches", uint64(i), uint64(begin)) < chance {
			fetched = append(fetched, w.says(i, event.Event{Name: "medication.dispensed"}))
		}
	}
	w.hear(fetched)
	w.clock.Set(begin.Add(7 * instant.Day))
	w.hear(nil)
	return w.sent
}

func (w *village) who(i int) id.Person {
	w.t.Helper()
	who, found, err := w.node.Directory.Find(w.t.Context(), identity.Key{System: "feed", Value: fmt.Sprintf("p%d", i)})
	if err != nil || !found {
		w.t.Fatal(i, found, err)
	}
	return who
}

func (w *village) learn() Night {
	w.t.Helper()
	night, err := w.node.Learn(w.t.Context())
	if err != nil || night.Made.ID == "" {
		w.t.Fatal(night.Says, err)
	}
	return night
}

// rounds are those since an instant that were left to chance.
func (w *village) rounds(since instant.Time) (out []effect.Weighing) {
	w.t.Helper()
	roundsOf(w.t, w.node, func(d *effect.Decide, r *effect.Weighing) {
		if d.At >= since && len(r.Base) > 0 {
			out = append(out, *r)
		}
	})
	return out
}

// told is what attune why says of somebody's newest decision that fits, and that their life replays to the same bytes.
func (w *village) told(fits func(*why.Decision) bool) string {
	w.t.Helper()
	i, err := Inspect(w.t.Context(), w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	defer i.Close()
	for n := range villagers {
		who := w.who(n)
		all, err := i.Why(w.t.Context(), who, w.clock.Now(), 1, "")
		if err != nil {
			w.t.Fatal(err)
		}
		for k := range all {
			if !fits(&all[k]) {
				continue
			}
			if _, err := i.Replay(w.t.Context(), who); err != nil {
				w.t.Error(err)
			}
			return all[k].Text(why.Clinician, "Ana")
		}
	}
	w.t.Fatal("nobody's newest decision is such")
	return ""
}

func byPolicy(policy string) func(*why.Decision) bool {
	return func(d *why.Decision) bool { return len(d.Rounds) > 0 && d.Rounds[0].Policy == policy }
}

// What a program learns is seen where it is used: from the first week to a model that fails, and one that is pinned.
func TestAVillageThatLearns(t *testing.T) {
	if testing.Short() {
		t.Skip("lives through weeks")
	}
	t.Parallel()
	w := newVillage(t)
	for _, part := range []struct {
		name string
		do   func(*testing.T, *village)
	}{
		{"two things are one message, and one channel speaks a day", oneMessage},
		{"what moves nobody is retired by a night, told, and not said any more", retiredByANight},
		{"while nothing can be learned decisions fall back, and say so, until it can", fallsBack},
		{"a model that is pinned decides for its part of people, and only one that is there", pinnedDecides},
	} {
		t.Run(part.name, func(t *testing.T) { w.t = t; part.do(t, w) }) //nolint:paralleltest // they go on where the one before ended
	}
}

func oneMessage(t *testing.T, w *village) {
	channels, bundles := map[string]int{}, 0
	for range 2 {
		begin, spoke := w.clock.Now(), map[id.Person]string{}
		for _, s := range w.week() {
			if was := spoke[s.who]; was != "" && was != s.Channel && s.At < begin.Add(12*instant.Hour) {
				t.Errorf("%s heard something by %s and by %s on one day", s.who, was, s.Channel)
			}
			spoke[s.who] = s.Channel
			channels[s.Channel]++
			bundles += len(s.Parts)
		}
	}
	if channels["email"] < 50 || channels["sms"] < 50 || bundles < 20 {
		t.Errorf("went out %v, with %d in the message of another", channels, bundles)
	}
	both := w.told(func(d *why.Decision) bool {
		return len(d.Rounds) > 1 && d.Rounds[0].Drawn >= 0 && d.Rounds[1].Drawn >= 0
	})
	if !strings.Contains(both, "Decided to say ") || !strings.Contains(both, "Decided also to say ") || strings.Count(both, "The chance of that was") != 2 {
		t.Errorf("of two things in one message it says\n%s", both)
	}
}

const coldName = "town/refill/cold"

func retiredByANight(t *testing.T, w *village) {
	night := w.learn()
	if len(night.Made.Retired) != 1 || night.Made.Retired[0].Variant != coldName {
		t.Fatalf("retired %+v", night.Made.Retired)
	}
	since := w.clock.Now()
	for _, s := range w.week() {
		if s.says("cold") {
			t.Error("what was retired was said")
		}
	}
	named := 0
	for _, r := range w.rounds(since) {
		if slices.Contains(r.Retired, coldName) {
			named++
		}
		for i := range r.Options {
			if r.Options[i].Variant == "cold" {
				t.Error("what was retired was weighed")
			}
		}
	}
	if named == 0 {
		t.Error("no decision names what it left out")
	}
	says := w.told(func(d *why.Decision) bool { return len(d.Rounds) > 0 && len(d.Rounds[0].Retired) > 0 })
	if !strings.Contains(says, "Left out, since other words for the same were shown to do better: "+coldName) {
		t.Errorf("why says\n%s", says)
	}
	i, err := Inspect(t.Context(), w.dir)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	report, err := i.LearningReport(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var page, text bytes.Buffer
	if err := errors.Join(report.WriteHTML(&page), report.WriteText(&text)); err != nil {
		t.Fatal(err)
	}
	for where, b := range map[string]string{"the page": page.String(), "the terminal": text.String()} {
		if !strings.Contains(b, coldName+" is not said any more") {
			t.Errorf("%s does not say that it is retired", where)
		}
	}
}

// fallsBack takes away the place where the name of the newest model is written, as a disk does that is full or
// broken, for longer than a model may be old.
func fallsBack(t *testing.T, w *village) {
	current := filepath.Join(w.dir, modelsName, currentName)
	if err := errors.Join(os.Rename(current, current+".away"), os.MkdirAll(filepath.Join(current, "in the way"), 0o700)); err != nil {
		t.Fatal(err)
	}
	if _, err := w.node.Learn(t.Context()); err == nil || !strings.Contains(err.Error(), current) {
		t.Fatalf("learning does not say what is in its way: %v", err)
	}
	since := w.clock.Now()
	w.week()
	policies := map[decision.Policy]int{}
	for _, r := range w.rounds(since) {
		policies[r.Manner.Policy]++
	}
	if policies[decision.Fallback] == 0 || policies[decision.Learned] > 0 {
		t.Errorf("with a model of a week ago it was decided %v", policies)
	}
	if says := w.told(byPolicy("fallback")); !strings.Contains(says, "out of date or could not be used, so the best fit by stage was taken") {
		t.Errorf("why says\n%s", says)
	}
	if err := errors.Join(os.RemoveAll(current), os.Rename(current+".away", current)); err != nil {
		t.Fatal(err)
	}
	w.learn()
	since = w.clock.Now()
	w.week()
	for _, r := range w.rounds(since) {
		if r.Manner.Policy != decision.Learned {
			t.Fatalf("after the next model it was decided by %s", r.Manner.Policy)
		}
	}
}

func pinnedDecides(t *testing.T, w *village) {
	unknown := villageRelease(t, ", compare: {model: {id: 00000000000000ff, share: 0.4}}")
	if _, err := w.node.Publish(unknown, false); err == nil || !strings.Contains(err.Error(), "00000000000000ff") || !strings.Contains(err.Error(), "attune models") {
		t.Fatalf("a model that is not there: %v", err)
	}
	list, err := ModelsIn(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	first := list[0].ID[:16]
	if _, err := w.node.Publish(villageRelease(t, ", compare: {model: {id: "+first+", share: 0.4}}"), false); err != nil {
		t.Fatal(err)
	}
	w.learn()
	since := w.clock.Now()
	w.week()
	models := map[string]map[string]int{}
	for _, r := range w.rounds(since) {
		arm := r.Manner.Policy.String() + " " + r.Arm
		if models[arm] == nil {
			models[arm] = map[string]int{}
		}
		models[arm][fmt.Sprintf("%016x", r.Model)]++
	}
	newest := w.node.models.newest().ID[:16]
	by, usual := models["pinned "+engine.ArmModel], models["learned "]
	if len(models) != 2 || by[first] < 40 || len(by) != 1 || usual[newest] < 60 || len(usual) != 1 {
		t.Errorf("it was decided by %v; %s is pinned, and %s the newest", models, first, newest)
	}
	if says := w.told(byPolicy("pinned")); !strings.Contains(says, "the model "+first+" goes on deciding") {
		t.Errorf("why says\n%s", says)
	}
	w.clock.Set(w.clock.Now().Add(30 * instant.Day))
	i, err := Inspect(t.Context(), w.dir)
	if err != nil {
		t.Fatal(err)
	}
	i.now = w.clock.Now
	defer i.Close()
	report, err := i.LearningReport(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(report.Comparisons) != 1 || report.Comparisons[0].Alarm || len(report.Comparisons[0].Arms) != 2 {
		t.Fatalf("compares %+v", report.Comparisons)
	}
	arm := report.Comparisons[0].Arms[1]
	if arm.Model != first || arm.Over < 60 || !arm.Gain.Enough {
		t.Errorf("of the part of the model it says %+v", arm)
	}
	// The server finds the model again at its next start, and does not start without it.
	if err := w.node.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	if err := w.node.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(w.dir, modelsName, list[0].ID+modelEnding)
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	if n, err := Open(t.Context(), Options{Data: w.dir, Organisation: "town", Now: w.clock.Now, Relaxed: true}); err == nil || !strings.Contains(err.Error(), first) {
		t.Errorf("without the model: %v", err)
		if n != nil {
			_ = n.Close()
		}
	}
}
