package app

import (
	"context"

	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
	"attune/core/release"
)

// PersonState is a person's state for people and scripts.
type PersonState struct {
	ID        string            `json:"id"`
	Kind      string            `json:"kind"`
	Died      string            `json:"died,omitempty"`
	Records   []PersonRecord    `json:"records,omitempty"`
	Traits    map[string]string `json:"traits"`
	Events    map[string]int    `json:"events"`
	Programs  []PersonProgram   `json:"programs"`
	Moments   []PersonMoment    `json:"moments"`
	Audiences []PersonAudience  `json:"audiences"`
	Stages    []PersonStage     `json:"stages"`
	Arms      []PersonArm       `json:"arms"`
	Holds     []PersonHold      `json:"holds"`
	Limits    []PersonLimit     `json:"limits"`
	// Corrections are facts that staff corrected, or that they dispute.
	Corrections []Questioned    `json:"corrections" class:"identity"`
	Consents    []PersonConsent `json:"consents"`
	Journeys    []PersonJourney `json:"journeys"`
	Touches     []PersonTouch   `json:"touches"`
	Shares      []PersonShare   `json:"shares"`
	NextChange  string          `json:"next_change"`
	LivedUntil  string          `json:"lived_until"`
	// Order is that of the traits.
	Order []string `json:"-"`

	catalogue *event.Catalogue
}

// PersonRecord is another record of the person that became part of this one.
type PersonRecord struct {
	ID    string `json:"id"`
	Since string `json:"since"`
}

// PersonProgram is a program that somebody is or was in.
type PersonProgram struct {
	Program  string `json:"program"`
	Active   bool   `json:"active"`
	Phase    string `json:"phase,omitempty"`
	Since    string `json:"since,omitempty"`
	Exit     string `json:"exit,omitempty"`
	Enrolled string `json:"enrolled,omitempty"`
	// Expected is until when the phase should last at most, where its map says so.
	Expected string `json:"expected,omitempty"`
}

// PersonMoment is a moment of the map that was seen of them.
type PersonMoment struct {
	Program string `json:"program"`
	Moment  string `json:"moment"`
	Key     string `json:"key,omitempty"`
	Last    string `json:"last"`
	Count   uint32 `json:"count"`
	Late    bool   `json:"late"`
}

// PersonAudience is an audience they are in, and why.
type PersonAudience struct {
	Program  string `json:"program"`
	Audience string `json:"audience"`
	Since    string `json:"since"`
	Because  string `json:"because"`
	Event    string `json:"event,omitempty"`
}

// PersonStage is the stage of change they are believed to be in, for one behavior.
type PersonStage struct {
	Program     string   `json:"program"`
	Behavior    string   `json:"behavior"`
	Stage       string   `json:"stage"`
	Since       string   `json:"since"`
	Probability float64  `json:"probability"`
	Reasons     []string `json:"reasons"`
}

// PersonArm is the arm of a journey's split they were drawn into.
type PersonArm struct {
	Program string `json:"program"`
	Journey string `json:"journey"`
	Split   string `json:"split"`
	Arm     string `json:"arm"`
}

// PersonHold is that they are left alone.
type PersonHold struct {
	Hold  string `json:"hold"`
	Since string `json:"since"`
	Until string `json:"until"`
	Event string `json:"event"`
}

// PersonLimit is what they have a right to keep from being done: profiling, marketing, or processing at all.
type PersonLimit struct {
	Limit string `json:"limit"`
	Since string `json:"since"`
	Event string `json:"event"`
}

// PersonConsent is what they said about a purpose.
type PersonConsent struct {
	Purpose string `json:"purpose"`
	Channel string `json:"channel,omitempty"`
	Topic   string `json:"topic,omitempty"`
	Answer  string `json:"answer"`
	At      string `json:"at"`
}

// PersonJourney is a passage through a journey.
type PersonJourney struct {
	Program string `json:"program"`
	Journey string `json:"journey"`
	Step    string `json:"step"`
	Entered string `json:"entered"`
	Left    string `json:"left,omitempty"`
	Why     string `json:"why,omitempty"`
}

// PersonShare is what somebody else may be told. Ended is when its end had taken effect on the other's side too.
type PersonShare struct {
	With     string `json:"with"`
	Purpose  string `json:"purpose"`
	Relation string `json:"relation,omitempty"`
	Shared   bool   `json:"shared"`
	Since    string `json:"since"`
	Until    string `json:"until,omitempty"`
	Ended    string `json:"ended,omitempty"`
}

// PersonTouch is something that was or will be said to them.
type PersonTouch struct {
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

// State is somebody's state as it is now.
func (i *Inspector) State(ctx context.Context, who id.Person) (out PersonState, err error) {
	p, events, err := i.Person(ctx, who)
	if err != nil {
		return out, err
	}
	beliefs, err := i.Beliefs(&p)
	if err != nil {
		return out, err
	}
	out = stateOf(&p, events)
	rel, err := i.compiled(p.Release)
	if err != nil {
		return out, err
	}
	for k := range p.Memberships {
		if at := phaseExpected(rel, &p.Memberships[k]); at != 0 {
			out.Programs[k].Expected = at.String()
		}
	}
	for k := range beliefs {
		b := &beliefs[k]
		is := PersonStage{Program: b.Program, Behavior: b.Behavior, Stage: b.Stage.String(), Since: b.Since.String(), Probability: b.Probability, Reasons: []string{}}
		for n := range b.Reasons {
			is.Reasons = append(is.Reasons, b.Reasons[n].String())
		}
		out.Stages = append(out.Stages, is)
	}
	return out, nil
}

// phaseExpected is until when somebody should be in their phase at most; 0 where nothing says so, or where they are in none.
func phaseExpected(rel *release.Release, m *person.Membership) instant.Time {
	if rel == nil || m.Phase == "" || !m.Active() {
		return 0
	}
	pr := rel.Program(m.Program)
	if pr == nil {
		return 0
	}
	k := pr.Map.Index(m.Phase)
	if k < 0 || pr.Map.Phases[k].Expect == 0 {
		return 0
	}
	return m.Since.Add(pr.Map.Phases[k].Expect)
}

func stateOf(p *person.Person, events map[string]int) PersonState {
	out := PersonState{
		ID: p.ID.String(), Kind: p.Kind.String(), Died: whenSaid(p.Died), Traits: map[string]string{}, Events: events,
		Programs: []PersonProgram{}, Moments: []PersonMoment{}, Audiences: []PersonAudience{}, Stages: []PersonStage{}, Arms: []PersonArm{}, Consents: []PersonConsent{}, Journeys: []PersonJourney{}, Touches: []PersonTouch{}, Shares: []PersonShare{},
		NextChange: p.Wake.String(), LivedUntil: p.Now.String(),
	}
	for _, m := range p.Merged {
		out.Records = append(out.Records, PersonRecord{m.Person.String(), whenSaid(m.At)})
	}
	for _, t := range p.Traits {
		out.Traits[t.Name] = t.Value.String()
		out.Order = append(out.Order, t.Name)
	}
	for i := range p.Memberships {
		m := &p.Memberships[i]
		out.Programs = append(out.Programs, PersonProgram{m.Program, m.Active(), m.Phase, whenSaid(m.Since), m.Exit, whenSaid(m.Enrolled), ""})
	}
	for _, m := range p.Moments {
		out.Moments = append(out.Moments, PersonMoment{m.Program, m.Moment, m.Key, whenSaid(m.At), m.Count, m.Late})
	}
	for _, g := range p.Groups {
		out.Audiences = append(out.Audiences, PersonAudience{g.Program, g.Audience, whenSaid(g.Since), g.What, g.Event})
	}
	for _, a := range p.Arms {
		out.Arms = append(out.Arms, PersonArm{a.Program, a.Journey, a.Step, a.Arm})
	}
	out.Limits, out.Corrections = []PersonLimit{}, questioned(p)
	for k := range p.Limits {
		if l := &p.Limits[k]; l.On() {
			out.Limits = append(out.Limits, PersonLimit{l.ID, l.Set.String(), l.Event})
		}
	}
	out.Holds = []PersonHold{}
	for k := range p.Holds {
		if h := &p.Holds[k]; h.On(p.Now) {
			out.Holds = append(out.Holds, PersonHold{h.ID, h.Set.String(), h.Until.String(), h.Event})
		}
	}
	for _, c := range p.Consents {
		out.Consents = append(out.Consents, PersonConsent{c.Purpose, c.Channel, c.Topic, c.Answer.String(), c.At.String()})
	}
	for _, e := range p.Enrollments {
		out.Journeys = append(out.Journeys, PersonJourney{e.Program, e.Journey, e.Step, whenSaid(e.Entered), whenSaid(e.Left), e.Why})
	}
	for _, t := range p.Touches {
		about := ""
		if !t.About.IsZero() {
			about = t.About.String()
		}
		out.Touches = append(out.Touches, PersonTouch{about, t.ID.String(), t.Engagement, t.Variant, t.Channel, t.Language, t.State.String(), t.Why, whenSaid(t.Decided), whenSaid(t.Due)})
	}
	for _, x := range p.Shares {
		if x.Granted == 0 {
			continue // it only takes back what others say
		}
		share := PersonShare{With: x.With, Purpose: x.Purpose, Relation: x.Relation, Shared: p.Died == 0 && p.SharedWith(x.With, x.Purpose, p.Now) != nil, Since: whenSaid(x.Granted), Until: whenSaid(x.Until)}
		if !share.Shared && x.EndedFor >= x.Granted {
			share.Ended = whenSaid(x.Ended)
		}
		out.Shares = append(out.Shares, share)
	}
	return out
}

// whenSaid is an instant for people and scripts; nothing where there is none.
func whenSaid(t instant.Time) string {
	if t == 0 {
		return ""
	}
	return t.String()
}
