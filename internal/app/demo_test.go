package app

import (
	"os"
	"path/filepath"
	"testing"

	"attune/internal/simulate"
)

// A demonstration lives two programs in one house: the first one's people are its own, and the other's live as their world
// says. What they are sent reaches them, and they answer for it.
func TestADemonstrationLivesSeveralPrograms(t *testing.T) {
	t.Parallel()
	const second = "../../programs/rheumatoid_referral"
	rel, zones := mustLoad(t, learning, second)
	text, err := os.ReadFile(filepath.Join(second, "world.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	world, problems := simulate.Read("world.yaml", text, rel)
	if world == nil {
		t.Fatal(problems)
	}
	w, err := NewWorld(t.Context(), Demo{
		Data: filepath.Join(t.TempDir(), "demo"), Release: rel, People: 10, Days: 20, End: crashBegin, Seed: 7, Pace: 600,
		Worlds: []DemoWorld{{Program: "rheumatoid_referral", World: world, People: 60, Days: 200}},
	}, zones)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Node.Close()
	tallies, err := w.Node.People.Tallies(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	counted := map[string]int64{}
	for _, t := range tallies {
		counted[t.Key] += t.Add
	}
	for _, want := range []string{
		"events/rheumatoid_referral/symptoms.reported", "events/rheumatoid_referral/referral.requested", "events/rheumatoid_referral/message.opened",
		"events/rheumatoid_referral/task.done", "members/diabetes", "members/rheumatoid_referral", "touch/email/handed_over",
	} {
		if counted[want] == 0 {
			t.Errorf("nothing was counted as %s: %v", want, counted)
		}
	}
	// What is asked for a program whose people live elsewhere is answered there, and nowhere else.
	if n := counted["events/demo/task.done"]; n > counted["events/demo/appointment.noshow"] {
		t.Errorf("the others answered %d tasks", n)
	}
}
