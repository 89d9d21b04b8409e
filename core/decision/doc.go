// Package decision chooses for one person at one moment: what is said, how, over which channel and when,
// or that nothing is. It holds what was learned ([Model]), weighs the [Option]s with it ([Scales.Weigh]) and
// says with which probability each is drawn; what is logged is exactly what was drawn from.
//
// It knows numbers and names, no programs and no people: core/engine makes options of what was proposed,
// after the gate's questions, and internal/learn gathers the [Evidence]. It does no I/O, reads no clock and
// draws nothing by itself, and gives the same bits on every machine.
//
// Start at [Option]; the formulas are argued in docs/decide.md.
package decision
