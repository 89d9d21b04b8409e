package record

import (
	"attune/core/effect"
	"attune/core/engine"
)

// Facts are the events that records tell of: those that were taken, and those that the engine itself
// noted. From them everything that is derived of a person can be made anew.
func Facts(records []Record) []engine.Fact {
	var out []engine.Fact
	for i := range records {
		r := &records[i]
		if heard, ok := r.What.(engine.Heard); ok && !r.ignored() {
			out = append(out, engine.Fact{At: r.At, Event: heard.Event})
		}
		for _, e := range r.Effects {
			if note, ok := e.(effect.Note); ok {
				out = append(out, engine.Fact{At: note.At, Event: note.Event})
			}
		}
	}
	return out
}

// ignored tells that the step did not take the input.
func (r *Record) ignored() bool {
	for _, e := range r.Effects {
		if _, is := e.(effect.Ignore); is {
			return true
		}
	}
	return false
}
