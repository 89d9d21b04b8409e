package form

import (
	"attune/core/instant"
	"attune/core/source"
)

// Form is a set of fields that are written together: a file, or a value inside one.
type Form struct {
	// Name is the form's id in the schema; empty for one that is used in a single place.
	Name string
	// Title is what messages call it: "an engagement".
	Title string
	// Says is what it is for, in a sentence.
	Says   string
	Fields []Field
}

// Field is one field of a form. Says is what it means and Example how its value is written, in YAML on
// one line. A field with a rule of Tighten may stand in standards, and is inherited from them: where it
// is Required, [Form.Missing] looks for it in what all levels say together.
type Field struct {
	Name, Says, Example string
	Required            bool
	Type                Type
	Tighten             Tighten
}

// alone tells whether a file that lacks the field is wrong, whatever stands elsewhere.
func (d Field) alone() bool { return d.Required && d.Tighten == Unshared }

// Type is the type of a value. The set is closed.
//
//sumtype:decl
type Type interface {
	check(c *checker, n *source.Node, what, example string)
}

// Text is a word or a line. Looks, where there is one, says what it is: "a template's name".
type Text struct{ Looks string }

// Name is what other files and the history call a thing by; Of is the thing: "an engagement".
type Name struct{ Of string }

// Ref is the name of something that is defined elsewhere: To is "engagement", "step", "phase" …
type Ref struct{ To string }

// Number is a whole or decimal number; Positive ones are above zero. Most, if not zero, bounds it.
type Number struct {
	Positive bool
	Most     float64
}

// Count is a whole number from 1 up to 10,000.
type Count struct{}

// Duration is a span of time: "90s", "15m", "36h", "7d", "2w".
type Duration struct{ Least instant.Duration }

// Clock is a time of day: "08:00".
type Clock struct{}

// Date is a day of the calendar: "2028-01-31".
type Date struct{}

// Instant is a point in time: "2026-11-22T10:00:00Z".
type Instant struct{}

// Flag is true or false.
type Flag struct{}

// Language is a language's code: "en", "pt-BR".
type Language struct{}

// Word is one of a few.
type Word struct{ Of []string }

// Expression is a condition or a value in the rules' language: over the event at hand, or over all
// that is known of the person.
type Expression struct{ OverEvent bool }

// EventName is the name of a kind of event: "appointment.booked".
type EventName struct{}

// EventField is a field of the event at hand: "event.appointment".
type EventField struct{}

// List is several of one type. Where Alone, a single value may stand for a list of one. It has at
// least Least and, if not zero, at most Most items.
type List struct {
	Of          Type
	Alone       bool
	Least, Most int
}

// Map gives names of the writer's choice their values. Key is a Name, Ref, Word or Language; Of is
// what a value is called in messages before its name: "signal" makes "signal refill_late".
type Map struct {
	Key   Type
	Of    string
	Value Type
	Least int
}

// Either is one of several types that tell themselves apart: by being a scalar, a list or a set of
// fields, and sets of fields by the first field of their form, which is their mark.
type Either struct {
	// Name is its id in the schema.
	Name string
	// Title is what messages call it, "a trigger", and Hint how to write one.
	Title, Hint string
	// Says is what it is for.
	Says string
	// Both is what to do where the marks of two are written together.
	Both string
	Of   []Type
}

// mark is the field that tells a form from others; empty for other types.
func mark(t Type) string {
	if f, ok := t.(Form); ok {
		return f.Fields[0].Name
	}
	return ""
}

// Names lists the names of the fields.
func (f Form) Names() []string {
	names := make([]string, len(f.Fields))
	for i := range f.Fields {
		names[i] = f.Fields[i].Name
	}
	return names
}

// With returns the form with more fields after its own.
func (f Form) With(more ...Field) Form {
	f.Fields = append(append([]Field(nil), f.Fields...), more...)
	return f
}
