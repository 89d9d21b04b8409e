// Package segment finds groups of people whose behaviour tells whether they move on.
//
// It is given counts of what each did before entering a phase, and what became of them; and, where it was drawn by lot what
// was done with them, that too. It looks for groups of at most three conditions that differ from the others: in how many
// moved on within a horizon, or in what the treatment changed.
//
// It owns the search (Find), the words and the expression of each group (Group), and nothing else. One half of the
// people chooses the conditions, the other half tests and estimates, so that no number is flattered by having been chosen.
// Where nothing holds, nothing is told.
//
// It never reads, writes or looks at a clock. Halves and resamples are drawn from a seed: the same input gives the same
// groups.
//
// Start at Input and Find.
package segment
