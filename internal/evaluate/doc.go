// Package evaluate answers the question in a folder: spec.json says what is asked, and CSV files beside
// it hold the log of decisions, the policy to judge, the trial or the stream of values. The answer is a
// JSON list. The mathematics is in package estimate; this package reads strictly, and says of whatever
// is wrong in which file, line and column it stands and what to do.
//
// It writes nothing but the answer and, when a policy is to be learnt, target.csv. Errors repeat names
// of columns and what is wrong with a value, never whose row it is. The formats are told in
// docs/evaluate.md. Start at [Run].
package evaluate
