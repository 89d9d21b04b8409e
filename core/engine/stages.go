package engine

import (
	"attune/core/effect"
	"attune/core/event"
	"attune/core/instant"
	"attune/core/stage"
)

// evidence takes an event in as evidence for the stages it speaks of.
func (s *step) evidence(e *event.Event, at instant.Time) {
	if s.unprofiled() {
		return
	}
	for k := range s.rel.Behaviors {
		b := &s.rel.Behaviors[k]
		for n := range b.Evidence {
			ev := &b.Evidence[n]
			if ev.On != e.Name || !ev.Where.Match(e) {
				continue
			}
			if piece, ok := b.Model.Piece(n, e.Field(ev.Score), e.OccurredAt, e.Order()); ok {
				s.believe(k, b.Model.Fold(s.p.Beliefs[k].Belief, piece, at), b.Model.Label(n), e.ID, at)
			}
		}
	}
}

// drift lets beliefs fade: the stage that is shown changes at the instant the model says, and the
// person wakes for the next such instant.
func (s *step) drift(at instant.Time) {
	if s.unprofiled() {
		return
	}
	for k := range s.rel.Behaviors {
		model := s.rel.Behaviors[k].Model
		due := model.Horizon(s.p.Beliefs[k].Belief)
		for due <= at && due < instant.Never { // the mode that stays has no next change
			s.believe(k, model.Advance(s.p.Beliefs[k].Belief, due), "the time that has passed", "", at)
			due = model.Horizon(s.p.Beliefs[k].Belief)
		}
		s.wake(due)
	}
}

// believe keeps a belief, and tells when another stage is shown.
func (s *step) believe(k int, is stage.Belief, what, event string, at instant.Time) {
	b := &s.rel.Behaviors[k]
	was := s.p.Beliefs[k].Mode
	s.ownBeliefs()
	s.p.Beliefs[k].Belief = is
	s.wake(b.Model.Horizon(is))
	if is.Mode == was {
		return
	}
	s.ownAnswers()
	s.p.Facts.Choices[b.Choice] = uint8(is.Mode)
	x := effect.Change{At: at, Program: s.rel.Programs[b.Program].ID, Behavior: b.ID, To: is.Mode.String(), What: what, Event: event}
	if was != stage.None {
		x.From = was.String()
	}
	s.add(x)
}
