// Package decide lets the decision engine live in any world that speaks JSON Lines: `attune decide --stdio`.
// A world tells of its patients each day, hears for each what is said and with which probability that was
// drawn, and tells in return what became of it. Overnight the engine learns.
//
// [Serve] reads and writes the lines, [Engine] decides and learns with core/decision and internal/learn. It
// knows no programs, people or channels beyond the names that the world gives, and keeps nothing.
//
// The protocol is described in docs/decide.md.
package decide
