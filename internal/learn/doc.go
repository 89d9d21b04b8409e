// Package learn finds out what messages do, from what became of decisions. core/decision holds the arithmetic
// of one fit; here is what is chosen around it: how noisy rewards are, how much of stage theory holds, and how
// different the members of a group of features are ([Tune]).
//
// It decides nothing and sends nothing, and the same evidence gives the same answer on every machine.
package learn
