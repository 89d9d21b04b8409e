package program

import (
	"attune/core/content"
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/journeymap"
	"attune/core/policy"
	"attune/core/source"
)

// Program is what one team wrote: whom it is for, their map, what to sense, what can be said, and
// within which bounds.
type Program struct {
	ID, Name  string
	Pos       source.Pos
	Languages []string
	// Hash is the SHA-256 over all files of the folder but World, in hexadecimal.
	Hash string
	// Enroll brings a person into the program and Leave takes them out.
	Enroll, Leave expr.Trigger

	Map         journeymap.Map
	Signals     []Signal
	Engagements []Engagement
	Journeys    []journey.Journey
	Policy      policy.Policy
	// Content holds every template, sorted by name, channel and language.
	Content []*content.Template
}

// Signal is a named pattern over events, also of absence.
type Signal struct {
	ID      string
	Pos     source.Pos
	Trigger expr.Trigger
}

// Engagement is something that can be said: to whom it fits, for what purpose, and how it is worded.
type Engagement struct {
	ID  string
	Pos source.Pos
	// Purpose is the consent purpose it needs; Topic narrows it where the program says so.
	Purpose, Topic string
	// Audience is the kind of person it is for: patient, caregiver or clinician.
	Audience string
	// When proposes it by itself; without it only journeys do.
	When expr.Trigger
	// Value ranks it among what could be said at the same instant, in the program's own unit.
	Value float64
	// AgainAfter and AtMost bound how often one person gets it; zero means no bound.
	AgainAfter instant.Duration
	AtMost     policy.Cap
	// Expires is how long after the decision it still makes sense.
	Expires  instant.Duration
	Variants []Variant
}

// Variant is one way of saying it.
type Variant struct {
	ID       string
	Pos      source.Pos
	Strategy string
	// Texts gives the template's name for each channel, in the order in which channels are preferred.
	Texts []Text
}

// Text binds a channel to a template.
type Text struct{ Channel, Template string }

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
