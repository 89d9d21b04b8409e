package expr

import "strings"

// Schema tells which events exist and what they hold, so that expressions are checked before they run.
type Schema interface {
	// Names returns every event name, sorted.
	Names() []string
	// Fields returns the fields of an event, and false for a name there is none of.
	Fields(event string) (fields []Field, known bool)
}

// Field is one property that expressions may read.
type Field struct {
	Name string
	Type Type
	// Unit is what a number counts, such as "d"; empty for what has none.
	Unit string
}

// fieldType finds the type of an event's field.
func fieldType(s Schema, event, field string) (t Type, found bool) {
	fields, _ := s.Fields(event)
	for _, f := range fields {
		if f.Name == field {
			return f.Type, true
		}
	}
	return Missing, false
}

// unitOf finds the unit of an event's field, empty for what has none.
func unitOf(s Schema, event, field string) string {
	fields, _ := s.Fields(event)
	for _, f := range fields {
		if f.Name == field {
			return f.Unit
		}
	}
	return ""
}

func namesOf(fields []Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}

// splitField takes "event.name.field" apart. The names of events have dots of their own, so it
// splits at the last one, unless the whole is an event and the field was forgotten.
func splitField(s Schema, named string) (event, field string) {
	if _, known := s.Fields(named); known {
		return named, ""
	}
	if i := strings.LastIndexByte(named, '.'); i >= 0 {
		return named[:i], named[i+1:]
	}
	return named, ""
}
