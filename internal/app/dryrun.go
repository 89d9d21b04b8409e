package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"attune/core/id"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/record"
	"attune/core/release"
	"attune/internal/api"
	"attune/internal/runner"
	"attune/internal/story"
	"attune/internal/storytest"
)

// HeardLine is one thing that a person who does not exist lives through in a dry-run: the lines of a story's events.
type HeardLine struct {
	At string `json:"at" required:"" doc:"When, in RFC 3339; not before the line above it." example:"2027-03-01T10:00:00Z"`
	// One of these.
	Event   string          `json:"event,omitempty" doc:"An event of the catalogue." example:"medication.prescribed"`
	Props   json.RawMessage `json:"props,omitempty" doc:"The event's fields, an object. A value @request-1 names what was asked first."`
	Traits  json.RawMessage `json:"traits,omitempty" doc:"What is known of the person, an object, such as first_name, email, timezone and language."`
	Tick    bool            `json:"tick,omitempty" doc:"Time passes, up to this instant."`
	Carrier string          `json:"carrier,omitempty" doc:"What carriers answer from now on: accepted at first, or rejected, unreachable and others."`
}

// DryRunCall is what a dry-run lives through.
type DryRunCall struct {
	Program string `json:"program" required:"" doc:"Which program; it runs by itself, as its stories do."`
	dryRunLines
}

type dryRunLines struct {
	Events []HeardLine `json:"events" required:"" doc:"What happens, in order."`
	On     bool        `json:"on" doc:"Go on after that until the next message is sent, or for a year."`
}

type dryRunPerson struct {
	onePerson
	Draft string `json:"draft" doc:"Under which draft; under what is live where it does not say." example:""`
	dryRunLines
}

// DryRun is what followed.
type DryRun struct {
	// Lines are what happened and why, each message word for word, the newest last.
	Lines []story.Line `json:"lines"`
	// Branches are those that were come to, with the cases that were so or not.
	Branches []BranchTried `json:"branches"`
	// Now is when it ends, and Next when something happens by itself after that; empty where nothing does.
	Now  string `json:"now"`
	Next string `json:"next,omitempty"`
	// Phase is where the person is on the map.
	Phase string `json:"phase,omitempty"`
	// Journeys are the passages, and where each stands or how it ended.
	Journeys []PassageTried `json:"journeys"`
	// Open are requests that wait for somebody, each with a line that would answer it.
	Open []OpenTried `json:"open"`
	// Story is what was lived through and what followed, as a story's file has it; empty of somebody real.
	Story string `json:"story"`
}

// BranchTried is a branch that a passage came to in a dry-run.
type BranchTried struct {
	At      string      `json:"at"`
	Journey string      `json:"journey"`
	Step    string      `json:"step"`
	Cases   []CaseTried `json:"cases"`
}

// CaseTried is a case of a branch, and whether it was so.
type CaseTried struct {
	If   string `json:"if"`
	Then string `json:"then"`
	Met  bool   `json:"met"`
}

// PassageTried is a passage through a journey in a dry-run.
type PassageTried struct {
	Journey string `json:"journey"`
	Step    string `json:"step"`
	Entered string `json:"entered"`
	// Due is when the step ends by itself.
	Due  string `json:"due,omitempty"`
	Left string `json:"left,omitempty"`
	Why  string `json:"why,omitempty"`
	// Stuck tells that somebody has to help them on; Why says why.
	Stuck bool `json:"stuck"`
}

// OpenTried is a request that waits in a dry-run.
type OpenTried struct {
	Journey string `json:"journey"`
	Step    string `json:"step"`
	// What is asked, and For whom where the step says it.
	What string `json:"what"`
	For  string `json:"for,omitempty"`
	Due  string `json:"due,omitempty"`
	// Outcomes are those that lead somewhere.
	Outcomes []string `json:"outcomes"`
	// Event and Props are a line that answers it.
	Event string            `json:"event"`
	Props map[string]string `json:"props"`
}

// manyHeard is how much is lived through at most, and farthest how long.
const (
	manyHeard = 500
	farthest  = 10 * 366 * instant.Day
)

// story writes the lines as a story's events.
func (in *dryRunLines) story() (string, error) {
	if len(in.Events) > manyHeard {
		return "", api.Refused("events", "a dry-run lives through 500 lines at most", "leave some out")
	}
	var out bytes.Buffer
	first := instant.Time(0)
	for i := range in.Events {
		at, err := instant.Parse(in.Events[i].At)
		switch {
		case err != nil: // told with its line, where it is lived through
		case first == 0:
			first = at
		case at > first.Add(farthest):
			return "", api.Refused(fmt.Sprintf("events.%d.at", i), "it is more than ten years after the first line", "name an earlier instant")
		}
		line, err := json.Marshal(&in.Events[i])
		if err != nil {
			return "", fmt.Errorf("write a line: %w", err)
		}
		out.Write(append(line, '\n'))
	}
	return out.String(), nil
}

// tried lives through it, and shows what followed.
func (in *dryRunLines) tried(x *storytest.Trial) (storytest.Tried, DryRun, error) {
	out := DryRun{Lines: []story.Line{}, Branches: []BranchTried{}, Journeys: []PassageTried{}, Open: []OpenTried{}}
	x.On = in.On
	is, err := x.Run()
	if err != nil {
		return is, out, api.Refused("events", err.Error(), "line 1 is the first of events")
	}
	out.Lines = append(out.Lines, story.Tell(is.Records)...)
	out.Now = is.Now.String()
	if is.Next != instant.Never {
		out.Next = is.Next.String()
	}
	for _, b := range is.Branches {
		shown := BranchTried{At: b.At.String(), Journey: b.Journey, Step: b.Step, Cases: []CaseTried{}}
		for _, c := range b.Cases {
			shown.Cases = append(shown.Cases, CaseTried{c.If, c.Then, c.Is})
		}
		out.Branches = append(out.Branches, shown)
	}
	for i := range is.Person.Enrollments {
		e := &is.Person.Enrollments[i]
		p := PassageTried{Journey: e.Journey, Step: e.Step, Entered: e.Entered.String(), Why: e.Why, Stuck: e.Parked}
		switch {
		case e.Left != 0:
			p.Left = e.Left.String()
		case e.Due != instant.Never && e.Due != 0:
			p.Due = e.Due.String()
		}
		out.Journeys = append(out.Journeys, p)
		if e.Left == 0 && !e.Request.IsZero() {
			name := e.Request.String()
			if x.Of == nil { // in a story what was asked has a name that people can read
				name = "@" + is.Names.Name("request", e.Request)
			}
			if o, asks := openTried(x.Release, e.Program, &p, name); asks {
				out.Open = append(out.Open, o)
			}
		}
	}
	return is, out, nil
}

// openTried is what a step asks of somebody, with a line that answers it.
func openTried(rel *release.Release, program string, p *PassageTried, name string) (OpenTried, bool) {
	o := OpenTried{Journey: p.Journey, Step: p.Step, Due: p.Due, Outcomes: []string{}, Props: map[string]string{}}
	pr := rel.Program(program)
	if pr == nil || pr.Journey(p.Journey) == nil {
		return o, false
	}
	k, found := pr.Journey(p.Journey).Find(p.Step)
	if !found {
		return o, false
	}
	outcomes := func(all []journey.Outcome) {
		for _, x := range all {
			o.Outcomes = append(o.Outcomes, x.Is)
		}
	}
	switch st := pr.Journey(p.Journey).Steps[k].(type) { //nolint:gochecksumtype // no other step asks anybody
	case journey.Ask:
		o.What, o.Event = st.Questionnaire, "questionnaire.completed"
		o.Props["questionnaire"] = st.Questionnaire
	case journey.Task:
		o.What, o.For, o.Event = st.Do, st.For, "task.done"
		o.Props["task"], o.Props["outcome"] = name, "done"
		outcomes(st.Outcomes)
	case journey.Refer:
		o.What, o.For, o.Event = st.Reason, st.To, "referral.accepted"
		o.Props["referral"] = name
	case journey.Call:
		o.What, o.Event = st.Service, "call.answered"
		o.Props["call"], o.Props["status"] = name, "ok"
		outcomes(st.Outcomes)
	default:
		return o, false
	}
	return o, true
}

// dryRun lets somebody who does not exist live through what is heard, under programs that may not be published. Nothing is written.
func (n *Node) dryRun(programs []ProgramFiles, in *DryRunCall) (DryRun, error) {
	of, err := programAmong(programs, in.Program)
	if err != nil {
		return DryRun{}, err
	}
	rel, err := n.compiled([]ProgramFiles{of})
	if err != nil {
		return DryRun{}, err
	}
	if len(in.Events) == 0 {
		return DryRun{}, api.Refused("events", "nothing is lived through", "begin with what is known of the person: traits")
	}
	events, err := in.story()
	if err != nil {
		return DryRun{}, err
	}
	is, out, err := in.tried(&storytest.Trial{Release: rel, Events: events})
	if err != nil {
		return out, err
	}
	for i := range is.Person.Memberships {
		out.Phase = is.Person.Memberships[i].Phase
	}
	if in.On { // a story has to say how long it goes on
		last, err := json.Marshal(HeardLine{At: out.Now, Tick: true})
		if err != nil {
			return out, fmt.Errorf("write a line: %w", err)
		}
		events += string(last) + "\n"
	}
	out.Story = "-- events.jsonl --\n" + events + "-- touches.jsonl --\n" + is.Touches
	return out, nil
}

// compiled are programs that run, or their first problem.
func (n *Node) compiled(programs []ProgramFiles) (*release.Release, error) {
	rel, _, problems, err := n.given(programs)
	if err == nil && rel == nil {
		err = api.Refused(problems[0].Pos.String(), problems[0].What, problems[0].Hint)
	}
	return rel, err
}

// DryRun lives somebody's life on from where their record ends, under all programs that are given. Nothing is written.
func (i *Inspector) DryRun(ctx context.Context, who id.Person, rel *release.Release, in *dryRunLines) (DryRun, error) {
	if err := i.looked(ctx, "DryRun", who); err != nil {
		return DryRun{}, err
	}
	p, ok, err := runner.ReadPerson(ctx, i.people, i.keys, who)
	if err != nil {
		return DryRun{}, err
	}
	if !ok {
		return DryRun{}, api.NotFound("person", "nothing is recorded of them yet")
	}
	for k := range in.Events {
		if at, err := instant.Parse(in.Events[k].At); err == nil && at < p.Now {
			return DryRun{}, api.Refused(fmt.Sprintf("events.%d.at", k), "it is before what was heard of them last", "name an instant from "+p.Now.String()+" on")
		}
	}
	events, err := in.story()
	if err != nil {
		return DryRun{}, err
	}
	records, err := i.records(ctx, p.ID)
	if err != nil {
		return DryRun{}, err
	}
	_, out, err := in.tried(&storytest.Trial{Release: rel, Events: events, Of: &storytest.Alive{Person: p, Seed: id.SeedOf(i.keys.Secret(seedSecret), p.ID), Facts: record.Facts(records)}})
	return out, err
}
