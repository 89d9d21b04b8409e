// Package records keeps what sources' records say, entry by entry, and tells people's orders what is new in it.
//
// It owns these promises. An entry that comes again, in another file or another order, changes nothing. What was told of
// an entry is always what the versions of it that came so far tell (internal/clinical): when another version comes,
// only the difference is told, and what is not so any more is taken back. What the book has noted as told is in the
// event log, and what the log took is noted, also through a crash in between.
//
// It reads no format and decides nothing. What it keeps is sealed with the key of whom it is about; identifiers are
// kept as keyed hashes. One goroutine at a time gives it entries.
//
// Start at [Book.Take].
package records
