// Package clinical turns what a source's record says about people into events.
//
// A record does not tell what happened. It tells how things stand: an appointment is booked for Friday, and a week later
// the same appointment is cancelled. An [Entry] is one version of one such thing, whatever format it came in.
// [Tell] makes the events of all versions that are known of one entry. It is a pure function of the set of
// versions, so it does not matter in which order they came, how often, or in how many files: whoever keeps the
// versions (internal/records) tells the person's order the difference between what is to be told now and what was told
// before.
//
// It does no I/O and knows no format: readers (internal/fhir) make entries.
//
// Start at [Tell]; the mapping table in docs/interop/import.md is generated from it.
package clinical
