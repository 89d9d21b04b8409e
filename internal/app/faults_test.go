package app

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/release"
	"attune/internal/delivery"
	"attune/internal/intake"
	"attune/internal/runner"
	"attune/internal/sim"
	"attune/internal/store"
)

// crowd is how many people live in a faulty world.
const crowd = 25

// fickle is a carrier that takes messages, refuses them, and above all leaves it open; it cannot be
// asked. What it really took stands in its ledger, which is the truth that the rest is held to.
type fickle struct {
	g     *rand.Rand
	world *faultyWorld
	taken []handed
}

type handed struct {
	touch  id.Key
	person id.Person
	at     instant.Time
	// order is when it was, among everything the world did.
	order int
}

func (*fickle) Can() delivery.Capabilities { return delivery.Capabilities{Name: "email"} }

func (c *fickle) Send(_ context.Context, m delivery.Message) (delivery.Receipt, error) {
	take := func() {
		c.world.order++
		c.taken = append(c.taken, handed{m.Touch, m.Person, c.world.clock.Now(), c.world.order})
		c.world.population.Reached(m)
	}
	fault := errors.New("a fault")
	switch dice := c.g.Float64(); {
	case dice < 0.08:
		take()
		return delivery.Receipt{}, delivery.Uncertain(fault)
	case dice < 0.14:
		return delivery.Receipt{}, delivery.Uncertain(fault)
	case dice < 0.26:
		return delivery.Receipt{}, delivery.RetryAfter(fault, time.Duration(c.g.IntN(7200))*time.Second)
	case dice < 0.30:
		return delivery.Receipt{}, delivery.Permanent(fault)
	case dice < 0.36: // the process dies with the answer
		take()
		c.world.crash = true
		return delivery.Receipt{}, nil
	}
	take()
	return delivery.Receipt{}, nil
}

// faultyWorld lives a population through crashes, repeated, late and shuffled events, and a fickle
// carrier, all drawn from one seed.
type faultyWorld struct {
	t          *testing.T
	g          *rand.Rand
	dir        string
	rel        *release.Release
	versions   [2]*release.Release
	clock      *sim.Clock
	population *sim.Population
	carrier    *fickle
	node       *Node
	order      int
	crash      bool
	crashes    int
	published  int
	// distinct are the ids of all events that were acknowledged.
	distinct map[string]bool
	// words are the newest of those that were acknowledged about each person.
	words map[string]word
}

// eager is the diabetes program with much to say and little allowed, so that caps are what holds it.
func eager(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "diabetes")
	if err := os.CopyFS(dir, os.DirFS(diabetes)); err != nil {
		t.Fatal(err)
	}
	edit(t, dir, map[string][2]string{
		"policy.yaml":                      {"count: 3, within: 7d", "count: 1, within: 7d"},
		"engagements/refill_reminder.yaml": {"again_after: 7d", "again_after: 1d"},
		"engagements/check_in.yaml":        {"again_after: 30d", "again_after: 1d"},
	})
	return dir
}

// edit replaces a text in each of some files.
func edit(t *testing.T, dir string, changes map[string][2]string) {
	t.Helper()
	for file, change := range changes {
		path := filepath.Join(dir, file)
		text, err := os.ReadFile(path)
		if err != nil || !bytes.Contains(text, []byte(change[0])) {
			t.Fatalf("%s has no %q: %v", file, change[0], err)
		}
		if err := os.WriteFile(path, bytes.Replace(text, []byte(change[0]), []byte(change[1]), 1), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// otherwise is the eager program as its team changes it: other silence, another text, a step renamed
// without saying where those on it should go.
func otherwise(t *testing.T, program string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "diabetes")
	if err := os.CopyFS(dir, os.DirFS(program)); err != nil {
		t.Fatal(err)
	}
	edit(t, dir, map[string][2]string{
		"signals.yaml":                         {"days_supply + 5", "days_supply + 2"},
		"journeys/welcome.yaml":                {"  - wait: 5m", "  - {id: settle, wait: 1h}"},
		"content/email/check-in-ask.en.liquid": {"Dear", "Hello"},
		"engagements/check_in.yaml":            {`signal("slipping") || signal("no_show")`, `signal("slipping") || signal("no_show") || signal("refill_late")`},
		"engagements/refill_reminder.yaml":     {"value: ", "value: 1"},
	})
	return dir
}

func newFaultyWorld(t *testing.T, seed uint64, program, other string) *faultyWorld {
	rel, zones := mustLoad(t, program)
	second, _ := mustLoad(t, other)
	g := rand.New(rand.NewPCG(seed, 77))
	start := crashBegin
	population, err := sim.NewPopulation(seed, crowd, zones, start, 30*instant.Day)
	if err != nil {
		t.Fatal(err)
	}
	w := &faultyWorld{t: t, g: g, dir: filepath.Join(t.TempDir(), "data"), rel: rel, versions: [2]*release.Release{rel, second}, clock: sim.NewClock(start, nil), population: population, distinct: map[string]bool{}, words: map[string]word{}}
	w.carrier = &fickle{g: g, world: w}
	w.open()
	return w
}

func (w *faultyWorld) open() {
	w.t.Helper()
	n, err := Open(context.Background(), Options{Data: w.dir, Organisation: "faults", Release: w.rel, Now: w.clock.Now, Channels: []delivery.Channel{w.carrier}, Relaxed: true})
	if err != nil {
		w.t.Fatal(err)
	}
	w.node = n
}

// die loses everything that was only in memory.
func (w *faultyWorld) die() {
	w.crashes++
	w.crash = false
	if err := w.node.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open()
}

func (w *faultyWorld) live(days int) {
	ctx := context.Background()
	var late []intake.Arrival
	var lastBatch []intake.Arrival
	end := w.clock.Now().Add(instant.Duration(days) * instant.Day)
	for now := w.clock.Now(); now < end; now = now.Add(30 * instant.Minute) {
		w.clock.Set(now)
		var batch []intake.Arrival
		for _, a := range append(append(w.population.Until(now), w.fate(now)...), late...) {
			// Some news comes days later; news of death and withdrawal comes when it comes.
			if w.g.IntN(12) == 0 && now < end.Add(-5*instant.Day) {
				late = append(late[:len(late):len(late)], a)
			} else {
				batch = append(batch, a)
			}
		}
		late = late[:0:0]
		for _, a := range batch {
			if w.distinct[a.Event.ID] {
				w.t.Fatal("an event has the id of another")
			}
		}
		if len(lastBatch) > 0 && w.g.IntN(5) == 0 {
			batch = append(batch, lastBatch...) // a client that did not hear the answer
		}
		w.g.Shuffle(len(batch), func(i, j int) { batch[i], batch[j] = batch[j], batch[i] })
		w.take(ctx, batch)
		lastBatch = batch
		w.team()
		w.settle(ctx, now)
	}
}

// team publishes the other version every few days, with events waiting, and sometimes thinks better of it.
func (w *faultyWorld) team() {
	if w.g.IntN(48*4) > 0 {
		return
	}
	live, _ := w.node.Live()
	next := w.versions[0]
	if live.Release == next.ID {
		next = w.versions[1]
	}
	if _, err := w.node.Publish(next, w.g.IntN(3) == 0); err != nil {
		w.t.Fatal(err)
	}
	w.published++
	if w.g.IntN(4) == 0 {
		if _, err := w.node.Undo(); err != nil {
			w.t.Fatal(err)
		}
	}
}

// fate is what befalls people beside their own doing: deaths, withdrawals and missed appointments.
func (w *faultyWorld) fate(now instant.Time) (out []intake.Arrival) {
	if w.g.IntN(8) > 0 {
		return nil
	}
	who := w.population.Key(w.g.IntN(crowd))
	e := event.Event{ID: fmt.Sprintf("fate/%d", now), Source: "fate", OccurredAt: now, ReceivedAt: now, Name: "appointment.noshow"}
	switch dice := w.g.IntN(40); {
	case dice == 0:
		e.Name = "patient.deceased"
	case dice == 1:
		e.Name = "consent.withdrawn"
		e = e.With("purpose", expr.TextOf("treatment_support"))
	}
	return []intake.Arrival{{Who: who, Event: e}}
}

func (w *faultyWorld) take(ctx context.Context, batch []intake.Arrival) {
	if err := w.node.Intake.Take(ctx, w.population.Source(), batch); err != nil {
		w.t.Fatal(err)
	}
	w.order++
	for _, a := range batch {
		w.distinct[a.Event.ID] = true
		switch a.Event.Name {
		case "patient.deceased":
			w.hush(a.Who.Value, word{at: instant.Never, no: true})
		case "consent.withdrawn", "consent.denied":
			w.hush(a.Who.Value, word{at: a.Event.OccurredAt, no: true})
		case "consent.granted":
			w.hush(a.Who.Value, word{at: a.Event.OccurredAt})
		}
	}
}

// word is the newest that was said of somebody: a yes, or a no that stands from an order on. Death is a
// no that nothing follows.
type word struct {
	at    instant.Time
	no    bool
	order int
}

func (w *faultyWorld) hush(who string, said word) {
	if was, known := w.words[who]; !known || said.at > was.at {
		said.order = w.order
		w.words[who] = said
	}
}

// settle is what sim.Drive does, with deaths of the process in between.
func (w *faultyWorld) settle(ctx context.Context, now instant.Time) {
	for {
		if w.crash || w.g.IntN(400) == 0 {
			w.die()
		}
		progress, err := w.node.Runner.Tick(ctx, now)
		if err != nil {
			w.t.Fatal(err)
		}
		made := w.node.Delivery.Tick(now)
		for _, hand := range made {
			if w.crash {
				break // the process is gone, with what it had not handed over
			}
			hand(ctx)
		}
		if !w.crash && !progress.More && len(made) == 0 && w.node.Delivery.Idle() && !w.node.Runner.Waiting() && w.node.Delivery.NextDue() > now {
			return
		}
	}
}

// seeds are the worlds to live: so many from 1 on, fewer in a short run, or what ATTUNE_SEED and ATTUNE_SEEDS say.
func seeds(t *testing.T, usual uint64) (first, count uint64) {
	t.Helper()
	first, count = 1, usual
	if testing.Short() {
		count = 1
	}
	if s := os.Getenv("ATTUNE_SEED"); s != "" {
		seed, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal("ATTUNE_SEED is no number")
		}
		first, count = seed, 1
	}
	if s := os.Getenv("ATTUNE_SEEDS"); s != "" {
		if n, err := strconv.ParseUint(s, 10, 64); err == nil {
			count = n
		}
	}
	return first, count
}

func TestFaultsBreakNoPromise(t *testing.T) {
	program := eager(t)
	other := otherwise(t, program)
	first, count := seeds(t, 6)
	for seed := first; seed < first+count; seed++ {
		t.Run(fmt.Sprintf("seed_%d", seed), func(t *testing.T) {
			t.Parallel()
			w := newFaultyWorld(t, seed, program, other)
			w.live(60)
			w.rest()
			w.check()
			t.Logf("%d events, %d messages taken, %d crashes, %d times published", len(w.distinct), len(w.carrier.taken), w.crashes, w.published)
		})
	}
}

// rest lets everything that is under way come to its end.
func (w *faultyWorld) rest() {
	for range 40 {
		w.clock.Set(w.clock.Now().Add(instant.Day))
		w.settle(context.Background(), w.clock.Now())
	}
}

func (w *faultyWorld) check() {
	t := w.t
	names := map[id.Person]string{}
	for i := range crowd {
		key := w.population.Key(i)
		if who, ok, err := w.node.Directory.Find(t.Context(), key); err == nil && ok {
			names[who] = key.Value
		}
	}
	once := map[id.Key]bool{}
	times := map[id.Person][]instant.Time{}
	for _, h := range w.carrier.taken {
		if once[h.touch] {
			t.Errorf("touch %s was handed over twice", h.touch)
		}
		once[h.touch] = true
		if said := w.words[names[h.person]]; said.no && h.order > said.order {
			t.Errorf("%s was written to after their death or withdrawal was acknowledged", names[h.person])
		}
		p, _, err := w.node.Runner.Person(t.Context(), h.person)
		if err != nil {
			t.Fatal(err)
		}
		if hour := h.at.Std().In(mustLocation(t, p.Trait("timezone").Text)).Hour(); hour < 8 || hour >= 21 {
			t.Errorf("%s was written to at %d o'clock", names[h.person], hour)
		}
		times[h.person] = append(times[h.person], h.at)
	}
	for who, at := range times {
		for i := 1; i < len(at); i++ {
			if at[i].Sub(at[i-1]) < 7*instant.Day {
				t.Errorf("%s got two messages within a week", names[who])
			}
		}
	}
	w.checkSums()

	was := image(t, w.node.People)
	if err := w.node.Close(); err != nil {
		t.Fatal(err)
	}
	for _, f := range mustGlob(t, filepath.Join(w.dir, "state.db*")) {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	w.open()
	defer w.node.Close()
	if is := image(t, w.node.People); !bytes.Equal(was, is) {
		t.Error("the state is not what the history says")
	}
}

// checkSums asks that nothing is lost: every acknowledged event was taken once, and every touch that
// was decided has ended in some way that can be told.
func (w *faultyWorld) checkSums() {
	t := w.t
	tallies, err := w.node.People.Tallies(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	var events, decided, ended int64
	for _, x := range tallies {
		switch {
		case bytes.HasPrefix([]byte(x.Key), []byte("events/")):
			events += x.Add
		case bytes.HasPrefix([]byte(x.Key), []byte("decided/")):
			decided += x.Add
		case bytes.HasPrefix([]byte(x.Key), []byte("ended/")), x.Key == "touch/email/handed_over", x.Key == "touch/email/ended":
			ended += x.Add
		}
	}
	if int(events) != len(w.distinct) {
		t.Errorf("%d events were acknowledged and %d taken", len(w.distinct), events)
	}
	if decided != ended || decided == 0 {
		t.Errorf("%d touches were decided and %d came to an end", decided, ended)
	}
	err = w.node.People.Each(t.Context(), func(r store.Row) error {
		p, _, err := runner.ReadPerson(t.Context(), w.node.People, w.node.Keys, r.Person)
		for _, touch := range p.Touches {
			if touch.State != person.HandedOver && touch.State != person.Ended {
				t.Errorf("a touch is still %s", touch.State)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
