// Package sqlite is the store of the embedded server: three SQLite files of a data folder, state.db
// for [People], history.db for [History] and chunks.db for [Chunks].
//
// What a commit costs is the number of distinct pages it writes, so a person is one row that holds
// everything, rows are written in key order, and a history frame is one row. Each file has one
// writing connection (WAL, synchronous=FULL), several that read in parallel, and one that
// checkpoints beside them and stops the writer for moments only, when the WAL has grown to its
// limit.
//
// All files may be opened for reading while a server writes them.
package sqlite
