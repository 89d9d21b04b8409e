// Package capture is the capture box: a channel that takes every message and keeps exactly what
// would have been sent, so that a demonstration, a rehearsal or a test contacts nobody and shows
// everything.
//
// It owns one SQLite file, capture.db, in which each message lies sealed for its person; when the
// person's key is destroyed, what was captured for them can no longer be read. It stands in for the
// channel it is named after, takes each attempt once however often it is sent, and finds attempts
// again. It refuses what no real channel would take, a line break in an address or a subject.
//
// It never sends anything anywhere, never writes an address or a text in the clear, and never
// decides what to keep: the box grows until its file is deleted. Start at [Open].
package capture
