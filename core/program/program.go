package program

import (
	"attune/core/content"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/form"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/journeymap"
	"attune/core/policy"
	"attune/core/source"
	"attune/core/voice"
	"attune/core/words"
)

// Program is what one team wrote: whom it is for, their map, what to sense, what can be said, and
// within which bounds.
type Program struct {
	ID, Name string
	Pos      source.Pos
	// Format is the version of the language it was written in.
	Format int
	// Standards are those it stands under, the widest first, and Stands what holds in each field that
	// they may hold, and who says so.
	Standards []Standard
	Stands    []form.Stand
	// People are the kinds of people it engages, none where it does not say.
	People, Languages []string
	// Hash is the SHA-256 over all files of the folder but World and Stories, standards included, in hexadecimal.
	Hash string
	// Files is what the folder holds, byte for byte, by path.
	Files map[string]string
	// Enroll brings a person into the program and Leave takes them out.
	Enroll, Leave expr.Trigger

	// Events are the kinds of events that the program declares beside the standard ones.
	Events      []Event
	Map         journeymap.Map
	Signals     []Signal
	Behaviors   []Behavior
	Audiences   []Audience
	Outcomes    []Outcome
	Measures    []Measure
	Costs       Costs
	Engagements []Engagement
	Journeys    []journey.Journey
	// Barriers and Motivations are what the team calls what keeps people from a behavior, and what moves them.
	Barriers, Motivations []Driver
	// Questionnaires are the program's own, by name and language.
	Questionnaires []Questionnaire
	Policy         policy.Policy
	// Voice is how texts have to be worded.
	Voice voice.Voice
	// ValueSets and Words are what rules ask for by name: sets of codes, and categories of free text.
	ValueSets []ValueSet
	Words     []WordCategory
	// Warnings are what is not wrong and worth a look.
	Warnings []source.Problem
	// Content holds every template, sorted by name, channel and language.
	Content []*content.Template
	// Standings tell how far each text of Content is approved, in the same order.
	Standings []Standing
	zone      *instant.Zone
}

// Signal is a named pattern over events, also of absence.
type Signal struct {
	ID      string
	Pos     source.Pos
	Trigger expr.Trigger
}

// Behavior is one thing people do or leave, in which they pass through the stages of change.
//
//	behaviors:
//	  adherence:
//	    says: Takes the medicine as agreed
//	    evidence:
//	      - {on: medication.dispensed, says: action, weight: 2, label: Fetched the medicine}
//	      - {on: survey.answered, where: event.survey == "readiness", label: Readiness, score: event.score, from: 0, to: 10, bands: [...]}
type Behavior struct {
	ID, Says string
	Pos      source.Pos
	// Prior is how the population is spread over the six stages, in their order; all zero for the
	// standard mix. HalfLife is the time in which half of what is known is forgotten; zero for 60 days.
	Prior    [6]float64
	HalfLife instant.Duration
	// Margin is how much likelier another stage must be to be shown instead; zero for the standard.
	Margin   float64
	Evidence []Evidence
}

// Driver is one thing that keeps people from a behavior, or moves them to it, as the team calls it.
//
//	barriers:
//	  no_way_there: {says: No way to get there, kind: physical_opportunity}
type Driver struct {
	ID, Says string
	Pos      source.Pos
	// Kind is the part of COM-B that it is, or lacks: one of comb.Kinds.
	Kind string
}

// Evidence is a kind of event that speaks for some stages.
type Evidence struct {
	Pos source.Pos
	// On and Where select the events, as in a trigger.
	On    expr.Trigger
	Label string
	// Says are the stages it speaks for, Weight how many times likelier it is seen in them than in the
	// others. For evidence with a score, Bands say it instead.
	Says   []string
	Weight float64
	// Score is the field that holds a number, such as "score", in From to To; Bands say what it means.
	// Without bands the field names the stage itself.
	Score    string
	From, To float64
	Bands    []Band
}

// Band is what scores below a bound say; the last has no bound.
type Band struct {
	Below   float64
	Bounded bool
	Says    []string
	Weight  float64
	Pos     source.Pos
}

// Audience is a group of people that a rule defines.
type Audience struct {
	ID, Says string
	Pos      source.Pos
	When     expr.Trigger
}

// Outcome is what counts as success.
type Outcome struct {
	ID, Name string
	Pos      source.Pos
	// Is tells when it happened. Within is how long after a touch it still counts as its effect, and
	// Value what one of it is worth in the program's own unit.
	Is     expr.Trigger
	Within instant.Duration
	Value  float64
	// Kind is behavior, measure, retention, experience or recommendation.
	Kind string
}

// Measure is a number that is measured or asked.
type Measure struct {
	ID, Name, Unit string
	Pos            source.Pos
	// Is is the event that tells it, and Value its field with the number; empty where that it happened is all.
	Is    expr.Trigger
	Value string
	// Kind is one of MeasureKinds. A feeling goes from -1 to 1; of incidents below zero are bad; recommendation goes from 0 to 10. An activity is counted.
	Kind string
	// Lower tells that less is better. Matters is the least change that matters to a patient; zero where nobody said.
	Lower   bool
	Matters float64
	// Good is from which number on it is good, or up to which where less is better; nil where nobody said.
	Good *float64
	// Moment and Code are the event's fields that name the moment it is about, and, in one of few words, what; empty without.
	Moment, Code string
}

// Enough is the share of days covered that is enough, of a supply.
func (m *Measure) Enough() float64 {
	if m.Good != nil {
		return *m.Good
	}
	return 0.8 // Pharmacy Quality Alliance
}

// Costs are what a program costs, in the unit of its outcomes' values.
type Costs struct {
	// Unit is that unit; empty where nobody said.
	Unit string
	// Month is for each month, Person for each who comes in, Messages for each message over a channel: what the policy's learning says,
	// and what is said beside it.
	Month, Person float64
	Messages      []policy.Cost
}

// ValueSet is a set of codes that mean one thing.
type ValueSet struct {
	ID, Name string
	Codes    []string
	Pos      source.Pos
}

// WordCategory is what a free text may be about, and the phrases by which that shows. Those of a
// category that Attune knows are added to it; others stand before all of Attune's, in their order.
type WordCategory struct {
	words.Category
	Pos source.Pos
}

// WordTable is the table that the program's texts are sorted by.
func (p *Program) WordTable() (*words.Table, error) {
	standard := words.Standard()
	if len(p.Words) == 0 {
		return standard, nil
	}
	own := make([]words.Category, len(p.Words))
	for i := range p.Words {
		own[i] = p.Words[i].Category
	}
	return standard.With(standard.Version()+" "+p.Hash, own)
}

// Engagement is something that can be said: to whom it fits, for what purpose, and how it is worded.
type Engagement struct {
	ID  string
	Pos source.Pos
	// Behavior is what it works on, Fits the stages it is made for and Process the process of change
	// it uses: a prior and a reason, never a filter. Outcome is what it is to bring about.
	Behavior, Process, Outcome string
	Fits                       []string
	// Eases names the barriers that it answers, or parts of COM-B, whichever words it is said in.
	Eases []string
	// Coordination is how it meets what else could be said.
	Coordination Coordination
	// Purpose is the consent purpose it needs; Topic narrows it where the program says so.
	Purpose, Topic string
	// Digest tells that it waits for the policy's digest.
	Digest bool
	// Theme is what it is about, for caps; Sensitivity is how much its texts tell.
	Theme       string
	Sensitivity event.Sensitivity
	// Audience is the kind of person it is for, one of People.
	Audience string
	// When proposes it by itself; without it only journeys do.
	When expr.Trigger
	// Value ranks it among what could be said at the same instant, in the program's own unit.
	Value float64
	// AgainAfter and AtMost bound how often one person gets it; zero means no bound.
	AgainAfter instant.Duration
	AtMost     policy.Cap
	// SameWords bounds how often one person reads the same variant.
	SameWords policy.Cap
	// Asks is how long it waits for an answer; meanwhile nothing else that wants one is said.
	Asks instant.Duration
	// Expires is how long after the decision it still makes sense.
	Expires  instant.Duration
	Variants []Variant
}

// Coordination is how an engagement meets what else could be said at the same time.
type Coordination uint8

// Decided engagements compete; a broadcast goes to all who fit, under the same caps; must-send ones,
// such as recalls, go before everything else, and pass no limit of how often but still the gate.
const (
	Decided Coordination = iota
	Broadcast
	MustSend
)

// String names the coordination as programs do.
func (c Coordination) String() string {
	switch c {
	case Decided:
		return "decided"
	case Broadcast:
		return "broadcast"
	case MustSend:
		return "must_send"
	}
	return "unknown"
}

// Variant is one way of saying it.
type Variant struct {
	ID                     string
	Pos                    source.Pos
	Strategy, CallToAction string
	// Frame is how it puts things, as a gain or a loss, and Techniques the behaviour change techniques it uses.
	Frame      string
	Techniques []string
	// Eases names the barriers that these words answer, or parts of COM-B.
	Eases []string
	// Texts gives the template's name for each channel, in the order in which channels are preferred.
	Texts []Text
}

// Text binds a channel to a template.
type Text struct{ Channel, Template string }

// Outdated lists what is wrong with the program on that day, though it was right before: claims whose
// reference has run out, and approvals that have. It is no part of reading a program, which means the same on every day.
func (p *Program) Outdated(on instant.Time) []source.Problem {
	var out []source.Problem
	for _, t := range p.Content {
		out = append(out, p.Voice.Outdated(t, on)...)
	}
	for i := range p.Standings {
		out = append(out, p.lapsed(&p.Standings[i], on)...)
	}
	return out
}

// Template returns the text of a name for a channel in the first of the languages it exists in.
func (p *Program) Template(name, channel string, languages ...string) *content.Template {
	for _, l := range languages {
		for _, t := range p.Content {
			if t.Name == name && t.Channel == channel && t.Language == l {
				return t
			}
		}
	}
	return nil
}

// TemplateByHash returns the text with exactly these bytes, or nil.
func (p *Program) TemplateByHash(hash string) *content.Template {
	for _, t := range p.Content {
		if t.Hash == hash {
			return t
		}
	}
	return nil
}

// Engagement returns the engagement of that id, or nil.
func (p *Program) Engagement(id string) *Engagement {
	for i := range p.Engagements {
		if p.Engagements[i].ID == id {
			return &p.Engagements[i]
		}
	}
	return nil
}

// Journey returns the journey of that id, or nil.
func (p *Program) Journey(id string) *journey.Journey {
	for i := range p.Journeys {
		if p.Journeys[i].ID == id {
			return &p.Journeys[i]
		}
	}
	return nil
}
