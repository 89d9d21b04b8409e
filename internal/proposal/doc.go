// Package proposal carries from one person's order to another's what their steps say to each other: that
// something be said about somebody, that it be let go, and that the end of a grant has taken effect.
//
// A step writes only its own person. What it says to others stands in the history with it, committed; from
// there it is handed to the other's order as an event, in the order of the commits. How far that has come is
// kept. What a crash leaves open is carried again, and its events have the same ids, so that
// each is taken once.
//
// It decides nothing: whether anything is said, and whether it may still be, is up to the other's step.
package proposal
