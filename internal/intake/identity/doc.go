// Package identity knows which person an identifier means.
//
// It owns the directory, a file of its own that maps (system, value) to random person ids. The file
// holds keyed hashes of identifiers, never an identifier: without the organisation's secret nobody
// can ask it who somebody is, or test a guess. It gives a person an id once and keeps it; no two ids
// share a row ([id.Person.Row]). It does not merge people and does not compare identifiers cleverly:
// "A-1" and "a-1" are two people until a human says otherwise.
//
// Start at [Directory.Resolve].
package identity
