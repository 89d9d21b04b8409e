package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/internal/app"
	"attune/internal/story"
)

type storyCmd struct {
	Who string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	dataFolder
	Last int  `help:"Only the newest so many lines; 0 is all." default:"0"`
	JSON bool `help:"Write one JSON object on each line."`
}

func (storyCmd) Help() string {
	return `Everything that was recorded of the person, oldest first: what was reported, what followed from
it, what was decided and why, what was refused and why, and every message word for word. It reads
the data folder and may be run beside the server.

Example: attune story demo:patient-0042 --data data/demo`
}

func (c *storyCmd) Run(ctx context.Context, s streams) error {
	i, who, err := find(ctx, c.Data, c.Who)
	if err != nil {
		return err
	}
	defer i.Close()
	lines, err := i.Story(ctx, who)
	if err != nil {
		return err
	}
	if c.Last > 0 && len(lines) > c.Last {
		lines = lines[len(lines)-c.Last:]
	}
	return writeStory(s, lines, c.JSON)
}

func writeStory(s streams, lines []story.Line, asJSON bool) error {
	for _, l := range lines {
		if asJSON {
			if err := writeLine(s, l); err != nil {
				return err
			}
			continue
		}
		write(s, l)
	}
	return nil
}

type threadCmd struct {
	Who   string `arg:"" help:"The caregiver or clinician: an id, or SYSTEM:VALUE as a source knows them."`
	About string `help:"The patient: an id, or SYSTEM:VALUE." required:""`
	dataFolder
	JSON bool `help:"Write one JSON object on each line."`
}

func (threadCmd) Help() string {
	return `What was proposed, said and taken back about one patient, and what came back, oldest first. It is the part
of attune story that is about that patient.

Example: attune thread crm:eva-2 --about crm:ana-1`
}

func (c *threadCmd) Run(ctx context.Context, s streams) error {
	i, who, err := find(ctx, c.Data, c.Who)
	if err != nil {
		return err
	}
	defer i.Close()
	about, err := i.Who(ctx, c.About)
	if err != nil {
		return err
	}
	lines, err := i.Thread(ctx, who, about)
	if err != nil {
		return err
	}
	return writeStory(s, lines, c.JSON)
}

// find opens the data folder and looks for the person. The caller closes the inspector.
func find(ctx context.Context, data, who string) (*app.Inspector, id.Person, error) {
	i, err := app.Inspect(ctx, data)
	if err != nil {
		return nil, id.Person{}, err
	}
	p, err := i.Who(ctx, who)
	if err != nil {
		return nil, id.Person{}, errors.Join(err, i.Close())
	}
	return i, p, nil
}

func write(s streams, l story.Line) {
	fmt.Fprintf(s.out, "%s  %s\n", l.At.Std().Format("2006-01-02 15:04"), l.Says)
	if l.Why != "" {
		fmt.Fprintf(s.out, "%18swhy: %s\n", "", l.Why)
	}
	if l.Body != "" {
		fmt.Fprintf(s.out, "%18sto %s: %s\n", "", l.To, l.Subject)
		for _, row := range strings.Split(strings.TrimRight(l.Body, "\n"), "\n") {
			fmt.Fprintf(s.out, "%18s| %s\n", "", row)
		}
	}
}

type personCmd struct {
	Who string `arg:"" help:"A person's id, or SYSTEM:VALUE as a source knows them, such as app:user-17."`
	dataFolder
	JSON bool `help:"Write JSON."`
}

func (personCmd) Help() string {
	return `Who they are, where they are on the map and what happened there, which audiences they are in and which
stages they are believed to be in, each with why, what they consented to, which journeys are under
way, and what was or will be said to them.

Example: attune person app:user-17 --json`
}

// shown is a person's state for people and scripts.
type shown struct {
	ID          string            `json:"id"`
	Kind        string            `json:"kind"`
	Died        string            `json:"died,omitempty"`
	Records     []shownRecord     `json:"records,omitempty"`
	Traits      map[string]string `json:"traits"`
	Events      map[string]int    `json:"events"`
	Programs    []shownProgram    `json:"programs"`
	Moments     []shownMoment     `json:"moments"`
	Audiences   []shownAudience   `json:"audiences"`
	Stages      []shownStage      `json:"stages"`
	Arms        []shownArm        `json:"arms"`
	Holds       []shownHold       `json:"holds"`
	Consents    []shownConsent    `json:"consents"`
	Journeys    []shownJourney    `json:"journeys"`
	Touches     []shownTouch      `json:"touches"`
	Shares      []shownShare      `json:"shares"`
	NextChange  string            `json:"next_change"`
	LivedUntil  string            `json:"lived_until"`
	traitsOrder []string
}

// shownRecord is another record of the person that became part of this one.
type shownRecord struct {
	ID    string `json:"id"`
	Since string `json:"since"`
}

type shownProgram struct {
	Program  string `json:"program"`
	Active   bool   `json:"active"`
	Phase    string `json:"phase,omitempty"`
	Since    string `json:"since,omitempty"`
	Exit     string `json:"exit,omitempty"`
	Enrolled string `json:"enrolled,omitempty"`
}

type shownMoment struct {
	Program string `json:"program"`
	Moment  string `json:"moment"`
	Key     string `json:"key,omitempty"`
	Last    string `json:"last"`
	Count   uint32 `json:"count"`
	Late    bool   `json:"late"`
}

type shownAudience struct {
	Program  string `json:"program"`
	Audience string `json:"audience"`
	Since    string `json:"since"`
	Because  string `json:"because"`
	Event    string `json:"event,omitempty"`
}

type shownStage struct {
	Program     string   `json:"program"`
	Behavior    string   `json:"behavior"`
	Stage       string   `json:"stage"`
	Since       string   `json:"since"`
	Probability float64  `json:"probability"`
	Reasons     []string `json:"reasons"`
}

type shownArm struct {
	Program string `json:"program"`
	Journey string `json:"journey"`
	Split   string `json:"split"`
	Arm     string `json:"arm"`
}

type shownHold struct {
	Hold  string `json:"hold"`
	Since string `json:"since"`
	Until string `json:"until"`
	Event string `json:"event"`
}

type shownConsent struct {
	Purpose string `json:"purpose"`
	Channel string `json:"channel,omitempty"`
	Topic   string `json:"topic,omitempty"`
	Answer  string `json:"answer"`
	At      string `json:"at"`
}

type shownJourney struct {
	Program string `json:"program"`
	Journey string `json:"journey"`
	Step    string `json:"step"`
	Entered string `json:"entered"`
	Left    string `json:"left,omitempty"`
	Why     string `json:"why,omitempty"`
}

// shownShare is what somebody else may be told. Ended is when its end had taken effect on the other's side too.
type shownShare struct {
	With     string `json:"with"`
	Purpose  string `json:"purpose"`
	Relation string `json:"relation,omitempty"`
	Shared   bool   `json:"shared"`
	Since    string `json:"since"`
	Until    string `json:"until,omitempty"`
	Ended    string `json:"ended,omitempty"`
}

type shownTouch struct {
	About      string `json:"about,omitempty"`
	ID         string `json:"id"`
	Engagement string `json:"engagement"`
	Variant    string `json:"variant"`
	Channel    string `json:"channel"`
	Language   string `json:"language"`
	State      string `json:"state"`
	Why        string `json:"why,omitempty"`
	Decided    string `json:"decided"`
	Due        string `json:"due"`
}

func (c *personCmd) Run(ctx context.Context, s streams) error {
	i, who, err := find(ctx, c.Data, c.Who)
	if err != nil {
		return err
	}
	defer i.Close()
	p, events, err := i.Person(ctx, who)
	if err != nil {
		return err
	}
	beliefs, err := i.Beliefs(&p)
	if err != nil {
		return err
	}
	out := show(&p, events)
	for k := range beliefs {
		b := &beliefs[k]
		shown := shownStage{Program: b.Program, Behavior: b.Behavior, Stage: b.Stage.String(), Since: b.Since.String(), Probability: b.Probability, Reasons: []string{}}
		for n := range b.Reasons {
			shown.Reasons = append(shown.Reasons, b.Reasons[n].String())
		}
		out.Stages = append(out.Stages, shown)
	}
	if c.JSON {
		return s.asJSON(out)
	}
	out.write(s)
	return nil
}

func show(p *person.Person, events map[string]int) shown {
	out := shown{
		ID: p.ID.String(), Kind: p.Kind.String(), Died: when(p.Died), Traits: map[string]string{}, Events: events,
		Programs: []shownProgram{}, Moments: []shownMoment{}, Audiences: []shownAudience{}, Stages: []shownStage{}, Arms: []shownArm{}, Consents: []shownConsent{}, Journeys: []shownJourney{}, Touches: []shownTouch{}, Shares: []shownShare{},
		NextChange: p.Wake.String(), LivedUntil: p.Now.String(),
	}
	for _, m := range p.Merged {
		out.Records = append(out.Records, shownRecord{m.Person.String(), when(m.At)})
	}
	for _, t := range p.Traits {
		out.Traits[t.Name] = t.Value.String()
		out.traitsOrder = append(out.traitsOrder, t.Name)
	}
	for i := range p.Memberships {
		m := &p.Memberships[i]
		out.Programs = append(out.Programs, shownProgram{m.Program, m.Active(), m.Phase, when(m.Since), m.Exit, when(m.Enrolled)})
	}
	for _, m := range p.Moments {
		out.Moments = append(out.Moments, shownMoment{m.Program, m.Moment, m.Key, when(m.At), m.Count, m.Late})
	}
	for _, g := range p.Groups {
		out.Audiences = append(out.Audiences, shownAudience{g.Program, g.Audience, when(g.Since), g.What, g.Event})
	}
	for _, a := range p.Arms {
		out.Arms = append(out.Arms, shownArm{a.Program, a.Journey, a.Step, a.Arm})
	}
	out.Holds = []shownHold{}
	for k := range p.Holds {
		if h := &p.Holds[k]; h.On(p.Now) {
			out.Holds = append(out.Holds, shownHold{h.ID, h.Set.String(), h.Until.String(), h.Event})
		}
	}
	for _, c := range p.Consents {
		out.Consents = append(out.Consents, shownConsent{c.Purpose, c.Channel, c.Topic, c.Answer.String(), c.At.String()})
	}
	for _, e := range p.Enrollments {
		out.Journeys = append(out.Journeys, shownJourney{e.Program, e.Journey, e.Step, when(e.Entered), when(e.Left), e.Why})
	}
	for _, t := range p.Touches {
		about := ""
		if !t.About.IsZero() {
			about = t.About.String()
		}
		out.Touches = append(out.Touches, shownTouch{about, t.ID.String(), t.Engagement, t.Variant, t.Channel, t.Language, t.State.String(), t.Why, when(t.Decided), when(t.Due)})
	}
	for _, x := range p.Shares {
		if x.Granted == 0 {
			continue // it only takes back what others say
		}
		share := shownShare{With: x.With, Purpose: x.Purpose, Relation: x.Relation, Shared: p.Died == 0 && p.SharedWith(x.With, x.Purpose, p.Now) != nil, Since: when(x.Granted), Until: when(x.Until)}
		if !share.Shared && x.EndedFor >= x.Granted {
			share.Ended = when(x.Ended)
		}
		out.Shares = append(out.Shares, share)
	}
	return out
}

func when(t instant.Time) string {
	if t == 0 {
		return ""
	}
	return t.String()
}

func (p shown) write(s streams) {
	fmt.Fprintf(s.out, "%s, %s\n", p.ID, p.Kind)
	if p.Died != "" {
		fmt.Fprintf(s.out, "  died %s\n", p.Died)
	}
	for _, r := range p.Records {
		fmt.Fprintf(s.out, "  the record %s is part of this one since %s\n", r.ID, r.Since)
	}
	for _, name := range p.traitsOrder {
		fmt.Fprintf(s.out, "  %-16s %s\n", name, p.Traits[name])
	}
	for _, m := range p.Programs {
		state := "not in it"
		if m.Active {
			state = "in it since " + m.Enrolled
		}
		if m.Exit != "" {
			state = "left the map: " + m.Exit
		}
		fmt.Fprintf(s.out, "program %s: %s\n", m.Program, state)
		if m.Phase != "" {
			fmt.Fprintf(s.out, "  phase %s since %s\n", m.Phase, m.Since)
		}
	}
	for _, m := range p.Moments {
		fmt.Fprintf(s.out, "moment %s: seen %d×, last on %s", strings.TrimSpace(m.Moment+" "+m.Key), m.Count, m.Last)
		if m.Late {
			fmt.Fprint(s.out, "; what it promised is late")
		}
		fmt.Fprintln(s.out)
	}
	for _, a := range p.Audiences {
		fmt.Fprintf(s.out, "audience %s since %s, because of %s\n", a.Audience, a.Since, a.Because)
	}
	for _, x := range p.Stages {
		fmt.Fprintf(s.out, "stage of %s: %s since %s, probability %.2f\n", x.Behavior, x.Stage, x.Since, x.Probability)
		for _, reason := range x.Reasons {
			fmt.Fprintf(s.out, "  %s\n", reason)
		}
	}
	for _, a := range p.Arms {
		fmt.Fprintf(s.out, "arm of %s %s: %s\n", a.Journey, a.Split, a.Arm)
	}
	for _, h := range p.Holds {
		fmt.Fprintf(s.out, "left alone (%s) since %s until %s\n", h.Hold, h.Since, h.Until)
	}
	for _, c := range p.Consents {
		fmt.Fprintf(s.out, "consent %s %s %s: %s on %s\n", c.Purpose, c.Channel, c.Topic, c.Answer, c.At)
	}
	for _, j := range p.Journeys {
		fmt.Fprintf(s.out, "journey %s: at %s since %s", j.Journey, j.Step, j.Entered)
		if j.Left != "" {
			fmt.Fprintf(s.out, "; left %s (%s)", j.Left, j.Why)
		}
		fmt.Fprintln(s.out)
	}
	for _, t := range p.Touches {
		fmt.Fprintf(s.out, "touch %s: %s (%s) by %s in %s, %s", t.ID[:8], t.Engagement, t.Variant, t.Channel, t.Language, t.State)
		if t.Why != "" {
			fmt.Fprintf(s.out, ": %s", t.Why)
		}
		if t.About != "" {
			fmt.Fprintf(s.out, ", about %s", t.About)
		}
		fmt.Fprintln(s.out)
	}
	for _, x := range p.Shares {
		state := "shared since " + x.Since
		switch {
		case !x.Shared && x.Ended != "":
			state = "not shared any more, and not there either since " + x.Ended
		case !x.Shared:
			state = "not shared any more; it has not taken effect there yet"
		case x.Until != "":
			state += " until " + x.Until
		}
		fmt.Fprintf(s.out, "share of %s with %s (%s): %s\n", x.Purpose, x.With, x.Relation, state)
	}
	var names []string
	for name := range p.Events {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(s.out, "event %-32s %d\n", name, p.Events[name])
	}
}
