package expr

import (
	"attune/core/instant"
	"attune/core/source"
)

// Trigger is one of the three forms in which programs say when something starts or is so. Exactly one
// of On, State and Absent is set.
//
//	{on: appointment.noshow, where: 'event.type == "check-up"'}      an event happens
//	'count("portal.visited", "7d") < 1'                              a state of the person
//	{absent: medication.dispensed, after: medication.dispensed, for: days(event.days_supply + 5)}
type Trigger struct {
	Pos source.Pos
	// On names an event, Where narrows it: a pulse, true only while the event is taken in.
	On, Where string
	// State is an expression over the person.
	State string
	// Absent is something that fails to happen.
	Absent AbsenceSpec
	// MaxAge is how old news may be and still start something; zero means seven days.
	MaxAge instant.Duration
	// WherePos and StatePos are the places of those texts, for messages.
	WherePos, StatePos source.Pos
	// Parts are the places of an absence's fields, by their names. It is only looked up in.
	Parts map[string]source.Pos
}

// IsZero tells a trigger that was not written.
func (t *Trigger) IsZero() bool { return t.On == "" && t.State == "" && t.Absent == (AbsenceSpec{}) }

// DefaultMaxAge is how old news may be and still start something, where a program does not say.
const DefaultMaxAge = 7 * instant.Day
