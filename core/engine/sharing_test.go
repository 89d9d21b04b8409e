package engine_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
)

// circle is two people in two orders, and what is on its way between them: it may come late, twice, and
// in any order.
type circle struct {
	onTheWay []event.Event
	now      instant.Time
	numbered int
	words    []sharingWord
	// ends are the ends of grants that Eva's order has taken.
	ends []event.Event
}

type member struct {
	tell func(engine.What) []effect.Effect
	p    person.Person
}

// sharingWord is one word of Ana's, for the slow twin.
type sharingWord struct {
	granted bool
	// purpose is empty for all, where it takes back.
	purpose   string
	at, until instant.Time
	order     expr.Order
}

// shared is the slow twin: the newest yes to the purpose, and no no since.
func (c *circle) shared(purpose string, at instant.Time) bool {
	var yes *sharingWord
	no := instant.Time(0)
	for i := range c.words {
		w := &c.words[i]
		switch {
		case w.granted && w.purpose == purpose && (yes == nil || w.at > yes.at || w.at == yes.at && yes.order.Less(w.order)):
			yes = w
		case !w.granted && (w.purpose == "" || w.purpose == purpose):
			no = max(no, w.at)
		}
	}
	return yes != nil && yes.at > no && (yes.until == 0 || at < yes.until)
}

const circleOfTwo = `
-- engagements/hello.yaml --
engagement: hello
purpose: treatment_support
audience: caregiver
value: 5
expires: 9d
when: {on: portal.visited}
variants: [{id: plain, email: hello}]
-- policy.yaml --
sender: Green Lane
zone: Europe/London
contact_hours: {from: "08:00", to: "21:00"}
caps: []
purposes: {treatment_support: treatment}
consent: {jurisdiction: GB}
`

// Nothing about somebody goes out at the gate that they do not share as far as the other's order knows, or
// that was proposed while they did not. Once everything has arrived, nothing waits that is not shared.
func TestNobodyIsToldWhatIsNotShared(t *testing.T) {
	t.Parallel()
	rel := baseWith(t, circleOfTwo)
	sent, refused := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		c := &circle{now: when(t, "2027-03-01T09:00:00Z")}
		start := func(who id.Person) *member {
			m := &member{p: person.New(who)}
			seed := id.SeedOf([]byte("the project's key"), who)
			m.tell = func(what engine.What) []effect.Effect {
				is, fx := engine.Step(rel, m.p, engine.Input{At: c.now, Seed: seed, What: what})
				m.p = is
				return fx
			}
			return m
		}
		ana, eva := start(ana), start(id.Person{'e', 'v', 'a'})
		c.hear(ana, "clinical.condition_recorded")
		c.hear(eva, "person.registered", text("kind", "caregiver"), text("email", "eva@families.example"))
		c.hear(eva, "consent.granted", text("purpose", "treatment_support"))
		proposedAt := map[string]instant.Time{}
		post := func(fx []effect.Effect) {
			for _, x := range fx {
				switch x := x.(type) {
				case effect.Propose:
					e := event.Event{ID: "attune/" + x.ID.String(), Source: event.Own, Name: "engagement.proposed", OccurredAt: x.At, ReceivedAt: c.now}
					for _, p := range [][2]string{{"about", ana.p.ID.String()}, {"program", x.Program}, {"engagement", x.Engagement}, {"purpose", x.Purpose}} {
						e = e.With(p[0], expr.TextOf(p[1]))
					}
					proposedAt[e.ID] = x.At
					c.onTheWay = append(c.onTheWay, e)
				case effect.Recall:
					e := event.Event{ID: "attune/" + x.ID.String(), Source: event.Own, Name: "engagement.recalled", OccurredAt: x.At, ReceivedAt: c.now}
					for _, p := range [][2]string{{"about", ana.p.ID.String()}, {"with", x.To}, {"purpose", x.Purpose}, {"recall", x.ID.String()}} {
						e = e.With(p[0], expr.TextOf(p[1]))
					}
					c.onTheWay = append(c.onTheWay, e.With("ends", expr.FlagOf(x.Ends)))
				}
			}
		}
		take := func(e event.Event) {
			if e.Name == "engagement.recalled" && e.Field("ends").Num != 0 {
				c.ends = append(c.ends, e)
			}
			eva.tell(engine.Heard{Event: e})
		}
		gate := func() {
			for _, x := range eva.tell(engine.Gate{}) {
				send, is := x.(effect.Send)
				if !is {
					continue
				}
				sent++
				i := slices.IndexFunc(eva.p.Touches, func(t person.Touch) bool { return t.ID == send.Touch })
				touch := &eva.p.Touches[i]
				if send.About != ana.p.ID || proposedAt[touch.Cause.Event] == 0 {
					rt.Fatalf("there went out something that Ana's order never proposed: %+v", send)
				}
				for _, end := range c.ends {
					if end.OccurredAt >= proposedAt[touch.Cause.Event] {
						rt.Fatalf("what was proposed at %s went out at %s, and Eva's order knew of the end at %s", proposedAt[touch.Cause.Event], c.now, end.OccurredAt)
					}
				}
				eva.tell(engine.Settled{Attempt: send.Attempt, Outcome: engine.Accepted})
			}
		}
		for range rapid.IntRange(5, 40).Draw(rt, "moves") {
			c.now = c.now.Add(instant.Duration(rapid.SampledFrom([]int64{0, 1, int64(instant.Minute), int64(6 * instant.Hour)}).Draw(rt, "pause")))
			at := c.now.Add(-instant.Duration(rapid.SampledFrom([]int64{0, 0, int64(instant.Hour), int64(instant.Day)}).Draw(rt, "late")))
			var fx []effect.Effect
			switch rapid.SampledFrom([]string{"grant", "grant", "until", "withdraw", "all", "visit", "visit", "visit", "arrive", "arrive", "twice", "gate", "gate"}).Draw(rt, "move") {
			case "grant":
				fx = c.word(ana, sharingWord{granted: true, purpose: "treatment_support", at: at})
			case "until":
				fx = c.word(ana, sharingWord{granted: true, purpose: "treatment_support", at: at, until: c.now.Add(3 * instant.Hour)})
			case "withdraw":
				fx = c.word(ana, sharingWord{purpose: "treatment_support", at: at})
			case "all":
				fx = c.word(ana, sharingWord{at: at})
			case "visit":
				shares := c.shared("treatment_support", c.now)
				fx = c.hear(ana, "portal.visited")
				proposes := slices.ContainsFunc(fx, func(e effect.Effect) bool { _, is := e.(effect.Propose); return is })
				if proposes != shares {
					rt.Fatalf("at %s it is %v that Ana shares, and %v that it was proposed", c.now, shares, proposes)
				}
				if !proposes {
					refused++
				}
			case "arrive", "twice":
				if n := len(c.onTheWay); n > 0 {
					i := rapid.IntRange(0, n-1).Draw(rt, "which")
					take(c.onTheWay[i])
					if rapid.Bool().Draw(rt, "gone") {
						c.onTheWay = slices.Delete(c.onTheWay, i, i+1)
					}
				}
			case "gate":
				gate()
			}
			post(fx)
		}
		// All that is on its way arrives; then only what is shared may wait.
		post(ana.tell(engine.Tick{}))
		for _, e := range c.onTheWay {
			take(e)
		}
		if !c.shared("treatment_support", c.now) {
			for i := range eva.p.Touches {
				if touch := &eva.p.Touches[i]; touch.State == person.Pending {
					rt.Fatalf("at %s Ana shares nothing, and something about her waits that was proposed at %s", c.now, touch.Cause.At)
				}
			}
		}
		for i := range eva.p.Recalls {
			if eva.p.Recalls[i].Waits {
				rt.Fatalf("an end has not taken effect, and nothing is in flight")
			}
		}
	})
	if !testing.Short() && (sent == 0 || refused == 0) {
		t.Errorf("%d went out and %d were refused: too little happened", sent, refused)
	}
}

func (c *circle) hear(m *member, name string, props ...event.Prop) []effect.Effect {
	c.numbered++
	e := event.Event{ID: fmt.Sprintf("feed/%d", c.numbered), Source: "feed", Name: name, OccurredAt: c.now, ReceivedAt: c.now}
	for _, p := range props {
		e = e.With(p.Name, p.Value)
	}
	return m.tell(engine.Heard{Event: e})
}

func (c *circle) word(m *member, w sharingWord) []effect.Effect {
	c.numbered++
	name := "sharing.withdrawn"
	if w.granted {
		name = "sharing.granted"
	}
	e := event.Event{ID: fmt.Sprintf("feed/%d", c.numbered), Source: "feed", Name: name, OccurredAt: w.at, ReceivedAt: c.now}
	e = e.With("with", expr.TextOf("mrn:1"))
	if w.purpose != "" {
		e = e.With("purpose", expr.TextOf(w.purpose))
	}
	if w.until != 0 {
		e = e.With("until", expr.MomentOf(w.until))
	}
	w.order = e.Order()
	c.words = append(c.words, w)
	return m.tell(engine.Heard{Event: e})
}
