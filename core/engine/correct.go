package engine

import (
	"slices"
	"strings"

	"attune/core/event"
	"attune/core/expr"
	"attune/core/person"
)

// A correction by staff stands above what sources say of the same trait, until it is taken back. What they say
// otherwise later is kept beside it, as a question for a human.

// correct takes a correction in, and returns it as the word on the trait that it is.
func (s *step) correct(e *event.Event) *event.Event {
	name := e.Field("fact").Text
	if e.Source != event.Own || name == "" || !e.Has("value") {
		return e
	}
	c := s.corrected(name)
	for _, v := range e.Field("refused").List {
		if !slices.Contains(c.Refused, v) {
			c.Refused = append(slices.Clone(c.Refused), v)
			slices.Sort(c.Refused)
		}
	}
	is := person.Trait{Name: name, Value: e.Field("value"), At: e.OccurredAt, Order: e.Order()}
	if !c.Made() || laterTrait(&is, &c.Is) {
		c.Is, c.Event = is, e.ID
	}
	if c.Said.Name != "" && !laterTrait(&c.Said, &c.Is) {
		c.Said, c.By = person.Trait{}, ""
	}
	s.p.Traits = slices.Clone(s.p.Traits)
	s.p.SetTrait(is)
	s.setClock()
	word := *e
	word.Props = []event.Prop{{Name: name, Value: is.Value}}
	return &word
}

// corrected is the place of a correction or a dispute, made if there is none.
func (s *step) corrected(name string) *person.Correction {
	i, found := slices.BinarySearchFunc(s.p.Corrections, name, func(c person.Correction, n string) int { return strings.Compare(c.Is.Name, n) })
	s.p.Corrections = slices.Clone(s.p.Corrections)
	if !found {
		s.p.Corrections = slices.Insert(s.p.Corrections, i, person.Correction{Is: person.Trait{Name: name}})
	}
	return &s.p.Corrections[i]
}

// disputed takes in that the person says that something is not so, or that somebody settled that. It changes no fact.
func (s *step) disputed(e *event.Event) {
	name := e.Field("fact").Text
	if name == "" {
		return
	}
	c, since := s.corrected(name), max(e.OccurredAt, 1)
	switch {
	case e.Name == "fact.settled" && e.Source == event.Own:
		c.Settled = max(c.Settled, since)
	case e.Name == "fact.disputed" && (since > c.Disputed || since == c.Disputed && e.ID < c.Dispute):
		c.Disputed, c.Dispute = since, e.ID
	}
}

// uncorrected is what an event says but for traits that staff corrected; what it says of those is kept beside the correction.
func (s *step) uncorrected(e *event.Event) *event.Event {
	if !slices.ContainsFunc(e.Props, func(p event.Prop) bool { return s.p.Correction(p.Name) != nil }) {
		return e
	}
	s.p.Corrections = slices.Clone(s.p.Corrections)
	rest := *e
	rest.Props = nil
	for _, p := range e.Props {
		c := s.p.Correction(p.Name)
		if c == nil {
			rest.Props = append(rest.Props, p)
			continue
		}
		said := person.Trait{Name: p.Name, Value: p.Value, At: e.OccurredAt, Order: e.Order()}
		if p.Value.Type != expr.Missing && laterTrait(&said, &c.Is) && (c.Said.Name == "" || laterTrait(&said, &c.Said)) {
			c.Said, c.By = said, e.ID
		}
	}
	return &rest
}

// laterTrait tells which of two words on a trait is newer.
func laterTrait(a, than *person.Trait) bool {
	return a.At > than.At || a.At == than.At && than.Order.Less(a.Order)
}
