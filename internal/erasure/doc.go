// Package erasure keeps the ledger of who was erased, or is to be.
//
// It owns one file, erasures.jsonl in the folder of the keys: what was asked for, confirmed and done, and whose data the
// law forbids to erase. It is only ever added to, a line at a time, and each line is on the disk before it counts. A person
// stands in it by a hash of their id, which nobody can turn round and which means nothing without the data it came from. So
// the ledger may be kept for ever and beside every backup: whoever restores one has to erase again what the ledger says.
//
// It destroys nothing itself, and knows neither names nor reasons: what was said as one is sealed with the person's own key,
// and is noise with the rest of them afterwards.
//
// Start at [Open]; docs/adr/0031 tells why it is as it is.
package erasure
