package engine

import (
	"attune/core/effect"
	"attune/core/event"
	"attune/core/expr"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/journey"
	"attune/core/person"
)

// write notes what the journey now says of the person, and takes it in as the events it amounts to.
func (s *step) write(e *person.Enrollment, st journey.Update, at instant.Time) {
	traits := event.Event{Name: "traits.updated"}
	for _, a := range st.Traits {
		if v := assigned(e, a); v.Type != expr.Missing {
			traits = traits.With(a.Name, v)
		}
	}
	if len(traits.Props) > 0 {
		s.tell(e, traits, 0, at)
	}
	for n, a := range st.Story {
		if v := assigned(e, a); v.Type != expr.Missing {
			told := event.Event{Name: "story.told"}.With("fact", expr.TextOf(a.Name)).With("text", expr.TextOf(v.String())).With("by", expr.TextOf("journey "+e.Journey))
			if pr := s.rel.Program(e.Program); pr != nil && pr.Driver(a.Name, v.Text) != nil {
				told = told.With("names", v) // the program's own word for it
			}
			s.tell(e, told, uint64(n)+1, at)
		}
	}
}

func assigned(e *person.Enrollment, a journey.Assignment) expr.Value {
	if !a.Entry {
		return expr.TextOf(a.Value)
	}
	for _, p := range e.Entry {
		if p.Name == a.Value {
			return p.Value
		}
	}
	return expr.Value{}
}

// tell takes in an event of the engine's own. It is folded at once, so that the next step sees it; what
// follows from it comes after the passage has gone as far as it goes.
func (s *step) tell(e *person.Enrollment, told event.Event, n uint64, at instant.Time) {
	told.ID = event.Own + "/" + id.Derive(s.seed, "told", id.Hash(e.Program), id.Hash(e.Journey), id.Hash(e.Step), uint64(at), n).String()
	told.Source, told.OccurredAt, told.ReceivedAt = event.Own, at, at
	s.add(effect.Note{At: at, Enrollment: e.ID, Event: told})
	s.takeIn(&told)
	s.noted = append(s.noted, told)
}
