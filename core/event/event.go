package event

import (
	"slices"
	"strings"

	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
)

// Own is the source of the events that Attune writes itself. No other source may have the name.
const Own = "attune"

// Event is one thing that happened to or was done by one person.
//
//	{"id":"app/m-17","name":"medication.dispensed","occurred_at":"2027-03-01T09:00:00Z",
//	 "received_at":"2027-03-01T09:00:02Z","source":"app","props":{"code":"860975","days_supply":30}}
type Event struct {
	// ID is the source's name, a slash, and the source's own id of the event. The same event sent
	// again has the same ID.
	ID string
	// Name is the catalogue's name, past tense and dotted. Names the catalogue does not have are
	// stored, counted and shown, but no rule may use them.
	Name string
	// OccurredAt is when it happened, by the source's clock corrected for its skew; ReceivedAt when
	// Attune took it. SentAt and OriginalAt are the source's own claims, zero where it made none.
	OccurredAt, ReceivedAt, SentAt, OriginalAt instant.Time
	// Source names who sent it.
	Source string
	// Version ranks two states of the same thing from one source; larger is newer.
	Version int64
	// Historical marks an import: it sets memory and never starts anything.
	Historical bool
	// Props are the event's properties, sorted by name, no name twice.
	Props []Prop
}

// Prop is one named property.
type Prop struct {
	Name  string
	Value expr.Value
}

// Field returns the property of that name, or the Missing value.
func (e *Event) Field(name string) expr.Value {
	for i := range e.Props {
		if e.Props[i].Name == name {
			return e.Props[i].Value
		}
	}
	return expr.Value{}
}

// Has tells whether there is a property of that name, be it without a value. With Field it makes *Event
// an expr.Fields.
func (e *Event) Has(name string) bool {
	return slices.ContainsFunc(e.Props, func(p Prop) bool { return p.Name == name })
}

// With returns the event with the property set, keeping the order of names.
func (e Event) With(name string, v expr.Value) Event {
	i, found := slices.BinarySearchFunc(e.Props, name, func(p Prop, n string) int { return strings.Compare(p.Name, n) })
	props := slices.Clone(e.Props)
	if found {
		props[i].Value = v
	} else {
		props = slices.Insert(props, i, Prop{name, v})
	}
	e.Props = props
	return e
}

// Key is the 64-bit form of the event's id, for lists that recognise a repeated event.
func (e *Event) Key() uint64 { return id.Hash(e.ID) }

// Order ranks the event among those of the same instant.
func (e *Event) Order() expr.Order { return expr.Order{Version: e.Version, ID: e.Key()} }
