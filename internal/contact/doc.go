// Package contact is the book of contact points: which people are reached at an address, and which
// addresses may not be used any more.
//
// An address that must not be used (its owner said stop, it is dead, somebody complained) must not be
// used for anybody who shares it. So the suppression belongs to the point and not to a person; the
// [Book] is asked before every hand-over, and everybody who shares the point is told by an event. The
// two are one transaction: the events wait in the book until they are in the log, whatever happens in
// between.
//
// The book keeps no address, only keyed hashes, and nothing about anybody but that they are reached at
// a point. What it knows of people's addresses can be made anew from their states; what was suppressed
// is in the history of those it concerned. It decides nothing about words or reports, and sends nothing.
// Start at [Book.Suppress] and [Book.Suppressed].
package contact
