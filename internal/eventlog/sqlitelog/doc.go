// Package sqlitelog is the event log of the embedded server: one SQLite file, log.db.
//
// Entries are written in frames, one row each, so that a thousand entries cost a few rows; each
// frame carries a checksum that is verified whenever it is read. One goroutine writes: it takes all
// Appends that wait, commits them in one transaction (WAL, synchronous=FULL) and only then answers.
// Checkpoints run beside it on their own connection and stop it for moments only, when the WAL has
// grown to its limit.
//
// A failed write breaks the log until it is opened again, since after a failed fsync nobody knows
// what the disk has. One process may have the log open.
package sqlitelog
