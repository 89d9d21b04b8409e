package person_test

import (
	"testing"

	"attune/core/id"
	"attune/core/person"
)

// What waits names the journey whose passage said it, as long as the passage is known; what an engagement's own rule said names none.
func TestWhatWaitsNamesItsJourney(t *testing.T) {
	t.Parallel()
	p := person.Person{
		Enrollments: []person.Enrollment{{ID: id.Key{1}, Journey: "welcome"}, {ID: id.Key{2}, Journey: "check_in"}},
		Touches:     []person.Touch{{ID: id.Key{11}, State: person.Pending, Enrollment: id.Key{2}}, {ID: id.Key{12}, State: person.Pending}, {ID: id.Key{13}, State: person.Pending, Enrollment: id.Key{3}}, {ID: id.Key{14}, Enrollment: id.Key{1}, State: person.HandedOver}},
	}
	got := map[id.Key]string{}
	for _, w := range p.Waiting() {
		got[w.Touch] = w.Journey
	}
	if len(got) != 3 || got[id.Key{11}] != "check_in" || got[id.Key{12}] != "" || got[id.Key{13}] != "" {
		t.Errorf("journeys of what waits: %v", got)
	}
}
