package engine_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/release"
	"attune/internal/programdir"
	"attune/internal/storytest"
)

// The tests of this package are outside it, so that they may read programs as teams write them: only
// they import internal/programdir, and the engine does not.

// zones is unpacked once for all tests.
var zones = sync.OnceValue(func() *instant.Zones {
	z, err := instant.LoadZones()
	if err != nil {
		panic(err)
	}
	return z
})

// compile makes a release of a program's files.
func compile(t testing.TB, files map[string]string) *release.Release {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return load(t, dir)
}

func load(t testing.TB, dir string) *release.Release {
	t.Helper()
	rel, problems, err := programdir.Load(zones(), dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Error(p)
	}
	if len(problems) > 0 {
		t.FailNow()
	}
	return rel
}

// base is the program and the first events that stories share.
func base(t testing.TB) map[string]string {
	t.Helper()
	a, err := txtar.ParseFile("testdata/base.txtar")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range a.Files {
		files[f.Name] = string(f.Data)
	}
	return files
}

// baseWith compiles the base program with more files, given as a txtar archive.
func baseWith(t testing.TB, archive string) *release.Release {
	t.Helper()
	files := base(t)
	delete(files, "before.jsonl")
	for _, f := range txtar.Parse([]byte(archive)).Files {
		files[f.Name] = string(f.Data)
	}
	return compile(t, files)
}

var (
	ana     = id.Person{1: 'a', 2: 'n', 3: 'a'}
	anaSeed = id.SeedOf([]byte("the project's key"), ana)
)

// life is one person lived through inputs, with what must hold at every one of them.
type life struct {
	t     testing.TB
	rel   *release.Release
	p     person.Person
	heard int
	// history is what was ever heard, for the inputs that need it.
	history []engine.Fact
	// releases are the later ones, by the names of their folders in the story.
	releases map[string]*release.Release
	// written is p written down.
	written []byte
}

func newLife(t testing.TB, rel *release.Release) *life {
	l := &life{t: t, rel: rel, p: person.New(ana)}
	l.written = l.bytes()
	return l
}

// step takes one input. It writes the person down and reads them back, checks that nothing was
// written through the state that was given, and gives an input again when the engine asks for it.
func (l *life) step(at instant.Time, what engine.What) []effect.Effect {
	l.t.Helper()
	var all []effect.Effect
	in := engine.Input{At: at, Seed: anaSeed, What: what}
	for {
		is, fx := engine.Step(l.rel, l.p, in)
		if len(fx) == 1 && fx[0] == (effect.NeedHistory{}) && !in.Recalled {
			if !reflect.DeepEqual(is, l.p) {
				l.t.Fatalf("Step asked for the history and changed the person, at %s", at)
			}
			in.History, in.Recalled = l.history, true
			continue
		}
		if !bytes.Equal(l.written, l.bytes()) {
			l.t.Fatalf("Step wrote through the state it was given, at %s with %T", at, what)
		}
		l.p = is
		l.written = l.bytes()
		back, err := person.Decode(ana, l.written)
		if err != nil {
			l.t.Fatal(err)
		}
		l.p = back
		if !bytes.Equal(l.written, l.bytes()) {
			l.t.Fatalf("a person written and read back is another person, at %s", at)
		}
		if n := len(fx); n > 0 && fx[n-1] == (effect.Again{}) {
			all = append(all, fx[:n-1]...)
			continue
		}
		all = append(all, fx...)
		l.remember(at, what, all)
		return all
	}
}

// remember keeps what a history would have of a step: events that were taken, and what the engine noted.
func (l *life) remember(at instant.Time, what engine.What, fx []effect.Effect) {
	taken := true
	for _, e := range fx {
		switch x := e.(type) {
		case effect.Ignore:
			taken = false
		case effect.Note:
			l.history = append(l.history, engine.Fact{At: x.At, Event: x.Event})
		}
	}
	if heard, ok := what.(engine.Heard); ok && taken {
		l.history = append(l.history, engine.Fact{At: at, Event: heard.Event})
	}
}

func (l *life) bytes() []byte {
	l.t.Helper()
	b, err := l.p.Encode()
	if err != nil {
		l.t.Fatal(err)
	}
	return b
}

// hear takes an event that happens as it is heard.
func (l *life) hear(at instant.Time, name string, props ...event.Prop) []effect.Effect {
	l.t.Helper()
	l.heard++
	e := event.Event{ID: fmt.Sprintf("test/%d", l.heard), Name: name, OccurredAt: at, ReceivedAt: at}
	for _, p := range props {
		e = e.With(p.Name, p.Value)
	}
	return l.step(at, engine.Heard{Event: e})
}

func (l *life) tick(at instant.Time) []effect.Effect {
	l.t.Helper()
	return l.step(at, engine.Tick{})
}

func (l *life) gate(at instant.Time) []effect.Effect {
	l.t.Helper()
	return l.step(at, engine.Gate{})
}

// inFlight is the newest attempt that awaits the carrier's word, of an engagement or of any.
func (l *life) inFlight(engagement string) id.Key {
	for _, t := range slices.Backward(l.p.Touches) {
		if (t.State == person.InFlight || t.State == person.Uncertain) && (engagement == "" || t.Engagement == engagement) {
			return t.Attempt()
		}
	}
	return id.Key{}
}

func when(t testing.TB, s string) instant.Time {
	t.Helper()
	at, err := instant.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func text(name, value string) event.Prop { return event.Prop{Name: name, Value: expr.TextOf(value)} }

// line is one input of a story.
type line = storytest.Line

func readLines(t testing.TB, text string) []line {
	t.Helper()
	var out []line
	if err := storytest.Read(text, func() any { out = append(out, line{}); return &out[len(out)-1] }); err != nil {
		t.Fatalf("the events: %v", err)
	}
	return out
}

// input makes what the engine is given of a line, and a word for it.
func (l *life) input(in line, names *ordinals) (instant.Time, engine.What, string) {
	l.t.Helper()
	at := when(l.t, in.At)
	switch {
	case in.Event != "":
		l.heard++
		e, err := storytest.EventOf(l.rel, in, l.heard, names.Key)
		if err != nil {
			l.t.Fatal(err)
		}
		return at, engine.Heard{Event: e}, in.Event
	case in.Resume != "":
		return at, engine.Resume{Enrollment: names.Key(in.Resume), To: in.To}, "resume " + in.Resume
	case in.Replay != "":
		return at, engine.Replay{Touch: names.Key(in.Replay), NotDelivered: in.NotDelivered}, "replay " + in.Replay
	case in.Switch != "":
		l.step(at, engine.Tick{}) // as the runner does: the old release first catches up
		l.rel = l.releases[in.Switch]
		if l.rel == nil {
			l.t.Fatalf("the story has no folder %s", in.Switch)
		}
		return at, engine.Switch{To: l.rel.Short, IncludeExisting: in.IncludeExisting}, "switch to " + in.Switch
	case in.Outranked != "":
		return at, engine.Outranked{Touches: l.touchesOf(in.Outranked)}, "outranked " + in.Outranked
	case in.Tick:
		if in.Slept {
			return at, engine.Tick{Slept: true}, "tick after a sleep"
		}
		return at, engine.Tick{}, "tick"
	case in.Gate:
		if in.Engagement == "" {
			return at, engine.Gate{}, "gate"
		}
		return at, engine.Gate{Touches: l.touchesOf(in.Engagement)}, "gate for " + in.Engagement
	}
	settled := engine.Settled{Attempt: l.inFlight(in.Engagement)}
	if in.Attempt != "" {
		settled.Attempt = names.Key(in.Attempt)
	}
	var err error
	if settled.Outcome, err = storytest.OutcomeOf(in.Settle); err != nil {
		l.t.Fatalf("a line of the events says nothing: %+v: %v", in, err)
	}
	if in.RetryAfter != "" {
		d, err := instant.ParseDuration(in.RetryAfter)
		if err != nil {
			l.t.Fatal(err)
		}
		settled.RetryAfter = d
	}
	return at, settled, "settle " + in.Settle
}

// touchesOf are the person's touches of an engagement.
func (l *life) touchesOf(engagement string) (out []id.Key) {
	for _, t := range l.p.Touches {
		if t.Engagement == engagement {
			out = append(out, t.ID)
		}
	}
	return out
}
