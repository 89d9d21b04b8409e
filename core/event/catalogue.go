package event

import (
	"slices"
	"strings"

	"attune/core/expr"
)

// Definition declares one kind of event.
type Definition struct {
	// Name is past tense and dotted: "appointment.booked".
	Name string
	// Says is one sentence for people.
	Says string
	// Retracts tells that it takes back an earlier event of the same source: the one whose id, as the
	// source sent it, is in the field revokes.
	Retracts bool
	// Fields are the properties rules may use. Others are kept but cannot be named.
	Fields []FieldDef
}

// FieldDef declares one property of an event.
type FieldDef struct {
	Name string
	Type expr.Type
	// Unit is what a number counts, such as "d" or "mmol/mol"; empty for what is no number.
	Unit string
	// OneOf are the only values a text may have; nil is any.
	OneOf []string
	// Sensitivity decides which channels may carry the value.
	Sensitivity Sensitivity
	// Example is how a value looks on the wire, as JSON.
	Example string
}

// Sensitivity ranks how much a value tells about a person.
type Sensitivity uint8

// From what anybody may know to what only the care team may.
const (
	Plain    Sensitivity = iota // says nothing about health or identity
	Personal                    // identifies a person
	Clinical                    // says something about a person's health
)

// String names the rank as the documentation does.
func (s Sensitivity) String() string {
	switch s {
	case Plain:
		return "plain"
	case Personal:
		return "personal"
	case Clinical:
		return "clinical"
	}
	return "unknown"
}

// Catalogue is an immutable set of definitions, sorted by name.
type Catalogue struct{ defs []Definition }

// NewCatalogue sorts the definitions; of two with one name the later wins.
func NewCatalogue(defs ...Definition) *Catalogue {
	c := &Catalogue{}
	for _, d := range defs {
		if i, found := c.index(d.Name); found {
			c.defs[i] = d
		} else {
			c.defs = slices.Insert(c.defs, i, d)
		}
	}
	return c
}

// With returns the catalogue with more definitions; of two with one name the later wins.
func (c *Catalogue) With(defs ...Definition) *Catalogue {
	return NewCatalogue(slices.Concat(c.defs, defs)...)
}

func (c *Catalogue) index(name string) (int, bool) {
	return slices.BinarySearchFunc(c.defs, name, func(d Definition, n string) int { return strings.Compare(d.Name, n) })
}

// Find returns the definition of a name.
func (c *Catalogue) Find(name string) (Definition, bool) {
	if i, found := c.index(name); found {
		return c.defs[i], true
	}
	return Definition{}, false
}

// All returns every definition, sorted by name. The caller must not change it.
func (c *Catalogue) All() []Definition { return c.defs }

// Names returns every name in order. With Fields it makes *Catalogue an expr.Schema.
func (c *Catalogue) Names() []string {
	names := make([]string, len(c.defs))
	for i, d := range c.defs {
		names[i] = d.Name
	}
	return names
}

// Fields returns the types of an event's fields, in the catalogue's order of fields.
func (c *Catalogue) Fields(name string) (fields []expr.Field, known bool) {
	d, ok := c.Find(name)
	if !ok {
		return nil, false
	}
	fields = make([]expr.Field, len(d.Fields))
	for i, f := range d.Fields {
		fields[i] = expr.Field{Name: f.Name, Type: f.Type, Unit: f.Unit}
	}
	return fields, true
}
