package explain_test

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"attune/core/instant"
	"attune/core/program"
	"attune/core/release"
	"attune/internal/explain"
	"attune/internal/programdir"
	"attune/internal/simulate"
)

var update = flag.Bool("update", false, "write testdata as things are explained now")

const (
	diabetes   = "../../programs/diabetes"
	livingWell = "../programdir/testdata/programs/living_well"
)

// load reads a program under another name, so that what is said does not depend on where it stands.
func load(t testing.TB, dir, name string) (*release.Release, program.Folder) {
	t.Helper()
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	rel, problems, err := programdir.Load(zones, dir)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	folder, _, err := programdir.Read(dir)
	if err != nil {
		t.Fatal(err)
	}
	folder.Name = name
	return rel, folder
}

// world simulates a few people under a program.
func world(t testing.TB, rel *release.Release, dir string) *simulate.Result {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, program.World))
	if err != nil {
		t.Fatal(err)
	}
	w, problems := simulate.Read(program.World, text, rel)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	start, _ := instant.Parse("2027-01-01T00:00:00Z")
	r, err := simulate.Run(t.Context(), simulate.Config{Release: rel, World: w, People: 200, Days: 180, Start: start, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func find(t testing.TB, e *explain.Explainer, file, part string) *explain.Explanation {
	t.Helper()
	x, problem := e.Find(file, part)
	if problem != nil {
		t.Fatal(problem)
	}
	return x
}

func text(t testing.TB, x *explain.Explanation) string {
	t.Helper()
	var b strings.Builder
	if err := x.WriteText(&b, 100); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != strings.ReplaceAll(string(want), "\r\n", "\n") {
		t.Errorf("%s: what is said now is not what stands there; look at it, and run go test ./internal/explain -update", name)
	}
}

// The page of a whole program, with and without a simulation.
func TestAProgramOnAPage(t *testing.T) {
	t.Parallel()
	rel, folder := load(t, diabetes, "programs/diabetes")
	golden(t, "diabetes.txt", text(t, find(t, explain.New(rel, folder, nil), "", "")))
	x := find(t, explain.New(rel, folder, world(t, rel, diabetes)), "", "")
	said := text(t, x)
	for _, want := range []string{"In a simulation of 200 made-up people over 180 days (seed 1, world living-with-diabetes)", "These rules never had a consequence: leave", "In the simulation: 200 times, for 200 people."} {
		if !strings.Contains(strings.Join(strings.Fields(said), " "), want) {
			t.Errorf("%q is not in\n%s", want, said)
		}
	}
}

// Every kind of thing and of step, as testdata has them for people to read.
func TestEveryKindOfThing(t *testing.T) {
	t.Parallel()
	rel, folder := load(t, livingWell, "living_well")
	e := explain.New(rel, folder, nil)
	var b strings.Builder
	for _, file := range []string{"program.yaml", "map.yaml", "policy.yaml", "events.yaml", "signals.yaml", "audiences.yaml", "behaviors.yaml", "outcomes.yaml", "valuesets.yaml", "words.yaml",
		"engagements/check_in.yaml", "engagements/refill_reminder.yaml", "engagements/referral_pack_check.yaml", "engagements/referral_reassurance.yaml", "journeys/before_a_visit.yaml", "journeys/first_year.yaml"} {
		b.WriteString(text(t, find(t, e, file, "")) + "\n")
	}
	for _, step := range []string{"in_hospital", "refilled", "branch", "await-2", "which_words", "specialist"} {
		b.WriteString(text(t, find(t, e, "journeys/first_year.yaml", step)) + "\n")
	}
	golden(t, "living_well.txt", b.String())
}

// Every rule of a release is explained by a thing that leads back to itself, in sentences that are well
// written, and says what wakes it as the release knows it.
func TestEveryRuleIsExplained(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{diabetes, livingWell} {
		rel, folder := load(t, dir, "home")
		e := explain.New(rel, folder, nil)
		things := map[string]*explain.Explanation{}
		for _, file := range folderFiles(folder) {
			x, problem := e.Find(file, "")
			if problem != nil {
				continue // texts, and the world
			}
			all := append([]explain.Explanation{*x}, x.Things...)
			for _, s := range parts(folder.Texts[file]) {
				if y, problem := e.Find(file, s); problem == nil {
					all = append(all, *y)
				}
			}
			for i := range all {
				things[all[i].Kind+" "+all[i].ID] = &all[i]
				for _, s := range all[i].Words {
					wellWritten(t, s)
				}
				for _, l := range slices.Concat(all[i].DependsOn, all[i].UsedBy) {
					wellWritten(t, l.Says)
				}
				if all[i].Kind != "file" && all[i].Source == "" {
					t.Errorf("%s shows nothing as written", all[i].Path)
				}
			}
		}
		for i := range rel.Rules {
			r := &rel.Rules[i]
			kind, name, found := strings.Cut(r.Name, " ")
			switch {
			case !found:
				kind, name = "program", r.Name
			case strings.HasPrefix(r.Name, "promise of "), strings.HasSuffix(r.Name, " left") && kind == "phase":
				continue // told with their moment and phase
			case r.Target == release.Goal || r.Target == release.Interrupt:
				fields := strings.Fields(r.Name)
				kind, name = fields[2], fields[3]
			}
			x := things[kind+" "+name]
			if x == nil {
				t.Errorf("%s: nothing explains %s", dir, r.Name)
				continue
			}
			if x.Condition == nil || slices.Contains(x.Wakes, "time") != slices.Contains(rel.Timed(), i) {
				t.Errorf("%s: of %s is said that %q wakes it", dir, r.Name, x.Wakes)
			}
			for _, w := range x.Wakes {
				if w != "time" && !slices.Contains(rel.Woken(w), i) {
					t.Errorf("%s does not wake %s", w, r.Name)
				}
			}
		}
	}
}

func folderFiles(f program.Folder) []string {
	var out []string
	for name := range f.Texts {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// parts are all words of a text that could be names.
func parts(text string) []string {
	words := strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" \n{}[],:'\"()", r) })
	slices.Sort(words)
	return slices.Compact(words)
}

func TestFindingThings(t *testing.T) {
	t.Parallel()
	rel, folder := load(t, diabetes, "programs/diabetes")
	e := explain.New(rel, folder, nil)
	for _, c := range []struct{ file, part, kind, id string }{
		{"", "", "program", "diabetes"},
		{"signals.yaml", "slipping", "signal", "slipping"},
		{"signals.yaml", "3", "signal", "refill_late"},
		{"signals.yaml", "4", "signal", "refill_late"},
		{"signals.yaml", "5", "signal", "slipping"},
		{"map.yaml", "treatment", "phase", "treatment"},
		{"map.yaml", "9", "phase", "treatment"},
		{"map.yaml", "died", "exit", "died"},
		{"journeys/first_weeks.yaml", "", "journey", "first_weeks"},
		{"journeys/first_weeks.yaml", "ask", "step", "ask"},
		{"journeys/first_weeks.yaml", "6", "step", "await-2"},
		{"engagements/refill_reminder.yaml", "", "engagement", "refill_reminder"},
		{"engagements/refill_reminder.yaml", "warm", "variant", "warm"},
		{"program.yaml", "leave", "program", "leave"},
		{"policy.yaml", "", "file", ""},
		{"policy.yaml", "policy", "policy", "policy"},
		{"policy.yaml", "crisis", "hold", "crisis"},
		{"signals.yaml", "", "file", ""},
	} {
		if x := find(t, e, c.file, c.part); x.Kind != c.kind || x.ID != c.id {
			t.Errorf("%s:%s is the %s %s", c.file, c.part, x.Kind, x.ID)
		}
	}
	for _, c := range []struct{ file, part, want string }{
		{"signals.yaml", "refil_late", "programs/diabetes/signals.yaml: there is no refil_late in it; did you mean refill_late? in it are refill_late, slipping, no_show"},
		{"signals.yaml", "1", "programs/diabetes/signals.yaml:1:1: nothing begins at this line or above it; the first is refill_late"},
		{"signal.yaml", "", `programs/diabetes/signal.yaml: there is nothing in it that can be explained; did you mean "signals.yaml"?`},
		{"world.yaml", "", "programs/diabetes/world.yaml: there is nothing in it that can be explained"},
	} {
		_, problem := e.Find(c.file, c.part)
		if problem == nil || !strings.HasPrefix(problem.String(), c.want) {
			t.Errorf("%s:%s: %v", c.file, c.part, problem)
		}
	}
}

// What is counted is what the simulation's own report has, and what never fired says why.
func TestWhatASimulationCounted(t *testing.T) {
	t.Parallel()
	rel, folder := load(t, diabetes, "programs/diabetes")
	counted := world(t, rel, diabetes)
	e := explain.New(rel, folder, counted)
	for _, r := range counted.Rules {
		kind, id, found := strings.Cut(r.Rule, " ")
		file := map[string]string{"signal": "signals.yaml", "phase": "map.yaml", "exit": "map.yaml", "audience": "audiences.yaml", "moment": "map.yaml", "outcome": "outcomes.yaml", "measure": "outcomes.yaml", "hold": "policy.yaml", "journey": "journeys/" + id + ".yaml", "engagement": "engagements/" + id + ".yaml"}[kind]
		if !found {
			file, id = "program.yaml", r.Rule
		}
		if j, goal, of := strings.Cut(id, " goal "); of {
			file, id = "journeys/"+j+".yaml", goal
		}
		x := find(t, e, file, id)
		s := x.Simulation
		if s == nil || s.Rule == nil || s.Rule.Fired != r.Fired || s.Rule.LastFor != r.LastFor || s.People != 200 {
			t.Errorf("%s: %+v", r.Rule, s)
			continue
		}
		said := strings.Join(s.Says, "\n")
		if r.Fired == 0 && !strings.Contains(said, "Why it may be: ") || r.Fired > 0 && !strings.Contains(said, " for "+r.LastFor+".") {
			t.Errorf("%s: %s", r.Rule, said)
		}
		wellWritten(t, said)
	}
	for _, c := range []struct{ file, part, want string }{
		{"program.yaml", "leave", "and never so that the condition held"},
		{"map.yaml", "left", "it asks for 400 days, and only 180 days were simulated"},
		{"engagements/refill_reminder.yaml", "", "were handed over"},
		{"engagements/welcome.yaml", "name", "this variant was handed over"},
		{"journeys/first_weeks.yaml", "", "How often each step was reached: wait-1 "},
		{"journeys/first_weeks.yaml", "ask", "it was reached "},
		{"signals.yaml", "refill_late", "The engagement refill_reminder, which asks for it: "},
		{"map.yaml", "diagnosis", "who stood in it, "},
	} {
		if said := strings.Join(find(t, e, c.file, c.part).Simulation.Says, "\n"); !strings.Contains(said, c.want) {
			t.Errorf("of %s:%s is said %s", c.file, c.part, said)
		}
	}
}
