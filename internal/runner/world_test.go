package runner_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/release"
	"attune/internal/eventlog"
	"attune/internal/eventlog/memlog"
	histories "attune/internal/history"
	"attune/internal/programdir"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/store"
	"attune/internal/store/sqlite"
)

// The cast. Ana and Ben live in New York; nothing is known of Chidi.
var ana, ben, chidi = id.Person{1}, id.Person{2}, id.Person{3}

// morning is ten o'clock in New York, within contact hours.
const morning = instant.Time(1_803_999_600_000)

func mustLoad(t testing.TB, dir string) *release.Release {
	t.Helper()
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	rel, problems, err := programdir.Load(zones, dir)
	if rel == nil {
		t.Fatal(err, problems)
	}
	return rel
}

// world is a runner and all that it works with, in memory but for the stores.
type world struct {
	*testing.T
	*runner.Runner
	cfg     runner.Config
	dir     string
	log     *memlog.Log
	people  *sqlite.People
	history *sqlite.History
	keys    *plainKeys
	sent    int
	// changes are what Committed was told.
	changes []runner.Change
}

// newWorld opens a runner over empty stores; change may alter its configuration.
func newWorld(t *testing.T, change ...func(*runner.Config)) *world {
	t.Helper()
	w := &world{T: t, dir: t.TempDir(), log: memlog.New(), keys: &plainKeys{}}
	w.openStores()
	w.cfg = runner.Config{
		Log: w.log, People: w.people, History: w.recorded(), Keys: w.keys, ProjectKey: []byte("project"),
		Published: runner.First(mustLoad(t, "../../programs/diabetes").Certain()), // what its rules propose is said
		Committed: func(c runner.Change) { w.changes = append(w.changes, c) },
	}
	for _, c := range change {
		c(&w.cfg)
	}
	w.open()
	return w
}

// recorded is the history with the keys that open it.
func (w *world) recorded() *histories.History { return histories.New(w.history, nil, w.keys) }

func (w *world) openStores() {
	w.Helper()
	var err error
	if w.people, err = sqlite.OpenPeople(w.dir, sqlite.Config{Durability: sqlite.Relaxed}); err != nil {
		w.Fatal(err)
	}
	if w.history, err = sqlite.OpenHistory(w.dir, sqlite.Config{Durability: sqlite.Relaxed}); err != nil {
		w.Fatal(err)
	}
	people, history := w.people, w.history
	w.Cleanup(func() {
		_ = people.Close()
		_ = history.Close()
	})
}

func (w *world) open() {
	w.Helper()
	r, err := runner.Open(w.Context(), w.cfg)
	if err != nil {
		w.Fatal(err)
	}
	w.Runner = r
}

// happened is an event of a kind, with properties in pairs.
func happened(name string, pairs ...any) event.Event {
	e := event.Event{Name: name, Source: "app"}
	for i := 0; i+1 < len(pairs); i += 2 {
		e = e.With(pairs[i].(string), pairs[i+1].(expr.Value))
	}
	return e
}

// accept puts events of one person into the log, as intake does.
func (w *world) accept(who id.Person, at instant.Time, events ...event.Event) {
	w.Helper()
	for _, e := range events {
		w.sent++
		e.ID, e.OccurredAt, e.ReceivedAt = fmt.Sprint("app/", w.sent), at, at
		plain, err := e.Encode()
		if err != nil {
			w.Fatal(err)
		}
		body, err := (&plainKeys{}).Seal(who, seal.Event, nil, plain)
		if err != nil {
			w.Fatal(err)
		}
		if _, err := w.log.Append(w.Context(), []eventlog.Entry{{Person: who, At: at, Body: body}}); err != nil {
			w.Fatal(err)
		}
	}
}

// enrol accepts what brings somebody into the program, with an address.
func (w *world) enrol(who id.Person, at instant.Time) {
	w.Helper()
	w.accept(who, at,
		happened("traits.updated", "email", expr.TextOf("someone@patients.example"), "timezone", expr.TextOf("America/New_York")),
		happened("clinical.condition_recorded", "codes", expr.ListOf("44054006")))
}

func (w *world) tick(at instant.Time) runner.Progress {
	w.Helper()
	progress, err := w.Tick(w.Context(), at)
	if err != nil {
		w.Fatal(err)
	}
	return progress
}

// settle ticks until there is nothing more to do.
func (w *world) settle(at instant.Time) {
	w.Helper()
	for w.tick(at).More {
	}
}

// effects are all of one kind that were committed, in order.
func effects[E effect.Effect](w *world) (out []E) {
	for _, c := range w.changes {
		for _, e := range c.Effects {
			if x, ok := e.(E); ok {
				out = append(out, x)
			}
		}
	}
	return out
}

func (w *world) tallies() map[string]int64 {
	w.Helper()
	list, err := w.people.Tallies(w.Context(), "")
	if err != nil {
		w.Fatal(err)
	}
	out := map[string]int64{}
	for _, t := range list {
		out[t.Key] = t.Add
	}
	return out
}

// image is all that the state holds.
func (w *world) image() string {
	w.Helper()
	var b strings.Builder
	err := w.people.Each(w.Context(), func(r store.Row) error {
		fmt.Fprintf(&b, "%s %d %d %d %x\n", r.Person, r.Version, r.Wake, r.Due, r.Blob)
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	mark, err := w.people.Mark(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	fmt.Fprintln(&b, w.tallies(), mark)
	return b.String()
}

// plainKeys seal nothing, but notice when something is opened as what it is not, and forget people.
type plainKeys struct{ erased []id.Person }

func sealedAs(p id.Person, kind seal.Kind, name []byte) []byte {
	return fmt.Appendf(nil, "%s|%s|%x|", p, kind, name)
}

func (k *plainKeys) Seal(p id.Person, kind seal.Kind, name, plain []byte) ([]byte, error) {
	if slices.Contains(k.erased, p) {
		return nil, seal.ErrNoKey
	}
	return append(sealedAs(p, kind, name), plain...), nil
}

func (k *plainKeys) Open(p id.Person, kind seal.Kind, name, sealed []byte) ([]byte, error) {
	if slices.Contains(k.erased, p) {
		return nil, seal.ErrNoKey
	}
	plain, ok := bytes.CutPrefix(sealed, sealedAs(p, kind, name))
	if !ok {
		return nil, seal.ErrTampered
	}
	return plain, nil
}

var errDisk = errors.New("the disk is full")

// stubborn are people whose next commits fail.
type stubborn struct {
	store.People
	failures int
}

func (s *stubborn) Commit(ctx context.Context, b store.Batch) error {
	if s.failures > 0 {
		s.failures--
		return errDisk
	}
	return s.People.Commit(ctx, b)
}

// forgetful is a history that takes nothing.
type forgetful struct{ store.History }

func (forgetful) Append(context.Context, store.Frame) error { return errDisk }

func writeProgram(t testing.TB, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
