package engine

import (
	"slices"
	"strings"

	"attune/core/event"
	"attune/core/id"
	"attune/core/instant"
	"attune/core/person"
)

// mostTries is how many messages a habit goes by; when there are as many, both its numbers are halved.
const mostTries = 32

// tried notes that a message reached the person, for the habits of its channel and part of the day.
func (s *step) tried(t *person.Touch, at instant.Time) { s.habits(t, at, 1, 0) }

// responded notes the first answer to a touch that was handed over, by what its carrier tells. That a machine
// opened a message says nothing of the person.
func (s *step) responded(e *event.Event, at instant.Time) {
	switch e.Name {
	case "message.opened", "message.clicked", "message.replied":
	default:
		return
	}
	touch, err := id.ParseKey(e.Field("touch").Text)
	if err != nil || e.Name == "message.opened" && e.Field("machine").Num != 0 {
		return
	}
	for i := range s.p.Touches {
		if t := &s.p.Touches[i]; t.ID == touch && t.Answered == 0 && t.State == person.HandedOver {
			s.ownTouches()
			t = &s.p.Touches[i]
			t.Answered = max(at, 1)
			s.habits(t, t.Settled, 0, 1)
			return
		}
	}
}

func (s *step) habits(t *person.Touch, at instant.Time, tries, answers uint32) {
	pr := s.rel.Program(t.Program)
	if pr == nil || s.rel.Learning == nil || s.unprofiled() {
		return
	}
	for _, of := range []string{t.Channel, partOf(s.zone(pr), at)} {
		s.habit(of, tries, answers)
	}
}

// habit adds to what is known of one channel or part of the day.
func (s *step) habit(of string, tries, answers uint32) {
	s.p.Habits = slices.Clone(s.p.Habits)
	n, found := slices.BinarySearchFunc(s.p.Habits, of, func(h person.Habit, of string) int { return strings.Compare(h.Of, of) })
	if !found {
		s.p.Habits = slices.Insert(s.p.Habits, n, person.Habit{Of: of})
	}
	h := &s.p.Habits[n]
	for h.Tries += tries; h.Tries >= mostTries; {
		h.Tries, h.Answers = h.Tries/2, h.Answers/2
	}
	h.Answers = min(h.Answers+answers, h.Tries)
}
