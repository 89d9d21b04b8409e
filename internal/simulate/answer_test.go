package simulate

import (
	"testing"

	"attune/core/effect"
	"attune/core/event"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/program"
	"attune/core/release"
	"attune/internal/programdir"
)

// asking is the shipped program with a journey that asks everybody outside for something.
func asking(t *testing.T) *release.Release {
	t.Helper()
	zones, err := instant.LoadZones()
	if err != nil {
		t.Fatal(err)
	}
	folder, problems, err := programdir.Read(diabetes)
	if err != nil || len(problems) > 0 {
		t.Fatal(err, problems)
	}
	p, problems := program.Read(folder, zones)
	if p == nil {
		t.Fatal(problems)
	}
	base := func(id string) journey.Base { return journey.Base{ID: id} }
	const long = 100 * instant.Day
	p.Journeys = append(p.Journeys, journey.Journey{ID: "asks", Enter: p.Enroll, Steps: []journey.Step{
		journey.Ask{Base: base("readiness"), Questionnaire: "ruler", Within: long},
		journey.Task{Base: base("nurse"), For: "nurse", Do: "Call", Within: long, Outcomes: []journey.Outcome{{Is: "reached", Then: "service"}, {Is: "not_reached", Then: "eyes"}}},
		journey.Refer{Base: base("eyes"), To: "ophthalmology", Reason: "Yearly check", Within: long, Else: "service"},
		journey.Call{Base: base("service"), Service: "risk", Within: long},
		journey.Exit{Base: base("done"), Why: "done"},
	}})
	rel, problems := release.Compile(event.Standard(), zones, p)
	if rel == nil {
		t.Fatal(problems)
	}
	return rel
}

func TestWhatJourneysAskIsAnsweredAsTheWorldSays(t *testing.T) {
	rel := asking(t)
	const people = 2000
	text := `
world: asked
people: {channels: {email: 1}}
behaviors:
  refilling:
    begin: {preparation: 1, action: 1}
    does: {precontemplation: 0, contemplation: 0, preparation: 0, action: 0, maintenance: 0, relapse: 0}
life: [{id: diagnosis, emit: {event: clinical.condition_recorded, codes: ["44054006"]}}]
answers:
  ask: {share: 0.6, within: {mean: 1d}, behavior: refilling, scores: {preparation: 4, action: 8}}
  task: {share: 1, within: 1d}
  refer: {share: 1, within: 2d, outcomes: {accepted: 3, declined: 1}}
  call: {share: 1, within: 1m}
`
	w, problems := Read("w.yaml", []byte(text), rel)
	if w == nil {
		t.Fatal(problems)
	}
	c := Config{Release: rel, World: w, People: people, Days: 60, Seed: 2}
	r := run(t, c)
	addsUp(t, r)
	completed := count(r.Events, "questionnaire.completed")
	near(t, "questionnaires answered", completed, people, 0.6)
	near(t, "nurses who reached somebody", count(r.Answers, "answered: reached"), count(r.Events, "task.done"), 0.5)
	near(t, "referrals accepted", count(r.Answers, "answered: accepted"), count(r.Requests, "refer: asks / eyes"), 0.75)
	// Those who are asked about readiness are asked for nothing else until they answer.
	if got := count(r.Journeys[len(r.Journeys)-1].Left, "done"); got != completed || count(r.Events, "task.done") != completed {
		t.Errorf("%d passages are done after %d answers", got, completed)
	}
	for n := range 50 {
		c.Start = start
		s, err := c.setting()
		if err != nil {
			t.Fatal(err)
		}
		rec := &recorder{}
		l := begin(s, arm{rel: rel}, n, rec)
		l.live()
		want := map[string][2]float64{"preparation": {3, 5}, "action": {7, 9}}[l.began[0].String()]
		for _, f := range l.heard {
			if score := f.Event.Field("score").Num; f.Event.Name == "questionnaire.completed" && (score < want[0] || score > want[1]) {
				t.Errorf("somebody in %s scores %v", l.began[0], score)
			}
		}
	}
}

func TestNobodyAnswersWhereTheWorldSaysNothing(t *testing.T) {
	rel := asking(t)
	w, problems := Read("w.yaml", []byte("world: mute\nlife: [{id: diagnosis, emit: {event: clinical.condition_recorded, codes: [\"44054006\"]}}]\n"), rel)
	if w == nil {
		t.Fatal(problems)
	}
	r := run(t, Config{Release: rel, World: w, People: 50, Days: 130, Seed: 2})
	if got := count(r.Requests, "ask: asks / readiness"); got != 50 {
		t.Errorf("%d were asked", got)
	}
	if got := count(r.Answers, "late"); got < 50 || len(r.Answers) != 1 {
		t.Errorf("%v", r.Answers)
	}
	if (&Answers{}).of(effect.RequestKind("new")).Share != 0 {
		t.Error("a request of a kind that nobody knows is answered")
	}
}
