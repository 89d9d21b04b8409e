package app

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/release"
	"attune/internal/delivery/capture"
	"attune/internal/programdir"
	"attune/internal/runner"
	"attune/internal/store"
)

// learning is the program that comes with Attune, and diabetes the same without what it leaves to chance, for
// tests of all else: what its rules propose is said.
const learning = "../../programs/diabetes"

var diabetes string

// programEnv tells processes that tests start where that copy is.
const programEnv = "ATTUNE_TEST_PROGRAM"

// prepare makes the copy, for all tests of this process and of those it starts; the answer takes it away.
func prepare() (func(), error) {
	if diabetes = os.Getenv(programEnv); diabetes != "" {
		return func() {}, nil
	}
	dir, err := os.MkdirTemp("", "attune-program")
	if err != nil {
		return nil, err
	}
	diabetes = filepath.Join(dir, "diabetes")
	if err := os.Setenv(programEnv, diabetes); err != nil {
		return nil, err
	}
	return func() { os.RemoveAll(dir) }, withoutLearning(diabetes)
}

func withoutLearning(dir string) error {
	if err := os.CopyFS(dir, os.DirFS(learning)); err != nil {
		return err
	}
	path := filepath.Join(dir, "policy.yaml")
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	certain, _, found := bytes.Cut(text, []byte("\none_channel_a_day:"))
	if !found {
		return errors.New("the program does not learn any more: learning has to stand at the end of its policy")
	}
	return os.WriteFile(path, append(certain, '\n'), 0o600)
}

func mustLoad(t testing.TB, dirs ...string) (*release.Release, *instant.Zones) {
	t.Helper()
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	rel, problems, err := programdir.Load(zones, dirs...)
	if rel == nil {
		t.Fatal(err, problems)
	}
	return rel, zones
}

// readWorld is such a past, read back from its folder, and whose it is.
func readWorld(t *testing.T) (*Inspector, []id.Person) {
	t.Helper()
	w, dir := smallWorld(t)
	var people []id.Person
	if err := w.Node.People.Each(t.Context(), func(r store.Row) error {
		people = append(people, r.Person)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := w.Node.Close(); err != nil {
		t.Fatal(err)
	}
	i, err := Inspect(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = i.Close() })
	return i, people
}

// smallWorld lives a past that is long enough for messages, deaths and withdrawals.
func smallWorld(t *testing.T) (*World, string) {
	t.Helper()
	return worldOf(t, 60, 90)
}

// learningWorld is one that is large and old enough for several models.
func learningWorld(t *testing.T) (*World, string) {
	t.Helper()
	return worldOf(t, 250, 125)
}

func worldOf(t *testing.T, people, days int) (*World, string) {
	t.Helper()
	rel, zones := mustLoad(t, learning)
	dir := filepath.Join(t.TempDir(), "demo")
	w, err := NewWorld(t.Context(), Demo{Data: dir, Release: rel, People: people, Days: days, StaleAfter: 12 * instant.Day, End: crashBegin, Seed: 7, Pace: 600}, zones)
	if err != nil {
		t.Fatal(err)
	}
	return w, dir
}

// livedWorld is a node of such a world, with the facts gathered that numbers are made of.
func livedWorld(t *testing.T, people, days int) *Node {
	t.Helper()
	w, _ := worldOf(t, people, days)
	t.Cleanup(func() { _ = w.Node.Close() })
	if err := w.Node.gather(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w.Node
}

// counters are the runner's own counts, by their keys.
func counters(t *testing.T, n *Node) map[string]int64 {
	t.Helper()
	tallies, err := n.People.Tallies(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int64{}
	for _, x := range tallies {
		out[x.Key] = x.Add
	}
	return out
}

// image is everything the state holds, in order.
func image(t *testing.T, people store.People) []byte {
	t.Helper()
	var b bytes.Buffer
	err := people.Each(t.Context(), func(r store.Row) error {
		fmt.Fprintf(&b, "%s %d %d %d %x\n", r.Person, r.Version, r.Wake, r.Due, r.Blob)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	tallies, err := people.Tallies(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	mark, err := people.Mark(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(&b, tallies, mark)
	return b.Bytes()
}

func TestDeletedStateIsRebuiltByteForByte(t *testing.T) {
	if testing.Short() {
		t.Skip("lives through months")
	}
	w, dir := learningWorld(t)
	was := image(t, w.Node.People)
	models, policies := map[uint64]bool{}, map[decision.Policy]int{}
	roundsOf(t, w.Node, func(_ *effect.Decide, r *effect.Weighing) {
		models[r.Model] = true
		policies[r.Manner.Policy]++
	})
	if policies[decision.Learned] == 0 || policies[decision.Fallback] == 0 || policies[decision.Uniform] == 0 {
		t.Fatalf("decisions by policy: %v; there should be some by what was learned, by models that were too old, and evenly", policies)
	}
	if len(models) < 3 {
		t.Fatalf("decisions were made with %d models, and should be with what was expected first and at least two more", len(models))
	}
	if err := w.Node.Close(); err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(filepath.Join(dir, "state.db*"))
	if len(files) == 0 {
		t.Fatal("there is no state to delete")
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	again, err := Open(t.Context(), Options{Data: dir, Organisation: "demo", Release: w.Node.Release, Now: w.Clock.Now, Relaxed: true})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if is := image(t, again.People); !bytes.Equal(was, is) {
		t.Fatalf("the rebuilt state differs: %d bytes were %d", len(is), len(was))
	}
	if n := bytes.Count(was, []byte("\n")); n != 251 {
		t.Fatalf("%d rows, want 250 and the counters", n)
	}
}

func TestCountersEqualAScanOfEverybody(t *testing.T) {
	w, _ := smallWorld(t)
	defer w.Node.Close()
	scan := map[string]int64{}
	handed := int64(0)
	err := w.Node.People.Each(t.Context(), func(r store.Row) error {
		p, _, err := runner.ReadPerson(t.Context(), w.Node.People, w.Node.Keys, r.Person)
		if err != nil {
			return err
		}
		scan["people"]++
		for i := range p.Memberships {
			if m := &p.Memberships[i]; m.Active() {
				scan["members/"+m.Program]++
				scan["phase/"+m.Program+"/"+m.Phase]++
			}
		}
		for _, touch := range p.Touches {
			if touch.State == person.InFlight || touch.State == person.Pending && touch.Due <= w.Clock.Now() {
				t.Errorf("%s has a touch that is %s after everything came to rest", r.Person, touch.State)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	tallies, err := w.Node.People.Tallies(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	live := newTotals(tallies)
	for key, n := range scan {
		if live[key] != n {
			t.Errorf("%s: counted live %d, by scan %d", key, live[key], n)
		}
	}
	for key, n := range live {
		if _, phase := scan[key]; !phase && n != 0 && (key == "people" || key[:min(6, len(key))] == "phase/") {
			t.Errorf("%s: counted live %d, by scan none", key, n)
		}
	}
	handed = live["touch/email/handed_over"]
	captured, err := w.Node.Box.Count(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if int64(captured) != handed || handed == 0 {
		t.Errorf("%d handed over, %d captured", handed, captured)
	}
}

// Whatever else happens: nobody is written to who said no, is dead, or sleeps.
func TestEveryCapturedMessageWasAllowed(t *testing.T) {
	w, _ := smallWorld(t)
	defer w.Node.Close()
	captured, err := w.Node.Box.Newest(t.Context(), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	zones := w.Node.Release.Zones
	for _, c := range captured {
		p, _, err := w.Node.Runner.Person(t.Context(), c.Message.Person)
		if err != nil {
			t.Fatal(err)
		}
		at := instant.Of(c.Message.At)
		if p.Died != 0 && at >= p.Died {
			t.Errorf("%s was written to after their death", p.ID)
		}
		for _, word := range p.Consents {
			if word.Answer != 1 && word.Purpose == "treatment_support" && word.At <= at {
				t.Errorf("%s was written to although consent was %s", p.ID, word.Answer)
			}
		}
		zone, _ := zones.Find(p.Trait("timezone").Text)
		if hour := at.Std().In(mustLocation(t, zone.Name)).Hour(); hour < 8 || hour >= 21 {
			t.Errorf("%s was written to at %d o'clock", p.ID, hour)
		}
	}
	if twice := touchedTwice(captured); len(twice) > 0 {
		t.Errorf("touches were handed over twice: %v", twice)
	}
}

func touchedTwice(captured []capture.Captured) (twice []id.Key) {
	seen := map[id.Key]bool{}
	for _, c := range captured {
		if seen[c.Message.Touch] {
			twice = append(twice, c.Message.Touch)
		}
		seen[c.Message.Touch] = true
	}
	return twice
}

func TestSourcesKeepNoKey(t *testing.T) {
	dir := t.TempDir()
	s, err := OpenSources(dir)
	if err != nil {
		t.Fatal(err)
	}
	key, err := s.Add("app", "mrn")
	if err != nil {
		t.Fatal(err)
	}
	if source, ok := s.ByWriteKey(key); !ok || source.Name != "app" || source.System != "mrn" {
		t.Fatalf("the key does not open its source: %v %v", source, ok)
	}
	data, err := os.ReadFile(filepath.Join(dir, "sources.json"))
	if err != nil || bytes.Contains(data, []byte(key)) {
		t.Fatal("the file shows the key", err)
	}
	again, err := OpenSources(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Revoke("app"); err != nil {
		t.Fatal(err)
	}
	if _, ok := again.ByWriteKey(key); ok {
		t.Fatal("a revoked key still works")
	}
	for _, bad := range []string{"", "App", "a/b", "a b"} {
		if _, err := s.Add(bad, ""); err == nil {
			t.Errorf("%q was taken as a name", bad)
		}
	}
	if list := again.List(); len(list) > 0 {
		t.Errorf("listed after revoking: %v", list)
	}
}

func TestOriginsAreKeptAsBrowsersSendThem(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"https://app.example": "https://app.example", "HTTPS://App.Example/": "https://app.example", "https://app.example:443": "https://app.example", "http://localhost:3000": "http://localhost:3000",
		"http://app.example:80": "http://app.example", "http://[::1]:3000": "http://[::1]:3000", "*": "*",
		"app.example": "", "ftp://app.example": "", "https://app.example/page": "", "https://": "", "https://a@app.example": "", "https://app.example?x": "", "null": "", "https://*.app.example": "",
	} {
		s, err := OpenSources(t.TempDir())
		if err != nil {
			t.Fatal(err)
		}
		key, err := s.Add("site", "", given)
		if (err == nil) != (want != "") {
			t.Errorf("%q: %v", given, err)
			continue
		}
		if err == nil {
			from, _ := s.ByWriteKey(key)
			if !slices.Equal(from.Origins, []string{want}) || !from.Admits(strings.Replace(want, "*", "https://any.example", 1)) || s.Admits("https://other.example") != (want == "*") {
				t.Errorf("%q is kept as %q", given, from.Origins)
			}
		}
	}
}
