// Package draft changes the text of a program as a person would: one value of a YAML file by its path, with every other line left as it
// stands. So what a board, a form or a keyboard does becomes text that somebody can read, review and take away in files, with everybody's
// comments and order kept.
//
// Start at [Edit]; [Merge] puts together what two have written at once, file by file.
//
// The package compiles nothing, keeps nothing and publishes nothing: whether a text is a program is told by whoever compiles it.
package draft
