package engine_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/core/decision"
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/release"
	"attune/internal/programdir"
)

// both compiles two programs that have something to say about the same event, each with its own way to learn.
func both(t *testing.T, learning ...string) *release.Release {
	t.Helper()
	var dirs []string
	for k, l := range learning {
		files := maps.Clone(base(t))
		delete(files, "before.jsonl")
		name := [...]string{"care", "steps"}[k]
		files["program.yaml"] = strings.Replace(files["program.yaml"], "program: care", "program: "+name, 1)
		files["policy.yaml"] = strings.Replace(files["policy.yaml"], "caps:\n  - {count: 3, within: 7d}", "caps: []\nlearning: "+l, 1)
		files["outcomes.yaml"] = "outcomes:\n  answer: {name: The person answers, is: {on: message.replied}, within: 3d, value: 5}\n"
		files["engagements/hello.yaml"] = fmt.Sprintf("engagement: hello\noutcome: answer\npurpose: treatment_support\naudience: patient\nvalue: %d\nexpires: 9d\nwhen: {on: portal.visited}\nvariants: [{id: plain, email: hello}]\n", 9-k)
		dir := t.TempDir()
		for file, text := range files {
			path := filepath.Join(dir, filepath.FromSlash(file))
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		dirs = append(dirs, dir)
	}
	rel, problems, err := programdir.Load(zones(), dirs...)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	return rel
}

// roundsOf are the rounds in which somebody's visits were decided about.
func roundsOf(rel *release.Release, k int) (all []effect.Decide) {
	who := id.Person{byte(k), byte(k >> 8), 1, 15: byte(k)}
	p := person.New(who)
	for i, name := range []string{"patient.created", "clinical.condition_recorded", "portal.visited", "portal.visited"} {
		e := event.Event{ID: fmt.Sprintf("test/%d", i), Name: name, OccurredAt: start.Add(instant.Duration(i) * instant.Day)}
		if i == 0 {
			e = e.With("email", expr.TextOf("ana@example.org"))
		}
		var out []effect.Effect
		p, out = engine.Step(rel, p, engine.Input{At: e.OccurredAt, Seed: id.SeedOf([]byte("both"), who), What: engine.Heard{Event: e}})
		for _, x := range out {
			if d, ok := x.(effect.Decide); ok {
				all = append(all, d)
			}
		}
	}
	return all
}

// Where programs that learn compete in one round, the strictest bounds hold for all of it.
func TestProgramsThatLearnTogetherKeepTheStrictestBounds(t *testing.T) {
	t.Parallel()
	rel := both(t, "{explore: 0.3, least: 0.1, most: 0.9}", "{explore: 0.05, least: 0.2, most: 0.7}")
	rounds := 0
	for k := range 50 {
		for _, d := range roundsOf(rel, k) {
			for _, r := range d.Rounds {
				want := decision.Manner{Policy: decision.Learned, Explore: .3, Least: .2, Most: .7}
				if len(r.Options) == 1 { // what is left when one of them is said
					continue
				}
				rounds++
				if r.Manner != want {
					t.Fatalf("two programs choose in the manner %+v instead of %+v", r.Manner, want)
				}
			}
		}
	}
	if rounds == 0 {
		t.Error("the programs never competed")
	}
}

// Who is to be drawn evenly in one program is not, in the other: each has rounds of its own.
func TestWhatIsDrawnOtherwiseDoesNotCompete(t *testing.T) {
	t.Parallel()
	rel := both(t, "{explore: 0.1}", "{explore: 0.1, uniform: 0.5}")
	apart, together := 0, 0
	for k := range 60 {
		for _, d := range roundsOf(rel, k) {
			for n, r := range d.Rounds {
				programs := map[string]bool{}
				for _, o := range r.Options {
					programs[d.Candidates[o.Candidate].Program] = true
				}
				switch {
				case r.Manner.Policy == decision.Uniform && (programs["care"] || !programs["steps"]):
					t.Fatalf("drawn evenly: %v", programs)
				case r.Manner.Policy == decision.Uniform && n > 0:
					apart++ // and after what is valued more
				case len(programs) == 2:
					together++
				}
			}
		}
	}
	if apart == 0 || together == 0 {
		t.Errorf("%d rounds of their own, %d together", apart, together)
	}
}

func TestManners(t *testing.T) {
	t.Parallel()
	a, b := decision.Manner{Explore: .1, Least: .6, Most: .9}, decision.Manner{Explore: .2, Least: .1, Most: .5}
	if got, want := a.With(b), (decision.Manner{Explore: .2, Least: .5, Most: .5}); got != want {
		t.Errorf("together they choose by %+v instead of %+v", got, want)
	}
}
