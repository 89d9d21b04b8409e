package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/record"
	"attune/internal/runner"
)

// keptFrom is the program that comes with Attune, which keeps some people from everything, some from itself, and
// draws evenly for some. One thing in it must be said.
func keptFrom(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(learning)); err != nil {
		t.Fatal(err)
	}
	policy := filepath.Join(dir, "policy.yaml")
	text, err := os.ReadFile(policy)
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "  uniform: 0.05\n", "  holdout: 0.2\n  control: 0.2\n  uniform: 0.2\n", 1)
	if changed == string(text) {
		t.Fatal("the program says something else of its uniform part")
	}
	files := map[string]string{policy: changed, filepath.Join(dir, "engagements", "recall.yaml"): `engagement: recall
purpose: treatment_support
audience: patient
coordination: must_send
when: {on: medication.prescribed}
value: 1
expires: 5d
variants: [{id: plain, email: refill-plain}]
`}
	for path, text := range files {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Who is kept from a program, or from all, hears what must be said and nothing else, over months and through the whole
// process. Their stories say why.
func TestWhoIsKeptFromAProgramHearsWhatMustBeSaid(t *testing.T) {
	if testing.Short() {
		t.Skip("lives through months")
	}
	t.Parallel()
	rel, zones := mustLoad(t, keptFrom(t))
	w, err := NewWorld(t.Context(), Demo{Data: filepath.Join(t.TempDir(), "demo"), Release: rel, People: 80, Days: 60, End: crashBegin, Seed: 11, Pace: 600}, zones)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Node.Close()
	all, err := everybody(t.Context(), w.Node.People)
	if err != nil {
		t.Fatal(err)
	}
	must, other, refused := map[string]int{}, map[string]int{}, 0
	for _, who := range all {
		p, _, err := runner.ReadPerson(t.Context(), w.Node.People, w.Node.Keys, who)
		if err != nil {
			t.Fatal(err)
		}
		arm := p.Trial("diabetes", engine.LayerProgram)
		if p.Trial("", engine.LayerAll) == engine.ArmHoldout {
			arm = engine.ArmHoldout
		}
		err = lives{history: w.Node.History}.Records(t.Context(), who, func(r record.Record) {
			for _, e := range r.Effects {
				switch x := e.(type) {
				case effect.Send:
					if x.Engagement == "recall" {
						must[arm]++
					} else {
						other[arm]++
					}
				case effect.Decide:
					for i := range x.Candidates {
						if strings.Contains(x.Candidates[i].Detail, "from all programs") || strings.Contains(x.Candidates[i].Detail, "from this program") {
							refused++
						}
					}
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, arm := range []string{engine.ArmHoldout, engine.ArmControl} {
		if must[arm] == 0 || other[arm] > 0 {
			t.Errorf("to those in the part %s %d messages went that must be said, and %d others", arm, must[arm], other[arm])
		}
	}
	for _, arm := range []string{engine.ArmUniform, engine.ArmUsual} {
		if other[arm] == 0 {
			t.Errorf("to those in the part %s nothing went", arm)
		}
	}
	if refused == 0 {
		t.Error("nothing was refused since somebody is held out")
	}
}
