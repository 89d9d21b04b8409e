package engine_test

import (
	"testing"

	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/policy"
)

// Hours pass between handing a call to people and their making it.
func TestACallMayStillBeMade(t *testing.T) {
	t.Parallel()
	rel := baseWith(t, `
-- policy.yaml --
sender: Green Lane
zone: Europe/London
contact_hours: {from: "08:00", to: "21:00"}
caps: [{count: 1, within: 7d}]
purposes: {treatment_support: treatment}
consent: {jurisdiction: GB}
holds:
  crisis: {when: {on: message.received}}
-- engagements/hello.yaml --
engagement: hello
purpose: treatment_support
audience: patient
value: 5
expires: 9d
when: {on: portal.visited}
variants: [{id: plain, call: hello}]
-- content/call/hello.en.liquid --
Ask how it goes.
-- content/call/hello.es.liquid --
Pregunte.
`)
	pr := rel.Programs[0]
	start := when(t, "2027-03-01T08:00:00Z")
	for _, c := range []struct {
		it     string
		hears  func(l *life, at instant.Time)
		at     string
		reason policy.Reason
		until  string
	}{
		{"may where nothing happened, although the cap is full by itself", func(*life, instant.Time) {}, "2027-03-01T12:00:00Z", "", ""},
		{"may not where the person died", func(l *life, at instant.Time) { l.hear(at, "patient.deceased") }, "2027-03-01T12:00:00Z", policy.Deceased, ""},
		{"may not where they took consent back", func(l *life, at instant.Time) {
			l.hear(at, "consent.withdrawn", text("purpose", "treatment_support"))
		}, "2027-03-01T12:00:00Z", policy.ConsentNo, ""},
		{"may not where they left the program", func(l *life, at instant.Time) {
			l.hear(at, "consent.withdrawn", text("purpose", "program"))
		}, "2027-03-01T12:00:00Z", policy.NotEnrolled, ""},
		{"may not where the number is somebody else's", func(l *life, at instant.Time) {
			l.hear(at, "contact.suppressed", text("channel", "call"), text("address", "+442079460100"), text("why", "wrong_person"))
		}, "2027-03-01T12:00:00Z", policy.Suppressed, ""},
		{"waits where they are left alone until somebody says that it is over", func(l *life, at instant.Time) { l.hear(at, "message.received") }, "2027-03-01T12:00:00Z", policy.Held, instant.Never.String()},
		{"waits for the person's hours", func(*life, instant.Time) {}, "2027-03-01T21:30:00Z", policy.QuietHours, "2027-03-02T08:00:00Z"},
	} {
		l := newLife(t, rel)
		l.hear(start.Add(-instant.Hour), "patient.created", text("first_name", "Ana"), text("phone", "+442079460100"), text("timezone", "Europe/London"))
		l.hear(start.Add(-instant.Hour), "clinical.condition_recorded")
		l.hear(start, "portal.visited")
		l.gate(start)
		l.step(start, engine.Settled{Attempt: l.inFlight("hello"), Outcome: engine.Accepted})
		c.hears(l, start.Add(instant.Hour))
		before := string(l.bytes())
		got := engine.Still(rel, l.p, anaSeed, when(t, c.at), pr, pr.Engagement("hello"), "call", l.p.Touches[0].ID)
		until := ""
		if got.Until != 0 {
			until = got.Until.String()
		}
		if got.Reason != c.reason || until != c.until || got.To != "+442079460100" {
			t.Errorf("it %s: %+v, until %q", c.it, got, until)
		}
		if before != string(l.bytes()) {
			t.Errorf("it %s: asking changed the person", c.it)
		}
	}
}

// A nurse who comes to a call hours later does not tell a caregiver what the patient took back meanwhile.
func TestACallAboutSomebodyIsNotMadeOnceTheyTookItBack(t *testing.T) {
	t.Parallel()
	rel := baseWith(t, `
-- engagements/hello.yaml --
engagement: hello
purpose: treatment_support
audience: caregiver
value: 5
expires: 9d
variants: [{id: plain, call: hello}]
-- content/call/hello.en.liquid --
Please call {{ name | default: "them" }}.
-- content/call/hello.es.liquid --
Llame a {{ name | default: "esta persona" }}.
-- policy.yaml --
sender: Green Lane
zone: Europe/London
contact_hours: {from: "08:00", to: "21:00"}
caps: []
purposes: {treatment_support: treatment}
consent: {jurisdiction: GB}
`)
	pr := rel.Programs[0]
	at := when(t, "2027-03-01T09:00:00Z")
	l := newLife(t, rel)
	l.hear(at, "person.registered", text("kind", "caregiver"), text("phone", "+442079460100"))
	l.hear(at, "consent.granted", text("purpose", "treatment_support"))
	tell := func(name, key string, props ...event.Prop) {
		e := event.Event{ID: event.Own + "/" + key, Source: event.Own, Name: name, OccurredAt: at, Props: append(props, text("about", id.Person{7}.String()), text("purpose", "treatment_support"))}
		l.step(at, engine.Heard{Event: e})
	}
	tell("engagement.proposed", "1", text("program", "care"), text("engagement", "hello"))
	l.gate(at)
	l.step(at, engine.Settled{Attempt: l.inFlight("hello"), Outcome: engine.Accepted})
	still := func() policy.Reason {
		return engine.Still(rel, l.p, anaSeed, at, pr, pr.Engagement("hello"), "call", l.p.Touches[0].ID).Reason
	}
	if reason := still(); reason != "" {
		t.Fatalf("it may not be made at all: %s", reason)
	}
	tell("engagement.recalled", "2", text("recall", id.Key{1}.String()), event.Prop{Name: "ends", Value: expr.FlagOf(true)})
	if reason := still(); reason != policy.Recalled {
		t.Errorf("it may still be made, or not because of %q", reason)
	}
}

// A call that was handed over is theirs who make it; what ends the reason for it is told when they come to it.
func TestACallIsNotMadeWhenNewsEndsItsReason(t *testing.T) {
	t.Parallel()
	rel := baseWith(t, `
-- engagements/hello.yaml --
engagement: hello
purpose: treatment_support
audience: patient
value: 5
expires: 9d
when: count("portal.visited", "1h") >= 1 && count("appointment.booked", "30d") < 1
variants: [{id: plain, call: hello}]
-- content/call/hello.en.liquid --
Ask how it goes.
-- content/call/hello.es.liquid --
Pregunte.
`)
	start := when(t, "2027-03-01T08:00:00Z")
	for _, c := range []struct {
		it     string
		news   string
		reason policy.Reason
	}{
		{"stands although an hour went by", "message.opened", ""},
		{"is not needed any more", "appointment.booked", policy.NotNeeded},
	} {
		l := newLife(t, rel)
		l.hear(start.Add(-instant.Hour), "patient.created", text("phone", "+442079460100"), text("timezone", "Europe/London"))
		l.hear(start.Add(-instant.Hour), "clinical.condition_recorded")
		l.hear(start.Add(-instant.Hour), "consent.granted", text("purpose", "treatment_support"))
		l.hear(start, "portal.visited")
		l.gate(start)
		l.step(start, engine.Settled{Attempt: l.inFlight("hello"), Outcome: engine.Accepted})
		l.hear(start.Add(30*instant.Minute), c.news)
		got := engine.Still(rel, l.p, anaSeed, start.Add(3*instant.Hour), rel.Programs[0], rel.Programs[0].Engagement("hello"), "call", l.p.Touches[0].ID)
		if got.Reason != c.reason {
			t.Errorf("it %s: %+v", c.it, got)
		}
	}
}
