package simulate

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"attune/core/instant"
	"attune/core/release"
	"attune/internal/programdir"
)

func load(t testing.TB, dir string) *release.Release {
	t.Helper()
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	rel, problems, err := programdir.Load(zones, dir)
	if err != nil || rel == nil {
		t.Fatal(err, problems)
	}
	return rel
}

const diabetes = "../../programs/diabetes"

func worldOf(t testing.TB, rel *release.Release, file string) *World {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	w, problems := Read(file, text, rel)
	if w == nil {
		t.Fatal(problems)
	}
	return w
}

var start, _ = instant.Parse("2027-01-01T00:00:00Z")

func run(t testing.TB, c Config) *Result {
	t.Helper()
	if c.Start == 0 {
		c.Start = start
	}
	r, err := Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func asJSON(t testing.TB, r *Result) string {
	t.Helper()
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestTheNumberOfWorkersChangesNothing(t *testing.T) {
	rel := load(t, diabetes)
	c := Config{Release: rel, Other: rel, World: worldOf(t, rel, diabetes+"/world.yaml"), People: 150, Days: 120, Seed: 7, Workers: 1}
	one := asJSON(t, run(t, c))
	c.Workers = 4
	if four := asJSON(t, run(t, c)); four != one {
		t.Error("four workers counted something else than one")
	}
	c.Seed = 8
	if other := asJSON(t, run(t, c)); other == one {
		t.Error("another seed lives the same lives")
	}
}

// addsUp holds what was counted in different places against each other.
func addsUp(t *testing.T, r *Result) {
	t.Helper()
	check := func(what string, a, b int64) {
		t.Helper()
		if a != b {
			t.Errorf("%s: %d and %d", what, a, b)
		}
	}
	for _, p := range r.Phases {
		if !p.Balanced() {
			t.Errorf("phase %q does not add up: %+v", p.Phase, p)
		}
	}
	for _, j := range r.Journeys {
		if !j.Balanced() {
			t.Errorf("journey %s does not add up: %+v", j.Journey, j)
		}
	}
	left := int64(0)
	for _, p := range r.Phases {
		left += p.Left
	}
	exits := int64(0)
	for _, e := range r.Exits {
		exits += e.Count
	}
	check("those who left phases and those who took exits", left, exits)
	people, touches := int64(0), int64(0)
	for _, e := range r.Each {
		people, touches = people+e.People, touches+e.People*e.Touches
	}
	check("people by touches", people, r.People)
	check("touches by person", touches, r.Touches)
	hours := int64(0)
	for _, n := range r.Hours {
		hours += n
	}
	check("touches by hour", hours, r.Touches)
	events, weekly, refused := int64(0), int64(0), int64(0)
	for _, w := range r.Weeks {
		events, weekly, refused = events+w.Events, weekly+w.Touches, refused+w.Refusals
	}
	check("events by week", events, r.Heard)
	check("touches by week", weekly, r.Touches)
	refusals := int64(0)
	for _, x := range r.Refusals {
		refusals += x.Count
	}
	check("refusals by week", refused, refusals)
	for _, s := range r.Signals {
		for _, rule := range r.Rules {
			if rule.Rule == "signal "+s.Signal && rule.Program == s.Program {
				check("signal "+s.Signal, s.On, rule.Fired)
			}
		}
	}
	for _, rule := range r.Rules {
		if rule.People > rule.Fired || rule.Fired > 0 != (rule.Last != "") || len(rule.Examples) != int(min(3, rule.People)) {
			t.Errorf("%+v", rule)
		}
	}
}

func TestEverythingAddsUp(t *testing.T) {
	rel := load(t, diabetes)
	derived, err := Derived(300, rel)
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range map[string]*World{"the shipped world": worldOf(t, rel, diabetes+"/world.yaml"), "a derived one": derived} {
		t.Run(name, func(t *testing.T) {
			r := run(t, Config{Release: rel, World: w, People: 200, Days: 300, Seed: 3})
			addsUp(t, r)
			if r.Touches == 0 || r.Heard == 0 || r.PersonDays == 0 || len(r.Stories) == 0 {
				t.Error("nothing happened")
			}
		})
	}
}

func TestThosePickedHaveAStory(t *testing.T) {
	rel := load(t, diabetes)
	c := Config{Release: rel, World: worldOf(t, rel, diabetes+"/world.yaml"), People: 300, Days: 180, Seed: 1, Start: start}
	for _, p := range run(t, c).Stories {
		lines, err := Story(c, p.Key)
		if err != nil || len(lines) < 2 {
			t.Errorf("%s, %s: %d lines, %v", p.Key, p.Why, len(lines), err)
		}
		told := ""
		for _, l := range lines {
			told += l.Says + " " + l.Body + "\n"
		}
		want := map[string]string{
			"took consent back": "consent.withdrawn was reported", "left the program's map": "Left the map", "did something because of a message": "message.opened was reported",
			"was refused every time and never touched": "considered and not chosen", "among those with the most touches": "Green Lane Diabetes Team",
		}[p.Why]
		if want == "" || !strings.Contains(told, want) && !(p.Why == "was refused every time and never touched" && strings.Contains(told, "could not be handed over")) {
			t.Errorf("the story of %s, who %s, does not say %q:\n%s", p.Key, p.Why, want, told)
		}
	}
	for _, key := range []string{"", "ana", "p000000", "p000301", "p1", "p000001x"} {
		if _, err := Story(c, key); err == nil {
			t.Errorf("there is a story of %q", key)
		}
	}
}

func TestItStopsWhenTold(t *testing.T) {
	rel := load(t, diabetes)
	ctx, stop := context.WithCancel(t.Context())
	c := Config{Release: rel, World: worldOf(t, rel, diabetes+"/world.yaml"), People: 100_000, Days: 180, Start: start}
	c.Progress = func(int) { stop() }
	if r, err := Run(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("it went on: %v, %v", r, err)
	}
}

// Goals and interrupts fire as often as they end passages, and each rule says for whom it fired last.
func TestRulesSayHowOftenAndForWhomTheyFired(t *testing.T) {
	t.Parallel()
	rel := load(t, "../programdir/testdata/programs/living_well")
	w, err := Derived(180, rel)
	if err != nil {
		t.Fatal(err)
	}
	r := run(t, Config{Release: rel, World: w, People: 200, Days: 180, Seed: 3})
	rules := map[string]Rule{}
	for _, x := range r.Rules {
		rules[x.Rule] = x
		if (x.Fired > 0) != (x.LastFor != "") || x.Fired > 0 && x.People == 1 && x.LastFor != x.Examples[0] {
			t.Errorf("%+v", x)
		}
	}
	left := map[string]int64{}
	for _, j := range r.Journeys {
		if j.Journey == "first_year" {
			for _, c := range j.Left {
				left[c.Name] = c.Count
			}
		}
	}
	for rule, why := range map[string]string{"journey first_year goal refilled": "reached refilled", "journey first_year interrupt in_hospital": "in_hospital"} {
		if left[why] == 0 || rules[rule].Fired != left[why] {
			t.Errorf("%s fired %d times, and %d passages ended so", rule, rules[rule].Fired, left[why])
		}
	}
	if rules["journey first_year interrupt stopped"].Fired == 0 {
		t.Error("an interrupt that leads to a step never fired")
	}
}
