// Package instant is Attune's idea of time: a count of milliseconds, durations in the words programs
// use ("7d", "36h"), and time zones from data that travels with the binary.
//
// It never asks what time it is. Everything that depends on the clock is told an instant by its
// caller, which is what makes a decision repeatable. Zones come from the embedded zoneinfo.zip, not
// from the machine, so that the same release computes the same local hour everywhere.
package instant
