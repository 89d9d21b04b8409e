package engine

import "attune/core/decision"

// drawnBy is by what a candidate competes. Only those that are drawn alike compete with each other: a program
// whose share of people is drawn evenly, or by another policy, would learn nothing of that policy if others'
// proposals decided beside it. The rest has rounds of its own, after those of what is valued most.
func (s *step) drawnBy(c choosable, learns bool) decision.Policy {
	if !learns {
		return decision.Ranked
	}
	m, _ := s.manner(s.rel.Programs[c.program])
	return m.Policy
}

// together is the manner of a round in which several programs compete, and the first one's part in its trial.
// Bounds are the strictest: as much is left to chance as the program that wants to find out most asks for, and
// nothing is surer than the most careful one allows.
func (s *step) together(list []choosable) (decision.Manner, string) {
	m, arm := s.manner(s.rel.Programs[list[0].program])
	for _, c := range list[1:] {
		o, _ := s.manner(s.rel.Programs[c.program])
		m = m.With(o)
	}
	return m, arm
}
