package proposal

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/internal/eventlog/sqlitelog"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/seal"
)

const now = instant.Time(1_800_000_000_000)

var ana, eva, tom = id.Person{1}, id.Person{2}, id.Person{3}

// office is a post over a real log, real keys and a real directory.
type office struct {
	*Post
	t      *testing.T
	keys   *seal.Keys
	log    *sqlitelog.Log
	intake *intake.Intake
	// kept is the note on the disk, and broken what writing it returns instead.
	kept   int64
	broken error
	// lost is what looking somebody up returns instead.
	lost error
}

type sealer struct{ *seal.Keys }

func (s sealer) Seal(p id.Person, kind string, name, plain []byte) ([]byte, error) {
	return s.Keys.Seal(p, seal.Kind(kind), name, plain)
}

func newOffice(t *testing.T) *office {
	o := &office{t: t}
	dir := t.TempDir()
	var err error
	o.keys, err = seal.Open(filepath.Join(dir, "keys"), "org")
	o.must(err)
	o.must(o.keys.Ensure(ana, eva, tom))
	o.log, err = sqlitelog.Open(dir, sqlitelog.Config{})
	o.must(err)
	directory, err := identity.Open(t.Context(), identity.Config{Path: filepath.Join(dir, "directory.db"), Secret: o.keys.Secret("directory")})
	o.must(err)
	quarantine, err := intake.OpenQuarantine(t.Context(), intake.QuarantineConfig{Path: filepath.Join(dir, "quarantine.db"), Secret: o.keys.Secret("quarantine")})
	o.must(err)
	t.Cleanup(func() { o.must(errors.Join(o.log.Close(), quarantine.Close(), directory.Close(), o.keys.Close())) })
	o.intake = &intake.Intake{Log: o.log, Keys: sealer{o.keys}, Directory: directory, Catalogue: event.Standard, Quarantine: quarantine, Now: func() time.Time { return now.Std() }}
	o.open()
	return o
}

func (o *office) must(err error) {
	o.t.Helper()
	if err != nil {
		o.t.Fatal(err)
	}
}

// open is a new process: what was only in memory is lost.
func (o *office) open() {
	o.Post = New(Config{
		Intake: o.intake, Known: o.keys.Has,
		Find: func(_ context.Context, written string) (id.Person, bool, error) {
			p, known := map[string]id.Person{"crm:eva": eva, "crm:tom": tom}[written]
			return p, known, o.lost
		},
		Keep: func(frame int64) error {
			if o.broken == nil {
				o.kept = frame
			}
			return o.broken
		},
	}, o.kept)
}

// carried are the events in the log: whose order, name, id, oldest first.
func (o *office) carried() (out []string) {
	o.t.Helper()
	records, err := o.log.Read(o.t.Context(), 0, 1000)
	o.must(err)
	for _, r := range records {
		plain, err := o.keys.Open(r.Person, seal.Event, nil, r.Body)
		o.must(err)
		e, err := event.Decode(plain)
		o.must(err)
		out = append(out, fmt.Sprintf("%d %s %s", r.Person[0], e.Name, strings.TrimLeft(strings.TrimPrefix(e.ID, event.Own+"/"), "0")))
	}
	return out
}

func (o *office) want(what string, want ...string) {
	o.t.Helper()
	if got := o.carried(); !slices.Equal(got, want) {
		o.t.Errorf("%s there is in the log\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func key(n byte) (k id.Key) {
	k[len(k)-1] = n
	return k
}

func propose(n byte, to string) effect.Effect {
	return effect.Propose{At: now, ID: key(n), To: to, Relation: "daughter", Program: "care", Engagement: "late", Purpose: "treatment_support", Hops: 1}
}

func recall(n byte, to string, ends bool) effect.Effect {
	return effect.Recall{At: now, ID: key(n), To: to, Purpose: "treatment_support", Ends: ends, Why: "withdrawn"}
}

func TestItIsCarriedInTheOrderOfTheCommits(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.Committed(1, ana, []effect.Effect{propose(1, "crm:eva"), effect.Ignore{}, propose(2, "crm:tom")})
	o.Committed(2, ana, []effect.Effect{recall(3, "crm:eva", true)})
	o.Committed(3, eva, []effect.Effect{effect.Recalled{At: now, About: ana, With: "crm:eva", Recall: key(3), Said: now}})
	n, err := o.Carry(t.Context())
	if err != nil || n != 4 {
		t.Errorf("%d were carried: %v", n, err)
	}
	o.want("after three commits", "2 engagement.proposed 1", "3 engagement.proposed 2", "2 engagement.recalled 3", "1 sharing.ended 3/ended")
	if o.kept != 2 {
		t.Errorf("it is noted that all is carried up to %d: of the newest commit there may be more to come", o.kept)
	}
	if n, err := o.Carry(t.Context()); n != 0 || err != nil {
		t.Errorf("then %d are carried: %v", n, err)
	}
}

// What a crash leaves open is told of again by the history, and its events have the ids they had: the
// other's step takes each once.
func TestWhatIsCarriedAgainHasTheSameNames(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for range 3 {
		o.open()
		o.Committed(1, ana, []effect.Effect{propose(1, "crm:eva"), recall(2, "crm:eva", true), propose(3, "crm:nobody"), recall(4, "crm:nobody", true)})
		_, err := o.Carry(t.Context())
		o.must(err)
	}
	once := []string{"2 engagement.proposed 1", "2 engagement.recalled 2", "1 engagement.undelivered 3/undelivered", "1 sharing.ended 4/ended"}
	o.want("three times", slices.Concat(once, once, once)...)
}

func TestARecallComesAfterWhatItTakesBackHoweverLateThatIs(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.Committed(1, ana, []effect.Effect{propose(1, "crm:eva")})
	o.lost = errors.New("the directory is closed")
	if _, err := o.Carry(t.Context()); !errors.Is(err, o.lost) {
		t.Fatalf("it says %v", err)
	}
	o.Committed(2, ana, []effect.Effect{recall(2, "crm:eva", true)})
	o.want("while nobody is found")
	o.lost = nil
	_, err := o.Carry(t.Context())
	o.must(err)
	o.want("then", "2 engagement.proposed 1", "2 engagement.recalled 2")
}

func TestWhatWasNotTakenIsKept(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.intake.MaxBacklog, o.intake.Backlog = 1, func() int { return 1 }
	o.Committed(7, ana, []effect.Effect{propose(1, "crm:eva")})
	busy := &intake.BusyError{}
	if n, err := o.Carry(t.Context()); n != 0 || !errors.As(err, &busy) || o.kept != 0 {
		t.Fatalf("%d carried, %v, noted up to %d", n, err, o.kept)
	}
	o.intake.Backlog = nil
	if n, err := o.Carry(t.Context()); n != 1 || err != nil || o.kept != 6 {
		t.Errorf("%d carried, %v, noted up to %d", n, err, o.kept)
	}
	o.want("after the second try", "2 engagement.proposed 1")
}

func TestANoteThatIsNotWrittenIsWrittenLater(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.broken = errors.New("no space left on device")
	o.Committed(1, ana, nil)
	o.Committed(2, ana, []effect.Effect{propose(1, "crm:eva")})
	if n, err := o.Carry(t.Context()); n != 1 || !errors.Is(err, o.broken) {
		t.Fatalf("%d carried, %v", n, err)
	}
	o.broken = nil
	o.Committed(3, ana, []effect.Effect{propose(2, "crm:eva")})
	_, err := o.Carry(t.Context())
	o.must(err)
	o.want("after both", "2 engagement.proposed 1", "2 engagement.proposed 2")
	if o.kept != 2 {
		t.Errorf("it is noted up to %d", o.kept)
	}
}

func TestCommitsWithNothingForOthersAreNotedSeldom(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	for frame := int64(1); frame <= 2*seldom; frame++ {
		o.Committed(frame, ana, nil)
		_, err := o.Carry(t.Context())
		o.must(err)
		if want := (frame - 1) / seldom * seldom; o.kept != want {
			t.Fatalf("after %d commits it is noted up to %d, want %d", frame, o.kept, want)
		}
	}
}

func TestWhoWasErasedIsToldNothing(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.must(o.keys.Erase(eva))
	o.Committed(1, ana, []effect.Effect{propose(1, "crm:eva"), propose(2, "crm:tom")})
	_, err := o.Carry(t.Context())
	o.must(err)
	o.want("with eva erased", "3 engagement.proposed 2")
}

func TestReadyIsSignalledOnceForMuch(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	o.Committed(1, ana, nil)
	select {
	case <-o.Ready():
		t.Error("there is nothing to carry")
	default:
	}
	for frame := range int64(3) {
		o.Committed(2+frame, ana, []effect.Effect{propose(byte(frame), "crm:eva")})
	}
	<-o.Ready()
	select {
	case <-o.Ready():
		t.Error("it is signalled more than once")
	default:
	}
	if n, err := o.Carry(t.Context()); n != 3 || err != nil {
		t.Errorf("%d carried, %v", n, err)
	}
}

func TestLongNamesAreCutBetweenLetters(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{"": 0, "daughter": 8, strings.Repeat("é", 128): 256, "x" + strings.Repeat("é", 128): 255, strings.Repeat("a", 300): 256} {
		if got := short(text); len(got) != want || !strings.HasPrefix(text, got) {
			t.Errorf("%d bytes are cut to %d, want %d", len(text), len(got), want)
		}
	}
}
