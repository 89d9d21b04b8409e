package engine

import (
	"slices"

	"attune/core/person"
)

// owned tells which of the person's slices are this step's own. The state that was given shares the
// others, so the first write to one clones it; what a step leaves alone costs nothing.
type owned struct{ touches, passages, memberships, moments, beliefs, answers bool }

func (s *step) ownTouches() {
	if !s.owned.touches {
		s.owned.touches = true
		s.p.Touches = append(make([]person.Touch, 0, len(s.p.Touches)+1), s.p.Touches...)
	}
}

func (s *step) ownPassages() {
	if !s.owned.passages {
		s.owned.passages = true
		s.p.Enrollments = append(make([]person.Enrollment, 0, len(s.p.Enrollments)+1), s.p.Enrollments...)
	}
}

func (s *step) ownMemberships() {
	if !s.owned.memberships {
		s.owned.memberships = true
		s.p.Memberships = slices.Clone(s.p.Memberships)
	}
}

// ownAnswers is for what rules answered, as rules, as signals and as choices.
func (s *step) ownAnswers() {
	if !s.owned.answers {
		s.owned.answers = true
		s.p.Rules = slices.Clone(s.p.Rules)
		s.p.Facts.Signals = slices.Clone(s.p.Facts.Signals)
		s.p.Facts.Choices = slices.Clone(s.p.Facts.Choices)
	}
}

func (s *step) ownBeliefs() {
	if !s.owned.beliefs {
		s.owned.beliefs = true
		s.p.Beliefs = slices.Clone(s.p.Beliefs)
	}
}
