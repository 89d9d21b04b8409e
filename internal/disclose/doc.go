// Package disclose decides which numbers about few people may be shown.
//
// It owns the rule of small groups: which cells of a table of counts are hidden (Protect), which rates, quantiles
// and rounded numbers may stand beside them (Shown), and which cohort may not be asked for after another (Guard).
//
// It promises that a reader who knows every number shown, every equation of the table, and even which hidden cells are
// the small ones, can exclude none of 0 … Least−1 for a small one, and is left with Least values or more of another hidden one.
// Each of these values is proved by a table of whole numbers that the reader cannot tell from the true one: what cannot
// be proved so is hidden further. Why it is this rule is told in docs/adr/0039-small-groups.md.
//
// It never reads, writes, looks at a clock or draws by chance, and the order of cells changes nothing.
//
// Start at Table and Rule.Protect.
package disclose
