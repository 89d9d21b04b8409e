package runner

import (
	"attune/core/effect"
	"attune/core/engine"
	"attune/core/person"
	"attune/core/record"
	"attune/core/release"
)

// Relive takes one input as a runner does: again until it is taken, and with the history where that is asked
// for. Before is what was recorded of the person up to then. It commits nothing; it is for looking at what was.
func Relive(rel *release.Release, p person.Person, in engine.Input, before []record.Record) (person.Person, []effect.Effect) {
	var all []effect.Effect
	for {
		is, effects := engine.Step(rel, p, in)
		n := len(effects)
		if n > 0 && effects[n-1] == (effect.NeedHistory{}) {
			in.History, in.Recalled = record.FactsFor(before, in.What), true
			continue
		}
		p = is
		if n > 0 {
			if _, again := effects[n-1].(effect.Again); again {
				all = append(all, effects[:n-1]...)
				continue
			}
		}
		return p, append(all, effects...)
	}
}
