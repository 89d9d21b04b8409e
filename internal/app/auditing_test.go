package app

import (
	"bytes"
	"context"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"maps"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"attune/core/id"
	"attune/core/person"
	"attune/internal/audit"
	"attune/internal/runner"
	"attune/internal/seal"
	"attune/internal/store"
	"attune/internal/store/sqlite"
)

// A call that is added to the server says what it is recorded as, or why not.
func TestEveryCallSaysWhatItIsRecordedAs(t *testing.T) {
	t.Parallel()
	set := token.NewFileSet()
	paths, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	names, handled := map[string]string{}, map[string]bool{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, name := range n.Names {
					if len(n.Values) > i {
						if lit, ok := n.Values[i].(*ast.BasicLit); ok {
							names[name.Name] = strings.Trim(lit.Value, `"`)
						}
					}
				}
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "answer" && len(n.Args) == 4 || f.Name == "offer" && len(n.Args) == 3) {
					if call, ok := n.Args[len(n.Args)-2].(*ast.Ident); ok && call.Name != "name" {
						handled[call.Name] = true
					}
				}
				if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Handle" && path != "calls.go" {
					if x, ok := f.X.(*ast.Ident); ok && x.Name == "control" {
						t.Errorf("%s: a call is answered that is not recorded: use answer", set.Position(n.Pos()))
					}
				}
			}
			return true
		})
	}
	declared := calls()
	if len(handled) < 20 {
		t.Fatal("calls are not found:", handled)
	}
	for name := range handled {
		if _, ok := declared[names[name]]; !ok {
			t.Errorf("%s is not declared in calls.go", name)
		}
	}
	for name, d := range declared {
		if (d.what == nil) == (d.free == "") {
			t.Errorf("%s is declared as both or none", name)
		}
		if !slices.ContainsFunc(slices.Collect(maps.Keys(handled)), func(h string) bool { return names[h] == name }) {
			t.Errorf("%s is declared, and no server answers it", name)
		}
	}
}

// What an inspector tells is recorded, or it is said why not.
func TestEverythingThatIsInspectedSaysWhatItIsRecordedAs(t *testing.T) {
	t.Parallel()
	all := inspected()
	typ := reflect.TypeFor[*Inspector]()
	for i := range typ.NumMethod() {
		name := typ.Method(i).Name
		d, ok := all[name]
		if !ok {
			t.Errorf("(*Inspector).%s is not declared in inspected.go", name)
		}
		if ok && d.what != nil && !d.what(nil).Known() {
			t.Errorf("(*Inspector).%s is recorded as what there is not", name)
		}
		delete(all, name)
	}
	for name := range all {
		t.Errorf("(*Inspector).%s is declared, and there is no such method", name)
	}
}

// auditOf are the verbs of a folder's log that fit, with their outcomes.
func auditOf(t *testing.T, dir string, want audit.Filter) (out []string) {
	t.Helper()
	err := audit.Each(t.Context(), AuditDir(dir), want, func(r *audit.Record) error {
		out = append(out, string(r.What)+" "+string(r.Outcome))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWhatIsHarmlessOfAnError(t *testing.T) {
	t.Parallel()
	for says, want := range map[string]string{
		"the hold ends before it begins":                                "the hold ends before it begins",
		`there is no channel "ana@example.org"; did you mean`:           `there is no channel "…"; did you mean`,
		"ana@example.org is not known":                                  "… is not known",
		"+1 202 555 0143 is no number":                                  "… … … … is no number",
		"nothing is recorded of " + (id.Person{1, 2}).String() + " yet": "nothing is recorded of … yet",
	} {
		if is := harmless(says); is != want {
			t.Errorf("%q became %q", says, is)
		}
	}
}

// asKim is a context in which nurse Kim works at a command line.
func asKim(ctx context.Context, via string) context.Context {
	return audit.With(ctx, audit.Caller{Actor: audit.Actor{Kind: audit.User, ID: "kim", Name: "nurse Kim", How: "process"}, Via: via, Request: audit.NewRequest()})
}

// serving runs a world's server until the test's work is done.
func serving(t *testing.T, w *World, work func(address string)) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- (&Server{Node: w.Node, Pace: 1, Demo: true}).Run(ctx, listener) }()
	address := "http://" + listener.Addr().String()
	answer, err := http.Get(address + "/healthz") // waits until it answers, commands too
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Fatal(err)
	}
	work(address)
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// some are people who are written to, the first by id.
func some(t *testing.T, w *World, n int) (out []person.Person) {
	t.Helper()
	err := w.Node.People.Each(t.Context(), func(r store.Row) error {
		p, ok, err := runner.ReadPerson(t.Context(), w.Node.People, w.Node.Keys, r.Person)
		if ok && len(out) < n && p.Kind == person.Patient && p.Trait("last_name").Text != "" {
			out = append(out, p)
		}
		return err
	})
	if err != nil || len(out) < n {
		t.Fatal(len(out), err)
	}
	return out
}

// Everything that staff can do by command or page stands in the log, says who, about whom, and what became of it; and nothing there tells of
// a patient more than a pseudonym, which ends with their key.
func TestWhatStaffDoIsRecorded(t *testing.T) {
	t.Parallel()
	w, dir := smallWorld(t)
	ctx := t.Context()
	who := some(t, w, 3)
	one, other := who[0].ID.String(), who[1].ID.String()
	secret := "her cousin Zebedee told so"
	serving(t, w, func(address string) {
		must := func(_ any, err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
		}
		must(FindPeople(asKim(ctx, "attune people find"), dir, Wanted{Name: who[0].Trait("last_name").Text}))
		must(ListDuplicates(asKim(ctx, "attune people duplicates"), dir, DuplicateQuery{State: "open"}))
		must(nil, SayHold(asKim(ctx, "attune hold set"), dir, HoldWord{Person: one, Hold: "mourning", By: "nurse Kim", Note: secret}))
		must(nil, SayMerge(asKim(ctx, "attune people merge"), dir, MergeWord{Person: one, Of: other, By: "nurse Kim", Note: secret}))
		if err := SayMerge(asKim(ctx, "attune people merge"), dir, MergeWord{Person: one, Of: "Zebedee", By: "nurse Kim"}); err == nil {
			t.Error("merged with nobody")
		}
		must(nil, PauseIn(asKim(ctx, "attune pause"), dir, Pause{Paused: Paused{Channel: "email"}, Why: "it sends twice", By: "nurse Kim"}, w.Node.Wall()))
		must(OpenWork(asKim(ctx, "attune work list"), dir, WorkFilter{All: true}))
		for _, path := range []string{"/", "/", "/people/" + one} {
			answer, err := http.Get(address + path)
			must(answer, err)
			_, err = io.Copy(io.Discard, answer.Body)
			must(nil, err)
			must(nil, answer.Body.Close())
		}
		i, err := Inspect(ctx, dir)
		must(i, err)
		must(i.Story(asKim(ctx, "attune story"), who[0].ID))
		must(nil, i.Close())
	})

	got := auditOf(t, dir, audit.Filter{})
	for _, want := range []string{
		"server.run begun", "people.searched done", "hold.set begun", "hold.set done", "person.merged begun", "person.merged done", "person.merged refused",
		"delivery.paused done", "work.read done", "page.read done", "person.read done", "server.run done",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is not recorded", want)
		}
	}
	name, err := pseudonym(w.Node.Keys, who[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	of := auditOf(t, dir, audit.Filter{People: []string{name}, Actor: "nurse kim"})
	for _, want := range []string{"people.searched done", "hold.set done", "person.merged done", "person.read done"} {
		if !slices.Contains(of, want) {
			t.Errorf("%s is not recorded of whom it was about", want)
		}
	}
	var about *audit.Record
	err = audit.Each(ctx, AuditDir(dir), audit.Filter{What: "hold.set"}, func(r *audit.Record) error { about = r; return nil })
	if err != nil || about == nil || about.Sealed == "" || about.Actor.How != "socket" || about.Via != "attune hold set" {
		t.Errorf("%+v, %v", about, err)
	}
	nothingOf(t, w, dir, secret)
	if err := w.Node.Close(); err != nil {
		t.Fatal(err)
	}
	v, err := audit.Verify(ctx, AuditDir(dir), audit.Trust{})
	if err != nil || !v.Sound() || v.Signed != v.Last || len(v.Frames) == 0 {
		t.Errorf("%+v, %v", v, err)
	}
	historyIsHeldAgainst(t, dir, v.Frames)
	endsWithTheKey(t, dir, who[0].ID, who[2].ID)
}

// What is declared of an inspector is what it does: each of its looks is in the log once it was made.
func TestEveryLookIntoAFolderIsRecorded(t *testing.T) {
	t.Parallel()
	w, dir := smallWorld(t)
	var who, about person.Person
	for _, p := range some(t, w, 60) {
		if about = who; len(p.Touches) > 0 {
			who = p
		}
	}
	if who.ID.IsZero() || about.ID.IsZero() {
		t.Fatal("nobody is written to")
	}
	if err := w.Node.Close(); err != nil {
		t.Fatal(err)
	}
	touch, ctx := who.Touches[len(who.Touches)-1].ID.String(), asKim(t.Context(), "attune test")
	looks := map[string]func(i *Inspector) (any, error){
		"Story":    func(i *Inspector) (any, error) { return i.Story(ctx, who.ID) },
		"Thread":   func(i *Inspector) (any, error) { return i.Thread(ctx, who.ID, about.ID) },
		"Person":   func(i *Inspector) (any, error) { _, events, err := i.Person(ctx, who.ID); return events, err },
		"Why":      func(i *Inspector) (any, error) { return i.Why(ctx, who.ID, who.Now, 1, "") },
		"Letter":   func(i *Inspector) (any, error) { return i.Letter(ctx, who.ID, who.Now, touch) },
		"Onward":   func(i *Inspector) (any, error) { return i.Onward(ctx, who.ID, who.Now) },
		"Replay":   func(i *Inspector) (any, error) { return i.Replay(ctx, who.ID) },
		"Touch":    func(i *Inspector) (any, error) { return i.Touch(ctx, touch, "") },
		"Prove":    func(i *Inspector) (any, error) { return i.Prove(ctx, touch, "") },
		"Consents": func(i *Inspector) (any, error) { return i.Consents(ctx, who.ID) },
		"May":      func(i *Inspector) (any, error) { return i.May(ctx, who.ID, MayQuestion{}) },
		"DryRun":   func(i *Inspector) (any, error) { return i.DryRun(ctx, who.ID, w.Node.live(), &dryRunLines{}) },
		"Preview": func(i *Inspector) (any, error) {
			return i.Preview(ctx, who.ID, func(p *person.Person) (TextPreview, error) {
				return w.Node.preview(&previewOf{Program: "diabetes", Content: "email/refill-warm.en"}, p)
			})
		},
		"Changes":     func(i *Inspector) (any, error) { return i.Changes(ctx, i.programs()[0], 0) },
		"Journeys":    func(i *Inspector) (any, error) { return i.Journeys(ctx, i.programs()[0]) },
		"DeadLetters": func(i *Inspector) (any, error) { return i.DeadLetters(ctx, DeadFilter{}) },
		"Attention":   func(i *Inspector) (any, error) { return i.Attention(ctx) },
		"Decided":     func(i *Inspector) (any, error) { return i.Decided(ctx, DecidedOf{Most: 5}) },
		"Again": func(i *Inspector) (any, error) {
			all, err := i.Decided(ctx, DecidedOf{Person: who.ID.String(), Outcome: "chosen", Most: 1})
			if err != nil || len(all.Items) == 0 {
				return nil, fmt.Errorf("%+v, %w", all, err)
			}
			return i.Again(ctx, who.ID, all.Items[0].Decision, nil)
		},
		"ExportFacts": func(i *Inspector) (any, error) {
			return i.ExportFacts(ctx, filepath.Join(t.TempDir(), "facts"), FactsOf{})
		},
		"Report": func(i *Inspector) (any, error) {
			return i.Report(ctx, ReportOf{LivedOf: LivedOf{Program: i.programs()[0]}})
		},
		"Leverage": func(i *Inspector) (any, error) { return i.Leverage(ctx, LivedOf{Program: i.programs()[0]}) },
		"Poster": func(i *Inspector) (any, error) {
			return i.Poster(ctx, PosterOf{LivedOf: LivedOf{Program: i.programs()[0]}, Size: "a3", Format: "svg"})
		},
		"Travellers": func(i *Inspector) (any, error) {
			return i.Travellers(ctx, i.programs()[0], "welcome", "", "entered")
		},
		"Audience": func(i *Inspector) (any, error) {
			ask := AudienceTry{RuleAsked: RuleAsked{Program: i.programs()[0], When: "true"}, Show: 1}
			of, err := i.Written(ask.Program)
			if err != nil {
				return nil, err
			}
			return i.Audience(ctx, of, &ask)
		},
		"Passages": func(i *Inspector) (any, error) {
			return i.Passages(ctx, LivedOf{Program: i.programs()[0]}, "treatment", "entered")
		},
		"Groups":         func(i *Inspector) (any, error) { return i.Groups(ctx, LivedOf{Program: i.programs()[0]}, "treatment") },
		"Lived":          func(i *Inspector) (any, error) { return i.Lived(ctx, LivedOf{Program: i.programs()[0]}) },
		"Reach":          func(i *Inspector) (any, error) { return i.Reach(ctx, i.programs()[0], 0) },
		"Backtest":       func(i *Inspector) (any, error) { return i.Backtest(ctx, Backtest{Release: calmer(t)}) },
		"LearningReport": func(i *Inspector) (any, error) { return i.LearningReport(ctx) },
		"Checkup":        func(i *Inspector) (any, error) { return i.Checkup(ctx) },
	}
	for name, d := range inspected() {
		if d.what == nil {
			continue
		}
		look, ok := looks[name]
		if !ok {
			t.Errorf("(*Inspector).%s is not tried here", name)
			continue
		}
		want := audit.Filter{What: string(d.what(nil)), Actor: "nurse Kim"}
		before := len(auditOf(t, dir, want))
		i, err := Inspect(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		_, said := look(i)
		if err := i.Close(); err != nil {
			t.Error(err)
		}
		if after := len(auditOf(t, dir, want)); after != before+1 {
			t.Errorf("(*Inspector).%s left %d records of it (%v)", name, after-before, said)
		}
	}
}

// nothingOf looks for what is known of anybody in the log's bytes.
func nothingOf(t *testing.T, w *World, dir, secret string) {
	t.Helper()
	var log []byte
	files, err := filepath.Glob(filepath.Join(AuditDir(dir), "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, data...)
	}
	look := func(what, text string) {
		if len(text) > 3 && bytes.Contains(log, []byte(text)) {
			t.Errorf("the audit log tells %s: %q", what, text)
		}
	}
	look("a reason", secret)
	look("what was typed", "Zebedee")
	for _, p := range some(t, w, 30) {
		look("an id", p.ID.String())
		for _, name := range []string{"first_name", "last_name", "email", "phone", "birth_date", "street", "city"} {
			look(name, p.Trait(name).Text)
		}
	}
}

// historyIsHeldAgainst finds a history that was changed with all its sums, and one whose end was cut.
func historyIsHeldAgainst(t *testing.T, dir string, said []audit.Frames) {
	t.Helper()
	if v, err := VerifyHistory(t.Context(), dir, said); err != nil || len(v.Problems) > 0 || v.Commits == 0 || v.Newer != 0 {
		t.Fatalf("%+v, %v", v, err)
	}
	from, err := sqlite.OpenHistory(dir, sqlite.Config{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer from.Close()
	last, err := from.Last(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for says, change := range map[string]func(*store.Frame) bool{
		"an entry is another":            func(f *store.Frame) bool { f.Entries[0].Body[0] ^= 1; return true },
		"an entry is another person's":   func(f *store.Frame) bool { f.Entries[0].Person[0] ^= 1; return true },
		"a commit was made another time": func(f *store.Frame) bool { f.At++; return true },
		"the end is cut":                 func(f *store.Frame) bool { return false },
	} {
		copied := t.TempDir()
		to, err := sqlite.OpenHistory(copied, sqlite.Config{Durability: sqlite.Relaxed})
		if err != nil {
			t.Fatal(err)
		}
		err = from.Frames(t.Context(), 0, func(f store.Frame) error {
			if f.Number == last.Frame && !change(&f) {
				return nil
			}
			return to.Append(t.Context(), f)
		})
		if err := errorsOf(err, to.Close()); err != nil {
			t.Fatal(err)
		}
		if v, err := VerifyHistory(t.Context(), copied, said); err != nil || len(v.Problems) != 1 {
			t.Errorf("%s: %+v, %v", says, v, err)
		}
	}
}

func errorsOf(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// endsWithTheKey erases somebody's key: their lines stay, and nobody can tell any more that they are theirs.
func endsWithTheKey(t *testing.T, dir string, erased, kept id.Person) {
	t.Helper()
	pinned, _, err := readPin(dir)
	if err != nil {
		t.Fatal(err)
	}
	keys, err := seal.Open(filepath.Join(dir, "keys"), pinned.Organisation)
	if err != nil {
		t.Fatal(err)
	}
	if err := errorsOf(keys.Erase(erased), keys.Close()); err != nil {
		t.Fatal(err)
	}
	i, err := Inspect(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer i.Close()
	if _, err := pseudonym(i.keys, erased); err == nil {
		t.Error("who was erased still has a pseudonym")
	}
	if names, err := i.AuditedPerson(kept); err != nil || len(names) != 1 {
		t.Error(names, err)
	}
	if v, err := audit.Verify(t.Context(), AuditDir(dir), audit.Trust{}); err != nil || !v.Sound() {
		t.Errorf("after erasing: %+v, %v", v, err)
	}
}

// What signing the history costs, by entry of a commit: it reads each back once, beside the path that messages take. Who has much to do
// commits hundreds of entries together, and who has little has time.
func BenchmarkSignTheHistory(b *testing.B) {
	for _, together := range []int{1, 20, 500} {
		b.Run(strconv.Itoa(together)+" entries a commit", func(b *testing.B) {
			h, err := sqlite.OpenHistory(b.TempDir(), sqlite.Config{Durability: sqlite.Relaxed})
			if err != nil {
				b.Fatal(err)
			}
			defer func() {
				if err := h.Close(); err != nil {
					b.Error(err)
				}
			}()
			const entries = 20_000
			for n := range entries / together {
				f := store.Frame{Number: int64(n + 1), Log: int64(n + 1), At: crashBegin}
				for k := range together {
					f.Entries = append(f.Entries, store.FrameEntry{Person: id.Person{1, byte(k), byte(k >> 8)}, Body: bytes.Repeat([]byte{byte(n), byte(k)}, 200)})
				}
				if err := h.Append(b.Context(), f); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				for after := int64(0); ; {
					f, err := sumOf(b.Context(), h, after)
					if err != nil {
						b.Fatal(err)
					}
					if f == nil {
						break
					}
					after = f.To
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/entries, "ns/entry")
		})
	}
}
