package runner_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/record"
	histories "attune/internal/history"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/store"
)

var withdrawn = happened("consent.withdrawn", "purpose", expr.TextOf("treatment_support"))

// dueTouch brings Ana to where a message to her is due now.
func dueTouch(w *world) {
	w.Helper()
	w.enrol(ana, morning)
	w.accept(ana, morning, happened("appointment.noshow"))
	w.settle(morning)
	if p, _, err := w.Person(w.Context(), ana); err != nil || p.Due() > morning {
		w.Fatal("no message to Ana is due", err)
	}
}

func TestAGateIsAskedAtOnceWhenNothingIsWaiting(t *testing.T) {
	w := newWorld(t)
	dueTouch(w)
	w.Submit(ana, engine.Gate{})
	if progress := w.tick(morning); progress.Inputs != 1 {
		t.Fatalf("%+v", progress)
	}
	if sends := effects[effect.Send](w); len(sends) != 1 || sends[0].To != "someone@patients.example" {
		t.Fatalf("the message does not go out: %+v", sends)
	}
}

// Ana's withdrawal is acknowledged before the gate is asked, and only then taken from the log: the gate
// must see it.
func TestAGateWaitsForEventsAcceptedBeforeIt(t *testing.T) {
	w := newWorld(t, func(c *runner.Config) { c.MaxBatch = 2 })
	dueTouch(w)
	for range 3 { // of others, so that the withdrawal is not in the next batch
		w.accept(ben, morning, happened("portal.visited"))
	}
	w.accept(ana, morning, withdrawn)
	w.Submit(ana, engine.Gate{})
	for range 2 {
		if progress := w.tick(morning); progress.Inputs != 0 || !progress.More || !w.Waiting() {
			t.Fatalf("the gate was not kept waiting: %+v", progress)
		}
	}
	if progress := w.tick(morning); progress.Inputs != 1 || progress.More || w.Waiting() {
		t.Fatalf("the gate was not asked in the end: %+v", progress)
	}
	if sends := effects[effect.Send](w); len(sends) > 0 {
		t.Fatal("a message went out after the withdrawal")
	}
	if ends := effects[effect.End](w); len(ends) != 1 {
		t.Fatalf("the touch did not end: %+v", ends)
	}
}

// A withdrawal that comes after the gate was asked, and is read in the same batch, still wins.
func TestAGateComesAfterTheEventsOfItsBatch(t *testing.T) {
	w := newWorld(t)
	dueTouch(w)
	w.Submit(ana, engine.Gate{})
	w.accept(ana, morning, withdrawn)
	if progress := w.tick(morning); progress.Inputs != 1 || progress.Events != 1 {
		t.Fatalf("not one batch: %+v", progress)
	}
	if sends := effects[effect.Send](w); len(sends) > 0 {
		t.Fatal("a message went out after the withdrawal")
	}
}

// What a carrier said is news about the past, so it does not wait.
func TestASettlementDoesNotWaitForEvents(t *testing.T) {
	w := newWorld(t, func(c *runner.Config) { c.MaxBatch = 2 })
	dueTouch(w)
	w.Submit(ana, engine.Gate{})
	w.tick(morning)
	for range 9 {
		w.accept(ben, morning, happened("portal.visited"))
	}
	w.Submit(ana, engine.Settled{Attempt: effects[effect.Send](w)[0].Attempt, Outcome: engine.Accepted})
	if progress := w.tick(morning); progress.Inputs != 1 {
		t.Fatalf("%+v", progress)
	}
	if n := w.tallies()["touch/email/handed_over"]; n != 1 {
		t.Fatalf("%d recorded as handed over", n)
	}
}

func TestABatchIsBounded(t *testing.T) {
	w := newWorld(t, func(c *runner.Config) { c.MaxBatch = 10 })
	for i := range 25 {
		w.accept([]id.Person{ana, ben}[i%2], morning, happened("portal.visited"))
	}
	if w.Behind() != 25 {
		t.Fatalf("%d behind", w.Behind())
	}
	for i, want := range []runner.Progress{{Events: 10, More: true}, {Events: 10, More: true}, {Events: 5}, {}} {
		if got := w.tick(morning); got != want {
			t.Errorf("tick %d: %+v, want %+v", i, got, want)
		}
	}
	if w.Behind() != 0 {
		t.Errorf("%d still behind", w.Behind())
	}
}

// Inputs of delivery count towards the batch and never keep events out altogether.
func TestEventsAreTakenBesideManyInputs(t *testing.T) {
	w := newWorld(t, func(c *runner.Config) { c.MaxBatch = 3 })
	w.accept(ana, morning, happened("portal.visited"), happened("portal.visited"))
	w.settle(morning)
	w.accept(ana, morning, happened("portal.visited"), happened("portal.visited"))
	for range 4 {
		w.Submit(ben, engine.Settled{Outcome: engine.Accepted})
	}
	for i, want := range []runner.Progress{{Events: 1, Inputs: 3, More: true}, {Events: 1, Inputs: 1}} {
		if got := w.tick(morning); got != want {
			t.Errorf("tick %d: %+v, want %+v", i, got, want)
		}
	}
}

func TestTimersAreTakenWhenTheyAreDue(t *testing.T) {
	w := newWorld(t)
	w.enrol(ana, morning)
	w.accept(ana, morning, happened("medication.dispensed", "days_supply", expr.IntegerOf(30)))
	w.settle(morning)
	late := morning.Add(35 * instant.Day)
	w.settle(late - 1)
	if sensed := effects[effect.Sense](w); len(sensed) != 0 || w.NextWake() != late {
		t.Fatalf("before its time: %+v, and Ana wakes at %s", sensed, w.NextWake())
	}
	if progress := w.tick(late); progress.Wakes != 1 || progress.Events+progress.Inputs != 0 {
		t.Fatalf("the timer was not taken: %+v", progress)
	}
	if sensed := effects[effect.Sense](w); len(sensed) != 1 || sensed[0].Signal != "diabetes/refill_late" || !sensed[0].On {
		t.Fatalf("%+v", sensed)
	}
}

// Who was to be woken days ago goes on from now, before anything else is taken, so that messages that lie days apart do not
// come at once.
func TestJourneysGoOnAfterASleep(t *testing.T) {
	for _, slept := range []instant.Duration{0, instant.Day} {
		w := newWorld(t, func(c *runner.Config) { c.Slept = slept })
		w.enrol(ana, morning)
		w.accept(ana, morning, happened("medication.prescribed"))
		w.settle(morning) // first_weeks: three days, eleven for the portal, and then it asks
		now := morning.Add(20 * instant.Day)
		w.accept(ana, now, happened("page.viewed"))
		w.settle(now)
		var walked []string
		for _, x := range effects[effect.Walk](w) {
			if x.Journey == "first_weeks" {
				walked = append(walked, x.What+" "+x.Step)
			}
		}
		want := []string{"entered wait-1", "reached await-2", "reached ask"}
		if slept > 0 {
			want = []string{"entered wait-1", "resumed wait-1", "reached await-2"}
		}
		if len(walked) < 3 || !slices.Equal(walked[:3], want) || slept > 0 && len(walked) > 3 {
			t.Errorf("a sleep is %s: %q, want %q", slept, walked, want)
		}
	}
}

// The history has every person's inputs in the order of the log, and so do the effects.
func TestEverybodysOrderIsThatOfTheLog(t *testing.T) {
	w := newWorld(t, func(c *runner.Config) { c.MaxBatch = 64 })
	want := map[id.Person][]string{}
	for i := range 300 {
		who := []id.Person{ana, ben, chidi}[i*i%3]
		w.accept(who, morning, happened("portal.visited"))
		want[who] = append(want[who], fmt.Sprint("app/", i+1))
	}
	w.settle(morning)
	got, all := map[id.Person][]string{}, []string{}
	err := w.history.Frames(t.Context(), 0, func(f store.Frame) error {
		for _, e := range f.Entries {
			plain, err := w.keys.Open(e.Person, seal.Frame, seal.FrameName(f.Number), e.Body)
			if err != nil {
				return err
			}
			rec, err := record.Decode(plain)
			if err != nil {
				return err
			}
			got[e.Person] = append(got[e.Person], rec.What.(engine.Heard).Event.ID)
			all = append(all, rec.What.(engine.Heard).Event.ID)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for who := range want {
		if !slices.Equal(got[who], want[who]) {
			t.Errorf("%s: %v, want %v", who, got[who], want[who])
		}
	}
	for i := range all {
		if all[i] != fmt.Sprint("app/", i+1) {
			t.Fatalf("entry %d of the history is %s", i+1, all[i])
		}
	}
}

func TestEventsOfErasedPeopleArePassedOver(t *testing.T) {
	w := newWorld(t)
	w.accept(ben, morning, happened("portal.visited"))
	w.accept(ana, morning, happened("portal.visited"))
	w.accept(ben, morning, happened("portal.visited"))
	w.keys.erased = append(w.keys.erased, ben)
	if progress := w.tick(morning); progress.Events != 3 || w.Behind() != 0 {
		t.Fatalf("%+v, %d behind", progress, w.Behind())
	}
	if got := w.tallies(); got["people"] != 1 || got["events/app/portal.visited"] != 1 {
		t.Fatal(got)
	}
	// Also when there is nobody else's.
	w.accept(ben, morning, happened("portal.visited"))
	if w.settle(morning); w.Behind() != 0 {
		t.Fatal("the runner stands before an event that nobody can read")
	}
}

func TestCountersAreTheSumOfWhatHappened(t *testing.T) {
	w := newWorld(t, func(c *runner.Config) { c.MaxBatch = 7 })
	for _, who := range []id.Person{ana, ben} {
		w.enrol(who, morning)
	}
	for range 20 {
		w.accept(chidi, morning, happened("portal.visited"))
	}
	w.accept(ben, morning, happened("consent.withdrawn", "purpose", expr.TextOf("program")))
	w.settle(morning)
	got := w.tallies()
	for key, want := range map[string]int64{
		"people": 3, "events/app/portal.visited": 20, "events/app/traits.updated": 2, "events/app/clinical.condition_recorded": 2,
		"members/diabetes": 1, "phase/diabetes/diagnosis": 1,
	} {
		if got[key] != want {
			t.Errorf("%s: %d, want %d", key, got[key], want)
		}
	}
}

// A repeated event is counted as ignored, not as an event.
func TestARepeatedEventChangesNothing(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, morning, happened("portal.visited"))
	w.sent-- // the next has the same id
	w.accept(ana, morning, happened("portal.visited"))
	w.settle(morning)
	if got := w.tallies(); got["events/app/portal.visited"] != 1 || got["ignored/repeated"] != 1 {
		t.Fatal(got)
	}
}

// Somebody with more than a thousand instants to catch up with is given the same input again until
// they have.
func TestWhoHasMuchToCatchUpWithDoes(t *testing.T) {
	const signals = 1100
	w := newWorld(t, func(c *runner.Config) { c.Published = runner.First(mustLoad(t, manySignals(t, signals))) })
	w.enrol(ana, morning)
	at := morning
	for range signals / 2 {
		at = at.Add(instant.Minute)
		w.accept(ana, at, happened("portal.visited"))
	}
	w.settle(at)
	later := at.Add(30 * instant.Day)
	w.changes = nil
	w.tick(later)
	if off := len(effects[effect.Sense](w)); off != signals {
		t.Errorf("%d signals went off, want %d", off, signals)
	}
	p, _, err := w.Person(t.Context(), ana)
	if err != nil || p.Wake <= later {
		t.Errorf("Ana is left behind: she wakes at %s, %v", p.Wake, err)
	}
	if again := effects[effect.Again](w); len(again) > 0 {
		t.Error("Again is handed on")
	}
}

// Whatever is remembered, the state is the same.
func TestRememberedStatesAreThoseOfTheStore(t *testing.T) {
	var images []string
	for _, bytes := range []int{-1, 2000, 0} {
		w := newWorld(t, func(c *runner.Config) { c.Remember, c.MaxBatch = bytes, 16 })
		at := morning
		for i := range 400 {
			who := id.Person{byte(1 + i*i%23)}
			if i < 23 {
				w.enrol(id.Person{byte(1 + i)}, at)
			}
			at = at.Add(instant.Hour)
			w.accept(who, at, happened([]string{"portal.visited", "medication.dispensed", "appointment.noshow"}[i%3]))
			if i%10 == 0 {
				w.settle(at)
			}
		}
		w.settle(at)
		images = append(images, w.image())
	}
	if images[0] != images[1] || images[0] != images[2] {
		t.Error("the state depends on what is remembered")
	}
}

func TestACrashBetweenHistoryAndStateIsRepaired(t *testing.T) {
	live := func(w *world) {
		w.enrol(ana, morning)
		w.settle(morning)
		w.accept(ana, morning.Add(instant.Minute), happened("appointment.noshow"))
		w.accept(ben, morning.Add(instant.Minute), happened("portal.visited"))
	}
	smooth := newWorld(t)
	live(smooth)
	smooth.settle(morning.Add(instant.Minute))

	w := newWorld(t)
	broken := &stubborn{People: w.people}
	w.cfg.People = broken
	w.open()
	live(w)
	broken.failures = 1
	w.changes = nil
	if _, err := w.Tick(t.Context(), morning.Add(instant.Minute)); err == nil || !strings.Contains(err.Error(), errDisk.Error()) {
		t.Fatal("a failed commit was not reported:", err)
	}
	if len(w.changes) > 0 {
		t.Fatal("delivery was told of what was not committed")
	}
	w.cfg.People = w.people
	w.open()
	if w.Behind() != 0 || w.image() != smooth.image() {
		t.Errorf("after the repair:\n%s\nwithout a crash:\n%s", w.image(), smooth.image())
	}
	if w.NextWake() != smooth.NextWake() {
		t.Errorf("wakes at %s instead of %s", w.NextWake(), smooth.NextWake())
	}
}

func TestNothingIsCommittedThatTheHistoryDoesNotHave(t *testing.T) {
	w := newWorld(t)
	w.enrol(ana, morning)
	w.settle(morning)
	was := w.image()
	w.cfg.History = histories.New(forgetful{w.history}, nil, w.keys)
	w.open()
	w.accept(ana, morning, happened("appointment.noshow"))
	w.changes = nil
	if _, err := w.Tick(t.Context(), morning); err == nil {
		t.Fatal("a history that takes nothing was not noticed")
	}
	if w.image() != was || len(w.changes) > 0 {
		t.Error("the state went on without the history")
	}
}

func TestStateIsRebuiltFromTheHistoryAlone(t *testing.T) {
	w := newWorld(t)
	dueTouch(w)
	w.Submit(ana, engine.Gate{})
	w.settle(morning)
	w.Submit(ana, engine.Settled{Attempt: effects[effect.Send](w)[0].Attempt, Outcome: engine.Accepted, To: "someone@patients.example", Subject: "s", Body: "b"})
	w.settle(morning.Add(instant.Minute))
	w.settle(morning.Add(100 * instant.Day))
	was, history := w.image(), w.history
	w.dir = t.TempDir()
	w.openStores() // empty
	w.history = history
	w.cfg.People = w.people
	w.open()
	if is := w.image(); is != was {
		t.Errorf("rebuilt:\n%s\nwas:\n%s", is, was)
	}
}

func TestReplayUnderAnotherProgramIsRefused(t *testing.T) {
	w := newWorld(t)
	w.enrol(ana, morning)
	w.settle(morning)
	w.cfg.People = &stubborn{People: w.people, failures: 1}
	w.open()
	w.accept(ana, morning, happened("appointment.noshow"))
	if _, err := w.Tick(t.Context(), morning); err == nil {
		t.Fatal("the commit was to fail")
	}
	image, was := w.image(), w.cfg.Published[0]
	w.cfg.People = w.people
	other := mustLoad(t, manySignals(t, 1))
	w.cfg.Published = runner.First(other)
	if _, err := runner.Open(t.Context(), w.cfg); err == nil || !strings.Contains(err.Error(), "is needed and not kept here") {
		t.Fatal("another program went on with what this one did:", err)
	}
	disguised := *other
	disguised.Short = was.Short
	w.cfg.Published = runner.First(&disguised)
	if _, err := runner.Open(t.Context(), w.cfg); err == nil || !strings.Contains(err.Error(), "written under another program or version") {
		t.Fatal("another program went on with what this one did:", err)
	}
	if w.image() != image {
		t.Error("refusing changed the state")
	}
}

func TestWhatDoesNotBelongTogetherIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		lose func(w *world)
		want string
	}{
		"a state ahead of the history": {func(w *world) {
			people := w.people
			w.dir = t.TempDir()
			w.openStores()
			w.cfg.People, w.cfg.History = people, w.recorded()
		}, "the state is at frame 1 and the history ends at 0"},
		"a history ahead of the log": {func(w *world) { w.cfg.Log = newWorld(t).log }, "the history has taken events up to 2 and the log ends at 0"},
		"a log that has forgotten what the history lacks": {func(w *world) {
			if err := w.log.Trim(t.Context(), 2); err != nil {
				t.Fatal(err)
			}
			w.dir = t.TempDir()
			w.openStores()
			w.cfg.People, w.cfg.History = w.people, w.recorded()
		}, "the history has taken events up to 0 and the log begins with 3"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.enrol(ana, morning)
			w.settle(morning)
			c.lose(w)
			_, err := runner.Open(t.Context(), w.cfg)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "restore both from one backup") {
				t.Fatalf("%v, want %q", err, c.want)
			}
		})
	}
}

// A body that does not open stops the runner: going on would skip somebody's event.
func TestATamperedEventStopsTheRunner(t *testing.T) {
	w := newWorld(t)
	w.accept(ana, morning, happened("portal.visited"))
	w.cfg.Keys = tampering{w.keys}
	w.open()
	w.Submit(ben, engine.Settled{})
	if _, err := w.Tick(t.Context(), morning); err == nil || !strings.Contains(err.Error(), "open event at 1") {
		t.Fatal(err)
	}
	if !w.Waiting() {
		t.Error("what delivery submitted is lost")
	}
}

type tampering struct{ runner.Keys }

func (tampering) Open(id.Person, seal.Kind, []byte, []byte) ([]byte, error) {
	return nil, seal.ErrTampered
}

// Submit and Behind may be called while the runner ticks.
func TestSubmittingBesideTicks(t *testing.T) {
	w := newWorld(t)
	ctx, stop := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer stop()
	done := make(chan int)
	go func() {
		n := 0
		for ; ctx.Err() == nil; n++ {
			w.Submit(chidi, engine.Settled{Outcome: engine.Accepted})
			w.Behind()
			time.Sleep(time.Millisecond)
		}
		done <- n
	}()
	taken := 0
	for ctx.Err() == nil {
		taken += w.tick(morning).Inputs
	}
	submitted := <-done
	for w.Waiting() {
		taken += w.tick(morning).Inputs
	}
	if taken != submitted {
		t.Errorf("%d of %d were taken", taken, submitted)
	}
}

// manySignals writes a program with that many thresholds of portal visits, half of them in fourteen days
// and half in fifteen.
func manySignals(t *testing.T, n int) string {
	t.Helper()
	var signals strings.Builder
	for i := range n {
		fmt.Fprintf(&signals, "  s%d: 'count(\"portal.visited\", \"%dd\") >= %d'\n", i, 14+i%2, 1+i/2)
	}
	return writeProgram(t, map[string]string{
		"program.yaml": "program: many\nname: Many\nlanguages: [en]\nenroll: {on: clinical.condition_recorded}\n",
		"map.yaml":     "phases:\n  - {id: begin, name: Begin, says: \"?\", enter: {on: clinical.condition_recorded}}\n",
		"policy.yaml":  "sender: Test\nzone: America/New_York\ncontact_hours: {from: \"08:00\", to: \"21:00\"}\ncaps: [{count: 3, within: 7d}]\nconsent: {jurisdiction: US}\n",
		"signals.yaml": "signals:\n" + signals.String(),
	})
}
