// Package simulate lets a program meet people who do not exist before it meets people who do: the
// real engine steps every one of them, in memory, through months of a made-up life.
//
// A [World] says who the people are, what happens to them, what they tend to do, and how a message
// changes it; it is a file that a team writes (world.yaml), or is derived from what the program's own
// rules mention ([Derive]). Nothing here is known to the engine: it hears events and nothing else,
// as it does of real people. What a world says about the effect of messages goes in as an assumption
// and comes out as a consequence; it is never evidence.
//
// The same world, program and seed give the same numbers on any machine and with any number of
// workers: draws are keyed by person and occasion, people do not depend on each other, and all that
// is added up over people are whole numbers.
//
// A world may plant differences between groups, by what they are or did, and what messages do, drawn by the seed, which [World.Truth]
// tells (planted.go). [Lives] hands
// lives over for studies of many seeds, and a [Crowd] lives without an engine of its own, for a demonstration.
//
// Start at [Run]; life.go lives one person, react.go is what people do about what the engine did,
// tally.go counts, result.go is the outcome, and text.go and html.go show it.
package simulate
