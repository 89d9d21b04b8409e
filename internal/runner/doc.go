// Package runner gives people their inputs: it takes events from the log in order, gates and
// settlements from delivery and timers from its own heap, steps each person, and commits state,
// decisions and the log position together.
//
// It is a state machine: nothing happens but in [Runner.Tick], which is told the time, so a test or a
// simulation drives the very code that production runs. Before a batch changes the state, what it
// does is written to the history; a crash between the two is repaired at start by taking the history's
// word (docs/adr/0003). It never talks to the outside: that is delivery's part.
package runner
