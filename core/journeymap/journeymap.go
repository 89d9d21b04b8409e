// Package journeymap is the wall: the phases a person moves through and the exits by which they
// leave. Journeys of people are cyclic; phases are entered again, left and skipped.
// It describes; core/engine moves people.
package journeymap

import (
	"slices"

	"attune/core/expr"
	"attune/core/source"
)

// Map is one program's wall.
type Map struct {
	Phases []Phase
	Exits  []Exit
}

// Phase is one column of the wall.
type Phase struct {
	ID, Name string
	// Says is the phase in the person's own words.
	Says  string
	Pos   source.Pos
	Enter expr.Trigger
}

// Exit is a way off the wall.
type Exit struct {
	ID  string
	Pos source.Pos
	On  expr.Trigger
}

// Exit is the exit's place in the list, or -1 for one the map does not have.
func (m *Map) Exit(exit string) int {
	return slices.IndexFunc(m.Exits, func(e Exit) bool { return e.ID == exit })
}

// Index is the phase's place from the left, or -1 for a phase the map does not have.
func (m *Map) Index(phase string) int {
	for i := range m.Phases {
		if m.Phases[i].ID == phase {
			return i
		}
	}
	return -1
}
