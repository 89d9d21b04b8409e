// Package importer reads files of records and gives what they say to the book of records.
//
// It finds the files, tells their formats apart, reads them in constant memory, in an order in which what others point
// to comes first, and reports: what was read, what was told, what nobody could read and where, and which codes
// nobody knows. Giving it the same files again, split, renamed or in another order, changes nothing: that is the book's
// promise, so an import that was interrupted is simply run again.
//
// It decides nothing about people and knows no mapping: formats have packages of their own (internal/fhir).
//
// Start at [Job.Run].
package importer
