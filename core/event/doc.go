// Package event defines what Attune hears: the event, and the catalogue of names and fields that is
// the vocabulary for intake, rules, documentation and analysis.
//
// Payloads are checked properties rather than Go types, because organisations declare events of their
// own and rules must be able to name any of their fields (docs/adr/0004). The package does not parse
// any outside format; intake does.
package event
