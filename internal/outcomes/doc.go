// Package outcomes tells what became of the people of a program, and what that was worth: how many answered messages, moved on, stayed, took
// their medicine, became better by an amount that matters to them, were satisfied, moved to a later stage of change and recommend it; what
// it cost; and how that compares with those who were left without it by chance.
//
// A [Tally] is given one person after the other, and a [Report] is made of it: sections of tables and figures, which are written as a page,
// as PDF, for a terminal, as CSV and as Parquet, all from the same cells. Counts of few people are hidden in the report itself (package
// disclose), so that no way of writing it tells more than another.
//
// The package must not know who anybody is, read facts itself, or say that something was changed by a program unless chance decided who got
// it.
package outcomes
