// Package engine steps one person: given everything a decision depends on, their state and one input,
// it returns their new state and what is to be done and remembered.
//
// [Step] is total, bounded and pure. It asks no clock, draws nothing that is not keyed, and never
// writes through the state it was given; the same arguments give the same bytes on any machine. All
// that was due before the input happens first, each at its own instant, so results do not depend on
// how promptly timers are served.
//
// Start at step.go; one file each for what happens on the way: pass.go (rules), stages.go (stages of
// change), map.go (phases, moments, promises), decide.go (arbitration), gate.go (hand-over), settle.go
// (the carrier's word), outranked.go (a team's day is full), and fold.go (what is derived made anew:
// retractions, other releases). Journeys have walk.go (from step to step), enter.go, wait.go, request.go,
// note.go and news.go (what is heard on the way).
package engine
