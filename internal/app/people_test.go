package app

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/person"
	"attune/internal/intake"
	"attune/internal/intake/identity"
)

// told lets a feed tell who somebody is, as "first last|born|sex|phone".
func (w *registry) told(who, is string) {
	w.Helper()
	part := strings.Split(is+"|||", "|")
	first, last, _ := strings.Cut(part[0], " ")
	e := event.Event{ID: fmt.Sprintf("feed/%s/%d", who, w.next), Name: "traits.updated", OccurredAt: w.node.Now()}
	w.next++
	for _, t := range [][2]string{{"first_name", first}, {"last_name", last}, {"birth_date", part[1]}, {"sex", part[2]}, {"phone", part[3]}} {
		if t[1] != "" {
			e = e.With(t[0], expr.TextOf(t[1]))
		}
	}
	if err := w.node.Intake.Take(w.Context(), intake.Source{Name: "feed"}, []intake.Arrival{{Who: identity.Key{System: "feed", Value: who}, Event: e}}); err != nil {
		w.Fatal(err)
	}
	w.live()
}

// live lets people live through what was told.
func (w *registry) live() {
	w.Helper()
	for w.node.Runner.Behind() > 0 {
		if _, err := w.node.Runner.Tick(w.Context(), w.node.Now()); err != nil {
			w.Fatal(err)
		}
	}
}

// home is the record that somebody began with, whatever it became part of.
func (w *registry) home(who string) id.Person {
	w.Helper()
	p, known, err := w.node.Directory.Home(w.Context(), identity.Key{System: "feed", Value: who})
	if err != nil || !known {
		w.Fatal(known, err)
	}
	return p
}

// registry is a folder with people in it.
type registry struct {
	*testing.T
	data string
	node *Node
	next int
}

func newRegistry(t *testing.T) *registry {
	t.Helper()
	w := &registry{T: t, data: clinic(t)}
	w.open()
	t.Cleanup(func() {
		if err := w.node.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

func (w *registry) open() {
	w.Helper()
	rel, _ := mustLoad(w.T, diabetes)
	var err error
	if w.node, err = Open(w.Context(), Options{Data: w.data, Release: rel}); err != nil {
		w.Fatal(err)
	}
}

// found are the names of those found.
func (w *registry) found(q Wanted) (out []string) {
	w.Helper()
	found, err := w.node.findPeople(w.Context(), q)
	if err != nil {
		w.Fatal(err)
	}
	for _, p := range found.People {
		out = append(out, p.Name)
	}
	slices.Sort(out)
	return out
}

func (w *registry) duplicates() Duplicates {
	w.Helper()
	if err := w.node.compare(w.Context()); err != nil {
		w.Fatal(err)
	}
	list, err := w.node.duplicates(w.Context(), DuplicateQuery{State: "open"})
	if err != nil {
		w.Fatal(err)
	}
	return list
}

func TestTheIndexOfPeopleFollowsTheirStates(t *testing.T) {
	t.Parallel()
	w := newRegistry(t)
	w.told("ana", "Ana Quispe|1956-04-21|female|+12025550143")
	w.told("ben", "Ben Miller|1970-01-01|male")
	check := func(when string) {
		t.Helper()
		for q, want := range map[Wanted]string{
			{Name: "kispe"}: "Ana Quispe", {Born: "1970-01-01"}: "Ben Miller", {ID: "feed:ana", Born: "1956"}: "Ana Quispe", {Phone: "0143"}: "Ana Quispe", {Name: "ana", ID: "feed:ben"}: "",
		} {
			if got := strings.Join(w.found(q), ", "); got != want {
				t.Errorf("%s: %+v finds %q, want %q", when, q, got, want)
			}
		}
	}
	check("as it is told")
	if err := w.node.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	check("after a start")
	if err := w.node.Close(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"finder.db", "finder.db-wal", "finder.db-shm"} {
		if err := os.Remove(filepath.Join(w.data, name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	w.open()
	check("made anew")
	ana, err := w.node.whom(t.Context(), "feed:ana")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.node.Keys.Erase(ana); err != nil {
		t.Fatal(err)
	}
	if got := w.found(Wanted{Name: "quispe"}); got != nil {
		t.Errorf("who was erased is found: %v", got)
	}
}

// What was in memory when the process was killed is found in the states.
func TestTheIndexOfPeopleLosesNothingInAKill(t *testing.T) {
	t.Parallel()
	w := newRegistry(t)
	w.told("ana", "Ana Quispe|1956-04-21|female|+12025550143")
	if err := w.node.Finder.Flush(); err != nil {
		t.Fatal(err)
	}
	killed := filepath.Join(t.TempDir(), "data")
	w.told("ben", "Ben Miller|1970-01-01|male")
	if err := os.CopyFS(killed, os.DirFS(w.data)); err != nil {
		t.Fatal(err)
	}
	rel, _ := mustLoad(t, diabetes)
	n, err := Open(t.Context(), Options{Data: killed, Release: rel})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for _, name := range []string{"ana", "ben"} {
		if found, err := n.findPeople(t.Context(), Wanted{Name: name}); err != nil || len(found.People) != 1 {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
}

func TestDuplicatesSayWhy(t *testing.T) {
	t.Parallel()
	w := newRegistry(t)
	w.told("a", "Jon Smyth|1956-04-21|male")
	w.told("b", "John Smith|1956-04-21|male|+12025550143")
	w.told("c", "Eva Smith|1956-04-21|female|+12025550143")
	list := w.duplicates()
	if len(list.Pairs) != 1 || list.All != 1 || list.Waiting != 0 {
		t.Fatalf("%+v", list)
	}
	p := list.Pairs[0]
	if len(p.For) != 2 || p.For[0].Words != "names sound alike: first and last" || p.For[1].Code != "born_same" || len(p.Against) != 0 {
		t.Errorf("%+v", p)
	}
	for _, in := range []DifferentWord{{One: "feed:a", Other: "feed:b", By: "nurse Kim"}, {One: "feed:a", Other: "feed:x", By: "nurse Kim", Note: "brothers"}, {One: "feed:a", Other: "feed:c", By: "nurse Kim", Note: "brothers"}} {
		if err := w.node.different(t.Context(), in); err == nil || strings.Contains(err.Error(), "feed:x") {
			t.Errorf("%+v is taken, or repeated: %v", in, err)
		}
	}
	if err := w.node.different(t.Context(), DifferentWord{One: "feed:b", Other: "feed:a", By: "nurse Kim", Note: "brothers"}); err != nil {
		t.Fatal(err)
	}
	if list := w.duplicates(); list.All != 0 {
		t.Errorf("%+v", list)
	}
	w.told("a", "Jon Smyth|1956-04-21|male|+12025550143")
	if list := w.duplicates(); list.All != 1 || list.Pairs[0].By != "nurse Kim" || list.Pairs[0].Note != "brothers" {
		t.Errorf("%+v", list)
	}
}

// Who was merged is not listed, and is found once; who was parted was said to be different.
func TestMergedRecordsAreNoDuplicates(t *testing.T) {
	t.Parallel()
	w := newRegistry(t)
	w.told("a", "Jon Smyth|1956-04-21|male")
	w.told("b", "John Smith|1956-04-21|male|+12025550143")
	w.told("c", "Ben Miller|1970-01-01")
	w.told("d", "Benn Miller|1970-01-01")
	states := func(open, same, different int) {
		t.Helper()
		w.duplicates()
		for s, want := range map[string]int{"open": open, "same": same, "different": different} {
			if list, err := w.node.duplicates(t.Context(), DuplicateQuery{State: s}); err != nil || list.All != want {
				t.Errorf("%d are %s, want %d: %v", list.All, s, want, err)
			}
		}
	}
	states(2, 0, 0)
	say := func(apart bool, who, of string) {
		t.Helper()
		one, err := w.node.whom(t.Context(), "feed:"+who)
		if err != nil {
			t.Fatal(err)
		}
		other := w.home(of)
		if err := w.node.merge(t.Context(), MergeWord{Person: one.String(), Of: other.String(), Apart: apart, By: "nurse Kim"}); err != nil {
			t.Fatal(err)
		}
		w.live()
	}
	say(false, "b", "a")
	states(1, 1, 0)
	if got := w.found(Wanted{Name: "smith"}); len(got) != 1 {
		t.Errorf("merged, %v are found", got)
	}
	say(true, "b", "a")
	states(1, 0, 1)
	if got := w.found(Wanted{Name: "smith"}); len(got) != 2 {
		t.Errorf("parted, %v are found", got)
	}
	if err := w.node.Close(); err != nil {
		t.Fatal(err)
	}
	w.open()
	states(1, 0, 1)
}

// Two entries of one hospital that give people one identifier are listed, and so is which numbers speak against it.
func TestWhatRecordsDoubtIsListed(t *testing.T) {
	t.Parallel()
	data, dir := clinic(t), t.TempDir()
	patient := func(id, name, more string) string {
		return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"name":[{"given":["Ana"],"family":%q}],"birthDate":"1960-05-01","telecom":[{"system":"phone","value":"+1202555%s"}],"identifier":[%s]}`, id, name, map[bool]string{true: "0143", false: "0177"}[name == "Quispe"], more)
	}
	mrn := func(v string) string { return fmt.Sprintf(`{"system":"http://ward.example/mrn","value":%q}`, v) }
	ssn := func(v string) string { return fmt.Sprintf(`{"system":"http://ssn.example","value":%q}`, v) }
	lines := []string{
		patient("a", "Test", mrn("1")), patient("b", "Miller", ssn("9")+","+mrn("2")), patient("c", "Test", mrn("1")+","+ssn("9")),
		patient("d", "Quispe", mrn("3")), patient("e", "Quispe", mrn("4")),
	}
	if err := os.WriteFile(filepath.Join(dir, "p.ndjson"), []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := ImportIn(t.Context(), data, Import{Paths: []string{dir}, Source: "ward", Identifiers: map[string]string{"http://ward.example/mrn": "mrn", "http://ssn.example": "ssn"}}, func(ImportProgress) {})
	if err != nil || r.Doubts != 1 {
		t.Fatal(r, err)
	}
	list, err := ListDuplicates(t.Context(), data, DuplicateQuery{State: "open"})
	if err != nil || list.All != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	says := map[string]string{}
	for _, p := range list.Pairs {
		for _, r := range slices.Concat(p.For, p.Against) {
			says[p.One.Name] += " " + r.Code
		}
		if p.One.Name != p.Other.Name {
			says["identified"] = says[p.One.Name]
		}
	}
	if got := says["identified"]; got != " first_alike born_same phone_same identifier_same last_other" {
		t.Errorf("of one identifier it says%s", got)
	}
	if got := says["Ana Quispe"]; got != " name_same born_same phone_same number_other" {
		t.Errorf("of two numbers of one hospital it says%s", got)
	}
}

// samples are the sample people that lie beside the project on some machines, by source: their names and birth dates.
// Of each source it makes a file, of bundles with the patients alone.
func samples(t *testing.T, dir string) map[string][][3]string {
	t.Helper()
	const root = "../../../shared/data/interop"
	if _, err := os.Stat(root); err != nil {
		t.Skip("the shared sample data is not beside the project: nobody of it is imported")
	}
	read := func(name string) []byte {
		f, err := os.Open(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		return content
	}
	keep := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := map[string][][3]string{}
	for name, path := range map[string]string{
		"ten.ndjson": "fhir/bulk-10-patients/Patient.000.ndjson.gz", "thousand.ndjson": "fhir/bulk-1000-patients/Patient.000.ndjson.gz", "bundles.ndjson": "fhir/synthea-2022-bundles-matching-csv.ndjson.gz",
	} {
		var patients []byte
		for line := range bytes.Lines(read(path)) {
			var bundle struct {
				Entry []struct{ Resource json.RawMessage }
			}
			if err := json.Unmarshal(line, &bundle); err != nil {
				t.Fatal(err)
			}
			all := []json.RawMessage{line}
			for _, e := range bundle.Entry {
				all = append(all, e.Resource)
			}
			for _, raw := range all {
				var p struct {
					ResourceType, BirthDate string
					Name                    []struct {
						Given  []string
						Family string
					}
				}
				if bytes.Contains(raw[:min(len(raw), 100)], []byte(`"Patient"`)) && json.Unmarshal(raw, &p) == nil && p.ResourceType == "Patient" {
					out[name] = append(out[name], [3]string{p.Name[0].Given[0], p.Name[0].Family, p.BirthDate})
					patients = append(append(patients, bytes.TrimSpace(raw)...), '\n')
				}
			}
		}
		keep(name, patients)
	}
	table := read("csv/patients.csv.gz")
	if err := os.Mkdir(filepath.Join(dir, "tables"), 0o700); err != nil {
		t.Fatal(err)
	}
	keep("tables/patients.csv", table)
	rows, err := csv.NewReader(bytes.NewReader(table)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	first, last, born := slices.Index(rows[0], "FIRST"), slices.Index(rows[0], "LAST"), slices.Index(rows[0], "BIRTHDATE")
	for _, r := range rows[1:] {
		out["tables"] = append(out["tables"], [3]string{r[first], r[last], r[born]})
	}
	return out
}

// Everybody of the sample data is found, and those who are in two of its sets are listed, and nobody else.
func TestPeopleOfTheSampleDataAreFoundAndThoseInTwoSetsListed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	people := samples(t, dir)
	data := clinic(t)
	in := map[[3]string]int{}
	for name, list := range people {
		source, _, _ := strings.Cut(name, ".")
		im := Import{Paths: []string{filepath.Join(dir, name)}, Source: source}
		if name == "tables" {
			im.Map = "synthea"
		}
		if r, err := ImportIn(t.Context(), data, im, func(ImportProgress) {}); err != nil || r.People != len(list) {
			t.Fatalf("%s: %+v, %v", name, r, err)
		}
		for _, p := range list {
			in[p]++
		}
	}
	rel, _ := mustLoad(t, diabetes)
	n, err := Open(t.Context(), Options{Data: data, Release: rel})
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	for p, times := range in {
		found, err := n.findPeople(t.Context(), Wanted{Name: p[0] + " " + p[1], Born: p[2]})
		if err != nil || len(found.People) != times {
			t.Errorf("somebody of %s is found %d times, not %d: %v", p[2], len(found.People), times, err)
		}
	}
	list, err := n.duplicates(t.Context(), DuplicateQuery{State: "open"})
	if err != nil || list.Waiting != 0 || list.Crowds != 0 {
		t.Fatal(list.Waiting, list.Crowds, err)
	}
	twice := 0
	for _, times := range in {
		twice += times - 1
	}
	for _, d := range list.Pairs {
		if d.One.Name != d.Other.Name || d.One.Born != d.Other.Born || in[sampleName(t, n, d.One.Person)] != 2 {
			t.Errorf("%s and %s are listed for %v", d.One.Person, d.Other.Person, d.For)
		}
	}
	t.Logf("%d people, of whom %d are in two sets; %d pairs are listed", len(in), twice, list.All)
	if list.All != twice || twice == 0 {
		t.Errorf("%d are in two sets and %d are listed", twice, list.All)
	}
}

// sampleName is what the sample data calls somebody.
func sampleName(t *testing.T, n *Node, who string) [3]string {
	t.Helper()
	is, err := n.whom(t.Context(), who)
	if err != nil {
		t.Fatal(err)
	}
	var p person.Person
	if p, _, err = n.Runner.Person(t.Context(), is); err != nil {
		t.Fatal(err)
	}
	return [3]string{p.Trait("first_name").Text, p.Trait("last_name").Text, p.Trait("birth_date").Text}
}
