package programdir_test

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/txtar"

	"attune/core/consent"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/policy"
	"attune/core/program"
	"attune/core/release"
	"attune/core/source"
	"attune/internal/programdir"
)

var zones = sync.OnceValue(func() *instant.Zones {
	z, err := instant.LoadZones()
	if err != nil {
		panic(err)
	}
	return z
})

var update = flag.Bool("update", false, "write what teams are told now as what they should be told")

// good is a small program with nothing wrong in it.
const good = `
-- program.yaml --
program: care
name: Care
languages: [en]
enroll: {on: clinical.condition_recorded}
-- map.yaml --
phases:
  - {id: diagnosis, name: Diagnosis, enter: {on: clinical.condition_recorded}}
exits:
  died: {on: patient.deceased}
-- signals.yaml --
signals:
  away: since("portal.visited") > days(30)
-- policy.yaml --
sender: Green Lane
zone: Europe/London
contact_hours: {from: "08:00", to: "21:00"}
caps:
  - {count: 3, within: 7d}
consent:
  jurisdiction: GB
-- engagements/hello.yaml --
engagement: hello
purpose: treatment_support
audience: patient
when: signal("away")
value: 5
expires: 2d
variants:
  - {id: plain, email: hello}
-- journeys/start.yaml --
journey: start
enter: {on: medication.prescribed}
steps:
  - send: hello
  - {id: look, await: {on: portal.visited, within: 7d, else: over}}
  - {id: over, exit: done}
-- content/email/hello.en.liquid --
Subject: Hello

Dear {{ name | default: "friend" }}
`

// write makes a folder of an archive's files; one with no text removes the file.
func write(t testing.TB, archives ...string) string {
	t.Helper()
	files := map[string]string{}
	for _, a := range archives {
		for _, f := range txtar.Parse([]byte(a)).Files {
			files[f.Name] = string(f.Data)
		}
	}
	dir := t.TempDir()
	for name, text := range files {
		if text == "" {
			continue
		}
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// problems loads a folder and returns what is wrong with it, one on a line, without the folder's path.
func problems(t testing.TB, dir string) []string {
	t.Helper()
	rel, found, err := programdir.Load(zones(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if (rel == nil) == (len(found) == 0) {
		t.Fatalf("there is a release (%v) and there are %d problems", rel != nil, len(found))
	}
	var out []string
	for _, p := range found {
		out = append(out, strings.TrimPrefix(p.String(), filepath.ToSlash(dir)+"/"))
	}
	return out
}

func TestAGoodProgramHasNoProblems(t *testing.T) {
	t.Parallel()
	if got := problems(t, write(t, good)); got != nil {
		t.Errorf("there are problems in a good program: %v", got)
	}
	if rel, found, err := programdir.Load(zones(), "testdata/programs/living_well"); err != nil || rel == nil {
		t.Errorf("living_well: %v, %v", found, err)
	}
	rel, found, err := programdir.Load(zones(), "../../programs/diabetes")
	if err != nil || len(found) > 0 {
		t.Fatalf("programs/diabetes: %v, %v", found, err)
	}
	again, _, _ := programdir.Load(zones(), "../../programs/diabetes")
	if rel.ID != again.ID || rel.Short == 0 {
		t.Errorf("one folder makes two releases: %s and %s", rel.ID, again.ID)
	}
}

// TestMistakes reads testdata/mistakes: each file changes the good program into one with mistakes, and
// problems.txt is what a team is told about them, all at once, in the order of the text. The flag -update
// rewrites them.
func TestMistakes(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/mistakes/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no mistakes: %v", err)
	}
	for _, path := range paths {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) {
			t.Parallel()
			a, err := txtar.ParseFile(path)
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(a.Files, func(f txtar.File) bool { return f.Name == "problems.txt" })
			want := ""
			if at >= 0 {
				want = string(a.Files[at].Data)
				a.Files = slices.Delete(a.Files, at, at+1)
			}
			got := strings.Join(problems(t, write(t, good, string(txtar.Format(a)))), "\n") + "\n"
			if got == want {
				return
			}
			if *update {
				a.Files = append(a.Files, txtar.File{Name: "problems.txt", Data: []byte(got)})
				if err := os.WriteFile(path, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("want\n%s\ngot\n%s", want, got)
		})
	}
}

func TestItNeedsAFolder(t *testing.T) {
	t.Parallel()
	file := filepath.Join(write(t, good), "program.yaml")
	for _, dir := range []string{"no/such/folder", file} {
		if _, _, err := programdir.Load(zones(), dir); err == nil {
			t.Errorf("%s was taken for a program", dir)
		}
	}
}

func TestTwoProgramsOfOneName(t *testing.T) {
	t.Parallel()
	_, found, err := programdir.Load(zones(), write(t, good), write(t, good))
	if err != nil || len(found) != 1 || found[0].What != `program "care" stands at program.yaml:1:1 already` {
		t.Errorf("two programs of one name: %v, %v", found, err)
	}
}

// What one program declares, every program's rules may use; two that declare the same have to agree.
func TestProgramsShareTheirEvents(t *testing.T) {
	t.Parallel()
	declares := func(fields string) string {
		return "-- events.yaml --\nevents:\n  foot_check.sent:\n    says: A photo came.\n    fields: " + fields + "\n"
	}
	const other = "-- program.yaml --\nprogram: feet\nname: Feet\nlanguages: [en]\nenroll: {on: foot_check.sent, where: event.score > 2}\n"
	const score, both = "{score: {type: number, unit: points}}", "{side: {type: text}, score: {type: number, unit: points, example: 7}}"
	for _, c := range []struct{ name, here, there, want string }{
		{"one declares it", declares(score), "", ""},
		{"both do", declares(score), declares(score), ""},
		{"both do, in another order and with another example", declares("{score: {type: number, unit: points}, side: {type: text}}"), declares(both), ""},
		{"with another field", declares(score), declares(both), `foot_check.sent is declared differently by the program "care" at events.yaml:2:3`},
		{"with another type", declares("{score: {type: integer, unit: points}}"), declares(score), `foot_check.sent is declared differently by the program "care" at events.yaml:2:3`},
		{"nobody does", "", "", `there is no event "foot_check.sent"`},
	} {
		rel, found, err := programdir.Load(zones(), write(t, good, c.here), write(t, good, other, c.there))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if len(found) > 0 {
			got = found[0].What
		}
		if got != c.want {
			t.Errorf("%s: %q, not %q", c.name, got, c.want)
		}
		if rel == nil {
			continue
		}
		if d, declared := rel.Catalogue.Find("foot_check.sent"); !declared || d.Fields[0].Name != "score" && d.Fields[0].Name != "side" {
			t.Errorf("%s: the release knows %+v", c.name, d)
		}
	}
}

// A field says what it is by default: clinical, with an example of its type.
func TestWhatIsDeclaredAboutAnEvent(t *testing.T) {
	t.Parallel()
	rel, found, err := programdir.Load(zones(), write(t, good, `
-- events.yaml --
events:
  foot_check.sent:
    says: The person sent a photo of the foot.
    fields:
      score: {type: number, unit: points, sensitivity: clinical, example: 3}
      side:  {type: text, sensitivity: personal, one_of: [left, right]}
      at:    {type: time, sensitivity: plain}
      tags:  {type: list, example: [a, b]}
      ready: {type: flag}
      steps: {type: integer, example: "12"}
      note:  {type: text, example: 'he said "no"'}
  foot_check.seen: {says: Somebody looked at the photo.}
`))
	if rel == nil {
		t.Fatal(found, err)
	}
	d, _ := rel.Catalogue.Find("foot_check.sent")
	want := event.Definition{Name: "foot_check.sent", Says: "The person sent a photo of the foot.", Fields: []event.FieldDef{
		{Name: "score", Type: expr.Number, Unit: "points", Sensitivity: event.Clinical, Example: `3`},
		{Name: "side", Type: expr.Text, OneOf: []string{"left", "right"}, Sensitivity: event.Personal, Example: `"left"`},
		{Name: "at", Type: expr.Moment, Sensitivity: event.Plain, Example: `"2027-03-05T09:30:00Z"`},
		{Name: "tags", Type: expr.List, Sensitivity: event.Clinical, Example: `["a","b"]`},
		{Name: "ready", Type: expr.Flag, Sensitivity: event.Clinical, Example: `true`},
		{Name: "steps", Type: expr.Integer, Sensitivity: event.Clinical, Example: `12`},
		{Name: "note", Type: expr.Text, Sensitivity: event.Clinical, Example: `"he said \"no\""`},
	}}
	if !reflect.DeepEqual(d, want) {
		t.Errorf("declared\n%+v\nwant\n%+v", d, want)
	}
	if d, known := rel.Catalogue.Find("foot_check.seen"); !known || len(d.Fields) != 0 {
		t.Errorf("%+v", d)
	}
	plain, _, _ := programdir.Load(zones(), write(t, good))
	if plain.ID == rel.ID {
		t.Error("what a program declares is not in the release's name")
	}
}

func TestLinksDoNotLeaveTheFolder(t *testing.T) {
	t.Parallel()
	dir := write(t, good)
	if err := os.Remove(filepath.Join(dir, "map.yaml")); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(write(t, good), "map.yaml")
	if err := os.Symlink(outside, filepath.Join(dir, "map.yaml")); err != nil {
		t.Skip(err)
	}
	if _, found, err := programdir.Load(zones(), dir); err == nil && len(found) == 0 {
		t.Error("a file outside the folder was read")
	}
}

// What would keep the parser busy for minutes is refused; otherwise the suite does not end.
func TestYAMLIsBounded(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"open lists":   strings.Repeat("[", 100_000),
		"nested lists": strings.Repeat("[", 50_000) + strings.Repeat("]", 50_000),
		"nested maps":  strings.Repeat("{a: ", 50_000),
		"dashes":       strings.Repeat("- ", 100_000),
		"questions":    strings.Repeat("? ", 100_000),
		"many keys":    strings.Repeat("key: value\n", 100_000),
		"indentation":  strings.Repeat(" ", 100_000) + "a: b",
	} {
		t.Log(name)
		var problems source.Problems
		programdir.ParseYAML("x.yaml", []byte(text), &problems)
	}
}

// Whatever bytes stand in a program's files, there are problems or a program, each problem in a file
// and on a line of it, and what compiles can be stepped.
func FuzzPrograms(f *testing.F) {
	for _, file := range txtar.Parse([]byte(good)).Files {
		f.Add(file.Name, file.Data)
	}
	stories, _ := filepath.Glob("testdata/mistakes/*.txtar")
	for _, path := range stories {
		a, err := txtar.ParseFile(path)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range a.Files {
			f.Add(file.Name, file.Data)
		}
	}
	f.Fuzz(func(t *testing.T, name string, text []byte) {
		if len(text) > 4000 {
			t.Skip("long texts are only slow")
		}
		folder := program.Folder{Name: "fuzz", Trees: map[string]*source.Node{}, Texts: map[string]string{}}
		var found source.Problems
		for _, file := range append(txtar.Parse([]byte(good)).Files, txtar.File{Name: name, Data: text}) {
			folder.Texts[file.Name] = string(file.Data)
			if strings.HasSuffix(file.Name, ".yaml") {
				delete(folder.Trees, file.Name)
				if tree := programdir.ParseYAML(file.Name, file.Data, &found); tree != nil {
					folder.Trees[file.Name] = tree
				}
			}
		}
		list := found.List()
		p, more := program.Read(folder, zones())
		list = append(list, more...)
		if p == nil && len(more) == 0 {
			t.Fatal("no program and no problem")
		}
		if p != nil {
			rel, more := release.Compile(event.Standard(), zones(), p)
			if rel == nil && len(more) == 0 {
				t.Fatal("no release and no problem")
			}
			list = append(list, more...)
		}
		for _, problem := range list {
			if problem.What == "" {
				t.Fatalf("%s: a problem without words", problem.Pos)
			}
			if text, known := folder.Texts[problem.Pos.File]; known && problem.Pos.Line > strings.Count(text, "\n")+strings.Count(text, "\r")+2 {
				t.Fatalf("%s lies after the end of the file", problem)
			}
		}
	})
}

const house = `
-- house/care/program.yaml --
program: care
name: Care
languages: [en]
standards: [house]
enroll: {on: clinical.condition_recorded}
-- house/care/map.yaml --
phases:
  - {id: diagnosis, name: Diagnosis, enter: {on: clinical.condition_recorded}}
-- house/care/policy.yaml --
sender: Green Lane
contact_hours: {from: "09:00", to: "20:00"}
`

const houseRules = `
standard: house
policy:
  zone: Europe/London
  contact_hours: {from: "08:00", to: "20:00"}
  caps: [{count: 3, within: 7d}]
  purposes: {treatment_support: treatment}
  consent: {jurisdiction: GB, without_record: {treatment_support: [email]}}
`

// A standard stands beside the program or in it; either way it is part of the program, which inherits
// what it leaves out.
func TestProgramsInheritFromStandards(t *testing.T) {
	t.Parallel()
	beside := filepath.Join(write(t, house+"-- house/standards/house.yaml --"+houseRules+"-- house/standards/other.yaml --\nstandard: other\n"), "house/care")
	inside := filepath.Join(write(t, house+"-- house/care/standards/house.yaml --"+houseRules), "house/care")
	both := filepath.Join(write(t, house+"-- house/standards/house.yaml --"+houseRules+"-- house/care/standards/house.yaml --\nstandard: house\n"), "house/care")
	var releases []string
	for _, dir := range []string{beside, inside, both} {
		rel, found, err := programdir.Load(zones(), dir)
		if rel == nil {
			t.Fatal(found, err)
		}
		releases = append(releases, rel.ID)
		p := rel.Programs[0]
		want := policy.Policy{
			Sender: "Green Lane", Zone: "Europe/London", Hours: policy.Hours{From: 9 * instant.Hour, To: 20 * instant.Hour},
			Caps: policy.Caps{{Count: 3, Within: 7 * instant.Day}}, Purposes: []policy.Purpose{{ID: "treatment_support", Kind: consent.Treatment}},
			Consent: consent.Defaults{Jurisdiction: "GB", Version: "2026-11", WithoutRecord: []consent.PurposeDefault{{Purpose: "treatment_support", Channels: []string{"email"}}}},
		}
		if !reflect.DeepEqual(p.Policy, want) {
			t.Errorf("%s: the policy is %+v", dir, p.Policy)
		}
		from := map[string]string{}
		for _, s := range p.Stands {
			from[s.Field] = strings.Join(s.From(), ",")
		}
		if from["policy.caps"] != "house" || from["policy.contact_hours"] != "care" || from["policy.consent.without_record"] != "house" {
			t.Errorf("%s: what holds comes from %v", dir, from)
		}
	}
	if releases[0] != releases[1] || releases[0] != releases[2] {
		t.Errorf("the place of a standard makes another release: %v", releases)
	}
	files, _, err := programdir.ReadFiles(beside)
	if err != nil || files.Texts["standards/house.yaml"] != strings.TrimPrefix(houseRules, "\n") || len(files.Texts) != 4 {
		t.Errorf("the program's files are %v, %v", files.Texts, err)
	}
	stricter := filepath.Join(write(t, house+"-- house/standards/house.yaml --"+strings.Replace(houseRules, "count: 3", "count: 2", 1)), "house/care")
	if rel, found, err := programdir.Load(zones(), stricter); rel == nil || rel.ID == releases[0] {
		t.Errorf("a standard changed and the release did not: %v, %v", found, err)
	}
}

// Problems of a standard beside the program are told where it stands.
func TestPlacesOfStandards(t *testing.T) {
	t.Parallel()
	dir := write(t, house+"-- house/standards/house.yaml --"+strings.Replace(houseRules, `"08:00"`, `"10:00"`, 1)+"-- house/standards/hose.yaml --\nstandard: hose\n")
	_, found, err := programdir.Load(zones(), filepath.Join(dir, "house/care"))
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	want := filepath.ToSlash(dir) + `/house/care/policy.yaml:2:23: contact_hours begins at 09:00, before 10:00 in the standard house (../standards/house.yaml:4:25); write "10:00" or later`
	if found[0].String() != want {
		t.Errorf("%s, not\n%s", found[0], want)
	}
	for from, to := range map[string]string{"zone": "zome", "count: 3": "count: x"} {
		dir := write(t, house+"-- house/standards/house.yaml --"+strings.Replace(houseRules, from, to, 1))
		_, found, err := programdir.Load(zones(), filepath.Join(dir, "house/care"))
		if err != nil || len(found) == 0 || !slices.ContainsFunc(found, func(p source.Problem) bool {
			return p.Pos.File == filepath.ToSlash(dir)+"/house/standards/house.yaml"
		}) {
			t.Errorf("%s: %v, %v", to, found, err)
		}
	}
}
