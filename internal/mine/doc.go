// Package mine finds the journey in a log of events that some other system kept:
// which activities follow each other and after how long, on which ways, with
// which repeats and hand-overs, how many get from one to another, and when.
//
// [Read] makes a [Log] of a CSV or Parquet file: columns of numbers, a case's
// events side by side in their order. What is asked is computed from them; times
// are nanoseconds since 1970 within, seconds in answers. The same events give the
// same numbers whatever order their rows stood in, where a column tells the order
// of those at the same time.
//
// It knows nothing of programs and people in Attune, keeps nothing, and sends
// nothing anywhere. Cases are named in no answer.
//
// Definitions stand in docs/mine.md, with what they are checked against.
package mine
