package engine

import "attune/core/decision"

// competition is by what candidates are drawn: a policy, and the model where one was named for it.
type competition struct {
	by    decision.Policy
	model *decision.Model
}

// drawnBy is by what a candidate competes. Only those that are drawn alike compete with each other: a program
// whose share of people is drawn evenly, or by another policy, would learn nothing of that policy if others'
// proposals decided beside it. The rest has rounds of its own, after those of what is valued most.
func (s *step) drawnBy(c choosable, learns bool) competition {
	if !learns {
		return competition{by: decision.Ranked}
	}
	m, _ := s.manner(s.rel.Programs[c.program])
	if m.Policy != decision.Pinned {
		return competition{by: m.Policy}
	}
	return competition{m.Policy, s.rel.Learning.Pinned(c.program)}
}

// modelFor is the model that a program's decisions about the person go by: what was learned last, or the one that
// the program compares it with. It is nil for what is expected before anything is learned.
func (s *step) modelFor(program int) *decision.Model {
	pr := s.rel.Programs[program]
	if s.learning(pr) == nil {
		return nil
	}
	if m, _ := s.manner(pr); m.Policy == decision.Pinned {
		return s.rel.Learning.Pinned(program)
	}
	return s.model
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
