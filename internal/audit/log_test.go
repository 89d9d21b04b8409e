package audit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock goes on by a second each time it is asked.
func clock() func() time.Time {
	var mu sync.Mutex
	at := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		at = at.Add(time.Second)
		return at
	}
}

// folder is a data folder's place for a log and its key.
func folder(t testing.TB) Config {
	t.Helper()
	dir := t.TempDir()
	cfg := Config{Dir: filepath.Join(dir, "audit"), Keys: filepath.Join(dir, "keys"), Now: clock()}
	if err := os.Mkdir(cfg.Keys, 0o700); err != nil {
		t.Fatal(err)
	}
	return cfg
}

func open(t testing.TB, cfg Config) *Log {
	t.Helper()
	l, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func look(n int) Record {
	return Record{
		What: PersonRead, Actor: &Actor{Kind: User, ID: "kim", Name: "nurse Kim", How: "process"}, Via: "attune story",
		People: []string{fmt.Sprintf("%022d", n)}, Outcome: Done, Request: "5f0c9a1b5f0c9a1b",
	}
}

func appendAll(t testing.TB, l *Log, n int) {
	t.Helper()
	for i := range n {
		if err := l.Append(t.Context(), look(i)); err != nil {
			t.Fatal(err)
		}
	}
}

func mustVerify(t testing.TB, path string, trust Trust) *Verified {
	t.Helper()
	v, err := Verify(t.Context(), path, trust)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func sound(t testing.TB, path string, trust Trust) *Verified {
	t.Helper()
	v := mustVerify(t, path, trust)
	if !v.Sound() {
		t.Fatalf("an untouched log has problems: %+v", v.Problems)
	}
	return v
}

func count(t testing.TB, dir string, f Filter) (n int) {
	t.Helper()
	if err := Each(t.Context(), dir, f, func(*Record) error { n++; return nil }); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWhatIsAppendedIsThereAndInTheChain(t *testing.T) {
	t.Parallel()
	cfg := folder(t)
	l := open(t, cfg)
	appendAll(t, l, 3)
	if v := sound(t, cfg.Dir, Trust{}); v.Records != 3 || v.Checkpoints != 0 || v.Signed != 0 {
		t.Errorf("%+v", v)
	}
	if err := l.Checkpoint(nil); err != nil {
		t.Fatal(err)
	}
	if err := l.Checkpoint(nil); err != nil { // nothing is new
		t.Fatal(err)
	}
	if v := sound(t, cfg.Dir, Trust{}); v.Records != 4 || v.Signed != 4 {
		t.Errorf("%+v", v)
	}
	if n := count(t, cfg.Dir, Filter{}); n != 3 {
		t.Error("listed without the log's own records:", n)
	}
	if n := count(t, cfg.Dir, Filter{People: []string{look(1).People[0]}}); n != 1 {
		t.Error("listed of one person:", n)
	}
	for says, f := range map[string]Filter{
		"actor": {Actor: "NURSE kim"}, "what": {What: "person"}, "exactly": {What: "person.read"}, "from": {From: time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)},
	} {
		if n := count(t, cfg.Dir, f); n != 3 {
			t.Errorf("by %s: %d", says, n)
		}
	}
	for says, f := range map[string]Filter{"another": {Actor: "ben"}, "half a word": {What: "pers"}, "before": {To: time.Date(2027, 3, 1, 0, 0, 0, 0, time.UTC)}} {
		if n := count(t, cfg.Dir, f); n != 0 {
			t.Errorf("%s: %d", says, n)
		}
	}
}

func TestARecordIsRefused(t *testing.T) {
	t.Parallel()
	l := open(t, folder(t))
	for says, change := range map[string]func(*Record){
		"of no verb":                    func(r *Record) { r.What = "person.sung" },
		"of nobody":                     func(r *Record) { r.Actor = nil },
		"of an actor that is none":      func(r *Record) { r.Actor.Kind = "ghost" },
		"without outcome":               func(r *Record) { r.Outcome = "" },
		"with a reason about somebody":  func(r *Record) { r.Reason = "her cousin" },
		"about more people than it can": func(r *Record) { r.People = make([]string, MostPeople+1) },
	} {
		r := look(1)
		change(&r)
		if err := l.Append(t.Context(), r); err == nil {
			t.Errorf("a record %s was taken", says)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := l.Append(ctx, look(1)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	odd := look(1)
	odd.Actor = &Actor{Kind: User, Name: "Kim\n{\"n\":9}\x00\xff" + strings.Repeat("ß", 1000)}
	if err := l.Append(t.Context(), odd); err != nil {
		t.Error(err)
	}
	sound(t, l.cfg.Dir, Trust{})
}

// Several processes write one log: each of these handles has a lock of its own, as processes have.
func TestSeveralWriteOneLog(t *testing.T) {
	t.Parallel()
	cfg := folder(t)
	cfg.Segment, cfg.Every = 4<<10, 17
	var work sync.WaitGroup
	for range 4 {
		l := open(t, cfg)
		for range 4 {
			work.Go(func() {
				for i := range 10 {
					if err := l.Append(t.Context(), look(i)); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	work.Wait()
	if n := count(t, cfg.Dir, Filter{}); n != 160 {
		t.Error(n, "records of 160")
	}
	if all, err := segments(cfg.Dir); err != nil || len(all) < 5 {
		t.Error("segments:", len(all), err)
	}
	sound(t, cfg.Dir, Trust{})
}

// Whatever a crash leaves of what was being written, the next start goes on from what was acknowledged, tells what it set aside, and keeps it.
func TestACrashTearsNoChain(t *testing.T) {
	t.Parallel()
	cfg := folder(t)
	l := open(t, cfg)
	appendAll(t, l, 2)
	if err := l.Checkpoint(nil); err != nil {
		t.Fatal(err)
	}
	appendAll(t, l, 2)
	path := l.file.Name()
	acknowledged, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Append(t.Context(), look(7), look(8), look(9)); err != nil {
		t.Fatal(err)
	}
	all, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	unfinished := all[len(acknowledged):]
	tries := map[string][]byte{}
	for n := 1; n < len(unfinished); n += 13 {
		tries[fmt.Sprint("the first ", n, " bytes")] = unfinished[:n]
	}
	zeros := bytes.Clone(unfinished)
	clear(zeros[:len(zeros)/2])
	tries["the second half without the first"] = zeros
	tries["nothing but zeros"] = make([]byte, 4096)
	for says, left := range tries {
		cfg := folder(t)
		if err := os.Mkdir(cfg.Dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(segmentPath(cfg.Dir, 1), append(bytes.Clone(acknowledged), left...), 0o600); err != nil {
			t.Fatal(err)
		}
		if mustVerify(t, cfg.Dir, Trust{}).Sound() && left[len(left)-1] != '\n' {
			t.Errorf("%s: half a line is no problem", says)
		}
		l := open(t, cfg)
		v := sound(t, cfg.Dir, Trust{})
		now, err := os.ReadFile(segmentPath(cfg.Dir, 1))
		if err != nil || !bytes.HasPrefix(now, acknowledged) {
			t.Fatalf("%s: what was acknowledged is gone", says)
		}
		kept, err := filepath.Glob(filepath.Join(cfg.Dir, "torn-*"))
		if err != nil || len(v.Repairs) != len(kept) || len(kept) > 1 {
			t.Fatalf("%s: repairs %v, kept %v", says, v.Repairs, kept)
		}
		if len(kept) == 1 {
			if aside, err := os.ReadFile(kept[0]); err != nil || !bytes.HasSuffix(left, aside) {
				t.Errorf("%s: what was set aside is not what was there", says)
			}
		}
		appendAll(t, l, 1)
		sound(t, cfg.Dir, Trust{})
	}
}

// A segment that a crash left empty, or that its first line was torn in, is gone on with.
func TestACrashAtTheBeginningOfAFile(t *testing.T) {
	t.Parallel()
	for _, left := range []string{"", `{"n":`, "\x00\x00\x00\n"} {
		cfg := folder(t)
		cfg.Segment = 1
		l, err := Open(cfg)
		if err != nil {
			t.Fatal(err)
		}
		appendAll(t, l, 1)
		if err := errors.Join(l.locked(l.create), l.end()); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(segmentPath(cfg.Dir, 2), []byte(left), 0o600); err != nil {
			t.Fatal(err)
		}
		l = open(t, cfg)
		appendAll(t, l, 2)
		if v := sound(t, cfg.Dir, Trust{}); v.Records < 3 {
			t.Errorf("%q: %+v", left, v)
		}
	}
}

// Who writes notices that lines are gone which it had seen.
func TestALogThatWasCutInUseIsNotWritten(t *testing.T) {
	t.Parallel()
	cfg := folder(t)
	l, err := Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, l, 3)
	if err := os.Truncate(segmentPath(cfg.Dir, 1), 100); err != nil {
		t.Fatal(err)
	}
	if err := l.Append(t.Context(), look(1)); !errors.Is(err, errCut) {
		t.Error(err)
	}
	if err := l.Close(); !errors.Is(err, errCut) {
		t.Error(err)
	}
}

func TestTheWitnessIsRemembered(t *testing.T) {
	t.Parallel()
	cfg := folder(t)
	cfg.Witness = filepath.Join(t.TempDir(), "witness")
	l := open(t, cfg)
	appendAll(t, l, 1)
	if err := l.Checkpoint(nil); err != nil {
		t.Fatal(err)
	}
	again := cfg
	again.Witness = ""
	other := open(t, again)
	appendAll(t, other, 1)
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if v := sound(t, cfg.Dir, Trust{Witness: cfg.Witness}); v.Witnessed != 4 {
		t.Errorf("%+v", v)
	}
}

// A witness that cannot be reached is reported, and holds nobody up; the next checkpoint is for what it missed.
func TestAWitnessOutOfReach(t *testing.T) {
	t.Parallel()
	cfg := folder(t)
	var told []error
	share := filepath.Join(t.TempDir(), "share")
	cfg.Witness, cfg.Report = filepath.Join(share, "witness"), func(err error) { told = append(told, err) }
	l := open(t, cfg)
	appendAll(t, l, 1)
	if err := l.Checkpoint(nil); err != nil || len(told) != 1 {
		t.Fatal(err, told)
	}
	if err := os.Mkdir(share, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := l.Checkpoint(nil); err != nil {
		t.Fatal(err)
	}
	if v := sound(t, cfg.Dir, Trust{Witness: cfg.Witness}); v.Witnessed != 2 {
		t.Errorf("%+v", v)
	}
}

func TestFramesOfTheHistoryFollowEachOther(t *testing.T) {
	t.Parallel()
	cfg := folder(t)
	cfg.Segment = 600
	l := open(t, cfg)
	if n, err := l.NewestFrame(t.Context()); n != 0 || err != nil {
		t.Error(n, err)
	}
	for _, f := range []Frames{{1, 5, "aa"}, {6, 6, "bb"}} {
		if err := l.Checkpoint(&f); err != nil {
			t.Fatal(err)
		}
		appendAll(t, l, 3)
	}
	if n, err := l.NewestFrame(t.Context()); n != 6 || err != nil {
		t.Error(n, err)
	}
	sound(t, cfg.Dir, Trust{})
	if err := l.Checkpoint(&Frames{9, 10, "cc"}); err != nil {
		t.Fatal(err)
	}
	if v := mustVerify(t, cfg.Dir, Trust{}); v.Sound() {
		t.Error("a gap between commits is no problem")
	}
}

func FuzzParse(f *testing.F) {
	cfg := folder(f)
	l := open(f, cfg)
	if err := l.Append(f.Context(), look(1), Record{What: CeilingRaised, Actor: &Actor{Kind: Attune}, Object: &Object{"engagement", "<b>"}, Reason: "é & more", Outcome: Begun}); err != nil {
		f.Fatal(err)
	}
	if err := l.Checkpoint(&Frames{1, 2, "00"}); err != nil {
		f.Fatal(err)
	}
	data, err := os.ReadFile(l.file.Name())
	if err != nil {
		f.Fatal(err)
	}
	for line := range bytes.Lines(data) {
		f.Add(bytes.TrimSuffix(line, []byte("\n")))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		l, fits := linkOf(line)
		r, err := Parse(line)
		if err != nil {
			return
		}
		if body, err := r.encode(); err != nil || !bytes.Equal(body, line) {
			t.Fatalf("%q is written as %q", line, body)
		}
		if fits && (l.number != r.Number || string(l.prev) != r.Prev || string(l.hash) != r.Hash) {
			t.Fatalf("the two readers of %q differ", line)
		}
	})
}
