package record

import (
	"slices"

	"attune/core/effect"
	"attune/core/engine"
	"attune/core/id"
)

// Facts are the events that records tell of: those that were taken, those that the engine itself noted, and those of
// other records of the person that are part of this one. From them everything that is derived of a person can be made
// anew.
func Facts(records []Record) []engine.Fact {
	var out []engine.Fact
	undone := undone(records)
	others := false
	for i := range records {
		r := &records[i]
		if undone[i] {
			continue
		}
		if heard, ok := r.What.(engine.Heard); ok && !r.ignored() {
			out = append(out, engine.Fact{At: r.At, Event: heard.Event})
		}
		if absorb, ok := r.What.(engine.Absorb); ok && !r.ignored() {
			out, others = append(out, absorb.Facts...), true
		}
		for _, e := range r.Effects {
			if note, ok := e.(effect.Note); ok {
				out = append(out, engine.Fact{At: note.At, Event: note.Event})
			}
		}
	}
	if others {
		out = once(out)
	}
	return out
}

// FactsFor are the facts that an input is to be given which asks for the history.
func FactsFor(records []Record, what engine.What) []engine.Fact {
	if _, parts := what.(engine.Part); parts {
		records = append(records[:len(records):len(records)], Record{What: what})
	}
	return Facts(records)
}

// undone finds the merges that were undone.
func undone(records []Record) map[int]bool {
	var out map[int]bool
	for i := range records {
		part, ok := records[i].What.(engine.Part)
		if !ok || records[i].ignored() {
			continue
		}
		if n := lastAbsorb(records[:i], part.Of); n >= 0 {
			if out == nil {
				out = map[int]bool{}
			}
			out[n] = true
		}
	}
	return out
}

// lastAbsorb is the place of the newest record in which another was taken in; -1 for none.
func lastAbsorb(records []Record, of id.Person) int {
	for i := len(records) - 1; i >= 0; i-- {
		if w, ok := records[i].What.(engine.Absorb); ok && w.Of == of && !records[i].ignored() {
			return i
		}
	}
	return -1
}

// Absorbed finds the input by which another record was taken in last.
func Absorbed(records []Record, of id.Person) (engine.Absorb, bool) {
	n := lastAbsorb(records, of)
	if n < 0 {
		return engine.Absorb{}, false
	}
	return records[n].What.(engine.Absorb), true
}

// once leaves the first of facts that are the same, as two records of a person can tell of one event.
func once(facts []engine.Fact) []engine.Fact {
	known := make(map[uint64]bool, len(facts))
	return slices.DeleteFunc(facts, func(f engine.Fact) bool {
		key := f.Event.Key()
		again := known[key]
		known[key] = true
		return again
	})
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
