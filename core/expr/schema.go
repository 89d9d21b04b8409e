package expr

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
}
