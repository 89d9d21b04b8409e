// Package journey is the designed sequence: where it is entered, and its steps one after another.
// It describes; core/engine walks.
package journey

import (
	"attune/core/expr"
	"attune/core/instant"
	"attune/core/source"
)

// Journey is one sequence.
type Journey struct {
	ID, Name string
	Pos      source.Pos
	Enter    expr.Trigger
	// Again allows entering once more after having left; otherwise a person enters once.
	Again bool
	Steps []Step
}

// Step is one node. The set is closed: Send, Wait, Await and Exit.
//
//sumtype:decl
type Step interface {
	// Label is the step's id within its journey.
	Label() string
	step()
}

// Send proposes an engagement and goes on when its touch was handed over or ended.
//
//   - send: welcome
type Send struct {
	ID         string
	Engagement string
}

// Wait lets time pass.
//
//   - wait: 3d
type Wait struct {
	ID  string
	For instant.Duration
}

// Await goes on when an event happens, or at its deadline to the step named by Else.
//
//   - await: {on: portal.visited, within: 7d, else: nudge}
type Await struct {
	ID     string
	For    expr.Trigger
	Within instant.Duration
	Else   string
}

// Exit ends the passage, with a reason for people.
//
//   - exit: signed in
type Exit struct {
	ID  string
	Why string
}

func (s Send) Label() string  { return s.ID }
func (s Wait) Label() string  { return s.ID }
func (s Await) Label() string { return s.ID }
func (s Exit) Label() string  { return s.ID }

func (Send) step()  {}
func (Wait) step()  {}
func (Await) step() {}
func (Exit) step()  {}

// Find returns the index of the step with that id, and false where the journey has none.
func (j *Journey) Find(id string) (int, bool) {
	for i, s := range j.Steps {
		if s.Label() == id {
			return i, true
		}
	}
	return 0, false
}
