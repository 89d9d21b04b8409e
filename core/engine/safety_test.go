package engine_test

import (
	"cmp"
	"flag"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/policy"
	"attune/core/program"
)

// testZones are clocks that have done strange things: half hours, no 30 December, summer time that
// pauses for Ramadan, midnights that come twice or never.
var testZones = []string{
	"Europe/London", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca", "Asia/Kathmandu",
	"America/Sao_Paulo", "Asia/Beirut", "America/St_Johns", "Pacific/Chatham", "Nowhere/Known", "",
}

// carrier is the world outside: it knows what really happened to each attempt, and its word may come
// late, may be lost, but is never a lie.
type carrier struct {
	t     *rapid.T
	open  []attempt
	taken []taken
}

// taken is a message that the carrier has, and what caps tell it by.
type taken struct {
	at instant.Time
	// of is each text's, that of the one that leads first.
	of []policy.Sort
}

type attempt struct {
	key     id.Key
	started instant.Time
	taken   bool
	unknown bool
}

// starts takes an attempt, and decides what becomes of it within the ten seconds it is given.
func (c *carrier) starts(e effect.Send, of []policy.Sort) {
	a := attempt{key: e.Attempt, started: e.At, taken: !oneIn(3).Draw(c.t, "not taken")}
	if a.taken {
		c.taken = append(c.taken, taken{e.At + instant.Time(rapid.Int64Range(0, int64(10*instant.Second)).Draw(c.t, "taken after")), of})
	}
	c.open = append(c.open, a)
}

// word is what the carrier says of one of its attempts, or nothing.
func (c *carrier) word() (engine.What, instant.Duration) {
	if len(c.open) == 0 {
		return engine.Tick{}, 0
	}
	i := rapid.IntRange(0, len(c.open)-1).Draw(c.t, "attempt")
	a := c.open[i]
	says := []engine.Outcome{engine.Accepted}
	if !a.taken {
		says = []engine.Outcome{engine.Rejected, engine.Postponed, engine.NotTaken}
		if a.unknown {
			says = []engine.Outcome{engine.NotTaken}
		}
	}
	if !a.unknown {
		says = append(says, engine.Unknown)
	}
	outcome := rapid.SampledFrom(says).Draw(c.t, "word")
	if outcome == engine.Unknown {
		c.open[i].unknown = true
	} else {
		c.open = slices.Delete(c.open, i, i+1)
	}
	// No word comes before the ten seconds are over in which the attempt may be taken.
	return engine.Settled{Attempt: a.key, Outcome: outcome}, 10 * instant.Second
}

// patient is what anybody could know of the person from the events alone: the slow twin of the gate.
type patient struct {
	words          []event.Event
	died           bool
	enrolled, left instant.Time
	phase, exit    instant.Time
	zone           string
	zoneAt         event.Event
	// holds and points are what was said about leaving the person alone, and about addresses.
	holds, points []event.Event
}

// held looks through everything that was said: of each hold the newest beginning counts, unless its end
// was said since.
func (p *patient) held(at instant.Time) bool {
	for _, name := range []string{"crisis", "rest"} {
		var begun, lifted, until instant.Time
		for _, e := range p.holds {
			ends := instant.Never
			switch {
			case e.Name == "hold.lifted" && e.Field("hold").Text == name:
				lifted = max(lifted, e.OccurredAt)
				continue
			case e.Name == "hold.set" && name == "rest":
				ends = instant.Time(e.Field("until").Num)
			case e.Name == "page.viewed" && name == "rest" && !e.Historical:
				ends = e.OccurredAt.Add(30 * instant.Hour)
			case e.Name == "message.received" && name == "crisis" && e.Field("text").Text == "I want to die" && !e.Historical:
			default:
				continue
			}
			if e.OccurredAt > begun || e.OccurredAt == begun && ends > until {
				begun, until = e.OccurredAt, ends
			}
		}
		if begun > lifted && at < until {
			return true
		}
	}
	return false
}

// newest is when something was last said of an address.
func (p *patient) newest(address, name string, why ...string) (at instant.Time) {
	for _, e := range p.points {
		if e.Field("address").Text == address && e.Name == name && (len(why) == 0 || slices.Contains(why, e.Field("why").Text)) {
			at = max(at, e.OccurredAt)
		}
	}
	return at
}

func (p *patient) suppressed(address string) bool {
	return p.newest(address, "contact.suppressed") > p.newest(address, "contact.released")
}

// own tells whether what is clinical may go to an address.
func (p *patient) own(address string) bool {
	verified := p.newest(address, "contact.verified")
	return verified > p.newest(address, "contact.suppressed") && p.newest(address, "contact.shared") <= p.newest(address, "contact.unshared")
}

func (p *patient) hears(e event.Event, at instant.Time) {
	e.OccurredAt = min(e.OccurredAt, at)
	switch e.Name {
	case "consent.granted", "consent.denied", "consent.withdrawn":
		p.words = append(p.words, e)
		if e.Name == "consent.withdrawn" && e.Field("purpose").Text == "program" {
			p.left = max(p.left, e.OccurredAt)
		}
	case "patient.deceased":
		p.died = true
	case "hold.set", "hold.lifted", "page.viewed", "message.received":
		p.holds = append(p.holds, e)
	case "contact.suppressed", "contact.released", "contact.verified", "contact.shared", "contact.unshared":
		p.points = append(p.points, e)
	case "clinical.condition_recorded":
		p.enrolled = max(p.enrolled, e.OccurredAt)
		p.phase = max(p.phase, e.OccurredAt)
	case "medication.prescribed", "care.encounter_finished":
		p.phase = max(p.phase, e.OccurredAt)
	case "clinical.condition_resolved", "appointment.cancelled":
		p.exit = max(p.exit, e.OccurredAt)
	case "traits.updated":
		if p.zoneAt.ID == "" || later(e, p.zoneAt) {
			p.zone, p.zoneAt = e.Field("timezone").Text, e
		}
	}
}

func later(a, b event.Event) bool {
	return a.OccurredAt > b.OccurredAt || a.OccurredAt == b.OccurredAt && b.Order().Less(a.Order())
}

// agrees asks every word on record, one scope after the other.
func (p *patient) agrees(purpose, channel, topic string, at instant.Time) bool {
	type scope struct{ channel, topic, actor string }
	newest := map[scope]event.Event{}
	for _, w := range p.words {
		s := scope{w.Field("channel").Text, w.Field("topic").Text, w.Field("actor").Text}
		if w.Field("purpose").Text != purpose || s.channel != "" && s.channel != channel || s.topic != "" && s.topic != topic || s.actor != "" {
			continue
		}
		if old, found := newest[s]; !found || later(w, old) {
			newest[s] = w
		}
	}
	for s, w := range newest {
		from, until := w.Field("effective"), w.Field("until")
		if from.Num != 0 && float64(at) < from.Num || until.Num != 0 && float64(at) >= until.Num {
			delete(newest, s)
		}
	}
	yes := len(newest) == 0 && purpose == "treatment_support"
	for _, w := range newest {
		if w.Name != "consent.granted" {
			return false
		}
		yes = true
	}
	return yes
}

// Nobody is contacted without consent, dead, outside the program, in quiet hours or above a cap,
// whatever the order in which events, gates and the carrier's words come.
func TestNobodyIsContactedWhoShouldNotBe(t *testing.T) {
	t.Parallel()
	rel := rich(t)
	pr := rel.Programs[0]
	bundled := 0
	rapid.Check(t, func(rt *rapid.T) {
		l := newLife(t, rel)
		c := &carrier{t: rt}
		var who patient
		check := func(fx []effect.Effect) {
			for _, e := range fx {
				send, isSend := e.(effect.Send)
				if !isSend {
					continue
				}
				texts := []*program.Engagement{pr.Engagement(send.Engagement)}
				for _, p := range send.Parts {
					texts = append(texts, pr.Engagement(p.Engagement))
				}
				var of []policy.Sort
				for _, en := range texts {
					of = append(of, policy.Sort{Channel: send.Channel, Purpose: en.Purpose, Theme: en.Theme})
					if !who.agrees(en.Purpose, send.Channel, en.Topic, send.At) {
						rt.Fatalf("written to about %s %s without consent at %s: %v", en.Purpose, en.Topic, send.At, who.words)
					}
				}
				c.starts(send, of)
				bundled += len(send.Parts)
				switch {
				case who.held(send.At):
					rt.Fatalf("somebody who is to be left alone is written to at %s: %v", send.At, who.holds)
				case who.suppressed(send.To):
					rt.Fatalf("%s is used at %s though it may not be: %v", send.To, send.At, who.points)
				case slices.ContainsFunc(texts, func(en *program.Engagement) bool { return en.Sensitivity == event.Clinical }) && !who.own(send.To):
					rt.Fatalf("what is clinical goes to %s at %s: %v", send.To, send.At, who.points)
				case who.died:
					rt.Fatalf("the dead are written to at %s", send.At)
				case who.enrolled <= who.left || who.exit >= who.phase:
					rt.Fatalf("somebody outside the program is written to at %s", send.At)
				}
				z, known := zones().Find(who.zone)
				if !known {
					z, _ = zones().Find(pr.Policy.Zone)
				}
				for _, at := range []instant.Time{send.At, send.At.Add(30*instant.Second - 1)} {
					if clock := z.Format(at, "15:04"); clock < "08:00" || clock >= "21:00" {
						rt.Fatalf("written to at %s in %s", clock, z.Name)
					}
				}
			}
		}
		dies := oneIn(4).Draw(rt, "dies")
		var at instant.Time
		for _, m := range history(rt, 70) {
			at = max(at, m.at)
			switch what := m.what.(type) {
			case engine.Heard:
				who.hears(what.Event, at)
				check(l.step(at, what))
				check(l.gate(at))
			case engine.Settled:
				word, after := c.word()
				at = at.Add(after)
				check(l.step(at, word))
			default:
				check(l.step(at, what))
				// The morning after, something may be due.
				check(l.gate(max(at, min(l.p.Due(), at.Add(instant.Day)))))
				at = max(at, l.p.Now)
			}
		}
		if dies {
			e := event.Event{ID: "drawn/died", Name: "patient.deceased", OccurredAt: at}
			who.hears(e, at)
			check(l.step(at, engine.Heard{Event: e}))
			for range 5 {
				word, after := c.word()
				at = at.Add(after)
				check(l.step(at, word))
				at = at.Add(instant.Hour)
				check(l.gate(at))
			}
		}
		slices.SortFunc(c.taken, func(a, b taken) int { return cmp.Compare(a.at, b.at) })
		for _, limit := range pr.Policy.Caps {
			for _, run := range runs(limit, c.taken) {
				for i := limit.Count; i < len(run); i++ {
					if run[i].Sub(run[i-limit.Count]) < limit.Within {
						rt.Fatalf("%s and one more: %s and %s", limit, run[i-limit.Count], run[i])
					}
				}
			}
		}
		for i := 1; i < len(c.taken); i++ {
			if apart := c.taken[i].at.Sub(c.taken[i-1].at); apart < pr.Policy.Spacing {
				rt.Fatalf("%s after each other: %s and %s", apart, c.taken[i-1].at, c.taken[i].at)
			}
		}
	})
	if checks, err := strconv.Atoi(flag.Lookup("rapid.checks").Value.String()); err == nil && checks >= 1000 && bundled == 0 { // one life in fifty has one
		t.Error("nothing went out together: the bundles were not tried")
	}
}

// runs are the instants that one cap counts together.
func runs(limit policy.Cap, all []taken) map[string][]instant.Time {
	out := map[string][]instant.Time{}
	for _, t := range all {
		of := t.of
		if limit.Purpose == "" && limit.Theme == "" && limit.Each != policy.EachPurpose && limit.Each != policy.EachTheme {
			of = of[:1] // a message is one, whatever it holds
		}
		for _, of := range of {
			count(out, limit, of, t.at)
		}
	}
	return out
}

func count(out map[string][]instant.Time, limit policy.Cap, of policy.Sort, at instant.Time) {
	if limit.Channel != "" && limit.Channel != of.Channel || limit.Purpose != "" && limit.Purpose != of.Purpose || limit.Theme != "" && limit.Theme != of.Theme {
		return
	}
	key := ""
	switch limit.Each {
	case policy.EachTheme:
		if key = of.Theme; key == "" {
			return
		}
	case policy.EachChannel:
		key = of.Channel
	case policy.EachPurpose:
		key = of.Purpose
	case policy.Together:
	}
	out[key] = append(out[key], at)
}
