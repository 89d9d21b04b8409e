package app

import (
	"bytes"
	"encoding/json"
	"slices"

	"attune/core/instant"
	"attune/internal/api"
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
	Program string      `json:"program" required:"" doc:"Which program; it runs by itself, as its stories do."`
	Events  []HeardLine `json:"events" required:"" doc:"What happens, in order."`
	On      bool        `json:"on" doc:"Go on after that until the next message is sent, or for a year."`
}

// DryRun is what followed.
type DryRun struct {
	// Lines are what happened and why, each message word for word, the newest last.
	Lines []story.Line `json:"lines"`
	// Now is when it ends, and Next when something happens by itself after that; empty where nothing does.
	Now  string `json:"now"`
	Next string `json:"next,omitempty"`
	// Phase is where the person is on the map.
	Phase string `json:"phase,omitempty"`
	// Journeys are the passages, and where each stands or how it ended.
	Journeys []PassageTried `json:"journeys"`
	// Story is what was lived through and what followed, as a story's file has it.
	Story string `json:"story"`
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
}

const manyHeard = 500

// dryRun lets somebody who does not exist live through what is heard, under programs that may not be published. Nothing is written.
func (n *Node) dryRun(programs []ProgramFiles, in DryRunCall) (DryRun, error) {
	out := DryRun{Lines: []story.Line{}, Journeys: []PassageTried{}}
	at := slices.IndexFunc(programs, func(p ProgramFiles) bool { return p.ID == in.Program })
	if at < 0 {
		return out, api.NotFound("program", "there is no program %q", in.Program)
	}
	if len(in.Events) == 0 || len(in.Events) > manyHeard {
		return out, api.Refused("events", "a dry-run lives through 1 to 500 lines", "begin with what is known of the person: traits")
	}
	rel, _, problems, err := n.given(programs[at : at+1])
	if err != nil {
		return out, err
	}
	if rel == nil {
		return out, api.Refused(problems[0].Pos.String(), problems[0].What, problems[0].Hint)
	}
	var events bytes.Buffer
	for i := range in.Events {
		line, err := json.Marshal(&in.Events[i])
		if err != nil {
			return out, err
		}
		events.Write(append(line, '\n'))
	}
	is, err := storytest.Try(rel, events.String(), in.On)
	if err != nil {
		return out, api.Refused("events", err.Error(), "line 1 is the first of events")
	}
	out.Lines = append(out.Lines, story.Tell(is.Records)...)
	out.Now, out.Phase = is.Now.String(), is.Phases[in.Program]
	if is.Next != instant.Never {
		out.Next = is.Next.String()
	}
	for i := range is.Enrollments {
		e := &is.Enrollments[i]
		p := PassageTried{Journey: e.Journey, Step: e.Step, Entered: e.Entered.String(), Why: e.Why}
		if e.Left != 0 {
			p.Left = e.Left.String()
		} else if e.Due != instant.Never && e.Due != 0 {
			p.Due = e.Due.String()
		}
		out.Journeys = append(out.Journeys, p)
	}
	told := events.String()
	if in.On { // a story has to say how long it goes on
		last, err := json.Marshal(HeardLine{At: out.Now, Tick: true})
		if err != nil {
			return out, err
		}
		told += string(last) + "\n"
	}
	out.Story = "-- events.jsonl --\n" + told + "-- touches.jsonl --\n" + is.Touches
	return out, nil
}
