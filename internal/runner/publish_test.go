package runner_test

import (
	"bytes"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/record"
	"attune/core/release"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/store"
)

// careFiles is a program in which time alone does much: a signal of silence, a journey that waits days,
// and messages that both propose.
func careFiles() map[string]string {
	return map[string]string{
		"program.yaml": "program: care\nname: Care\nlanguages: [en]\nenroll: {on: clinical.condition_recorded}\n",
		"map.yaml": `phases:
  - {id: begin, name: Begin, says: "?", enter: {on: clinical.condition_recorded}}
  - {id: settled, name: Settled, says: "!", enter: 'count("portal.visited", "30d") >= 2'}
exits:
  died: {on: patient.deceased}
`,
		"policy.yaml":  "sender: Care\nzone: America/New_York\ncontact_hours: {from: \"08:00\", to: \"21:00\"}\ncaps: [{count: 2, within: 7d}]\nconsent: {jurisdiction: US}\n",
		"signals.yaml": "signals:\n  silent: since(\"portal.visited\") > days(3)\n",
		"engagements/ask.yaml": `engagement: ask
purpose: treatment_support
audience: patient
when: signal("silent")
value: 5
expires: 2d
limits: {again_after: 1d}
variants:
  - {id: plain, email: ask}
`,
		"journeys/walk.yaml": `journey: walk
enter: {on: appointment.noshow}
reentry: always
steps:
  - {id: rest, wait: 2d}
  - {id: say, send: ask}
  - {id: listen, await: {on: portal.visited, within: 4d, else: over}}
  - {id: over, exit: done}
`,
		"content/email/ask.en.liquid": "Subject: How are you?\n\nDear {{ name | default: \"friend\" }}\n",
	}
}

// versions are releases of that program: as it is, with another silence and another wait, and with a step
// taken away and another signal.
func versions(t testing.TB) []*release.Release {
	t.Helper()
	second := careFiles()
	second["signals.yaml"] = "signals:\n  silent: since(\"portal.visited\") > days(2)\n"
	second["journeys/walk.yaml"] = strings.Replace(second["journeys/walk.yaml"], "wait: 2d", "wait: 3d", 1)
	third := careFiles()
	third["signals.yaml"] = "signals:\n  silent: since(\"portal.visited\") > days(5)\n  keen: count(\"portal.visited\", \"7d\") >= 2\n"
	third["journeys/walk.yaml"] = strings.Replace(third["journeys/walk.yaml"], "  - {id: rest, wait: 2d}\n", "", 1)
	var out []*release.Release
	for _, files := range []map[string]string{careFiles(), second, third} {
		out = append(out, mustLoad(t, writeProgram(t, files)))
	}
	return out
}

// publish puts a release live, under a short id of its own.
func (w *world) publish(at instant.Time, rel *release.Release, includeExisting bool) {
	w.Helper()
	again := *rel
	again.Short = uint64(len(w.cfg.Published)+1)<<32 | rel.Short>>32
	err := w.Publish(at, func(p runner.Place) (runner.Published, error) {
		is := runner.Published{Release: &again, Short: again.Short, Exact: true, Log: p.Log, Frame: p.Frame, At: p.At, IncludeExisting: includeExisting}
		w.cfg.Published = append(w.cfg.Published, is)
		return is, nil
	})
	if err != nil {
		w.Fatal(err)
	}
}

// lives returns everybody's state as it is written, by who they are.
func (w *world) lives() map[id.Person]string {
	w.Helper()
	out := map[id.Person]string{}
	err := w.people.Each(w.Context(), func(r store.Row) error {
		p, err := runner.OpenRow(w.keys, &r)
		if err != nil {
			return err
		}
		b, err := p.Encode()
		out[r.Person] = string(b)
		return err
	})
	if err != nil {
		w.Fatal(err)
	}
	return out
}

func (w *world) person(who id.Person) person.Person {
	w.Helper()
	p, ok, err := w.Person(w.Context(), who)
	if err != nil || !ok {
		w.Fatal(ok, err)
	}
	return p
}

// effectsOf are one person's effects in order.
func (w *world) effectsOf(who id.Person) (out []effect.Effect) {
	for _, c := range w.changes {
		if c.Person == who {
			out = append(out, c.Effects...)
		}
	}
	return out
}

// recordsOf reads one person's history.
func (w *world) recordsOf(who id.Person) (out []record.Record) {
	w.Helper()
	err := w.history.Frames(w.Context(), 0, func(f store.Frame) error {
		for _, e := range f.Entries {
			if e.Person != who {
				continue
			}
			plain, err := w.keys.Open(who, seal.Frame, seal.FrameName(f.Number), e.Body)
			if err != nil {
				return err
			}
			rec, err := record.Decode(plain)
			if err != nil {
				return err
			}
			out = append(out, rec)
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return out
}

func careWorld(t *testing.T, rels []*release.Release, change ...func(*runner.Config)) *world {
	return newWorld(t, append([]func(*runner.Config){func(c *runner.Config) { c.Published = runner.First(rels[0]) }}, change...)...)
}

// Events accepted before the publication are taken under the former release, those after under the new
// one, however many of both are waiting.
func TestAPublicationHasItsPlaceAmongEvents(t *testing.T) {
	rels := versions(t)
	for _, size := range []int{1, 3, 4, 100} {
		w := careWorld(t, rels, func(c *runner.Config) { c.MaxBatch = size })
		w.enrol(ana, morning)
		w.accept(ana, morning, happened("portal.visited"), happened("portal.visited"))
		w.publish(morning.Add(instant.Minute), rels[2], false)
		w.accept(ana, morning.Add(2*instant.Minute), happened("portal.visited"))
		w.accept(ben, morning.Add(2*instant.Minute), happened("portal.visited"))
		w.settle(morning.Add(3 * instant.Minute))
		var order []string
		for _, r := range w.recordsOf(ana) {
			order = append(order, strings.TrimPrefix(fmt.Sprintf("%T", r.What), "engine."))
		}
		if want := []string{"Heard", "Heard", "Heard", "Heard", "Tick", "Switch", "Heard"}; !slices.Equal(order, want) {
			t.Errorf("batches of %d: Ana's order is %v, not %v", size, order, want)
		}
		live := w.cfg.Published[1].Short
		if a, b := w.person(ana), w.person(ben); a.Release != live || b.Release != live {
			t.Errorf("batches of %d: they live under %x and %x, not %x", size, a.Release, b.Release, live)
		}
		switches := effects[effect.Switch](w)
		if len(switches) != 1 || switches[0].At != morning.Add(instant.Minute) {
			t.Errorf("batches of %d: %+v", size, switches)
		}
		if got := w.tallies(); got[fmt.Sprintf("release/%016x", live)] != 2 || got[fmt.Sprintf("release/%016x", rels[0].Short)] != 0 {
			t.Errorf("batches of %d: people under releases: %v", size, got)
		}
	}
}

// What becomes due after the publication happens under the new release, though nobody was moved yet.
func TestNoTimerGoesOffUnderAReleaseThatIsOver(t *testing.T) {
	rels := versions(t)
	w := careWorld(t, rels, func(c *runner.Config) { c.Sweep = -1 })
	w.enrol(ana, morning)
	w.accept(ana, morning, happened("portal.visited"))
	w.settle(morning)
	w.publish(morning.Add(instant.Day), rels[2], false) // silence is five days now, no longer three
	w.settle(morning.Add(4 * instant.Day))
	if sensed := effects[effect.Sense](w); len(sensed) != 0 {
		t.Errorf("silent after four days: %+v", sensed)
	}
	w.settle(morning.Add(6 * instant.Day))
	if sensed := effects[effect.Sense](w); len(sensed) != 1 || sensed[0].At != morning.Add(5*instant.Day+1) {
		t.Errorf("silent after six days: %+v", sensed)
	}
}

// The same timer, when events accepted before the publication are still waiting.
func TestTimersWaitForEventsBeforeThePublication(t *testing.T) {
	rels := versions(t)
	w := careWorld(t, rels, func(c *runner.Config) { c.MaxBatch = 2 })
	w.enrol(ana, morning)
	w.accept(ana, morning, happened("portal.visited"))
	w.settle(morning)
	for range 9 {
		w.accept(ben, morning.Add(instant.Day), happened("portal.visited"))
	}
	w.publish(morning.Add(instant.Day), rels[2], false)
	w.Submit(chidi, engine.Settled{Outcome: engine.Accepted})
	late := morning.Add(4 * instant.Day)
	w.tick(late)
	if w.Behind() == 0 || !w.Waiting() {
		t.Fatal("an input was taken before its release held")
	}
	w.settle(late)
	if sensed := effects[effect.Sense](w); len(sensed) != 0 {
		t.Errorf("silent after four days: %+v", sensed)
	}
	if p := w.person(chidi); p.Release != w.cfg.Published[1].Short {
		t.Error("somebody new began under a release that is over")
	}
}

// Everybody is moved in the end, though nothing is heard of them and they wait for nothing.
func TestTheSweepMovesEverybody(t *testing.T) {
	rels := versions(t)
	w := careWorld(t, rels, func(c *runner.Config) { c.Sweep = 3 })
	const everybody = 40
	for i := range everybody {
		w.accept(id.Person{byte(i * 6), 1}, morning, happened("portal.visited"))
	}
	w.settle(morning)
	w.publish(morning.Add(1), rels[1], false)
	w.tick(morning.Add(2))
	if got := w.tallies()[fmt.Sprintf("release/%016x", w.cfg.Published[1].Short)]; got != 3 {
		t.Fatalf("one tick moved %d", got)
	}
	w.open() // and the process begins again
	w.settle(morning.Add(3))
	if got := w.tallies()[fmt.Sprintf("release/%016x", w.cfg.Published[1].Short)]; got != everybody {
		t.Fatalf("%d of %d were moved", got, everybody)
	}
	if progress := w.tick(morning.Add(4)); progress.More {
		t.Error("the sweep does not end")
	}
}

// A release that is published, taken back and published again moves people each time.
func TestWhoMissedSeveralPublicationsGetsAllInOrder(t *testing.T) {
	rels := versions(t)
	w := careWorld(t, rels, func(c *runner.Config) { c.Sweep = -1 })
	w.enrol(ana, morning)
	w.settle(morning)
	for i, k := range []int{1, 0, 1, 2} {
		w.publish(morning.Add(instant.Duration(i+1)*instant.Hour), rels[k], false)
	}
	w.accept(ana, morning.Add(5*instant.Hour), happened("portal.visited"))
	w.settle(morning.Add(5 * instant.Hour))
	var at []instant.Time
	for i, s := range effects[effect.Switch](w) {
		at = append(at, s.At)
		if s.From != w.cfg.Published[i].Short || s.To != w.cfg.Published[i+1].Short {
			t.Errorf("switch %d leads from %x to %x", i, s.From, s.To)
		}
	}
	if len(at) != 4 || at[0] != morning.Add(instant.Hour) || at[3] != morning.Add(4*instant.Hour) {
		t.Errorf("switched at %v", at)
	}
}

// lived is what a drawn world was lived through.
type lived struct {
	at      instant.Time
	who     id.Person
	event   *event.Event
	publish int // 1 and above: of which version; 0: nothing
	include bool
	gate    bool
}

func drawLives(t *rapid.T) []lived {
	var out []lived
	at := morning
	people := []id.Person{ana, ben, chidi}
	for _, who := range people {
		e := happened("traits.updated", "email", expr.TextOf("someone@patients.example"), "timezone", expr.TextOf("America/New_York"))
		ill := happened("clinical.condition_recorded", "codes", expr.ListOf("44054006"))
		out = append(out, lived{at: at, who: who, event: &e}, lived{at: at, who: who, event: &ill})
	}
	n, published := rapid.IntRange(5, 25).Draw(t, "moves"), 0
	for range n {
		at = at.Add(instant.Duration(rapid.Int64Range(1, int64(40*instant.Hour)).Draw(t, "gap")))
		if published < 4 && rapid.IntRange(0, 5).Draw(t, "what") == 0 {
			published++
			out = append(out, lived{at: at, publish: rapid.IntRange(1, 3).Draw(t, "version"), include: rapid.Bool().Draw(t, "include")})
			continue
		}
		who := rapid.SampledFrom(people).Draw(t, "who")
		if rapid.IntRange(0, 3).Draw(t, "gate") == 0 {
			out = append(out, lived{at: at, who: who, gate: true})
			continue
		}
		e := happened(rapid.SampledFrom([]string{"portal.visited", "portal.visited", "appointment.noshow", "medication.dispensed"}).Draw(t, "event"))
		out = append(out, lived{at: at, who: who, event: &e})
	}
	return out
}

// liveThrough lives a drawn world with a pace: how many people each tick sweeps, and how often the
// runner ticks in between.
func liveThrough(w *world, rels []*release.Release, moves []lived, sweep func() int, ticks func() int) {
	w.Helper()
	last := morning
	for _, m := range moves {
		w.pace(sweep()) // before anything is submitted: an input that is not taken is lost with the process
		for n := ticks(); n > 0; n-- {
			w.settle(last + (m.at-last)/instant.Time(n+1))
		}
		switch {
		case m.event != nil:
			w.accept(m.who, m.at, *m.event)
		case m.gate:
			w.Submit(m.who, engine.Gate{})
		default:
			w.publish(m.at, rels[m.publish-1], m.include)
		}
		w.settle(m.at)
		last = m.at
	}
	w.settle(last.Add(30 * instant.Day))
	w.pace(64)
	w.settle(last.Add(60 * instant.Day))
}

// pace opens the runner anew with another width of its sweep; nobody is swept below 1.
func (w *world) pace(width int) {
	w.Helper()
	if width < 1 {
		width = -1
	}
	if width != w.cfg.Sweep {
		w.cfg.Sweep = width
		w.open()
	}
}

// paceProperty is what the mutant of a fold at the time of the sweep has to fail.
const paceProperty = "TestThePaceOfTheSweepChangesNothing"

// Whether people are moved at once, by and by, or not before something happens to them: what becomes of
// them is the same, and so is all that follows.
func TestThePaceOfTheSweepChangesNothing(t *testing.T) {
	rels := versions(t)
	rapid.Check(t, func(rt *rapid.T) {
		moves := drawLives(rt)
		at := func(sweep, ticks func() int) (map[id.Person]string, map[id.Person][]effect.Effect) {
			w := careWorld(t, rels)
			defer w.people.Close()
			defer w.history.Close()
			liveThrough(w, rels, moves, sweep, ticks)
			fx := map[id.Person][]effect.Effect{}
			for _, who := range []id.Person{ana, ben, chidi} {
				fx[who] = w.effectsOf(who)
			}
			return w.lives(), fx
		}
		none := func() int { return 0 }
		g := rand.New(rand.NewPCG(rapid.Uint64().Draw(rt, "pace"), 1))
		now, fxNow := at(func() int { return 64 }, none)
		for pace, how := range map[string][2]func() int{
			"lazily":     {func() int { return -1 }, none},
			"by and by":  {func() int { return g.IntN(3) - 1 }, func() int { return g.IntN(3) }},
			"very often": {func() int { return 1 }, func() int { return 2 }},
		} {
			is, fx := at(how[0], how[1])
			if !maps.Equal(now, is) {
				for who := range now {
					a, _ := person.Decode(who, []byte(now[who]))
					b, _ := person.Decode(who, []byte(is[who]))
					if now[who] != is[who] {
						rt.Errorf("%s: the state of %s is another\n%+v\n%+v\n%+v\n%+v", pace, who, a, b, fxNow[who], fx[who])
					}
				}
				rt.FailNow()
			}
			for who := range fxNow {
				if a, b := fmt.Sprintf("%+v", fxNow[who]), fmt.Sprintf("%+v", fx[who]); a != b {
					rt.Fatalf("%s: other effects\n%s\n%s", pace, a, b)
				}
			}
		}
	})
}

// A crash between history and state, at any commit of a sweep, and a rebuild from nothing: all give the
// same bytes.
func TestPublicationsAreReplayedExactly(t *testing.T) {
	rels := versions(t)
	live := func(w *world, failAt int) {
		broken := &stubborn{People: w.people}
		w.cfg.People, w.cfg.Sweep = broken, 2
		w.open()
		commits := 0
		tick := func(at instant.Time) {
			for more := true; more; {
				if commits == failAt {
					broken.failures = 1
				}
				commits++
				progress, err := w.Tick(t.Context(), at)
				if err != nil {
					w.open()
					more = true
					continue
				}
				more = progress.More
			}
		}
		for i := range 9 {
			w.enrol(id.Person{byte(i * 20), 1}, morning)
		}
		tick(morning)
		w.accept(id.Person{0, 1}, morning.Add(instant.Hour), happened("appointment.noshow"))
		w.accept(id.Person{20, 1}, morning.Add(instant.Hour), happened("portal.visited"))
		w.publish(morning.Add(2*instant.Hour), rels[2], true)
		w.accept(id.Person{40, 1}, morning.Add(3*instant.Hour), happened("portal.visited"))
		w.accept(id.Person{250, 1}, morning.Add(3*instant.Hour), happened("portal.visited"))
		tick(morning.Add(3 * instant.Hour))
		w.publish(morning.Add(4*instant.Hour), rels[0], false)
		tick(morning.Add(10 * instant.Day))
	}
	smooth := careWorld(t, rels)
	live(smooth, -1)
	for failAt := 0; failAt < 12; failAt++ {
		w := careWorld(t, rels)
		live(w, failAt)
		if is := w.lives(); !maps.Equal(is, smooth.lives()) {
			t.Errorf("after a crash at commit %d other people came out", failAt)
		}
		was := w.image()
		history := w.history
		w.dir = t.TempDir()
		w.openStores()
		w.history, w.cfg.People = history, w.people
		w.open()
		if is := w.image(); is != was {
			t.Errorf("after a crash at commit %d a rebuild gives\n%s\nand it was\n%s", failAt, is, was)
		}
	}
}

// A retraction folds from the history, this very batch included, and is replayed exactly.
func TestARetractionIsTakenWithTheHistory(t *testing.T) {
	for _, size := range []int{1, 100} {
		w := careWorld(t, versions(t), func(c *runner.Config) { c.MaxBatch = size })
		w.enrol(ana, morning)
		w.settle(morning)
		w.accept(ana, morning.Add(instant.Minute), happened("observation.recorded", "code", expr.TextOf("4548-4"), "value", expr.NumberOf(9)), happened("portal.visited"), happened("portal.visited"))
		wrong := fmt.Sprint("app/", w.sent)
		w.accept(ana, morning.Add(2*instant.Minute), happened("record.retracted", "revokes", expr.TextOf(wrong)))
		w.settle(morning.Add(2 * instant.Minute))
		if took := effects[effect.Retract](w); len(took) != 1 || took[0].Event != wrong {
			t.Fatalf("batches of %d: %+v", size, took)
		}
		p := w.person(ana)
		if m := p.Membership("care"); m == nil || m.Phase != "begin" {
			t.Errorf("batches of %d: after one of two visits was taken back Ana is in %+v", size, m)
		}
		if need := effects[effect.NeedHistory](w); len(need) > 0 {
			t.Error("the question for history is handed on")
		}
		was, history := w.image(), w.history
		w.dir = t.TempDir()
		w.openStores()
		w.history, w.cfg.People = history, w.people
		w.open()
		if is := w.image(); is != was {
			t.Errorf("batches of %d: rebuilt\n%s\nwas\n%s", size, is, was)
		}
	}
}

func TestAStateOfAnUnknownReleaseIsRefused(t *testing.T) {
	rels := versions(t)
	w := careWorld(t, rels)
	w.enrol(ana, morning)
	w.settle(morning)
	w.cfg.Published = runner.First(rels[1])
	w.open()
	w.accept(ana, morning, happened("portal.visited"))
	was := w.image()
	if _, err := w.Tick(t.Context(), morning); err == nil || !strings.Contains(err.Error(), "not among those that were published here") {
		t.Fatal(err)
	}
	if !bytes.Equal([]byte(w.image()), []byte(was)) {
		t.Error("the state changed")
	}
}
