package backtest

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/record"
	"attune/core/release"
	"attune/internal/programdir"
)

// careFiles is a program in which time alone does much, people carry some of it, and a cap is soon reached.
func careFiles() map[string]string {
	return map[string]string{
		"program.yaml": "program: care\nformat: 2\nname: Care\nlanguages: [en]\nenroll: {on: clinical.condition_recorded}\n",
		"map.yaml": `phases:
  - {id: begin, name: Begin, says: "?", enter: {on: clinical.condition_recorded}}
  - {id: settled, name: Settled, says: "!", enter: 'count("portal.visited", "30d") >= 2'}
exits:
  died: {on: patient.deceased}
`,
		"policy.yaml": `sender: Care
zone: America/New_York
contact_hours: {from: "08:00", to: "20:00"}
caps: [{count: 2, within: 7d}]
spacing: 2h
purposes: {treatment_support: treatment}
consent: {jurisdiction: US, without_record: {treatment_support: [email]}}
capacity: {call: {team: nurses, per_day: 1}}
`,
		"signals.yaml":   "signals:\n  silent: since(\"portal.visited\") > days(3)\n",
		"audiences.yaml": "audiences:\n  regulars: {when: 'count(\"portal.visited\", \"14d\") >= 3', says: Come often}\n",
		"engagements/ask.yaml": `engagement: ask
purpose: treatment_support
audience: patient
when: signal("silent")
value: 5
expires: 2d
limits: {again_after: 1d}
variants: [{id: plain, email: ask}, {id: warm, email: ask-warm}]
`,
		"engagements/missed.yaml": `engagement: missed
purpose: treatment_support
audience: patient
when: {on: appointment.noshow}
value: 9
expires: 3d
variants: [{id: plain, call: missed}]
`,
		"journeys/walk.yaml": `journey: walk
enter: {on: appointment.noshow}
reentry: always
goals: [{id: came, is: {on: appointment.completed}}]
steps:
  - {id: rest, wait: 1d}
  - {id: say, send: ask}
  - {id: visit, task: {for: nurse, do: Look in, within: 2d, else: over}}
  - {id: listen, await: {on: portal.visited, within: 4d, else: over}}
  - {id: over, exit: done}
`,
		"journeys/dated.yaml": `journey: dated
enter: {on: appointment.booked}
reentry: always
steps:
  - {id: before, wait: {date: entry.start, before: 1d}}
  - {id: remind, send: ask}
  - {id: end, exit: reminded}
`,
		"content/email/ask.en.liquid":      "Subject: How are you?\n\nDear {{ name | default: \"friend\" }}\n",
		"content/email/ask-warm.en.liquid": "Subject: We think of you\n\nDear {{ name | default: \"friend\" }}\n",
		"content/call/missed.en.liquid":    "Ask what came in the way.\n",
	}
}

// changed is the program with some texts in place of others: file, old, new, and so on.
func changed(t testing.TB, edits ...string) *release.Release {
	t.Helper()
	files := careFiles()
	for i := 0; i+2 < len(edits); i += 3 {
		if !strings.Contains(files[edits[i]], edits[i+1]) {
			t.Fatalf("%s has no %q", edits[i], edits[i+1])
		}
		files[edits[i]] = strings.Replace(files[edits[i]], edits[i+1], edits[i+2], 1)
	}
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	rel, problems := programdir.Compile(zones, programdir.Files{Home: "care", Texts: files})
	if rel == nil {
		t.Fatal(problems)
	}
	return rel
}

func plain(t testing.TB) *release.Release { t.Helper(); return changed(t) }

// busier is another version: sooner silent, other hours and caps, and a step less.
func busier(t testing.TB) *release.Release {
	t.Helper()
	return changed(t, "signals.yaml", "days(3)", "days(1)", "policy.yaml", "count: 2, within: 7d", "count: 3, within: 4d", "policy.yaml", `from: "08:00"`, `from: "11:00"`,
		"journeys/walk.yaml", "  - {id: rest, wait: 1d}\n", "")
}

// written is what was recorded of somebody, in order.
type written struct {
	frame int64
	at    instant.Time
	body  []byte
}

// world is a past that was really lived: by one person after the other, each through the engine.
type world struct {
	testing.TB
	published []Publication
	of        map[id.Person][]written
	erased    map[id.Person]bool
	seeds     []byte
}

var day0, _ = instant.Parse("2027-03-01T00:00:00Z")

func day(n float64) instant.Time { return day0.Add(instant.Duration(n * float64(instant.Day))) }

// newWorld has a release live from before everything on.
func newWorld(t testing.TB, rel *release.Release) *world {
	w := &world{TB: t, of: map[id.Person][]written{}, erased: map[id.Person]bool{}, seeds: []byte("project")}
	w.publish(0, rel)
	return w
}

// publish puts a release live at an instant. A frame's number is its instant here.
func (w *world) publish(at instant.Time, rel *release.Release) {
	again := *rel
	n := len(w.published) + 1
	if n > 1 {
		again.Short = uint64(n)<<48 | rel.Short>>16
	}
	w.published = append(w.published, Publication{Release: &again, Exact: true, ID: rel.ID, Number: n, At: at, First: int64(at)})
}

func (w *world) People() []id.Person { return slices.Collect(maps.Keys(w.of)) }

func (w *world) Of(_ context.Context, who id.Person, f func(int64, instant.Time, []byte) error) error {
	for _, r := range w.of[who] {
		if err := f(r.frame, r.at, r.body); err != nil {
			return err
		}
	}
	return nil
}

func someone(n int) (p id.Person) {
	p[0], p[1], p[15] = byte(n*37), byte(n), 1
	return p
}

// manner is how a past was lived: how late the gate is asked, what carriers say, and whether receipts come.
type manner struct {
	late     func(n int) instant.Duration
	says     func(n int) engine.Outcome
	receipts bool
	answers  bool
	// sleepy: nobody serves timers, which go off with the next input.
	sleepy bool
}

// heard is an event at an instant.
type heard struct {
	at instant.Time
	e  event.Event
}

func hear(at instant.Time, name string, props ...any) heard {
	e := event.Event{Name: name, Source: "app", OccurredAt: at, ReceivedAt: at}
	for i := 0; i+1 < len(props); i += 2 {
		e = e.With(props[i].(string), props[i+1].(expr.Value))
	}
	return heard{at, e}
}

// lives lets somebody live until an instant, and records it as a runner would. It knows nothing of life.go.
func (w *world) lives(n int, events []heard, until instant.Time, how manner) {
	w.Helper()
	who := someone(n)
	seed := id.SeedOf(w.seeds, who)
	p := person.New(who)
	var records []record.Record
	under := func(short uint64) int {
		return slices.IndexFunc(w.published, func(x Publication) bool { return x.Release.Short == short })
	}
	var follow []heard
	take := func(at instant.Time, what engine.What) []effect.Effect {
		at = max(at, p.Now)
		at0 := 0
		for k := range w.published {
			if w.published[k].At <= at {
				at0 = k
			}
		}
		rel := w.published[at0].Release
		if p.Release != 0 {
			rel = w.published[under(p.Release)].Release
		}
		if to, is := what.(engine.Switch); is {
			rel = w.published[under(to.To)].Release
		}
		in := engine.Input{At: at, Seed: seed, What: what}
		is, effects := engine.Step(rel, p, in)
		if len(effects) > 0 && effects[len(effects)-1] == (effect.NeedHistory{}) {
			in.History, in.Recalled = record.Facts(records), true
			is, effects = engine.Step(rel, p, in)
		}
		p = is
		rec := record.Record{At: at, What: what, Effects: effects}
		b, err := rec.Encode()
		if err != nil {
			w.Fatal(err)
		}
		records = append(records, rec)
		w.of[who] = append(w.of[who], written{int64(at), at, b})
		return effects
	}
	switches := func(at instant.Time) (moved bool) {
		for p.Release != 0 {
			k := under(p.Release) + 1
			if k >= len(w.published) || w.published[k].At > at {
				break
			}
			moved = true
			take(w.published[k].At, engine.Tick{})
			take(w.published[k].At, engine.Switch{To: w.published[k].Release.Short})
		}
		return moved
	}
	gates, attempts, sent := 0, 0, 0
	asked := map[instant.Time]instant.Duration{}
	for i := range events {
		events[i].e.ID = fmt.Sprintf("app/%d-%d", n, i)
	}
	for {
		next := instant.Never
		all := events
		fromFollow := len(follow) > 0 && (len(events) == 0 || follow[0].at < events[0].at)
		if fromFollow {
			all = follow
		}
		if len(all) > 0 {
			next = all[0].at
		}
		due := instant.Never
		if p.Release != 0 {
			if d := p.Due(); d != instant.Never {
				if _, known := asked[d]; !known && how.late != nil {
					asked[d] = how.late(gates)
				}
				due = max(d.Add(asked[d]), p.Now)
			}
		}
		wake := instant.Never
		if p.Release != 0 && !how.sleepy {
			wake = p.Wake
		}
		at := min(next, due, wake)
		if at >= until {
			return
		}
		if switches(at) {
			continue // which has changed what is due
		}
		var effects []effect.Effect
		switch {
		case at == next && fromFollow:
			effects = take(at, engine.Heard{Event: follow[0].e})
			follow = follow[1:]
		case at == next:
			effects = take(at, engine.Heard{Event: events[0].e})
			events = events[1:]
		case at == wake:
			effects = take(at, engine.Tick{})
		default:
			gates++
			effects = take(at, engine.Gate{})
		}
		var more []effect.Effect
		for _, e := range effects {
			send, is := e.(effect.Send)
			if !is {
				continue
			}
			attempts++
			says := engine.Accepted
			if how.says != nil {
				says = how.says(attempts)
			}
			more = append(more, take(at, engine.Settled{Attempt: send.Attempt, Outcome: says})...)
			if how.receipts && says == engine.Accepted {
				sent++
				r := hear(at.Add(instant.Minute), "message.opened", "touch", expr.TextOf(send.Touch.String()), "channel", expr.TextOf(send.Channel))
				r.e.ID = fmt.Sprintf("app/%d-r%d", n, sent)
				follow = append(follow, r)
			}
		}
		for _, e := range append(effects, more...) {
			if r, is := e.(effect.Request); is && how.answers && r.Kind == effect.Task {
				a := hear(r.At.Add(6*instant.Hour), "task.done", "task", expr.TextOf(r.ID.String()), "outcome", expr.TextOf("done"))
				a.e.ID = "app/answer-" + r.ID.String()
				follow = append(follow, a)
			}
		}
		slices.SortStableFunc(follow, func(a, b heard) int { return int(a.at - b.at) })
	}
}

// run backtests a release on the world's past.
func (w *world) run(from, to instant.Time, tried, against *release.Release, change ...func(*Config)) *Result {
	w.Helper()
	c := w.config(from, to, tried, against)
	for _, f := range change {
		f(&c)
	}
	r, err := Run(context.Background(), c)
	if err != nil {
		w.Fatal(err)
	}
	return r
}

func (w *world) config(from, to instant.Time, tried, against *release.Release) Config {
	return Config{Past: w, Seeds: w.seeds, Published: w.published, Candidate: Version{Release: tried}, Against: Version{Release: against}, From: from, To: to, Frame: int64(to) + int64(instant.Day)*1000}
}

func asJSON(t interface {
	Helper()
	Fatal(args ...any)
}, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func heardID(n, i int) string { return fmt.Sprintf("app/%d-%d", n, i) }

func decodedWhat(t testing.TB, body []byte) engine.What {
	t.Helper()
	rec, err := record.Decode(body)
	if err != nil {
		t.Fatal(err)
	}
	return rec.What
}

func decoded(t testing.TB, body []byte) *engine.Heard {
	if h, is := decodedWhat(t, body).(engine.Heard); is {
		return &h
	}
	return nil
}

// settle records a carrier's late word on the newest attempt of somebody, at an instant after all else.
func (w *world) settle(n int, at instant.Time, says engine.Outcome) {
	w.Helper()
	who := someone(n)
	p, seed := person.New(who), id.SeedOf(w.seeds, who)
	rel := w.published[0].Release
	var kept []written
	for _, r := range w.of[who] {
		if r.at >= at {
			break
		}
		rec, _ := record.Decode(r.body)
		p, _ = engine.Step(rel, p, engine.Input{At: rec.At, Seed: seed, What: rec.What})
		kept = append(kept, r)
	}
	what := engine.Settled{Attempt: p.Touches[len(p.Touches)-1].Attempt(), Outcome: says}
	_, effects := engine.Step(rel, p, engine.Input{At: at, Seed: seed, What: what})
	rec := record.Record{At: at, What: what, Effects: effects}
	b, err := rec.Encode()
	if err != nil {
		w.Fatal(err)
	}
	w.of[who] = append(kept, written{int64(at), at, b})
}
