// Package audit keeps the log of what people and Attune itself did: every look, change, decision, export and send, in lines that
// nobody can change, take out, put in or reorder without it being found.
//
// A line is one [Record] as JSON, with its fields in one order, the hash of the line before it, and its own. Every so often a
// checkpoint, a line as well, signs what came before it with the folder's key; a copy of each checkpoint goes to a witness, a file
// kept elsewhere. [Verify] reads lines, and needs nothing of the data folder they came from.
//
// It promises that
//   - what [Log.Append] returned without error is on the disk, in the chain, and stays there through any crash;
//   - several processes may write one log: each line follows the one that is on the disk;
//   - what a crash left unfinished is set aside and told in the log, and nothing else is ever taken out.
//
// It knows nobody: who is meant by a person's pseudonym, and what sealed words say, is known to those who have the keys. It keeps no
// name, address or text of a person, and whoever writes a record must not bring one.
//
// Start at [Log]; the verbs are in what.go, and docs/audit.md tells what is proved.
package audit
