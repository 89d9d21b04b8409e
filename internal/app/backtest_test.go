package app

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"attune/core/id"
	"attune/core/instant"
	"attune/core/release"
	"attune/internal/backtest"
	"attune/internal/delivery"
	"attune/internal/runner"
	"attune/internal/sim"
	"attune/internal/store"
)

// promptWorld lives a past in which everything happens at its very instant: events as they come, timers
// when they are due, and hand-overs at once.
func promptWorld(t *testing.T, people, days int) (*Node, string) {
	t.Helper()
	return promptWorldOf(t, diabetes, people, days)
}

// promptWorldOf lives it under a program, and learns from it when so many days are over; then nobody opens
// anything, since receipts are left out of a backtest and what people answer to is learned from.
func promptWorldOf(t *testing.T, program string, people, days int, nights ...int) (*Node, string) {
	t.Helper()
	rel, zones := mustLoad(t, program)
	dir := filepath.Join(t.TempDir(), "prompt")
	start := crashBegin
	end := start.Add(instant.Duration(days) * instant.Day)
	clock := sim.NewClock(start, nil)
	population, err := sim.NewPopulation(11, people, zones, start, end.Sub(start))
	if err != nil {
		t.Fatal(err)
	}
	quiet := len(nights) > 0
	var n *Node
	n, err = Open(t.Context(), Options{
		Data: dir, Organisation: "prompt", Release: rel, Now: clock.Now, Relaxed: true, StaleAfter: 20 * instant.Day,
		Watch: func(c runner.Change) {
			population.Asked(c.Person, c.Effects, func(request id.Key) []string {
				o, _ := n.Requests.Get(request)
				return o.Outcomes
			})
		},
		Carrier: func(c delivery.Channel) delivery.Channel {
			if quiet {
				return c
			}
			return sim.Carry(c, population)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	drive := sim.Drive{Runner: n.Runner, Delivery: n.Delivery, Proposals: n.Proposals}
	for now := start; ; {
		now = max(now, min(population.Next(), n.Runner.NextWake(), n.Delivery.NextDue()))
		if now >= end {
			return n, dir
		}
		if len(nights) > 0 && now >= start.Add(instant.Duration(nights[0])*instant.Day) {
			clock.Set(start.Add(instant.Duration(nights[0]) * instant.Day))
			if night, err := n.Learn(t.Context()); err != nil || night.Made.ID == "" {
				t.Fatalf("%+v, %v", night, err)
			}
			nights = nights[1:]
		}
		clock.Set(now)
		if arrivals := population.Until(now); len(arrivals) > 0 {
			if err := n.Intake.Take(t.Context(), population.Source(), arrivals); err != nil {
				t.Fatal(err)
			}
		}
		if err := drive.Settle(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
}

func backtested(t *testing.T, dir string, b Backtest) *backtest.Result {
	t.Helper()
	i, err := Inspect(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	r, err := i.Backtest(t.Context(), b)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func spelled(t *testing.T, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The whole path, real but for its people: what the backtest plays of the version that was live is what
// intake, runner, delivery and carriers really came to. It differs in one thing: the team's answers to what the
// journeys asked in the window are left out.
func TestABacktestOfWhatWasLiveIsWhatHappened(t *testing.T) {
	t.Parallel()
	n, dir := promptWorld(t, 40, 70)
	rel := n.live()
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	for _, from := range []instant.Duration{0, 20 * instant.Day, 33*instant.Day + 7*instant.Hour} {
		r := backtested(t, dir, Backtest{Release: rel, From: crashBegin.Add(from)})
		if r.Differs != 0 {
			t.Errorf("%d people's past came out differently", r.Differs)
		}
		played, real := r.Candidate.Counts, r.Happened
		if played.Touches.HandedOver == 0 {
			t.Error("nothing was handed over")
		}
		answered := func(j backtest.Journey) bool { return j.Journey == "missed_visit" }
		played.Journeys, real.Journeys = slices.DeleteFunc(slices.Clone(played.Journeys), answered), slices.DeleteFunc(real.Journeys, answered)
		if a, b := spelled(t, played), spelled(t, real); a != b {
			t.Errorf("from %s played:\n%s\nreally:\n%s", r.From, a, b)
		}
		if spelled(t, r.Candidate) != spelled(t, r.Against) {
			t.Error("a version differs from itself")
		}
	}
}

// The past of who objects to profiling, and of whom nothing may be used, is not played.
func TestABacktestLeavesOutWhoObjects(t *testing.T) {
	t.Parallel()
	n, dir := promptWorld(t, 12, 10)
	rel := n.live()
	people, err := everybody(t.Context(), n.People)
	if err != nil {
		t.Fatal(err)
	}
	limitFew(t, n, people)
	if err := n.Close(); err != nil {
		t.Fatal(err)
	}
	if r := backtested(t, dir, Backtest{Release: rel}); r.People != int64(len(people)-2) {
		t.Errorf("the past of %d of %d people was played", r.People, len(people))
	}
}

// prints are hashes of all files of a folder.
func prints(t *testing.T, dir string) map[string][32]byte {
	t.Helper()
	out := map[string][32]byte{}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		// The WAL's index is shared memory in which readers mark their places; it is no data. That somebody looked is recorded.
		if !strings.HasSuffix(path, "-shm") && filepath.Dir(path) != AuditDir(dir) {
			out[path] = sha256.Sum256(data)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// calmer has another cap.
func calmer(t *testing.T) *release.Release {
	t.Helper()
	rel, _ := mustLoad(t, changed(t, [3]string{"policy.yaml", "{count: 3, within: 7d}", "{count: 1, within: 14d}"}))
	return rel
}

func lastOf(t *testing.T, n *Node) store.Mark {
	t.Helper()
	last, err := n.History.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return last
}

// Beside a server that has the folder open nothing is changed, and after it no byte of any file but the audit log's; in chunks and
// in frames the numbers are the same. Who was erased is not looked at.
func TestABacktestWritesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("lives through months")
	}
	t.Parallel()
	w, dir := smallWorld(t)
	try := calmer(t)
	was, last := image(t, w.Node.People), lastOf(t, w.Node)
	beside := backtested(t, dir, Backtest{Release: try, List: true})
	if !bytes.Equal(was, image(t, w.Node.People)) || last != lastOf(t, w.Node) {
		t.Error("beside a server it changed something")
	}
	if err := w.Node.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
	if chunked := backtested(t, dir, Backtest{Release: try}); spelled(t, chunked) != spelled(t, beside) {
		t.Error("in chunks there is another past than in frames")
	}
	if err := w.Node.Close(); err != nil {
		t.Fatal(err)
	}
	files := prints(t, dir)
	alone := backtested(t, dir, Backtest{Release: try, Workers: 3})
	if !sameFiles(t, files, prints(t, dir)) {
		t.Error("it changed files of a stopped server")
	}
	if spelled(t, alone) != spelled(t, beside) {
		t.Error("with three workers and no server it counted something else")
	}
	var list strings.Builder
	if err := beside.WriteList(&list); err != nil {
		t.Fatal(err)
	}
	if rows := strings.Count(list.String(), "\n") - 1; beside.Candidate.Touches.HandedOver == beside.Against.Touches.HandedOver || rows == 0 {
		t.Errorf("%d touches against %d, %d people listed", beside.Candidate.Touches.HandedOver, beside.Against.Touches.HandedOver, rows)
	}
	again, err := Open(t.Context(), Options{Data: dir, Organisation: "demo", Release: w.Node.Release, Now: w.Clock.Now, Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	people := again.Keys.People()
	err = again.Keys.Erase(people[0])
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if r := backtested(t, dir, Backtest{Release: try}); r.People != beside.People-1 {
		t.Errorf("%d people after one was erased, %d before", r.People, beside.People)
	}
}

func sameFiles(t *testing.T, a, b map[string][32]byte) (same bool) {
	t.Helper()
	same = true
	for path, sum := range b {
		// An empty WAL is made anew by whoever opens the file.
		if was, known := a[path]; (!known || was != sum) && sum != sha256.Sum256(nil) {
			t.Logf("%s was changed", path)
			same = false
		}
	}
	return same
}

// A folder in which something was published twice: the former version can be named, and the past comes out as
// it was written, under whichever of them it was written.
func TestABacktestAgainstAFormerVersion(t *testing.T) {
	if testing.Short() {
		t.Skip("lives through months")
	}
	t.Parallel()
	w, dir := smallWorld(t)
	first := w.Node.live()
	second := calmer(t)
	if _, err := w.Node.Publish(second, false); err != nil {
		t.Fatal(err)
	}
	drive := sim.Drive{Runner: w.Node.Runner, Delivery: w.Node.Delivery, Proposals: w.Node.Proposals}
	published := w.Clock.Now()
	for now, end := published, published.Add(20*instant.Day); now < end; {
		now = now.Add(stepOfPast)
		w.Clock.Set(now)
		if err := w.Node.Intake.Take(t.Context(), w.Population.Source(), w.Population.Until(now)); err != nil {
			t.Fatal(err)
		}
		if err := drive.Settle(t.Context(), now); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Node.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"1", first.ID[:8]} {
		r := backtested(t, dir, Backtest{Release: second, Against: name})
		if r.Differs != 0 || len(r.Live) != 2 || r.Against.Number != 1 || r.Candidate.Number != 2 || r.Against.Release != first.ID {
			t.Errorf("against %s: %d differ, live %+v, %d against %d", name, r.Differs, r.Live, r.Candidate.Number, r.Against.Number)
		}
	}
	if r := backtested(t, dir, Backtest{Release: first}); r.Against.Number != 2 {
		t.Errorf("against %d, and 2 is live", r.Against.Number)
	}
	i, err := Inspect(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	for it, c := range map[string]struct {
		b    Backtest
		want []string
	}{
		"lists what was published": {Backtest{Release: first, Against: "ffffffff"}, []string{"no release", "published here were:", first.ID[:12], second.ID[:12]}},
		"knows where it ends":      {Backtest{Release: first, From: published.Add(90 * instant.Day)}, []string{"the history here ends at"}},
		"knows where it begins":    {Backtest{Release: first, To: crashBegin.Add(-300 * instant.Day)}, []string{"the history here begins at"}},
	} {
		_, err := i.Backtest(t.Context(), c.b)
		for _, want := range c.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("it %s: %v", it, err)
			}
		}
	}
	r, err := i.Backtest(t.Context(), Backtest{Release: first, From: crashBegin.Add(-3000 * instant.Day), To: published.Add(3000 * instant.Day)})
	if err != nil || !strings.Contains(strings.Join(r.Limits, " "), "The history begins at") || !strings.Contains(strings.Join(r.Limits, " "), "The history ends at") {
		t.Errorf("%v, %v", r, err)
	}
}
