package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/release"
	"attune/internal/intake"
	"attune/internal/intake/identity"
	"attune/internal/programdir"
	"attune/internal/sim"
	"attune/internal/story"
)

// changed copies the diabetes program with changes: a file's text replaced, a file written anew where there
// was none, or taken away where nothing is to stand.
func changed(t testing.TB, edits ...[3]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "diabetes")
	if err := os.CopyFS(dir, os.DirFS(diabetes)); err != nil {
		t.Fatal(err)
	}
	for _, e := range edits {
		path := filepath.Join(dir, e[0])
		text, err := os.ReadFile(path)
		if err != nil && e[1] != "" || !bytes.Contains(text, []byte(e[1])) {
			t.Fatalf("%s has no %q: %v", e[0], e[1], err)
		}
		if e[1] == "" {
			text = []byte(e[2])
		} else {
			text = bytes.Replace(text, []byte(e[1]), []byte(e[2]), 1)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// sooner closes the contact hours an hour earlier; stepless renames the step that the welcome waits at.
var (
	sooner   = [3]string{"policy.yaml", `"21:00"`, `"20:00"`}
	named    = [3]string{"journeys/welcome.yaml", "  - wait: 5m\n", "  - {id: settle, wait: 5m}\n"}
	stepless = [3]string{"journeys/welcome.yaml", "  - wait: 5m\n", "  - {id: pause, wait: 5m}\n"}
	moving   = [3]string{"journeys/welcome.yaml", "  - wait: 5m\n", "  - {id: pause, wait: 5m}\n"}
	moves    = [3]string{"journeys/welcome.yaml", "steps:\n", "moves: {settle: pause}\nsteps:\n"}
)

// town is a node whose clock the test moves.
type town struct {
	*Node
	t     *testing.T
	dir   string
	clock *sim.Clock
}

func newTown(t *testing.T, program string) *town {
	t.Helper()
	w := &town{t: t, dir: filepath.Join(t.TempDir(), "data"), clock: sim.NewClock(crashBegin, nil)}
	rel, _ := mustLoad(t, program)
	w.open(rel)
	return w
}

func (w *town) open(rel *release.Release) {
	w.t.Helper()
	n, err := Open(w.t.Context(), Options{Data: w.dir, Organisation: "town", Release: rel, Now: w.clock.Now, Wall: w.clock.Now, Relaxed: true})
	if err != nil {
		w.t.Fatal(err)
	}
	w.Node = n
	w.t.Cleanup(func() { _ = n.Close() })
}

func (w *town) reopen(rel *release.Release) {
	w.t.Helper()
	if err := w.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open(rel)
}

func (w *town) settle(later instant.Duration) {
	w.t.Helper()
	w.clock.Set(w.clock.Now().Add(later))
	if err := (sim.Drive{Runner: w.Runner, Delivery: w.Delivery}).Settle(w.t.Context(), w.clock.Now()); err != nil {
		w.t.Fatal(err)
	}
}

// admit lets people into the program.
func (w *town) admit(from, to int) {
	w.t.Helper()
	for k := from; k < to; k++ {
		who := identity.Key{System: "town", Value: fmt.Sprintf("somebody-%d", k)}
		at := w.clock.Now()
		traits := event.Event{ID: fmt.Sprintf("town/traits-%d", k), Source: "town", Name: "traits.updated", OccurredAt: at, ReceivedAt: at}.
			With("email", expr.TextOf(who.Value+"@patients.example"))
		ill := event.Event{ID: fmt.Sprintf("town/ill-%d", k), Source: "town", Name: "clinical.condition_recorded", OccurredAt: at, ReceivedAt: at}.
			With("codes", expr.ListOf("44054006"))
		if err := w.Intake.Take(w.t.Context(), intake.Source{Name: "town"}, []intake.Arrival{{Who: who, Event: traits}, {Who: who, Event: ill}}); err != nil {
			w.t.Fatal(err)
		}
	}
	w.settle(0)
}

func (w *town) everybody() (out []person.Person) {
	w.t.Helper()
	err := eachPerson(w.t.Context(), w.People, w.Keys, func(p *person.Person) error {
		out = append(out, *p)
		return nil
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

func (w *town) publish(program string) Publication {
	w.t.Helper()
	rel, _ := mustLoad(w.t, program)
	p, err := w.Publish(rel, false)
	if err != nil {
		w.t.Fatal(err)
	}
	return p
}

func (w *town) inspect() *Inspector {
	w.t.Helper()
	i, err := Inspect(w.t.Context(), w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = i.Close() })
	return i
}

func TestLivingPeopleAreMovedToWhatIsPublished(t *testing.T) {
	w := newTown(t, diabetes)
	w.admit(0, 5)
	rel, _ := mustLoad(t, diabetes)
	if _, err := w.Publish(rel, false); !errors.Is(err, ErrNothingNew) {
		t.Error("publishing what is live gave", err)
	}
	p := w.publish(changed(t, sooner))
	list, err := w.inspect().Releases(t.Context())
	if err != nil || len(list) != 2 || !list[0].Live || list[0].People != 0 || list[1].People != 5 {
		t.Errorf("before anybody was moved: %+v, %v", list, err)
	}
	w.settle(0)
	list, err = w.inspect().Releases(t.Context())
	if err != nil || list[0].People != 5 || list[1].People != 0 || list[0].Number != 2 || list[0].Release != p.Release {
		t.Errorf("afterwards: %+v, %v", list, err)
	}
	for _, somebody := range w.everybody() {
		if somebody.Release != p.Short {
			t.Errorf("%s lives under %x", somebody.ID, somebody.Release)
		}
		lines, err := w.inspect().Story(t.Context(), somebody.ID)
		if err != nil || !slices.ContainsFunc(lines, func(l story.Line) bool { return l.Kind == "release" }) {
			t.Errorf("the story says nothing of it: %v, %v", lines, err)
		}
	}
	// A start with the first program goes on with what is live, and says that the folder is another.
	w.reopen(rel)
	if live, _ := w.Live(); live.Release != p.Release || !w.Unpublished(rel) {
		t.Errorf("after a start with another program %s is live", live.Release)
	}
	if is, _ := mustLoad(t, changed(t, sooner)); w.Unpublished(is) {
		t.Error("what is live counts as not published")
	}
	w.reopen(nil)
	w.admit(5, 6)
	if n := len(w.everybody()); n != 6 {
		t.Errorf("%d people", n)
	}
}

func TestPublishingCanBeUndoneForFifteenMinutes(t *testing.T) {
	w := newTown(t, diabetes)
	w.admit(0, 3)
	if _, err := w.Undo(); err == nil || !strings.Contains(err.Error(), "nothing to undo") {
		t.Error("with nothing to undo:", err)
	}
	first, _ := w.Live()
	w.publish(changed(t, sooner))
	w.settle(15 * instant.Minute)
	p, err := w.Undo()
	if err != nil || p.Release != first.Release || p.Undoes != 2 || p.Short == first.Short {
		t.Fatal(p, err)
	}
	w.settle(0)
	if got := w.live().Programs[0].Policy.Hours.To; got != 21*instant.Hour {
		t.Errorf("contact hours end at %v", got)
	}
	for _, somebody := range w.everybody() {
		if somebody.Release != p.Short {
			t.Errorf("%s lives under %x", somebody.ID, somebody.Release)
		}
	}
	if _, err := w.Undo(); err == nil || !strings.Contains(err.Error(), "attune pull DIR --release 2") {
		t.Error("undone twice:", err)
	}
	w.publish(changed(t, sooner)) // the very release that was taken back
	w.settle(15*instant.Minute + 1)
	if _, err := w.Undo(); err == nil || !strings.Contains(err.Error(), "attune pull DIR --release 3") {
		t.Error("too late:", err)
	}
	w.reopen(nil)
	if live, _ := w.Live(); live.Number != 4 {
		t.Error("after a start number", live.Number, "is live")
	}
}

// Who stands on a step that is taken away leaves, or goes where moves lead; both are counted before.
func TestWhoStandsOnARemovedStepIsCountedAndMoved(t *testing.T) {
	for name, c := range map[string]struct {
		edits []([3]string)
		want  Stranded
		step  string
		why   string
	}{
		"without moves": {[][3]string{stepless}, Stranded{Program: "diabetes", Journey: "welcome", Step: "settle", People: 4}, "settle", "its step was removed"},
		"with moves":    {[][3]string{moving, moves}, Stranded{Program: "diabetes", Journey: "welcome", Step: "settle", People: 4, To: "pause"}, "pause", ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t, changed(t, named))
			w.admit(0, 4)
			next := changed(t, c.edits...)
			rel, _ := mustLoad(t, next)
			plan, err := w.inspect().Plan(t.Context(), rel)
			if err != nil || len(plan.Stranded) != 1 || plan.Stranded[0] != c.want {
				t.Fatalf("%+v, %v", plan.Stranded, err)
			}
			says := []string{}
			for _, change := range plan.Changes {
				says = append(says, change.String())
			}
			for _, want := range []string{"diabetes: journey welcome, step settle is removed", "diabetes: journey welcome, step pause is new"} {
				if !slices.Contains(says, want) {
					t.Errorf("it does not say %q but %q", want, says)
				}
			}
			w.publish(next)
			w.settle(0)
			for _, p := range w.everybody() {
				e := p.Enrollments[0]
				if e.Step != c.step || e.Why != c.why || (e.Left != 0) != (c.why != "") {
					t.Errorf("%+v", e)
				}
			}
		})
	}
}

func TestWhatIsDifferentIsSaidInWords(t *testing.T) {
	was, _ := mustLoad(t, diabetes)
	is, _ := mustLoad(t, changed(t,
		sooner,
		[3]string{"signals.yaml", "  no_show: {on: appointment.noshow}", "  no_show: {on: appointment.noshow, max_age: 3d}\n  keen: count(\"portal.visited\", \"7d\") > 3"},
		[3]string{"engagements/check_in.yaml", "value: 6", "value: 7"},
		[3]string{"content/email/check-in-ask.en.liquid", "Dear", "Hello"},
		[3]string{"README.md", "", "Read me.\n"},
	))
	var got []string
	for _, c := range changes(was, is) {
		got = append(got, c.String())
	}
	want := []string{
		"diabetes: signal keen is new", "diabetes: signal no_show is changed", "diabetes: engagement check_in is changed",
		"diabetes: text check-in-ask (email, en) is changed", "diabetes: policy is changed",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	comment, _ := mustLoad(t, changed(t, [3]string{"signals.yaml", "# The medicine", "# This medicine"}))
	if got := changes(was, comment); len(got) != 1 || got[0].String() != "diabetes: wording of the files is changed" {
		t.Errorf("a comment: %v", got)
	}
	if got := changes(was, was); len(got) != 0 {
		t.Errorf("nothing: %v", got)
	}
}

// What was published comes back byte for byte, and local changes are not overwritten.
func TestPullGivesTheSameBytes(t *testing.T) {
	odd := [][3]string{
		{"README.md", "", "no newline at the end, CRLF\r\nand odd bytes \xff\x00\x80"},
		{"content/email/check-in-ask.en.liquid", "\n\n", "\r\n\r\n"},
	}
	program := changed(t, odd...)
	w := newTown(t, program)
	w.publish(changed(t, append(odd, sooner)...))
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "back")
	out, err := Pull(w.dir, "1", dir, false)
	if err != nil || out.Number != 1 || len(out.Differ) > 0 {
		t.Fatal(out, err)
	}
	if a, b := tree(t, program), tree(t, dir); !maps.Equal(a, b) {
		t.Error("other files came back")
	}
	// A folder that is as some release has it may be overwritten, and what the release has not goes away.
	if out, err = Pull(w.dir, "", dir, false); err != nil || len(out.Differ) > 0 || out.Number != 2 {
		t.Fatal(out, err)
	}
	mine := filepath.Join(dir, "policy.yaml")
	if err := os.WriteFile(mine, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	extra := filepath.Join(dir, "content", "extra.txt")
	if err := os.WriteFile(extra, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err = Pull(w.dir, "", dir, false)
	if err != nil || !slices.Equal(out.Differ, []string{extra, mine}) {
		t.Fatal(out, err)
	}
	if is, _ := os.ReadFile(mine); string(is) != "mine" {
		t.Error("a local change was overwritten")
	}
	if out, err = Pull(w.dir, out.Release[:8], dir, true); err != nil || len(out.Differ) > 0 {
		t.Fatal(out, err)
	}
	if a, b := tree(t, changed(t, append(odd, sooner)...)), tree(t, dir); !maps.Equal(a, b) {
		t.Error("forced, other files came back")
	}
	for _, name := range []string{"9", "abc", "0123456789"} {
		if _, err := Pull(w.dir, name, dir, false); err == nil || !strings.Contains(err.Error(), "attune releases lists them") {
			t.Errorf("release %q: %v", name, err)
		}
	}
	if _, err := Pull(t.TempDir(), "", dir, false); err == nil {
		t.Error("a folder without releases gave some")
	}
}

func tree(t *testing.T, dir string) map[string]string {
	t.Helper()
	files, problems, err := programdir.ReadFiles(dir)
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	return files.Texts
}

// Without a server the order is lengthened aside, and the next start moves the people.
func TestPublishingWithoutAServer(t *testing.T) {
	w := newTown(t, diabetes)
	w.admit(0, 3)
	rel, _ := mustLoad(t, changed(t, sooner))
	if _, _, err := PublishTo(t.Context(), w.dir, rel, false); err == nil {
		t.Fatal("a folder that is held was published in")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	p, running, err := PublishTo(t.Context(), w.dir, rel, true)
	if err != nil || running || p.Number != 2 || !p.IncludeExisting {
		t.Fatal(p, running, err)
	}
	if _, _, err := PublishTo(t.Context(), w.dir, rel, false); !errors.Is(err, ErrNothingNew) {
		t.Error("published twice:", err)
	}
	u, running, err := UndoIn(t.Context(), w.dir)
	if err != nil || running || u.Undoes != 2 || u.Number != 3 {
		t.Fatal(u, running, err)
	}
	w.clock.Set(max(w.clock.Now(), u.At))
	w.open(nil)
	w.settle(instant.Second)
	for _, somebody := range w.everybody() {
		if somebody.Release != u.Short {
			t.Errorf("%s lives under %x", somebody.ID, somebody.Release)
		}
	}
	if _, _, err := PublishTo(t.Context(), t.TempDir(), rel, false); err == nil || !strings.Contains(err.Error(), "not a data folder") {
		t.Error("in an unused folder:", err)
	}
}

// The files under a version of Attune that decides differently are published again by themselves; a
// state may be rebuilt from the history only by the version that wrote it.
func TestAnUpgradePublishesTheSameFilesAgain(t *testing.T) {
	w := newTown(t, diabetes)
	w.admit(0, 3)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	// What another version would have written: the same files make another release.
	a, err := openArchive(w.dir)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Repeat("0123456789abcdef", 4)
	if err := os.Rename(a.folder(a.list[0].Release), a.folder(other)); err != nil {
		t.Fatal(err)
	}
	a.list[0].Release = other
	last := a.list[0]
	a.list = nil
	if err := a.add(last); err != nil {
		t.Fatal(err)
	}
	w.open(nil)
	w.settle(instant.Hour)
	live, rel := w.Live()
	if live.Number != 2 || !live.Upgrade || live.Release != rel.ID || live.Release == other {
		t.Fatalf("%+v", live)
	}
	for _, somebody := range w.everybody() {
		if somebody.Release != live.Short {
			t.Errorf("%s lives under %x", somebody.ID, somebody.Release)
		}
		if e := somebody.Enrollments[0]; e.Left == 0 && e.Step == "wait" {
			t.Errorf("the welcome does not go on: %+v", e)
		}
	}
	if _, err := w.Undo(); err == nil || !strings.Contains(err.Error(), "cannot be undone") {
		t.Error("an upgrade was undone:", err)
	}
	w.reopen(nil)
	if live, _ := w.Live(); live.Number != 2 {
		t.Errorf("a second start publishes again: %+v", live)
	}
}

func TestChangedArchivesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, dir string)
		want  string
	}{
		"a file changed": {func(t *testing.T, dir string) {
			path := mustGlob(t, filepath.Join(dir, "releases", "*", "diabetes", "policy.yaml"))[0]
			if err := os.WriteFile(path, []byte("sender: Somebody\n"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, "were changed since they were published"},
		"a folder lost": {func(t *testing.T, dir string) {
			for _, path := range mustGlob(t, filepath.Join(dir, "releases", "*", "diabetes")) {
				if err := os.RemoveAll(path); err != nil {
					t.Fatal(err)
				}
			}
		}, "are not kept any more"},
		"a publication lost": {func(t *testing.T, dir string) {
			path := filepath.Join(dir, "releases", "publications.json")
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			var list []json.RawMessage
			if err := json.Unmarshal(data, &list); err != nil {
				t.Fatal(err)
			}
			data, _ = json.Marshal(list[1:])
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}, "publication 1 is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTown(t, diabetes)
			w.publish(changed(t, sooner))
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			c.spoil(t, w.dir)
			n, err := Open(t.Context(), Options{Data: w.dir, Organisation: "town", Now: w.clock.Now, Relaxed: true})
			if err == nil {
				n.Close()
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

// Commands reach a running server while events stream; it takes each at once.
func TestCommandsReachARunningServer(t *testing.T) {
	w := newTown(t, changed(t, named))
	w.admit(0, 6)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- (&Server{Node: w.Node, Pace: 1, Demo: true}).Run(ctx, listener) }()
	streaming := make(chan error, 1)
	halt := make(chan struct{})
	go func() {
		for k := 0; ; k++ {
			select {
			case <-halt:
				streaming <- nil
				return
			default:
			}
			e := event.Event{ID: fmt.Sprint("town/stream-", k), Source: "town", Name: "portal.visited", OccurredAt: w.clock.Now(), ReceivedAt: w.clock.Now()}
			who := identity.Key{System: "town", Value: fmt.Sprintf("somebody-%d", k%8)}
			if err := w.Intake.Take(ctx, intake.Source{Name: "town"}, []intake.Arrival{{Who: who, Event: e}}); err != nil {
				streaming <- err
				return
			}
		}
	}()
	rel, _ := mustLoad(t, changed(t, stepless, sooner))
	var p Publication
	running := false
	for until := time.Now().Add(20 * time.Second); !running && time.Now().Before(until); { // until the socket is there
		p, running, err = PublishTo(t.Context(), w.dir, rel, false)
	}
	if err != nil || !running || p.Number != 2 {
		t.Fatal(p, running, err)
	}
	if _, _, err := PublishTo(t.Context(), w.dir, rel, false); err == nil || err.Error() != ErrNothingNew.Error() {
		t.Error("published twice:", err)
	}
	u, running, err := UndoIn(t.Context(), w.dir)
	if err != nil || !running || u.Undoes != 2 {
		t.Fatal(u, running, err)
	}
	if err := ResumeIn(t.Context(), w.dir, Attention{Person: w.everybody()[0].ID.String(), Enrollment: id.Key{1}.String()}, ""); err == nil || !strings.Contains(err.Error(), "needs no attention") {
		t.Error("a passage that nobody knows goes on:", err)
	}
	close(halt)
	if err := <-streaming; err != nil {
		t.Error(err)
	}
	moved := func() bool {
		list, err := w.inspect().Releases(t.Context())
		return err == nil && list[0].People >= 6 && list[1].People == 0 && list[2].People == 0
	}
	for until := time.Now().Add(20 * time.Second); !moved() && time.Now().Before(until); {
		time.Sleep(10 * time.Millisecond)
	}
	if !moved() {
		t.Error("not everybody was moved")
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for _, somebody := range w.everybody() {
		if somebody.Release != u.Short {
			t.Errorf("%s lives under %x", somebody.ID, somebody.Release)
		}
	}
	if _, err := os.Stat(filepath.Join(w.dir, "attune.sock")); !errors.Is(err, fs.ErrNotExist) {
		t.Error("the socket is left:", err)
	}
}

// A passage that cannot go on is listed, and goes on when somebody says where.
func TestAPassageThatNeedsAttentionGoesOn(t *testing.T) {
	w := newTown(t, changed(t,
		[3]string{"journeys/welcome.yaml", "  - wait: 5m\n", "  - {id: until, wait: {date: 'last(\"appointment.booked.start\")', before: 2d}}\n  - {id: rest, wait: 1d}\n"}))
	w.admit(0, 2)
	list, err := w.inspect().Attention(t.Context())
	if err != nil || len(list) != 2 || list[0].Step != "until" || list[0].Why == "" {
		t.Fatalf("%+v, %v", list, err)
	}
	if err := ResumeIn(t.Context(), w.dir, list[0], "rest"); err == nil || !strings.Contains(err.Error(), "start attune serve") {
		t.Error("without a server:", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- (&Server{Node: w.Node, Pace: 1, Demo: true}).Run(ctx, listener) }()
	err = errors.New("not yet")
	for until := time.Now().Add(20 * time.Second); err != nil && time.Now().Before(until); {
		err = ResumeIn(t.Context(), w.dir, list[0], "rest")
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := ResumeIn(t.Context(), w.dir, list[1], "nowhere"); err == nil || !strings.Contains(err.Error(), `has no step "nowhere"`) {
		t.Error("to a step that is not there:", err)
	}
	left, err := w.inspect().Attention(t.Context())
	if err != nil || len(left) != 1 || left[0].Enrollment != list[1].Enrollment {
		t.Errorf("%+v, %v", left, err)
	}
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
