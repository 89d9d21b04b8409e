// Package backup copies a data folder beside the server that writes it, and puts a copy back.
//
// A backup is a folder with a manifest and the data, and beside it one file with the keys, which belongs somewhere else: the
// data are noise without it. Databases are copied as of one moment each, in an order that the caller gives; in what order
// they have to be is the caller's to know. The manifest is written last and holds every file's hash, so that a copy that was
// stopped, cut or changed is none.
//
// It knows nothing of what is in the files, and never overwrites one.
//
// Start at [Take]; docs/adr/0032 tells why it is as it is.
package backup
