// Package eventlog keeps what was accepted until it has been applied: one ordered list of sealed
// entries, appended by intake and read by the runner.
//
// It owns the promise behind every acknowledgement: when [Log.Append] returns, the entries are on
// the disk, together and in order, and a crash at any moment takes none of them away. Positions are
// dense and never reused. Times never decrease along the log.
//
// It never looks into a body, never drops duplicates (the person's own step does) and does not know
// who reads: readers remember their position and the owner trims when all have gone on.
//
// The implementations are sqlitelog (a file) and memlog (tests and simulation); eventlogtest holds
// what every one of them must do.
package eventlog
